"""Rational functions over Q in real symbols, as a proof may write them: what they divide by, and which are positive."""

from __future__ import annotations

from typing import cast

import sympy

from polybn.errors import ProofError

Signs = frozenset[sympy.Expr]
"""Expressions that are all positive, or all zero, by assumption."""


def require_rational_function(expression: sympy.Expr, statement: str) -> None:
    """Only +, *, whole powers, rationals, and symbols that are assumed real and nothing more."""
    for node in sympy.preorder_traversal(expression):
        if isinstance(node, sympy.Add | sympy.Mul | sympy.Rational):
            continue
        if isinstance(node, sympy.Pow) and isinstance(node.exp, sympy.Integer):
            continue
        if isinstance(node, sympy.Symbol) and node == sympy.Symbol(node.name, real=True):
            continue
        raise ProofError(f"'{statement}': {node} is no part of a rational function in real symbols.", expression)


def require_polynomial(expression: sympy.Expr, statement: str) -> None:
    """A rational function that divides by no symbol."""
    require_rational_function(expression, statement)
    if divisors(expression):
        raise ProofError(f"'{statement}': {expression} divides by {divisors(expression)}.", expression)


def require_variable(variable: sympy.Symbol, statement: str) -> None:
    """A symbol that is assumed real and nothing more: another of the same name would be another variable."""
    if variable != sympy.Symbol(variable.name, real=True):
        raise ProofError(
            f"'{statement}': {variable!r} is no real symbol; write sympy.Symbol(name, real=True).", variable
        )


def divisors(expression: sympy.Expr) -> set[sympy.Expr]:
    """The irreducible factors of everything that the expression divides by, as it is written; none may be zero."""
    powers = (node for node in sympy.preorder_traversal(expression) if isinstance(node, sympy.Pow) and node.exp < 0)
    return {factor for power in powers for factor in factors(power.base)}


def factors(expression: sympy.Expr) -> set[sympy.Expr]:
    """The irreducible factors of numerator and denominator."""
    numerator, denominator = sympy.fraction(sympy.together(expression))
    if sympy.expand(numerator) == 0:
        raise ProofError(f"{expression} is 0, and no factor of it is kept from zero.", expression)
    return {factor for part in (numerator, denominator) for factor, _ in _factored(part)[1]}


def is_positive(coefficient: sympy.Expr, positive: Signs) -> bool:
    """Whether it is a positive rational times expressions of `positive` and their inverses, or of opposites of two."""
    known = {sympy.expand(entry) for entry in positive}
    for part in sympy.fraction(sympy.together(coefficient)):
        constant, found = _factored(part)
        for factor, power in found:
            if sympy.expand(factor) in known:
                continue
            if sympy.expand(-factor) not in known:
                return False
            constant *= (-1) ** power
        if not constant > 0:
            return False
    return True


def vanishes(numerator: sympy.Expr, zero: Signs) -> bool:
    """Whether a polynomial is 0 wherever those of `zero` are, because it is in the ideal that they generate over Q."""
    expanded = sympy.expand(numerator)
    if expanded == 0 or not zero:
        return bool(expanded == 0)
    symbols = sorted(set[sympy.Symbol]().union(expanded.free_symbols, *(e.free_symbols for e in zero)), key=str)
    basis = sympy.groebner(sorted(zero, key=str), *symbols, order="grevlex", domain=sympy.QQ)
    return bool(basis.contains(expanded))


def _factored(expression: sympy.Expr) -> tuple[sympy.Expr, list[tuple[sympy.Expr, int]]]:
    return cast("tuple[sympy.Expr, list[tuple[sympy.Expr, int]]]", sympy.factor_list(expression))
