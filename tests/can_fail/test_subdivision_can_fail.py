"""The checker of subdivision refutes each way in which parts can miss the region that they should tile."""

from fractions import Fraction

import pytest

import polybn as pb
from polybn.claims.subdivision import SUBDIVISION, refines
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds

BOX = pb.box(-6, 6, dim=2)
BATCH = ((Fraction(0), Fraction(0)),)


def network(first=0, second=1, third=2):
    """Bias by layer: x = first, then broken lines of the second and third layer."""
    layers = [([[1, 0], [0, 1]], [-first, 0]), ([[1, 1], [1, -1]], [-second, 0]), ([[1, 2]], [-third]), ([[1]], [0])]
    return pb.Network.from_arrays(layers, activation=pb.LeakyReLU("1/2"))


def regions(net, layers):
    return pb.enumerate_regions(net.prefix(layers), BOX)


@pytest.mark.parametrize("layers", [2, 3])
def test_the_right_parts_pass(layers):
    assert isinstance(refines(regions(network(), layers), regions(network(), layers - 1)), Holds)


def test_a_wall_of_the_layers_before_that_is_elsewhere():
    outcome = refines(regions(network(), 2), regions(network(first=Fraction(1, 1000)), 1))
    assert isinstance(outcome, Fails)
    assert "vertices outside region" in outcome.left


def test_a_region_of_the_layers_before_that_is_missing():
    outcome = refines(regions(network(), 2), regions(network(first=7), 1))
    assert isinstance(outcome, Fails)
    assert outcome.left == "no region of the layers before has this code"


def test_a_region_of_the_layers_before_without_parts():
    outcome = refines(regions(network(first=7), 2), regions(network(first=5), 1))
    assert isinstance(outcome, Fails)


class PlantedView(ExactView):
    """The partition of one depth belongs to another network."""

    def __init__(self, depth, planted):
        super().__init__(Instance(network(), BATCH, BOX))
        self._depth, self._planted = depth, planted

    def partition(self, layers=None):
        return regions(self._planted, layers) if layers == self._depth else super().partition(layers)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_every_depth_is_looked_at(depth):
    """A first layer moved by a thousandth in the partition of one depth alone."""
    moved = network(first=Fraction(1, 1000))
    assert isinstance(SUBDIVISION.decide(PlantedView(depth, network())), Holds)
    assert isinstance(SUBDIVISION.decide(PlantedView(depth, moved)), Fails)
