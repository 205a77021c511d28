"""The same networks by other tools, in the same run, where the reader has installed them: polybn depends on none."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec

from networks import RANDOM, network

import polybn as pb

CASES = ("A", "B", "D", "E")


def relucent(widths: list[int]) -> int:
    """relucent's own search, from a torch network with the same weights, over the whole of R^d."""
    import relucent as tool
    import torch

    exact = network(widths)
    modules: list[torch.nn.Module] = []
    for index, stage in enumerate(exact.stages):
        linear = torch.nn.Linear(stage.affine.inputs, stage.affine.outputs, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor([[float(x) for x in row] for row in stage.affine.slope]))
            linear.bias.copy_(torch.tensor([float(x) for x in stage.affine.bias]))
        modules.append(linear)
        if index < len(exact.stages) - 1:
            modules.append(torch.nn.ReLU())
    found = tool.Complex(tool.convert(torch.nn.Sequential(*modules)))
    found.bfs()
    return len(found)


PEERS: dict[str, Callable[[list[int]], int]] = {"relucent": relucent}


def peers() -> int:
    """A table of seconds for polybn on R^d and each peer that is installed; 0."""
    installed = {name: run for name, run in PEERS.items() if find_spec(name)}
    for name in PEERS.keys() - installed.keys():
        print(f"{name} is not installed: pip install {name} to compare.")
    print("\n| case | polybn: regions of R^d, seconds |", *(f" {name}: regions, seconds |" for name in installed))
    print("|---|---|", *("---|" for _ in installed), sep="")
    for case in CASES:
        widths = RANDOM[case][0]
        cells = [_timed(work, widths) for work in (ours, *installed.values())]
        print(f"| {case} |", " | ".join(cells), "|", flush=True)
    return 0


def ours(widths: list[int]) -> int:
    """All regions of R^d, exactly."""
    return len(pb.enumerate_regions(network(widths), pb.whole_space(widths[0])))


def _timed(work: Callable[[list[int]], int], widths: list[int]) -> str:
    start = time.perf_counter()
    try:
        found = work(widths)
    except Exception as error:  # a peer's failure is its result
        return f"{type(error).__name__} after {time.perf_counter() - start:.2f} s"
    return f"{found}, {time.perf_counter() - start:.3f}"
