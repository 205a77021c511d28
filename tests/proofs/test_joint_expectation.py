"""Averages of polynomials in several variables: what they are, and what is refused."""

import pytest
import sympy

from polybn.errors import ProofError
from polybn.proof import expectation, joint_expectation

x, y, m, v, k = sympy.symbols("x y m v k", real=True)
ONE = sympy.Integer(1)


def test_each_monomial_is_replaced_by_its_moment():
    moments = {(1, 0): m, (2, 0): v, (1, 1): k}
    assert joint_expectation((x + 2 * y) * x + 3 * x + 5, (x, y), moments) == v + 2 * k + 3 * m + 5


def test_one_variable_agrees_with_expectation():
    assert joint_expectation((x - 2) ** 2, (x,), {(1,): m, (2,): v}) == expectation((x - 2) ** 2, x, (ONE, m, v))


def test_enumeration_of_a_finite_law_agrees():
    pairs = [(0, 1), (2, 3), (5, -1)]
    moments = {
        (i, j): sympy.Rational(sum(a**i * b**j for a, b in pairs), 3) for i in range(5) for j in range(5) if i or j
    }
    found = joint_expectation((x - 3 * y) ** 3 * (x + 1), (x, y), moments)
    assert found == sympy.Rational(sum((a - 3 * b) ** 3 * (a + 1) for a, b in pairs), 3)


@pytest.mark.parametrize(
    ("expression", "moments", "words"),
    [
        (x * y, {(1, 0): m, (0, 1): m}, "needs the moments"),
        (1 / x, {(1, 0): m}, "not a polynomial"),
        (sympy.Abs(x), {(1, 0): m}, "no part of a rational function"),
        (x, {(1, 0): y}, "averages over"),
    ],
)
def test_averages_that_mean_nothing_are_refused(expression, moments, words):
    with pytest.raises(ProofError, match=words):
        joint_expectation(expression, (x, y), moments)
