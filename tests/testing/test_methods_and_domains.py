"""Drawn normalisations, polytopes and regions: what was asked for is kept, and the least example is the plain one."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

import polybn as pb
from polybn.errors import ClaimError, InputError
from polybn.networks.normalization import Semantics
from polybn.testing.strategies import (
    frozen_normalizations,
    normalizations,
    partitions,
    polytopes,
    regions,
    with_parameters,
)

SHRINK = settings(
    max_examples=200,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
BATCH = [[0, 0], [2, 1], [1, 4]]


class Plain(pb.Normalization):
    """A class that takes no arguments."""

    def location(self, values):
        return values[0]

    def squared_scale(self, values):
        return sum((value - values[0]) ** 2 for value in values)


@dataclass(frozen=True)
class Narrow(Plain):
    """A frozen dataclass without fields for the parameters."""


def least(strategy, wanted=lambda value: True):
    return find(strategy, wanted, settings=SHRINK)


@pytest.mark.parametrize("kind", ["batchnorm", pb.MedianNorm, Plain, Narrow, pb.BatchNorm(eps=1)])
def test_every_drawn_normalisation_fits_two_units(kind):
    @settings(max_examples=20)
    @given(normalizations([kind], units=2))
    def check(method):
        net = pb.Network([pb.Linear([[1, 0], [1, 1]]), method, pb.ReLU(), pb.Linear([[1, 1]])]).fit(BATCH)
        assert net.is_fitted

    check()


def test_parameters_of_either_sign_and_zero_are_drawn():
    gammas = normalizations(["batchnorm"])
    assert least(gammas) == pb.BatchNorm(sigma_bits=4)
    assert least(gammas, lambda method: method.gamma == 0).gamma == 0
    assert least(gammas, lambda method: method.gamma is not None and method.gamma < 0).gamma == -1
    assert least(gammas, lambda method: method.eps > 0).eps == 1
    assert least(normalizations(units=2), lambda method: isinstance(method.beta, tuple)).beta == (0, 0)


def test_demands_are_met():
    @given(normalizations(units=3, gamma="nonzero", beta="zero"), normalizations(units=3, gamma="nonnegative"))
    def check(nonzero, nonnegative):
        assert nonzero.beta is None
        assert all(np_all(nonzero.gamma, lambda gamma: gamma != 0))
        assert all(np_all(nonnegative.gamma, lambda gamma: gamma >= 0))

    def np_all(gamma, holds):
        return [holds(entry) for entry in (gamma if isinstance(gamma, tuple) else (gamma,)) if entry is not None]

    check()


def test_an_instance_keeps_what_it_sets():
    @settings(max_examples=20)
    @given(normalizations([pb.BatchNorm(gamma=2, eps="1/3")], units=1))
    def check(method):
        assert (method.gamma, method.eps, method.sigma_bits) == (2, "1/3", pb.BatchNorm().sigma_bits)

    check()


def test_bad_requests_are_refused_at_once():
    with pytest.raises(InputError, match="kinds is empty"):
        normalizations([])
    with pytest.raises(ClaimError, match="Choose among"):
        normalizations(["batchnorn"])
    with pytest.raises(InputError, match="are no parameters"):
        with_parameters("batchnorm", momentum=1)


def test_with_parameters_leaves_the_original_alone():
    given_one = Narrow()
    changed = with_parameters(given_one, gamma=2)
    assert (changed.gamma, given_one.gamma) == (2, None)


@given(frozen_normalizations(2))
def test_frozen_statistics_are_consistent(method):
    assert method.units == 2
    assert all(scale > 0 for scale in method.scale)
    if method.semantics is Semantics.EXACT:
        assert method.stated_squares == tuple(scale**2 for scale in method.scale)
    if method.semantics is Semantics.SLACK:
        assert all(square < scale**2 for square, scale in zip(method.stated_squares, method.scale, strict=True))


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_polytopes_are_bounded_and_hold_the_origin_inside(dimension):
    @settings(max_examples=15)
    @given(polytopes(dimension))
    def check(domain):
        assert domain.contains([0] * dimension)
        assert 0 < domain.volume <= 6**dimension

    check()


def test_the_least_polytope_is_the_cube_and_a_cut_one_is_drawn_too():
    assert least(polytopes(2)).volume == 4
    assert least(polytopes(2), lambda domain: domain.volume < 4).volume == 3


def test_regions_of_a_partition_and_of_drawn_ones():
    part = pb.enumerate_regions(pb.Network.from_arrays([([[1]], [0]), ([[1]], [0])]), pb.box(-1, 1, dim=1))
    assert least(regions(part)).index == 0
    assert least(regions(part), lambda region: region.index > 0).index == 1
    assert least(regions()).code == least(regions(depth=(1, 1), max_width=1)).code


@settings(max_examples=15)
@given(partitions(normalization=pb.BatchNorm, dimensions=(1, 2), max_width=3), st.data())
def test_partitions_are_complete(part, data):
    assert part.complete
    region = data.draw(regions(part))
    assert part.region_of(region.witness) == region
