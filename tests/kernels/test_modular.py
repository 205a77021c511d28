"""Signs from residues are those of flint and of rational points; too few primes and swapped rows are caught."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import numba
import numpy as np
import pytest
from flint import fmpq, fmpq_mat, fmpz_mat

import polybn as pb
from polybn.regions.hyperplanes import Hyperplanes
from polybn.regions.kernels.determinant import determinant_sign
from polybn.regions.kernels.driver import prepared
from polybn.regions.kernels.oracle import UNKNOWN, exact_sign
from polybn.regions.kernels.residues import PRIME_BITS, SPARE_BITS, _inverses, _primes, residues_of
from polybn.regions.kernels.state import SLOTS, STAMP

ACTIVATIONS = ["relu", "abs", "hard_tanh", "relu6", pb.LeakyReLU("1/10"), pb.LeakyReLU(-3),
               pb.PiecewiseLinear(["-1/2", 0, "1/3"], [2, "-1/7", 0, 1], "1/9")]  # fmt: skip
WIDTHS = [[1, 5, 4, 1], [2, 4, 4, 3, 1], [3, 5, 4, 1]]


@numba.njit
def sign_of_rows(size, primes, inverses, rows, chosen, count, work):  # type: ignore[no-untyped-def]
    return determinant_sign(size, primes, inverses, rows, chosen, count, work)


@numba.njit
def sign_at_vertex(dims, net, code, table, masks, slots, tight, T, top, g, v):  # type: ignore[no-untyped-def]
    return exact_sign(dims, net, code, table, masks, slots, tight, T, top, g, v)


def enough(matrix: list[list[int]]) -> int:
    """The number of primes that the rows' norms ask for, as the oracle counts them."""
    bits = sum((sum(x * x for x in row).bit_length() + 1) // 2 for row in matrix) + SPARE_BITS
    return bits // (PRIME_BITS - 1) + 1


def modular_sign(matrix: list[list[int]], *, count: int | None = None, order: Sequence[int] | None = None) -> int:
    """The kernel's sign of a square integer matrix."""
    size, count = len(matrix), enough(matrix) if count is None else count
    primes = _primes(count)
    rows = np.array([[[x % p for x in row] for p in primes.tolist()] for row in matrix], dtype=np.int64)
    chosen = np.array(range(size) if order is None else order, dtype=np.int64)
    work = np.zeros((size + 1, max(size, count)), dtype=np.int64)
    return int(sign_of_rows(size, primes, _inverses(primes), rows, chosen, count, work))


def exact(matrix: list[list[int]]) -> int:
    value = int(fmpz_mat(matrix).det())
    return (value > 0) - (value < 0)


def matrices(size: int, bits: int, seed: int) -> list[list[list[int]]]:
    """A random matrix, one with a dependent row, and the same with one entry off by one."""
    random = Random(f"{size} {bits} {seed}")
    full = [[random.randint(-(1 << bits), 1 << bits) for _ in range(size)] for _ in range(size)]
    singular = [row.copy() for row in full]
    factors = [random.randint(-3, 3) for _ in range(size - 1)]
    singular[-1] = [sum(f * row[j] for f, row in zip(factors, full, strict=False)) for j in range(size)]
    near = [row.copy() for row in singular]
    near[-1][random.randrange(size)] += random.choice((-1, 1))
    return [full, singular, near]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8, 13])
@pytest.mark.parametrize("bits", [1, 27, 28, 53, 200, 1500])
def test_signs_are_those_of_flint(size: int, bits: int) -> None:
    seen = Counter(exact(m) for seed in range(6) for m in matrices(size, bits, seed))
    for seed in range(6):
        for matrix in matrices(size, bits, seed):
            assert modular_sign(matrix) == exact(matrix)
    assert seen[0] > 0
    assert seen[1] > 0
    assert seen[-1] > 0


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("power", [0, 1, 26, 27, 53, 54, 81, 400])
def test_a_determinant_as_large_as_hadamard_allows(power: int, sign: int) -> None:
    for size in (1, 2, 4):
        matrix = [[(sign if i == 0 else 1) << power if i == j else 0 for j in range(size)] for i in range(size)]
        assert modular_sign(matrix) == sign
        assert modular_sign([[0] * size, *matrix[1:]]) == 0
    hadamard = [[sign << power, 1 << power], [-sign << power, 1 << power]]
    assert modular_sign(hadamard) == sign


def test_nonzero_determinants_that_vanish_modulo_many_primes() -> None:
    """The product of all primes but one has one residue that is not 0; with fewer primes it passes for 0."""
    listed = _primes(6).tolist()
    for sign in (-1, 1):
        value = sign
        for number, p in enumerate(listed[:-1], 1):
            value *= p
            assert modular_sign([[value]]) == sign
            assert modular_sign([[value]], count=number) == 0


