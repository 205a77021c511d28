"""Signs of determinants from residues are those of flint; too few primes and swapped rows are caught."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from random import Random

import numba
import numpy as np
import pytest
from flint import fmpz, fmpz_mat

from polybn.regions.kernels.determinant import determinant_sign
from polybn.regions.kernels.residues import PRIME_BITS, SPARE_BITS, _inverses, _modulo, _primes


@numba.njit
def sign_of_rows(size, primes, inverses, rows, chosen, count, work):  # type: ignore[no-untyped-def]
    return determinant_sign(size, primes, inverses, rows, chosen, count, work)


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
    assert min(seen[sign] for sign in (-1, 0, 1)) > 0


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


def test_primes_are_primes_of_the_size_that_the_count_assumes() -> None:
    listed = _primes(300).tolist()
    assert all(fmpz(p).is_prime() and 1 << PRIME_BITS - 1 < p < 1 << PRIME_BITS for p in listed)
    assert all(p > q for p, q in pairwise(listed))


@pytest.mark.parametrize("bits", [0, 1, 15, 16, 17, 63, 64, 4080, 4095, 4096, 4097, 60000])
def test_integers_of_every_length_are_reduced(bits: int) -> None:
    random = Random(bits)
    values = [sign * ((1 << bits) + near) for sign in (-1, 1) for near in (-1, 0, 1)]
    values += [random.randint(-(1 << bits), 1 << bits) for _ in range(20)]
    expected = [[value % p for value in values] for p in _primes(5).tolist()]
    assert _modulo([fmpz(value) for value in values], _primes(5)).tolist() == expected


def test_too_few_primes_and_swapped_rows_are_caught() -> None:
    wrong = 0
    for matrix in (m for seed in range(20) for m in matrices(3, 60, seed)):
        assert modular_sign(matrix, order=(1, 0, 2)) == -exact(matrix)
        wrong += modular_sign(matrix, count=2) != exact(matrix)
    assert wrong > 10
