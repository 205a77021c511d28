"""Integers of any size as floats with an exponent, and the powers of two that bring sizes near 1."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from flint import fmpq, fmpz
from numpy.typing import NDArray

from polybn.exact.row import Row
from polybn.networks.integer import IntegerLayer

LEAST = 2.0**-1000
"""What stands for numbers too small beside the others of their row; the errors of `floats` cover it."""
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def scaled_weights(layer: IntegerLayer, inputs: int) -> tuple[Floats, Integers]:
    """Mantissas in [1/2, 1] and exponents of (W, b), shape (units, inputs + 1)."""
    entries = layer.weights.entries()
    shape = layer.units, inputs + 1
    mantissa, exponent = mantissas(entries[: layer.units * (inputs + 1)], entries[-1])
    return mantissa.reshape(shape), exponent.reshape(shape)


def mantissas(numerators: Sequence[fmpz], denominator: fmpz) -> tuple[Floats, Integers]:
    """n / denominator = mantissa 2^exponent, the mantissa the nearest float; integers of any size."""
    bits = denominator.bit_length()
    divisor = int(denominator)
    quotients: list[float] = []
    exponents: list[int] = []
    for numerator in numerators:
        shift = numerator.bit_length() - bits
        exponents.append(shift)
        quotients.append(int(numerator << -shift) / divisor if shift < 0 else int(numerator) / (divisor << shift))
    return np.array(quotients), np.array(exponents, dtype=np.int64)


def floats_of(rows: list[list[fmpq]], exponents: Integers) -> Floats:
    """Each rational times 2^exponent, shape (rows, exponents)."""
    found = np.zeros((len(rows), len(exponents)))
    for index, (value,) in enumerate(rows):
        mantissa, exponent = mantissas([value.p], value.q)
        found[index] = kept(np.full(len(exponents), mantissa[0]), exponent[0] + exponents)
    return found


def size_exponents(
    weights: Floats, exponents: Integers, biases: Floats, bias_exponents: Integers, a: Floats, b: Floats
) -> Integers:
    """For each unit the exponent of its size, so that its largest coefficient or constant becomes about 1."""
    with np.errstate(divide="ignore"):
        reach = np.log2(np.maximum(a, b)) + np.log2(np.abs(weights)) + exponents
        largest = np.maximum(reach.max(axis=1), np.log2(np.abs(biases)) + bias_exponents)
    return np.where(np.isfinite(largest), np.ceil(np.where(np.isfinite(largest), largest, 0)), 0).astype(np.int64)


def domain_rows_of(rows: Sequence[Row], scales: Integers) -> Floats:
    """The domain's rows over y, each scaled to a largest entry near 1; float errors are those of one rounding."""
    found = np.zeros((len(rows), len(scales) + 1))
    for index, row in enumerate(rows):
        mantissa, exponent = mantissas(row, fmpz(1))
        exponent[:-1] += scales
        top = int(exponent[mantissa != 0].max()) if np.any(mantissa) else 0
        found[index] = kept(mantissa, exponent - top)
    return found


def kept(mantissa: Floats, exponent: Integers) -> Floats:
    """mantissa 2^exponent, but never 0 for a number that is not: at least ``LEAST`` in absolute value."""
    found = np.ldexp(mantissa, exponent)
    return np.where((mantissa != 0) & (np.abs(found) < LEAST), np.copysign(LEAST, mantissa), found)


def scales_of(lower: Sequence[Fraction], upper: Sequence[Fraction]) -> Integers:
    """s_i with |x_i| <= 2^s_i between the bounds."""
    found: list[int] = []
    for low, high in zip(lower, upper, strict=True):
        largest = max(abs(low), abs(high))
        found.append(largest.numerator.bit_length() - largest.denominator.bit_length() + 1)
    return np.array(found, dtype=np.int64)
