"""The peers beside polybn: the same networks, in the same run.

A peer's count is right when it is the exact one. Some networks have weights that no float holds: there a peer is given
the nearest floats, and a count that is right for these but not for the network is told apart from one that is right for
neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from interpreter import Answer, Interpreter
from peers import PEERS, Peer

import polybn as pb

RADIUS = 3
"""The cube is [-3, 3]^d."""
HEAD = "| case | peer | regions | verdict | processor seconds | regions/s | times polybn's | peak MB |"


@dataclass(frozen=True)
class Case:
    """A network and what polybn measured on it: regions, right, processor_seconds and megabytes."""

    name: str
    net: pb.Network
    ours: dict[str, Any]


def floats(net: pb.Network, precision: str = "float64") -> list[tuple[Any, Any]]:
    """The layers of a ReLU network as lists, each entry the float next to it."""
    maps = [*(layer.affine for layer in net.hidden), net.output]
    return [
        tuple(np.array(part, dtype=object).astype(float).astype(precision).astype(float).tolist() for part in affine)
        for affine in maps
    ]


def rounded_count(net: pb.Network, precision: str) -> int:
    """The regions that the network has, exactly, after its weights are rounded."""
    near = [(np.array(weights), np.array(bias)) for weights, bias in floats(net, precision)]
    return len(pb.enumerate_regions(pb.Network.from_arrays(near), pb.box(-RADIUS, RADIUS, dim=net.dimension)))


def verdict(answer: Answer, net: pb.Network, known: int, precision: str) -> str:
    """right, right for the rounded weights only, wrong, or why there is no count."""
    if answer.regions is None:
        return answer.failure
    if answer.regions == known:
        return "right"
    if answer.regions == rounded_count(net, precision):
        return f"rounded: right for {precision} weights, the network has {known}"
    return f"wrong: it has {known}"


def answer_of(name: str, peer: Peer, net: pb.Network, interpreter: Interpreter) -> Answer:
    """The peer's answer, unasked where it cannot take a network of this dimension."""
    if peer.dimension not in (None, net.dimension):
        return Answer(failure=f"d = {peer.dimension} only")
    return interpreter.ask(name, floats(net), RADIUS)


def _line(case: Case, name: str, interpreter: Interpreter) -> str:
    """Prints one line; returns the ratio where the count is right, else the verdict in a word."""
    peer = PEERS[name]
    answer = answer_of(name, peer, case.net, interpreter)
    said = verdict(answer, case.net, case.ours["regions"], peer.precision)
    figures = "| | | | |"
    times = answer.seconds / case.ours["processor_seconds"]
    ratio = f"{times:.0f}" if times >= 10 else f"{times:.2g}"
    if answer.regions is not None:
        rate = answer.regions / answer.seconds
        figures = f"| {answer.seconds:.5f} | {rate:.0f} | {ratio} | {answer.megabytes:.0f} |"
    count = "" if answer.regions is None else answer.regions
    print(f"| {case.name} | {name} | {count} | {said} {figures}", flush=True)
    return ratio if said == "right" else said.partition(":")[0].partition(" with")[0]


def compare(cases: list[Case], versions: Mapping[str, str], interpreter: Interpreter) -> None:
    """Prints which peers were looked for, and for those with a version a line a case and peer, then all ratios."""
    missing = [name for name in PEERS if name not in versions]
    print(f"\nPeers in {interpreter.python}: {', '.join(f'{name} {versions[name]}' for name in versions) or 'none'}.")
    if missing:
        print(f"Looked for and not found: {', '.join(missing)}. benchmarks/README.md says how to have them measured.")
    if not versions:
        return
    print(f"\n{HEAD}\n{'|---' * HEAD.count(' | ')}|---|")
    rows: list[str] = []
    for case in cases:
        ours, seconds = case.ours, case.ours["processor_seconds"]
        print(
            f"| {case.name} | polybn {pb.__version__} | {ours['regions']} | {'right' if ours['right'] else 'WRONG'} "
            f"| {seconds:.5f} | {ours['regions'] / seconds:.0f} | 1 | {ours['megabytes']:.0f} |",
            flush=True,
        )
        cells = [_line(case, name, interpreter) for name in versions]
        rows.append(f"| {case.name} | {' | '.join(cells)} |")
    print(f"\n| times polybn's processor seconds | {' | '.join(versions)} |\n{'|---' * len(versions)}|---|")
    print("\n".join(rows))
