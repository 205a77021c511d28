"""Polytopes, the whole of R^d and slices as domains: counts by formula, engines against each other, typed refusals."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, product
from math import comb
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from sympy import Matrix

import polybn as pb
from polybn.drawing.strategies import Drawn, cases
from polybn.errors import DomainError, ShapeError

ENGINES = pytest.mark.parametrize("engine", ["split", "tree"])


def one_layer(rows: Sequence[Sequence[Any]]) -> pb.Network:
    return pb.Network.from_arrays([([row[:-1] for row in rows], [row[-1] for row in rows]), ([[1] * len(rows)], [0])])


def generic_rows(number: int, dimension: int, *, central: bool) -> list[list[int]]:
    """Rows of which every d (d + 1 with constants) are independent; checked, not hoped for."""
    for seed in range(1000):
        random = Random(seed)
        rows = [[random.randint(-9, 9) for _ in range(dimension)] + [0 if central else random.randint(-9, 9)]
                for _ in range(number)]  # fmt: skip
        normals = all(Matrix([row[:-1] for row in some]).rank() == len(some)
                      for some in combinations(rows, min(number, dimension)))  # fmt: skip
        if normals and (central or all(Matrix(some).det() for some in combinations(rows, dimension + 1))):
            return rows
    raise AssertionError("no generic arrangement was found")


@ENGINES
@pytest.mark.parametrize(("dimension", "number"), [(1, 5), (2, 6), (3, 5), (4, 5)])
def test_the_whole_space_has_zaslavskys_number_of_regions(dimension: int, number: int, engine: str) -> None:
    generic = one_layer(generic_rows(number, dimension, central=False))
    part = pb.enumerate_regions(generic, pb.whole_space(dimension), engine=engine)
    assert len(part) == sum(comb(number, i) for i in range(dimension + 1))
    assert sum(region.is_bounded for region in part) == comb(number - 1, dimension)
    central = one_layer(generic_rows(number, dimension, central=True))
    cones = pb.enumerate_regions(central, pb.whole_space(dimension), engine=engine)
    assert len(cones) == 2 * sum(comb(number - 1, i) for i in range(dimension))
    assert {region.vertices for region in cones} == {((Fraction(0),) * dimension,)}
    assert part.adjacency().number_of_edges() * 2 == sum(len(region.facets) for region in part)


def test_rays_and_lines() -> None:
    net = one_layer([[1, 0, 0], [1, 0, -1]])  # x = 0 and x = 1 in the plane
    left, middle, right = pb.enumerate_regions(net, pb.whole_space(2))
    assert (left.vertices, left.rays, left.lines) == (((0, 0),), ((-1, 0),), ((0, 1),))
    assert (middle.vertices, middle.rays, middle.lines) == (((0, 0), (1, 0)), (), ((0, 1),))
    assert not middle.is_bounded
    assert right.rays == ((1, 0),)
    with pytest.raises(DomainError, match="unbounded"):
        middle.volume()
    nothing = pb.enumerate_regions(pb.Network([pb.Linear([[1, 2, 3]])]), pb.whole_space(3))
    assert (len(nothing), nothing[0].vertices, len(nothing[0].lines)) == (1, ((0, 0, 0),), 3)
    corner = pb.enumerate_regions(one_layer([[2, 0, -1], [1, 3, 0]]), pb.whole_space(2)).region_of([5, 5])
    assert corner.vertices == ((Fraction(1, 2), Fraction(-1, 6)),)
    assert set(corner.rays) == {(0, 1), (3, -1)}


@settings(max_examples=max(10, settings().max_examples // 4))
@given(cases(dimensions=(1, 2, 3), depth=(1, 2), max_width=4))
def test_the_whole_space_is_the_limit_of_boxes(case: Drawn) -> None:
    """All codes, vertices and rays of R^d: a box four times beyond the last vertex sees the same codes."""
    d = case.network.dimension
    part = pb.enumerate_regions(case.network, pb.whole_space(d))
    vertices = [abs(x) for region in part for vertex in region.vertices for x in vertex]
    reach = 4 * max(vertices, default=Fraction(0)) + 4
    boxed = pb.enumerate_regions(case.network, pb.box(-reach, reach, dim=d), exact=True)
    assert part.codes.tolist() == boxed.codes.tolist()
    for region in part:
        assert case.network.code(region.witness) == region.code
        rows = region.inequalities
        for vertex in region.vertices:
            assert all(sum(a * x for a, x in zip(n, vertex, strict=True)) + b >= 0 for n, b in rows)
        for ray in region.rays:
            assert all(sum(a * x for a, x in zip(n, ray, strict=True)) >= 0 for n, _ in rows)
        for line in region.lines:
            assert all(sum(a * x for a, x in zip(n, line, strict=True)) == 0 for n, _ in rows)
        assert region.is_bounded == (not region.rays and not region.lines)


SHAPES = {
    "triangle": ([[1, 1], [-1, 0], [0, -1]], [3, 1, 1]),
    "twice the same row": ([[1, 1], [2, 2], [-1, 0], [0, -1], [0, -3]], [3, 6, 1, 1, 3]),
    "redundant rows": ([[1, 1], [-1, 0], [0, -1], [1, 0], [1, 1], [0, 0]], [3, 1, 1, 100, 4, 0]),
    "octagon": ([[1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]], [2, 3] * 4),
    "thin": ([[1, "1/1000000007"], [-1, 0], [0, 1], [0, -1]], ["1/1000000", 0, 2, 2]),
}


@pytest.mark.parametrize("shape", SHAPES)
@given(case=cases(dimensions=(2,), depth=(1, 2), max_width=5))
@settings(max_examples=max(5, settings().max_examples // 10))
def test_polytopes_are_tiled_alike_by_all_engines(shape: str, case: Drawn) -> None:
    domain = pb.Polytope(*SHAPES[shape])
    split = pb.enumerate_regions(case.network, domain)
    tables = []
    for other in (split, pb.enumerate_regions(case.network, domain, exact=True),
                  pb.enumerate_regions(case.network, domain, engine="tree")):  # fmt: skip
        assert other.codes.tolist() == split.codes.tolist()
        table = other.facet_table
        tables.append((table.facet_starts.tolist(), table.owner_starts.tolist(), table.owners.tolist()))
    assert tables[0] == tables[1] == tables[2]
    assert sum(region.volume() for region in split) == domain.volume
    assert all(domain.contains(case.network.point(region.witness)) for region in split)


def test_a_polytope_knows_itself() -> None:
    twice = pb.Polytope(*SHAPES["twice the same row"])
    assert twice.facets == {4: (4, 5), 6: (6,), 7: (7, 8)}
    assert twice.vertices == ((-1, -1), (-1, 4), (4, -1))
    assert twice.volume == Fraction(25, 2)
    for d in range(1, 7):
        corners = pb.Polytope([*np.eye(d, dtype=int).tolist(), *(-np.eye(d, dtype=int)).tolist()], [1] * d + [0] * d)
        assert (len(corners.vertices), corners.volume) == (2**d, 1)
    cross = pb.Polytope([list(signs) for signs in product((1, -1), repeat=4)], [1] * 16)
    assert (len(cross.vertices), cross.volume) == (8, Fraction(2**4, 24))


@pytest.mark.parametrize(
    ("A", "b", "words"),
    [
        ([[1], [-1]], [0, -1], "empty or flat"),
        ([[1, 0], [-1, 0], [0, 1], [0, -1]], [0, 0, 1, 1], "inequalities 0, 1 hold with equality at all its points"),
        ([[1, 0], [0, 1]], [1, 1], r"unbounded: it goes on along the direction \((-1, 0|0, -1)\)"),
        ([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]], [-1, 1, 1, 1, 1], "inequality 0 cannot hold"),
    ],
)
def test_polytopes_that_are_no_domain_are_refused(A: Any, b: Any, words: str) -> None:
    with pytest.raises(DomainError, match=words):
        pb.Polytope(A, b)


def test_a_plane_of_a_wide_network() -> None:
    rng = np.random.default_rng(1)
    net = pb.Network.from_arrays([(rng.standard_normal((10, 784)), rng.standard_normal(10)),
                                  (rng.standard_normal((5, 10)), rng.standard_normal(5)), (rng.standard_normal((2, 5)),
                                  rng.standard_normal(2))])  # fmt: skip
    points = rng.standard_normal((3, 784))
    plane = pb.plane_through(*points)
    part = pb.enumerate_regions(net, plane)
    assert len(part) > 10
    for region in part:
        assert net.code(plane.embed(region.witness)) == region.code
        assert net(plane.embed(region.witness)) == region.affine(region.witness)
    triangle = plane.within(pb.Polytope([[-1, 0], [0, -1], [1, 1]], [0, 0, 1]))
    inside = pb.enumerate_regions(net, triangle)
    assert sum(region.volume() for region in inside) == Fraction(1, 2)
    assert {region.code for region in inside} <= {region.code for region in part}
    corners = [tuple(map(Fraction, map(float, point))) for point in points]
    assert [plane.embed(t) for t in ([0, 0], [1, 0], [0, 1])] == corners


def test_lines_and_slices() -> None:
    net = one_layer([[1, 0, 0], [0, 1, -1]])
    line = pb.enumerate_regions(net, pb.line_through([0, 0], [1, 1]))
    assert [region.vertices for region in line] == [((0,),), ((0,), (1,)), ((1,),)]
    along = pb.enumerate_regions(net, pb.line_through([0, 1], [1, 1]).within(pb.box(-1, 1, dim=1)))
    assert [region.code for region in along] == [(-1, 0), (1, 0)]  # the second unit vanishes on the line
    assert pb.affine_slice([1, 2], [[1, 0]]).embed([3]) == (4, 2)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: pb.plane_through([0, 0], [1, 1], [0, 0]), DomainError, "Points 0 and 2 are the same"),
        (lambda: pb.plane_through([0, 0], [1, 1], [3, 3]), DomainError, "lie on one line, exactly"),
        (lambda: pb.plane_through([0, 0], [1, 1], [3, 3, 3]), ShapeError, "point 2 has 3 coordinates"),
        (lambda: pb.line_through(["1/3", 0], ["1/3", 0]), DomainError, "are the same"),
        (lambda: pb.affine_slice([0, 0], [[1, 2], [2, 4]]), DomainError, r"directions\[1\] is 2 directions\[0\]"),
        (lambda: pb.affine_slice([0, 0], [[0, 0]]), DomainError, "is zero"),
        (lambda: pb.affine_slice([0, 0], []), ShapeError, "at least one direction"),
        (lambda: pb.whole_space(0), DomainError, "from 1 to"),
        (lambda: pb.line_through([0], [1]).within(pb.box(0, 1, dim=2)), DomainError, "dimension 2"),
        (lambda: pb.enumerate_regions(one_layer([[1, 0]]), pb.whole_space(2)), DomainError, "dimension 2"),
        (lambda: pb.enumerate_regions(one_layer([[1, 0]]), pb.line_through([0, 0], [1, 1])), DomainError, "lies in R"),
    ],
)
def test_bad_domains_are_refused(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()
