"""F = {x in the domain : h(z_{l-1}(x)) = t}, the folded hyperplane of a unit (Eq. 10-12), with exact distances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import inf
from numbers import Integral
from typing import TYPE_CHECKING, cast

import numpy as np
from flint import fmpq

from polybn.errors import DomainError, IncompleteError, InputError
from polybn.exact.matrix import Vector, primitive
from polybn.exact.rational import brief, fraction, short
from polybn.exact.row import Row, evaluate
from polybn.regions.distance import Empty, Piece, nearest_of, nearest_point
from polybn.regions.folded_facets import FoldedFacet, facets_on, vertices_on
from polybn.regions.hyperplanes import Unit
from polybn.regions.polytope import polytope_of
from polybn.regions.vertex_sets import Corners, Vertices, corners_of, dimension_of, maximal

if TYPE_CHECKING:
    from polybn.regions.partition import Partition


@dataclass(frozen=True, eq=False, repr=False)
class FoldedHyperplane:
    """{x in the closed domain : the unit's pre-activation is `level`}, read off a complete partition.

    h is what the activation is applied to: gamma times the normalised projection plus beta where a normalisation is. On
    a region h - level keeps one sign or vanishes, so F meets the closed region in one of its faces: a facet
    (`facets`), all of it (`degenerate`), a face of lower dimension, or nothing. Lower faces are parts of facets
    nearly always; the others are `touches`: F of |x| + |y| at 0 is one point and has no facet. Distances are to all of
    it. A facet may border a degenerate region, which contains it then. Coordinates, and so distances, are those of
    the partition: of a slice, its parameters t.
    """

    partition: Partition
    unit: Unit
    level: Fraction
    _id: int

    def __repr__(self) -> str:
        parts = f"{len(self.facets)} facets, {len(self.degenerate)} degenerate regions"
        return f"FoldedHyperplane(layer {self.unit.layer}, unit {self.unit.unit}, level {short(self.level)}: {parts})"

    @cached_property
    def degenerate(self) -> tuple[int, ...]:
        """The regions on which h is `level` everywhere: F is full-dimensional there."""
        part = self.partition
        return tuple(np.flatnonzero(part.hyperplanes.signs(part.codes)[:, self._column] == 0).tolist())

    @cached_property
    def facets(self) -> tuple[FoldedFacet, ...]:
        """The facets of the partition on F, each once, by region; those on the domain's boundary are the last."""
        return facets_on(self.partition, self.unit, self._id)

    @cached_property
    def touches(self) -> tuple[Corners, ...]:
        """The parts of F of dimension d - 2 or less that no facet or degenerate region contains, by their vertices.

        Raises `DomainError` on all of R^d, where such a part may have no vertex.
        """
        if self.partition.frame.is_frame:
            raise DomainError(
                f"On {self.partition.domain} a part of F may be unbounded and have no vertex to name it by. "
                "Enumerate on a box around what matters: pb.enumerate_regions(net, pb.box(-3, 3, dim=2)).",
                self,
            )
        size = self.partition.network.dimension
        faces = [face for face in map(self._face, self._prefixes) if face]
        large = [face for face in faces if dimension_of(face) >= size - 1]
        small = [face for face in faces if dimension_of(face) < size - 1]
        return tuple(corners_of(face) for face in maximal(small, large))

    @property
    def is_empty(self) -> bool:
        """Whether h is `level` nowhere in the closed domain."""
        start = (fmpq(0),) * self.partition.network.dimension
        return all(isinstance(nearest_point(piece, start), Empty) for _, piece in self._pieces())

    @cached_property
    def vertices(self) -> Corners:
        """The vertices of the partition that lie on F, sorted. Cost: the vertices of all regions."""
        found: set[tuple[Fraction, ...]] = set()
        for region in self.partition:
            row = self.partition.hyperplanes.rows(region.code)[self._column]
            found.update(vertices_on(row, region.vertices))
        return tuple(sorted(found))

    def squared_distance(self, point: Sequence[object]) -> Fraction | float:
        """d(x, F)^2 (Eq. 12), exactly; `math.inf` when F is empty. The point may lie outside the domain, F does not.

        The least over the regions of the earlier layers of an exact quadratic program each, most of them cut short.
        Raises `ShapeError` when the point has another dimension.
        """
        found = nearest_of(self._pieces(), self.partition.network.point(point))
        return inf if found is None else fraction(found[1].squared_distance)

    def nearest(self, point: Sequence[object]) -> tuple[Fraction, ...] | None:
        """A point of F at the least distance, or None when F is empty; of several the one found first."""
        found = nearest_of(self._pieces(), self.partition.network.point(point))
        return None if found is None else tuple(fraction(value) for value in found[1].point)

    @property
    def _column(self) -> int:
        return self._id - self.partition.hyperplanes.first

    @cached_property
    def _prefixes(self) -> list[tuple[list[Row], Row]]:
        """For each region of the earlier layers its rows and the row of h - level there, both up to positive factors.

        F needs no finer partition: h is affine on a region of the layers before the unit's own.
        """
        part, hyperplanes = self.partition, self.partition.hyperplanes
        width = sum(part.network.widths[: self.unit.layer])
        before = hyperplanes.first + sum(unit.layer < self.unit.layer for unit in hyperplanes.units)
        start = hyperplanes.first if part.frame.is_frame else 0
        found: list[tuple[list[Row], Row]] = []
        for index in np.unique(part.codes[:, :width], axis=0, return_index=True)[1].tolist():
            code = part.codes[index]
            rows = hyperplanes.inward_rows(code)[start:before]
            found.append(([row for row in rows if any(row)], hyperplanes.rows(code.tolist())[self._column]))
        return found

    def _pieces(self) -> Iterator[tuple[int, Piece]]:
        """F as a union of closed convex polyhedra; a zero equation is no equation."""
        for index, (rows, equation) in enumerate(self._prefixes):
            yield index, Piece(rows, (equation,))

    def _face(self, prefix: tuple[list[Row], Row]) -> Vertices:
        """The vertices of one of the pieces."""
        rows, equation = prefix
        polytope = polytope_of(self.partition.frame)
        for owner, row in enumerate((*rows, equation)):
            values = polytope.values(row)
            if any(value < 0 for value in values) and any(value > 0 for value in values):
                polytope, _ = polytope.cut(row, owner, values)
        return frozenset(primitive(vertex) for vertex in polytope.vertices if evaluate(equation, vertex) == 0)


def folded_hyperplane(part: Partition, layer: int, unit: int, *, breakpoint: int | None = None) -> FoldedHyperplane:
    """The folded hyperplane of a hidden unit, layers and units counted from 0.

    `breakpoint`: the index of the activation's breakpoint t in F = {h = t}; without it, the breakpoint with the value
    0, as in the paper. Raises `InputError` for a layer, unit or breakpoint that there is not, or when no breakpoint
    has the value 0; `IncompleteError` for a partition that was stopped.

    >>> import polybn as pb
    >>> net = pb.Network.from_arrays([([[1]], [0]), ([[1]], [-1]), ([[1]], [0])], activation="abs")
    >>> folded = folded_hyperplane(pb.enumerate_regions(net, pb.box(-3, 3, dim=1)), 1, 0)
    >>> [(facet.regions, facet.vertices) for facet in folded.facets]
    [((0, 1), ((Fraction(-1, 1),),)), ((2, 3), ((Fraction(1, 1),),))]
    >>> folded.squared_distance(["1/2"])
    Fraction(1, 4)
    """
    if not part.complete:
        raise IncompleteError(
            f"The partition lists {len(part)} regions and was stopped, so F may have more. Call part.resume() first.",
            part,
        )
    widths = part.network.widths
    _check_index(layer, len(widths), "hidden layer", part)
    _check_index(unit, widths[layer], f"unit in hidden layer {layer}", part)
    levels: Vector = part.network.hidden[layer].activation.breakpoints
    index = _breakpoint(levels, breakpoint, layer)
    own = Unit(layer, unit)
    position = part.hyperplanes.units.index(own) + index
    return FoldedHyperplane(part, own, fraction(levels[index]), part.hyperplanes.first + position)


def _check_index(given: int, count: int, name: str, part: Partition) -> None:
    if not isinstance(cast(object, given), Integral) or isinstance(given, bool) or not 0 <= given < count:
        known = f"they are numbered 0 to {count - 1}" if count else "there is none"
        raise InputError(f"{brief(given)} is no {name} of {part.network}; {known}.", given)


def _breakpoint(levels: Vector, given: int | None, layer: int) -> int:
    listed = ", ".join(f"{index} (at {short(level)})" for index, level in enumerate(levels))
    if given is None:
        if fmpq(0) in levels:
            return levels.index(fmpq(0))
        raise InputError(
            f"The activation of hidden layer {layer} has no breakpoint at 0. Say which one is meant with "
            f"breakpoint=...: {listed}.",
            given,
        )
    if not isinstance(cast(object, given), Integral) or isinstance(given, bool) or not 0 <= given < len(levels):
        raise InputError(
            f"breakpoint is {brief(given)}; the breakpoints of hidden layer {layer} are {listed}. Write an index.",
            given,
        )
    return int(given)
