"""Each checker refutes a planted wrong variant: a wrong statistic, a wrong formula, a wrong partition."""

from dataclasses import replace
from fractions import Fraction

import pytest
from flint import fmpq

import polybn as pb
from polybn.claims import CLAIMS
from polybn.claims.corollary_2_count import central_count, generic_count
from polybn.claims.subdivision import refines
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds
from polybn.regions.cell import Cell

BATCH = tuple((Fraction(x), Fraction(y)) for x, y in [(0, 0), (2, 0), (0, 2), (1, 5)])
BOX = pb.box(-6, 6, dim=2)


def network(location=(0, 0, 0), scale=(1, 1, 1), *, fit=True):
    norm = pb.BatchNorm(sigma_bits=4) if fit else pb.frozen(location, scale)
    first = pb.Linear([[1, 0], [0, 1], [1, 1]])
    second = pb.Linear([[1, -2, 1], [1, 1, 0]])
    net = pb.Network([first, norm, pb.LeakyReLU("1/10"), second, pb.ReLU(), pb.Linear([[1, 1]], [1])])
    return net.fit(BATCH) if fit else net


def decide(claim, net):
    return CLAIMS[claim].decide(ExactView(Instance(net, BATCH, BOX)))


@pytest.mark.parametrize("claim", ["theorem-1", "corollary-2", "corollary-2-count", "affine-pieces", "subdivision"])
def test_the_right_network_passes(claim):
    assert isinstance(decide(claim, network()), Holds)


def test_theorem_1_refutes_a_location_off_by_one_part_in_a_billion():
    right = network().stages[0].frozen.location
    wrong = (right[0] * (10**9 + 1) / 10**9, *right[1:])
    outcome = decide("theorem-1", network(wrong, (1, 1, 1), fit=False))
    assert isinstance(outcome, Fails)
    assert "unit 0" in outcome.where


class _TwiceTheVariance(pb.BatchNorm):
    def squared_scale(self, values):
        return 2 * super().squared_scale(values)


def test_theorem_1_refutes_a_wrong_minimum():
    first = pb.Network([pb.Linear([[1, 0], [0, 1]]), _TwiceTheVariance(), pb.ReLU(), pb.Linear([[1, 1]])])
    outcome = decide("theorem-1", first.fit(BATCH))
    assert isinstance(outcome, Fails)
    assert outcome.left.startswith("least loss")


def test_corollary_2_refutes_a_location_off_centre():
    right = network().stages[0].frozen.location
    outcome = decide("corollary-2", network((right[0], right[1] + 1, right[2]), (1, 1, 1), fit=False))
    assert isinstance(outcome, Fails)
    assert "unit 1" in outcome.where


def test_corollary_2_count_refutes_a_location_off_centre():
    """Three lines in general position through no common point: 7 regions and not 6."""
    right = network().stages[0].frozen.location
    outcome = decide("corollary-2-count", network((right[0], right[1] + 1, right[2]), (1, 1, 1), fit=False))
    assert isinstance(outcome, Fails)
    assert (outcome.left, outcome.right) == ("7 regions", "6")


@pytest.mark.parametrize(
    ("rows", "count", "generic"),
    [
        ([(1, 0), (0, 1)], 4, 4),
        ([(1, 0), (0, 1), (1, 1)], 6, 6),
        ([(1, 0), (2, 0)], 2, None),
        ([(1, 0), (-1, 0), (0, 3)], 4, None),
        ([(5,)], 2, 2),
        ([(1,), (2,)], 2, 2),
        ([(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1)], 14, 14),
        ([(1, 0, 0), (0, 1, 0), (1, 1, 0)], 6, None),
        ([], 1, None),
    ],
)
def test_the_counts_of_corollary_2_are_zaslavskys(rows, count, generic):
    vectors = [tuple(map(fmpq, row)) for row in rows]
    assert central_count(vectors) == count
    assert generic_count(vectors) == generic


class _PlantedView(ExactView):
    """A view whose partition belongs to another network."""

    def __init__(self, instance, planted):
        super().__init__(instance)
        self._planted = planted

    def partition(self, layers=None):
        return pb.enumerate_regions(self._planted, self.instance.domain)


def test_affine_pieces_refutes_a_closed_form_without_sigma():
    right = network()
    statistics = right.stages[0].frozen
    planted = network(statistics.location, (1, 1, 1), fit=False)
    outcome = CLAIMS["affine-pieces"].decide(_PlantedView(Instance(right, BATCH, BOX), planted))
    assert isinstance(outcome, Fails)


def test_affine_pieces_refutes_a_wrong_slope_of_the_activation():
    right = network()
    stage = replace(right.stages[0], activation=pb.LeakyReLU("1/9"))
    planted = pb.Network((stage, *right.stages[1:]))
    outcome = CLAIMS["affine-pieces"].decide(_PlantedView(Instance(right, BATCH, BOX), planted))
    assert isinstance(outcome, Fails)


def test_subdivision_refutes_a_coarse_partition_of_another_network():
    fine = pb.enumerate_regions(network(), BOX)
    other = pb.enumerate_regions(network((1, 1, 1), (1, 1, 1), fit=False).prefix(1), BOX)
    assert isinstance(refines(fine, other), Fails)


def cells_of(part):
    return [
        Cell(region.code, part._witnesses[region.index], part.facet_table.of_region(region.index)) for region in part
    ]


def test_subdivision_refutes_a_fine_partition_with_a_region_missing():
    net = network()
    fine, coarse = pb.enumerate_regions(net, BOX), pb.enumerate_regions(net.prefix(1), BOX)
    assert isinstance(refines(fine, coarse), Holds)
    holed = pb.Partition.of_cells(net, BOX, cells_of(fine)[1:], fine.layer_counts, "planted")
    outcome = refines(holed, coarse)
    assert isinstance(outcome, Fails)
    assert "volume" in outcome.left


def test_subdivision_refutes_a_region_twice_in_the_place_of_another_of_the_same_volume():
    """Four quadrants of each coarse square; one is replaced by a copy of its neighbour, so all volumes still add up."""
    net = pb.Network.from_arrays([([[1, 0], [0, 1]], [7, 7]), ([[1, 0], [0, 1]], [-7, -7]), ([[1, 1]], [0])])
    fine, coarse = pb.enumerate_regions(net, BOX), pb.enumerate_regions(net.prefix(1), BOX)
    assert len(coarse) == 1
    assert len({region.volume() for region in fine}) == 1
    cells = cells_of(fine)
    doubled = pb.Partition.of_cells(net, BOX, [cells[0], cells[0], *cells[2:]], fine.layer_counts, "planted")
    outcome = refines(doubled, coarse)
    assert isinstance(outcome, Fails)
    assert outcome.left == "two regions have this code"
