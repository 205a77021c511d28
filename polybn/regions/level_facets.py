"""{g = t} in a region on which g is affine: a facet, found from values of g at the region's vertices and rays alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from flint import fmpq, fmpq_mat, fmpz

from polybn.exact.matrix import Vector, inner, primitive
from polybn.exact.rational import affine, common_denominator, homogeneous, sign
from polybn.exact.row import Row, evaluate
from polybn.regions.region import Region


class Spread(NamedTuple):
    """A closed region as conv(vertices) + cone(directions); of a line both directions are listed.

    `tight` has one bit mask a generator, vertices first: the facets of the region on which it lies, and for a direction
    the bit of the face at infinity besides.
    """

    vertices: tuple[Vector, ...]
    directions: tuple[Vector, ...]
    tight: tuple[int, ...]
    has_lines: bool


class LevelFacet(NamedTuple):
    """{g = t} inside one region: conv(vertices) + cone(directions), a polyhedron of dimension d - 1.

    `normal`: coprime integers orthogonal to it, towards larger g. `gradient`: of g, in exact scale. In a region that
    contains lines, `vertices` may list other points of the facet besides.
    """

    vertices: tuple[Vector, ...]
    directions: tuple[Vector, ...]
    normal: Row
    gradient: Vector


def spread_of(region: Region) -> Spread:
    """The generators of a region, bounded or not, with the facets on which they lie."""
    if region.is_bounded and not region.hyperplanes.domain.is_frame:
        vertices, directions, has_lines = tuple(affine(vertex) for vertex in region.polytope.vertices), (), False
    else:
        vertices, rays, lines = region.generators
        both = [direction for line in lines for direction in (line, tuple(-entry for entry in line))]
        directions = tuple(tuple(map(fmpq, direction)) for direction in (*rays, *both))
        has_lines = bool(lines)
    places = [homogeneous(vertex) for vertex in vertices]
    places += [(*(entry.p for entry in direction), fmpz(0)) for direction in directions]
    rows = (*region.facet_rows, (*(fmpz(0) for _ in range(region.network.dimension)), fmpz(1)))
    tight = tuple(sum(1 << index for index, row in enumerate(rows) if evaluate(row, place) == 0) for place in places)
    return Spread(vertices, directions, tight, has_lines)


def orthogonal(directions: Sequence[Vector], dimension: int) -> Row | None:
    """Coprime integers orthogonal to all the directions, unique up to sign; None unless their rank is d - 1."""
    reduced, rank = (
        fmpq_mat(len(directions), dimension, [entry for row in directions for entry in row]).rref()
        if directions
        else (None, 0)
    )
    if rank != dimension - 1:
        return None
    if reduced is None:
        return (fmpz(1),)
    pivots = [next(column for column in range(dimension) if reduced[row, column] != 0) for row in range(rank)]
    free = next(column for column in range(dimension) if column not in pivots)
    found = [fmpq(int(column == free)) for column in range(dimension)]
    for row, column in enumerate(pivots):
        found[column] = -reduced[row, free]
    scale = common_denominator(found)
    return primitive([(entry * scale).p for entry in found])


def level_facet(spread: Spread, heights: Sequence[fmpq], slopes: Sequence[fmpq]) -> LevelFacet | None:
    """The facet {g = t}, from g - t at the vertices and its slopes along the directions.

    None unless g - t takes both signs in the region: where g = t on a face of the region, or on all of it.
    """
    signs = {sign(value) for value in (*heights, *slopes)}
    if not {-1, 1} <= signs:
        return None
    vertices, directions = _vertices(spread, heights, slopes), _directions(spread, slopes)
    start = vertices[0]
    normal = orthogonal([*(step(start, vertex) for vertex in vertices[1:]), *directions], len(start))
    if normal is None:
        return None
    scale = _scale(spread, heights, slopes, start, normal)
    normal = normal if scale > 0 else tuple(-entry for entry in normal)
    return LevelFacet(vertices, directions, normal, tuple(abs(scale) * entry for entry in normal))


def _vertices(spread: Spread, heights: Sequence[fmpq], slopes: Sequence[fmpq]) -> tuple[Vector, ...]:
    """The vertices with g = t, and the points with g = t on edges and along rays."""
    found = [vertex for vertex, height in zip(spread.vertices, heights, strict=True) if height == 0]
    for first, second in _edges(spread, range(len(heights)), range(len(heights))):
        if heights[first] * heights[second] < 0:
            share = heights[first] / (heights[first] - heights[second])
            move = step(spread.vertices[first], spread.vertices[second])
            found.append(_moved(spread.vertices[first], share, move))
    count = len(heights)
    for first, second in _edges(spread, range(count), range(count, count + len(slopes))):
        if heights[first] * slopes[second - count] < 0:
            share = -heights[first] / slopes[second - count]
            found.append(_moved(spread.vertices[first], share, spread.directions[second - count]))
    return tuple(sorted(set(found)))


def _directions(spread: Spread, slopes: Sequence[fmpq]) -> tuple[Vector, ...]:
    """The directions along which g is constant: extreme rays, and positive sums of two."""
    found = [direction for direction, slope in zip(spread.directions, slopes, strict=True) if slope == 0]
    count = len(spread.vertices)
    places = range(count, count + len(slopes))
    for first, second in _edges(spread, places, places):
        left, right = slopes[first - count], slopes[second - count]
        if left * right < 0:
            pair = zip(spread.directions[first - count], spread.directions[second - count], strict=True)
            found.append(tuple(abs(right) * a + abs(left) * b for a, b in pair))
    return tuple(found)


def _edges(spread: Spread, first: range, second: range) -> Iterator[tuple[int, int]]:
    """Pairs of generators that span an edge, or a face of rays: no third lies on all facets that they share.

    With lines there are no edges; then all pairs, which add points of the same polyhedron.
    """
    pairs = combinations(first, 2) if first == second else ((i, j) for i in first for j in second)
    for i, j in pairs:
        common = spread.tight[i] & spread.tight[j]
        if spread.has_lines or not any(
            mask & common == common for k, mask in enumerate(spread.tight) if k not in (i, j)
        ):
            yield i, j


def _scale(spread: Spread, heights: Sequence[fmpq], slopes: Sequence[fmpq], start: Vector, normal: Row) -> fmpq:
    """The factor of the normal that gives the gradient of g, from one generator off the facet."""
    for vertex, height in zip(spread.vertices, heights, strict=True):
        if height != 0:
            return height / inner(normal, step(start, vertex))
    return next(
        slope / inner(normal, direction)
        for direction, slope in zip(spread.directions, slopes, strict=True)
        if slope != 0
    )


def step(start: Vector, end: Vector) -> Vector:
    """The vector from one point to another."""
    return tuple(b - a for a, b in zip(start, end, strict=True))


def _moved(start: Vector, share: fmpq, move: Vector) -> Vector:
    return tuple(a + share * b for a, b in zip(start, move, strict=True))
