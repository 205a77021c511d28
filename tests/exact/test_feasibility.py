"""Strict feasibility over Q against brute force, with planted faults in the certificates."""

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from flint import fmpq, fmpz
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from polybn.exact.farkas import Farkas, absorb, from_basis
from polybn.exact.feasibility import positive_side, round_inside, step_off, strictly_feasible
from polybn.exact.proposal import propose, refutation, rounded, scaled
from polybn.exact.row import Row, evaluate
from polybn.exact.simplex import maximize


def row(*entries: int) -> Row:
    return tuple(fmpz(entry) for entry in entries)


def box(dimension: int, lower: int = -3, upper: int = 3) -> list[Row]:
    """x_i - lower, then upper - x_i."""
    units = [[int(i == axis) for i in range(dimension)] for axis in range(dimension)]
    return [row(*unit, -lower) for unit in units] + [row(*(-a for a in unit), upper) for unit in units]


def widest_margin(rows: Sequence[Row]) -> float:
    """max over x of min_i row_i(x), capped at 1, by HiGHS: an independent opinion with floats."""
    table = np.array([[int(a) for a in r] for r in rows], dtype=float)
    width = table.shape[1]
    found = linprog(
        [0.0] * (width - 1) + [-1.0],
        A_ub=np.hstack([-table[:, :-1], np.ones((len(rows), 1))]),
        b_ub=table[:, -1],
        bounds=[(None, None)] * (width - 1) + [(None, 1)],
    )
    assert found.status == 0
    return -found.fun


def assert_decided(rows: Sequence[Row]) -> bool:
    """The answer for rows, checked by itself and against HiGHS; True if feasible."""
    answer = strictly_feasible(rows)
    if isinstance(answer, Farkas):
        assert answer.verify(rows)
        assert widest_margin(rows) < 1e-7
        return False
    assert answer[-1] > 0
    assert all(evaluate(r, answer) > 0 for r in rows)
    assert widest_margin(rows) > 0
    return True


@st.composite
def systems(draw: st.DrawFn) -> list[Row]:
    """A box and small integer rows: zero, duplicate, opposite, parallel and concurrent ones are common."""
    dimension = draw(st.integers(1, 4))
    entry = st.integers(-2, 2)
    rows = draw(st.lists(st.tuples(*[entry] * (dimension + 1)), max_size=9))
    return box(dimension) + [row(*r) for r in rows]


@given(systems())
def test_an_answer_proves_itself_and_agrees_with_highs(rows: list[Row]) -> None:
    assert_decided(rows)


def test_both_answers_occur_in_every_dimension() -> None:
    rng = random.Random(5)
    for dimension in (1, 2, 3, 5, 8):
        seen = {
            assert_decided(
                box(dimension) + [row(*(rng.randint(-3, 3) for _ in range(dimension + 1))) for _ in range(count)]
            )
            for count in (1, 2, 4, 6, 10, 16, 30)
        }
        assert seen == {True, False}


@pytest.mark.parametrize(
    ("rows", "feasible"),
    [
        ([], True),
        ([(0, 0, 0)], False),
        ([(0, 0, 5)], True),
        ([(0, 0, -5)], False),
        ([(1, 2, -1), (1, 2, -1), (2, 4, -2)], True),
        ([(1, 2, -1), (-1, -2, 1)], False),
        ([(1, 0, 0), (0, 1, 0), (-1, -1, 0)], False),
        ([(1, 0, -3)], False),
        ([(1, 1, -6)], False),
        ([(10**40, 0, 1 - 3 * 10**40)], True),
        ([(10**40, 0, -3 * 10**40)], False),
    ],
    ids=[
        "box", "zero", "positive constant", "negative constant", "duplicates", "opposite", "three through a point",
        "touches a side", "touches a corner", "a sliver of width 1e-40", "the sliver closed",
    ],
)  # fmt: skip
def test_degenerate_systems_are_ordinary(rows: list[tuple[int, ...]], feasible: bool) -> None:
    system = box(2) + [row(*r) for r in rows]
    answer = strictly_feasible(system)
    if feasible:
        assert not isinstance(answer, Farkas)
        assert all(evaluate(r, answer) > 0 for r in system)
    else:
        assert isinstance(answer, Farkas)
        assert answer.verify(system)


