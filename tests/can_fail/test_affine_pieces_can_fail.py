"""The checker of affine-pieces refutes closed forms that are nearly right, on every region where they are wrong."""

from dataclasses import dataclass, replace
from fractions import Fraction

import pytest
from flint import fmpq

import polybn as pb
from polybn.claims.affine_pieces import AFFINE_PIECES
from polybn.claims.view import ExactView, Instance
from polybn.networks.affine import AffineMap
from polybn.networks.code import affine_of_code
from polybn.outcome import Fails, Holds

BATCH = tuple((Fraction(x), Fraction(y)) for x, y in [(0, 0), (2, 0), (0, 2), (1, 5)])
LEAKY = pb.LeakyReLU("1/10")
FIRST = [pb.Linear([[1, 0], [1, 1]]), pb.BatchNorm(sigma_bits=4), LEAKY]
NET = pb.Network([*FIRST, pb.Linear([[1, -2], [1, 1]]), pb.BatchNorm(sigma_bits=4), LEAKY, pb.Linear([[1, 3]])])
NET = NET.fit(BATCH)
BOX = pb.box(-6, 6, dim=2)
REGIONS = list(pb.enumerate_regions(NET, BOX))


@dataclass(frozen=True)
class Written:
    """A region with a closed form that is written by hand."""

    index: int
    code: tuple[int, ...]
    witness: tuple[Fraction, ...]
    vertices: tuple[tuple[Fraction, ...], ...]
    affine: AffineMap


class PlantedView(ExactView):
    def __init__(self, regions):
        super().__init__(Instance(NET, BATCH, BOX))
        self._regions = regions

    def partition(self, layers=None):
        return self._regions


def decide(form):
    """The outcome when each region in turn is the only one, with the closed form that `form` makes of it."""
    found = []
    for region in REGIONS:
        written = Written(region.index, region.code, region.witness, region.vertices, form(region))
        found.append(AFFINE_PIECES.decide(PlantedView([written])))
    return found


def flipped(code, unit):
    return tuple(-entry if place == unit else entry for place, entry in enumerate(code))


def test_the_closed_form_of_each_code_passes():
    assert all(isinstance(outcome, Holds) for outcome in decide(lambda region: affine_of_code(NET, region.code)))


@pytest.mark.parametrize("unit", range(4))
def test_the_slope_of_the_neighbouring_piece_in_one_unit(unit):
    outcomes = decide(lambda region: affine_of_code(NET, flipped(region.code, unit)))
    assert all(isinstance(outcome, Fails) for outcome in outcomes)


def test_the_layers_of_the_code_in_the_wrong_order():
    outcomes = decide(lambda region: affine_of_code(NET, region.code[2:] + region.code[:2]))
    for region, outcome in zip(REGIONS, outcomes, strict=True):
        kind = Holds if region.code[2:] == region.code[:2] else Fails
        assert isinstance(outcome, kind)
    assert {type(outcome) for outcome in outcomes} == {Holds, Fails}


def test_a_bias_off_by_one_part_in_a_billion():
    def form(region):
        return replace(region.affine, offset=(region.affine.offset[0] + fmpq(1, 10**9),))

    assert all(isinstance(outcome, Fails) for outcome in decide(form))


def test_a_slope_that_is_right_at_the_witness_alone():
    """A map through the value at the witness with another gradient: the vertices tell."""

    def form(region):
        linear = region.affine.linear + region.affine.linear
        at_witness = AffineMap(linear, (fmpq(0),))(region.witness)[0]
        right = NET(region.witness)[0]
        return AffineMap(linear, (fmpq((right - at_witness).numerator, (right - at_witness).denominator),))

    assert all(isinstance(outcome, Fails) for outcome in decide(form))
