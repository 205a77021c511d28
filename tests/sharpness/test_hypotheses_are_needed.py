"""For each hypothesis of a claim, an instance that misses it and on which the claim fails, or is meaningless."""

from fractions import Fraction

import pytest

import polybn as pb
from polybn.claims import CLAIMS
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds, Skipped

BATCH = ((Fraction(-1),), (Fraction(1),))


def instance(weights, activation=None, **parameters):
    function = activation or pb.ReLU()
    modules = [pb.Linear(weights), pb.BatchNorm(**parameters), function, pb.Linear([[1] * len(weights)])]
    return Instance(pb.Network(modules).fit(BATCH), BATCH, pb.box(-2, 2, dim=1))


def test_corollary_2_needs_beta_zero():
    """h = x + 1 vanishes at -1, not at the centroid 0."""
    found = instance([[1]], beta=1)
    assert CLAIMS["corollary-2"].decide(ExactView(found)) == Skipped("beta = 0")
    assert isinstance(CLAIMS["corollary-2"].without("beta = 0").decide(ExactView(found)), Fails)


def test_corollary_2_needs_breakpoints_at_zero():
    """Hard-tanh bends at -1 and 1, so no boundary passes through the centroid, where h = 0."""
    found = instance([[1]], pb.HardTanh())
    assert CLAIMS["corollary-2"].decide(ExactView(found)) == Skipped("breakpoint at 0")
    assert isinstance(CLAIMS["corollary-2"].without("breakpoint at 0").decide(ExactView(found)), Fails)


def test_theorem_1_needs_nonzero_rows():
    """With w = 0 there is no hyperplane and no distance to it: the loss divides by ||w||^2 = 0."""
    found = instance([[0]], eps=1)
    assert CLAIMS["theorem-1"].decide(ExactView(found)) == Skipped("w != 0")
    with pytest.raises(ZeroDivisionError):
        CLAIMS["theorem-1"].without("w != 0").decide(ExactView(found))


def test_a_zero_row_or_gamma_is_no_exception_to_corollary_2():
    """The pre-activation is 0 on all of space then, and so at the centroid."""
    for found in [instance([[0]], eps=1), instance([[1]], gamma=0)]:
        assert isinstance(CLAIMS["corollary-2"].decide(ExactView(found)), Holds)