def test_a_box_without_interior_is_refuted_by_two_bounds() -> None:
    rows = [row(2, -1), row(-4, 2)]
    answer = strictly_feasible(rows)
    assert isinstance(answer, Farkas)
    assert set(answer.multipliers) == {0, 1}
    assert answer.verify(rows)


def test_rows_that_are_no_box_are_refused() -> None:
    with pytest.raises(ValueError, match="must bound coordinate 0"):
        strictly_feasible([row(1, 0), row(1, 0)])


OPPOSITE = [*box(2), row(1, 2, -1), row(-1, -2, 1)]


@pytest.mark.parametrize(
    "multipliers",
    [
        {},
        {4: fmpq(0), 5: fmpq(0)},
        {4: fmpq(1)},
        {4: fmpq(1), 5: fmpq(2)},
        {4: fmpq(-1), 5: fmpq(-1)},
        {4: fmpq(1), 5: fmpq(1), 0: fmpq(1), 2: fmpq(1)},
        {4: fmpq(1), 5: fmpq(1), 6: fmpq(1)},
        {-1: fmpq(1), -2: fmpq(1)},
    ],
    ids=[
        "none",
        "all zero",
        "one missing",
        "not cancelling",
        "negative",
        "positive constant",
        "no such row",
        "from the end",
    ],
)
def test_a_planted_wrong_certificate_is_rejected(multipliers: dict[int, fmpq]) -> None:
    assert Farkas({4: fmpq(1, 3), 5: fmpq(1, 3)}).verify(OPPOSITE)
    assert not Farkas(multipliers).verify(OPPOSITE)


def test_a_certificate_of_one_system_does_not_pass_for_its_neighbour() -> None:
    answer = strictly_feasible(OPPOSITE)
    assert isinstance(answer, Farkas)
    assert not answer.verify([*OPPOSITE[:-1], row(-1, -2, 2)])


def test_a_constant_of_zero_refutes_and_a_positive_one_does_not() -> None:
    # x + y < -6 touches [-3, 3]^2 in a corner, x + y < -5 cuts it off.
    touching = absorb([], fmpz(1), box(2), row(-1, -1, -6))
    assert touching is not None
    assert touching.verify([*box(2), row(-1, -1, -6)])
    assert absorb([], fmpz(1), box(2), row(-1, -1, -5)) is None
    assert from_basis([0, 1], box(2), row(-1, -1, -6)) is not None
    assert from_basis([0, 1], box(2), row(-1, -1, -5)) is None
    assert from_basis([0, 2], box(2), row(-1, -1, -6)) is None, "dependent rows"
    assert from_basis([2, 3], box(2), row(-1, -1, -6)) is None, "negative multipliers"


@pytest.mark.parametrize(("guess", "proves"), [(1, False), (1000, True), (1024, True), (1030, True), (9000, False)])
def test_a_rounded_guess_is_repaired_by_the_box(guess: int, proves: bool) -> None:
    system, side = [*box(2), row(1, 1, -1)], row(-1, -1, 0)
    found = absorb([(4, fmpz(guess))], fmpz(1024), system, side)
    assert (found is not None) == proves
    assert found is None or found.verify([*system, side])


def brute_maximum(objective: Row, rows: Sequence[Row]) -> Fraction | None:
    """The best vertex in the plane, by solving every pair of rows."""
    best: Fraction | None = None
    for (a, b, c), (d, e, f) in product([tuple(map(int, r)) for r in rows], repeat=2):
        if (det := a * e - b * d) == 0:
            continue
        x, y = Fraction(b * f - c * e, det), Fraction(c * d - a * f, det)
        if all(int(p) * x + int(q) * y + int(r) >= 0 for p, q, r in rows):
            value = int(objective[0]) * x + int(objective[1]) * y + int(objective[2])
            best = value if best is None else max(best, value)
    return best


