"""d(x, F) from above: a point surely on the other side of t than x proves that F meets the segment between the two."""

from __future__ import annotations

from itertools import product
from math import inf

import torch
from torch import Tensor

from polybn.statistical.counting.balls import offsets
from polybn.statistical.distances.queries import Queries, lengths
from polybn.statistical.enclosures.enclosure import gamma, least

DOUBLINGS, HALVINGS, PROJECTIONS = 14, 24, 3
STRETCHES = (1 + 1e-9, 1 + 1e-4, 1.01, 1.1, 1.5)
"""How far beyond a projection of x is looked, since it should be surely on the other side."""
FEW, OFFSETS = 3, 48
"""For inputs of few entries so many uniform points of the ball are tried besides."""


class Search:
    """For each query and side of t the nearest point found that is surely on it, and its distance, rounded upwards."""

    def __init__(self, queries: Queries) -> None:
        self.queries = queries
        self.found = queries.points.expand(2, *queries.points.shape).clone()
        self.distance = queries.levels.new_full((2, len(queries.points)), inf)
        self.consider(queries.points)
        # The side that x is not on; where that is unsure, either may be the farther one.
        self.other = (self.distance[0] == 0).long()

    @property
    def upper(self) -> Tensor:
        """F is no farther than the farther of the two; inf where none is found."""
        return self.distance.amax(0)

    def farther(self) -> Tensor:
        """The point found on the other side; x where there is none."""
        return self.found[self.other, self.queries.which]

    def consider(self, points: Tensor) -> Tensor:
        """Keep those that are nearer than the ones before; which are kept."""
        queries = self.queries
        points = torch.where(torch.isfinite(points), points, queries.points)
        room = 1 + gamma(queries.entries + 8, points)
        away = lengths(points - queries.points)
        away = away * room + least(away) * (away > 0).to(away.dtype)
        margins = queries.margins(points, queries.which)
        kept = torch.stack([margins > 0, margins < 0]) & (away < self.distance)
        self.distance = away.where(kept, self.distance)
        self.found = points.where(kept.reshape(*kept.shape, *[1] * (points.dim() - 1)), self.found)
        return kept.any(0)

    def along_gradients(self) -> None:
        """Ahead and back from x, by powers of two of the step that would do if g were affine."""
        queries = self.queries
        value, slope = queries.slopes(queries.points)
        size = lengths(slope)
        step = torch.where(size > 0, 1.01 * value.abs() / size + 1e-13 * (1 + lengths(queries.points)), 0.0)
        ahead = _finite(queries.spread(1 / size) * slope)
        for power, sign in product(range(DOUBLINGS), (1, -1)):
            self.consider(queries.points + queries.spread(sign * 2**power * step) * ahead)

    def at_nearest(self, towards: Tensor) -> None:
        """At the nearest of some points on each side, as floats say."""
        if not len(towards):
            return
        values = self.queries.table(towards)
        distances = torch.cdist(self.queries.points.flatten(1), towards.flatten(1))
        for sign in (1, -1):
            self.consider(towards[distances.where(values * sign > 0, inf).argmin(1)])

    def around(self) -> None:
        """At uniform points of the ball that the nearest point found spans: a nearer fold may be off every gradient."""
        queries = self.queries
        for offset in offsets(queries.entries, OFFSETS, seed=0, chunk=1):
            away = offset.to(queries.points.device).reshape(1, *queries.points.shape[1:])
            self.consider(queries.points + queries.spread(_finite(self.upper)) * away)

    def polish(self) -> None:
        """Draw the point on the other side nearer, by bisection and by projecting x on {g = t} linearised there."""
        self._bisect()
        for _ in range(PROJECTIONS):
            end, x = self.farther(), self.queries.points
            value, slope = self.queries.slopes(end)
            rest = value + ((x - end) * slope).flatten(1).sum(1)
            foot = x - _finite(self.queries.spread(rest / lengths(slope) ** 2) * slope)
            for factor in STRETCHES:
                self.consider(x + factor * (foot - x))
            self._bisect()

    def _bisect(self) -> None:
        x, end = self.queries.points, self.farther()
        low, high = torch.zeros_like(self.upper), torch.ones_like(self.upper)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            kept = self.consider(x + self.queries.spread(middle) * (end - x))
            low, high = torch.where(kept, low, middle), torch.where(kept, middle, high)


def searched(queries: Queries, towards: Tensor) -> Search:
    """The search done: along gradients, at points such as the data, where inputs have few entries all around."""
    search = Search(queries)
    if not len(queries.points):
        return search
    search.along_gradients()
    search.at_nearest(towards)
    search.polish()
    if queries.entries <= FEW:
        search.around()
        search.polish()
    return search


def _finite(numbers: Tensor) -> Tensor:
    return torch.nan_to_num(numbers, nan=0.0, posinf=0.0, neginf=0.0)
