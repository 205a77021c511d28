"""The checkers of averages over batches refute locations and scales that do not average."""

from dataclasses import dataclass
from fractions import Fraction

import pytest

import polybn as pb
from polybn.claims.moving_average import (
    CUMULATIVE_AVERAGE_MINIMISES,
    MOVING_AVERAGE_MINIMISES,
    POOLED_VARIANCE,
    RUNNING_VARIANCE,
)
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds


@dataclass(frozen=True)
class Midrange(pb.BatchNorm):
    """Half way between the least and the greatest, with the range as scale."""

    name = "midrange"

    def location(self, values):
        return (min(values) + max(values)) / 2


@dataclass(frozen=True)
class Unbiased(pb.BatchNorm):
    """sigma^2 with 1/(N - 1)."""

    name = "unbiased"

    def squared_scale(self, values):
        return super().squared_scale(values) * len(values) / max(len(values) - 1, 1)


def decide(claim, numbers, method):
    points = tuple((Fraction(number),) for number in numbers)
    network = pb.Network([pb.Linear([[1]]), method]).fit(points)
    return claim.decide(ExactView(Instance(network, points, pb.box(-9, 9, dim=1), method=method)))


def test_averages_of_another_location_do_not_minimise():
    numbers = (0, 0, 3, 5)
    assert isinstance(decide(CUMULATIVE_AVERAGE_MINIMISES, numbers, pb.BatchNorm()), Holds)
    outcome = decide(CUMULATIVE_AVERAGE_MINIMISES, numbers, Midrange())
    assert isinstance(outcome, Fails)
    assert outcome.right == "least at mu = 2, mean squared distance 9/2"


def test_the_variances_of_another_estimator_do_not_pool():
    numbers = (0, 1, 3, 5)
    assert isinstance(decide(POOLED_VARIANCE, numbers, pb.BatchNorm()), Holds)
    assert isinstance(decide(POOLED_VARIANCE, numbers, Unbiased()), Fails)


@pytest.mark.parametrize("claim", [MOVING_AVERAGE_MINIMISES, RUNNING_VARIANCE], ids=lambda claim: claim.id)
def test_the_false_forms_hold_where_the_batches_agree_and_fail_elsewhere(claim):
    assert isinstance(decide(claim, (2, 2), pb.BatchNorm(eps=1)), Holds)
    assert isinstance(decide(claim, (0, 1), pb.BatchNorm()), Fails)