def test_too_few_primes_and_swapped_rows_are_caught() -> None:
    wrong = 0
    for matrix in (m for seed in range(20) for m in matrices(3, 60, seed)):
        assert modular_sign(matrix, order=(1, 0, 2)) == -exact(matrix)
        wrong += modular_sign(matrix, count=2) != exact(matrix)
    assert wrong > 10


def network_of(seed: int, widths: list[int], activation: Any) -> pb.Network:
    """Small whole numbers (rows that vanish, repeat, oppose and concur), or rationals with long denominators."""
    random = Random(seed)

    def number() -> Fraction:
        small = Fraction(random.choice([0, 0, *range(-2, 3)]))
        return small if seed % 2 == 0 else small + Fraction(random.randint(-99, 99), random.randint(1, 1 << 150))

    layers = [([[number() for _ in range(n)] for _ in range(m)], [number() for _ in range(m)])
              for n, m in pairwise(widths)]  # fmt: skip
    return pb.Network.from_arrays(layers, activation=activation)


def independent(rows: list[Any], d: int) -> list[int] | None:
    """Positions of the first d rows with independent linear parts, or None."""
    chosen: list[int] = []
    for index in range(len(rows)):
        trial = fmpz_mat([list(rows[i][:d]) for i in (*chosen, index)])
        if trial.rank() == len(chosen) + 1:
            chosen.append(index)
        if len(chosen) == d:
            return chosen
    return None


def exact_value_sign(rows: list[Any], basis: list[int], row: Any, d: int) -> int:
    """The sign of a row at the point where the rows of the basis vanish, by rational arithmetic."""
    left = fmpq_mat([[fmpq(x) for x in rows[i][:d]] for i in basis])
    right = fmpq_mat([[fmpq(-rows[i][d])] for i in basis])
    point = left.solve(right).entries()
    value = sum((fmpq(a) * x for a, x in zip(row, point, strict=False)), fmpq(row[d]))
    return (value > 0) - (value < 0)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
@pytest.mark.parametrize("widths", WIDTHS, ids=str)
def test_rows_bounds_and_signs_at_vertices(widths: list[int], activation: Any) -> None:
    d, signs = widths[0], Counter()
    for seed in range(4):
        network, domain = network_of(seed, widths, activation), pb.box(-3, 3, dim=widths[0])
        random, integer = Random(seed), network.integer
        T, tables = residues_of(integer, domain.rows), prepared(integer, domain).tables
        layers, planes = integer.depth, len(T.planes)
        table = np.zeros((layers, 5), dtype=np.int64)
        slots = np.zeros((1, SLOTS), dtype=np.int64)
        slots_used = min(SLOTS, planes)
        for trial in range(8):
            table[:, STAMP] = trial + 1
            code = np.zeros((2, sum(kind.units for kind in integer.layers)), dtype=np.int8)
            code[0] = [random.choice(range(-len(kind.breakpoints), len(kind.breakpoints) + 1))
                       for kind in integer.layers for _ in range(kind.units)]  # fmt: skip
            rows = [*domain.rows, *Hyperplanes(network, domain).rows(code[0].tolist())]
            for (bits, _), row in zip(T.planes.tolist(), rows, strict=True):
                assert int(sum(x * x for x in row)) <= 4**bits
            chosen = random.sample(range(planes), min(slots_used, d + random.randint(0, 3)))
            basis = independent([rows[g] for g in chosen], d)
            if basis is None and len(chosen) == d:
                continue  # never a vertex: d facets of one are independent
            slots[0, : len(chosen)] = chosen
            masks = np.array([(1 << len(chosen)) - 1], dtype=np.int64)
            tight = np.zeros(2 * d + 2, dtype=np.int64)
            for g in random.sample(range(planes), min(planes, 8)):
                found = sign_at_vertex((0,) * d, tables.layers, code, table, masks, slots, tight, T, 0, g, 0)
                if basis is None:
                    assert found == UNKNOWN
                    continue
                expected = exact_value_sign([rows[i] for i in chosen], basis, rows[g], d)
                assert found == expected
                signs[expected] += 1
                for i in (*(chosen[b] for b in basis), g):
                    known = T.known[i, 1]
                    assert known > 0
                    for k, p in enumerate(T.primes[:known].tolist()):
                        assert T.rows[i, k].tolist() == [int(x % p) for x in rows[i]]
    assert min(signs[-1], signs[0], signs[1]) > 3, signs
