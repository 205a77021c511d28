"""Centroids: closed forms, and moments that add up to the domain's."""

from fractions import Fraction
from typing import Any

import pytest
from flint import fmpz_mat
from hypothesis import given, settings

import polybn as pb
from polybn.drawing.strategies import Drawn, cases
from polybn.errors import DomainError
from polybn.regions.centroid import centroid, triangulation
from polybn.regions.whole_space import whole_space


def cut(row: list[Any], dimension: int, low: Any = 0, high: Any = 1) -> pb.Partition:
    net = pb.Network.from_arrays([([row[:-1]], [row[-1]]), ([[1]], [0])])
    return pb.enumerate_regions(net, pb.box(low, high, dim=dimension))


@pytest.mark.parametrize("dimension", [1, 2, 3, 4])
def test_a_corner_simplex(dimension: int) -> None:
    """The mean of the vertices 0, e_1, ..., e_d."""
    part = cut([*[1] * dimension, -1], dimension)
    region = part.region_of([Fraction(1, 2 * dimension)] * dimension)
    assert centroid(region) == (Fraction(1, dimension + 1),) * dimension


def test_a_trapezoid_is_not_the_mean_of_its_vertices() -> None:
    """{0 <= x <= 1, 0 <= y <= 1, x + y <= 3/2}, by hand: square minus the triangle at (1, 1)."""
    region = cut([2, 2, -3], 2).region_of(["1/2", "1/2"])
    expected = (Fraction(1, 2) - Fraction(1, 8) * Fraction(5, 6)) / Fraction(7, 8)
    assert centroid(region) == (expected, expected)
    corners = region.vertices
    assert centroid(region) != tuple(sum(column, Fraction(0)) / len(corners) for column in zip(*corners, strict=True))


@given(cases(dimensions=(1, 2, 3), depth=(0, 2), max_width=3))
def test_moments_add_up(case: Drawn) -> None:
    part = pb.enumerate_regions(case.network, case.domain)
    total = [Fraction(0)] * case.network.dimension
    for region in part:
        middle, volume = centroid(region), region.volume()
        assert part.region_of(middle) == region
        total = [sum_ + volume * x for sum_, x in zip(total, middle, strict=True)]
    domain = case.domain
    assert [entry / domain.volume for entry in total] == [
        (low + high) / 2 for low, high in zip(domain.lower, domain.upper, strict=True)
    ]


@given(cases(dimensions=(4,), max_width=2))
@settings(max_examples=3)
def test_moments_add_up_in_dimension_four(case: Drawn) -> None:
    part = pb.enumerate_regions(case.network, case.domain, engine="split")
    first = sum(region.volume() * centroid(region)[0] for region in part)
    assert first == case.domain.volume * (case.domain.lower[0] + case.domain.upper[0]) / 2


@given(cases(dimensions=(2, 3), depth=(1, 1)))
def test_simplices_tile(case: Drawn) -> None:
    for region in pb.enumerate_regions(case.network, case.domain):
        polytope = region.polytope
        total = Fraction(0)
        for simplex in triangulation(polytope):
            corners = [polytope.vertices[index] for index in simplex]
            volume = Fraction(abs(int(fmpz_mat([list(corner) for corner in corners]).det())))
            for corner in corners:
                volume /= int(corner[-1])
            assert volume > 0
            total += volume
        assert total == region.volume() * (2 if polytope.dimension == 2 else 6)


def test_an_unbounded_region_is_refused() -> None:
    net = pb.Network.from_arrays([([[1]], [0]), ([[1]], [0])])
    with pytest.raises(DomainError, match="unbounded"):
        centroid(pb.enumerate_regions(net, whole_space(1))[0])
