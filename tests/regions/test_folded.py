"""Folded hyperplanes against the forward pass, and their distances against the vertices of the regions in the plane."""

import math
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import polybn as pb
from polybn.drawing.strategies import Drawn, cases, points, strata_for
from polybn.regions.folded import FoldedHyperplane, folded_hyperplane

Point = tuple[Fraction, ...]

KINKED = {"breakpoints": "zero", "depth": (1, 2), "max_width": 3, "dimensions": (1, 2)}
PER_RUN = max(4, settings().max_examples // 5)


def preactivation(network: pb.Network, layer: int, unit: int, point: Point) -> Fraction:
    """h(z_{l-1}(x)) by the forward pass."""
    place: Any = network.point(point)
    for hidden in network.hidden[:layer]:
        place = tuple(hidden.activation.value(entry) for entry in hidden.affine.apply(place))
    found = network.hidden[layer].affine.apply(place)[unit]
    return Fraction(int(found.p), int(found.q))


def squared(a: Point, b: Point) -> Fraction:
    return sum(((x - y) ** 2 for x, y in zip(a, b, strict=True)), Fraction(0))


def to_segment(x: Point, a: Point, b: Point) -> Fraction:
    length = squared(a, b)
    if length == 0:
        return squared(x, a)
    t = sum(((p - q) * (r - q) for p, q, r in zip(x, a, b, strict=True)), Fraction(0)) / length
    t = min(max(t, Fraction(0)), Fraction(1))
    return squared(x, tuple(q + t * (r - q) for q, r in zip(a, b, strict=True)))


def by_vertices(part: pb.Partition, layer: int, unit: int, level: Fraction, x: Point) -> Fraction | float:
    """d(x, F)^2 for d <= 2: h keeps its sign in a region, so F meets its closure in the hull of its vertices on F."""
    best: Fraction | float = math.inf
    for region in part:
        on = [v for v in region.vertices if preactivation(part.network, layer, unit, v) == level]
        if on and len(on) == len(region.vertices) and region.contains(x):
            return Fraction(0)
        pairs = combinations(on, 2) if len(on) > 1 else [(v, v) for v in on]
        best = min([best, *(to_segment(x, a, b) for a, b in pairs)])
    return best


def faults(folded: FoldedHyperplane, facets: Any = None, touches: Any = None) -> list[str]:
    """What is wrong with the parts of F, asked of the forward pass at vertices and of the regions' own facets."""
    facets = folded.facets if facets is None else facets
    touches = folded.touches if touches is None else touches
    part, (layer, unit) = folded.partition, folded.unit
    h = {v: preactivation(part.network, layer, unit, v) for region in part for v in (region.witness, *region.vertices)}
    return [*facet_faults(folded, facets, h), *normal_faults(part, facets, h), *part_faults(folded, facets, touches, h)]


def facet_faults(folded: FoldedHyperplane, facets: Any, h: dict[Point, Fraction]) -> Iterator[str]:
    """Degenerate regions are those with h = level throughout, facets those facets of others with h = level on them."""
    expected: dict[tuple[Point, ...], list[int]] = {}
    for region in folded.partition:
        is_degenerate = {h[v] for v in region.vertices} == {folded.level}
        if is_degenerate != (region.index in folded.degenerate):
            yield f"region {region.index} is or is not degenerate"
        for normal, offset in () if is_degenerate else region.inequalities:
            on = tuple(v for v in region.vertices if dot(normal, v) + offset == 0)
            if all(h[v] == folded.level for v in on):
                expected.setdefault(on, []).append(region.index)
    listed = {facet.vertices: facet for facet in facets}
    if len(listed) != len(facets) or listed.keys() != expected.keys():
        yield f"the facets are {sorted(listed)}, and by their vertices {sorted(expected)}"
    for corners, facet in listed.items():
        if not set(expected.get(corners, [])) <= set(facet.regions):
            yield f"the facet {corners} has other regions"


def normal_faults(part: pb.Partition, facets: Any, h: dict[Point, Fraction]) -> Iterator[str]:
    """Gradients reproduce h at all vertices; normals point out of the first region and into the second."""
    for facet in facets:
        for index, gradient in zip(facet.regions, facet.gradients, strict=True):
            inner = part[index].witness
            if any(dot(gradient, minus(v, inner)) != h[v] - h[inner] for v in part[index].vertices):
                yield f"{gradient} is not the gradient in region {index}"
        away = [dot(facet.normal, minus(part[index].witness, facet.vertices[0])) for index in facet.regions]
        if away[0] >= 0 or (len(away) == 2 and away[1] <= 0):
            yield f"the normal of {facet.vertices} does not point out of its first region"


def part_faults(folded: FoldedHyperplane, facets: Any, touches: Any, h: dict[Point, Fraction]) -> Iterator[str]:
    """Every vertex on F is in some part of it, and no touch is in another part."""
    degenerate = [folded.partition[index].vertices for index in folded.degenerate]
    whole = [*(facet.vertices for facet in facets), *touches, *degenerate]
    for v in (v for v in h if h[v] == folded.level):
        if not any(covers(corners, v) for corners in whole) and not any(
            folded.partition[index].contains(v) for index in folded.degenerate
        ):
            yield f"{v} is on F and in none of its parts"
    for corners in touches:
        if any(all(covers(other, v) for v in corners) for other in whole if other != corners):
            yield f"{corners} is part of another part"


def covers(corners: tuple[Point, ...], v: Point) -> bool:
    """Whether a vertex of the partition lies in one of the cells: as one of its vertices, or on a segment."""
    return v in corners or (len(corners) == 2 and to_segment(v, *corners) == 0)


def dot(a: Any, b: Any) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def minus(a: Point, b: Point) -> Point:
    return tuple(x - y for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("stratum", strata_for(normalization=pb.BatchNorm, **KINKED))
def test_every_unit_of_drawn_networks(stratum: str) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=PER_RUN)
    @given(cases(stratum=stratum, normalization=pb.BatchNorm, **KINKED), st.data())
    def check(case: Drawn, data: st.DataObject) -> None:
        part = pb.enumerate_regions(case.network, case.domain)
        x = data.draw(points(case.network.dimension))
        for layer, width in enumerate(case.network.widths):
            for unit in range(width):
                folded = folded_hyperplane(part, layer, unit)
                assert faults(folded) == []
                distance = by_vertices(part, layer, unit, folded.level, x)
                assert folded.squared_distance(x) == distance
                assert folded.is_empty == (distance == math.inf)
                nearest = folded.nearest(x)
                assert (nearest is None) == (distance == math.inf)
                if nearest is not None:
                    assert squared(x, nearest) == distance
                    assert preactivation(case.network, layer, unit, nearest) == folded.level
                    assert folded.squared_distance(nearest) == 0
                assert all(preactivation(case.network, layer, unit, v) == folded.level for v in folded.vertices)
                seen["empty" if nearest is None else "found"] += 1

    check()
    assert seen["found"] >= PER_RUN, seen


@given(cases(dimensions=(3,), depth=(2, 2), max_width=3, breakpoints="any"))
@settings(max_examples=max(3, settings().max_examples // 5))
def test_every_breakpoint_in_space(case: Drawn) -> None:
    part = pb.enumerate_regions(case.network, case.domain)
    levels = case.network.hidden[1].activation.breakpoints
    for index, level in enumerate(levels):
        folded = folded_hyperplane(part, 1, 0, breakpoint=index)
        assert folded.level == Fraction(int(level.p), int(level.q))
        for facet in folded.facets:
            centre = tuple(sum(side, Fraction(0)) / len(side) for side in zip(*facet.vertices, strict=True))
            assert preactivation(case.network, 1, 0, centre) == folded.level
            assert folded.squared_distance(centre) == 0
        inner = part[0].witness
        on = preactivation(case.network, 1, 0, inner) == folded.level
        assert (folded.squared_distance(inner) == 0) == on  # corollary 1


def example(second: tuple[Any, Any], activation: str = "abs", dim: int = 2) -> pb.Partition:
    first = [[int(i == j) for j in range(dim)] for i in range(dim)]
    net = pb.Network.from_arrays([(first, [0] * dim), second, ([[1] * len(second[0])], [0])], activation=activation)
    return pb.enumerate_regions(net, pb.box(-2, 2, dim=dim))


def test_planted_faults_are_found() -> None:
    part = example(([[1, -1], [1, 1]], [0, 0]))
    folded = folded_hyperplane(part, 1, 0)
    assert faults(folded) == []
    other = folded_hyperplane(part, 0, 0)
    turned = tuple(facet._replace(normal=tuple(-a for a in facet.normal)) for facet in folded.facets)
    steeper = tuple(facet._replace(gradients=((7, 7),) * len(facet.regions)) for facet in folded.facets)
    moved = tuple(facet._replace(regions=facet.regions[:1], gradients=facet.gradients[:1]) for facet in folded.facets)
    for wrong in (folded.facets[1:], other.facets, turned, steeper, moved, (*folded.facets, folded.facets[0])):
        assert faults(folded, wrong)
    touching = folded_hyperplane(part, 1, 1)
    assert faults(touching) == []
    assert faults(touching, touches=())
    assert faults(folded, touches=(((Fraction(0), Fraction(0)),),))
