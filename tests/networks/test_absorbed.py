"""A network with gamma = 1 that is the same function: hand-computed parameters, every kind of gamma, refusals."""

from dataclasses import dataclass, replace
from fractions import Fraction

import pytest
from flint import fmpq

import polybn as pb
from polybn.exact.matrix import vector
from polybn.networks.absorbed import absorbed, bends
from polybn.regions.equality import equal_maps

BATCH = [(Fraction(x), Fraction(y)) for x, y in [(0, 0), (2, 0), (0, 2), (1, 5)]]


def network(gamma, beta, activation, batch=BATCH, method=pb.BatchNorm):
    first, second = pb.Linear([[1, 0], [1, -1], [0, 1]], [1, 0, 2]), pb.Linear([[1, -2, 1], [3, 1, 1]])
    parts = [method(gamma=gamma, beta=beta, eps=1, sigma_bits=4), activation]
    last = [method(gamma=gamma[:2], beta=beta[:2], eps=1, sigma_bits=4), activation, pb.Linear([[1, 2]], [3])]
    return pb.Network([first, *parts, second, *last]).fit(batch)


def points(batch):
    return [vector(point) for point in batch]


def test_gamma_goes_into_the_next_weights_and_beta_is_rescaled():
    line = [[-1], [1]]
    net = pb.Network([pb.Linear([[1]]), pb.BatchNorm(gamma=-2, beta=6), pb.ReLU(), pb.Linear([[5]], [1])]).fit(line)
    other = absorbed(net, pb.BatchNorm(), points(line))
    first, last = other.stages
    assert first.affine.linear.tolist() == [[-1]]
    assert first.frozen == replace(net.stages[0].frozen, gamma=(fmpq(1),), beta=(fmpq(3),))
    assert last.affine.linear.tolist() == [[10]]
    assert last.affine.offset == (1,)


def test_a_unit_with_gamma_zero_becomes_a_constant():
    line = [[-1], [1]]
    net = pb.Network([pb.Linear([[1]]), pb.BatchNorm(gamma=0, beta=7), pb.ReLU(), pb.Linear([[5]], [1])]).fit(line)
    last = absorbed(net, pb.BatchNorm(), points(line)).stages[-1]
    assert last.affine.linear.tolist() == [[0]]
    assert last.affine.offset == (36,)


@pytest.mark.parametrize("gamma", [(2, -3, 0), (1, 1, 1), (-1, "1/7", -5), (0, 0, 0)])
@pytest.mark.parametrize("beta", [(0, 0, 0), (1, -2, "1/3")])
@pytest.mark.parametrize(
    "activation",
    [
        pb.ReLU(),
        pb.LeakyReLU(-2),
        pb.PiecewiseLinear([3], ["1/2", -1], 5),
        pb.PiecewiseLinear([0, 1], [2, 2, "1/3"], 1),
        pb.PiecewiseLinear([0], [2, 2], 1),
    ],
    ids=["relu", "leaky", "bend elsewhere", "one true bend of two", "no bend"],
)
@pytest.mark.parametrize("method", [pb.BatchNorm, pb.MedianNorm])
def test_the_function_stays(gamma, beta, activation, method):
    net = network(gamma, beta, activation, method=method)
    other = absorbed(net, method(), points(BATCH))
    assert equal_maps(net, other, exact=True) is None
    assert [set(stage.frozen.gamma) for stage in other.stages if stage.frozen] == [{1}, {1}]
    assert [stage.affine.outputs for stage in other.stages] == [3, 2, 1]


def test_sigma_and_semantics_are_kept_for_the_variance():
    net = network((2, -3, 1), (0, 1, 0), pb.ReLU())
    for stage, before in zip(absorbed(net, pb.BatchNorm(), points(BATCH)).stages, net.stages, strict=True):
        if before.frozen:
            assert stage.frozen.scale == before.frozen.scale
            assert stage.frozen.semantics == before.frozen.semantics
            assert stage.frozen.squared_scale == before.frozen.squared_scale


@dataclass(frozen=True)
class Lopsided(pb.Normalization):
    """Statistics that do not mirror: the least value, and the squared mean distance to it."""

    gamma: object = None
    beta: object = None
    eps: object = 0
    sigma_bits: int = 6

    def location(self, values):
        return min(values)

    def squared_scale(self, values):
        return (sum(values) / len(values) - min(values)) ** 2


def test_statistics_that_do_not_mirror_are_refitted():
    net = network((2, -3, -1), (1, -2, 3), pb.LeakyReLU("1/2"), method=Lopsided)
    other = absorbed(net, Lopsided(), points(BATCH))
    assert other.stages[0].frozen.scale != net.stages[0].frozen.scale
    assert equal_maps(net, other, exact=True) is None


def test_bends_are_where_the_slope_changes():
    assert bends(None) == ()
    assert bends(pb.PiecewiseLinear([0, 1, 2], [1, 1, 0, 0])) == (1,)
    assert bends(pb.HardTanh()) == (-1, 1)


def test_an_activation_with_two_bends_absorbs_0_and_1_and_minus_1_alone():
    net = network((0, 1, -1), (1, 2, 3), pb.HardTanh())
    assert equal_maps(net, absorbed(net, pb.BatchNorm(), points(BATCH)), exact=True) is None
    with pytest.raises(pb.errors.InputError, match="hard_tanh bends at 2 points"):
        absorbed(network((2, 1, 1), (0, 0, 0), pb.HardTanh()), pb.BatchNorm(), points(BATCH))


def test_a_normalised_last_layer_keeps_its_spread():
    modules = [pb.Linear([[1]]), pb.BatchNorm(gamma=2)]
    with pytest.raises(pb.errors.InputError, match="Add a Linear"):
        absorbed(pb.Network(modules).fit([[-1], [1]]), pb.BatchNorm(), points([[-1], [1]]))
    mirrored = pb.Network([pb.Linear([[1]]), pb.BatchNorm(gamma=-1)]).fit([[-1], [1]])
    assert equal_maps(mirrored, absorbed(mirrored, pb.BatchNorm(), points([[-1], [1]]))) is None


def test_layers_without_a_normalisation_pass_through():
    net = pb.Network.from_arrays([([[1]], [2]), ([[3]], [4])])
    assert absorbed(net, pb.BatchNorm(), points([[0]])) == net


class Half(Lopsided):
    """A scale that only positive values have."""

    def squared_scale(self, values):
        return max(*values, Fraction(0)) ** 2


def test_a_negated_row_without_a_scale_is_refused():
    net = pb.Network([pb.Linear([[1]]), Half(gamma=-1), pb.ReLU(), pb.Linear([[1]])]).fit([[1], [2]])
    with pytest.raises(pb.errors.ZeroSigmaError, match="asks for the row -w"):
        absorbed(net, Half(), points([[1], [2]]))
