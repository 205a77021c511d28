"""w -> c w leaves the normalised unit as it is, or negates it: exactly, whatever root sigma is."""

from dataclasses import replace
from fractions import Fraction

import pytest
from flint import fmpq

import polybn as pb
from polybn.auditing.recorded import HOLDS
from polybn.auditing.witness import read_witness
from polybn.claims.scale_invariance import FACTORS, SCALE_INVARIANCE, epsilon, fitted_unit, refitted_unit
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds, Skipped
from polybn.proof import proofs_folder


def view_of(modules, batch, method=None):
    points = tuple(tuple(map(Fraction, point)) for point in batch)
    net = pb.Network(modules).fit(points)
    domain = pb.box(-3, 3, dim=net.dimension)
    return ExactView(Instance(net, points, domain, method=method or pb.BatchNorm()))


def unit(weights=((1,),), biases=None, **parameters):
    return [pb.Linear(weights, biases), pb.BatchNorm(**parameters), pb.ReLU(), pb.Linear([[1] * len(weights)])]


@pytest.mark.parametrize("kind", [pb.BatchNorm, pb.MedianNorm])
def test_it_holds_for_the_mean_and_for_the_median(kind):
    verdict = pb.audit(kind, [SCALE_INVARIANCE], examples=48)["scale-invariance"]
    assert verdict.status in HOLDS
    assert verdict.live >= 36


def test_a_whole_sigma_by_hand():
    """Projections 1 and 5: mu = 3, sigma = 2; seven times the row: 7 and 35 less the bias, mu = 15, sigma = 14."""
    view = view_of(unit(biases=[1]), [[0], [4]])
    [layer] = view.normalized_layers
    assert str(fitted_unit(layer, 0)) == "(1, -2) / sqrt(4)"
    assert str(refitted_unit(layer, 0, fmpq(7), pb.BatchNorm())) == "(7, -14) / sqrt(196)"
    assert SCALE_INVARIANCE.decide(view) == Holds(len(FACTORS))


def test_an_irrational_sigma_is_meant_exactly():
    """sigma^2 = 2/9: the network has a dyadic above the root, the claim is decided for the root."""
    view = view_of(unit(sigma_bits=3), [[0], [1], [1]])
    assert "slack" in view.network.semantics
    assert epsilon(view.normalized_layers[0], 0) == 0
    assert SCALE_INVARIANCE.decide(view) == Holds(len(FACTORS))


def test_eps_is_needed():
    """sqrt(1 + 15) = 4 and sqrt(49 + 15) = 8: h = x/4 becomes 7x/8."""
    _, instance = read_witness(proofs_folder() / "sharpness" / "scale-invariance--eps.json")
    view = ExactView(instance)
    assert epsilon(view.normalized_layers[0], 0) == 15
    assert SCALE_INVARIANCE.decide(view) == Skipped("eps = 0")
    outcome = SCALE_INVARIANCE.without("eps = 0").decide(view)
    assert isinstance(outcome, Fails)
    assert outcome.left == "h = (7, 0) / sqrt(64) for 7 w"
    assert outcome.right == "(1, 0) / sqrt(16), h for w"


def test_gamma_and_beta_play_no_part():
    assert isinstance(SCALE_INVARIANCE.decide(view_of(unit(gamma=0, beta=5), [[-1], [1]])), Holds)


def test_a_unit_that_does_not_vary():
    """With eps = 1 a constant unit has a sigma, and no scale invariance; of a zero row there is nothing to scale."""
    constant = view_of(unit(eps=1), [[2], [2]])
    assert SCALE_INVARIANCE.decide(constant) == Skipped("eps = 0")
    assert isinstance(SCALE_INVARIANCE.without("eps = 0").decide(constant), Fails)
    zero = view_of(unit([[0]], eps=1), [[0], [2]])
    assert isinstance(SCALE_INVARIANCE.without("eps = 0").decide(zero), Holds)


def test_an_unknown_normalisation_is_skipped():
    view = view_of(unit(), [[-1], [1]])
    unknown = ExactView(replace(view.instance, method=None))
    assert SCALE_INVARIANCE.decide(unknown) == Skipped("a known normalisation")
