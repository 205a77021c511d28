"""Decision boundaries against the forward pass, linear programs for the classes, and distances to hulls of vertices."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

import polybn as pb
from polybn.drawing.strategies import Drawn, cases, points, rationals, strata_for
from polybn.exact.farkas import Farkas
from polybn.exact.feasibility import strictly_feasible
from polybn.exact.rational import homogeneous
from polybn.regions.decision import DecisionBoundary, Tie, decision_boundary

Point = tuple[Fraction, ...]

PLANE = {"dimensions": (1, 2), "depth": (0, 2), "max_width": 3}
PER_RUN = max(4, settings().max_examples // 5)


def squared(a: Point, b: Point) -> Fraction:
    return sum(((x - y) ** 2 for x, y in zip(a, b, strict=True)), Fraction(0))


def to_segment(x: Point, a: Point, b: Point) -> Fraction:
    along = sum(((p - q) * (r - q) for p, q, r in zip(x, a, b, strict=True)), Fraction(0)) / squared(a, b)
    t = min(max(along, Fraction(0)), Fraction(1))
    return squared(x, tuple(q + t * (r - q) for q, r in zip(a, b, strict=True)))


def winners(boundary: DecisionBoundary, x: Point) -> tuple[int, ...]:
    """The classes that attain the maximum at x, by the forward pass."""
    values = scores(boundary, x)
    return tuple(index for index, value in enumerate(values) if value == max(values))


def scores(boundary: DecisionBoundary, x: Point) -> tuple[Fraction, ...]:
    """What the classes are compared by."""
    values = boundary.partition.network(x)
    if boundary.output is None:
        return values
    return Fraction(int(boundary.threshold.p), int(boundary.threshold.q)), values[boundary.output]


def by_parts(boundary: DecisionBoundary, x: Point) -> Fraction | float:
    """The squared distance for d <= 2 to the hulls of the parts' vertices; inside a tie it is 0."""
    if any(inside(tie.vertices, x) for tie in boundary.degenerate):
        return Fraction(0)
    hulls = [piece.vertices for piece in (*boundary.pieces, *boundary.degenerate)]
    hulls += boundary.touches
    distances = [to_segment(x, a, b) for hull in hulls for a, b in combinations(hull, 2)]
    return min([*distances, *(squared(x, v) for hull in hulls for v in hull)], default=math.inf)


def inside(corners: tuple[Point, ...], x: Point) -> bool:
    """Whether x is in the hull of a convex polygon's (or an interval's) corners: no line through two parts it off."""
    if len(x) == 1:
        return min(corners) <= x <= max(corners)
    for a, b in combinations(corners, 2):
        sides = {side(a, b, v) for v in corners}
        if len(sides - {0}) == 1 and side(a, b, x) not in sides:
            return False
    return True


def side(a: Point, b: Point, v: Point) -> int:
    turn = (b[0] - a[0]) * (v[1] - a[1]) - (b[1] - a[1]) * (v[0] - a[0])
    return (turn > 0) - (turn < 0)


def faults(boundary: DecisionBoundary) -> list[str]:
    """What is wrong with the parts, asked of the forward pass at their vertices and centres."""
    found: list[str] = []
    for part in (*boundary.pieces, *boundary.degenerate):
        centre = tuple(sum(column, Fraction(0)) / len(part.vertices) for column in zip(*part.vertices, strict=True))
        if winners(boundary, centre) != part.classes:
            found.append(f"{part} is no tie of these classes at its centre")
        if any(not set(part.classes) <= set(winners(boundary, v)) for v in part.vertices):
            found.append(f"{part} is no tie of these classes at its vertices")
    for corners in boundary.touches:
        if any(len(winners(boundary, v)) < 2 for v in corners):
            found.append(f"{corners} is no tie")
    for index, region in enumerate(boundary.partition):
        if boundary.classes[index] != by_programs(boundary, region):
            found.append(f"region {index} has the classes {by_programs(boundary, region)}")
        ties = [v for v in (*region.vertices, *crossings(boundary, region)) if is_tie(boundary, v)]
        found += [f"{v} is a tie on no part" for v in ties if by_parts(boundary, v) != 0]
    return found


def crossings(boundary: DecisionBoundary, region: pb.Region) -> Iterator[Point]:
    """Where two classes are equal on a segment between two vertices, or a vertex and the witness."""
    for a, b in combinations((region.witness, *region.vertices), 2):
        for (p, q), (r, s) in combinations(list(zip(scores(boundary, a), scores(boundary, b), strict=True)), 2):
            before, after = p - r, q - s
            if before * after < 0:
                t = before / (before - after)
                yield tuple(x + t * (y - x) for x, y in zip(a, b, strict=True))


