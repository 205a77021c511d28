"""The checker refutes networks with gamma = 1 that are wrong in one parameter, or right and not what is asked for."""

from dataclasses import replace
from fractions import Fraction

import pytest
from flint import fmpq

import polybn as pb
from polybn.claims.proposition_1 import is_a_gamma_one_form
from polybn.claims.view import ExactView, Instance
from polybn.exact.matrix import vector
from polybn.networks.absorbed import absorbed
from polybn.networks.layer import Stage
from polybn.outcome import Fails, Holds

METHOD = pb.BatchNorm()
BATCH = tuple((Fraction(x), Fraction(y)) for x, y in [(0, 0), (2, 0), (0, 2), (1, 5)])
MODULES = [
    pb.Linear([[1, 0], [1, -1], [0, 1]]),
    pb.BatchNorm(gamma=[2, -3, 0], beta=[1, 2, 3], sigma_bits=4),
    pb.LeakyReLU("1/10"),
    pb.Linear([[1, 1, 1]], [2]),
]
NET = pb.Network(MODULES).fit(BATCH)
VIEW = ExactView(Instance(NET, BATCH, pb.box(-6, 6, dim=2), "batchnorm", method=METHOD))
RIGHT = absorbed(NET, METHOD, [vector(point) for point in BATCH])
FIRST, LAST = RIGHT.stages
FROZEN = FIRST.frozen


def with_first(**changes):
    return pb.Network([replace(FIRST, normalization=replace(FROZEN, **changes)), LAST])


def with_last(factors, shift=0):
    weights = [[entry * factor for entry, factor in zip(LAST.affine.linear.tolist()[0], factors, strict=True)]]
    return pb.Network([FIRST, Stage(pb.Linear(weights, [LAST.affine.offset[0] + shift]).map)])


def refuted(other):
    outcome = is_a_gamma_one_form(VIEW, other, METHOD)
    assert isinstance(outcome, Fails)
    return outcome


def test_the_construction_passes():
    assert is_a_gamma_one_form(VIEW, RIGHT, METHOD) == Holds(1)


def test_beta_that_is_not_rescaled_is_refuted():
    assert refuted(with_first(beta=NET.stages[0].frozen.beta)).left.startswith("f(x)")


@pytest.mark.parametrize("unit", [0, 1])
def test_beta_off_by_one_part_in_a_billion_is_refuted(unit):
    beta = tuple(value + (index == unit) * fmpq(1, 10**9) for index, value in enumerate(FROZEN.beta))
    assert refuted(with_first(beta=beta)).left.startswith("f(x)")


def test_the_beta_of_a_unit_that_became_a_constant_does_not_matter():
    assert is_a_gamma_one_form(VIEW, with_first(beta=(*FROZEN.beta[:2], fmpq(77))), METHOD) == Holds(1)


@pytest.mark.parametrize("factors", [(-1, 1, 1), (1, -1, 1), (fmpq(1, 2), 1, 1)])
def test_wrong_weights_after_it_are_refuted(factors):
    assert refuted(with_last(factors)).left.startswith("f(x)")


def test_a_lost_constant_is_refuted():
    assert refuted(with_last((1, 1, 1), shift=-3)).left.startswith("f(x)")


def test_a_sigma_that_swallows_gamma_is_refuted():
    """sigma / |gamma| would make the same function with any activation, and is not the batch's."""
    assert refuted(with_first(scale=(FROZEN.scale[0] / 2, *FROZEN.scale[1:]))).left.startswith("sigma")
    assert refuted(with_first(scale=(FROZEN.scale[0] * 2, *FROZEN.scale[1:]))).left.startswith("sigma")


def test_a_location_that_is_not_negated_is_refuted():
    location = (FROZEN.location[0], FROZEN.location[1] - 2, FROZEN.location[2])
    assert refuted(with_first(location=location)).left.startswith("mu")


def test_gamma_left_as_it_is_is_refuted():
    assert refuted(NET).left == "gamma = (2, -3, 0)"


def test_another_width_is_refuted():
    wide = pb.Network([pb.Linear([[1, 0], [1, -1], [0, 1], [0, 0]]), pb.ReLU(), pb.Linear([[1, 1, 1, 1]])])
    assert refuted(wide).where == "the layers"
