"""Slices against a walk along the line in Fractions, and the door of every domain: points, drawings, refusals."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import polybn as pb
from polybn.drawing.strategies import Drawn, cases, points
from polybn.errors import DomainError, InputError, ShapeError
from polybn.plots.partition import picture

Point = tuple[Fraction, ...]
EXAMPLES = max(10, settings().max_examples // 2)


def breakpoints(net: pb.Network, origin: Point, direction: Point) -> list[Fraction]:
    """The t at which some unit of the network is at a breakpoint of its activation and not so on either side.

    Layer by layer on the intervals between the places found before, where pre-activations are affine in t: two
    values of the network's own forward pass give them.
    """
    places: list[Fraction] = []
    for index in range(len(net.hidden)):
        before = net.prefix(index) if index else None
        fresh: list[Fraction] = []
        for low, high in intervals(places):
            left, right = inner(low, high)
            ends = [at(net, before, index, origin, direction, t) for t in (left, right)]
            for start, end in zip(*ends, strict=True):
                steep = (end - start) / (right - left)
                for kink in net.hidden[index].activation.breakpoints:
                    place = left + (Fraction(int(kink.p), int(kink.q)) - start) / steep if steep else None
                    if place is not None and (low is None or low < place) and (high is None or place < high):
                        fresh.append(place)
        places = sorted({*places, *fresh})
    return [place for place in places if is_a_boundary(net, places, place, origin, direction)]


def intervals(places: list[Fraction]) -> list[tuple[Fraction | None, Fraction | None]]:
    return list(pairwise([None, *places, None]))


def inner(low: Fraction | None, high: Fraction | None) -> tuple[Fraction, Fraction]:
    """Two different points inside an interval."""
    start = low if low is not None else (high - 3 if high is not None else Fraction(0))
    end = high if high is not None else start + 3
    return start + (end - start) / 3, start + 2 * (end - start) / 3


def at(
    net: pb.Network, before: pb.Network | None, index: int, origin: Point, direction: Point, t: Fraction
) -> list[Fraction]:
    """The pre-activations of a layer at a point of the line."""
    point = tuple(x + t * u for x, u in zip(origin, direction, strict=True))
    below = before(point) if before else point
    return list(net.hidden[index].affine(below))


def code_at(net: pb.Network, origin: Point, direction: Point, t: Fraction) -> tuple[int, ...]:
    return net.code([x + t * u for x, u in zip(origin, direction, strict=True)])


def is_a_boundary(net: pb.Network, places: list[Fraction], place: Fraction, origin: Point, direction: Point) -> bool:
    """Whether the code differs between the two sides; a unit may also touch its breakpoint and turn back."""
    position = places.index(place)
    around = intervals(places)[position : position + 2]
    left, right = (code_at(net, origin, direction, inner(*side)[0]) for side in around)
    return left != right


@st.composite
def lines(draw: st.DrawFn) -> tuple[pb.Network, Point, Point]:
    case: Drawn = draw(cases(dimensions=(1, 2, 3), depth=(1, 2), max_width=4))
    d = case.network.dimension
    # Directions with zeros run along hyperplanes, on which whole units then vanish.
    direction = draw(st.tuples(*[st.sampled_from([Fraction(-1), Fraction(0), Fraction(2)])] * d) | points(d))
    return case.network, draw(points(d)), direction if any(direction) else (Fraction(1),) * d


@pytest.mark.parametrize("engine", ["split", "tree"])
@given(drawn=lines())
@settings(max_examples=EXAMPLES)
def test_the_regions_of_a_line_lie_between_its_breakpoints(engine: str, drawn: Any) -> None:
    net, origin, direction = drawn
    line = pb.line_through(origin, [x + u for x, u in zip(origin, direction, strict=True)])
    part = pb.enumerate_regions(net, line, engine=engine, exact=True)
    expected = intervals(breakpoints(net, origin, direction))
    found = sorted((region for region in part), key=lambda region: region.witness)
    assert [region.code for region in found] == [code_at(net, origin, direction, inner(*ends)[0]) for ends in expected]
    for region, (low, high) in zip(found, expected, strict=True):
        assert region.vertices == tuple((end,) for end in (low, high) if end is not None) or (low, high) == (None, None)
        assert region.is_bounded == (low is not None and high is not None)
        assert len(region.rays) == (low is None) ^ (high is None)
        assert len(region.lines) == ((low, high) == (None, None))
        assert net(line.embed(region.witness)) == region.affine(region.witness)
    assert part.adjacency().number_of_edges() == len(found) - 1


def test_the_walk_sees_a_missing_breakpoint() -> None:
    net = pb.Network.from_arrays([([[1, 0], [0, 1]], [0, -1]), ([[1, -1]], ["-1/2"]), ([[1]], [0])])
    ends = breakpoints(net, (Fraction(0), Fraction(0)), (Fraction(1), Fraction(1)))
    # relu(t), relu(t - 1), then relu(t) - relu(t - 1) - 1/2 = 0 at t = 1/2.
    assert ends == [0, Fraction(1, 2), 1]
    part = pb.enumerate_regions(net, pb.line_through([0, 0], [1, 1]), exact=True)
    assert len(part) == len(ends) + 1


def test_a_polytope_and_a_bounded_slice_are_drawn_and_an_unbounded_domain_is_not() -> None:
    net = pb.Network.from_arrays([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    plane = pb.plane_through([0, 0], [1, 0], [1, 1])
    triangle = pb.Polytope([[1, 1], [-1, 0], [0, -1]], [1, 1, 1])
    for domain in (triangle, plane.within(triangle), plane.within(pb.box(-1, 1, dim=2))):
        assert picture([pb.enumerate_regions(net, domain, exact=True)], ["t"]).startswith(b"\x89PNG")
    for domain in (pb.whole_space(2), plane):
        with pytest.raises(DomainError, match=r"unbounded; pictures .*pb\.box\(-3, 3, dim=2\)"):
            picture([pb.enumerate_regions(net, domain, exact=True)], ["t"])


@pytest.mark.parametrize(
    "domain", [pb.box(0, 1, dim=2), pb.whole_space(2), pb.Polytope([[1, 1], [-1, 0], [0, -1]], [1, 0, 0])]
)
def test_every_domain_reads_points_as_the_rest_of_the_library_does(domain: Any) -> None:
    assert domain.contains([0, "1/2"])
    assert domain.contains([2, 2]) == isinstance(domain, pb.WholeSpace)
    with pytest.raises(ShapeError, match="3 coordinates and the domain 2"):
        domain.contains([0, 0, 0])
    with pytest.raises(InputError, match="is a float"):
        domain.contains([0.5, 0])


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: pb.plane_through([0, 0], [1, 1], [2, 2]), DomainError, r"point 2 is point 0 \+ 2 \(point 1"),
        (lambda: pb.affine_slice([0, 0], [[1, 0], [0, 1], [3, "-1/2"]]), DomainError,
         r"directions\[2\] is 3 directions\[0\] - 1/2 directions\[1\]"),
        (lambda: pb.affine_slice([0, 0], 5), ShapeError, "a list of vectors is needed"),  # pyright: ignore[reportArgumentType]
        (lambda: pb.affine_slice([], [[]]), ShapeError, "no coordinates"),
        (lambda: pb.line_through([0], [1]).within("[0, 1]"), DomainError, "is no domain"),  # pyright: ignore[reportArgumentType]
        (lambda: pb.Polytope([[1, 0], [-1, 0], [0, 1]], [1, 1, 1]), DomainError, r"along the direction \(0, -1\)"),
        (lambda: pb.Polytope([[2, 4], [-1, -2]], [2, -2]), DomainError,
         r"inequalities 0, 1 cannot all hold: \(x0 \+ 2 x1 <= 1\) \+ \(-x0 - 2 x1 <= -2\) reads 0 <= -1"),
        (lambda: pb.Polytope([[1], [-1], [0]], [1, 0, "-1/3"]), DomainError, "inequality 2 cannot hold"),
        (lambda: pb.Polytope([[3, 0], [-1, 0], [0, 1], [0, -1]], [3, -1, 1, 1]), DomainError,
         "inequalities 0, 1 hold with equality at all its points"),
    ],
)  # fmt: skip
def test_refusals_say_why(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()
