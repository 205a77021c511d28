"""Continuous piecewise-linear activations: values, pieces, codes, and what is refused."""

from fractions import Fraction
from typing import Any

import pytest
from flint import fmpq
from hypothesis import given

import polybn as pb
from polybn.drawing.strategies import activations, rationals
from polybn.errors import ActivationError, ExactnessError
from polybn.networks.activation import activation


def exact(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)


@pytest.mark.parametrize(
    ("function", "by_definition"),
    [
        (pb.ReLU(), lambda t: max(t, 0)),
        (pb.LeakyReLU("1/10"), lambda t: t if t >= 0 else t / 10),
        (pb.LeakyReLU(0), lambda t: max(t, 0)),
        (pb.LeakyReLU(-1), abs),
        (pb.LeakyReLU(3), lambda t: t if t >= 0 else 3 * t),
        (pb.Abs(), abs),
        (pb.HardTanh(), lambda t: min(max(t, -1), 1)),
        (pb.ReLU6(), lambda t: min(max(t, 0), 6)),
        (pb.PiecewiseLinear([1, 2], [1, -1, 0], "1/2"), lambda t: Fraction(1, 2) + (t - 1 if t < 1 else 1 - min(t, 2))),
    ],
)
def test_values(function: pb.PiecewiseLinear, by_definition: Any) -> None:
    for numerator in range(-30, 31):
        point = Fraction(numerator, 4)
        assert Fraction(str(function.value(exact(point)))) == by_definition(point)


@given(activations(), rationals())
def test_codes_name_pieces_and_both_pieces_agree_at_a_breakpoint(function: pb.PiecewiseLinear, t: Fraction) -> None:
    point = exact(t)
    code = function.code(point)
    count = len(function.breakpoints)
    assert code == sum((point > b) - (point < b) for b in function.breakpoints)
    piece = function.piece(code)
    assert function.slopes[piece] * point + function.intercepts[piece] == function.value(point)
    assert (code - count) % 2 == (point in function.breakpoints)
    for index, breakpoint_ in enumerate(function.breakpoints):
        sides = [function.slopes[i] * breakpoint_ + function.intercepts[i] for i in (index, index + 1)]
        assert sides == [function.value(breakpoint_)] * 2
        # The code of the breakpoint lies between the codes of its two pieces, and means the upper one.
        assert function.piece(function.code(breakpoint_)) == index + 1


def test_equal_functions_are_equal_whatever_their_name() -> None:
    assert pb.LeakyReLU(-1) == pb.Abs() == pb.PiecewiseLinear([0], [-1, 1])
    assert pb.LeakyReLU(0) == activation("relu")
    assert hash(pb.LeakyReLU(0)) == hash(pb.ReLU())
    assert pb.ReLU() != pb.Abs()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: pb.PiecewiseLinear([], [1]), ActivationError, "0 breakpoints were given; 1 to 127"),
        (lambda: pb.PiecewiseLinear(list(range(128)), [0] * 129), ActivationError, "128 breakpoints"),
        (lambda: pb.PiecewiseLinear([0], [1]), ActivationError, "need 2 slopes, 1 were given"),
        (lambda: pb.PiecewiseLinear([1, 1], [0, 1, 0]), ActivationError, "increase strictly"),
        (lambda: pb.PiecewiseLinear([2, 1], [0, 1, 0]), ActivationError, r"\[0\] is 2 and the next is 1;"),
        (lambda: pb.LeakyReLU(0.1), ExactnessError, "Write '1/10'"),
        (lambda: activation("gelu"), ActivationError, "'gelu' is not an activation.*'relu', 'abs'"),
        (lambda: activation(None), ActivationError, "None is not an activation"),
        (lambda: activation("ReLU"), ActivationError, "'ReLU' is not an activation.* Did you mean 'relu'?"),
        (lambda: activation("HardTanh"), ActivationError, "Did you mean 'hard_tanh'?"),
        (lambda: activation("leaky_relu"), ActivationError, r"Did you mean pb.LeakyReLU\('1/10'\)?"),
        (lambda: activation("LeakyReLU"), ActivationError, r"Did you mean pb.LeakyReLU\('1/10'\)?"),
        (lambda: activation(pb.ReLU), ActivationError, r"the function ReLU is not .* called: write pb.ReLU\(\)\."),
        (lambda: activation(pb.LeakyReLU), ActivationError, r"write pb.LeakyReLU\('1/10'\)"),
        (lambda: activation(pb.PiecewiseLinear), ActivationError, r"write pb.PiecewiseLinear\(breakpoints"),
        (lambda: activation(len), ActivationError, "is not an activation that polybn knows. Write one of"),
    ],
)
def test_what_is_refused(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_as_many_breakpoints_as_a_code_holds() -> None:
    function = pb.PiecewiseLinear(list(range(127)), [i % 2 for i in range(128)])
    net = pb.Network([pb.Linear([[1]]), function])
    assert (net.code([-1]), net.code([200])) == ((-127,), (127,))
    part = pb.enumerate_regions(net, pb.box(-1, 127, dim=1))
    assert len(part) == 128
    assert [len(part[i].facets) for i in (0, 64, 127)] == [2, 2, 2]
