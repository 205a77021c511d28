"""{x : A x <= b}: a bounded polytope as the domain of an enumeration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from flint import fmpq, fmpz

from polybn.errors import DomainError, ShapeError
from polybn.exact.matrix import Vector, matrix, primitive, rows_of, vector
from polybn.exact.rational import affine, fraction, homogeneous, short
from polybn.exact.row import Row, evaluate
from polybn.regions.domain import Box, place_of
from polybn.regions.emptiness import obstruction, reason
from polybn.regions.generators import generators_of
from polybn.regions.polytope import CellPolytope, clipped, simplex
from polybn.regions.volume import volume

if TYPE_CHECKING:
    from polybn.networks.network import Network


@dataclass(frozen=True, init=False, repr=False)
class Polytope:
    """{x : A x <= b} for A of shape (inequalities, d), bounded and with interior points.

    Redundant, repeated and parallel inequalities are welcome. Raises `DomainError` when the set is empty, has no
    interior or is unbounded, `ShapeError` when A and b do not fit. All vertices are found at once: a cube takes a
    second or two in dimension 10, and about four times more for each dimension beyond.

    >>> str(Polytope([[1, 1], [-1, 0], [0, -1]], [1, 0, 0]).volume)
    '1/2'
    """

    given: tuple[Row, ...]
    """One integer row b - A x an inequality."""

    def __init__(self, A: object, b: object) -> None:
        linear, bounds = matrix(A, "A"), vector(b, "b")
        if linear.nrows() != len(bounds):
            raise ShapeError(f"A has {linear.nrows()} rows and b {len(bounds)} entries. Give one bound a row.", (A, b))
        rows = zip(rows_of(linear), bounds, strict=True)
        object.__setattr__(self, "given", tuple(_row(row, bound) for row, bound in rows))
        _ = self.cell  # refuses what is no domain

    @property
    def dimension(self) -> int:
        """d."""
        return len(self.given[0]) - 1

    @cached_property
    def cell(self) -> CellPolytope:
        """Vertices and facets; facet ids as in `rows`."""
        d = self.dimension
        # A vertex has coordinates of at most the product of d norms (Hadamard, Cramer); a basic point of any face too.
        reach = fmpz(1)
        for norm in sorted((sum((a * a for a in row), fmpz(1)) for row in self.given), reverse=True)[:d]:
            reach *= norm
        found = simplex(d, reach)
        for index, row in enumerate(self.given):
            part = clipped(found, row, 2 * d + index)
            if part is None:
                raise self._thin(index, reach)
            found = part
        if min(found.facets) < 2 * d:
            raise self._unbounded()
        return found

    @cached_property
    def _bounds(self) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        """A box around it with room on every side."""
        points = [affine(vertex) for vertex in self.cell.vertices]
        sides = list(zip(*points, strict=True))
        low = tuple(Fraction(int(min(side).floor()) - 1) for side in sides)
        return low, tuple(Fraction(int(max(side).ceil()) + 1) for side in sides)

    @property
    def lower(self) -> tuple[Fraction, ...]:
        """The lower corner of a box around it."""
        return self._bounds[0]

    @property
    def upper(self) -> tuple[Fraction, ...]:
        """The upper corner of a box around it."""
        return self._bounds[1]

    @property
    def is_frame(self) -> bool:
        """False: its sides are sides of the domain."""
        return False

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The 2 d rows of a box around it, which own no facet, then the given ones; each >= 0 on the polytope."""
        return (*Box(self.lower, self.upper).rows, *self.given)

    @property
    def corners(self) -> list[tuple[Row, int]]:
        """Each vertex in homogeneous integers, with the bit mask of the facets (by first owner) that it lies on."""
        return list(zip(self.cell.vertices, self.cell.masks, strict=True))

    @property
    def facets(self) -> dict[int, tuple[int, ...]]:
        """The rows that own each facet, by the first of them."""
        return {index: facet.owners for index, facet in self.cell.facets.items()}

    @cached_property
    def volume(self) -> Fraction:
        """Exact."""
        return volume(self.cell)

    @property
    def vertices(self) -> tuple[tuple[Fraction, ...], ...]:
        """Sorted."""
        return tuple(sorted(tuple(fraction(x) for x in affine(vertex)) for vertex in self.cell.vertices))

    def prepared(self, network: Network) -> tuple[Network, Polytope]:
        """The network and the bounded domain that engines enumerate."""
        return network, self

    def contains(self, point: Sequence[object]) -> bool:
        """Whether a point lies in the closed polytope; raises `ShapeError` when it has another dimension."""
        place = place_of(point, self.dimension)
        return all(evaluate(row, place) >= 0 for row in self.given)

    def __str__(self) -> str:
        return f"a polytope of {len(self.cell.facets)} facets in R^{self.dimension}"

    def __repr__(self) -> str:
        return f"Polytope({len(self.given)} inequalities in R^{self.dimension})"

    def _thin(self, index: int, reach: fmpz) -> DomainError:
        rows = self.given[: index + 1]
        return DomainError(
            f"The polytope A x <= b is empty or flat: {reason(obstruction(rows, reach), rows)} (scaled to integers). "
            "Regions are full-dimensional; widen b, or enumerate on a slice (pb.affine_slice).",
            self,
        )

    def _unbounded(self) -> DomainError:
        rows = [row for row in self.given if any(row[:-1])]
        found = generators_of(rows, self.dimension)
        direction = [*found.rays, *found.lines][0]
        return DomainError(
            f"The polytope A x <= b is unbounded: it goes on along the direction ({', '.join(map(short, direction))}). "
            "Add inequalities that bound it, or use pb.whole_space(d) for all of R^d.",
            self,
        )


def _row(row: Vector, bound: fmpq) -> Row:
    """b - a.x in coprime integers; for 0 <= 0 the row 0 <= 1, as true and, unlike it, strict at interior points."""
    integers = homogeneous((*(-entry for entry in row), bound))
    return primitive(integers[:-1] if any(integers[:-1]) else (*integers[:-2], fmpz(1)))
