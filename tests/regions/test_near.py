"""Regions near a point against all regions of the domain, kept by their distance to the vertices' hull in the plane."""

from collections import Counter
from fractions import Fraction
from itertools import combinations, pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
from flint import fmpz
from hypothesis import given, settings
from hypothesis import strategies as st

import polybn as pb
from polybn.drawing.strategies import Drawn, cases, points, rationals, strata_for
from polybn.errors import DomainError, IncompleteWarning, InputError, InternalError, ShapeError
from polybn.regions.near import regions_near
from polybn.regions.perturbed import perturbed

Point = tuple[Fraction, ...]

PLANE = {"dimensions": (1, 2), "depth": (0, 2), "max_width": 4}
PER_RUN = max(5, settings().max_examples // 5)


def squared(a: Point, b: Point) -> Fraction:
    return sum(((x - y) ** 2 for x, y in zip(a, b, strict=True)), Fraction(0))


def to_segment(x: Point, a: Point, b: Point) -> Fraction:
    along = sum(((p - q) * (r - q) for p, q, r in zip(x, a, b, strict=True)), Fraction(0)) / squared(a, b)
    t = min(max(along, Fraction(0)), Fraction(1))
    return squared(x, tuple(q + t * (r - q) for q, r in zip(a, b, strict=True)))


def by_vertices(region: pb.Region, x: Point) -> Fraction:
    """The squared distance from x to a closed region for d <= 2: 0 inside, else to the nearest segment."""
    return Fraction(0) if region.contains(x) else min(to_segment(x, a, b) for a, b in combinations(region.vertices, 2))


def brute_force(network: pb.Network, x: Point, radius: Fraction, domain: pb.Box) -> dict[tuple[int, ...], Fraction]:
    part = pb.enumerate_regions(network, domain)
    distances = {region.code: by_vertices(region, x) for region in part}
    return {code: distance for code, distance in distances.items() if distance < radius**2}


def found(near: Any) -> dict[tuple[int, ...], Fraction]:
    listed = list(near)
    assert near.complete
    assert [region.squared_distance for region in listed] == sorted(region.squared_distance for region in listed)
    result = {region.code: region.squared_distance for region in listed}
    assert len(result) == len(listed) == len(near)
    return result


@pytest.mark.parametrize("stratum", strata_for(**PLANE))
def test_the_same_regions_as_by_brute_force(stratum: str) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=PER_RUN)
    @given(cases(stratum=stratum, **PLANE), st.data())
    def compare(case: Drawn, data: st.DataObject) -> None:
        part = pb.enumerate_regions(case.network, case.domain)
        corners = sorted({vertex for region in part for vertex in region.vertices})
        # A vertex of the partition lies on the boundary of many regions; a drawn point may lie outside the domain.
        x = data.draw(st.one_of(st.sampled_from(corners), points(case.network.dimension)))
        radius = data.draw(rationals(positive=True))
        expected = brute_force(case.network, x, radius, case.domain)
        near = regions_near(case.network, x, radius, domain=case.domain)
        assert found(near) == expected
        for region in near:
            assert case.network.code(region.witness) == region.code
            assert squared(region.nearest, x) == region.squared_distance
            assert part.region_of(region.witness).contains(region.nearest)
        seen["some" if len(expected) > 1 else "one" if expected else "none"] += 1

        around = pb.box([a - radius - 1 for a in x], [a + radius + 1 for a in x])
        assert found(regions_near(case.network, x, radius)) == brute_force(case.network, x, radius, around)

    compare()
    assert seen["some"] + seen["one"] > 0, seen


@given(cases(dimensions=(1, 2, 3), depth=(1, 2), max_width=3), st.data())
def test_the_largest_coordinate_norm_is_the_enumeration_of_a_box(case: Drawn, data: st.DataObject) -> None:
    x = data.draw(points(case.network.dimension))
    radius = data.draw(rationals(positive=True))
    part = pb.enumerate_regions(case.network, pb.box([a - radius for a in x], [a + radius for a in x]), exact=True)
    near = regions_near(case.network, x, radius, norm="linf")
    assert sorted(found(near)) == [region.code for region in part]
    for region in near:
        assert max(abs(a - b) for a, b in zip(region.nearest, x, strict=True)) ** 2 == region.squared_distance
        assert (region.squared_distance == 0) == part[part.codes.tolist().index(list(region.code))].contains(x)


@pytest.mark.parametrize("widths", [[3, 5, 4, 1], [4, 5, 3, 1]])
def test_higher_dimensions_by_the_distances_of_all_regions(widths: list[int]) -> None:
    """In the ball by sampling: every region hit by a random point of the ball is found, and every one found is hit by
    the segment from its nearest point a little way inwards."""
    rng, dimension = Random(widths[0]), widths[0]
    draw = np.random.default_rng(widths[0])
    layers = [(draw.integers(-3, 4, (b, a)), draw.integers(-2, 3, b)) for a, b in pairwise(widths)]
    network = pb.Network.from_arrays(layers, activation="abs")
    radius = Fraction(3, 2)
    x = (Fraction(1, 3),) * dimension
    near = regions_near(network, x, radius)
    listed = found(near)
    hit: set[tuple[int, ...]] = set()
    for _ in range(1500):
        y = tuple(a + Fraction(rng.randint(-150, 150), 100) for a in x)
        if squared(x, y) < radius**2 and 0 not in (code := network.code(y)):
            hit.add(code)
    assert len(hit) > 5
    assert hit <= listed.keys()
    for region in near:
        step = Fraction(1)
        while squared(x, y := blend(region.nearest, region.witness, step)) >= radius**2:
            step /= 2
        assert network.code(y) == region.code