def is_tie(boundary: DecisionBoundary, x: Point) -> bool:
    return len(winners(boundary, x)) > 1


def by_programs(boundary: DecisionBoundary, region: pb.Region) -> tuple[int, ...]:
    """The classes that occur: the system of strict inequalities against all different functions has a solution."""
    functions = [(*row, offset) for row, offset in zip(region.affine.slope, region.affine.bias, strict=True)]
    if boundary.output is not None:
        level = Fraction(int(boundary.threshold.p), int(boundary.threshold.q))
        functions = [(*(Fraction(0) for _ in functions[0][:-1]), level), functions[boundary.output]]
    box = boundary.partition.frame.rows[: 2 * len(region.witness)]
    found: list[int] = []
    for index, own in enumerate(functions):
        leads = [tuple(a - b for a, b in zip(own, other, strict=True)) for other in functions if other != own]
        rows = [homogeneous(tuple(fmpq(a.numerator, a.denominator) for a in row))[:-1] for row in leads]
        if not isinstance(strictly_feasible([*box, *region.facet_rows, *rows]), Farkas):
            found.append(index)
    return tuple(found)


@pytest.mark.parametrize("stratum", strata_for(**PLANE))
def test_drawn_networks(stratum: str) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=PER_RUN)
    @given(cases(stratum=stratum, **PLANE), st.data())
    def check(case: Drawn, data: st.DataObject) -> None:
        part = pb.enumerate_regions(case.network, case.domain)
        x = data.draw(points(case.network.dimension))
        some = data.draw(st.one_of(st.just(Fraction(0)), rationals(), st.just(case.network(part[0].vertices[0])[0])))
        boundaries = [decision_boundary(part, some, output=0)]
        if case.network.outputs > 1:
            boundaries.append(decision_boundary(part))
        for boundary in boundaries:
            assert faults(boundary) == []
            distance = by_parts(boundary, x)
            assert boundary.squared_distance(x) == distance
            nearest = boundary.nearest(x)
            assert (nearest is None) == (distance == math.inf)
            if nearest is not None:
                assert squared(x, nearest) == distance
                assert is_tie(boundary, nearest)
            seen["none" if nearest is None else "some"] += 1

    check()
    assert seen["some"] > 0, seen


@given(cases(dimensions=(3,), depth=(1, 1), max_width=3))
@settings(max_examples=max(4, settings().max_examples // 5))
def test_in_space(case: Drawn) -> None:
    part = pb.enumerate_regions(case.network, case.domain)
    boundary = decision_boundary(part) if case.network.outputs > 1 else decision_boundary(part, "1/3")
    for piece in boundary.pieces:
        centre = tuple(sum(column, Fraction(0)) / len(piece.vertices) for column in zip(*piece.vertices, strict=True))
        assert winners(boundary, centre) == piece.classes
        assert boundary.squared_distance(centre) == 0
    for region in part:
        assert boundary.classes[region.index] == by_programs(boundary, region)
        assert (boundary.squared_distance(region.witness) == 0) == is_tie(boundary, region.witness)


def network(outputs: Any, biases: Any, activation: str = "abs") -> pb.Partition:
    net = pb.Network.from_arrays([([[1, 0], [0, 1]], [0, 0]), (outputs, biases)], activation=activation)
    return pb.enumerate_regions(net, pb.box(-2, 2, dim=2))


def test_planted_faults_are_found() -> None:
    part = network([[1, 1], [1, 0], [0, 0]], [-1, 0, 0])
    right = decision_boundary(part)
    assert faults(right) == []
    for name, wrong in {
        "pieces": right.pieces[1:],
        "classes": ((0,), *right.classes[1:]),
        "touches": (((Fraction(1, 7), Fraction(1, 7)),),),
        "degenerate": (Tie(0, (0, 1, 2), part[0].vertices),),
    }.items():
        planted = replace(right)
        planted.__dict__[name] = wrong
        assert faults(planted), name
    assert faults(replace(decision_boundary(part, output=0), threshold=fmpq(0))) == []
    swapped = decision_boundary(part, 0, output=0)
    swapped.__dict__["pieces"] = decision_boundary(part, "1/2", output=0).pieces
    assert faults(swapped)
