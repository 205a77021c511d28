"""The exact forward pass, codes and affine maps, against an independent implementation in Fractions."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from flint import fmpq, fmpz
from hypothesis import given
from hypothesis import strategies as st

import polybn as pb
from polybn.drawing.strategies import Drawn, batches, cases, matrices, points, rationals
from polybn.errors import ShapeError
from polybn.networks.code import affine_of_code, preactivation

Numbers = Sequence[Fraction]


def affine(rows: Sequence[Numbers], offsets: Numbers, point: Numbers) -> list[Fraction]:
    return [sum((a * x for a, x in zip(row, point, strict=True)), b) for row, b in zip(rows, offsets, strict=True)]


def leaky(slope: Fraction, value: Fraction) -> Fraction:
    return value if value >= 0 else slope * value


@st.composite
def plain_networks(draw: st.DrawFn) -> tuple[list[tuple[Any, Any]], Fraction, tuple[Fraction, ...]]:
    """(layers, slope of a leaky ReLU, a point), as Fractions and nothing of ours."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    layers = [(draw(matrices(n, m)), draw(points(n))) for m, n in pairwise(sizes)]
    return layers, draw(rationals(bound=2)), draw(points(sizes[0]))


@given(plain_networks())
def test_forward_pass(drawn: tuple[list[tuple[Any, Any]], Fraction, tuple[Fraction, ...]]) -> None:
    layers, slope, point = drawn
    value: Numbers = point
    for rows, offsets in layers[:-1]:
        value = [leaky(slope, entry) for entry in affine(rows, offsets, value)]
    net = pb.Network.from_arrays(layers, activation=pb.LeakyReLU(slope))
    assert net(point) == tuple(affine(*layers[-1], value))


@given(plain_networks(), st.data())
def test_forward_pass_with_batch_norm(drawn: Any, data: st.DataObject) -> None:
    """gamma (t - mu) / sigma + beta with mu and sigma recomputed; only their root is taken from the network."""
    layers, slope, point = drawn
    batch = data.draw(batches(len(point), min_size=1, max_size=4))
    eps, gamma, beta = Fraction(1, 4), data.draw(rationals()), data.draw(rationals())
    modules: list[Any] = []
    for rows, offsets in layers[:-1]:
        norm = pb.BatchNorm(gamma=gamma, beta=beta, eps=eps, sigma_bits=5)
        modules += [pb.Linear(rows, offsets), norm, pb.LeakyReLU(slope)]
    net = pb.Network([*modules, pb.Linear(*layers[-1])]).fit(batch)
    values: list[Numbers] = list(batch)
    value: Numbers = point
    for stage, (rows, offsets) in zip(net.stages, layers[:-1], strict=False):
        projections = [affine(rows, offsets, sample) for sample in values]
        frozen = stage.frozen
        assert frozen is not None
        sigma = [Fraction(str(scale)) for scale in frozen.scale]
        mu = [sum(column) / len(batch) for column in zip(*projections, strict=True)]
        for unit, column in enumerate(zip(*projections, strict=True)):
            variance = sum((t - mu[unit]) ** 2 for t in column) / len(batch) + eps
            assert variance <= sigma[unit] ** 2 <= variance * (1 + Fraction(1, 2**4)) ** 2

        def normalized(z: Numbers, mu: Numbers = mu, sigma: Numbers = sigma) -> Numbers:
            return [leaky(slope, gamma * (t - m) / s + beta) for t, m, s in zip(z, mu, sigma, strict=True)]

        values = [normalized(one) for one in projections]
        value = normalized(affine(rows, offsets, value))
    assert net(point) == tuple(affine(*layers[-1], value))


@given(cases(normalization=pb.BatchNorm), st.data())
def test_affine_of_code_is_the_network_where_the_code_is(case: Drawn, data: st.DataObject) -> None:
    """Eq. 15-18, at any point: on a breakpoint the pieces on both sides agree."""
    net = case.network
    point = data.draw(points(net.dimension))
    code = net.code(point)
    assert affine_of_code(net, code)(point) == net(point)
    start = 0
    for layer, hidden in enumerate(net.hidden):
        ahead = preactivation(net, code, layer)(point)
        own = tuple(hidden.activation.code(fmpq(t.numerator, t.denominator)) for t in ahead)
        assert own == code[start : start + net.widths[layer]]
        start += net.widths[layer]


@given(cases())
def test_prefix_and_layer_inputs(case: Drawn) -> None:
    """The network up to a layer gives what the next one takes in."""
    net = case.network
    for layers in range(1, len(net.hidden) + 1):
        inputs = net.layer_inputs(case.batch, layers)
        outputs = [net.prefix(layers)(sample) for sample in case.batch]
        assert [tuple(Fraction(str(x)) for x in value) for value in inputs] == outputs


def test_a_code_of_another_length_is_refused() -> None:
    net = pb.Network.from_arrays([([[1], [1]], [0, 0]), ([[1, 1]], [0])])
    with pytest.raises(ShapeError, match="3 entries and the network 2 hidden units"):
        affine_of_code(net, (1, 1, 1))


@pytest.mark.parametrize(
    "weights",
    [
        [["1/2", "-0.25"]], [[Fraction(1, 2), Fraction(-1, 4)]], [[fmpq(1, 2), fmpq(-1, 4)]], ((" 1/2", "-25e-2"),),
        np.array([[0.5, -0.25]]), np.array([[0.5, -0.25]], dtype=np.float32),
        np.array([[Fraction(1, 2), "-1/4"]], dtype=object),
    ],
)  # fmt: skip
def test_every_way_to_write_the_same_numbers(weights: Any) -> None:
    assert pb.Network.from_arrays([(weights, [0])])([3, 2]) == (1,)


def test_whole_numbers_of_every_type() -> None:
    for two in (2, "2", np.int64(2), fmpz(2), "+2", "2.", "2e0", "4/2"):
        assert pb.Network.from_arrays([([[two]], [0])])([1]) == (2,)


def test_float_arrays_are_the_dyadics_that_they_store() -> None:
    net = pb.Network.from_arrays([(np.array([[0.1]]), np.array([0.2]))])
    assert net([1]) == (pb.exact_float(0.1) + pb.exact_float(0.2),)
    assert net(np.array([0.3])) == (pb.exact_float(0.1) * pb.exact_float(0.3) + pb.exact_float(0.2),)
    assert net([1]) != (Fraction(3, 10),)
