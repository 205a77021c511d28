"""Structural facts that a normalisation declares; proofs rest on them, so an audit checks each on real projections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flint import fmpq

from polybn.claims.theorem_1 import pairwise_variance
from polybn.exact.matrix import Vector
from polybn.networks.normalization import Normalization, location_of, squared_scale_of


@dataclass(frozen=True)
class Fact:
    """A property of a normalisation's statistics: its words and its exact test on one unit's projections."""

    words: str
    holds: Callable[[Normalization, Vector], bool]


def _location_is_mean(normalization: Normalization, values: Vector) -> bool:
    return location_of(normalization, values) * len(values) == sum(values, fmpq(0))


def _biased_variance(normalization: Normalization, values: Vector) -> bool:
    return squared_scale_of(normalization, values) == pairwise_variance(values)


FACTS: Mapping[str, Fact] = {
    "location-is-mean": Fact("mu is the mean of the projections", _location_is_mean),
    "squared-scale-is-biased-variance": Fact("sigma^2 is their biased variance", _biased_variance),
}
