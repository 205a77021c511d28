"""How time and memory grow: with width, depth, dimension and the number of regions."""

from __future__ import annotations

import resource
import subprocess
import sys
import time

from networks import network

import polybn as pb

CURVES = {
    "width": [[2, width, width, 1] for width in (16, 32, 64, 128, 256)],
    "depth": [[2, *[32] * depth, 1] for depth in (1, 2, 3, 4, 6, 8)],
    "dimension": [[d, 10, 10, 1] for d in (1, 2, 3, 4, 5, 6, 8)],
    "regions": [[2, width, 1] for width in (128, 512, 1024, 2048)] + [[3, 64, 64, 64, 1]],
}
SCRIPT = "import sys, scaling; scaling.one([int(width) for width in sys.argv[1].split('-')])"


def one(widths: list[int]) -> None:
    """Prints regions, seconds of a warm call, and the megabytes that the call added at its peak."""
    net, domain = network(widths), pb.box(-3, 3, dim=widths[0])
    small = network([widths[0], 2, 2, 1])
    pb.enumerate_regions(small, domain)  # loads the kernels
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    part = pb.enumerate_regions(net, domain)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(part)} {seconds} {peak - before} {peak}")


def scaling() -> int:
    """One table a curve; 0."""
    for name, cases in CURVES.items():
        print(f"\n| {name}: widths | regions | seconds | regions/s | MB more | bytes a region |")
        print("|---|---|---|---|---|---|")
        for widths in cases:
            shown = "-".join(map(str, widths))
            run = subprocess.run([sys.executable, "-c", SCRIPT, shown], capture_output=True, text=True, check=True,
                                 cwd=__file__.rpartition("/")[0])  # fmt: skip
            count, seconds, more, _ = map(float, run.stdout.split())
            rate, each = count / seconds, more * 2**20 / count
            print(f"| {shown} | {count:.0f} | {seconds:.4f} | {rate:.0f} | {more:.0f} | {each:.0f} |", flush=True)
    return 0
