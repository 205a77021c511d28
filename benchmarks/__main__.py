"""Regions a second and peak memory on the reference networks: `python benchmarks [CASE[:ENGINE] ...]`.

Each case runs in a process of its own: enumerate, store code and witness of every region, count, compare with the
known count. Figures are for one core of a noisy machine; compare ratios from one run.
"""

from __future__ import annotations

import json
import math
import platform
import resource
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np

import polybn as pb

WIDTHS = {
    "A": ([2, 16, 16, 1], 378),
    "B": ([2, 32, 32, 1], 1490),
    "C": ([2, 64, 64, 64, 1], 11280),
    "D": ([3, 16, 16, 1], 2519),
    "E": ([3, 32, 32, 1], 30815),
    "F": ([4, 16, 16, 1], 13492),
    "G": ([5, 12, 12, 1], 22028),
    "H": ([8, 10, 10, 1], 28634),
    "I": ([2, 256, 1], 27204),
    "J": ([2, 128, 128, 128, 1], 43249),
}
"""Widths and known number of regions in [-3, 3]^d, seed 0."""

MARKS = {"B:split": 0.5, "C:split": 6.0, "D:split": 0.8, "E:split": 10.0, "G:tree": 30.0, "H:tree": 60.0}
"""Seconds that a case must not exceed."""

MEMORY_MARK = 600
"""Megabytes that no case must exceed."""


def network(widths: list[int], seed: int = 0) -> pb.Network:
    """The random reference network: W ~ N(0, 1/n_in), b ~ N(0, 1/4), floats taken as exact dyadics."""
    rng = np.random.default_rng(seed)
    layers = []
    for inputs, outputs in pairwise(widths):
        weights = rng.standard_normal((outputs, inputs)) / math.sqrt(inputs)
        layers.append((weights, rng.standard_normal(outputs) * 0.5))
    return pb.Network.from_arrays(layers, activation="relu")


def measure(case: str) -> dict[str, object]:
    """One case in this process."""
    name, engine = case.split(":")
    widths, known = WIDTHS[name]
    net = network(widths)
    start = time.perf_counter()
    part = pb.enumerate_regions(net, pb.box(-3, 3, dim=widths[0]), engine=engine)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"case": case, "regions": len(part), "right": len(part) == known, "seconds": seconds, "megabytes": peak}


def main(arguments: list[str]) -> int:
    """Print the table; 1 when a count is wrong or a mark is missed."""
    if arguments[:1] == ["--one"]:
        print(json.dumps(measure(arguments[1])))
        return 0
    cases = [case if ":" in case else f"{case}:split" for case in arguments] or list(MARKS)
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}, one process a case\n")
    print(f"{'case':10}{'regions':>9}{'seconds':>9}{'mark':>7}{'regions/s':>11}{'MB':>6}")
    missed = 0
    for case in cases:
        run = subprocess.run([sys.executable, __file__, "--one", case], capture_output=True, text=True, check=True)
        found = json.loads(run.stdout)
        mark = MARKS.get(case)
        seconds, peak = found["seconds"], found["megabytes"]
        late = mark is not None and (seconds > mark or peak > MEMORY_MARK)
        missed += late or not found["right"]
        rate, note = found["regions"] / seconds, "  MISSED" if late else "" if found["right"] else "  WRONG COUNT"
        figures = f"{found['regions']:>9}{seconds:>9.2f}{mark or '-':>7}{rate:>11.0f}{peak:>6.0f}"
        print(f"{case:10}{figures}{note}", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
