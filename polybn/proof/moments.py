"""Expectations of polynomials, from the moments of what they are polynomials in: for any batch size, and any law."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

from polybn.errors import ProofError
from polybn.proof.rational_functions import require_rational_function, require_variable


def expectation(expression: sympy.Expr, variable: sympy.Symbol, moments: tuple[sympy.Expr, ...]) -> sympy.Expr:
    """E[p(t)] for a polynomial p in t and any linear E with E[t^i] = moments[i], moments[0] = 1."""
    require_rational_function(expression, "expectation")
    require_variable(variable, "expectation")
    try:
        polynomial = sympy.Poly(expression, variable)
    except sympy.PolynomialError as problem:
        raise ProofError(f"{expression} is not a polynomial in {variable}.", expression) from problem
    if polynomial.degree() >= len(moments) or moments[0] != 1:
        raise ProofError(f"{expression} needs moments up to {polynomial.degree()}, the zeroth being 1.", moments)
    if any(moment.has(variable) for moment in moments):
        raise ProofError(f"A moment contains {variable}, which it averages over.", moments)
    return sympy.Add(*(coefficient * moments[power] for (power,), coefficient in polynomial.terms()))


def joint_expectation(
    expression: sympy.Expr, variables: tuple[sympy.Symbol, ...], moments: Mapping[tuple[int, ...], sympy.Expr]
) -> sympy.Expr:
    """E[p] for a polynomial p in several variables and any linear E with E[1] = 1, E[x^a y^b] = moments[a, b].

    That the variables are independent or uncorrelated is for the moments to say; one that is not there is refused.
    """
    require_rational_function(expression, "joint expectation")
    for variable in variables:
        require_variable(variable, "joint expectation")
    try:
        polynomial = sympy.Poly(expression, *variables)
    except sympy.PolynomialError as problem:
        raise ProofError(f"{expression} is not a polynomial in {variables}.", expression) from problem
    missing = {powers for powers, _ in polynomial.terms() if any(powers)} - set(moments)
    if missing:
        raise ProofError(f"{expression} needs the moments of {variables} with the powers {sorted(missing)}.", moments)
    if any(moment.has(variable) for moment in moments.values() for variable in variables):
        raise ProofError(f"A moment contains one of {variables}, which it averages over.", moments)
    one = sympy.Integer(1)
    return sympy.Add(*(factor * (moments[powers] if any(powers) else one) for powers, factor in polynomial.terms()))
