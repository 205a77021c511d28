"""Equality of two piecewise-affine maps on all of R^d, decided: known identities, tiny and far-away differences."""

import random
from fractions import Fraction

import pytest
from flint import fmpq, fmpq_mat

import polybn as pb
from polybn.networks.affine import AffineMap
from polybn.networks.layer import Stage
from polybn.regions.equality import common_refinement, equal_maps


def net(*layers, activation="relu"):
    return pb.Network.from_arrays(layers, activation=activation)


def differ(first, second):
    """The point found, after checking that the networks do differ there."""
    point = equal_maps(first, second)
    assert point is not None
    assert first(point) != second(point)
    assert equal_maps(second, first, exact=True) is not None
    return point


IDENTITY = net(([[1]], [0]))
RELU = net(([[1]], [0]), ([[1]], [0]))
ABS = net(([[1]], [0]), ([[1]], [0]), activation="abs")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ABS, net(([[1], [-1]], [0, 0]), ([[1, 1]], [0]))),
        (IDENTITY, net(([[1], [-1]], [0, 0]), ([[1, -1]], [0]))),
        (net(([[0]], [3])), net(([[0], [1]], [3, 7]), ([[1, 0]], [0]))),
        (RELU, net(([[1]], [0]), ([[1]], [0]), ([[1]], [0]))),
        (RELU, net(([[1], [1]], [0, 0]), ([["1/3", "2/3"]], [0]))),
        (net(([[1]], [0]), ([[1]], [0]), activation="hard_tanh"), net(([[1], [1]], [1, -1]), ([[1, -1]], [-1]))),
        (net(([[1]], [0]), ([[1]], [0]), activation="relu6"), net(([[1], [1]], [0, -6]), ([[1, -1]], [0]))),
        (ABS, net(([[1]], [0]), ([[1]], [0]), ([[1]], [0]), activation="abs")),
    ],
)
def test_the_same_map_written_twice(first, second):
    assert equal_maps(first, second) is None
    assert equal_maps(second, first, exact=True) is None


def test_different_activations_and_depths_stand_side_by_side():
    """hard_tanh(leaky(x)) with slope 1/2 is a map with breakpoints -2 and 1, and a one-layer network is that map."""
    deep = pb.Network([pb.Linear([[1]]), pb.LeakyReLU("1/2"), pb.Linear([[1]]), pb.HardTanh(), pb.Linear([[1]])])
    kinked = pb.PiecewiseLinear([-2, 0, 1], [0, "1/2", 1, 0], -1)
    flat = pb.Network([pb.Linear([[1]]), kinked, pb.Linear([[1]])])
    assert equal_maps(deep, flat) is None
    off = pb.PiecewiseLinear([-2, 0, 1], [0, "1/2", 1, "1/1000000000"], -1)
    assert differ(deep, pb.Network([pb.Linear([[1]]), off, pb.Linear([[1]])]))[0] > 1


def tent(centre, width):
    """relu(x) plus a tent of that width at a centre, and zero elsewhere."""
    return net(([[1]] * 4, [0, -centre + width, -centre, -centre - width]), ([[1, 1, -2, 1]], [0]))


@pytest.mark.parametrize("centre", [0, 1, 10**9, Fraction(-1, 7)])
def test_a_tiny_tent_is_found_wherever_it_is(centre):
    width = Fraction(1, 10**12)
    (point,) = differ(RELU, tent(centre, width))
    assert abs(point - centre) < width


def test_a_difference_far_away_in_an_unbounded_region_is_found():
    far = 10**15
    (point,) = differ(RELU, net(([[1], [1]], [0, -far]), ([[1, 1]], [0])))
    assert point > far


def test_a_difference_in_a_corner_of_the_plane_alone():
    """u + v - |u - v| = 2 min(u, v), with u = relu(x - 100) and v = relu(y - 100): 0 unless x and y exceed 100."""
    corner = net(
        ([[1, 0], [0, 1]], [-100, -100]), ([[1, 0], [0, 1], [1, -1], [-1, 1]], [0] * 4), ([[1, 1, -1, -1]], [0])
    )
    nothing = net(([[0, 0]], [0]), ([[0]], [0]))
    point = differ(corner, nothing)
    assert min(point) > 100


def test_several_outputs_differ_where_one_does():
    both = net(([[1]], [0]), ([[1], [1]], [0, 0]))
    other = net(([[1]], [0]), ([[1], [1]], [0, "1/1000000"]))
    differ(both, other)
    assert equal_maps(both, both) is None


def test_affine_maps_that_agree_at_the_origin():
    point = differ(net(([[1, 2]], [0])), net(([[1, 3]], [0])))
    assert point[1] != 0


def test_zero_duplicate_and_opposite_rows():
    first = net(([[0, 0], [1, 1], [1, 1], [-1, -1]], [0, 0, 0, 0]), ([[5, 1, 1, 1]], [0]))
    second = net(([[1, 1], [-1, -1]], [0, 0]), ([[2, 1]], [0]))
    assert equal_maps(first, second) is None


def test_the_refinement_of_one_network_twice_has_its_regions():
    function = pb.PiecewiseLinear([-1, 0, 2], [1, 0, 2, -1])
    one = net(([[1, 2], [2, -1]], [0, 1]), ([[1, 1]], [-1]), ([[1]], [0]), activation=function)
    assert len(common_refinement(one, one)) == len(pb.enumerate_regions(one, pb.whole_space(2)))


def beside(first, second):
    """first - second of networks with equal depth and activation, as one network: another route to equality."""
    stages = []
    for index, (one, two) in enumerate(zip(first.stages, second.stages, strict=True)):
        rows, others = one.affine.linear.tolist(), two.affine.linear.tolist()
        if index == 0:
            table = [*rows, *others]
        else:
            table = [row + [0] * len(others[0]) for row in rows] + [[0] * len(rows[0]) + row for row in others]
        affine = AffineMap(fmpq_mat(table), one.affine.offset + two.affine.offset)
        stages.append(Stage(affine, None, one.activation))
    count = first.outputs
    difference = fmpq_mat([[int(c == r) - int(c == r + count) for c in range(2 * count)] for r in range(count)])
    return pb.Network([*stages, Stage(AffineMap(difference, (fmpq(0),) * count))])


def test_the_difference_network_agrees():
    random.seed(3)
    same = 0
    for trial in range(40):
        hidden = [[random.randint(-1, 1) for _ in range(2)] for _ in range(2)]
        layers = [
            [(hidden, [0, random.randint(0, 1)]), ([[random.randint(-1, 1) for _ in range(2)]], [0])] for _ in "ab"
        ]
        function = pb.LeakyReLU("1/2") if trial % 2 else pb.HardTanh()
        first, second = (pb.Network.from_arrays(one, activation=function) for one in layers)
        zero = all(
            not any(map(any, part.slope)) and not any(part.bias)
            for part in pb.enumerate_regions(beside(first, second), pb.whole_space(2)).linear_regions().affine_maps
        )
        assert (equal_maps(first, second) is None) == zero
        same += zero
    assert 0 < same < 40


def test_maps_between_other_spaces_are_refused():
    with pytest.raises(pb.errors.ShapeError, match="takes 1 coordinates and gives 1, the second takes 2"):
        equal_maps(RELU, net(([[1, 1]], [0])))
    with pytest.raises(pb.errors.UnfittedError):
        equal_maps(RELU, pb.Network([pb.Linear([[1]]), pb.BatchNorm(), pb.ReLU()]))
