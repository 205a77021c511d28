"""The integer network modulo primes below 2^28, and how many primes decide a determinant of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import count
from typing import NamedTuple

import numpy as np
from flint import fmpz
from numpy.typing import NDArray

from polybn.exact.row import Row
from polybn.networks.integer import IntegerNetwork, norm_bits, row_bits

Integers = NDArray[np.int64]

PRIME_BITS = 28
"""Products of residues stay below 2^56, so that 64 of them add up in a signed word."""
SPARE_BITS = 3
LIMB_BITS = 16
TERMS = 256
"""2^28 (a residue) times 2^16 (a limb) times so many terms is 2^52: float products are then exact."""


WEIGHTS, PIECES, SHIFTS, COMMON, NUMERATORS, DENOMINATORS = range(6)
"""Columns of `starts`: where in a row of `values` a layer's integers begin."""


class Residues(NamedTuple):
    """All integers of a network modulo each prime, and room for rows; no prime until somebody asks."""

    primes: Integers
    """(primes,) decreasing."""
    inverses: Integers
    """(primes,): the inverse of p_1 ... p_{i-1} modulo p_i."""
    planes: Integers
    """(planes, 2): a bound on log2 of the Euclidean norm of the integer row, whatever the code, and the layer (-1: of
    the domain)."""
    values: Integers
    """(primes, integers): the rows of the domain, then of each layer the ((units + 1) x (inputs + 1)) weights, slopes,
    intercepts, the common denominator of these, numerators and denominators of breakpoints."""
    starts: Integers
    """(layers, 6)"""
    rows: Integers
    """(planes, primes, d + 1): rows of the current path, as far as they were asked for."""
    known: Integers
    """(planes, 2): the layer's stamp for which a row was computed, and for how many primes."""
    scratch: Integers
    """(rows, columns)"""


def residues_of(network: IntegerNetwork, domain_rows: Sequence[Row]) -> Residues:
    """The tables, with primes enough for any d + 1 rows."""
    width, layers = network.dimension + 1, network.layers
    bits = [*map(norm_bits, domain_rows), *row_bits(network)]
    primes = _primes((width * max(bits) + SPARE_BITS) // (PRIME_BITS - 1) + 2)
    integers = [entry for row in domain_rows for entry in row]
    starts = np.zeros((len(layers), 6), dtype=np.int64)
    owners = [-1] * len(domain_rows)
    for index, layer in enumerate(layers):
        points = layer.breakpoints
        parts = (
            layer.weights.entries(), layer.slopes, layer.intercepts, [layer.common],
            [t.p for t in points], [t.q for t in points],
        )  # fmt: skip
        for column, part in enumerate(parts):
            starts[index, column] = len(integers)
            integers.extend(part)
        owners.extend([index] * layer.hyperplanes)
    widest = max([width, len(primes), *(max(layer.weights.ncols(), layer.units + 1) for layer in layers)])
    return Residues(
        primes,
        _inverses(primes),
        np.array([bits, owners], dtype=np.int64).T.copy(),
        _modulo(integers, primes),
        starts,
        np.zeros((len(bits), len(primes), width), dtype=np.int64),
        np.full((len(bits), 2), -1, dtype=np.int64),
        np.zeros((width + 4, widest), dtype=np.int64),
    )


def no_residues() -> Residues:
    """The empty tables, of the same types: no sign can be decided."""
    one, two, three = (np.zeros((0,) * rank, dtype=np.int64) for rank in (1, 2, 3))
    return Residues(one, one, two, two, two, three, two, two)


def _modulo(values: Sequence[fmpz], primes: Integers) -> Integers:
    """(primes, values) residues in [0, p), from limbs of 16 bits in two's complement and the powers of 2^16."""
    whole = [int(value) for value in values]
    length = max((value.bit_length() for value in whole), default=0) // LIMB_BITS + 1
    text = b"".join(value.to_bytes(2 * length, "little", signed=True) for value in whole)
    limbs = np.frombuffer(text, dtype="<u2").reshape(len(whole), length).astype(np.float64)
    limbs[:, -1] -= (limbs[:, -1] >= 1 << LIMB_BITS - 1) * 2.0**LIMB_BITS
    powers = np.ones((len(primes), length), dtype=np.int64)
    for i in range(1, length):
        powers[:, i] = (powers[:, i - 1] << LIMB_BITS) % primes
    found = np.zeros((len(primes), len(whole)), dtype=np.int64)
    for start in range(0, length, TERMS):
        part = powers[:, start : start + TERMS].astype(np.float64) @ limbs[:, start : start + TERMS].T
        found = (found + part.astype(np.int64)) % primes[:, None]
    return found


def _inverses(primes: Integers) -> Integers:
    products = np.ones(len(primes), dtype=np.int64)
    for i, p in enumerate(primes.tolist(), 1):
        products[i:] = products[i:] * p % primes[i:]
    pairs = zip(products.tolist(), primes.tolist(), strict=True)
    return np.array([pow(product, -1, p) for product, p in pairs], dtype=np.int64)


def _primes(number: int) -> Integers:
    return np.array([_prime(index) for index in range(number)], dtype=np.int64)


@cache
def _prime(index: int) -> int:
    """The primes below 2^28 in decreasing order; each is above 2^27 for every index that a table can have."""
    start = (1 << PRIME_BITS) - 1 if index == 0 else _prime(index - 1) - 2
    return next(candidate for candidate in count(start, -2) if fmpz(candidate).is_prime())
