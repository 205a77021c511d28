"""The checker refutes wrong sites, wrong weights, and an extra site that takes its cell far away only."""

from dataclasses import replace

import pytest
from flint import fmpq

import polybn as pb
from polybn.claims.power_diagram import cells_are_regions
from polybn.exact.matrix import vector
from polybn.networks.affine import AffineMap
from polybn.networks.network import HiddenLayer
from polybn.outcome import Fails, Holds
from polybn.regions.power_diagram import power_diagram

BATCH = [[0, 0], [2, 0], [0, 2], [1, 5]]
MODULES = [pb.Linear([[1, 0], [1, -1]]), pb.BatchNorm(sigma_bits=4, gamma=[1, 3]), pb.Abs(), pb.Linear([[1, 1]])]
NET = pb.Network(MODULES).fit(BATCH)
LAYER = NET.hidden[0]
REGIONS = pb.enumerate_regions(NET, pb.whole_space(2))
RIGHT = power_diagram(LAYER)


def refuted(diagram):
    outcome = cells_are_regions(diagram, REGIONS, 0)
    assert isinstance(outcome, Fails)
    return outcome


def test_the_right_diagram_passes():
    assert isinstance(cells_are_regions(RIGHT, REGIONS, 0), Holds)


def test_a_voronoi_diagram_without_weights_is_refuted():
    refuted(replace(RIGHT, weights=(fmpq(0),) * len(RIGHT)))


def test_weights_without_the_squared_norm_are_refuted():
    norms = [sum((entry**2 for entry in site), fmpq(0)) for site in RIGHT.sites]
    weights = tuple(weight - norm for weight, norm in zip(RIGHT.weights, norms, strict=True))
    refuted(replace(RIGHT, weights=weights))


def test_sites_without_sigma_are_refuted():
    statistics = NET.stages[0].frozen
    shift = tuple(-mu for mu in statistics.location)
    plain = NET.stages[0].affine.scaled((fmpq(1), fmpq(1)), shift)
    skewed = NET.stages[0].affine.scaled((fmpq(1), statistics.factors[1]), shift)
    assert isinstance(plain, AffineMap)
    # Without beta any positive factors make the same hyperplanes, so a layer's other sigma is another right diagram ...
    assert isinstance(cells_are_regions(power_diagram(HiddenLayer(plain, pb.Abs())), REGIONS, 0), Holds)
    # ... and sigma in the rows but not in the means is a wrong one.
    refuted(power_diagram(HiddenLayer(skewed, pb.Abs())))


def test_swapped_codes_are_refuted():
    refuted(replace(RIGHT, codes=tuple(reversed(RIGHT.codes))))


def test_a_weight_off_by_one_part_in_a_billion_is_refuted_at_a_vertex():
    weights = (RIGHT.weights[0] + fmpq(1, 10**9), *RIGHT.weights[1:])
    assert "vertex" in refuted(replace(RIGHT, weights=weights)).where


def test_an_extra_site_that_wins_far_away_is_refuted_along_a_ray():
    site = tuple(2 * entry for entry in RIGHT.sites[0])
    far = replace(
        RIGHT,
        codes=(*RIGHT.codes, (9, 9)),
        sites=(*RIGHT.sites, site),
        weights=(*RIGHT.weights, fmpq(-(10**30))),
    )
    assert "ray" in refuted(far).where


def test_an_extra_site_that_wins_far_along_a_line_is_refuted():
    """One unit in the plane: regions are half-planes with lines, and a site off the line wins at one of its ends."""
    net = pb.Network.from_arrays([([[1, 0]], [0]), ([[1]], [0])])
    right = power_diagram(net.hidden[0])
    regions = pb.enumerate_regions(net, pb.whole_space(2))
    for step in (1, -1):
        far = replace(
            right,
            codes=(*right.codes, (9,)),
            sites=(*right.sites, vector([0, step])),
            weights=(*right.weights, fmpq(-(10**30))),
        )
        outcome = cells_are_regions(far, regions, 0)
        assert isinstance(outcome, Fails)
        assert "ray" in outcome.where


@pytest.mark.parametrize("missing", [0, 3])
def test_two_regions_with_one_site_are_refuted(missing):
    """The regions of a finer layer: the new hyperplane divides cells, and both halves have one site."""
    finer = pb.Network.from_arrays([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    row = [[1, 0], [0, 0]] if missing else [[0, 0], [0, 1]]
    coarse = pb.Network.from_arrays([(row, [0, 0]), ([[1, 1]], [0])])
    diagram = power_diagram(coarse.hidden[0])
    assert isinstance(cells_are_regions(diagram, pb.enumerate_regions(finer, pb.whole_space(2)), 0), Fails)
