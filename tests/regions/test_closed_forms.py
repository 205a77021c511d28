"""Arrangements whose regions are counted by a formula: both engines give the formula's number."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from math import comb
from random import Random
from typing import Any

import pytest
from sympy import Matrix

import polybn as pb

ENGINES = pytest.mark.parametrize("engine", ["split", "tree"])

Row = tuple[Fraction, ...]
"""(a_1, ..., a_d, b): the hyperplane a.x + b = 0."""


def layer(rows: Sequence[Sequence[Any]], activation: Any = "relu") -> pb.Network:
    """One hidden layer whose units have these rows (a_1, ..., a_d, b)."""
    weights, biases = [list(row[:-1]) for row in rows], [row[-1] for row in rows]
    return pb.Network.from_arrays([(weights, biases), ([[1] * len(rows)], [0])], activation=activation)


def count(rows: Sequence[Sequence[Any]], engine: str, *, box: pb.Box | None = None, activation: Any = "relu") -> int:
    network = layer(rows, activation)
    domain = box or pb.box(-3, 3, dim=network.dimension)
    return len(pb.enumerate_regions(network, domain, engine=engine))


def random_rows(seed: int, number: int, dimension: int) -> list[Row]:
    random = Random(seed)
    return [tuple(Fraction(random.randint(-9, 9)) for _ in range(dimension + 1)) for _ in range(number)]


def central(number: int, dimension: int) -> list[Row]:
    """Hyperplanes through (1/2, ..., 1/2) of which every d are independent; checked, not hoped for."""
    for seed in range(1000):
        normals = [row[:-1] for row in random_rows(seed, number, dimension)]
        if all(Matrix(chosen).rank() == len(chosen) for chosen in combinations(normals, min(number, dimension))):
            return [(*normal, -sum(normal, Fraction(0)) / 2) for normal in normals]
    raise AssertionError("no generic central arrangement was found")


def intersection(rows: Sequence[Row]) -> Row | None:
    """The point that d hyperplanes share, or None when they do not meet in exactly one."""
    normals = Matrix([row[:-1] for row in rows])
    if not normals.det():
        return None
    return tuple(Fraction(str(x)) for x in normals.LUsolve(-Matrix([row[-1] for row in rows])))


def general_position(number: int, dimension: int) -> tuple[list[Row], pb.Box]:
    """Every d of the hyperplanes meet in one point, no d + 1 do; and a box with all those points inside."""
    for seed in range(1000):
        rows = random_rows(seed, number, dimension)
        points = [intersection(chosen) for chosen in combinations(rows, dimension)]
        if None in points or len(set(points)) != comb(number, dimension):
            continue
        reach = max((abs(x) for point in points if point for x in point), default=Fraction(0)) + 1
        # Every flat of the arrangement holds one of the points, so all of them reach into the box.
        return rows, pb.box(-reach, reach, dim=dimension)
    raise AssertionError("no arrangement in general position was found")


@ENGINES
@pytest.mark.parametrize(("dimension", "number"), [(1, 3), (2, 2), (2, 7), (3, 5), (3, 7), (4, 6), (5, 5), (5, 7)])
def test_central_arrangements(dimension: int, number: int, engine: str) -> None:
    """2 sum_{i<d} C(n-1, i): what batch normalisation makes of a generic layer (corollary 2)."""
    rows = central(number, dimension)
    expected = 2 * sum(comb(number - 1, i) for i in range(dimension)) if dimension > 1 else 2
    assert count(rows, engine) == expected


@ENGINES
@pytest.mark.parametrize(("dimension", "number"), [(1, 6), (2, 2), (2, 6), (3, 5), (3, 6), (4, 5), (5, 6)])
def test_general_position(dimension: int, number: int, engine: str) -> None:
    """sum_{i<=d} C(n, i) (Zaslavsky), as all faces of the arrangement reach into the box."""
    rows, box = general_position(number, dimension)
    assert count(rows, engine, box=box) == sum(comb(number, i) for i in range(dimension + 1))


@ENGINES
@pytest.mark.parametrize("dimension", [1, 2, 3, 4, 5])
def test_a_parallel_family_has_one_region_more_than_hyperplanes(dimension: int, engine: str) -> None:
    rows = [(*[1] * dimension, Fraction(shift, 2)) for shift in range(-2, 3)]
    assert count(rows, engine) == 6


@ENGINES
@pytest.mark.parametrize("sizes", [(4,), (2, 3), (1, 2, 3), (1, 1, 2, 1), (1, 1, 1, 1, 1)])
def test_grids(sizes: tuple[int, ...], engine: str) -> None:
    """Hyperplanes parallel to the axes: the product of (number + 1)."""
    rows = [
        [*(int(axis == other) for other in range(len(sizes))), Fraction(shift, 2)]
        for axis, size in enumerate(sizes)
        for shift in range(size)
    ]
    expected = 1
    for size in sizes:
        expected *= size + 1
    assert count(rows, engine) == expected


@ENGINES
@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_rows_that_repeat_a_hyperplane_change_nothing(dimension: int, engine: str) -> None:
    """Duplicate, opposite, scaled and zero rows: the same regions, whatever place the new row takes."""
    rows = [tuple(row) for row in random_rows(dimension, 4, dimension) if any(row[:-1])]
    before = count(rows, engine)
    first, zero = rows[0], (Fraction(0),) * dimension
    repeats = [first, tuple(-a for a in first), tuple(3 * a for a in first), tuple(-a / 7 for a in first)]
    for extra in (*repeats, (*zero, Fraction(0)), (*zero, Fraction(1)), (*zero, Fraction(-1))):
        for place in (0, 2, len(rows)):
            assert count([*rows[:place], extra, *rows[place:]], engine) == before
    assert count([*rows, *repeats], engine) == before


@ENGINES
@pytest.mark.parametrize(
    ("rows", "regions"),
    [
        ([(1, 1, -2)], 1),  # touches the box in its corner (1, 1) only
        ([(1, -1, 0)], 2),  # the diagonal, through two corners
        ([(1, -1, 0), (1, 1, 0)], 4),  # both diagonals
        ([(1, 0, -1)], 1),  # along the side x = 1
        ([(1, 0, -1), (1, 0, 1), (0, 1, -1), (0, 1, 1)], 1),  # along all four sides
        ([(1, 0, -1), (1, 0, 0)], 2),
        ([(2, 1, -3)], 1),  # through the corner (1, 1) only, with another slope
        ([(2, 1, -1)], 2),  # through the corner (1, -1), and across
        ([(1, 0, -2)], 1),  # misses the box
    ],
)
def test_hyperplanes_that_touch_the_box(rows: list[tuple[int, ...]], regions: int, engine: str) -> None:
    assert count(rows, engine, box=pb.box(-1, 1, dim=2)) == regions


@ENGINES
def test_planes_through_corners_and_edges_of_a_cube(engine: str) -> None:
    cube = pb.box(0, 1, dim=3)
    assert count([(1, 1, 1, -3)], engine, box=cube) == 1  # a corner
    assert count([(1, 1, 0, -2)], engine, box=cube) == 1  # an edge
    assert count([(1, -1, 0, 0), (0, 1, -1, 0), (1, 0, -1, 0)], engine, box=cube) == 6  # x, y, z in every order
    assert count([(1, 1, 1, -1), (1, 1, 1, -2)], engine, box=cube) == 3  # through three corners each


@ENGINES
def test_width_one_and_dimension_one(engine: str) -> None:
    deep = [([["1"]], ["0"]), ([["-1"]], ["1"]), ([["1"]], ["-1/2"]), ([["1"]], ["0"])]
    part = pb.enumerate_regions(pb.Network.from_arrays(deep), pb.box(-3, 3, dim=1), engine=engine)
    # relu(x), then relu(1 - .), then relu(. - 1/2): breaks at 0, 1, 1/2; on x < 0 only the first sign differs.
    assert part.layer_counts == (2, 3, 4)
    ends = sorted(vertex[0] for region in part for vertex in region.vertices)
    assert ends == [-3, 0, 0, Fraction(1, 2), Fraction(1, 2), 1, 1, 3]


@ENGINES
@pytest.mark.parametrize("dimension", [1, 3, 5])
def test_without_hidden_layers_the_domain_is_one_region(dimension: int, engine: str) -> None:
    domain = pb.box(-1, 2, dim=dimension)
    network = pb.Network.from_arrays([([[1] * dimension], [5])])
    part = pb.enumerate_regions(network, domain, engine=engine)
    assert (len(part), part.layer_counts, part.codes.shape) == (1, (), (1, 0))
    assert part[0].affine.slope == ((Fraction(1),) * dimension,)
    assert part[0].volume() == domain.volume
    assert len(part[0].facets) == 2 * dimension
    assert part.region_of([0] * dimension) == 0
    assert list(part.adjacency().edges) == []


@ENGINES
def test_every_breakpoint_of_an_activation_is_a_hyperplane(engine: str) -> None:
    assert count([(1, 0), (1, 0)], engine, activation="hard_tanh") == 3
    assert count([(1, 0, 0), (0, 1, 0)], engine, activation="hard_tanh") == 9
    steps = pb.PiecewiseLinear(breakpoints=[-2, "-1/2", 0, 1], slopes=[0, 1, 0, 1, 0])
    assert count([(1, 1, 0)], engine, activation=steps) == 5