def blend(a: Point, b: Point, t: Fraction) -> Point:
    return tuple(p + t * (q - p) for p, q in zip(a, b, strict=True))


def stripes(count: int = 9) -> pb.Network:
    """Breakpoints at 0, 1, ..., count - 1 of the line."""
    return pb.Network.from_arrays([([[1]] * count, [-k for k in range(count)]), ([[1] * count], [0])])


def test_the_ball_is_open() -> None:
    """From 1/2, the region (1, 2) is at distance 1/2: outside the open ball of radius 1/2, inside any larger."""
    assert len(regions_near(stripes(), ["1/2"], "1/2")) == 1
    assert regions_near(stripes(), ["1/2"], "51/100").squared_distances == (0, Fraction(1, 4), Fraction(1, 4))
    assert len(regions_near(stripes(), [0], "1/9")) == 2
    part = pb.enumerate_regions(stripes(), pb.box(-2, 3, dim=1))
    touching = [region for region in part if by_vertices(region, (Fraction(1, 2),)) <= Fraction(1, 4)]
    assert len(touching) == 3  # so a closed ball would be told apart


def test_it_is_lazy_and_a_budget_says_so() -> None:
    near = regions_near(stripes(60), ["1/2"], 50)
    first = [region.squared_distance for region, _ in zip(near, range(3), strict=False)]
    assert first == [0, Fraction(1, 4), Fraction(1, 4)]
    assert not near.complete
    stopped = regions_near(stripes(), ["1/2"], 50, budget=4)
    with pytest.warns(IncompleteWarning, match="4 regions near the point are listed and there are more"):
        assert len(stopped) == 4
    assert (stopped.complete, stopped.stopped) == (False, "the budget is spent")
    assert stopped.codes.tolist() == regions_near(stripes(), ["1/2"], 50).codes[:4].tolist()
    exact = regions_near(stripes(), ["1/2"], 50, budget=10)
    assert (len(exact), exact.complete) == (10, True)


def test_a_point_on_everything_at_once() -> None:
    """Eight lines through the origin, each twice: 16 sectors at distance 0."""
    directions = [(a, b) for a, b in ((1, 0), (0, 1), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1))]
    rows = [[s * a, s * b] for a, b in directions for s in (1, -3)]
    net = pb.Network.from_arrays([(rows, [0] * len(rows)), ([[1] * len(rows)], [0])])
    near = regions_near(net, [0, 0], "1/1000")
    assert near.squared_distances == (0,) * 16
    assert len(np.unique(near.codes, axis=0)) == 16


def test_domains() -> None:
    net = pb.Network.from_arrays([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [-1]), ([[1]], [0])], activation="abs")
    triangle = pb.Polytope([[-1, 0], [0, -1], [1, 1]], [0, 0, 3])
    assert len(regions_near(net, ["1/4", "1/4"], 5, domain=triangle)) == 2
    assert regions_near(net, [-1, "1/4"], "3/2", domain=triangle).squared_distances == (1, Fraction(25, 16))
    assert len(regions_near(net, [-1, "1/4"], 1, domain=triangle)) == 0
    assert regions_near(net, [-9, 0], 1, domain=triangle).codes.shape == (0, 3)
    whole = regions_near(net, [0, 0], 4, domain=pb.whole_space(2))
    assert found(whole) == found(regions_near(net, [0, 0], 4))
    line = pb.line_through([0, 0], [1, 1])
    on_line = regions_near(net, ["1/4"], 1, domain=line)
    assert on_line.squared_distances == (0, Fraction(1, 16), Fraction(1, 16), Fraction(9, 16))


def test_a_search_that_never_crosses_a_facet_is_told_apart() -> None:
    """The planted fault: only the first region."""
    near = list(regions_near(stripes(), ["1/2"], 3))
    expected = brute_force(stripes(), (Fraction(1, 2),), Fraction(3), pb.box(-9, 9, dim=1))
    assert {region.code: region.squared_distance for region in near} == expected
    assert {region.code: region.squared_distance for region in near[:1]} != expected


def test_directions_that_stay_on_a_boundary_are_refused() -> None:
    net = pb.Network.from_arrays([([[1, 0]], [0]), ([[1]], [0])])
    origin, up, left = [fmpz(a) for a in (0, 0, 1)], [fmpz(0), fmpz(1)], [fmpz(-1), fmpz(0)]
    assert perturbed(net.integer, tuple(origin), [up, left]).code == (-1,)
    with pytest.raises(InternalError, match="directions"):
        perturbed(net.integer, tuple(origin), [up])


def test_bad_input_says_what_to_write() -> None:
    net = stripes()
    for radius in (0, "-1/2"):
        with pytest.raises(InputError, match="positive"):
            regions_near(net, [0], radius)
    with pytest.raises(InputError, match="'l2' or 'linf'"):
        regions_near(net, [0], 1, norm="l1")
    with pytest.raises(ShapeError):
        regions_near(net, [0, 0], 1)
    with pytest.raises(DomainError, match="dim=1"):
        regions_near(net, [0], 1, domain=pb.box(0, 1, dim=2))
    with pytest.raises(InputError, match="budget"):
        regions_near(net, [0], 1, budget=0)
    with pytest.raises(InputError, match="float"):
        regions_near(net, [0], 0.5)
