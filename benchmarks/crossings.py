"""What counting folded hyperplanes costs, in forward passes: `python benchmarks/crossings.py [--width W] [--device D]`.

Resnet9 on 32 x 32 x 3 images. "counting" is the time of a sampled point, drawing it included, over that of the module's
own forward pass on batches of the same size, the best of several runs; "bracket" the forward passes that the proofs
cost a ball, and "constants" the seconds that Lipschitz constants cost once a network. Memory is that of the GPU's
tensors, or all of the process's: more samples need no more.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from polybn.statistical.counting.crossings import crossings
from polybn.statistical.device import device_of, spelled
from polybn.statistical.enclosures.lipschitz import lipschitz_constants
from polybn.statistical.enclosures.tracing import trace
from polybn.statistical.modules.architectures import resnet9
from polybn.statistical.modules.initialisation import frozen

LIMIT = 1.5
"""Forward passes that counting may cost a sampled point."""


def network(width: int) -> nn.Module:
    """A Resnet9, 64 channels first as usual or fewer, with the statistics of a standard normal batch."""
    return frozen(resnet9(3, 10, "leaky_relu", seed=0, width=width), torch.randn(64, 3, 32, 32))


def seconds(work: Callable[[], object], device: torch.device, repeats: int) -> float:
    """The best of several runs, after one that warms up: on a processor its own time, which is not that of others."""
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    taken: list[float] = []
    for _ in range(repeats + 1):
        start = clock()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        taken.append(clock() - start)
    return min(taken[1:] or taken)


def peak_megabytes(work: Callable[[], object], device: torch.device) -> float:
    """Of the GPU's tensors; on a processor all that the process holds, looked at every few milliseconds."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        work()
        return torch.cuda.max_memory_allocated(device) / 2**20
    largest, done = 0.0, threading.Event()

    def watch() -> None:
        nonlocal largest
        while not done.wait(0.002):
            largest = max(largest, resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    work()
    done.set()
    watcher.join()
    return largest


def resident() -> float:
    """Megabytes that the process holds; 0 where the system does not say."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * 4096 / 2**20 if status.exists() else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=8, help="channels of the first layer; 64 is the usual Resnet9")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--balls", type=int, default=8)
    parser.add_argument("--samples", type=int, default=128, help="points of a ball")
    parser.add_argument("--chunk", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1, help="of the processor")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    device = device_of(given.device)
    print(f"Resnet9 of width {given.width} on {spelled(device)}, torch {torch.__version__}, chunks of {given.chunk}")
    print("| dtype | points/s | counting, forward passes a point | bracket, forward passes a ball | constants, s |")
    print("|---|---|---|---|---|")
    module = network(given.width).to(device)
    constants: dict[str, Tensor] = {}
    ratios = [row(module, dtype, device, constants, given) for dtype in (torch.float32, torch.float64)]
    traced = trace(module.double())
    centres = torch.randn(given.balls, 3, 32, 32, dtype=torch.float64, device=device)
    for samples in (given.samples, 4 * given.samples):
        megabytes = peak_megabytes(
            lambda count=samples: crossings(
                traced, centres, 0.1, count, seed=0, chunk=given.chunk, lipschitz=constants
            ),
            device,
        )
        print(f"Peak memory with {samples} samples of a ball: {megabytes:.0f} MB")
    worst = max(ratios)
    print(f"Counting costs {worst:.2f} forward passes a point at most; the limit is {LIMIT}.")
    return int(worst > LIMIT)


def row(
    module: nn.Module,
    dtype: torch.dtype,
    device: torch.device,
    constants: dict[str, Tensor],
    given: argparse.Namespace,
) -> float:
    """One line of the table; the ratio. In float64 the Lipschitz constants are written into `constants`."""
    module = module.to(dtype)
    traced = trace(module)
    centres = torch.randn(given.balls, 3, 32, 32, dtype=dtype, device=device)
    batch = torch.randn(given.chunk, 3, 32, 32, dtype=dtype, device=device)
    points = given.balls * (given.samples + 1)

    def forward() -> None:
        with torch.inference_mode():
            for start in range(0, points, given.chunk):
                module(batch[: min(given.chunk, points - start)])

    def count(bracket: bool) -> None:
        crossings(traced, centres, 0.1, given.samples, seed=0, chunk=given.chunk, bracket=bracket, lipschitz=constants)

    alone = seconds(forward, device, given.repeats)
    counting = seconds(lambda: count(False), device, given.repeats)
    line = f"| {str(dtype).removeprefix('torch.')} | {points / counting:.0f} | {counting / alone:.2f} |"
    if dtype == torch.float64:
        once = seconds(lambda: constants.update(lipschitz_constants(traced, (3, 32, 32))), device, 0)
        proving = seconds(lambda: count(True), device, given.repeats) - counting
        line += f" {proving / given.balls / (alone / points):.1f} | {once:.2f} |"
    else:
        line += " - | - |"
    print(line, flush=True)
    return counting / alone


if __name__ == "__main__":
    raise SystemExit(main())
