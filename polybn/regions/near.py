"""The regions that meet a ball, nearest first, searched outward from its centre without enumerating the others."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush
from time import monotonic
from typing import TYPE_CHECKING, cast

import numpy as np
from flint import fmpq, fmpz
from numpy.typing import NDArray

from polybn.errors import DomainError, IncompleteWarning, InputError
from polybn.exact.farkas import Farkas
from polybn.exact.feasibility import strictly_feasible
from polybn.exact.matrix import Vector
from polybn.exact.rational import affine, brief, fraction, homogeneous, rational
from polybn.exact.row import Row
from polybn.networks.network import Network
from polybn.regions.chebyshev import nearest_in_largest_coordinate
from polybn.regions.collect import Budget, Progress, budget_of
from polybn.regions.crossing import LocalRegion, behind, walls
from polybn.regions.distance import Nearest, Piece, nearest_point
from polybn.regions.domain import Box
from polybn.regions.perturbed import perturbed

if TYPE_CHECKING:
    from polybn.regions.halfspaces import Polytope
    from polybn.regions.slice import Slice
    from polybn.regions.whole_space import WholeSpace

Measure = Callable[[Piece], "tuple[Vector, fmpq] | None"]
"""The point of a piece nearest to the centre and its squared distance; None when it does not meet the open ball."""


@dataclass(frozen=True)
class NearRegion:
    """A region that meets the ball: its code, the squared distance from the centre to it (in the norm of the search),
    a point of its closure at that distance, and a strictly interior point, not always inside the ball."""

    code: tuple[int, ...]
    squared_distance: Fraction
    nearest: tuple[Fraction, ...]
    witness: tuple[Fraction, ...]


class NearRegions:
    """The regions found, nearest first, the rest on demand: iterate for one after the other, or ask for all.

    `complete` is True once the search has ended and no region is missing; False before, and for good after a budget,
    when the regions listed are right and the nearest ones, `stopped` says why, and an `IncompleteWarning` is given.
    """

    def __init__(self, search: Iterator[NearRegion], budget: Budget, units: int) -> None:
        self._search = search
        self._budget = budget
        self._units = units
        self._start = monotonic()
        self._found: list[NearRegion] = []
        self.complete = False
        self.stopped = ""

    def __iter__(self) -> Iterator[NearRegion]:
        """In increasing order of distance; equally near ones in increasing order of code as they are reached."""
        index = 0
        while index < len(self._found) or self._advance():
            yield self._found[index]
            index += 1

    def __len__(self) -> int:
        """The number of regions; searches to the end, or to the budget."""
        return len(self._all())

    @property
    def codes(self) -> NDArray[np.int8]:
        """(regions, units) of all regions found when the search ends, nearest first."""
        codes = [region.code for region in self._all()]
        return np.array(codes, dtype=np.int8).reshape(len(codes), self._units)

    @property
    def squared_distances(self) -> tuple[Fraction, ...]:
        """Of all regions found when the search ends, increasing."""
        return tuple(region.squared_distance for region in self._all())

    def _all(self) -> list[NearRegion]:
        while self._advance():
            pass
        return self._found

    def _advance(self) -> bool:
        """Find one more region; False at the end or where the budget is spent."""
        if self.complete or self.stopped:
            return False
        following = next(self._search, None)
        if following is None:
            self.complete = True
            return False
        if self._budget.is_spent(Progress(len(self._found), monotonic() - self._start)):
            self.stopped = "the budget is spent"
            warnings.warn(
                f"{len(self._found)} regions near the point are listed and there are more: {self.stopped}. "
                "Give a larger budget.",
                IncompleteWarning,
                stacklevel=3,
            )
            return False
        self._found.append(following)
        return True


def regions_near(
    network: Network,
    point: Sequence[object],
    radius: object,
    *,
    norm: str = "l2",
    domain: Box | Polytope | WholeSpace | Slice | None = None,
    budget: Budget | int | None = None,
) -> NearRegions:
    """All regions of R^d, or of the domain, that meet the open ball of this radius around a point, nearest first.

    An open region meets the open ball exactly if its distance from the centre is less than the radius, and exactly if
    it meets the closed ball. `norm`: "l2", or "linf" for a box; of a slice, point and norm are those of its parameters.
    The point may lie on any number of boundaries, and outside the domain. `budget`: a number of regions, or a
    `Budget`; see `NearRegions`. Raises `InputError` for a radius that is not positive or an unknown norm, `ShapeError`
    or `DomainError` for a wrong dimension, `UnfittedError` before `fit`.

    The search takes the nearest region seen so far and looks across its facets that meet the ball. Why none is missed,
    and the order is right: let U be the interior of the domain and B(s) the open ball of radius s. B(s) and U are
    convex and open, so a segment between points of two regions in both stays there, and moving its ends a little makes
    it avoid all faces of dimension d - 2 and less: so it passes from region to region through the relative interiors of
    facets, inside B(s). So the regions that meet B(s) are linked by facets that meet B(s). The first region has the
    least distance of all. Suppose that a region at distance d is taken while another at a distance less than s = d has
    not been seen. On a chain between them through B(s) some region that has been taken has a neighbour that has not,
    across a facet that meets B(s); so that neighbour has been seen, is nearer than s, and would have been taken before.
    Cost: an exact quadratic program, some exact linear ones and the facets a region; any d.

    >>> net = Network.from_arrays([([[1], [1], [1]], [0, -1, -2]), ([[1, 1, 1]], [0])])
    >>> [(region.code, str(region.squared_distance)) for region in regions_near(net, ["1/4"], 1)]
    [((1, -1, -1), '0'), ((-1, -1, -1), '1/16'), ((1, 1, -1), '9/16')]
    """
    if not isinstance(cast("object", network), Network):
        raise InputError(f"regions_near was given {brief(network)} where a Network is needed.", network)
    size = rational(radius, "radius")
    if size <= 0:
        raise InputError(f"The radius is {brief(size)}; a ball with interior points has a positive one.", radius)
    if norm not in ("l2", "linf"):
        raise InputError(f"norm is {brief(norm)}; write 'l2' or 'linf'.", norm)
    inner, frame = (network, None) if domain is None else domain.prepared(network)
    centre = inner.point(point)
    rows = _rows(inner, centre, size, frame)
    limit = size * size
    measure = _euclidean(centre, limit) if norm == "l2" else _largest_coordinate(centre, limit)
    return NearRegions(_outward(inner, centre, rows, measure), budget_of(budget), inner.units)


def _rows(network: Network, centre: Vector, radius: fmpq, frame: Box | Polytope | None) -> tuple[Row, ...]:
    """The box around the ball, cut to the domain, box rows first: inside the ball it is the domain.

    No rows where a side of that box has no length.
    """
    low = [fraction(x - radius) for x in centre]
    high = [fraction(x + radius) for x in centre]
    if frame is None:
        return Box(tuple(low), tuple(high)).rows
    if frame.dimension != network.dimension:
        raise DomainError(
            f"The domain has dimension {frame.dimension} and the network takes {network.dimension} coordinates. "
            f"Write pb.box(lower, upper, dim={network.dimension}).",
            frame,
        )
    if not frame.is_frame:
        low = [max(pair) for pair in zip(low, frame.lower, strict=True)]
        high = [min(pair) for pair in zip(high, frame.upper, strict=True)]
    if any(lo >= hi for lo, hi in zip(low, high, strict=True)):
        return ()
    return (*Box(tuple(low), tuple(high)).rows, *frame.rows[2 * network.dimension :])


def _outward(network: Network, centre: Vector, rows: tuple[Row, ...], measure: Measure) -> Iterator[NearRegion]:
    """The search: a queue of regions by distance, and the facets that have been looked across."""
    integer = network.integer
    first = _first(network, centre, rows, measure)
    queue: list[tuple[fmpq, tuple[int, ...], Vector, LocalRegion]] = []
    seen: set[tuple[int, ...]] = set()
    crossed: set[tuple[int, ...]] = set()

    def see(cell: LocalRegion) -> None:
        if cell.own.code not in seen:
            seen.add(cell.own.code)
            found = measure(Piece((*rows, *(row for row in cell.own.rows if any(row)))))
            if found is not None:
                heappush(queue, (found[1], cell.own.code, found[0], cell))

    if first is not None:
        see(first)
    while queue:
        distance, code, nearest, cell = heappop(queue)
        witness = tuple(map(fraction, affine(cell.witness)))
        yield NearRegion(code, fraction(distance), tuple(map(fraction, nearest)), witness)
        for wall in walls(cell, rows):
            if wall.face not in crossed:
                crossed.add(wall.face)
                if measure(Piece(wall.others, (wall.row,))) is not None:
                    see(behind(integer, cell, wall, rows))


def _first(network: Network, centre: Vector, rows: tuple[Row, ...], measure: Measure) -> LocalRegion | None:
    """A region at the least distance: beside the point of the domain nearest to the centre, which may be the centre.

    The perturbation leads inwards first, then in general position.
    """
    middle = strictly_feasible(rows) if rows else None
    if middle is None or isinstance(middle, Farkas):
        return None
    found = measure(Piece(rows))
    if found is None:
        return None
    dimension = network.dimension
    inwards = homogeneous(tuple(m - x for m, x in zip(affine(middle), found[0], strict=True)))[:-1]
    axes = [[fmpz(int(i == axis)) for i in range(dimension)] for axis in range(dimension)]
    own = perturbed(network.integer, homogeneous(found[0]), [inwards, *axes])
    witness = strictly_feasible((*rows, *(row for row in own.rows if any(row))))
    return None if isinstance(witness, Farkas) else LocalRegion(own, witness)


def _euclidean(centre: Vector, limit: fmpq) -> Measure:
    def measure(piece: Piece) -> tuple[Vector, fmpq] | None:
        found = nearest_point(piece, centre, within=limit)
        return (found.point, found.squared_distance) if isinstance(found, Nearest) else None

    return measure


def _largest_coordinate(centre: Vector, limit: fmpq) -> Measure:
    def measure(piece: Piece) -> tuple[Vector, fmpq] | None:
        found = nearest_in_largest_coordinate(piece, centre)
        return None if found is None or found[1] ** 2 >= limit else (found[0], found[1] ** 2)

    return measure
