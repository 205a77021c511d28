"""What is claimed of hulls, centroids, sums over layers and scales is refuted for planted wrong normalisations."""

from fractions import Fraction

import pytest

import polybn as pb
from polybn.claims.folded_meets_hull import FOLDED_MEETS_HULL
from polybn.claims.layers_jointly_optimal import LAYERS_JOINTLY_OPTIMAL, LAYERS_OPTIMAL_IN_TURN
from polybn.claims.regions_meet_at_centroid import REGIONS_MEET_AT_CENTROID
from polybn.claims.scale_invariance import SCALE_INVARIANCE
from polybn.claims.verdict import Status
from polybn.claims.view import ExactView, Instance
from polybn.exact.matrix import vector
from polybn.outcome import Fails, Holds

BATCH = tuple((Fraction(x), Fraction(y)) for x, y in [(0, 0), (2, 0), (0, 2), (1, 5)])
TINY = Fraction(1, 10**9)


class BeyondTheData(pb.BatchNorm):
    """mu is larger than every projection."""

    def location(self, values):
        return max(values) + TINY


class Largest(pb.BatchNorm):
    """mu is the largest projection: -t has another one than the negative."""

    def location(self, values):
        return max(values)


class MeanDeviation(pb.BatchNorm):
    """A scale in the place of its square."""

    def squared_scale(self, values):
        centre = self.location(values)
        return sum(abs(value - centre) for value in values) / len(values)


class Uncentred(pb.BatchNorm):
    """mu = 0, and the mean square about it."""

    def location(self, values):
        return Fraction(0)

    def squared_scale(self, values):
        return sum(value**2 for value in values) / len(values)


def network(method, biases=None):
    first = [pb.Linear([[1, 0], [0, 1], [1, 1]], biases), method(), pb.LeakyReLU("1/10")]
    second = [pb.Linear([[1, -2, 1], [1, 1, 0]]), method(), pb.LeakyReLU("1/10"), pb.Linear([[1, 1]], [1])]
    return pb.Network([*first, *second]).fit(BATCH)


def moved(layer, unit, by):
    """The right network with one location off."""
    modules = []
    for index, stage in enumerate(network(pb.BatchNorm).stages):
        frozen = stage.frozen
        if frozen is not None:
            location = list(frozen.location)
            if index == layer:
                location[unit] += vector([by])[0]
            frozen = pb.frozen(location, frozen.scale, squared_scale=frozen.squared_scale)
        modules += [pb.Linear(stage.affine.linear, stage.affine.offset), frozen, stage.activation]
    return pb.Network([module for module in modules if module is not None])


def decide(claim, net, method=pb.BatchNorm):
    return claim.decide(ExactView(Instance(net, BATCH, pb.box(-6, 6, dim=2), method=method())))


TRUE = [FOLDED_MEETS_HULL, REGIONS_MEET_AT_CENTROID, LAYERS_OPTIMAL_IN_TURN, SCALE_INVARIANCE]


@pytest.mark.parametrize("claim", TRUE, ids=lambda claim: claim.id)
def test_the_right_network_passes(claim):
    assert isinstance(decide(claim, network(pb.BatchNorm)), Holds)
    assert isinstance(decide(claim, moved(0, 0, 0)), Holds)


@pytest.mark.parametrize("claim", TRUE[1:], ids=lambda claim: claim.id)
@pytest.mark.parametrize("unit", [(0, 0), (0, 2), (1, 1)])
def test_a_location_off_by_one_part_in_a_billion_is_refuted(claim, unit):
    outcome = decide(claim, moved(*unit, TINY))
    assert isinstance(outcome, Fails)
    assert f"layer {unit[0]}" in outcome.where


def test_a_location_off_inside_the_range_still_meets_the_hull():
    assert isinstance(decide(FOLDED_MEETS_HULL, moved(1, 1, TINY)), Holds)


@pytest.mark.parametrize("unit", [(0, 0), (0, 2), (1, 1)])
def test_a_location_outside_the_range_misses_the_hull(unit):
    outcome = decide(FOLDED_MEETS_HULL, moved(*unit, 100))
    assert isinstance(outcome, Fails)
    assert outcome.where == f"layer {unit[0]}, unit {unit[1]}"


def test_a_location_just_beyond_the_largest_projection_is_refuted():
    assert isinstance(decide(FOLDED_MEETS_HULL, network(Largest)), Holds)
    outcome = decide(FOLDED_MEETS_HULL, network(BeyondTheData))
    assert isinstance(outcome, Fails)
    assert outcome.left.startswith("pre-activation < 0 on all of conv(batch)")


@pytest.mark.parametrize(
    ("claim", "method"),
    [
        (FOLDED_MEETS_HULL, BeyondTheData),
        (REGIONS_MEET_AT_CENTROID, Largest),
        (LAYERS_OPTIMAL_IN_TURN, Largest),
        (SCALE_INVARIANCE, Largest),
    ],
    ids=lambda given: getattr(given, "id", None) or given.__name__,
)
def test_an_audit_finds_the_wrong_normalisation(claim, method):
    assert pb.audit(method, [claim], examples=16)[claim.id].status is Status.REFUTED


def test_scale_invariance_names_the_negative_factor_for_the_largest_projection():
    outcome = decide(SCALE_INVARIANCE, network(Largest), Largest)
    assert isinstance(outcome, Fails)
    assert outcome.left.endswith("for -1 w")


def test_scale_invariance_refutes_a_scale_that_is_no_square():
    outcome = decide(SCALE_INVARIANCE, network(MeanDeviation), MeanDeviation)
    assert isinstance(outcome, Fails)
    assert outcome.left.endswith("for 7 w")


def test_scale_invariance_without_a_mean_depends_on_the_bias():
    assert isinstance(decide(SCALE_INVARIANCE, network(Uncentred), Uncentred), Holds)
    assert isinstance(decide(SCALE_INVARIANCE, network(Uncentred, [1, 0, 0]), Uncentred), Fails)


def test_the_sum_over_layers_is_refuted_for_a_wrong_last_location():
    """ReLU on {-1, 0}: no location among those tried does better than mu_2 = 1/2, until the last layer has another."""
    batch = ((Fraction(-1),), (Fraction(0),))

    def outcome(mu):
        modules = [pb.Linear([[1]]), pb.BatchNorm(), pb.ReLU(), pb.Linear([[1]]), pb.frozen([mu], [1]), pb.ReLU()]
        net = pb.Network([*modules, pb.Linear([[1]])]).fit(batch)
        return LAYERS_JOINTLY_OPTIMAL.decide(ExactView(Instance(net, batch, pb.box(-2, 2, dim=1))))

    assert isinstance(outcome("1/2"), Holds)
    assert isinstance(outcome("1/3"), Fails)
    assert outcome("1/3").left == "mean squared distances 1/4 + 5/18 = 19/36"
