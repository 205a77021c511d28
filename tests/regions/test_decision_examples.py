"""Decision boundaries worked out by hand: one output, several, ties of all kinds; and refusals."""

import math
from fractions import Fraction
from typing import Any

import pytest

import polybn as pb
from polybn.errors import DomainError, IncompleteError, InputError, NumberError
from polybn.regions.decision import decision_boundary


def network(outputs: Any, biases: Any, activation: str = "abs") -> pb.Partition:
    net = pb.Network.from_arrays([([[1, 0], [0, 1]], [0, 0]), (outputs, biases)], activation=activation)
    return pb.enumerate_regions(net, pb.box(-2, 2, dim=2))


def test_a_diamond() -> None:
    """|x| + |y| = 1: four edges, one a quadrant, outward normals, and the exact distance to it."""
    boundary = decision_boundary(network([[1, 1]], [0]), 1)
    assert [(piece.regions, piece.normal) for piece in boundary.pieces] == [
        ((0,), (-1, -1)), ((1,), (-1, 1)), ((2,), (1, -1)), ((3,), (1, 1)),
    ]  # fmt: skip
    assert boundary.classes == ((0, 1),) * 4
    assert boundary.squared_distance([0, 0]) == Fraction(1, 2)
    assert boundary.squared_distance([2, 2]) == Fraction(9, 2)
    assert decision_boundary(network([[1, 1]], [0])).touches == (((0, 0),),)
    none = decision_boundary(network([[1, 1]], [0]), -1)
    assert (none.pieces, none.touches, none.squared_distance([0, 0]), none.nearest([0, 0])) == ((), (), math.inf, None)
    assert none.classes == ((1,),) * 4
    assert repr(none) == "DecisionBoundary(output 0 = -1, 4 regions)"


def test_a_piece_on_the_boundary_of_two_regions_is_listed_once() -> None:
    """|x| = 0 is the facet between the halves, with f >= 0 on both sides."""
    boundary = decision_boundary(network([[1, 0]], [0]))
    assert [piece.regions for piece in boundary.pieces] == [(0, 2), (1, 3)]
    assert [piece.classes for piece in boundary.pieces] == [(0, 1), (0, 1)]
    assert boundary.classes == ((1,),) * 4


def test_ties_on_full_regions_are_degenerate() -> None:
    """max(x, 0) = 0 on the left half; two equal outputs tie wherever they lead."""
    flat = decision_boundary(network([[1, 0]], [0], activation="relu"))
    assert [(tie.region, tie.classes) for tie in flat.degenerate] == [(0, (0, 1)), (1, (0, 1))]
    assert flat.squared_distance([-1, 1]) == 0
    assert flat.squared_distance([1, "1/3"]) == 1
    twins = decision_boundary(network([[1, 0], [0, 1], [1, 0]], [0, 0, 0]))
    assert {tie.classes for tie in twins.degenerate} == {(0, 2)}
    assert {piece.classes for piece in twins.pieces} == {(0, 1, 2)}
    assert twins.classes == ((0, 1, 2),) * 4


def test_three_classes_meet() -> None:
    """The largest of x, y and 0 for d = 2 without a hidden layer: three rays from the origin."""
    net = pb.Network([pb.Linear([[1, 0], [0, 1], [0, 0]])])
    boundary = decision_boundary(pb.enumerate_regions(net, pb.box(-1, 1, dim=2)))
    assert [(piece.classes, piece.normal, piece.vertices) for piece in boundary.pieces] == [
        ((0, 1), (-1, 1), ((0, 0), (1, 1))),
        ((0, 2), (-1, 0), ((0, -1), (0, 0))),
        ((1, 2), (0, -1), ((-1, 0), (0, 0))),
    ]
    assert (boundary.degenerate, boundary.touches, boundary.classes) == ((), (), ((0, 1, 2),))
    # The line x = y is nearer, but 0 is larger there.
    assert boundary.squared_distance(["-1/2", "-1/4"]) == Fraction(1, 16)
    assert boundary.nearest(["-1/2", "-1/4"]) == (Fraction(-1, 2), 0)


def test_a_middle_class_that_only_ties_does_not_occur() -> None:
    """max(x, 0, -x): 0 leads nowhere, and ties at 0 with both."""
    boundary = decision_boundary(pb.enumerate_regions(pb.Network([pb.Linear([[1], [0], [-1]])]), pb.box(-1, 1, dim=1)))
    assert boundary.classes == ((0, 2),)
    assert [(piece.classes, piece.vertices) for piece in boundary.pieces] == [((0, 1, 2), ((0,),))]


def test_the_whole_space_has_distances_but_no_pieces() -> None:
    net = pb.Network.from_arrays([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])], activation="abs")
    boundary = decision_boundary(pb.enumerate_regions(net, pb.whole_space(2)), 1)
    assert boundary.squared_distance([10**20, 0]) == (10**20 - 1) ** 2
    with pytest.raises(DomainError, match="unbounded"):
        _ = boundary.pieces


def test_bad_input_says_what_to_write() -> None:
    several = network([[1, 1], [1, 0]], [0, 0])
    with pytest.raises(InputError, match="output=0"):
        decision_boundary(several, "1/2")
    for output in (2, -1, True):
        with pytest.raises(InputError, match="0 to 1"):
            decision_boundary(several, output=output)
    with pytest.raises(NumberError):
        decision_boundary(several, "half", output=0)
    several.stopped = "interrupted"
    with pytest.raises(IncompleteError, match="resume"):
        decision_boundary(several)
