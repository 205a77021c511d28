"""The checkers of Proposition 2 refute wrong formulas and wrong statistics."""

from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import pytest
from flint import fmpq

import polybn as pb
from polybn.claims.finite_population import PROPOSITION_2_FINITE_POPULATION, PROPOSITION_2_WITHOUT_REPLACEMENT
from polybn.claims.proposition_2 import (
    PROPOSITION_2_MEAN,
    PROPOSITION_2_VARIANCE,
    PROPOSITION_2_VARIANCE_BIASED,
)
from polybn.claims.verdict import Status
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds

BATCH = [[0, 1], [3, -1], [1, 5]]


def view(method=None):
    network = pb.Network([pb.Linear([[1, 2], [1, -1]]), pb.BatchNorm(), pb.ReLU(), pb.Linear([[1, 1]])]).fit(BATCH)
    points = tuple(tuple(map(Fraction, point)) for point in BATCH)
    return ExactView(Instance(network, points, pb.box(-9, 9, dim=2), method=method or pb.BatchNorm()))


@dataclass(frozen=True)
class Unbiased(pb.BatchNorm):
    """sigma^2 with 1/(N - 1)."""

    name = "unbiased"

    def squared_scale(self, values):
        return super().squared_scale(values) * len(values) / max(len(values) - 1, 1)


@dataclass(frozen=True)
class FirstSample(pb.BatchNorm):
    """The first projection in the place of the mean: unbiased, with N times the variance."""

    name = "first-sample"

    def location(self, values):
        return values[0]


def wrong(claim, formula):
    return partial(claim.check.func, **{**claim.check.keywords, "formula": formula})


@pytest.mark.parametrize(
    ("claim", "formula"),
    [
        (PROPOSITION_2_MEAN, lambda moments, size: moments[0]),
        (PROPOSITION_2_MEAN, lambda moments, size: moments[0] / max(size - 1, 1)),
        (PROPOSITION_2_VARIANCE_BIASED, lambda moments, size: (moments[1] - moments[0] ** 2) / size),
        (PROPOSITION_2_FINITE_POPULATION, lambda square, size, samples: square / size * fmpq(samples - size, samples)),
        (PROPOSITION_2_FINITE_POPULATION, lambda square, size, samples: square / size),
    ],
)
def test_a_wrong_formula_is_refuted(claim, formula):
    assert isinstance(claim.check(view()), Holds)
    assert isinstance(wrong(claim, formula)(view()), Fails)


def test_each_formula_belongs_to_its_estimator():
    """The literal formula is right of the unbiased estimator, and there the repaired one is wrong."""
    assert isinstance(PROPOSITION_2_VARIANCE.decide(view(Unbiased())), Holds)
    assert isinstance(PROPOSITION_2_VARIANCE_BIASED.decide(view(Unbiased())), Fails)
    assert pb.audit(Unbiased, [PROPOSITION_2_VARIANCE], examples=17).rows[0].status is Status.EXHAUSTED


@pytest.mark.parametrize("claim", [PROPOSITION_2_MEAN, PROPOSITION_2_FINITE_POPULATION], ids=lambda claim: claim.id)
def test_a_location_that_is_one_sample_is_refuted(claim):
    outcome = claim.decide(view(FirstSample()))
    assert isinstance(outcome, Fails)
    assert "N = 2" in outcome.where


def test_without_replacement_is_refuted_only_when_samples_are_used_up():
    outcome = PROPOSITION_2_WITHOUT_REPLACEMENT.decide(view())
    assert isinstance(outcome, Fails)
    assert "N = 2 of M = 3" in outcome.where
