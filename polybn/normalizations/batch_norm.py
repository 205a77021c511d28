"""mu = mean, sigma^2 = biased variance of the projections over the batch (Eq. 2-3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from flint import fmpq

from polybn.exact.matrix import Vector
from polybn.networks.normalization import SIGMA_BITS, Normalization


@dataclass(frozen=True)
class BatchNorm(Normalization):
    """Batch normalisation: mu = (1/N) sum t_n and sigma^2 = (1/N) sum (t_n - mu)^2 + eps (Eq. 3).

    `eps`, `gamma`, `beta` as in Eq. 2 (exact numbers; one, or one a unit). Where var + eps has no rational root,
    sigma is the least dyadic above it within a relative 2^-sigma_bits: semantics "slack".

    >>> str(BatchNorm().location((fmpq(1), fmpq(2)))), str(BatchNorm().squared_scale((fmpq(1), fmpq(2))))
    ('3/2', '1/4')
    """

    gamma: object = None
    beta: object = None
    eps: object = 0
    sigma_bits: int = SIGMA_BITS
    name: ClassVar[str] = "batchnorm"
    facts: ClassVar[frozenset[str]] = frozenset({"location-is-mean", "squared-scale-is-biased-variance"})

    def location(self, values: Vector) -> fmpq:
        """The mean."""
        return mean(values)

    def squared_scale(self, values: Vector) -> fmpq:
        """The biased (1/N) variance."""
        centre = mean(values)
        return mean(tuple((value - centre) ** 2 for value in values))


def mean(values: Vector) -> fmpq:
    """(1/N) sum t_n, N >= 1."""
    return sum(values, fmpq(0)) / len(values)
