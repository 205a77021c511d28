"""Frozen statistics: mean, biased variance, a rational sigma and which semantics it has, and sigma = 0."""

from fractions import Fraction
from math import isqrt
from typing import Any

import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

import polybn as pb
from polybn.drawing.strategies import batches, rationals
from polybn.errors import BatchError, InputError, ShapeError, UnfittedError, ZeroSigmaError
from polybn.networks.normalization import Semantics, rational_root_above


def statistics(batch: Any, norm: Any = None, rows: Any = ((1,),)) -> pb.FrozenNormalization:
    frozen = pb.Network([pb.Linear(rows), norm or pb.BatchNorm()]).fit(batch).stages[0].frozen
    assert frozen is not None
    return frozen


def test_mean_and_biased_variance() -> None:
    """(0, 0, 3, 1): mean 1, sum of squares 1 + 1 + 4 + 0 = 6, over N = 4 and not 3."""
    found = statistics([[0], [0], [3], [1]], pb.BatchNorm(eps="3/4"))
    assert (found.location, found.scale) == ((1,), (fmpq(3, 2),))  # 6/4 + 3/4 = 9/4
    assert found.semantics is Semantics.EXACT


def test_median() -> None:
    assert statistics([[0], [0], [3], [1]], pb.MedianNorm(eps=1)).location == (fmpq(1, 2),)
    assert statistics([[0], [5], [1]], pb.MedianNorm()).location == (1,)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: pb.Network([pb.Linear([[1]]), pb.BatchNorm()]).fit([[1], [-1]]), "exact: sigma^2 = var + eps"),
        (lambda: pb.Network([pb.Linear([[1]]), pb.BatchNorm()]).fit([[0], [0], [1]]), "slack: rational sigma"),
        (lambda: pb.Network([pb.Linear([[1]]), pb.frozen([0], [2])]), "frozen: mu and sigma are given"),
        (lambda: pb.Network([pb.Linear([[1]]), pb.ReLU()]), "no normalisation"),
    ],
)
def test_semantics_are_named(build: Any, words: str) -> None:
    net = build()
    assert net.semantics.startswith(words)
    part = pb.enumerate_regions(net, pb.box(-1, 1, dim=1))
    assert part.semantics == net.semantics


def test_one_unit_without_a_rational_root_makes_the_layer_slack() -> None:
    found = statistics([[1, 0], [-1, 0], [1, 1]], rows=[[0, 1], [1, 0]])
    assert found.semantics is Semantics.SLACK


def test_semantics_of_several_layers_are_all_named() -> None:
    net = pb.Network([pb.Linear([[1]]), pb.BatchNorm(), pb.ReLU(), pb.Linear([[1]]), pb.frozen([0], [1])])
    assert net.fit([[1], [-1]]).semantics == f"{Semantics.FROZEN.value}; {Semantics.EXACT.value}"


@given(rationals(positive=True), st.integers(2, 30))
def test_the_rational_root(square: Fraction, bits: int) -> None:
    """Exact where there is one; else just above, within a relative 2^-(bits - 2)."""
    exact = fmpq(square.numerator, square.denominator)
    root = rational_root_above(exact, bits)
    assert root > 0
    if root * root != exact:
        assert isqrt(square.numerator) ** 2 != square.numerator or isqrt(square.denominator) ** 2 != square.denominator
        assert root * root > exact
        assert (root * (1 - fmpq(1, 2 ** (bits - 2)))) ** 2 < exact
        assert root.q & (root.q - 1) == 0
    squared = rational_root_above(exact * exact, bits)
    assert squared == exact


@given(batches(1, min_size=1), rationals(nonzero=True), rationals())
def test_frozen_normalization_is_its_formula(batch: Any, gamma: Fraction, beta: Fraction) -> None:
    found = statistics(batch, pb.BatchNorm(gamma=gamma, beta=beta, eps=1))
    factor, shift = found.factors[0], found.shifts[0]
    for sample in batch:
        value = fmpq(sample[0].numerator, sample[0].denominator)
        assert found.apply((value,)) == (factor * value + shift,)


