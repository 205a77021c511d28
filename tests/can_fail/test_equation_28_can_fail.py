"""The checkers of Eq. 28 refute a wrong factor in the next layer, and an activation homogeneous for some t only."""

from dataclasses import replace
from fractions import Fraction

import pytest
from flint import fmpq

import polybn as pb
from polybn.claims.equation_28 import gamma_in_the_next_layer, inhomogeneous_at
from polybn.claims.proposition_1 import same_function
from polybn.networks.affine import identity
from polybn.networks.layer import Stage
from polybn.outcome import Fails, Holds

BATCH = ((Fraction(-1),), (Fraction(1),))
NET = pb.Network([pb.Linear([[1], [2]]), pb.BatchNorm(gamma=[2, 3]), pb.ReLU(), pb.Linear([[1, -1]])]).fit(BATCH)


def moved(*factors):
    """gamma set to 1 and the next weights multiplied by other factors."""
    first, last = NET.stages
    plain = replace(first, normalization=replace(first.frozen, gamma=(fmpq(1),) * 2))
    scaled = last.affine.after(identity(2).scaled(factors, (fmpq(0),) * 2))
    return pb.Network([plain, Stage(scaled)])


def test_the_right_factors_pass():
    assert moved(fmpq(2), fmpq(3)) == gamma_in_the_next_layer(NET)
    assert same_function(NET, moved(fmpq(2), fmpq(3)), "it") == Holds(1)


@pytest.mark.parametrize("factors", [(1, 1), (3, 2), (2, fmpq(3 * 10**9 + 1, 10**9)), (2, -3), (2, fmpq(1, 3))])
def test_wrong_factors_are_refuted(factors):
    outcome = same_function(NET, moved(*map(fmpq, factors)), "it")
    assert isinstance(outcome, Fails)
    assert outcome.left != outcome.right.removesuffix(" of it")


def test_an_activation_that_is_homogeneous_near_zero_alone_is_refuted():
    """It is relu up to 10^9, where it bends once more."""
    late = pb.PiecewiseLinear([0, 10**9], [0, 1, 2])
    assert inhomogeneous_at(pb.ReLU(), fmpq(2)) is None
    found = inhomogeneous_at(late, fmpq(2))
    assert found is not None
    assert found > 10**8


def test_a_value_at_zero_is_refuted_for_gamma_zero():
    assert inhomogeneous_at(pb.PiecewiseLinear([0], [0, 1], fmpq(1, 10**9)), fmpq(0)) is not None
