"""d(x, F) from below for inputs of up to three entries: cubes around x without F, each by the Lipschitz constant.

A cube whose centre is farther from t in value than the constant allows within it holds no point of F; others are
halved. So the bound comes as near to the distance as the number of cubes allows, where |g(x) - t| / C need not.
"""

from __future__ import annotations

from math import inf, sqrt

import torch
from torch import Tensor

from polybn.statistical.distances.queries import Queries
from polybn.statistical.enclosures.enclosure import least, lengths, unit

COVERED, DEPTH = 3, 12
"""Inputs of up to so many entries have a cover, whose cubes are halved so often."""


def free_radius(margins: Tensor, constants: Tensor) -> Tensor:
    """|g(x) - t| / C, rounded down: the radius of a ball around x without F; inf where g is constant, and not t."""
    finite = (margins.abs() / constants).clamp(max=torch.finfo(margins.dtype).max)
    rounded = (finite * (1 - 4 * unit(margins)) - least(margins)).clamp(min=0)
    return torch.where(constants > 0, rounded, torch.where(margins != 0, inf, 0.0))


def covered(queries: Queries, within: Tensor) -> Tensor:
    """The radius, at most `within` (queries,), of a ball around x that lies in cubes without F, halved where open.

    Cost: at most `queries.cells` evaluations a query and halving; cubes left out limit the radius.
    """
    x, constants = queries.points.flatten(1), queries.constants
    sides, owner, centre, radius = x.shape[1], queries.which, x, within
    corners = torch.cartesian_prod(*[x.new_tensor([-0.5, 0.5])] * sides).reshape(-1, sides)
    slack = 16 * unit(x) * (x.abs().amax(1) + within) + least(x)
    for level in range(DEPTH + 1):
        # Larger than a cube, so that rounded centres leave no gap.
        half = (within / 2**level * (1 + 1e-9) + slack)[owner]
        away = lengths(((centre - x[owner]).abs() - half[:, None]).clamp(min=0), (1,)) * (1 - 1e-12)
        keep, radius = _nearest(owner, away, radius, queries.cells)
        owner, centre, half, away = owner[keep], centre[keep], half[keep], away[keep]
        if not len(owner):
            break
        margins = queries.margins(centre.reshape(-1, *queries.points.shape[1:]), owner)
        keep = free_radius(margins, constants[owner]) < half * (sqrt(sides) * (1 + 1e-12))
        owner, centre, away = owner[keep], centre[keep], away[keep]
        if level == DEPTH:
            radius = radius.scatter_reduce(0, owner, away, "amin")
        steps = corners * (within / 2**level)[owner][:, None, None]
        centre = (centre[:, None] + steps).flatten(0, 1)
        owner = owner.repeat_interleave(len(corners))
    return radius


def _nearest(owner: Tensor, away: Tensor, radius: Tensor, cells: int) -> tuple[Tensor, Tensor]:
    """The cubes inside the radius, the nearest of each query; the radius shrinks to the nearest one left out."""
    inside = (away < radius[owner]).nonzero()[:, 0]
    order = inside[away[inside].argsort(stable=True)]
    order = order[owner[order].argsort(stable=True)]
    rank = torch.arange(len(order), device=order.device) - torch.searchsorted(owner[order], owner[order])
    left = order[rank >= cells]
    return order[rank < cells], radius.scatter_reduce(0, owner[left], away[left], "amin")
