"""Counts of regions in small boxes, against cells of the whole partition that reach into the open box."""

from fractions import Fraction

import pytest
from flint import fmpz
from hypothesis import given
from hypothesis import strategies as st

import polybn as pb
from polybn.drawing.strategies import Drawn, cases
from polybn.errors import BatchError, DomainError, IncompleteError, InputError, ShapeError
from polybn.exact.farkas import Farkas
from polybn.exact.feasibility import strictly_feasible
from polybn.regions.density import density, regions_around
from polybn.regions.domain import Box
from polybn.regions.halfspaces import Polytope
from polybn.regions.whole_space import whole_space

STEPS = pb.Network.from_arrays([([[1]] * 5, [-2, -1, 0, 1, 2]), ([[1] * 5], [0])])
"""Breakpoints at -2, -1, 0, 1, 2."""


@pytest.mark.parametrize(
    ("point", "radius", "count"),
    [(0, "1/2", 2), (0, 1, 2), (0, "1001/1000", 4), (0, "3/2", 4), (0, 2, 4), (0, 3, 6), ("1/2", "1/2", 1), (7, 1, 1)],
)
def test_the_box_is_open(point: object, radius: object, count: int) -> None:
    assert regions_around(STEPS, [[point]], radius) == (count,)


@given(cases(dimensions=(1, 2, 3), depth=(1, 2), max_width=3), st.data())
def test_regions_that_reach_into_the_box(case: Drawn, data: st.DataObject) -> None:
    """The regions of the domain whose interior meets a small box in it, each decided by one exact linear program."""
    part = pb.enumerate_regions(case.network, case.domain)
    centre = part[data.draw(st.integers(0, len(part) - 1))].witness
    sides = zip(case.domain.lower, centre, case.domain.upper, strict=True)
    radius = min(side for low, x, high in sides for side in (x - low, high - x)) * data.draw(
        st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(1, 50)])
    )
    around = Box(tuple(x - radius for x in centre), tuple(x + radius for x in centre))
    expected = sum(not isinstance(strictly_feasible((*around.rows, *region.facet_rows)), Farkas) for region in part)
    assert regions_around(case.network, [list(centre)], radius) == (expected,)


def test_densities_by_hand() -> None:
    part = pb.enumerate_regions(STEPS, pb.box(-4, 4, dim=1))
    found = density(part, [[0], [2], [3]], "3/2", elsewhere=[["7/2"], [-6]])
    assert (found.counts, found.elsewhere) == ((4, 3, 2), (1, 1))
    assert found.near == Fraction(9, 3) / 3
    assert found.other == Fraction(1, 3)
    assert found.whole == Fraction(6, 8)
    assert density(part, [[0]], 1).other is None


def test_volumes_have_the_dimension() -> None:
    net = pb.Network.from_arrays([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    found = density(pb.enumerate_regions(net, pb.box(-3, 3, dim=2)), [[0, 0]], "1/2")
    assert (found.counts, found.near, found.whole) == ((4,), 4, Fraction(4, 36))


def test_a_triangle_is_measured_by_its_area() -> None:
    net = pb.Network.from_arrays([([[1, -1]], [0]), ([[1]], [0])])
    part = pb.enumerate_regions(net, Polytope([[-1, 0], [0, -1], [1, 1]], [0, 0, 1]))
    assert density(part, [["1/4", "1/4"]], "1/8").whole == Fraction(2) / Fraction(1, 2)


def test_what_is_refused() -> None:
    part = pb.enumerate_regions(STEPS, pb.box(-4, 4, dim=1))
    for radius in (0, -1, "-1/2"):
        with pytest.raises(InputError, match="a number above 0 is needed"):
            density(part, [[0]], radius)
    with pytest.raises(BatchError, match="empty"):
        density(part, [], 1)
    with pytest.raises(ShapeError):
        density(part, [[0, 1]], 1)
    with pytest.raises(DomainError, match="has no volume"):
        density(pb.enumerate_regions(STEPS, whole_space(1)), [[0]], 1)
    part.stopped = "the budget is spent"
    with pytest.raises(IncompleteError, match="Densities were asked"):
        density(part, [[0]], 1)
    assert isinstance(part[0].facet_rows[0][0], fmpz)
