"""a(gamma t) = gamma a(t): refuted by gamma = -1, kept for gamma >= 0; by hand for each activation, and sharp."""

from fractions import Fraction
from pathlib import Path

import pytest
from flint import fmpq

import polybn as pb
from polybn.auditing.recorded import HOLDS
from polybn.auditing.witness import read_witness
from polybn.claims.equation_28 import (
    EQUATION_28,
    EQUATION_28_NONNEGATIVE,
    gamma_in_the_next_layer,
    inhomogeneous_at,
)
from polybn.claims.verdict import Status
from polybn.claims.view import ExactView, Instance
from polybn.exact.rational import rational
from polybn.outcome import Fails, Holds, Skipped
from polybn.regions.equality import equal_maps

BATCH = ((Fraction(-1),), (Fraction(1),))
PROOFS = Path(__file__).parents[2] / "proofs"


def view(activation=None, **parameters):
    modules = [pb.Linear([[1]]), pb.BatchNorm(**parameters), activation or pb.ReLU(), pb.Linear([[1]])]
    return ExactView(Instance(pb.Network(modules).fit(BATCH), BATCH, pb.box(-2, 2, dim=1), "batchnorm"))


def test_the_audit_refutes_one_and_keeps_the_other():
    report = pb.audit(pb.BatchNorm, [EQUATION_28, EQUATION_28_NONNEGATIVE], examples=60)
    assert report["equation-28"].status is Status.REFUTED
    assert report["equation-28-nonnegative"].status in HOLDS
    assert report["equation-28-nonnegative"].live >= 45
    assert (EQUATION_28.twin, EQUATION_28_NONNEGATIVE.twin) == (EQUATION_28_NONNEGATIVE.id, EQUATION_28.id)


@pytest.mark.parametrize(
    ("function", "factor", "expected"),
    [
        (pb.ReLU(), 3, None),
        (pb.ReLU(), 0, None),
        (pb.ReLU(), -1, 1),
        (pb.Abs(), -2, 1),
        (pb.LeakyReLU("1/10"), "-1/3", 1),
        (pb.LeakyReLU(-3), 5, None),
        (pb.LeakyReLU(1), -1, None),
        (pb.HardTanh(), -1, None),
        (pb.HardTanh(), 2, 1),
        (pb.HardTanh(), "1/2", -2),
        (pb.PiecewiseLinear([7], [1, 2], 7), 1, None),
        (pb.PiecewiseLinear([7], [1, 2], 7), 2, 7),
        (pb.PiecewiseLinear([-1, 0, 1], [0, 1, 1, 0], -1), -1, None),
        (pb.PiecewiseLinear([0], [0, 1], 1), 0, 1),
    ],
)
def test_all_arguments_at_once(function, factor, expected):
    found = inhomogeneous_at(function, rational(factor))
    assert (found is None) == (expected is None)
    if found is not None:
        assert function.value(rational(factor) * found) != rational(factor) * function.value(found)
        assert found == rational(expected)


def test_gamma_minus_one_by_hand():
    assert EQUATION_28.decide(view(gamma=-1)) == Fails(
        "a(-1) = 0", "-1 * a(1) = -1", "layer 0, unit 0: gamma = -1, t = 1, relu"
    )
    assert EQUATION_28_NONNEGATIVE.decide(view(gamma=-1)) == Skipped("gamma >= 0")
    assert EQUATION_28_NONNEGATIVE.decide(view(gamma=2)) == Holds(1)
    assert EQUATION_28_NONNEGATIVE.decide(view(gamma=0)) == Holds(1)


def test_slopes_may_be_any():
    for slope in (-5, "-1/2", 0, "1/2", 1, 7):
        assert EQUATION_28_NONNEGATIVE.decide(view(pb.LeakyReLU(slope), gamma="3/2")) == Holds(1)


def test_the_next_weights_carry_gamma_through_two_layers():
    modules = [pb.Linear([[1], [2]]), pb.BatchNorm(gamma=[2, 3]), pb.Abs(), pb.Linear([[1, 1]])]
    modules += [pb.BatchNorm(gamma=5, eps=1), pb.Abs(), pb.Linear([[7]], [1])]
    net = pb.Network(modules).fit(((Fraction(-1),), (Fraction(2),)))
    moved = gamma_in_the_next_layer(net)
    assert moved.stages[1].affine.linear.tolist() == [[2, 3]]
    assert moved.stages[2].affine.linear.tolist() == [[35]]
    assert equal_maps(net, moved, exact=True) is None


def test_a_normalised_last_layer_keeps_its_gamma():
    net = pb.Network([pb.Linear([[1]]), pb.BatchNorm(gamma=-4)]).fit(BATCH)
    assert gamma_in_the_next_layer(net) == net
    found = ExactView(Instance(net, BATCH, pb.box(-2, 2, dim=1)))
    assert EQUATION_28.decide(found) == Holds(1)


def test_the_identity_alone_does_not_move_beta():
    """relu(2 h + 1) at h = 0 is 1, and 2 relu(h + 1) is 2."""
    claim = EQUATION_28_NONNEGATIVE.without("beta = 0")
    outcome = claim.decide(view(gamma=2, beta=1))
    assert isinstance(outcome, Fails)
    assert outcome.left.startswith("f(x)")
    assert fmpq(1) == view(gamma=2, beta=1).network.apply((fmpq(0),))[0]


@pytest.mark.parametrize("name", ["gamma", "beta", "breakpoint", "zero"])
def test_the_witnesses_for_the_hypotheses(name):
    data, instance = read_witness(PROOFS / "sharpness" / f"equation-28-nonnegative--{name}.json")
    assert EQUATION_28_NONNEGATIVE.decide(ExactView(instance)) == Skipped(data["without"])
    outcome = EQUATION_28_NONNEGATIVE.without(data["without"]).decide(ExactView(instance))
    assert (outcome.left, outcome.right) == (data["left"], data["right"])


def test_the_witness_kept():
    data, instance = read_witness(PROOFS / "counterexamples" / "equation-28.json")
    outcome = EQUATION_28.decide(ExactView(instance))
    assert (outcome.left, outcome.right) == (data["left"], data["right"]) == ("a(-1) = 0", "-1 * a(1) = -1")
