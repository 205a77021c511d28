"""Regions a second on the reference networks: `python benchmarks [NAME ...]`, or `... scaling` for curves.

Each case runs in a process of its own: warm calls of `enumerate_regions` as a user makes them, the best of several;
counts are compared with the known ones. The peers that are installed answer the same questions in the same run.
Figures are for one core of a noisy machine: compare ratios from one run.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from typing import Any

import numpy as np
from comparison import RADIUS, Case, compare
from cost import peak_megabytes, processor_seconds
from interpreter import Interpreter
from networks import MARKS, RANDOM, degenerate, network
from scaling import scaling

import polybn as pb

SECONDS = 1.0
"""How long a case is repeated."""


def named(name: str) -> tuple[pb.Network, int | None]:
    """The network of a case and its known number of regions."""
    return degenerate()[name] if name not in RANDOM else (network(RANDOM[name][0]), RANDOM[name][1])


def measure(name: str) -> dict[str, Any]:
    """One case in this process."""
    net, known = named(name)
    domain = pb.box(-RADIUS, RADIUS, dim=net.dimension)
    start = time.perf_counter()
    part = pb.enumerate_regions(net, domain)
    first, best, work = time.perf_counter() - start, float("inf"), float("inf")
    while time.perf_counter() - start < SECONDS + first or best == float("inf"):
        begin, busy = time.perf_counter(), processor_seconds()
        part = pb.enumerate_regions(net, domain)
        best, work = min(best, time.perf_counter() - begin), min(work, processor_seconds() - busy)
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
        "processor_seconds": work,
        "facets": facets,
        "facet_seconds": time.perf_counter() - begin,
        "deferred": part.settled,
        "megabytes": peak_megabytes(),
    }


def table(names: list[str]) -> list[dict[str, Any]]:
    """Prints a line a case; what was measured of each, with `missed` where the count is wrong or the mark is missed."""
    print("| case | widths | engine | regions | seconds | regions/s | must | exact signs | facets, seconds | peak MB |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    rows: list[dict[str, Any]] = []
    for name in names:
        run = subprocess.run([sys.executable, __file__, "--one", name], capture_output=True, text=True, check=True)
        found = json.loads(run.stdout)
        mark = MARKS.get(name)
        late = mark is not None and found["rate"] < mark
        rows.append(found | {"missed": late or not found["right"]})
        note = "" if found["right"] else " WRONG"
        must = "" if mark is None else f"{mark}{' MISSED' if late else ''}"
        print(
            f"| {name} | {found['widths']} | {found['engine']} | {found['regions']}{note} | {found['seconds']:.5f} "
            f"| {found['rate']:.0f} | {must} | {found['deferred']} | {found['facet_seconds']:.3f} "
            f"| {found['megabytes']:.0f} |",
            flush=True,
        )
    return rows


def arguments_of(given: list[str]) -> argparse.Namespace:
    """The command line, checked."""
    cases = [*RANDOM, *degenerate()]
    parser = argparse.ArgumentParser(prog="python benchmarks", description="Regions a second on reference networks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"cases to measure, or 'scaling': {' '.join(cases)}")
    parser.add_argument("--one", metavar="NAME", help="measure one case in this process and print JSON")
    parser.add_argument("--peer-python", default=sys.executable, metavar="PATH", help="the Python that has the peers")
    parser.add_argument("--peer-limit", type=float, default=30.0, metavar="SECONDS", help="for each case and peer")
    options = parser.parse_args(given)
    unknown = [name for name in options.names if name not in cases]
    if unknown and options.names != ["scaling"]:
        parser.error(f"no case is named {unknown[0]}; there are {' '.join(cases)}, and scaling alone")
    options.names = options.names or cases
    return options


def main(given: list[str]) -> int:
    """Print the tables; 1 when a count of polybn is wrong or a mark is missed."""
    options = arguments_of(given)
    if options.one:
        print(json.dumps(measure(options.one)))
        return 0
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}, one process a case\n")
    if options.names == ["scaling"]:
        return scaling()
    interpreter = Interpreter(options.peer_python, options.peer_limit)
    peers = interpreter.installed()
    rows = table(options.names)
    compare([Case(row["name"], named(row["name"])[0], row) for row in rows], peers, interpreter)
    return int(any(row["missed"] for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
