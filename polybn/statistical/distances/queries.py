"""Questions about distances: a point x, a unit, and a level t each, for F = {g = t}; g - t by floats with a proof."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from polybn.errors import InputError, ShapeError
from polybn.statistical.distances.projections import Projections
from polybn.statistical.enclosures import enclosure
from polybn.statistical.enclosures.enclosure import unit
from polybn.statistical.whole_numbers import whole


@dataclass(frozen=True, eq=False)
class Queries:
    """Points x (queries, ...) in float64, and for each a unit of the layer, by number, and a level of its projection.

    `chunk`: the points evaluated at once, which bounds memory. `cells`: the cubes kept for each query where inputs
    have a cover; with more the bounds come nearer. Raises `InputError` and `ShapeError` for what does not fit.
    """

    projections: Projections
    points: Tensor
    units: Tensor
    levels: Tensor
    chunk: int = 512
    cells: int = 1024

    def __post_init__(self) -> None:
        if not self.points.dtype == self.levels.dtype == torch.float64:
            raise InputError(
                f"Points are {self.points.dtype} and levels {self.levels.dtype}; proofs need torch.float64. Write "
                "trace(module.double()) and points.double().",
                self.points,
            )
        if not len(self.points) == len(self.units) == len(self.levels) or self.points.dim() < 2:
            raise InputError(
                f"Points of shape {tuple(self.points.shape)}, {len(self.units)} units and {len(self.levels)} levels "
                "were given; one of each for each query is needed, and points (queries, ...).",
                self.points,
            )
        if not bool(torch.isfinite(self.points).all() and torch.isfinite(self.levels).all()):
            raise InputError("A point or a level is not finite; distances to it are not either.", self.points)
        whole("chunk", self.chunk, "the queries")
        whole("cells", self.cells, "the cover")
        self._check_units()

    @property
    def which(self) -> Tensor:
        """0, 1, ..., one a query."""
        return torch.arange(len(self.points), device=self.points.device)

    @property
    def entries(self) -> int:
        """The dimension d of the inputs."""
        return self.points.shape[1:].numel()

    @property
    def constants(self) -> Tensor:
        """A Lipschitz constant of g for each query."""
        return self.projections.constants[self.units]

    def at(self, points: Tensor) -> Queries:
        """The same units and levels, asked of other points."""
        return replace(self, points=points)

    def margins(self, points: Tensor, which: Tensor, radii: Tensor | None = None) -> Tensor:
        """At points (n, ...), each for the query `which`: g - t moved towards 0 by its rounding; 0 where unsure.

        With `radii` (n,) it is nearest to 0 on the ball around the point.
        """
        if not len(points):
            return self.levels.new_zeros(0)
        starts = range(0, len(points), self.chunk)
        slices = [slice(start, start + self.chunk) for start in starts]
        return torch.cat([self._margin(points[s], which[s], None if radii is None else radii[s]) for s in slices])

    def slopes(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """g - t and the gradient of g in floats, for one point of each query."""
        if not len(points):
            return self.levels, points
        parts = zip(points.split(self.chunk), self.units.split(self.chunk), strict=True)
        values, slope = zip(*(self.projections.slopes(*part) for part in parts), strict=True)
        return torch.cat(values) - self.levels, torch.cat(slope)

    def table(self, points: Tensor) -> Tensor:
        """g - t of every query at every one of some points, in floats: (queries, points)."""
        parts = [self.projections.values(part, self.units) for part in points.split(self.chunk)]
        return torch.cat(parts).T - self.levels[:, None]

    def spread(self, each: Tensor) -> Tensor:
        """A number for each query in the shape of points, (queries, 1, ...)."""
        return each.reshape(-1, *[1] * (self.points.dim() - 1))

    def _margin(self, points: Tensor, which: Tensor, radii: Tensor | None) -> Tensor:
        found = self.projections.enclosed(points, self.units[which], radii)
        levels, shrink = self.levels[which], 1 - 4 * unit(self.levels)
        above, below = (found.lower - levels).clamp(min=0), (found.upper - levels).clamp(max=0)
        # NaN and infinite bounds, of overflow, bound nothing.
        return torch.nan_to_num((above + below) * shrink, nan=0.0, posinf=0.0, neginf=0.0)

    def _check_units(self) -> None:
        if not len(self.points):
            return
        try:
            count = self.projections.width(self.points[0])
        except RuntimeError as error:
            raise ShapeError(
                f"The module does not take {self.points.dtype} of shape {tuple(self.points.shape)} on "
                f"{self.points.device}: {error}. Give points (queries, ...) of its own type, device and input shape.",
                self.points,
            ) from error
        if not 0 <= int(self.units.min()) <= int(self.units.max()) < count:
            raise InputError(
                f"A unit is not in 0, ..., {count - 1}, the units of all places of {self.projections.layer!r}.",
                self.units,
            )


def lengths(points: Tensor) -> Tensor:
    """||x|| of each, rounded; of no x that is not 0 is it 0."""
    return enclosure.lengths(points.flatten(1), (1,))
