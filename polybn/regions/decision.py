"""Where the network's answer changes: {f = threshold}, or the points where the largest output is attained twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from math import inf
from numbers import Integral
from typing import TYPE_CHECKING, NamedTuple, cast

from flint import fmpq

from polybn.errors import IncompleteError, InputError
from polybn.exact.matrix import Vector, primitive, rows_of
from polybn.exact.rational import brief, fraction, homogeneous, rational, short
from polybn.exact.row import Row, evaluate
from polybn.networks.code import affine_of_code
from polybn.regions.distance import Nearest, Piece, nearest_of
from polybn.regions.polytope import CellPolytope, clipped
from polybn.regions.vertex_sets import Corners, Vertices, corners_of, dimension_of, maximal

if TYPE_CHECKING:
    from polybn.regions.partition import Partition


class BoundaryPiece(NamedTuple):
    """A polytope of dimension d - 1 on which several classes attain the maximum.

    `regions`: the one region that it cuts, or the one or two on whose boundary it lies. `classes`: all that tie on
    it. `normal`: coprime integers, the direction in which, in the first region, the last of the classes that occur
    beside it gains on the first. `vertices`: sorted.
    """

    regions: tuple[int, ...]
    classes: tuple[int, ...]
    normal: tuple[int, ...]
    vertices: Corners


class Tie(NamedTuple):
    """A full-dimensional part of a region on which several classes attain the maximum everywhere."""

    region: int
    classes: tuple[int, ...]
    vertices: Corners


class _Cell(NamedTuple):
    """The part of a region where one affine function is the largest, of full dimension, and the ties on its boundary:
    the classes that tie, the row by which the cell's function leads, and the face where it does not."""

    region: int
    classes: tuple[int, ...]
    vertices: Vertices
    ties: list[tuple[tuple[int, ...], Row, Vertices]]


@dataclass(frozen=True, eq=False, repr=False)
class DecisionBoundary:
    """The decision boundary in the closed domain of a complete partition.

    One output f: classes 0 (f < threshold) and 1 (f > threshold), both where f is the threshold. Several outputs:
    class i where output i is the largest. The boundary is the union of `pieces` (dimension d - 1), `degenerate` (full
    dimension) and `touches` (dimension d - 2 or less, and in none of the others). A piece may border a degenerate
    part. Pieces need the vertices of bounded regions (`DomainError` otherwise); distances do not.
    """

    partition: Partition
    threshold: fmpq
    output: int | None

    def __repr__(self) -> str:
        what = "largest output" if self.output is None else f"output {self.output} = {short(self.threshold)}"
        return f"DecisionBoundary({what}, {len(self.partition)} regions)"

    @cached_property
    def classes(self) -> tuple[tuple[int, ...], ...]:
        """For each region the classes that occur: those that attain the maximum on an open part of it."""
        found: list[set[int]] = [set() for _ in range(len(self.partition))]
        for cell in self._cells:
            found[cell.region].update(cell.classes)
        return tuple(tuple(sorted(classes)) for classes in found)

    @cached_property
    def pieces(self) -> tuple[BoundaryPiece, ...]:
        """The pieces of dimension d - 1, each once, by region."""
        size = self.partition.network.dimension
        merged: dict[Vertices, tuple[set[int], set[int], Row]] = {}
        for cell in self._cells:
            for classes, row, face in cell.ties:
                if dimension_of(face) == size - 1:
                    towards = row if cell.classes > classes else tuple(-a for a in row)
                    regions, tied, _ = merged.setdefault(face, (set(), set(), towards))
                    regions.add(cell.region)
                    tied.update(cell.classes, classes)
        found = [
            BoundaryPiece(
                tuple(sorted(regions)), tuple(sorted(tied)), tuple(map(int, primitive(row[:-1]))), corners_of(face)
            )
            for face, (regions, tied, row) in merged.items()
        ]
        return tuple(sorted(found))

    @cached_property
    def degenerate(self) -> tuple[Tie, ...]:
        """The full-dimensional ties, by region."""
        tied = (cell for cell in self._cells if len(cell.classes) > 1)
        return tuple(sorted(Tie(cell.region, cell.classes, corners_of(cell.vertices)) for cell in tied))

    @cached_property
    def touches(self) -> tuple[Corners, ...]:
        """The ties of dimension d - 2 or less that no piece or degenerate part contains, by their vertices."""
        size = self.partition.network.dimension
        faces = {face for cell in self._cells for _, _, face in cell.ties}
        large = [face for face in faces if dimension_of(face) >= size - 1]
        large += [cell.vertices for cell in self._cells if len(cell.classes) > 1]
        return tuple(corners_of(face) for face in maximal(faces.difference(large), large))

    def squared_distance(self, point: Sequence[object]) -> Fraction | float:
        """The squared distance from a point to the boundary in the closed domain, exact; `math.inf` when there is none.

        Nearer than that no point of the domain has another class. Raises `ShapeError` for a wrong dimension.
        """
        found = self._nearest(point)
        return inf if found is None else fraction(found.squared_distance)

    def nearest(self, point: Sequence[object]) -> tuple[Fraction, ...] | None:
        """A point of the boundary at the least distance; None when there is none."""
        found = self._nearest(point)
        return None if found is None else tuple(map(fraction, found.point))

    def _nearest(self, point: Sequence[object]) -> Nearest | None:
        found = nearest_of(self._polyhedra, self.partition.network.point(point))
        return None if found is None else found[1]

    @cached_property
    def _polyhedra(self) -> list[tuple[int, Piece]]:
        """The boundary as a union: a region, two classes that tie, and no other class above them."""
        hyperplanes, part = self.partition.hyperplanes, self.partition
        start = hyperplanes.first if part.frame.is_frame else 0
        found: list[tuple[int, Piece]] = []
        for region in range(len(part)):
            inside = [row for row in hyperplanes.inward_rows(part.codes[region])[start:] if any(row)]
            functions = self._functions(region)
            for i, j in combinations(range(len(functions)), 2):
                others = (k for k in range(len(functions)) if k not in (i, j))
                above = [_difference(functions[i], functions[k]) for k in others]
                found.append((region, Piece((*inside, *above), (_difference(functions[i], functions[j]),))))
        return found

    def _functions(self, region: int) -> list[Vector]:
        """The affine function of each class on a region: coefficients, then the constant."""
        part = self.partition
        found = affine_of_code(part.network, part.codes[region].tolist())
        rows = [(*row, offset) for row, offset in zip(rows_of(found.linear), found.offset, strict=True)]
        if self.output is None:
            return rows
        return [(*[fmpq(0)] * part.network.dimension, self.threshold), rows[self.output]]

    @cached_property
    def _cells(self) -> list[_Cell]:
        return [cell for region in range(len(self.partition)) for cell in self._cells_of(region)]

    def _cells_of(self, region: int) -> Iterator[_Cell]:
        """The parts of one region, one for each function that is the largest on an open set."""
        groups: dict[Vector, list[int]] = {}
        for index, function in enumerate(self._functions(region)):
            groups.setdefault(function, []).append(index)
        whole = self.partition[region].polytope
        free = self.partition.hyperplanes.first + len(self.partition.hyperplanes.units)
        for own, classes in groups.items():
            leads = [(tuple(tied), _difference(own, other)) for other, tied in groups.items() if other != own]
            cell = _clipped_by(whole, [row for _, row in leads], free)
            if cell is not None:
                ties = [(tied, row, face) for tied, row in leads if (face := _face(cell, row))]
                yield _Cell(region, tuple(classes), frozenset(map(primitive, cell.vertices)), ties)


