"""Every closed region of a layer contains the centroid of the layer's inputs."""

from fractions import Fraction

import pytest
from flint import fmpq

import polybn as pb
from polybn.auditing.recorded import HOLDS
from polybn.auditing.witness import read_witness
from polybn.claims.regions_meet_at_centroid import REGIONS_MEET_AT_CENTROID, value_at
from polybn.claims.verdict import Status
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds, Skipped
from polybn.proof import proofs_folder
from polybn.regions.hyperplanes import Inequality


def decide(modules, batch, claim=REGIONS_MEET_AT_CENTROID):
    points = tuple(tuple(map(Fraction, point)) for point in batch)
    net = pb.Network(modules).fit(points)
    return claim.decide(ExactView(Instance(net, points, pb.box(-3, 3, dim=net.dimension))))


def test_it_holds_for_the_mean():
    verdict = pb.audit(pb.BatchNorm, [REGIONS_MEET_AT_CENTROID], examples=48)["regions-meet-at-centroid"]
    assert verdict.status in HOLDS
    assert verdict.live >= 40


def test_it_fails_for_the_median():
    verdict = pb.audit(pb.MedianNorm, [REGIONS_MEET_AT_CENTROID], examples=48)["regions-meet-at-centroid"]
    assert verdict.status is Status.REFUTED


def test_two_layers_of_two_and_four_regions():
    """Layer 0 has the regions z < 0 and z > 0, layer 1 the four quadrants around the centroid of its inputs."""
    leaky = pb.LeakyReLU("1/2")
    modules = [pb.Linear([[1], [1]]), pb.BatchNorm(), leaky, pb.Linear([[1, 0], [0, 1]]), pb.BatchNorm(), leaky]
    assert decide([*modules, pb.Linear([[1, 1]])], [[-1], [1]]) == Holds(2 + 4)


@pytest.mark.parametrize(
    ("rows", "parameters", "batch", "regions"),
    [
        ([[1, 2]], {"eps": 1}, [[3, 4]], 2),
        ([[0, 0]], {"eps": 1}, [[0, 0], [1, 1]], 1),
        ([[1, 0]], {"gamma": 0}, [[0, 0], [1, 1]], 1),
        ([[1, 0], [2, 0]], {}, [[0, 0], [1, 1]], 2),
        ([[1, 0], [-1, 0], [0, 1]], {}, [[0, 0], [1, 1]], 4),
    ],
    ids=["batch of one", "zero row", "gamma zero", "parallel rows", "opposite rows"],
)
def test_degenerate_units(rows, parameters, batch, regions):
    modules = [pb.Linear(rows), pb.BatchNorm(**parameters), pb.ReLU(), pb.Linear([[1] * len(rows)])]
    assert decide(modules, batch) == Holds(regions)


def test_many_units_are_out_of_scope_since_all_regions_are_listed():
    modules = [pb.Linear([[1, n] for n in range(7)]), pb.BatchNorm(), pb.ReLU(), pb.Linear([[1] * 7])]
    assert decide(modules, [[0, 0], [1, 1]]) == Skipped("few units")
    assert decide(modules, [[0, 0], [1, 1]], REGIONS_MEET_AT_CENTROID.without("few units")) == Holds(14)


def test_a_layer_without_activation_is_one_region():
    assert decide([pb.Linear([[1]]), pb.BatchNorm()], [[0], [4]]) == Holds(1)


def test_other_breakpoints_are_out_of_scope_and_make_it_fail():
    """Hard-tanh bends at -1 and 1: z <= -1 does not contain the centroid 0."""
    modules = [pb.Linear([[1]]), pb.BatchNorm(), pb.HardTanh(), pb.Linear([[1]])]
    assert decide(modules, [[-1], [1]]) == Skipped("beta at the breakpoint")
    dropped = REGIONS_MEET_AT_CENTROID.without("beta at the breakpoint")
    assert isinstance(decide(modules, [[-1], [1]], dropped), Fails)


def test_beta_equal_to_another_breakpoint_is_in_scope():
    shifted = pb.PiecewiseLinear([1], [0, 1])
    assert decide([pb.Linear([[1]]), pb.BatchNorm(beta=1), shifted, pb.Linear([[1]])], [[-1], [1]]) == Holds(2)


def test_beta_is_needed():
    _, instance = read_witness(proofs_folder() / "sharpness" / "regions-meet-at-centroid--beta.json")
    assert REGIONS_MEET_AT_CENTROID.decide(ExactView(instance)) == Skipped("beta at the breakpoint")
    outcome = REGIONS_MEET_AT_CENTROID.without("beta at the breakpoint").decide(ExactView(instance))
    assert isinstance(outcome, Fails)
    assert outcome.right == "-1 x0 - 1 >= 0 on a closed region"


def test_the_value_of_an_inequality():
    assert value_at(Inequality((Fraction(2), Fraction(-1)), Fraction(3)), (fmpq(1, 2), fmpq(5))) == -1
