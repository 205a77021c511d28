"""mu = median of the projections: the location that minimises the mean distance, not the mean squared distance."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from polybn.networks.normalization import SIGMA_BITS, Normalization
from polybn.normalizations.batch_norm import mean


@dataclass(frozen=True)
class MedianNorm(Normalization):
    """mu = median (the midpoint of the two middle values for even N), sigma^2 = mean squared deviation from it.

    >>> MedianNorm().location((Fraction(0), Fraction(5), Fraction(1)))
    Fraction(1, 1)
    """

    gamma: object = None
    beta: object = None
    eps: object = 0
    sigma_bits: int = SIGMA_BITS
    name: ClassVar[str] = "median"
    facts: ClassVar[frozenset[str]] = frozenset()

    def location(self, values: tuple[Fraction, ...]) -> Fraction:
        """The median."""
        ordered = sorted(values)
        middle = len(ordered) // 2
        return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2

    def squared_scale(self, values: tuple[Fraction, ...]) -> Fraction:
        """The mean squared deviation from the median."""
        centre = self.location(values)
        return mean(tuple((value - centre) ** 2 for value in values))
