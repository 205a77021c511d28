"""Networks are values: equal ones hash alike, and a pickled or copied one is equal to the original."""

import copy
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

import polybn as pb

BATCH = [[0, 1], ["1/2", -1], [2, 3]]
WAYS: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))]


def unfitted() -> pb.Network:
    modules = [pb.Linear([[1, "2/3"], [-1, 5]], [0, 1]), pb.BatchNorm(eps="1/7"), pb.LeakyReLU("1/10")]
    return pb.Network([*modules, pb.Linear([[1, -1]]), pb.MedianNorm(), pb.HardTanh()])


VALUES = [
    unfitted(),
    unfitted().fit(BATCH),
    pb.Network.from_arrays([([[1], [2]], [0, 1]), ([[1, 1]], [0])]),
    pb.Linear([[1, "1/2"]], ["1/3"]),
    pb.Linear([[1, "1/2"]]).map,
    pb.BatchNorm(eps=1),
    pb.frozen([0, 1], ["1/2", 3]),
    pb.PiecewiseLinear([0, "1/2"], [0, 1, 2], "-1/3"),
    pb.box(-1, "1/2", dim=3),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_copy_is_equal(value: Any, way: Callable[[Any], Any]) -> None:
    other = way(value)
    assert other == value
    assert hash(other) == hash(value)
    assert repr(other) == repr(value)


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_is_the_same_function(way: Callable[[Any], Any]) -> None:
    net = unfitted().fit(BATCH)
    assert net.hidden  # what is derived is stored by now, and travels too
    other = way(net)
    assert other(["1/3", -2]) == net(["1/3", -2])
    assert (other.hidden, other.output, other.semantics) == (net.hidden, net.output, net.semantics)


def test_equal_networks_hash_alike() -> None:
    first, second = unfitted().fit(BATCH), unfitted().fit(BATCH)
    assert len({first, second, unfitted()}) == 2
    assert hash(pb.Linear([["2/4"]])) == hash(pb.Linear([[Fraction(1, 2)]]))
    assert pb.Linear([[1, 2]]) != pb.Linear([[1], [2]])


def test_fit_leaves_what_is_frozen() -> None:
    net = pb.Network([pb.Linear([[1], [2]]), pb.frozen([5, 6], [7, 8]), pb.ReLU(), pb.Linear([[1, 0]]), pb.BatchNorm()])
    fitted = net.fit([[0], [40], [12]])
    assert fitted.stages[0] == net.stages[0]
    assert fitted.is_fitted
    assert not net.is_fitted
    assert fitted.fit([[1], [100]]) == fitted
    frozen = fitted.stages[1].frozen
    assert frozen is not None
    assert frozen.location == (2,)  # of 0, (40 - 5) / 7 and (12 - 5) / 7
