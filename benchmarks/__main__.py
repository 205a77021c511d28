"""Regions a second on the reference networks: `python benchmarks [NAME ...]`, or `... scaling` for curves.

Each case runs in a process of its own: warm calls of `enumerate_regions` as a user makes them, the best of several;
counts are compared with the known ones. Figures are for one core of a noisy machine: compare ratios from one run.
"""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np
from networks import MARKS, RANDOM, degenerate, network
from scaling import scaling

import polybn as pb

SECONDS = 1.0
"""How long a case is repeated."""


def measure(name: str) -> dict[str, Any]:
    """One case in this process."""
    net, known = degenerate()[name] if name not in RANDOM else (network(RANDOM[name][0]), RANDOM[name][1])
    domain = pb.box(-3, 3, dim=net.dimension)
    start = time.perf_counter()
    part = pb.enumerate_regions(net, domain)
    first, best = time.perf_counter() - start, float("inf")
    while time.perf_counter() - start < SECONDS + first or best == float("inf"):
        begin = time.perf_counter()
        part = pb.enumerate_regions(net, domain)
        best = min(best, time.perf_counter() - begin)
    begin = time.perf_counter()
    facets = part.facet_table.count
    return {
        "name": name,
        "widths": "-".join(map(str, (net.dimension, *net.widths, net.outputs))),
        "engine": part.engine,
        "regions": len(part),
        "right": known is None or len(part) == known,
        "rate": len(part) / best,
        "seconds": best,
        "facets": facets,
        "facet_seconds": time.perf_counter() - begin,
        "deferred": part.settled,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def table(names: list[str]) -> int:
    """Prints a line a case; the number of cases that are wrong or miss their mark."""
    print("| case | widths | engine | regions | seconds | regions/s | must | exact signs | facets, seconds | peak MB |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    missed = 0
    for name in names:
        run = subprocess.run([sys.executable, __file__, "--one", name], capture_output=True, text=True, check=True)
        found = json.loads(run.stdout)
        mark = MARKS.get(name)
        late = mark is not None and found["rate"] < mark
        missed += late or not found["right"]
        note = "" if found["right"] else " WRONG"
        must = "" if mark is None else f"{mark}{' MISSED' if late else ''}"
        print(
            f"| {name} | {found['widths']} | {found['engine']} | {found['regions']}{note} | {found['seconds']:.5f} "
            f"| {found['rate']:.0f} | {must} | {found['deferred']} | {found['facet_seconds']:.3f} "
            f"| {found['megabytes']:.0f} |",
            flush=True,
        )
    return missed


def main(arguments: list[str]) -> int:
    """Print the table; 1 when a count is wrong or a mark is missed."""
    if arguments[:1] == ["--one"]:
        print(json.dumps(measure(arguments[1])))
        return 0
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}, one process a case\n")
    if arguments == ["scaling"]:
        return scaling()
    return int(table(arguments or [*RANDOM, *degenerate()]) > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
