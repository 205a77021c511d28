"""Folded hyperplanes that may pass through a ball of the plane, fewer than its own enclosures leave: by a cover."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

import torch
from torch import Tensor

from polybn.statistical.enclosures.enclosure import Enclosure, unit
from polybn.statistical.enclosures.tracing import Traced


def possibly_through(
    traced: Traced, centre: Tensor, radius: float, cells: int, constants: Mapping[str, Tensor]
) -> Tensor:
    """No fewer hyperplanes than pass through the ball, layer by layer, (layers,): a cover of the ball excludes others.

    Squares of side 2 radius / cells that meet the ball lie in small balls around their middles. A hyperplane h = 0 is
    excluded if h > 0 surely in all of these or h < 0 surely in all, by intervals or by a Lipschitz constant of h. For
    activations that break at 0 alone.
    """
    ticks = (2 * torch.arange(cells, dtype=centre.dtype) + 1) / cells - 1
    middles = torch.cartesian_prod(ticks, ticks)
    meets = torch.linalg.vector_norm(middles, dim=1) <= 1 + 1.5 / cells
    inside, reach = centre + radius * middles[meets].to(centre.device), _reach(centre, radius, cells)
    with torch.inference_mode():
        intervals = traced.enclosed(inside, at=traced.activations, radius=reach)
        at_middles = traced.enclosed(inside, at=traced.activations)
        counts: list[int] = []
        for step in traced.activations:
            middle, error = at_middles[step.name]
            lengths = Enclosure(middle, (error + constants[step.name] * reach) * (1 + 8 * unit(centre)))
            signs = torch.stack([intervals[step.name].signs(), lengths.signs()])
            above, below = ((signs == sign).any(0).all(0) for sign in (1, -1))
            counts.append(int((~above & ~below).sum()))
    return torch.tensor(counts)


def _reach(centre: Tensor, radius: float, cells: int) -> float:
    """Half the diagonal of a square, and what rounding moves its middle."""
    moved = 16 * unit(centre) * (float(torch.linalg.vector_norm(centre)) + radius)
    return sqrt(2) * radius / cells * (1 + 1e-9) + moved
