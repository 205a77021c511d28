"""Level sets against a line searched interval by interval, against folded hyperplanes, and against the forward pass."""

from fractions import Fraction
from itertools import pairwise

import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

import polybn as pb
from polybn.drawing.strategies import cases, rationals
from polybn.errors import IncompleteError, ShapeError
from polybn.exact.matrix import vector
from polybn.exact.rational import fraction
from polybn.networks.affine import AffineMap
from polybn.regions.folded import folded_hyperplane
from polybn.regions.level_set import affine_level_sets, level_sets
from polybn.regions.lipschitz import squared_lipschitz_of_unit

PER_RUN = settings().max_examples


def projections(network, layer, x):
    """The pre-activations of a hidden layer at x, by the forward pass."""
    place = vector(x)
    for hidden in network.hidden[:layer]:
        place = tuple(hidden.activation.value(entry) for entry in hidden.affine.apply(place))
    return [fraction(value) for value in network.hidden[layer].affine.apply(place)]


def crossings(g, kinks, level):
    """Where g, affine between the kinks, is `level`: (from, to), None for infinity. In Fractions, on a line."""
    ends = [kinks[0] - 2, kinks[0] - 1, *kinks, kinks[-1] + 1, kinks[-1] + 2]
    found = []
    for index, (a, b) in enumerate(pairwise(ends)):
        left, right = (None if index == 0 else a), (None if index == len(ends) - 2 else b)
        if g(a) == g(b) == level:
            found.append((left, right))
        elif g(a) != g(b):
            at = a + (level - g(a)) * (b - a) / (g(b) - g(a))
            if (left is None or at >= a) and (right is None or at <= b):
                found.append((at, at))
    return found


def kinks_of(network, layers):
    """All kinks of the first layers of a network on a line, found layer by layer."""
    kinks = [Fraction(0)]
    for layer in range(layers):
        for unit in range(network.widths[layer]):
            for point in network.hidden[layer].activation.breakpoints:
                found = crossings(lambda t: projections(network, layer, [t])[unit], kinks, fraction(point))  # noqa: B023
                kinks = sorted({*kinks, *(end for pair in found for end in pair if end is not None)})
    return kinks


def on_a_line(g, kinks, x, level):
    """min |x - y|^2 over the crossings, or None."""
    gaps = []
    for low, high in crossings(g, kinks, level):
        below, above = low is not None and x < low, high is not None and x > high
        gaps.append(low - x if below else x - high if above else Fraction(0))
    return min(gaps) ** 2 if gaps else None


def layer_level_sets(network, layer, domain=None):
    part = pb.enumerate_regions(network.prefix(layer), domain or pb.whole_space(network.dimension), exact=True)
    return level_sets(part, network.hidden[layer].affine)


@settings(max_examples=PER_RUN)
@given(cases(dimensions=(1,), depth=(2, 3), max_width=3), rationals(), rationals())
def test_distances_on_a_line_are_those_of_a_search_interval_by_interval(case, x, level):
    network = case.network
    layer = len(network.hidden) - 1
    kinks = kinks_of(network, layer)
    for unit, sets in enumerate(layer_level_sets(network, layer)):
        found = sets.squared_distance(vector([x]), vector([level])[0])
        expected = on_a_line(lambda t: projections(network, layer, [t])[unit], kinks, x, level)  # noqa: B023
        assert (None if found is None else fraction(found)) == expected
        assert sets.is_empty(vector([level])[0]) == (expected is None)


@pytest.mark.parametrize("in_a_box", [True, False])
@settings(max_examples=PER_RUN)
@given(st.data())
def test_distances_are_those_of_the_folded_hyperplanes(in_a_box, data):
    case = data.draw(cases(dimensions=(1, 2), depth=(2, 2), max_width=3, points=1))
    network = case.network
    domain = case.domain if in_a_box else pb.whole_space(network.dimension)
    whole = pb.enumerate_regions(network, domain, exact=True)
    for unit, sets in enumerate(layer_level_sets(network, 1, domain)):
        for index, level in enumerate(network.hidden[1].activation.breakpoints):
            folded = folded_hyperplane(whole, 1, unit, breakpoint=index)
            found = sets.squared_distance(vector(case.points[0]), level)
            assert (float("inf") if found is None else fraction(found)) == folded.squared_distance(case.points[0])


