"""Facets of a cell against brute force over vertices in the plane, and against the exact route."""

import random
from fractions import Fraction
from itertools import combinations

import pytest
from flint import fmpz

from polybn.exact.farkas import Farkas
from polybn.exact.feasibility import strictly_feasible
from polybn.exact.row import Row, evaluate
from polybn.regions.domain import box
from polybn.regions.redundancy import facets_of

SQUARE = box(-1, 1, dim=2).rows


def row(*entries: int) -> Row:
    return tuple(fmpz(entry) for entry in entries)


def facets_by_vertices(rows: list[Row]) -> set[tuple[int, ...]]:
    """Rows that are tight at two vertices or more of a polygon, grouped by which vertices those are."""
    lines = [tuple(map(int, r)) for r in rows]
    vertices: set[tuple[Fraction, Fraction]] = set()
    for (a, b, c), (d, e, f) in combinations(lines, 2):
        if det := a * e - b * d:
            x, y = Fraction(b * f - c * e, det), Fraction(c * d - a * f, det)
            if all(p * x + q * y + r >= 0 for p, q, r in lines):
                vertices.add((x, y))
    tight: dict[frozenset[tuple[Fraction, Fraction]], list[int]] = {}
    for i, (p, q, r) in enumerate(lines):
        on = frozenset(v for v in vertices if p * v[0] + q * v[1] + r == 0)
        if len(on) >= 2 and (p, q) != (0, 0):
            tight.setdefault(on, []).append(i)
    return {tuple(group) for group in tight.values()}


@pytest.mark.parametrize("exact", [False, True])
def test_random_polygons_with_repeated_and_concurrent_rows(exact: bool) -> None:
    rng = random.Random(11)
    cells = redundant = grouped = 0
    while cells < 150:
        rows = [row(*(rng.randint(-2, 2) for _ in range(3))) for _ in range(rng.randint(0, 7))]
        present = [r for r in rows if any(r)]
        witness = strictly_feasible([*SQUARE, *present])
        if isinstance(witness, Farkas):
            continue
        found = facets_of(rows, SQUARE, witness, exact=exact)
        assert set(found) == facets_by_vertices([*SQUARE, *rows])
        assert list(found) == sorted(found)
        cells += 1
        redundant += len(set().union(*found)) < len(present) + 4
        grouped += any(len(group) > 1 for group in found)
    assert redundant > 50
    assert grouped > 20


@pytest.mark.parametrize("dimension", [1, 3, 5])
def test_fast_and_exact_agree_in_other_dimensions(dimension: int) -> None:
    rng = random.Random(dimension)
    domain, origin = box(-1, 1, dim=dimension).rows, row(*[0] * dimension, 1)
    for _ in range(20):
        rows = [row(*(rng.randint(-2, 2) for _ in range(dimension)), rng.randint(1, 4)) for _ in range(12)]
        fast, exact = (facets_of(rows, domain, origin, exact=exact) for exact in (False, True))
        assert fast == exact
        assert len(fast) > dimension


def test_a_row_that_touches_a_corner_carries_no_facet() -> None:
    assert facets_of([row(1, 1, 2)], SQUARE, row(0, 0, 1)) == ((0,), (1,), (2,), (3,))
    assert facets_of([row(1, 1, 1)], SQUARE, row(0, 0, 1)) == ((0,), (1,), (2,), (3,), (4,))


def test_a_bound_that_is_cut_off_or_repeated() -> None:
    assert facets_of([row(2, 0, 1), row(0, 3, 3)], SQUARE, row(0, 0, 1)) == ((1, 5), (2,), (3,), (4,))


def test_a_row_that_is_not_positive_at_the_witness_is_refused() -> None:
    assert evaluate(row(1, 0, 0), row(0, 0, 1)) == 0
    with pytest.raises(ValueError, match="row 4 is not positive"):
        facets_of([row(1, 0, 0)], SQUARE, row(0, 0, 1))