def decision_boundary(part: Partition, threshold: object = 0, *, output: int | None = None) -> DecisionBoundary:
    """The decision boundary of the output layer over a partition.

    One output: {f = threshold}. Several: where the largest is attained twice, or with `output` given, {f_output =
    threshold}. Raises `InputError` for an output that there is not, or a threshold where outputs are compared with one
    another; `IncompleteError` for a partition that was stopped.

    >>> import polybn as pb
    >>> net = pb.Network.from_arrays([([[1]], [0]), ([[1]], [-1])], activation="abs")
    >>> boundary = decision_boundary(pb.enumerate_regions(net, pb.box(-3, 3, dim=1)))
    >>> [piece.vertices for piece in boundary.pieces], boundary.classes
    ([((Fraction(-1, 1),),), ((Fraction(1, 1),),)], ((0, 1), (0, 1)))
    >>> boundary.squared_distance(["1/2"])
    Fraction(1, 4)
    """
    if not part.complete:
        raise IncompleteError(
            f"The partition lists {len(part)} regions and was stopped, so the boundary may have more. "
            "Call part.resume() first.",
            part,
        )
    count, level = part.network.outputs, rational(threshold, "threshold")
    if output is None and count > 1:
        if level != 0:
            raise InputError(
                f"The network has {count} outputs, which are compared with one another, not with {short(level)}. "
                "Write decision_boundary(part), or decision_boundary(part, threshold, output=0) for one of them.",
                threshold,
            )
        return DecisionBoundary(part, level, None)
    chosen = 0 if output is None else output
    if not isinstance(cast("object", chosen), Integral) or isinstance(chosen, bool) or not 0 <= chosen < count:
        raise InputError(f"{brief(output)} is no output; they are numbered 0 to {count - 1}.", output)
    return DecisionBoundary(part, level, int(chosen))


def _difference(first: Vector, second: Vector) -> Row:
    """first - second as an integer row, up to a positive factor."""
    return homogeneous(tuple(a - b for a, b in zip(first, second, strict=True)))[:-1]


def _clipped_by(polytope: CellPolytope, rows: Sequence[Row], free: int) -> CellPolytope | None:
    """The part where all rows are >= 0, or None when it has no interior; facet ids from `free` on are new."""
    found: CellPolytope | None = polytope
    for index, row in enumerate(rows):
        found = None if found is None else clipped(found, row, free + index)
    return found


def _face(polytope: CellPolytope, row: Row) -> Vertices:
    return frozenset(primitive(vertex) for vertex in polytope.vertices if evaluate(row, vertex) == 0)