def test_sigma_zero_names_layer_and_unit() -> None:
    net = pb.Network([
        pb.Linear([[1, 0], [0, 1]]), pb.BatchNorm(), pb.ReLU(),
        pb.Linear([[1, 0], [1, -1], [0, 0]]), pb.BatchNorm(), pb.ReLU(),
    ])  # fmt: skip
    message = r"unit 1 of layer 1 \(counted from 0\): it is 0 on all 2 samples"
    with pytest.raises(ZeroSigmaError, match=message) as caught:
        net.fit([[0, 0], [1, 1]])
    assert (caught.value.layer, caught.value.unit) == (1, 1)
    assert "eps > 0" in str(caught.value)


def test_sigma_zero_of_a_batch_of_one() -> None:
    net = pb.Network([pb.Linear([[1]]), pb.BatchNorm()])
    with pytest.raises(ZeroSigmaError, match="the batch has one sample") as caught:
        net.fit([[7]])
    assert (caught.value.layer, caught.value.unit) == (0, 0)


@pytest.mark.parametrize("batch", [[[7]], [[7], [7], [7]]])
def test_eps_repairs_sigma_zero(batch: Any) -> None:
    found = statistics(batch, pb.BatchNorm(eps="1/4"))
    assert (found.location, found.scale) == ((7,), (fmpq(1, 2),))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: statistics([[0], [1]], pb.BatchNorm(eps=-1)), InputError, "eps is -1; it must be >= 0"),
        (lambda: statistics([[0], [1]], pb.BatchNorm(eps=1e-5)), InputError, "float.*'1/100000'"),
        (lambda: statistics([[0], [1]], pb.BatchNorm(gamma=[1, 2])), ShapeError, "gamma has 2 entries for 1 units"),
        (lambda: statistics([[0], [1]], pb.BatchNorm(beta=["x"])), InputError, r"beta\[0\] is 'x'"),
        (lambda: statistics([]), BatchError, "empty; give at least one sample"),
        (lambda: statistics([[1, 2]]), ShapeError, "samples of 2 coordinates and the network takes 1"),
        (lambda: statistics([[0], [1, 2]]), ShapeError, "ragged: row 0 has 1 entries and row 1 has 2"),
        (lambda: statistics([0, 1]), ShapeError, r"batch\[0\] is int; a list of numbers is needed"),
        (lambda: statistics(None), ShapeError, "batch is NoneType"),
        (lambda: pb.frozen([0], [0]), InputError, r"scale\[0\] is 0; sigma must be positive"),
        (lambda: pb.frozen([0], [-1]), InputError, "must be positive"),
        (lambda: pb.frozen([0, 0], [1]), ShapeError, "2 entries and scale has 1"),
        (lambda: pb.Network([pb.Linear([[1]]), pb.BatchNorm()])([1]), UnfittedError, "fit"),
        (lambda: pb.Network([pb.Linear([[1]]), pb.frozen([0, 0], [1, 1])]), ShapeError, "normalises 2 units"),
    ],
)
def test_what_is_refused(build: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        build()


def test_an_unfitted_network_is_not_enumerated() -> None:
    net = pb.Network([pb.Linear([[1]]), pb.BatchNorm(), pb.ReLU()])
    with pytest.raises(UnfittedError, match=r"net\.fit\(batch\)"):
        pb.enumerate_regions(net, pb.box(-1, 1, dim=1))


def test_fitting_again_keeps_what_is_frozen() -> None:
    net = pb.Network([pb.Linear([[1]]), pb.BatchNorm(), pb.ReLU()])
    once = net.fit([[1], [-1]])
    assert once.fit([[5], [6]]) == once
    assert not net.is_fitted
