"""{x : rows >= 0} = conv(vertices) + cone(rays) + span(lines), exactly, for polyhedra that may be unbounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from flint import fmpq, fmpq_mat, fmpz

from polybn.errors import InternalError
from polybn.exact.matrix import Vector, primitive
from polybn.exact.rational import affine
from polybn.exact.row import Point, Row
from polybn.regions.polytope import CellPolytope, clipped, simplex

T = TypeVar("T")


class Generators(NamedTuple):
    """What spans a polyhedron.

    Without lines, `vertices` and `rays` are its vertices and extreme rays. With lines, they are those of its section
    with a coordinate subspace that the lines complement: one vertex for each minimal face.
    """

    vertices: tuple[Vector, ...]
    rays: tuple[Row, ...]
    """Coprime integers."""
    lines: tuple[Row, ...]
    """A basis of the directions in which the polyhedron is unbounded both ways, coprime integers."""


def generators_of(rows: Sequence[Row], dimension: int) -> Generators:
    """The generators of the polyhedron with these rows, which has interior points; no row is zero."""
    normals = fmpq_mat(len(rows), dimension, [fmpq(a) for row in rows for a in row[:-1]])
    reduced, rank = normals.rref() if rows else (normals, 0)
    pivots = [next(j for j in range(dimension) if reduced[i, j] != 0) for i in range(rank)]
    lines = _kernel(reduced, pivots, dimension)
    if rank == 0:
        return Generators((tuple(fmpq(0) for _ in range(dimension)),), (), lines)
    section = [(*(row[j] for j in pivots), row[-1]) for row in rows]
    vertices, rays = _pointed(section, rank)
    return Generators(
        tuple(sorted(_spread(point, pivots, dimension, fmpq(0)) for point in vertices)),
        tuple(sorted(_spread(ray, pivots, dimension, fmpz(0)) for ray in rays)),
        lines,
    )


def _pointed(rows: Sequence[Row], dimension: int) -> tuple[list[Vector], list[Row]]:
    """Vertices and extreme rays of a polyhedron that contains no line.

    It is cut out of a simplex beyond all its vertices (Cramer, Hadamard): the vertices on no side of the simplex are
    its own, and every extreme ray is the direction of an edge from one of them to a side of the simplex.
    """
    reach = fmpz(1)
    for norm in sorted((sum((a * a for a in row), fmpz(1)) for row in rows), reverse=True)[:dimension]:
        reach *= norm
    cell = simplex(dimension, reach)
    for index, row in enumerate(rows):
        part = clipped(cell, row, dimension + 1 + index)
        if part is None:
            raise InternalError("A polyhedron with interior points was clipped away.", rows)
        cell = part
    outer = (1 << (dimension + 1)) - 1
    inside = [i for i, mask in enumerate(cell.masks) if not mask & outer]
    rays = {
        _direction(cell.vertices[i], cell.vertices[j])
        for i in inside
        for j, mask in enumerate(cell.masks)
        if mask & outer and _spans_edge(cell, i, j)
    }
    return [affine(cell.vertices[i]) for i in inside], list(rays)


def _spans_edge(cell: CellPolytope, first: int, second: int) -> bool:
    """Whether two vertices span an edge: d - 1 common facets, and no third vertex on all of them."""
    common = cell.masks[first] & cell.masks[second]
    if common.bit_count() < cell.dimension - 1:
        return False
    return not any(mask & common == common and i not in (first, second) for i, mask in enumerate(cell.masks))


def _direction(start: Point, end: Point) -> Row:
    """The direction from one point to another in coprime integers."""
    return primitive([b * start[-1] - a * end[-1] for a, b in zip(start[:-1], end[:-1], strict=True)])


def _kernel(reduced: fmpq_mat, pivots: list[int], dimension: int) -> tuple[Row, ...]:
    """A basis of the kernel of a matrix in reduced echelon form."""
    found: list[Row] = []
    for free in (j for j in range(dimension) if j not in pivots):
        entries = [fmpq(int(j == free)) for j in range(dimension)]
        for i, j in enumerate(pivots):
            entries[j] = -reduced[i, free]
        scale = fmpz(1)
        for entry in entries:
            scale = scale.lcm(entry.q)
        found.append(primitive([(entry * scale).p for entry in entries]))
    return tuple(found)


def _spread(values: Sequence[T], places: Sequence[int], dimension: int, zero: T) -> tuple[T, ...]:
    """The values at their places among zeros."""
    found = [zero] * dimension
    for value, place in zip(values, places, strict=True):
        found[place] = value
    return tuple(found)
