"""Lipschitz constants asked of a partition: of the network, of one unit, from norm to norm, and of a slice."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import polybn as pb
from polybn.drawing.strategies import Drawn, cases
from polybn.errors import IncompleteError, InputError
from polybn.networks.code import preactivation

FOLD = pb.Network.from_arrays([([[3, 4], [0, 1]], [0, 0]), ([[1, 1]], [-1]), ([[2]], [0])], activation="relu")
"""max(3 x + 4 y, 0) + max(y, 0) - 1, and twice its positive part: gradients (0, 0), (3, 4), (0, 1) and (3, 5)."""


def test_by_hand() -> None:
    part = pb.enumerate_regions(FOLD, pb.box(-3, 3, dim=2), exact=True)
    assert part.squared_lipschitz().lower == part.squared_lipschitz().upper == 4 * 34
    assert [part.squared_lipschitz_of_unit(0, unit).upper for unit in (0, 1)] == [25, 1]
    assert part.squared_lipschitz_of_unit(1, 0).upper == 34
    assert (part.lipschitz("l1").upper, part.lipschitz("linf").upper) == (10, 16)
    best = part[part.squared_lipschitz_of_unit(1, 0).region]
    assert best.code[:2] == (1, 1)
    assert part.squared_lipschitz().is_exact


def test_a_domain_that_leaves_the_steepest_region_out() -> None:
    """Below both lines the network is 0; where y < 0 < 3 x + 4 y its gradient is 2 (3, 4)."""
    below = pb.enumerate_regions(FOLD, pb.box([-3, -3], [-1, -1]), exact=True)
    assert (len(below), below.squared_lipschitz().upper, below.squared_lipschitz_of_unit(1, 0).upper) == (1, 0, 0)
    beside = pb.enumerate_regions(FOLD, pb.box([-3, -1], [3, 0]), exact=True)
    assert beside.squared_lipschitz().upper == 100
    assert beside.squared_lipschitz_of_unit(1, 0).upper == 25


def test_on_a_line_it_is_in_the_coordinate_of_the_line() -> None:
    """Along (0, 0) + t (0, 2) the network is 2 max(8 t + 2 t - 1, 0) for t > 0."""
    part = pb.enumerate_regions(FOLD, pb.line_through([0, 0], [0, 2]), exact=True)
    assert part.squared_lipschitz().upper == 400
    assert part.squared_lipschitz_of_unit(0, 0).upper == 64
    assert part.lipschitz("l1").upper == 20


def test_several_outputs_are_enclosed() -> None:
    """A = ((1, 1), (1, 0)), whose norm is the golden ratio."""
    net = pb.Network.from_arrays([([[1, 1], [1, 0]], [0, 0])])
    part = pb.enumerate_regions(net, pb.box(-1, 1, dim=2), exact=True)
    for bits in (1, 20, 100):
        found = part.squared_lipschitz(bits=bits)
        assert found.lower < found.upper <= found.lower * (1 + Fraction(1, 2**bits))
        assert found.lower**2 - 3 * found.lower + 1 < 0 < found.upper**2 - 3 * found.upper + 1


@given(case=cases(depth=(1, 3)), data=st.data())
def test_the_distance_to_a_folded_hyperplane_is_bounded(case: Drawn, data: st.DataObject) -> None:
    """h(x)^2 <= constant times squared distance, for every unit that folds and every witness."""
    part = pb.enumerate_regions(case.network, case.domain, exact=True)
    layer = data.draw(st.integers(0, len(case.network.widths) - 1))
    unit = data.draw(st.integers(0, case.network.widths[layer] - 1))
    constant = part.squared_lipschitz_of_unit(layer, unit)
    fold = part.folded_hyperplane(layer, unit, breakpoint=0)
    for region in list(part)[:6]:
        distance = fold.squared_distance(region.witness)
        values = preactivation(case.network, region.code, layer)(region.witness)
        if distance != float("inf"):
            assert (values[unit] - fold.level) ** 2 <= constant.upper * Fraction(distance)


@pytest.mark.parametrize(
    "place", [(2, 0), (0, 2), (-1, 0), (0, -1), (0.0, 0), ("0", 0), (0, None), (True, 0), (0, [0])]
)
def test_a_unit_that_there_is_not(place: tuple[Any, Any]) -> None:
    part = pb.enumerate_regions(FOLD, pb.box(-3, 3, dim=2), exact=True)
    with pytest.raises(InputError, match=r"There is no unit .* the hidden layers have \[2, 1\] units") as caught:
        part.squared_lipschitz_of_unit(*place)
    assert caught.value.offender == place


def test_numpy_integers_count_too() -> None:
    part = pb.enumerate_regions(FOLD, pb.box(-3, 3, dim=2), exact=True)
    assert part.squared_lipschitz_of_unit(np.int64(0), np.int64(0)).upper == 25  # type: ignore[arg-type]


def test_what_is_refused() -> None:
    part = pb.enumerate_regions(FOLD, pb.box(-3, 3, dim=2), exact=True)
    with pytest.raises(InputError, match="write 'l1' or 'linf'"):
        part.lipschitz("l2")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="bits is 0"):
        part.squared_lipschitz(bits=0)
    part.stopped = "the budget is spent"
    for ask in (part.squared_lipschitz, lambda: part.squared_lipschitz_of_unit(0, 0), lambda: part.lipschitz("l1")):
        with pytest.raises(IncompleteError, match="Lipschitz constants were asked of a partition that was stopped"):
            ask()
