"""Corollary 1 at scale: z_{l-1}(x) is on the hyperplane of a unit exactly if x is on the folded one, for BN's own mu.

Floats can prove that g(x) is not mu, and that d(x, F) > 0; that either is 0 they never can. So a draw is proven where
both are off, which is asked of data and of points hardly off F; x on F as far as floats can tell is unsure.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import torch
from torch import Tensor

from polybn.claims.corollary_1 import COROLLARY_1
from polybn.statistical.claims.draws import all_normalizations, drawn
from polybn.statistical.device import spelled
from polybn.statistical.distances.brackets import Brackets, distance_brackets
from polybn.statistical.distances.queries import Queries
from polybn.statistical.distances.search import searched
from polybn.statistical.enclosures.tracing import Traced
from polybn.statistical.sampled import Sampled


def corollary_1_at_scale(
    traced: Traced,
    points: Tensor,
    draws: int,
    *,
    seed: int,
    level: float = 0.95,
    chunk: int = 512,
    progress: Callable[[int, int], None] | None = None,
) -> Sampled:
    """Independent draws of a point and a unit of any normalised layer; every second point is first moved next to F.

    Raises `InputError` for a module without normalisations.
    """
    unsure, suspects, done = 0, 0, 0
    for part in drawn(traced, all_normalizations(traced), points, draws, seed=seed):
        queries = part.queries(part.locations, chunk)
        moved = queries.spread(part.numbers.to(points.device) % 2 == 1)
        queries = queries.at(torch.where(moved, hardly_off(queries, points), queries.points))
        kept, broken = judged(queries, distance_brackets(queries, points))
        unsure, suspects = unsure + int((~kept & ~broken).sum()), suspects + int(broken.sum())
        done += len(part.numbers)
        if progress:
            progress(done, draws)
    return Sampled(COROLLARY_1.id, draws, unsure, suspects, seed, level=level, device=spelled(points.device))


def judged(queries: Queries, brackets: Brackets) -> tuple[Tensor, Tensor]:
    """Whether the statement is proven for each query, and whether the brackets contradict it.

    They do where g(x) is surely not mu and the distance is proven 0, or where the bounds exclude each other, as when x
    is on F as far as floats can tell and proven away from it.
    """
    margins = queries.margins(queries.points, queries.which)
    broken = (brackets.lower > brackets.upper) | ((margins != 0) & (brackets.upper == 0))
    return (margins != 0) & (brackets.lower > 0) & ~broken, broken


def hardly_off(queries: Queries, towards: Tensor) -> Tensor:
    """The nearest point to x that was found surely on the other side of F, past F by little; x where there is none."""
    search = searched(queries, towards)
    return torch.where(queries.spread(search.upper < inf), search.farther(), queries.points)