@settings(max_examples=PER_RUN)
@given(cases(dimensions=(2, 3), depth=(2, 2), max_width=3, points=2))
def test_the_nearest_point_is_on_the_level_set_and_no_point_that_is_on_it_is_nearer(case):
    x, y = map(vector, case.points)
    for unit, sets in enumerate(layer_level_sets(case.network, 1)):
        level = vector([projections(case.network, 1, y)[unit]])[0]
        nearest = sets.nearest(x, level)
        assert projections(case.network, 1, nearest.point)[unit] == fraction(level)
        assert nearest.squared_distance == sum((a - b) ** 2 for a, b in zip(x, nearest.point, strict=True))
        assert nearest.squared_distance <= sum((a - b) ** 2 for a, b in zip(x, y, strict=True))
        assert sets.squared_distance(y, level) == 0


@settings(max_examples=PER_RUN)
@given(cases(dimensions=(1, 2), depth=(2, 2), max_width=3))
def test_the_steepest_region_has_the_lipschitz_constant(case):
    whole = pb.enumerate_regions(case.network, pb.whole_space(case.network.dimension), exact=True)
    for unit, sets in enumerate(layer_level_sets(case.network, 1)):
        assert fraction(sets.steepest.squared_slope) == squared_lipschitz_of_unit(whole, 1, unit).upper


def hand(activation, rows, weights):
    """The level sets of g = weights . a(rows x) on all of R^d."""
    first = pb.Network([pb.Linear(rows), activation])
    part = pb.enumerate_regions(first, pb.whole_space(first.dimension), exact=True)
    return level_sets(part, pb.Linear([weights]).map)[0]


def square(sets, x, level):
    return sets.squared_distance(vector(x), vector([level])[0])


def test_a_leaky_unit_folds_the_line():
    sets = hand(pb.LeakyReLU("1/3"), [[1]], [1])
    assert [square(sets, [0], level) for level in (-1, 0, 2)] == [9, 0, 4]


def test_where_g_is_constant_the_level_set_is_full_dimensional_and_others_are_empty_there():
    sets = hand(pb.ReLU(), [[1, 0], [0, 1]], [1, 1])
    assert square(sets, [-3, -4], 0) == 0
    assert square(sets, [-3, -4], 1) == 16
    assert square(sets, [-3, -4], -1) is None
    assert sets.is_empty(fmpq(-1))
    assert not sets.is_empty(fmpq(0))


def test_a_level_set_that_is_one_point_counts():
    """|x| + |y| = 0 at the origin alone, which is a facet of no region."""
    sets = hand(pb.LeakyReLU(-1), [[1, 0], [0, 1]], [1, 1])
    assert square(sets, [3, 4], 0) == 25


def test_of_zero_weights_one_level_is_everywhere():
    sets = hand(pb.ReLU(), [[1]], [0])
    assert square(sets, [7], 0) == 0
    assert square(sets, [7], 1) is None
    assert sets.steepest.squared_slope == 0


def test_an_affine_function_has_hyperplanes():
    sets, constant = affine_level_sets(pb.Linear([[3, 4], [0, 0]], [0, "1/2"]).map)
    assert square(sets, [0, 0], 10) == 4
    assert square(constant, [5, 5], "1/2") == 0
    assert square(constant, [5, 5], 0) is None


def test_a_stopped_partition_is_refused():
    network = pb.Network.from_arrays([([[1], [1]], [0, 1]), ([[1, 1]], [0])])
    part = pb.enumerate_regions(network, pb.box(-3, 3, dim=1), exact=True)
    part.stopped = "the budget is spent"
    with pytest.raises(IncompleteError, match="resume"):
        level_sets(part, pb.Linear([[1]]).map)


def test_a_map_of_other_inputs_is_refused():
    part = pb.enumerate_regions(pb.Network([pb.Linear([[1]]), pb.ReLU()]), pb.whole_space(1))
    map = pb.Linear([[1, 1]]).map
    assert isinstance(map, AffineMap)
    with pytest.raises(ShapeError, match="takes 2 values and the network gives 1"):
        level_sets(part, map)
