"""Rows and homogeneous points: the affine functions and the rational points of the exact parts, in integers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from flint import fmpz

Row: TypeAlias = tuple[fmpz, ...]
"""(a_1, ..., a_d, b), the affine function x -> a.x + b; a positive multiple is the same row."""

Point: TypeAlias = tuple[fmpz, ...]
"""(n_1, ..., n_d, q) with q > 0, the rational point n / q."""


def evaluate(row: Row, point: Sequence[fmpz]) -> fmpz:
    """q (a.x + b) at x = n / q: the value of a row at a point times the point's denominator, so its sign."""
    if len(row) != len(point):
        raise ValueError(f"a row of length {len(row)} has no value at a point of length {len(point)}")
    total = row[0] * point[0]
    for index in range(1, len(row)):
        total += row[index] * point[index]
    return total
