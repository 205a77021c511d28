"""gamma = 1 is enough: drawn networks for several normalisations, hand-computed ones, and what is needed for it."""

from fractions import Fraction
from pathlib import Path

import pytest

import polybn as pb
from polybn.auditing.recorded import HOLDS
from polybn.auditing.witness import read_witness
from polybn.claims.proposition_1 import LINEAR_OUTPUT, ONE_BEND, PROPOSITION_1
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds, Skipped, Undecided

BATCH = ((Fraction(-1),), (Fraction(1),))
SHARPNESS = Path(__file__).parents[2] / "proofs" / "sharpness"


def view(*modules, method=None, batch=BATCH):
    net = pb.Network([pb.Linear([[1]]), *modules]).fit(batch)
    return ExactView(Instance(net, batch, pb.box(-2, 2, dim=1), "batchnorm", method=method or pb.BatchNorm()))


class Least(pb.BatchNorm):
    """The least value as the location: it does not mirror, and the proposition does not mind."""

    name = "least"
    facts = frozenset()

    def location(self, values):
        return min(values)


@pytest.mark.parametrize("method", [pb.BatchNorm, pb.MedianNorm, Least])
def test_the_audit_keeps_it(method):
    row = pb.audit(method, [PROPOSITION_1], examples=60).rows[0]
    assert row.status in HOLDS
    assert row.live >= 40


@pytest.mark.parametrize("gamma", [2, -2, 0, 1, -1, "1/7"])
@pytest.mark.parametrize("beta", [0, 3, -1])
@pytest.mark.parametrize("bend", [0, 1])
def test_one_unit(gamma, beta, bend):
    kinked = pb.PiecewiseLinear([bend], [-1, 3], 4)
    assert PROPOSITION_1.decide(view(pb.BatchNorm(gamma=gamma, beta=beta), kinked, pb.Linear([[1]]))) == Holds(1)


def test_hard_tanh_does_not_absorb_a_factor():
    """f(x) = hard_tanh(2 x) bends at -1/2 and 1/2; with gamma = 1 one unit on this batch bends 2 apart."""
    found = view(pb.BatchNorm(gamma=2), pb.HardTanh(), pb.Linear([[1]]))
    assert PROPOSITION_1.decide(found) == Skipped(ONE_BEND.name)
    outcome = PROPOSITION_1.without(ONE_BEND.name).decide(found)
    assert isinstance(outcome, Fails)
    assert outcome.left == "squared distance 1 between the outermost bends"
    assert outcome.right == "at least 4 with gamma = 1"


@pytest.mark.parametrize("gamma", [1, -1, 0])
def test_hard_tanh_absorbs_signs_and_zero(gamma):
    assert PROPOSITION_1.decide(view(pb.BatchNorm(gamma=gamma, beta=1), pb.HardTanh(), pb.Linear([[5]]))) == Holds(1)


def test_what_neither_argument_settles_is_undecided():
    """gamma = 1/2 spreads the bends, which some eps > 0 could do as well; two units may bend anywhere."""
    claim = PROPOSITION_1.without(ONE_BEND.name)
    assert isinstance(claim.decide(view(pb.BatchNorm(gamma="1/2"), pb.HardTanh(), pb.Linear([[1]]))), Undecided)
    two = view(pb.ReLU(), pb.Linear([[1], [2]]), pb.BatchNorm(gamma=3), pb.HardTanh(), pb.Linear([[1, 1]]))
    assert isinstance(claim.decide(two), Undecided)


def test_a_flat_output_hides_the_bends():
    """With the output weight 0 the function is constant, whatever bends inside."""
    found = view(pb.BatchNorm(gamma=2), pb.HardTanh(), pb.Linear([[0]]))
    assert not isinstance(PROPOSITION_1.without(ONE_BEND.name).decide(found), Fails)


def test_a_normalised_last_layer_shows_its_gamma():
    found = view(pb.BatchNorm(gamma=2))
    assert PROPOSITION_1.decide(found) == Skipped(LINEAR_OUTPUT.name)
    assert isinstance(PROPOSITION_1.without(LINEAR_OUTPUT.name).decide(found), Fails)
    small = view(pb.BatchNorm(gamma="1/2"))
    assert isinstance(PROPOSITION_1.without(LINEAR_OUTPUT.name).decide(small), Undecided), "eps > 0 could do this"
    assert PROPOSITION_1.decide(view(pb.BatchNorm(gamma=-1))) == Holds(1)


def test_the_statistics_must_be_known():
    net = pb.Network([pb.Linear([[1]]), pb.frozen([0], [1], [2]), pb.ReLU(), pb.Linear([[1]])])
    unknown = ExactView(Instance(net, BATCH, pb.box(-2, 2, dim=1)))
    assert PROPOSITION_1.decide(unknown) == Skipped("a known normalisation")


@pytest.mark.parametrize("name", ["one-bend", "linear-output"])
def test_the_witnesses_for_the_hypotheses(name):
    data, instance = read_witness(SHARPNESS / f"proposition-1--{name}.json")
    assert PROPOSITION_1.decide(ExactView(instance)) == Skipped(data["without"])
    outcome = PROPOSITION_1.without(data["without"]).decide(ExactView(instance))
    assert (outcome.left, outcome.right) == (data["left"], data["right"])
