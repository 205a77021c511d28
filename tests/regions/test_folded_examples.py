"""Folded hyperplanes worked out by hand: touches, degenerate regions, sides of the domain, rays; and refusals."""

import math
from fractions import Fraction
from typing import Any

import pytest

import polybn as pb
from polybn.errors import DomainError, IncompleteError, InputError, ShapeError
from polybn.regions.folded import folded_hyperplane


def example(second: tuple[Any, Any], activation: str = "abs", dim: int = 2) -> pb.Partition:
    first = [[int(i == j) for j in range(dim)] for i in range(dim)]
    net = pb.Network.from_arrays([(first, [0] * dim), second, ([[1] * len(second[0])], [0])], activation=activation)
    return pb.enumerate_regions(net, pb.box(-2, 2, dim=dim))


def test_a_hyperplane_that_touches_in_one_point() -> None:
    """|x| + |y| = 0 at the origin alone, which is no facet of anything."""
    folded = folded_hyperplane(example(([[1, 1]], [0])), 1, 0)
    assert (folded.facets, folded.degenerate, folded.touches) == ((), (), (((0, 0),),))
    assert not folded.is_empty
    assert folded.squared_distance([3, 4]) == 25
    assert folded.nearest([3, 4]) == (0, 0)


def test_a_line_in_space_is_a_touch_of_two_pieces() -> None:
    """|x| + |y| = 0 in the cube: the axis z, cut at z = 0 only where a layer before is."""
    folded = folded_hyperplane(example(([[1, 1, 0]], [0]), dim=3), 1, 0)
    assert folded.touches == (((0, 0, -2), (0, 0, 0)), ((0, 0, 0), (0, 0, 2)))
    assert folded.squared_distance([1, 1, 7]) == 2 + 25


def test_an_empty_one_is_infinitely_far() -> None:
    folded = folded_hyperplane(example(([[1, 1]], [1])), 1, 0)
    assert folded.is_empty
    assert folded.squared_distance([0, 0]) == math.inf
    assert folded.nearest([0, 0]) is None
    assert folded.vertices == ()


def test_a_facet_is_on_the_boundary_of_the_domain_or_between_equal_signs() -> None:
    """|x| + y - 4 with |y| outside [-2, 2] only at corners; ||x|| - 0 keeps its sign on both sides of x = 0."""
    folded = folded_hyperplane(example(([[1, 0], [0, 1], [1, 1]], [0, -2, -4])), 1, 0)
    assert {facet.gradients for facet in folded.facets} == {((-1, 0), (1, 0))}
    assert folded.squared_distance([1, 1]) == 1
    side = folded_hyperplane(folded.partition, 1, 1)
    assert {len(facet.regions) for facet in side.facets} == {1}
    assert side.squared_distance([0, 0]) == 4
    corners = folded_hyperplane(folded.partition, 1, 2)
    assert corners.touches == tuple(((x, y),) for x in (-2, 2) for y in (-2, 2))


def test_a_degenerate_region_is_part_of_it() -> None:
    """max(x, 0) = 0 on all of x <= 0."""
    folded = folded_hyperplane(example(([[1, 0]], [0]), activation="relu"), 1, 0)
    assert folded.degenerate == tuple(i for i, code in enumerate(folded.partition.codes.tolist()) if code[0] == -1)
    assert [facet.gradients[-1] for facet in folded.facets if facet.gradients[0] == (0, 0)] == [(1, 0), (1, 0)]
    assert folded.squared_distance([-1, "1/2"]) == 0
    assert folded.squared_distance(["3/2", 0]) == Fraction(9, 4)
    assert repr(folded) == "FoldedHyperplane(layer 1, unit 0, level 0: 2 facets, 2 degenerate regions)"


def test_on_all_of_space_facets_have_rays() -> None:
    net = pb.Network.from_arrays([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [-1]), ([[1]], [0])], activation="relu")
    folded = folded_hyperplane(pb.enumerate_regions(net, pb.whole_space(2)), 1, 0)
    assert sorted((facet.vertices, facet.rays) for facet in folded.facets) == [
        (((0, 1),), ((-1, 0),)),
        (((0, 1), (1, 0)), ()),
        (((1, 0),), ((0, -1),)),
    ]
    assert folded.squared_distance([-(10**30), 10**30]) == (10**30 - 1) ** 2
    with pytest.raises(DomainError, match=r"pb\.box"):
        _ = folded.touches
    line = pb.Network.from_arrays([([[1, 1]], [0]), ([[1]], [0])])
    [facet] = folded_hyperplane(pb.enumerate_regions(line, pb.whole_space(2)), 0, 0).facets
    assert {tuple(abs(a) for a in ray) for ray in facet.rays} == {(1, 1)}
    assert len(facet.rays) == 2


def test_bad_input_says_what_to_write() -> None:
    part = example(([[1, 1]], [0]))
    for layer, unit, message in ((2, 0, "0 to 1"), (-1, 0, "0 to 1"), (1, 1, "0 to 0"), (0, True, "0 to 1")):
        with pytest.raises(InputError, match=message):
            folded_hyperplane(part, layer, unit)
    with pytest.raises(InputError, match=r"0 \(at 0\)"):
        folded_hyperplane(part, 0, 0, breakpoint=1)
    with pytest.raises(InputError, match=r"breakpoint=\.\.\.: 0 \(at -1\), 1 \(at 1\)"):
        folded_hyperplane(example(([[1, 1]], [0]), activation="hard_tanh"), 0, 0)
    with pytest.raises(ShapeError):
        folded_hyperplane(part, 0, 0).squared_distance([1])
    linear = pb.enumerate_regions(pb.Network.from_arrays([([[1]], [0])]), pb.box(0, 1, dim=1))
    with pytest.raises(InputError, match="there is none"):
        folded_hyperplane(linear, 0, 0)
    part.stopped = "interrupted"
    with pytest.raises(IncompleteError, match="resume"):
        folded_hyperplane(part, 0, 0)
