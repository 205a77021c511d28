"""f-vectors against closed forms, against sign vectors at relative interior points, and Euler's relation."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import comb, prod
from typing import Any

import pytest
from hypothesis import given, settings

import polybn as pb
from polybn.drawing.strategies import Drawn, cases, strata_for
from polybn.errors import DomainError
from polybn.exact.matrix import vector
from polybn.exact.rational import homogeneous
from polybn.regions.cell import Cell
from polybn.regions.faces import boundary_facets, euler_characteristic, f_vector, faces
from polybn.regions.halfspaces import Polytope
from polybn.regions.whole_space import whole_space

PER_RUN = max(2, settings().max_examples // 8)
Point = tuple[Fraction, ...]


def layer(rows: Sequence[Sequence[Any]], activation: Any = "relu") -> pb.Network:
    weights, biases = [list(row[:-1]) for row in rows], [row[-1] for row in rows]
    return pb.Network.from_arrays([(weights, biases), ([[1] * len(rows)], [0])], activation=activation)


def sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)


def sign_vector(part: pb.Partition, point: Point) -> tuple[int, ...]:
    """The signs of all rows of the box and of all h - t, by the forward pass."""
    bounds = zip(part.domain.lower, point, part.domain.upper, strict=True)
    signs = [sign(value) for low, x, high in bounds for value in (x - low, high - x)]
    value = point
    for stage in part.network.hidden:
        before = stage.affine(value)
        points = [Fraction(int(t.p), int(t.q)) for t in stage.activation.breakpoints]
        signs += [sign(entry - t) for entry in before for t in points]
        values = [stage.activation.value(entry) for entry in stage.affine.apply(vector(list(value)))]
        value = tuple(Fraction(int(entry.p), int(entry.q)) for entry in values)
    return tuple(signs)


def check(part: pb.Partition) -> None:
    found = faces(part)
    assert found.euler_characteristic == 1
    assert found.f_vector[-1] == len(part)
    corners = {vertex for region in part for vertex in region.vertices}
    points = [tuple(Fraction(int(n), int(v[-1])) for n in v[:-1]) for v in found.vertices]
    assert len(points) == len(set(points)) == found.f_vector[0]
    assert set(points) == corners
    seen: set[tuple[int, ...]] = set()
    for face in (face for level in found.by_dimension for face in level):
        columns = zip(*(points[index] for index in face), strict=True)
        seen.add(sign_vector(part, tuple(sum(column, Fraction(0)) / len(face) for column in columns)))
    # Each face has a sign vector of its own on its relative interior, so the two notions of a face agree.
    assert len(seen) == sum(found.f_vector)


@pytest.mark.parametrize("normalization", [None, pb.BatchNorm])
def test_drawn_networks(normalization: Any) -> None:
    seen: Counter[str] = Counter()
    for stratum in strata_for(normalization=normalization):

        @settings(max_examples=PER_RUN)
        @given(cases(stratum=stratum, normalization=normalization, depth=(1, 3), max_width=3))
        def compare(case: Drawn) -> None:
            check(pb.enumerate_regions(case.network, case.domain))
            seen[case.stratum] += 1

        compare()
    assert min(seen.values()) >= PER_RUN, seen


@given(cases(dimensions=(4,), max_width=2))
@settings(max_examples=3)
def test_in_dimension_four(case: Drawn) -> None:
    assert euler_characteristic(pb.enumerate_regions(case.network, case.domain, engine="split")) == 1


@pytest.mark.parametrize("sizes", [(0,), (4,), (2, 3), (0, 2), (1, 2, 3), (1, 1, 1, 1)])
def test_grids(sizes: tuple[int, ...]) -> None:
    """A product of subdivided intervals with n + 2 vertices and n + 1 edges each."""
    rows = [
        [*(int(axis == other) for other in range(len(sizes))), Fraction(shift, 2)]
        for axis, size in enumerate(sizes)
        for shift in range(size)
    ] or [[*[0] * len(sizes), 1]]
    part = pb.enumerate_regions(layer(rows), pb.box(-3, 3, dim=len(sizes)))
    expected = [0] * (len(sizes) + 1)
    for dims in product((0, 1), repeat=len(sizes)):
        expected[sum(dims)] += prod(size + 2 - side for size, side in zip(sizes, dims, strict=True))
    assert f_vector(part) == tuple(expected)


@pytest.mark.parametrize(("dimension", "number"), [(1, 4), (2, 4), (2, 6), (3, 4), (3, 5)])
def test_general_position(dimension: int, number: int) -> None:
    """C(n, d-k) sum_{i<=k} C(n-d+k, i) faces of dimension k off the boundary (Buck 1943), on moment hyperplanes."""
    # x_0 + t x_1 + ... + t^(d-1) x_(d-1) + t^d for distinct t: every d of them meet in one point, no d + 1 do.
    rows = [[Fraction(t) ** power for power in range(dimension + 1)] for t in range(1, number + 1)]
    part = pb.enumerate_regions(layer(rows), pb.box(-(10**4), 10**4, dim=dimension))
    found = faces(part)
    outer = {
        index
        for index, vertex in enumerate(found.vertices)
        if any(abs(int(entry)) == 10**4 * int(vertex[-1]) for entry in vertex[:-1])
    }
    for k, level in enumerate(found.by_dimension):
        inner = sum(not _on_one_side(found.vertices, face, outer) for face in level)
        assert inner == comb(number, dimension - k) * sum(comb(number - dimension + k, i) for i in range(k + 1))


def _on_one_side(vertices: Sequence[Any], face: tuple[int, ...], outer: set[int]) -> bool:
    """Whether the whole face lies in one side of the box."""
    if not set(face) <= outer:
        return False
    axes = range(len(vertices[0]) - 1)
    return any(
        all(int(vertices[index][axis]) == side * 10**4 * int(vertices[index][-1]) for index in face)
        for axis in axes
        for side in (-1, 1)
    )


@pytest.mark.parametrize(
    ("rows", "bounds", "expected"),
    [
        ([(0, 0, -1), (1, 0, 1), (-1, 0, 1), (0, 1, 1), (0, -1, 1)], [0, 1, 1, 1, 1], (5, 8, 5, 1)),
        (list(product((1, -1), repeat=3)), [1] * 8, (6, 12, 8, 1)),
        (list(product((1, -1), repeat=4)), [1] * 16, (8, 24, 32, 16, 1)),
    ],
    ids=["pyramid", "octahedron", "cross-polytope"],
)
def test_facets_that_meet_in_less_than_a_ridge(rows: Any, bounds: Any, expected: tuple[int, ...]) -> None:
    net = pb.Network.from_arrays([([[1] * len(rows[0])], [0])])
    part = pb.enumerate_regions(net, Polytope([list(row) for row in rows], bounds), engine="split", exact=True)
    assert f_vector(part) == expected
    assert euler_characteristic(part) == 1


def test_a_fold_keeps_its_corner() -> None:
    """||x| - |y|| in a square: the second unit folds at the axes, and the complex is the one of four lines."""
    net = pb.Network.from_arrays([([[1, 0], [0, 1]], [0, 0]), ([[1, -1]], [0]), ([[1]], [0])], activation="abs")
    assert f_vector(pb.enumerate_regions(net, pb.box(-1, 1, dim=2))) == (9, 16, 8)


def test_a_unit_that_vanishes_on_one_side_adds_nothing() -> None:
    net = pb.Network.from_arrays([([[1, 0]], [0]), ([[1]], [0]), ([[1]], [0])])
    assert f_vector(pb.enumerate_regions(net, pb.box(-1, 1, dim=2))) == (6, 7, 2)


def test_a_triangle_as_domain() -> None:
    triangle = Polytope([[-1, 0], [0, -1], [1, 1]], [0, 0, 2])
    part = pb.enumerate_regions(layer([(1, -1, 0)]), triangle)
    assert f_vector(part) == (4, 5, 2)
    assert len(boundary_facets(part)) == 4


def test_a_missing_region_shows() -> None:
    """The planted fault: the middle square of nine is left out, which leaves a hole."""
    net = layer([(1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1)])
    part = pb.enumerate_regions(net, pb.box(-3, 3, dim=2), engine="split", exact=True)
    middle = part.region_of([0, 0]).index
    cells = [
        Cell(part[i].code, homogeneous(vector(list(part[i].witness))), part.owners_of(i))
        for i in range(len(part))
        if i != middle
    ]
    broken = pb.Partition.of_cells(net, part.domain, cells, (8,), "split")
    assert (euler_characteristic(part), euler_characteristic(broken)) == (1, 0)


@given(cases(dimensions=(1, 2)))
def test_boundary_facets_tile_the_sides(case: Drawn) -> None:
    part = pb.enumerate_regions(case.network, case.domain)
    domain, d = case.domain, case.network.dimension
    found = boundary_facets(part)
    assert found == sorted(set(found))
    assert len(found) == sum(facet.on_domain_boundary for region in part for facet in region.facets)
    lengths = [Fraction(0)] * (2 * d)
    for region, row in found:
        axis, bound = row % d, (domain.upper if row >= d else domain.lower)[row % d]
        other = [
            vertex[1 - axis] if d == 2 else Fraction(0) for vertex in part[region].vertices if vertex[axis] == bound
        ]
        lengths[row] += max(other) - min(other) if d == 2 else 1
    expected = [domain.upper[1 - axis] - domain.lower[1 - axis] if d == 2 else 1 for axis in range(d)] * 2
    assert lengths == expected


def test_all_of_space_is_refused_and_has_no_boundary() -> None:
    part = pb.enumerate_regions(layer([(1, 0, 0), (0, 1, 0)]), whole_space(2))
    assert boundary_facets(part) == []
    with pytest.raises(DomainError, match=r"Region 0 is unbounded.*pb\.box"):
        faces(part)
