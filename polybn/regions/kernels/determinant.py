"""The sign of a determinant from its residues: by the Chinese remainder theorem and one mixed-radix digit.

By Hadamard a determinant N of integer rows is at most the product of their Euclidean norms in absolute value, and so
is a determinant of some of their columns. Let the product M of the primes exceed 8 times that bound. N is 0 exactly
when all residues are 0. Otherwise R = N mod M in [0, M) is below M / 8 for N > 0 and above 7 M / 8 for N < 0. Write
R = v_1 + v_2 p_1 + ... + v_K p_1 ... p_{K-1} in mixed radix (Garner): then v_K = floor(R p_K / M), which is below
p_K / 2 for N > 0 and above it for N < 0.
"""

from __future__ import annotations

from polybn.regions.kernels.compiled import once, part
from polybn.regions.kernels.floats import Integers


@part
def determinant_sign(
    size: int, primes: Integers, inverses: Integers, rows: Integers, chosen: Integers, count: int, work: Integers
) -> int:
    """The sign of the determinant of the first ``size`` columns of rows ``chosen[:size]``, from ``count`` residues.

    ``rows`` is (planes, primes, columns), ``work`` (size + 1, at least size and primes) is scratch.
    """
    digits = work[size]
    is_zero = True
    for k in range(count):
        digits[k] = _determinant(size, primes[k], rows, chosen, k, work)
        if digits[k] != 0:
            is_zero = False
    if is_zero:
        return 0
    for i in range(count):
        p = primes[i]
        # v_1 + p_1 (v_2 + p_2 (v_3 + ...)), as far as the digits are known.
        value = 0
        for j in range(i - 1, -1, -1):
            value = (value * primes[j] + digits[j]) % p
        digits[i] = (digits[i] + p - value) * inverses[i] % p
    return 1 if 2 * digits[count - 1] < primes[count - 1] else -1


@once
def _determinant(size: int, p: int, rows: Integers, chosen: Integers, k: int, work: Integers) -> int:
    """The determinant modulo p, by elimination without division; what it multiplies in is divided out at the end."""
    for i in range(size):
        g = chosen[i]
        for j in range(size):
            work[i, j] = rows[g, k, j]
    value, extra = 1, 1
    for column in range(size):
        pivot = column
        while pivot < size and work[pivot, column] == 0:
            pivot += 1
        if pivot == size:
            return 0
        if pivot != column:
            for j in range(column, size):
                work[pivot, j], work[column, j] = work[column, j], work[pivot, j]
            value = p - value
        lead = work[column, column]
        value = value * lead % p
        for i in range(column + 1, size):
            factor = p - work[i, column]
            if factor != p:
                for j in range(column + 1, size):
                    work[i, j] = (work[i, j] * lead + work[column, j] * factor) % p
                extra = extra * lead % p
    return value if extra == 1 else value * _inverse(extra, p) % p


@once
def _inverse(value: int, p: int) -> int:
    """The inverse modulo p, by Euclid."""
    a, b, x, y = value, p, 1, 0
    while b != 0:
        quotient = a // b
        a, b = b, a - quotient * b
        x, y = y, x - quotient * y
    return x % p
