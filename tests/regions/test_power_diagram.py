"""Sites and weights of one layer: hand-computed diagrams, degenerate layers, refusals."""

from fractions import Fraction

import pytest
from flint import fmpq

import polybn as pb
from polybn.exact.matrix import vector
from polybn.regions.power_diagram import breakpoint_distances, is_strictly_convex, power_diagram


def layer(rows, offsets, activation="relu"):
    return pb.Network.from_arrays([(rows, offsets), ([[1] * len(rows)], [0])], activation=activation).hidden[0]


def table(diagram):
    return {
        code: (tuple(map(int, site)), int(weight))
        for code, site, weight in zip(diagram.codes, diagram.sites, diagram.weights, strict=True)
    }


def test_the_quadrants_are_the_cells_of_four_corners():
    """|x| + |y|: sites (+-1, +-1) of equal weight, a Voronoi diagram."""
    diagram = power_diagram(layer([[1, 0], [0, 1]], [0, 0], "abs"))
    assert table(diagram) == {(a, b): ((a, b), 2) for a in (-1, 1) for b in (-1, 1)}


def test_one_shifted_relu():
    """relu(2x - 3): 0 or 2x - 3, so sites 0 and 2, weights 0 and 4 - 6."""
    diagram = power_diagram(layer([[2]], [-3]))
    assert table(diagram) == {(-1,): ((0,), 0), (1,): ((2,), -2)}
    assert diagram.nearest(vector([1])) == (0,)
    assert diagram.nearest(vector([2])) == (1,)
    assert diagram.nearest(vector(["3/2"])) == (0, 1)


def test_powers_are_squared_distances_less_weights():
    diagram = power_diagram(layer([[2]], [-3]))
    assert diagram.powers([vector([5]), vector([0])]) == [(25, 11), (0, 6)]
    assert diagram.powers([]) == []


def test_several_breakpoints():
    """A convex function with slopes -1, 0, 2 at -1 and 1 is max(-t - 1, 0, 2t - 2)."""
    convex = pb.PiecewiseLinear([-1, 1], [-1, 0, 2])
    diagram = power_diagram(layer([[1]], [0], convex))
    assert table(diagram) == {(-2,): ((-1,), -1), (0,): ((0,), 0), (2,): ((2,), 0)}


def test_an_activation_that_is_not_convex_has_the_codes_as_slopes():
    diagram = power_diagram(layer([[1, 0], [1, 1]], [0, 0], "hard_tanh"))
    for code, site in zip(diagram.codes, diagram.sites, strict=True):
        assert site == (sum(code), code[1])
    assert breakpoint_distances(pb.HardTanh()).value(fmpq(5)) == 4 + 6


def test_a_unit_that_stays_on_its_breakpoint_ties_with_itself():
    diagram = power_diagram(layer([[0], [1]], [0, 0]))
    assert [diagram.codes[index] for index in diagram.nearest(vector([1]))] == [(-1, 1), (1, 1)]
    assert diagram.sites[1] == diagram.sites[3]
    assert diagram.weights[1] == diagram.weights[3]


def test_duplicate_and_opposite_units_leave_impossible_choices_empty():
    for rows, possible in ([[1], [1]], {(-1, -1), (1, 1)}), ([[1], [-1]], {(-1, 1), (1, -1)}):
        diagram = power_diagram(layer(rows, [0, 0], pb.LeakyReLU("1/10")))
        seen = {diagram.codes[index] for x in (-3, -1, 1, 3) for index in diagram.nearest(vector([x]))}
        assert seen == possible


def test_strict_convexity():
    assert is_strictly_convex(pb.Abs())
    assert not is_strictly_convex(pb.LeakyReLU(1))
    assert not is_strictly_convex(pb.ReLU6())


def test_refusals():
    with pytest.raises(pb.errors.ActivationError, match="strictly convex at each breakpoint of relu6"):
        power_diagram(layer([[1]], [0], "relu6"), potential=pb.ReLU6())
    with pytest.raises(pb.errors.ActivationError, match="these alone"):
        power_diagram(layer([[1]], [0]), potential=pb.PiecewiseLinear([1], [0, 1]))
    with pytest.raises(pb.errors.InputError, match=r"2\^21 sites"):
        power_diagram(layer([[1]] * 21, [0] * 21))


def test_its_repr_counts():
    assert repr(power_diagram(layer([[1, Fraction(1, 2)]], [0]))) == "PowerDiagram(2 sites in R^2)"
