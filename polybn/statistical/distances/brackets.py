"""lower <= d(x, F) <= upper, both proven, rounding included.

From below: g is C-Lipschitz, so d(x, F) >= |g(x) - t| / C; an enclosure of g on a ball that excludes t excludes F; and
inputs of up to three entries have a cover by cubes. The first alone orders distances to F as it orders those to
hyperplanes, so it can never refute theorem 2; the other two can.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import torch
from torch import Tensor

from polybn.statistical.distances.cover import COVERED, covered, free_radius
from polybn.statistical.distances.queries import Queries
from polybn.statistical.distances.search import searched

BISECTIONS = 10


class Brackets(NamedTuple):
    """lower <= d(x, F) <= upper for each query; `upper` is inf where no point on the other side was found.

    `lower` is inf where F is surely empty.
    """

    lower: Tensor
    upper: Tensor


def distance_brackets(queries: Queries, towards: Tensor) -> Brackets:
    """Bounds on d(x, F) for each query; `towards` are points, such as the data, to look for the other side at."""
    upper = upper_bounds(queries, towards)
    return Brackets(lower_bounds(queries, upper), upper)


def upper_bounds(queries: Queries, towards: Tensor) -> Tensor:
    """The distance of the nearest point found surely on the other side; of both sides where x is on neither."""
    return searched(queries, towards).upper


def lower_bounds(queries: Queries, within: Tensor) -> Tensor:
    """The best of the lower bounds; nothing is tried beyond `within` (queries,), but the Lipschitz bound may be."""
    bound = lipschitz_bounds(queries)
    finite = torch.where(within < inf, within, 0.0)
    bound = torch.maximum(bound, interval_bounds(queries, bound, finite))
    if queries.entries > COVERED or not len(bound):
        return bound
    return torch.maximum(bound, covered(queries, finite))


def lipschitz_bounds(queries: Queries) -> Tensor:
    """|g(x) - t| / C."""
    return free_radius(queries.margins(queries.points, queries.which), queries.constants)


def interval_bounds(queries: Queries, least: Tensor, most: Tensor) -> Tensor:
    """By bisection, a radius of a ball around x whose enclosure of g excludes t, between `least`, known, and `most`."""
    low, high = least, torch.maximum(least, most)
    live = (high > low) & (high < inf)
    for _ in range(BISECTIONS):
        middle = torch.where(live, (low + high) / 2, 0.0)
        free = live & (queries.margins(queries.points, queries.which, middle) != 0)
        low, high = torch.where(free, middle, low), torch.where(free, high, middle)
    return low
