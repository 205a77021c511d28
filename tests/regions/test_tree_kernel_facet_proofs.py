"""The proofs that a row carries a facet, or none, attacked with rows that pass near vertices and rows that are off."""

from fractions import Fraction

import numba
import numpy as np
from flint import fmpz
from hypothesis import given, settings
from hypothesis import strategies as st

from polybn.regions.kernels.facet_program import FACET, REDUNDANT, beyond
from polybn.regions.kernels.facet_proofs import distinct
from polybn.regions.kernels.floats import Floats
from polybn.regions.redundancy import facets_of


@numba.njit
def ask(d: int, active: Floats, count: int, sides: int, g: int, point: Floats, inverse: Floats) -> int:
    """`beyond`, which only compiled functions can call."""
    basis = np.zeros(d, dtype=np.int64)
    return beyond(d, active, count, sides, g, point, inverse, np.zeros((d + 6, d + 1)), basis, np.zeros(count))


@numba.njit
def tell_apart(d: int, active: Floats, g: int, i: int) -> bool:
    return distinct(d, active, g, i)


def near_vertices(rng: np.random.Generator, d: int, shift: float) -> Floats:
    """The box [-1, 1]^d, three random rows, and one whose hyperplane passes near a vertex; 0 is inside, mostly."""
    rows = np.zeros((2 * d + 4, d + 1))
    rows[:d, :d], rows[d : 2 * d, :d] = np.eye(d), -np.eye(d)
    rows[: 2 * d, d] = 1
    rows[2 * d :, :d] = rng.integers(-8, 9, size=(4, d)) / 8
    rows[2 * d :, d] = rng.integers(1, 9, size=4) / 8
    rows[-1] = rows[rng.choice(len(rows) - 1, size=min(d, 3), replace=False)].sum(axis=0) / 4
    rows[-1, d] += shift
    return rows


def check_programs(d: int, stored: Floats, exact: Floats, error: float) -> None:
    """Each row asked about, stored within ``error`` of the exact one, against the facets of the exact rows."""
    integer = [tuple(fmpz(int(Fraction(entry) * 2**80)) for entry in row) for row in exact.tolist()]
    origin = (*(fmpz(0) for _ in range(d)), fmpz(1))
    facets = facets_of(integer[2 * d :], integer[: 2 * d], origin, exact=True)
    alone = {owners[0] for owners in facets if len(owners) == 1}
    carried = {g for owners in facets for g in owners}
    active = np.zeros((d + 3, len(exact)))
    active[: d + 1] = stored.T
    active[d + 1 :, 2 * d :] = error
    before = active.copy()
    for g in range(len(exact)):
        answer = ask(d, active, len(exact), 2 * d, g, np.zeros(d), 1 / exact[:, d])
        assert answer != FACET or g in alone
        assert answer != REDUNDANT or g not in carried
        assert np.array_equal(active, before)


@settings(max_examples=200)
@given(st.integers(1, 4), st.integers(0, 2**32 - 1), st.integers(-3, 3))
def test_one_program_against_exact_rows(d: int, seed: int, shift: int) -> None:
    """Within some 2^-52 of a vertex, or through it: no answer that is wrong."""
    rows = near_vertices(np.random.default_rng(seed), d, shift * 2.0**-52)
    if rows[-1, :d].any() and rows[-1, d] > 0:
        check_programs(d, rows, rows, 0.0)


@settings(max_examples=500)
@given(st.integers(1, 4), st.integers(0, 2**32 - 1), st.integers(-6, 6))
def test_one_program_against_rows_that_are_off(d: int, seed: int, shift: int) -> None:
    """Rows stored with errors up to their bounds, drawn to the worst: no answer that is wrong for the exact rows."""
    rng, error = np.random.default_rng(seed), 2.0**-12
    exact = near_vertices(rng, d, shift * error / 2)
    if not exact[-1, :d].any() or (exact[:, d] <= 8 * error).any():
        return
    for sign in (-1, 1):
        stored = exact.copy()
        stored[2 * d : -1, :d] += rng.choice([-error, error], size=(3, d))
        stored[-1, :d] += rng.choice([-error, error], size=d)
        stored[2 * d : -1, d] += sign * error
        stored[-1, d] -= sign * error
        check_programs(d, stored, exact, error)


@settings(max_examples=200)
@given(st.integers(1, 4), st.integers(0, 2**32 - 1), st.integers(-3, 3))
def test_multiples_are_never_called_distinct(d: int, seed: int, ulps: int) -> None:
    """Rows stored within their errors of exact multiples; and rows that differ by more are told apart."""
    rng = np.random.default_rng(seed)
    row = rng.integers(-5, 6, size=d + 1) * 1.0
    active = np.zeros((d + 3, 2))
    active[: d + 1, 0] = row / 3
    active[: d + 1, 1] = row / 7 * (1 + ulps * 2.0**-53)
    active[d + 1 :] = 5 * 2.0**-53 * max(1.0, float(np.abs(row).max()))
    assert not tell_apart(d, active, 0, 1)
    if row[:d].any():
        active[d, 1] += 1
        assert tell_apart(d, active, 0, 1)
