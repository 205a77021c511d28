"""Structural facts that a normalisation declares; proofs rest on them, so an audit checks each on real projections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flint import fmpq

from polybn.errors import ClaimError
from polybn.exact.matrix import Vector
from polybn.networks.normalization import Normalization, location_of, squared_scale_of


@dataclass(frozen=True)
class Fact:
    """A property of a normalisation's statistics: its words and its exact test on one unit's projections."""

    words: str
    holds: Callable[[Normalization, Vector], bool]


def pairwise_variance(projections: Vector) -> fmpq:
    """The biased variance as (1/2N^2) sum_{m,n} (t_m - t_n)^2, which names no mean."""
    total = sum(((first - second) ** 2 for first in projections for second in projections), fmpq(0))
    return total / (2 * len(projections) ** 2)


def broken_facts(normalization: Normalization, values: Vector) -> set[str]:
    """The declared facts that one unit's projections refute; raises `ClaimError` for a fact that does not exist."""
    unknown = set(normalization.facts) - set(FACTS)
    if unknown:
        raise ClaimError(
            f"{normalization.name} declares the facts {sorted(unknown)}; polybn knows {sorted(FACTS)}.", normalization
        )
    return {name for name in normalization.facts if not FACTS[name].holds(normalization, values)}


def _location_is_mean(normalization: Normalization, values: Vector) -> bool:
    return location_of(normalization, values) * len(values) == sum(values, fmpq(0))


def _biased_variance(normalization: Normalization, values: Vector) -> bool:
    return squared_scale_of(normalization, values) == pairwise_variance(values)


FACTS: Mapping[str, Fact] = {
    "location-is-mean": Fact("mu is the mean of the projections", _location_is_mean),
    "squared-scale-is-biased-variance": Fact("sigma^2 is their biased variance", _biased_variance),
}
