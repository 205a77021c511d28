"""Theorem 2 at scale: does the nearer hyperplane fold to the nearer folded hyperplane, as stated, and on one side.

For a point x, a unit of a normalised layer l > 1 and two offsets with |g(x) - mu| < |g(x) - mu'|, the claim is
d(x, F) < d(x, F'). Both distances are bracketed: it is proven where upper < lower', and its opposite where
upper' <= lower; else floats cannot tell. That opposite, found in floats, is put to the exact claim where the network is
small enough.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import NamedTuple

import torch
from torch import Tensor

from polybn.claims.theorem_2 import THEOREM_2, THEOREM_2_SAME_SIDE
from polybn.outcome import Fails, Holds
from polybn.statistical.claims.draws import Drawn, drawn, later_normalizations
from polybn.statistical.claims.theorem_2_trial import Suspect, is_small, trial
from polybn.statistical.device import spelled
from polybn.statistical.distances.brackets import Brackets, lower_bounds, upper_bounds
from polybn.statistical.enclosures.enclosure import unit
from polybn.statistical.enclosures.tracing import Traced
from polybn.statistical.sampled import Sampled

BEYOND = 1.1
"""Lower bounds are sought up to so much more than the other distance's upper bound, which decides."""


@dataclass(frozen=True, eq=False)
class Ordering:
    """The two forms of theorem 2 on the same draws, with the suspects of each in the order of their numbers."""

    literal: Sampled
    same_side: Sampled
    suspects: tuple[Suspect, ...]


class Answers(NamedTuple):
    """For each draw: the conclusion is proven; its opposite is; g(x) is not surely between the levels; the two levels.

    `is_met`: F is surely not empty, and x is surely on one side. `levels` are (2, draws), the nearer one first.
    """

    kept: Tensor
    broken: Tensor
    one_side: Tensor
    is_met: Tensor
    levels: Tensor


def theorem_2_at_scale(
    traced: Traced,
    points: Tensor,
    draws: int,
    *,
    seed: int,
    level: float = 0.95,
    chunk: int = 512,
    cells: int = 1024,
    at_most: int = 20,
    progress: Callable[[int, int], None] | None = None,
) -> Ordering:
    """Independent draws of a point, a unit, and two levels: the unit's values at two other points (float64).

    The same-side record leaves out draws with g(x) surely between the levels. The first `at_most` suspects of each are
    tried, if the network is small. Raises `InputError` for a module without a normalised layer l > 1.
    """
    counts = {claim.id: [0, 0, 0] for claim in (THEOREM_2, THEOREM_2_SAME_SIDE)}
    suspects: list[tuple[int, Suspect]] = []
    done = 0
    for part in drawn(traced, later_normalizations(traced), points, draws, seed=seed):
        found = answers(part, points, chunk, cells)
        everywhere = torch.ones_like(found.one_side)
        for claim, asked, broken in (
            (THEOREM_2.id, everywhere, found.broken),
            (THEOREM_2_SAME_SIDE.id, found.one_side, found.broken & found.one_side & found.is_met),
        ):
            parts = asked, asked & ~found.kept & ~broken, broken
            counts[claim] = [old + int(new.sum()) for old, new in zip(counts[claim], parts, strict=True)]
            suspects += _suspects(claim, part, found, broken)
        done += len(part.numbers)
        if progress:
            progress(done, draws)
    accused = tuple(suspect for _, suspect in sorted(suspects, key=lambda pair: pair[0]))

    def sampled(claim: str) -> Sampled:
        n, unsure, wrong = counts[claim]
        return Sampled(claim, n, unsure, wrong, seed, level=level, device=spelled(points.device))

    return Ordering(
        tried(sampled(THEOREM_2.id), accused, at_most=at_most),
        tried(sampled(THEOREM_2_SAME_SIDE.id), accused, at_most=at_most),
        accused,
    )


def answers(part: Drawn, towards: Tensor, chunk: int, cells: int) -> Answers:
    """What the brackets prove of each draw; nothing where it is not sure which level is nearer."""
    low, high = torch.stack(part.levels_at_others(chunk)).aminmax(dim=0)
    # |g - low| < |g - high| exactly if g is below the middle, which is off by a rounding.
    middle = part.queries(low / 2 + high / 2, chunk)
    order = middle.margins(part.points, middle.which)
    is_ordered = (low < high) & (order.abs() > 4 * unit(low) * (low.abs() + high.abs()))
    levels = torch.stack([torch.where(order > 0, high, low), torch.where(order > 0, low, high)])
    nearer, farther = (part.queries(one, chunk, cells) for one in levels)
    sides = nearer.margins(part.points, nearer.which).sign() * farther.margins(part.points, farther.which).sign()
    one, two = upper_bounds(nearer, towards), upper_bounds(farther, towards)
    near = Brackets(lower_bounds(nearer, torch.minimum(one, BEYOND * two)), one)
    far = Brackets(lower_bounds(farther, torch.minimum(two, BEYOND * one)), two)
    kept, broken = compared(near, far)
    return Answers(kept & is_ordered, broken & is_ordered, sides >= 0, (one < inf) & (sides > 0), levels)


def compared(near: Brackets, far: Brackets) -> tuple[Tensor, Tensor]:
    """Whether d(x, F) < d(x, F') is proven, and whether d(x, F') <= d(x, F) is, F surely empty counted in."""
    return near.upper < far.lower, far.upper <= near.lower


def tried(record: Sampled, suspects: Sequence[Suspect], *, at_most: int = 20) -> Sampled:
    """The record with its suspects, the first `at_most`, convicted or cleared by the exact claim where it can be asked.

    A suspect of a network that is too large, or that misses a hypothesis, goes on waiting.
    """
    own = [suspect for suspect in suspects if suspect.claim == record.claim][: max(0, at_most)]
    small = [suspect for suspect in own if is_small(suspect.traced, suspect.layer, suspect.point.numel())]
    found = [trial(suspect) for suspect in small]
    convicted, cleared = (sum(isinstance(outcome, kind) for outcome in found) for kind in (Fails, Holds))
    return replace(record, convicted=convicted, cleared=cleared)


def _suspects(claim: str, part: Drawn, found: Answers, broken: Tensor) -> list[tuple[int, Suspect]]:
    rows = broken.nonzero()[:, 0].tolist()
    pairs = [(float(found.levels[0, row]), float(found.levels[1, row])) for row in rows]
    drawn_from = part.projections
    return [
        (
            int(part.numbers[row]),
            Suspect(claim, drawn_from.traced, drawn_from.layer, int(part.units[row]), part.points[row], pair),
        )
        for row, pair in zip(rows, pairs, strict=True)
    ]
