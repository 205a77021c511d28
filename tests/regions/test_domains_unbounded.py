"""R^d against boxes beyond its last vertex: facets, owners, neighbours and volumes; and how large its frame must be."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

import polybn as pb
from polybn.drawing.strategies import Drawn, cases
from polybn.errors import DomainError
from polybn.networks.integer import row_bits

EXAMPLES = max(10, settings().max_examples // 2)


def complaints(part: pb.Partition, boxed: pb.Partition) -> list[str]:
    """What the partition of a box with all vertices strictly inside has against that of R^d."""
    found: list[str] = []
    if part.codes.tolist() != boxed.codes.tolist() or part.layer_counts != boxed.layer_counts:
        return ["other regions"]
    if edges(part) != edges(boxed):
        found.append("other neighbours")
    for region, clipped in zip(part, boxed, strict=True):
        inner = [facet for facet in clipped.facets if not facet.on_domain_boundary]
        is_clipped = len(inner) < len(clipped.facets)
        if sorted(region.facets) != sorted(inner):
            found.append(f"region {region.index} has other facets")
        if region.is_bounded == is_clipped:
            found.append(f"region {region.index} is wrong about being bounded")
        elif region.is_bounded and (region.volume(), region.vertices) != (clipped.volume(), clipped.vertices):
            found.append(f"region {region.index} has another volume or other vertices")
        if not all(region.contains(vertex) for vertex in clipped.vertices):
            found.append(f"region {region.index} does not contain its part in the box")
    return found


def edges(part: pb.Partition) -> list[Any]:
    return sorted((min(a, b), max(a, b), units) for a, b, units in part.adjacency().edges(data="units"))


def far_box(part: pb.Partition) -> pb.Box:
    """Beyond every vertex, and every point that stands for a face without one."""
    reach = 4 * max((abs(x) for region in part for vertex in region.vertices for x in vertex), default=Fraction(0)) + 4
    return pb.box(-reach, reach, dim=part.network.dimension)


@pytest.mark.parametrize("engine", ["split", "tree"])
@given(case=cases(dimensions=(1, 2, 3), depth=(1, 2), max_width=4))
@settings(max_examples=EXAMPLES)
def test_the_whole_space_has_the_facets_and_neighbours_of_a_far_box(engine: str, case: Drawn) -> None:
    part = pb.enumerate_regions(case.network, pb.whole_space(case.network.dimension), engine=engine, exact=True)
    boxed = pb.enumerate_regions(case.network, far_box(part), engine="split", exact=True)
    assert complaints(part, boxed) == []
    for region in part:
        if not region.is_bounded:
            with pytest.raises(DomainError, match="unbounded"):
                region.volume()


def triangle(offset: int) -> pb.Network:
    """The axes and the line x + y = offset."""
    return pb.Network.from_arrays([([[1, 0], [0, 1], [1, 1]], [0, 0, -offset]), ([[1, 1, 1]], [0])])


def test_another_partition_is_told_from_that_of_the_whole_space() -> None:
    part = pb.enumerate_regions(triangle(4), pb.whole_space(2), exact=True)
    assert complaints(part, pb.enumerate_regions(triangle(4), far_box(part), exact=True)) == []
    assert complaints(part, pb.enumerate_regions(triangle(4), pb.box(-3, 3, dim=2), exact=True)) == ["other regions"]
    shifted = complaints(part, pb.enumerate_regions(triangle(5), far_box(part), exact=True))
    assert "region 5 has another volume or other vertices" in shifted
    assert "region 6 has other facets" in shifted
    assert "region 5 does not contain its part in the box" in shifted


def test_a_bounded_region_is_told_from_an_unbounded_one() -> None:
    """Beside itself, which no box cuts, an unbounded region ought to be bounded."""
    half = pb.enumerate_regions(pb.Network.from_arrays([([[1]], [0]), ([[1]], [0])]), pb.whole_space(1), exact=True)
    assert [region.is_bounded for region in half] == [False, False]
    assert complaints(half, half) == [f"region {index} is wrong about being bounded" for index in (0, 1)]


@given(case=cases(dimensions=(1, 2, 3), depth=(1, 2), max_width=4))
@settings(max_examples=EXAMPLES)
def test_the_frame_holds_all_vertices_and_every_row_keeps_its_bound(case: Drawn) -> None:
    net, d = case.network, case.network.dimension
    part = pb.enumerate_regions(net, pb.whole_space(d), exact=True)
    [reach] = set(part.frame.upper)
    bits = row_bits(net.integer)
    for region in part:
        assert all(-reach < x < reach for vertex in region.vertices for x in vertex)
        rows = part.hyperplanes.rows(region.code)
        assert all(sum(int(a) ** 2 for a in row) <= 4**k for row, k in zip(rows, bits, strict=True))


def test_a_frame_that_is_too_small_misses_regions() -> None:
    """The bound is needed: the crossing of two almost parallel lines lies less than a factor of 8 inside it."""
    net = pb.Network.from_arrays([([[7, 8], [6, 7]], [5, -6]), ([[1, 1]], [0])])
    frame = pb.whole_space(2).frame(net)
    crossing = Fraction(5 * 7 + 6 * 8)
    assert frame.upper[0] / 8 < crossing < frame.upper[0]
    assert len(pb.enumerate_regions(net, pb.whole_space(2), exact=True)) == 4
    assert len(pb.enumerate_regions(net, pb.box(-crossing / 2, crossing / 2, dim=2), exact=True)) == 3
