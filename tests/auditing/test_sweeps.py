"""The sweeps behind the pictures: only one statistic changes, F moves or turns as the theorems say."""

from fractions import Fraction

import pytest

from polybn.auditing.sweeps import OFFSETS, SCALES, sweep, sweep_of_location, sweep_of_scale, toy, with_statistic
from polybn.errors import ExactnessError, InputError
from polybn.exact.matrix import vector
from polybn.regions.hyperplanes import Unit


def test_the_toy_net_has_whole_statistics():
    frozen = toy().stages[0].frozen
    assert (frozen.location, frozen.scale) == ((0, 0, 0), (3, 4, 5))


def test_sweeping_mu_2_moves_f_and_turns_nothing():
    stills = sweep_of_location()
    assert tuple(still.value for still in stills) == OFFSETS
    angles = {}
    for still in stills:
        assert still.network.stages[0] == toy().stages[0]
        assert still.network.stages[1].frozen.location == vector([still.value])
        for crease in still.creases().creases:
            angles.setdefault(crease.wall.point, set()).add((crease.with_wall, crease.between))
    assert len(angles) >= 4
    assert all(len(found) == 1 for found in angles.values())
    assert len({still.folded().vertices for still in stills if still.folded().facets}) >= 4


def test_a_domain_in_which_f_is_empty_has_no_crease():
    still = sweep_of_location()[0]
    assert still.folded().is_empty
    assert still.creases().creases == ()


def test_sweeping_sigma_1_turns_both_facets_towards_the_hyperplane():
    """On paper: n = (1/sigma, 2/4) + (1, 1)(-1/5), q = 1, and (1/10 sigma, 2/4) + (1, 1)(-1/5) to the left."""
    stills = sweep_of_scale()
    assert tuple(still.value for still in stills) == SCALES
    turned = []
    for still in stills:
        found = [c for c in still.creases().creases if c.wall.units == (Unit(0, 0),) and c.wall.point[1] > 0]
        assert len(found) == 1
        left, right = (Fraction(slope) / still.value - Fraction(1, 5) for slope in ("1/10", 1))
        up = Fraction(1, 2) - Fraction(1, 5)
        squares = {side**2 / (side**2 + up**2) for side in (left, right)}
        assert {angle.square for angle in found[0].with_wall} == squares
        turned.append(min(squares))
    assert turned[-1] < Fraction(1, 2) < max(squares)
    assert turned != sorted(turned)


def test_partitions_of_a_sweep_can_be_drawn():
    for still in (*sweep_of_location(), *sweep_of_scale()):
        assert still.partition.complete
        assert sum(region.volume() for region in still.partition) == 256


def test_a_sweep_of_what_there_is_not_is_refused():
    with pytest.raises(InputError, match="no normalised unit 3 in stage 0"):
        sweep(toy(), "scale", 0, 3, [1])
    with pytest.raises(InputError, match="no normalised unit 0 in stage 2"):
        sweep(toy(), "scale", 2, 0, [1])
    with pytest.raises(InputError, match="must be positive"):
        sweep(toy(), "scale", 0, 0, [0])
    with pytest.raises(ExactnessError):
        sweep(toy(), "scale", 0, 0, [0.5])


def test_a_location_keeps_the_stated_square_and_a_scale_does_not():
    net = toy()
    assert with_statistic(net, "location", 0, 0, net.stages[0].frozen.location[0]).stages[0].frozen.squared_scale
    assert with_statistic(net, "scale", 0, 0, net.stages[0].frozen.scale[0]).stages[0].frozen.squared_scale is None
