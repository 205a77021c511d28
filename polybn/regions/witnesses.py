"""A strictly interior rational point of each region, kept as scaled floats, which are exact, or as integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from flint import fmpz
from numpy.typing import NDArray

from polybn.exact.matrix import primitive
from polybn.exact.row import Point


@dataclass(frozen=True)
class Witnesses:
    """Point i is exact[i] (homogeneous) where there is one, else 2^scales y_i with y_i = floats[i].

    A row of NaN stands for a point that floats did not certify and that nobody has asked for yet.
    """

    floats: NDArray[np.float64]
    """(regions, d)"""
    scales: NDArray[np.int64]
    """(d,)"""
    exact: Mapping[int, Point] = field(default_factory=dict[int, Point])

    @classmethod
    def of_points(cls, points: Sequence[Point], dimension: int) -> Witnesses:
        """Exact points."""
        unknown = np.full((len(points), dimension), np.nan)
        return cls(unknown, np.zeros(dimension, dtype=np.int64), dict(enumerate(points)))

    def __len__(self) -> int:
        """The number of regions."""
        return len(self.floats)

    def __getitem__(self, index: int) -> Point | None:
        """The point in homogeneous integers, or None where it has to be found."""
        if index in self.exact:
            return self.exact[index]
        row: list[float] = self.floats[index].tolist()
        if any(value != value for value in row):
            return None
        return _homogeneous(row, self.scales.tolist())


def _homogeneous(row: Sequence[float], scales: Sequence[int]) -> Point:
    """Floats times powers of two, over one power of two."""
    parts: list[tuple[int, int]] = []
    for value, scale in zip(row, scales, strict=True):
        numerator, denominator = value.as_integer_ratio()
        parts.append((numerator, scale - denominator.bit_length() + 1))
    low = min(0, *(exponent for _, exponent in parts))
    return primitive([*(fmpz(numerator) << (exponent - low) for numerator, exponent in parts), fmpz(1) << -low])
