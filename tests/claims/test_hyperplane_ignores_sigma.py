"""A unit's boundary is one set for all sigma when beta is the breakpoint: drawn, by hand, degenerate, and sharp."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from flint import fmpq

import polybn as pb
from polybn.auditing.recorded import HOLDS
from polybn.auditing.witness import read_witness
from polybn.claims.hyperplane_ignores_sigma import (
    BETA_AT_THE_BREAKPOINT,
    HYPERPLANE_IGNORES_SIGMA,
    boundaries,
    boundary_of,
)
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds, Skipped

BATCH = ((Fraction(-1),), (Fraction(1),))
WITHOUT = HYPERPLANE_IGNORES_SIGMA.without(BETA_AT_THE_BREAKPOINT.name)


def view(activation=None, row=1, **parameters):
    function = activation or pb.ReLU()
    net = pb.Network([pb.Linear([[row]]), pb.BatchNorm(**parameters), function, pb.Linear([[1]])]).fit(BATCH)
    return ExactView(Instance(net, BATCH, pb.box(-2, 2, dim=1), "batchnorm"))


def test_the_audit_keeps_it_for_every_location():
    for method in (pb.BatchNorm, pb.MedianNorm):
        row = pb.audit(method, [HYPERPLANE_IGNORES_SIGMA], examples=60).rows[0]
        assert row.status in HOLDS
        assert row.live >= 45


def test_boundaries_are_compared_as_sets():
    assert boundary_of((fmpq(2), fmpq(0)), fmpq(-4)) == boundary_of((fmpq(-1, 3), fmpq(0)), fmpq(2, 3)) == (1, 0, -2)
    nowhere, everywhere = boundary_of((fmpq(0), fmpq(0)), fmpq(-4)), boundary_of((fmpq(0), fmpq(0)), fmpq(0))
    assert (nowhere, everywhere) == ((0, 0, 1), (0, 0, 0))


def test_the_boundary_by_hand():
    """With beta the boundary is <w, z> = mu + sigma (b - beta) / gamma: 0 + 1 (0 - 3) / 2."""
    assert boundaries(view(gamma=2, beta=3).network.stages[0]) == [[(1, fmpq(3, 2))]]


@pytest.mark.parametrize("gamma", [1, -3, "1/5"])
def test_beta_and_breakpoint_may_be_any_one_number(gamma):
    kinked = pb.PiecewiseLinear([2], [0, 1])
    assert HYPERPLANE_IGNORES_SIGMA.decide(view(kinked, gamma=gamma, beta=2)) == Holds(2)
    assert HYPERPLANE_IGNORES_SIGMA.decide(view(kinked, gamma=gamma)) == Skipped(BETA_AT_THE_BREAKPOINT.name)


@pytest.mark.parametrize(
    ("activation", "parameters"),
    [
        (None, {"beta": 1}),
        (None, {"beta": "-1/1000000"}),
        (pb.PiecewiseLinear([2], [0, 1]), {}),
        (pb.HardTanh(), {}),
        (pb.HardTanh(), {"beta": 1}),
    ],
    ids=["beta", "a small beta", "breakpoint 2", "two breakpoints", "two breakpoints, beta at one"],
)
def test_it_fails_without_the_hypothesis(activation, parameters):
    found = view(activation, **parameters)
    assert HYPERPLANE_IGNORES_SIGMA.decide(found) == Skipped(BETA_AT_THE_BREAKPOINT.name)
    assert isinstance(WITHOUT.decide(found), Fails)


@pytest.mark.parametrize(("row", "parameters"), [(0, {"eps": 1}), (1, {"gamma": 0}), (0, {"eps": 1, "gamma": 0})])
@pytest.mark.parametrize("beta", [0, 1])
def test_a_zero_row_or_gamma_has_no_boundary_or_all_of_space_whatever_sigma(row, parameters, beta):
    """So neither is a hypothesis: the set is empty, or everything, for every sigma."""
    assert isinstance(WITHOUT.decide(view(row=row, beta=beta, **parameters)), Holds)


def test_the_witness_for_beta():
    data, instance = read_witness(
        Path(__file__).parents[2] / "proofs" / "sharpness" / "hyperplane-ignores-sigma--beta.json"
    )
    found = ExactView(instance)
    assert HYPERPLANE_IGNORES_SIGMA.decide(found) == Skipped(data["without"])
    outcome = HYPERPLANE_IGNORES_SIGMA.without(data["without"]).decide(found)
    assert (outcome.left, outcome.right) == (data["left"], data["right"])
    assert outcome.left == "{z0 = -1} at sigma = 1"
    assert outcome.right == "{z0 = -2} at sigma = 2"


def test_a_second_layer_is_asked():
    batch = ((Fraction(-1),), (Fraction(1),), (Fraction(3),))
    modules = [pb.Linear([[1], [2]]), pb.BatchNorm(), pb.ReLU(), pb.Linear([[1, 1]]), pb.BatchNorm(), pb.ReLU()]
    net = pb.Network(modules).fit(batch)
    first, second = net.stages
    shifted = replace(second, normalization=replace(second.frozen, beta=(fmpq(1),)))
    outcome = WITHOUT.decide(ExactView(Instance(pb.Network([first, shifted]), batch, pb.box(-2, 2, dim=1))))
    assert isinstance(outcome, Fails)
    assert outcome.where == "layer 1, unit 0"
