"""Generators, polytopes and refusals against searches through all subsets of rows, with no geometry in common."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from math import gcd
from random import Random

import pytest
from flint import fmpq, fmpq_mat, fmpz

import polybn as pb
from polybn.errors import DomainError
from polybn.regions.emptiness import obstruction
from polybn.regions.generators import Generators, generators_of

Row = tuple[int, ...]
Tight = frozenset[int]

SYSTEMS = [(d, number, seed) for d in (1, 2, 3, 4) for number in (0, 1, 2, 3, 5, 7) for seed in range(6)]


def rank(rows: Sequence[Sequence[int]]) -> int:
    return fmpq_mat(len(rows), len(rows[0]), [fmpq(a) for row in rows for a in row]).rank() if rows else 0


def kernel(rows: Sequence[Sequence[int]], dimension: int) -> list[list[Fraction]]:
    """A basis of {x : row . x = 0}, by elimination in Fractions."""
    table = [[Fraction(a) for a in row] for row in rows]
    pivots: list[int] = []
    for column in range(dimension):
        place = next((i for i in range(len(pivots), len(table)) if table[i][column]), None)
        if place is None:
            continue
        top = len(pivots)
        table[top], table[place] = table[place], table[top]
        table[top] = [a / table[top][column] for a in table[top]]
        for i in range(len(table)):
            if i != top:
                table[i] = [a - table[i][column] * b for a, b in zip(table[i], table[top], strict=True)]
        pivots.append(column)
    basis: list[list[Fraction]] = []
    for free in (j for j in range(dimension) if j not in pivots):
        vector = [Fraction(int(j == free)) for j in range(dimension)]
        for i, j in enumerate(pivots):
            vector[j] = -table[i][free]
        basis.append(vector)
    return basis


def value(row: Row, point: Sequence[Fraction]) -> Fraction:
    return sum((a * x for a, x in zip(row, point, strict=False)), Fraction(row[-1]))


def slope(row: Row, direction: Sequence[Fraction]) -> Fraction:
    return sum((a * x for a, x in zip(row[:-1], direction, strict=True)), Fraction(0))


def minimal_faces(rows: Sequence[Row], dimension: int) -> set[Tight]:
    """The tight rows of each minimal face: those of a feasible solution of a maximal independent set of equations."""
    normals = [row[:-1] for row in rows]
    most = rank(normals)
    found: set[Tight] = set()
    for chosen in combinations(range(len(rows)), most):
        if rank([normals[i] for i in chosen]) < most:
            continue
        # A point of {row_i = 0} is a kernel vector of the homogeneous rows with last entry 1.
        [point, *_] = [x for x in kernel([rows[i] for i in chosen], dimension + 1) if x[-1]] or [[]]
        point = [x / point[-1] for x in point[:-1]]
        if all(value(row, point) >= 0 for row in rows):
            found.add(frozenset(i for i, row in enumerate(rows) if value(row, point) == 0))
    return found


def extreme_rays(rows: Sequence[Row], dimension: int) -> set[Tight]:
    """The tight rows of each extreme ray of {r : a_i . r >= 0}, lines apart."""
    normals = [row[:-1] for row in rows]
    most = rank(normals)
    found: set[Tight] = set()
    for chosen in combinations(range(len(rows)), most - 1) if most else ():
        if rank([normals[i] for i in chosen]) < most - 1:
            continue
        for direction in kernel([normals[i] for i in chosen], dimension):
            for sign in (1, -1):
                slopes = [sign * slope(row, direction) for row in rows]
                if any(slopes) and min(slopes) >= 0:
                    found.add(frozenset(i for i, s in enumerate(slopes) if s == 0))
    return found


def rows_around(point: Row, dimension: int, number: int, random: Random) -> list[Row]:
    """Small integer rows, positive at the point; parallel, repeated and scaled ones are frequent."""
    rows: list[Row] = []
    while len(rows) < number:
        if rows and random.random() < 0.3:
            scale = random.randint(1, 3)
            *normal, constant = random.choice(rows)
            row = (*(scale * a for a in normal), scale * constant + random.choice((0, 0, 1)))
        else:
            row = tuple(random.randint(-2, 2) for _ in range(dimension + 1))
        at = value(row, [Fraction(x) for x in point])
        if any(row[:-1]) and at:
            rows.append(row if at > 0 else tuple(-a for a in row))
    return rows


def complaints(found: Generators, rows: Sequence[Row], dimension: int) -> Iterator[str]:
    """What a search through all subsets of rows has against some generators."""
    vertices = [[Fraction(int(x.p), int(x.q)) for x in vertex] for vertex in found.vertices]
    rays = [[Fraction(int(x)) for x in ray] for ray in found.rays]
    lines = [[int(x) for x in line] for line in found.lines]
    if rank(lines) != len(lines) or len(lines) != dimension - rank([row[:-1] for row in rows]):
        yield "the lines are no basis"
    if any(slope(row, [Fraction(x) for x in line]) for row in rows for line in lines):
        yield "a line leaves the polyhedron"
    if any(gcd(*(int(x) for x in ray)) != 1 for ray in (*rays, *lines)):
        yield "a direction is not coprime"
    tight = [frozenset(i for i, row in enumerate(rows) if value(row, vertex) == 0) for vertex in vertices]
    if any(value(row, vertex) < 0 for row in rows for vertex in vertices):
        yield "a vertex is outside"
    if len(set(tight)) != len(tight) or set(tight) != minimal_faces(rows, dimension):
        yield "the vertices are not the minimal faces"
    along = [frozenset(i for i, row in enumerate(rows) if slope(row, ray) == 0) for ray in rays]
    if any(slope(row, ray) < 0 for row in rows for ray in rays):
        yield "a ray leaves the polyhedron"
    if len(set(along)) != len(along) or set(along) != extreme_rays(rows, dimension):
        yield "the rays are not the extreme ones"


def integers(rows: Sequence[Row]) -> list[tuple[fmpz, ...]]:
    return [tuple(fmpz(a) for a in row) for row in rows]


@pytest.mark.parametrize(("dimension", "number", "seed"), SYSTEMS)
def test_generators_are_the_minimal_faces_and_extreme_rays(dimension: int, number: int, seed: int) -> None:
    random = Random(1000 * dimension + 10 * number + seed)
    rows = rows_around(tuple(random.randint(-2, 2) for _ in range(dimension)), dimension, number, random)
    assert list(complaints(generators_of(integers(rows), dimension), rows, dimension)) == []


def test_a_wrong_vertex_ray_or_line_is_caught() -> None:
    rows = [(1, 0, 0, 0), (0, 1, 0, 0), (1, 1, 0, -1)]
    right = generators_of(integers(rows), 3)
    assert (len(right.vertices), len(right.rays), len(right.lines)) == (2, 2, 1)
    wrong = {
        "the vertices are not the minimal faces": right._replace(vertices=right.vertices[1:]),
        "a vertex is outside": right._replace(vertices=(*right.vertices, (fmpq(-1), fmpq(0), fmpq(0)))),
        "the rays are not the extreme ones": right._replace(rays=(*right.rays, (fmpz(1), fmpz(1), fmpz(0)))),
        "a ray leaves the polyhedron": right._replace(rays=(right.rays[0], (fmpz(1), fmpz(-1), fmpz(0)))),
        "a direction is not coprime": right._replace(rays=((fmpz(2), fmpz(0), fmpz(0)), right.rays[0])),
        "the lines are no basis": right._replace(lines=()),
        "a line leaves the polyhedron": right._replace(lines=((fmpz(1), fmpz(0), fmpz(1)),)),
    }
    for words, planted in wrong.items():
        assert words in list(complaints(planted, rows, 3)), words


def polytope_or_none(rows: Sequence[Row]) -> pb.Polytope | None:
    try:
        return pb.Polytope([[-a for a in row[:-1]] for row in rows], [row[-1] for row in rows])
    except DomainError:
        return None


def facets_by_rank(rows: Sequence[Row], vertices: Sequence[Sequence[Fraction]], dimension: int) -> set[tuple[int, ...]]:
    """The rows that vanish on d affinely independent vertices, those on the same ones together."""
    owners: dict[tuple[int, ...], list[int]] = {}
    for index, row in enumerate(rows):
        on = tuple(i for i, vertex in enumerate(vertices) if value(row, vertex) == 0)
        scaled = [[*vertices[i], Fraction(1)] for i in on]
        if on and fmpq_mat([[fmpq(x.numerator, x.denominator) for x in v] for v in scaled]).rank() == dimension:
            owners.setdefault(on, []).append(index)
    return {tuple(ids) for ids in owners.values()}


@pytest.mark.parametrize("dimension", [1, 2, 3, 4])
def test_polytopes_have_the_vertices_and_facets_of_all_subsets(dimension: int) -> None:
    random = Random(dimension)
    bounded = unbounded = 0
    while min(bounded, unbounded) < 12:
        point = tuple(random.randint(-2, 2) for _ in range(dimension))
        rows = rows_around(point, dimension, random.randint(1, dimension + 2), random)
        if bounded <= unbounded:
            # A simplex around the point, with sides that the other rows often repeat or touch.
            low = [tuple(int(i == axis) for i in range(dimension)) for axis in range(dimension)]
            rows += [(*normal, 1 - x) for normal, x in zip(low, point, strict=True)]
            rows.append((*[-1] * dimension, sum(point) + random.randint(1, 3)))
        found = polytope_or_none(rows)
        is_bounded = rank([row[:-1] for row in rows]) == dimension and not extreme_rays(rows, dimension)
        assert (found is not None) == is_bounded
        bounded, unbounded = bounded + is_bounded, unbounded + (not is_bounded)
        if found is None:
            continue
        tight = {frozenset(i for i, row in enumerate(rows) if value(row, v) == 0) for v in found.vertices}
        assert tight == minimal_faces(rows, dimension)
        first = 2 * dimension
        assert {tuple(i - first for i in ids) for ids in found.facets.values()} == facets_by_rank(
            rows, found.vertices, dimension
        )
        for corner, mask in found.corners:
            point = [Fraction(int(x), int(corner[-1])) for x in corner[:-1]]
            on = {i for i, ids in found.facets.items() if value(rows[ids[0] - first], point) == 0}
            assert on == {i for i in range(mask.bit_length()) if mask >> i & 1}
            assert all(low < x < high for low, x, high in zip(found.lower, point, found.upper, strict=True))


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_an_obstruction_adds_up_and_spares_no_row(dimension: int) -> None:
    """Rows that are all >= 0 nowhere, or only where some vanish: proved by the sum, irreducible by dropping each."""
    random = Random(dimension)
    kinds = {"empty": 0, "flat": 0}
    while min(kinds.values()) < 10:
        rows = [tuple(random.randint(-2, 2) for _ in range(dimension + 1)) for _ in range(2 * dimension + 3)]
        rows = [row for row in rows if any(row)]
        try:
            pb.Polytope([[-a for a in row[:-1]] for row in rows], [row[-1] for row in rows])
        except DomainError as error:
            if "unbounded" in str(error):
                continue
        else:
            continue
        found = obstruction(integers(rows), fmpz(10**9))
        total = [sum(int(lam) * rows[i][k] for lam, i in zip(found.multipliers, found.rows, strict=True))
                 for k in range(dimension + 1)]  # fmt: skip
        assert min(found.multipliers) > 0
        assert total == [0] * dimension + [int(found.constant)]
        assert found.constant <= 0
        kinds["empty" if found.constant < 0 else "flat"] += 1
        chosen = [rows[i] for i in found.rows]
        assert rank([row[:-1] for row in chosen]) == len(chosen) - 1, "one more row than independent normals"
