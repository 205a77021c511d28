"""mu = mean, sigma^2 = biased variance of the projections over the batch (Eq. 2-3)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from polybn.networks.normalization import SIGMA_BITS, Normalization


@dataclass(frozen=True)
class BatchNorm(Normalization):
    """Batch normalisation: mu = (1/N) sum t_n and sigma^2 = (1/N) sum (t_n - mu)^2 + eps (Eq. 3).

    `eps`, `gamma`, `beta` as in Eq. 2 (exact numbers; one, or one a unit). Where var + eps has no rational root,
    sigma is a dyadic above it within a relative 2^-sigma_bits: semantics "slack".

    >>> BatchNorm().location((Fraction(1), Fraction(2))), BatchNorm().squared_scale((Fraction(1), Fraction(2)))
    (Fraction(3, 2), Fraction(1, 4))
    """

    gamma: object = None
    beta: object = None
    eps: object = 0
    sigma_bits: int = SIGMA_BITS
    name: ClassVar[str] = "batchnorm"
    facts: ClassVar[frozenset[str]] = frozenset({"location-is-mean", "squared-scale-is-biased-variance"})

    def location(self, values: tuple[Fraction, ...]) -> Fraction:
        """The mean."""
        return mean(values)

    def squared_scale(self, values: tuple[Fraction, ...]) -> Fraction:
        """The biased (1/N) variance."""
        centre = mean(values)
        return mean(tuple((value - centre) ** 2 for value in values))


def mean(values: tuple[Fraction, ...]) -> Fraction:
    """(1/N) sum t_n, N >= 1."""
    return sum(values, Fraction(0)) / len(values)
