"""How many folded hyperplanes pass through a ball: the estimate of section 3.3, between two proven counts.

F = {x : h(x) = t}, one for each unit, place (of a convolution) and breakpoint t, passes through a ball when h is t
somewhere in it. The paper's estimate counts those whose sign differs at two sampled points. Some of them surely pass:
h is continuous, and t is farther from both floats than rounding errors reach. Some surely do not: an enclosure of h on
the whole ball excludes t, by intervals (in the first layer by ||w||) or by a Lipschitz constant of h.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor

from polybn.errors import InputError, InternalError, ShapeError
from polybn.statistical.counting.balls import check_radius, offsets, points_in_balls
from polybn.statistical.device import spelled
from polybn.statistical.enclosures.enclosure import Enclosure, plain_sums, unit
from polybn.statistical.enclosures.extremes import Extremes, watched
from polybn.statistical.enclosures.lipschitz import lipschitz_constants
from polybn.statistical.enclosures.operations import Activation
from polybn.statistical.enclosures.rounding import rounding_errors
from polybn.statistical.enclosures.tracing import Step, Traced
from polybn.statistical.memory import plainly, with_smaller_chunks
from polybn.statistical.seeds import generator
from polybn.statistical.whole_numbers import whole

SAMPLES_AT_ONCE = 16
"""Of a ball, in a chunk that has room for more than one ball."""


@dataclass(frozen=True, eq=False)
class Crossings:
    """For each ball and layer lower <= estimate <= upper and lower <= true number <= upper; (balls, layers) on the CPU.

    A layer is an activation of the module, by name, and `totals` are its units times places times breakpoints. Without
    the bracket, lower is 0 and upper the total, which is true too.
    """

    layers: tuple[str, ...]
    totals: tuple[int, ...]
    lower: Tensor
    estimate: Tensor
    upper: Tensor
    radius: float
    samples: int
    bracketed: bool
    seed: int
    dtype: torch.dtype
    device: str


def crossings(
    traced: Traced,
    centres: Tensor,
    radius: float,
    samples: int,
    *,
    seed: int,
    chunk: int = 128,
    bracket: bool = True,
    lipschitz: Mapping[str, Tensor] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Crossings:
    """Count folded hyperplanes through the balls of one radius around `centres` (balls, ...), layer by layer.

    Each ball is sampled at its centre and at `samples` uniform points, the same displacements for every ball; so a
    ball's counts do not depend on which others are asked. `chunk`: the points evaluated at once, which bounds memory
    whatever the number of samples, and changes counts by float rounding at most; it is halved when memory runs out.
    `progress` is told the balls done and their number. `lipschitz`: `lipschitz_constants(traced, centres.shape[1:])`,
    for callers that ask the same network again. On one machine and chunk the same seed gives the same counts.

    Cost: one forward pass a point and a comparison for each pre-activation; the bracket costs about ten passes more a
    ball. Raises `InputError` when the centres do not fit, and for a bracket in another type than float64;
    `MemoryLimitError` where memory does not hold one point at a time.
    """
    _check(traced, centres, radius, samples, seed, chunk, bracket)
    counts: list[Tensor] = []
    totals: tuple[int, ...] = ()
    if not bracket:
        lipschitz = None
    elif lipschitz is None:
        lipschitz = constants_of(traced, centres)
    with torch.inference_mode(), plain_sums() if bracket else nullcontext():
        start = 0
        while start < len(centres):
            work = partial(_group, traced, centres[start:], radius, samples, seed, lipschitz)
            (found, totals), chunk = with_smaller_chunks(work, chunk, what="points of balls")
            counts.append(found)
            start += found.shape[1]
            if progress:
                progress(start, len(centres))
    lower, estimate, upper = torch.cat(counts, dim=1).cpu()
    names, device = tuple(step.name for step in traced.activations), spelled(centres.device)
    return Crossings(
        names, totals, lower, estimate, upper, float(radius), samples, bracket, seed, centres.dtype, device
    )


def constants_of(traced: Traced, centres: Tensor) -> dict[str, Tensor]:
    """The Lipschitz constants for inputs like the centres (balls, ...); `MemoryLimitError` where they do not fit."""
    with plainly(
        "the Lipschitz constants of the bracket", "Write bracket=False for the estimate alone, give smaller inputs"
    ):
        return lipschitz_constants(traced, centres.shape[1:])


def _group(
    traced: Traced,
    centres: Tensor,
    radius: float,
    samples: int,
    seed: int,
    lipschitz: Mapping[str, Tensor] | None,
    chunk: int,
) -> tuple[Tensor, tuple[int, ...]]:
    """The counts (3, balls, layers) of as many of the first balls as a chunk takes, and the layers' totals."""
    group = centres[: max(1, chunk // SAMPLES_AT_ONCE)]
    seen = _sampled(traced, group, radius, samples, seed, max(1, chunk // len(group)))
    proofs = {} if lipschitz is None else _proofs(traced, group, radius, seen, lipschitz)
    steps = traced.activations
    counts = torch.stack([_counts(step, seen[step.name], proofs.get(step.name)) for step in steps], -1)
    return counts, tuple(_total(step, seen[step.name]) for step in steps)


def _sampled(
    traced: Traced, group: Tensor, radius: float, samples: int, seed: int, at_once: int
) -> dict[str, Extremes]:
    """The extremes of all pre-activations over the centres and the samples of each ball."""
    seen: dict[str, Extremes] = {}
    network = watched(traced, seen, len(group))
    network.read(group, at=())
    for offset in offsets(prod(group.shape[1:]), samples, seed=seed, chunk=at_once):
        network.read(points_in_balls(group, radius, offset).flatten(0, 1), at=())
    return seen


class _Proof(NamedTuple):
    """How far rounding reaches at the sampled points; two enclosures of all floats and exact values on the ball."""

    error: Tensor
    intervals: Enclosure
    lengths: Enclosure


def _proofs(
    traced: Traced, group: Tensor, radius: float, seen: Mapping[str, Extremes], lipschitz: Mapping[str, Tensor]
) -> dict[str, _Proof]:
    """For each activation by name."""
    ball = Enclosure(group, torch.full_like(group, radius))
    errors = rounding_errors(traced, Extremes(ball.lower, ball.upper), seen)
    intervals = traced.enclosed(group, at=traced.activations, radius=radius)
    centre = traced.enclosed(group, at=traced.activations)

    def proof(name: str) -> _Proof:
        reach = (centre[name].radius + errors[name] + lipschitz[name] * radius) * (1 + 8 * unit(group))
        return _Proof(errors[name], intervals[name], Enclosure(centre[name].midpoint, reach))

    return {name: proof(name) for name in seen}


def _counts(step: Step, seen: Extremes, proof: _Proof | None) -> Tensor:
    """Surely passing, estimated, not surely missing: (3, balls)."""
    total = torch.zeros(3, len(seen.least), dtype=torch.int64, device=seen.least.device)
    for point in _breakpoints(step):
        estimate = (seen.least < point) & (point <= seen.largest)
        sure, possible = torch.zeros_like(estimate), torch.ones_like(estimate)
        if proof:
            above = Enclosure(seen.largest, proof.error).signs(point) > 0
            sure = above & (Enclosure(seen.least, proof.error).signs(point) < 0)
            possible = (proof.intervals.signs(point) == 0) & (proof.lengths.signs(point) == 0)
            _check_order(step, sure, estimate, possible)
        total += torch.stack([part.flatten(1).sum(1) for part in (sure, estimate, possible)])
    return total


def _total(step: Step, seen: Extremes) -> int:
    return prod(seen.least.shape[1:]) * len(_breakpoints(step))


def _breakpoints(step: Step) -> tuple[float, ...]:
    assert isinstance(step.operation, Activation)
    return step.operation.breakpoints


def _check_order(step: Step, sure: Tensor, estimate: Tensor, possible: Tensor) -> None:
    wrong = (sure & ~estimate) | (estimate & ~possible)
    if bool(wrong.any()):
        raise InternalError(
            f"At {step.name!r} floats contradict their own bounds for {int(wrong.sum())} units. This is a bug in "
            "polybn, or torch computes convolutions by transforms on this device. Please report the module.",
            step,
        )


def _check(traced: Traced, centres: Tensor, radius: float, samples: int, seed: int, chunk: int, bracket: bool) -> None:
    check_radius(radius)
    whole("number of samples", samples, "the balls", smallest=0)
    whole("chunk", chunk, "the balls")
    generator(seed, "ball")
    if not traced.activations:
        raise InputError("The module has no activation, so it folds no hyperplane.", traced)
    if centres.dim() < 2 or not len(centres) or not bool(torch.isfinite(centres).all()):
        raise InputError(
            f"Centres of shape {tuple(centres.shape)}; at least one, (balls, ...), of finite numbers is needed.",
            centres,
        )
    if bracket and centres.dtype != torch.float64:
        raise InputError(
            f"The centres are {centres.dtype}, in which rounding bounds are too wide to prove much. Write "
            "trace(module.double()) and centres.double(), or bracket=False for the estimate alone.",
            centres,
        )
    try:
        with plainly("one pass of one point", "Give smaller inputs"):
            traced.read(centres[:1], at=())
    except RuntimeError as error:
        raise ShapeError(
            f"The module does not take {centres.dtype} of shape {tuple(centres.shape)} on {centres.device}: {error}. "
            "Give centres (balls, ...) of its own type, device and input shape.",
            centres,
        ) from error
