"""Var(mu_k) when a mini-batch of N is drawn from M samples without replacement, as training does: not Eq. 13."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import permutations
from math import perm

from flint import fmpq

from polybn.claims.claim import Claim, Hypothesis
from polybn.claims.hypotheses import NORMALIZED
from polybn.claims.populations import covariances, variance
from polybn.claims.view import ExactView
from polybn.exact.matrix import inner
from polybn.exact.rational import text
from polybn.networks.normalization import location_of
from polybn.outcome import Fails, Holds, Outcome, Skipped

DRAWS = 120
"""The most ordered mini-batches of one size that are gone through; M = 5 samples have no more of any size."""


def independent_variance(square: fmpq, size: int, samples: int) -> fmpq:
    """s^2 / N, as for independent draws."""
    del samples
    return square / size


def finite_variance(square: fmpq, size: int, samples: int) -> fmpq:
    """(s^2 / N) (M - N) / (M - 1), M >= 2: 0 when the mini-batch is the whole batch."""
    return square / size * fmpq(samples - size, samples - 1)


def _check(view: ExactView, *, formula: Callable[[fmpq, int, int], fmpq]) -> Outcome:
    method = view.instance.method
    if method is None:
        return Skipped("a known normalisation")
    compared = 0
    for layer in view.normalized_layers:
        table, samples = covariances(layer.inputs), len(layer.inputs)
        for unit, (row, projections) in enumerate(zip(layer.rows, layer.projections, strict=True)):
            square = inner(row, tuple(inner(row, column) for column in table))
            for size in (size for size in range(1, samples + 1) if size < 2 or perm(samples, size) <= DRAWS):
                found = variance((location_of(method, drawn), 1) for drawn in permutations(projections, size))
                claimed = formula(square, size, samples)
                if found != claimed:
                    values = ", ".join(map(text, projections))
                    where = f"layer {layer.index}, unit {unit}, N = {size} of M = {samples}: projections {values}"
                    return Fails(f"Var(mu) = {text(found)}", text(claimed), where)
                compared += 1
    return Holds(compared)


SEVERAL_SAMPLES = Hypothesis(
    "M >= 2", "the batch has at least two samples", lambda view: len(view.instance.batch) >= 2, {"min_batch": 2}
)
OPTIONS = {"dimensions": (1, 2), "max_width": 2}
MOOT = {"a normalised layer": "without one there is no mu", "M >= 2": "the formula divides by M - 1"}

PROPOSITION_2_WITHOUT_REPLACEMENT = Claim(
    id="proposition-2-without-replacement",
    sentence="Over mini-batches of N out of the M samples, drawn without replacement, Var(mu_k) = s_k^2 / N as for "
    "independent draws, s_k^2 = <w_k, S w_k> with S the covariance of the layer's inputs over all M.",
    source="Proposition 2, Eq. 13, read of mini-batches as training draws them",
    hypotheses=(NORMALIZED, SEVERAL_SAMPLES),
    check=partial(_check, formula=independent_variance),
    twin="proposition-2-finite-population",
    options=OPTIONS,
    moot=MOOT,
)
PROPOSITION_2_FINITE_POPULATION = Claim(
    id="proposition-2-finite-population",
    sentence="Over mini-batches of N out of the M >= 2 samples, drawn without replacement, Var(mu_k) = "
    "(s_k^2 / N)(M - N)/(M - 1), s_k^2 = <w_k, S w_k> with S the covariance of the layer's inputs over all M.",
    source="Proposition 2, Eq. 13, repaired for mini-batches as training draws them",
    hypotheses=(NORMALIZED, SEVERAL_SAMPLES),
    check=partial(_check, formula=finite_variance),
    twin="proposition-2-without-replacement",
    options=OPTIONS,
    moot=MOOT,
)