def test_the_simplex_finds_the_best_vertex_of_the_plane() -> None:
    rng = random.Random(1)
    kinds: set[str] = set()
    for _ in range(300):
        rows = box(2) + [row(*(rng.randint(-2, 2) for _ in range(3))) for _ in range(rng.randint(0, 6))]
        objective = row(*(rng.randint(-2, 2) for _ in range(3)))
        best, found = brute_maximum(objective, rows), maximize(objective, rows)
        total = [fmpq(c) for c in objective]
        for i, lam in found.multipliers.items():
            assert lam > 0
            total = [t + lam * a for t, a in zip(total, rows[i], strict=True)]
        assert total == [0, 0, found.value]
        if best is None:
            kinds.add("empty")
            assert found.value <= 0
        elif best <= 0:
            kinds.add("impossible")
            assert fmpq(best.numerator, best.denominator) <= found.value <= 0
        else:
            kinds.add("possible")
            assert found.value == fmpq(best.numerator, best.denominator)
            assert all(evaluate(r, found.point) >= 0 for r in rows)
            assert fmpq(evaluate(objective, found.point), found.point[-1]) == found.value
    assert kinds == {"empty", "impossible", "possible"}


def test_a_witness_that_serves_is_returned_and_one_on_the_hyperplane_steps_off() -> None:
    origin = row(0, 0, 1)
    assert positive_side(box(2), row(1, 1, 1), origin) is origin
    sliver = [*box(2), row(1, 0, 1), row(-(10**30), 0, 1)]
    moved = step_off(sliver, row(5, 0, 0), origin)
    assert evaluate(row(1, 0, 0), moved) > 0
    assert all(evaluate(r, moved) > 0 for r in sliver)
    assert positive_side([*box(2), row(0, 0, 0)], row(0, 0, 0), origin) == Farkas({5: fmpq(1)})


def test_rounding_stays_inside_and_drops_needless_bits() -> None:
    rows = [*box(1), row(3, -1), row(-7, 3)]
    inside = (fmpz(8 * 10**20 + 1), fmpz(21 * 10**20))
    assert round_inside(rows, inside) == (3, 8)
    with pytest.raises(ValueError, match="not strictly inside"):
        round_inside(rows, (fmpz(1), fmpz(3)))


@pytest.mark.parametrize("shift", [0, 80, 3000])
def test_integers_of_any_size_scale_to_floats(shift: int) -> None:
    floats, exponents = scaled([row(3 << shift, -(1 << shift), 0), row(0, 0, 0)])
    assert floats == [[0.75, -0.25, 0.0], [0.0, 0.0, 0.0]]
    assert exponents == [shift + 2, 0]


@pytest.mark.parametrize("dimension", [1, 2, 3, 6])
def test_proposals_settle_generic_programs_and_never_contradict_the_exact_answer(dimension: int) -> None:
    rng = random.Random(dimension)
    origin = row(*[0] * dimension, 1)
    systems, sides = [], []
    for _ in range(60):
        extra = [row(*(rng.randint(-999, 999) for _ in range(dimension)), rng.randint(1, 999)) for _ in range(8)]
        systems.append(box(dimension) + extra)
        sides.append(row(*(rng.randint(-999, 999) for _ in range(dimension)), -rng.randint(1, 1500 * dimension)))
    floats = np.array([scaled(system)[0] for system in systems])
    side_floats, side_exponents = scaled(sides)
    guesses = propose(floats, np.array(side_floats), np.zeros((60, dimension)))
    unsettled, outcomes = 0, set[bool]()
    for j, (system, side) in enumerate(zip(systems, sides, strict=True)):
        expected = positive_side(system, side, origin)
        if guesses.inside[j]:
            point = rounded(guesses.point[j], int(guesses.bits[j]))
            unsettled += point is None or any(evaluate(r, point) <= 0 for r in (*system, side))
        else:
            basis = guesses.basis[j].tolist()
            scales = [scaled(system)[1][i] for i in basis]
            found = refutation(system, side, scales, side_exponents[j], basis, guesses.multipliers[j].tolist())
            unsettled += found is None
            assert found is None or found.verify([*system, side])
        outcomes.add(bool(guesses.inside[j]))
        assert bool(guesses.inside[j]) != isinstance(expected, Farkas)
    assert unsettled == 0
    assert outcomes == {True, False}
