"""The variances of mu_k and sigma_k^2 over mini-batches of N independent draws (Eq. 13), by going through all of them.

The paper assumes draws of zero mean and diagonal covariance diag(rho^2). Zero mean is not needed, since only central
moments enter; independence of the features is not needed, uncorrelated ones will do. Independent draws of one law are
what a sample is here; `polybn.claims.finite_population` says what becomes of them without replacement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import combinations

from flint import fmpq

from polybn.claims.claim import Claim, Family, Hypothesis
from polybn.claims.hypotheses import NORMALIZED
from polybn.claims.populations import (
    Law,
    covariances,
    fourth_central_moment,
    law_of,
    population,
    variance_over_samples,
)
from polybn.claims.view import ExactView, Instance, NormalizedLayer, Points
from polybn.errors import ZeroSigmaError
from polybn.exact.matrix import Vector
from polybn.exact.rational import text
from polybn.networks.activation import ReLU
from polybn.networks.layer import Linear
from polybn.networks.network import Network
from polybn.networks.normalization import Normalization, location_of, squared_scale_of
from polybn.outcome import Fails, Holds, Outcome, Skipped, Undecided
from polybn.regions.domain import box

SIZES = range(1, 5)
TUPLES = 100
"""The most mini-batches of one size that are gone through; a size with more is left out."""

Moments = tuple[fmpq, fmpq]
"""(s^2, phi^4) of a unit: <w^2, rho^2>, and the fourth central moment of <w, z>."""
Formula = Callable[[Moments, int], fmpq]


def mean_variance(moments: Moments, size: int) -> fmpq:
    """<w^2, rho^2> / N."""
    return moments[0] / size


def unbiased_variance(moments: Moments, size: int) -> fmpq:
    """(1/N) (phi^4 - s^4 (N - 3) / (N - 1)), N >= 2: the law of the estimator that divides by N - 1."""
    square, fourth = moments
    return (fourth - square**2 * fmpq(size - 3, size - 1)) / size


def biased_variance(moments: Moments, size: int) -> fmpq:
    """((N - 1)^2 phi^4 - (N - 1)(N - 3) s^4) / N^3, that is ((N - 1)/N)^2 times the unbiased one; 0 for N = 1."""
    square, fourth = moments
    return ((size - 1) ** 2 * fourth - (size - 1) * (size - 3) * square**2) / fmpq(size) ** 3


def _uncorrelated(view: ExactView) -> bool:
    tables = (covariances(population(view, layer)) for layer in view.normalized_layers)
    return all(
        not any(entry for j, entry in enumerate(row) if i != j) for table in tables for i, row in enumerate(table)
    )


def _check(
    view: ExactView,
    *,
    name: str,
    statistic: Callable[[Normalization, Vector], fmpq],
    formula: Formula,
    least: int = 1,
) -> Outcome:
    method = view.instance.method
    if method is None:
        return Skipped("a known normalisation")
    compared = 0
    for layer in view.normalized_layers:
        members = population(view, layer)
        squares = [row[i] for i, row in enumerate(covariances(members))]
        for unit, row in enumerate(layer.rows):
            law = law_of(layer, unit, members)
            if len(law) ** 2 > TUPLES:
                return Undecided(f"{len(law)} projections have {len(law) ** 2} samples of size two; at most {TUPLES}")
            square = sum((entry**2 * rho for entry, rho in zip(row, squares, strict=True)), fmpq(0))
            moments = square, fourth_central_moment(row, members)
            for size in sizes(law, least):
                found = variance_over_samples(partial(statistic, method), law, size)
                claimed = formula(moments, size)
                if found != claimed:
                    return Fails(f"Var({name}) = {text(found)}", text(claimed), _place(layer, unit, law, size))
                compared += 1
    return Holds(compared)


def sizes(law: Law, least: int) -> list[int]:
    """The N that are gone through."""
    return [size for size in SIZES if size >= least and len(law) ** size <= TUPLES]


def _place(layer: NormalizedLayer, unit: int, law: Law, size: int) -> str:
    values = ", ".join(f"{text(value)} ({count} of {sum(law.values())})" for value, count in sorted(law.items()))
    return f"layer {layer.index}, unit {unit}, N = {size}: <w, z> takes the values {values}"


def _members(method: Normalization) -> Iterator[Instance]:
    """Every population of 2 to 4 points of {-1, 0, 1}^2, with four rows each."""
    grid = [(Fraction(x), Fraction(y)) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    for size in (2, 3, 4):
        for points in combinations(grid, size):
            for row in ((1, 0), (1, 1), (1, 2), (2, -1)):
                yield from _instances(method, row, points)


def _instances(method: Normalization, row: Sequence[int], points: Points) -> Iterator[Instance]:
    network = Network([Linear([row]), method, ReLU(), Linear([[1]])])
    try:
        fitted = network.fit(points)
    except ZeroSigmaError:
        return
    yield Instance(fitted, points, box(-2, 2, dim=2), method.name, points=points, method=method)


UNCORRELATED = Hypothesis(
    "diagonal covariance", "no two features of a normalised layer's inputs are correlated", _uncorrelated
)
FAMILY = Family(
    "populations of 2 to 4 points of {-1, 0, 1}^2 with uncorrelated features, rows (1, 0), (1, 1), (1, 2), (2, -1), "
    f"samples of up to {SIZES[-1]} where there are at most {TUPLES} of them",
    _members,
)
OPTIONS = {"dimensions": (1, 2), "max_width": 2}
"""Small populations: all tuples are gone through."""
MOOT = {"a normalised layer": "without one there is no mu and no sigma"}

PROPOSITION_2_MEAN = Claim(
    id="proposition-2-mean",
    sentence="Over mini-batches of N independent draws of one law with covariance diag(rho^2), Var(mu_k) = "
    "<w_k^2, rho^2> / N.",
    source="Proposition 2, Eq. 13",
    hypotheses=(NORMALIZED, UNCORRELATED),
    check=partial(_check, name="mu", statistic=location_of, formula=mean_variance),
    options=OPTIONS,
    family=FAMILY,
    moot=MOOT,
)
PROPOSITION_2_VARIANCE = Claim(
    id="proposition-2-variance",
    sentence="Over mini-batches of N >= 2 independent draws of one law with covariance diag(rho^2), Var(sigma_k^2) = "
    "(1/N)(phi_k^4 - s_k^4 (N - 3)/(N - 1)) with s_k^2 = <w_k^2, rho^2> and phi_k^4 the fourth central moment of "
    "<w_k, z>, sigma_k^2 with 1/N as in Eq. 3.",
    source="Proposition 2, Eq. 13",
    hypotheses=(NORMALIZED, UNCORRELATED),
    check=partial(_check, name="sigma^2", statistic=squared_scale_of, formula=unbiased_variance, least=2),
    twin="proposition-2-variance-biased",
    options=OPTIONS,
    family=FAMILY,
    moot=MOOT,
)
PROPOSITION_2_VARIANCE_BIASED = Claim(
    id="proposition-2-variance-biased",
    sentence="Over mini-batches of N >= 1 independent draws of one law with covariance diag(rho^2), Var(sigma_k^2) = "
    "((N - 1)^2 phi_k^4 - (N - 1)(N - 3) s_k^4) / N^3, which is ((N - 1)/N)^2 times the formula for the unbiased "
    "estimator.",
    source="Proposition 2, Eq. 13, repaired for the sigma_k^2 of Eq. 3",
    hypotheses=(NORMALIZED, UNCORRELATED),
    check=partial(_check, name="sigma^2", statistic=squared_scale_of, formula=biased_variance),
    twin="proposition-2-variance",
    options=OPTIONS,
    family=FAMILY,
    moot=MOOT,
)
