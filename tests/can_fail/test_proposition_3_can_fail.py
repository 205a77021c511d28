"""The checkers of Proposition 3 refute planted locations, scales and networks."""

from dataclasses import dataclass
from fractions import Fraction

import pytest

import polybn as pb
from polybn.claims.proposition_3 import (
    PROPOSITION_3,
    PROPOSITION_3_EVERY_UNIT,
    PROPOSITION_3_NORMALIZED_OUTPUT,
    PROPOSITION_3_ODD,
    PROPOSITION_3_WIDTH_ONE,
)
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds

BATCH = [[-1], [1], [3]]
OUTPUT = [pb.Linear([[1]])]
NETWORKS = {
    PROPOSITION_3.id: (PROPOSITION_3, pb.LeakyReLU("1/2"), OUTPUT),
    PROPOSITION_3_WIDTH_ONE.id: (PROPOSITION_3_WIDTH_ONE, pb.LeakyReLU("1/2"), OUTPUT),
    PROPOSITION_3_EVERY_UNIT.id: (PROPOSITION_3_EVERY_UNIT, pb.ReLU(), OUTPUT),
    PROPOSITION_3_NORMALIZED_OUTPUT.id: (PROPOSITION_3_NORMALIZED_OUTPUT, None, []),
}


def decide(claim, network, method=None):
    points = tuple((Fraction(number),) for (number,) in BATCH)
    return claim.decide(ExactView(Instance(network, points, pb.box(-4, 4, dim=1), method=method or pb.BatchNorm())))


def network(location, activation, output):
    return pb.Network([pb.Linear([[1]]), pb.frozen([location], [2]), *([activation] if activation else []), *output])


@pytest.mark.parametrize("id", NETWORKS)
def test_a_location_outside_the_range_of_the_batch_is_refuted(id):
    claim, activation, output = NETWORKS[id]
    assert isinstance(decide(claim, network(1, activation, output)), Holds)
    for location in (-1, 3, 4):
        assert isinstance(decide(claim, network(location, activation, output)), Fails), location


def test_a_scale_that_vanishes_on_varying_projections_is_refuted():
    statistics = pb.frozen([1], [2], squared_scale=[0])
    modules = [pb.Linear([[1]]), statistics, pb.LeakyReLU("1/2"), *OUTPUT]
    for claim in (PROPOSITION_3_WIDTH_ONE, PROPOSITION_3_EVERY_UNIT):
        outcome = decide(claim, pb.Network(modules))
        assert isinstance(outcome, Fails)
        assert outcome.right.startswith("not one < 0")


@dataclass(frozen=True)
class Least(pb.BatchNorm):
    """The least projection in the place of the mean: all of the batch on one side."""

    name = "least"

    def location(self, values):
        return min(values)


def test_the_least_projection_as_location_is_refuted():
    for claim, activation, output in NETWORKS.values():
        modules = [pb.Linear([[1]]), Least(), *([activation] if activation else []), *output]
        assert isinstance(decide(claim, pb.Network(modules).fit(BATCH), Least()), Fails)


def test_the_mirrored_mini_batch_is_normalised_by_itself():
    """With the location of the given batch, 1, all is well; with the least of the mirrored one, -1, it is not."""
    given = network(1, pb.HardTanh(), OUTPUT)
    assert isinstance(decide(PROPOSITION_3_ODD, given), Holds)
    assert isinstance(decide(PROPOSITION_3_ODD, given, Least()), Fails)
