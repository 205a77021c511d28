"""Nearest points of polyhedra against every set of tight rows tried in turn, closed forms, and their own proofs."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from random import Random

import pytest
from flint import fmpq, fmpz
from sympy import Matrix, Rational

from polybn.exact.row import Row
from polybn.regions.chebyshev import nearest_in_largest_coordinate
from polybn.regions.distance import Empty, Nearest, Piece, nearest_of, nearest_point
from polybn.regions.domain import box


def row(*entries: int) -> Row:
    return tuple(fmpz(entry) for entry in entries)


def point(*entries: object) -> tuple[fmpq, ...]:
    return tuple(fmpq(Fraction(entry).numerator, Fraction(entry).denominator) for entry in entries)


def drawn(rng: Random, dimension: int, rows: int) -> tuple[Piece, tuple[fmpq, ...]]:
    """Small entries, so that rows repeat, oppose, vanish and meet in one point; some pieces are flat or empty."""
    made = [row(*(rng.randint(-2, 2) for _ in range(dimension)), rng.randint(-1, 3)) for _ in range(rows)]
    if made and rng.random() < 0.4:
        twin = rng.choice(made)
        made.append(tuple(rng.choice((1, 3, -1)) * a for a in twin))
    equations = [row(*(rng.randint(-2, 2) for _ in range(dimension + 1))) for _ in range(rng.choice((0, 0, 1, 2)))]
    return Piece(made, equations), point(*(Fraction(rng.randint(-9, 9), rng.randint(1, 3)) for _ in range(dimension)))


def by_tight_rows(piece: Piece, start: tuple[fmpq, ...]) -> Fraction | None:
    """The least squared distance to a point of the piece that is the projection on some tight rows; None when empty.

    The nearest point is the projection on the hyperplanes of the rows tight there, and a projection that lies in the
    piece is no nearer.
    """
    rows = [[Fraction(int(a)) for a in r] for r in piece.rows]
    equations = [[Fraction(int(a)) for a in r] for r in piece.equations]
    x = [Fraction(int(a.p), int(a.q)) for a in start]
    best: Fraction | None = None
    for size in range(min(len(rows), len(x)) + 1):
        for tight in combinations(rows, size):
            y = projected([*equations, *tight], x)
            if y is None or any(value(r, y) < 0 for r in rows) or any(value(r, y) for r in equations):
                continue
            squared = sum(((a - b) ** 2 for a, b in zip(x, y, strict=True)), Fraction(0))
            best = squared if best is None else min(best, squared)
    return best


def value(r: list[Fraction], y: list[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(r, y, strict=False)), r[-1])


def projected(tight: list[list[Fraction]], x: list[Fraction]) -> list[Fraction] | None:
    """The projection of x on the common zeros, from independent rows that sympy finds; None if there are no zeros."""
    if not tight:
        return x
    system = Matrix([[Rational(a.numerator, a.denominator) for a in r] for r in tight])
    reduced, pivots = system.rref()
    if len(x) in pivots:
        return None
    normals, constants = reduced[: len(pivots), : len(x)], reduced[: len(pivots), len(x)]
    if not pivots:
        return x
    here = Matrix([Rational(a.numerator, a.denominator) for a in x])
    moved = here - normals.T * (normals * normals.T).LUsolve(normals * here + constants)
    return [Fraction(int(a.p), int(a.q)) for a in moved]


@pytest.mark.parametrize(("dimension", "rows"), [(1, 4), (2, 4), (3, 4)])
def test_against_every_set_of_tight_rows(dimension: int, rows: int) -> None:
    rng = Random(dimension)
    seen: Counter[str] = Counter()
    for _ in range(100):
        piece, start = drawn(rng, dimension, rng.randint(0, rows))
        expected, found = by_tight_rows(piece, start), nearest_point(piece, start)
        if expected is None:
            assert isinstance(found, Empty)
            assert found.verify(piece)
        else:
            assert isinstance(found, Nearest)
            assert found.verify(piece, start)
            assert Fraction(int(found.squared_distance.p), int(found.squared_distance.q)) == expected
        seen["empty" if expected is None else "inside" if expected == 0 else "outside"] += 1
    assert min(seen[kind] for kind in ("empty", "inside", "outside")) >= 5, seen


@pytest.mark.parametrize("dimension", [4, 7, 10])
def test_larger_pieces_prove_themselves(dimension: int) -> None:
    rng = Random(dimension)
    kinds: Counter[type] = Counter()
    for _ in range(25):
        piece, start = drawn(rng, dimension, 3 * dimension)
        found = nearest_point(piece, start)
        assert isinstance(found, Nearest | Empty)
        assert found.verify(piece, start) if isinstance(found, Nearest) else found.verify(piece)
        kinds[type(found)] += 1
    assert min(kinds[Nearest], kinds[Empty]) >= 2, kinds


def test_closed_forms() -> None:
    square = Piece(box(0, 1, dim=2).rows)
    for start, expected in (((2, 3), 5), ((-1, "1/2"), 1), (("1/3", 1), 0), (("1/2", "-1/7"), Fraction(1, 49))):
        found = nearest_point(square, point(*start))
        assert isinstance(found, Nearest)
        assert found.squared_distance == fmpq(Fraction(expected).numerator, Fraction(expected).denominator)
    line = nearest_point(Piece((), (row(3, 4, -10),)), point(0, 0))
    assert isinstance(line, Nearest)
    assert (line.squared_distance, line.point) == (4, point("6/5", "8/5"))
    everything = nearest_point(Piece(()), point(5))
    assert everything == Nearest(point(5), fmpq(0), {})


def test_degenerate_rows_change_nothing() -> None:
    plain = Piece((row(1, 1, -3),))
    crowded = Piece((row(2, 2, -6), row(0, 0, 0), row(0, 0, 1), row(1, 1, -3), row(1, 1, 5)), (row(0, 0, 0),))
    for piece in (plain, crowded):
        found = nearest_point(piece, point(0, 0))
        assert isinstance(found, Nearest)
        assert found.point == point("3/2", "3/2")
    for contradiction in (Piece((row(0, 0, -1),)), Piece((), (row(1, 0, 0), row(2, 0, 1))), Piece((), (row(0, 0, 5),))):
        empty = nearest_point(contradiction, point(0, 0))
        assert isinstance(empty, Empty)
        assert empty.verify(contradiction)


def test_within_is_strict() -> None:
    piece = Piece((row(1, 0, -2),))
    assert nearest_point(piece, point(0, 0), within=fmpq(4)) is None
    assert nearest_point(piece, point(0, 0), within=fmpq(401, 100)) == nearest_point(piece, point(0, 0))


def test_the_nearest_of_a_union_is_the_least() -> None:
    rng = Random(5)
    tried = 0
    for _ in range(40):
        _, start = drawn(rng, 2, 0)
        pieces = [(key, drawn(rng, 2, 4)[0]) for key in range(6)]
        each = {key: found for key, piece in pieces if isinstance(found := nearest_point(piece, start), Nearest)}
        best = nearest_of(pieces, start)
        if not each:
            assert best is None
            continue
        assert best is not None
        assert best[1].squared_distance == min(found.squared_distance for found in each.values())
        assert best[1] == each[best[0]]
        tried += 1
    assert tried > 20
    assert nearest_of([], point(0)) is None


def test_false_proofs_are_refuted() -> None:
    piece = Piece((row(1, 0, -2), row(0, 1, -1), row(1, 1, 5)), (row(1, -1, -1),))
    start = point(0, 0)
    found = nearest_point(piece, start)
    assert isinstance(found, Nearest)
    assert found.verify(piece, start)
    index, weight = next(iter(found.multipliers.items()))
    lies = [
        replace(found, point=point(3, 2)),
        replace(found, point=point(0, -1)),
        replace(found, squared_distance=found.squared_distance + 1),
        replace(found, multipliers={**found.multipliers, index: weight + 1}),
        replace(found, multipliers={**found.multipliers, 9: fmpq(1)}),
        replace(found, multipliers={}),
    ]
    assert not any(lie.verify(piece, start) for lie in lies)
    # Farther points satisfy every condition but the sign of a multiplier, or that only tight rows push.
    assert not Nearest(point(-2), fmpq(4), {0: fmpq(-2)}).verify(Piece((row(1, 2),)), point(0))
    assert not Nearest(point(4), fmpq(16), {0: fmpq(4)}).verify(Piece((row(1, 2),)), point(0))


def test_false_contradictions_are_refuted() -> None:
    piece = Piece((row(1, -2), row(-1, 1), row(1, 7)))
    found = nearest_point(piece, point(0))
    assert isinstance(found, Empty)
    assert found.verify(piece)
    for lie in ({}, {0: fmpq(1)}, {0: fmpq(-1), 1: fmpq(-1)}, {1: fmpq(1), 2: fmpq(1)}, {0: fmpq(1), 5: fmpq(1)}):
        assert not Empty(lie).verify(piece)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_the_largest_coordinate_distance_is_attained_and_least(dimension: int) -> None:
    """A smaller cube around the start misses the piece, which the quadratic program decides, not the linear one."""
    rng = Random(dimension)
    domain = box(-4, 4, dim=dimension).rows
    found_some = empty = 0
    for _ in range(80):
        piece, start = drawn(rng, dimension, 3)
        piece = Piece((*domain, *piece.rows), piece.equations)
        found = nearest_in_largest_coordinate(piece, start)
        if found is None:
            assert isinstance(nearest_point(piece, start), Empty)
            empty += 1
            continue
        nearest, distance = found
        assert max(abs(a - b) for a, b in zip(nearest, start, strict=True)) == distance
        assert nearest_point(piece, nearest) == Nearest(nearest, fmpq(0), {})
        if distance:
            assert isinstance(nearest_point(cube(piece, start, distance * fmpq(999, 1000)), start), Empty)
        assert isinstance(nearest_point(cube(piece, start, distance), start), Nearest)
        found_some += distance > 0
    assert found_some > 5
    assert dimension == 1 or empty > 2


def cube(piece: Piece, centre: tuple[fmpq, ...], radius: fmpq) -> Piece:
    sides: list[Row] = []
    for axis, x in enumerate(centre):
        for direction in (1, -1):
            bound = radius - direction * x
            entries = [fmpz(0)] * len(centre) + [bound.p]
            entries[axis] = direction * bound.q
            sides.append(tuple(entries))
    return Piece((*piece.rows, *sides), piece.equations)
