"""Steps of a proof that check themselves, where some expressions are positive and some polynomials are zero."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, cast

import sympy

from polybn.errors import ProofError
from polybn.proof.rational_functions import (
    Signs,
    divisors,
    factors,
    is_positive,
    require_rational_function,
    require_variable,
    vanishes,
)

NONE: Signs = frozenset()


@dataclass(frozen=True)
class Identity:
    """left = right as rational functions over Q in real symbols, wherever the assumptions hold.

    The numerator of left - right is zero, or in the ideal of the polynomials that are assumed to be zero: so a square
    root s of v enters as the assumption s^2 - v = 0.
    """

    statement: str
    left: sympy.Expr
    right: sympy.Expr

    def check(self, positive: Signs, zero: Signs = NONE) -> None:
        """Raises `ProofError` unless left - right has numerator 0 and divides only by factors of `positive`."""
        for side in (self.left, self.right):
            require_rational_function(side, self.statement)
            foreign = divisors(side) - {factor for entry in positive for factor in factors(entry)}
            if foreign:
                raise ProofError(f"'{self.statement}' divides by {foreign}, which nothing keeps from zero.", self)
        numerator, _ = sympy.fraction(sympy.together(self.left - self.right))
        if not vanishes(numerator, zero):
            raise ProofError(f"'{self.statement}' is not an identity: the two sides differ by {numerator}.", self)


@dataclass(frozen=True)
class Nonnegative:
    """expression = sum of coefficient * square^2, so it is >= 0, and 0 only where every square is.

    A coefficient is a positive rational times declared positive expressions and their inverses.
    """

    statement: str
    expression: sympy.Expr
    squares: tuple[tuple[sympy.Expr, sympy.Expr], ...]

    def check(self, positive: Signs, zero: Signs = NONE) -> None:
        """Raises `ProofError` unless the certificate is right."""
        for coefficient, base in self.squares:
            require_rational_function(base, self.statement)
            _require_positive(coefficient, positive, self)
        total = sympy.Add(*(coefficient * base**2 for coefficient, base in self.squares))
        Identity(self.statement, self.expression, total).check(positive, zero)


@dataclass(frozen=True)
class Infeasible:
    """No point makes every expression of `nonnegative` >= 0 and every one of `strict` > 0: a certificate of Farkas.

    sum of multiplier * expression = - sum of coefficient * square^2, all multipliers and coefficients positive: the
    left side would be >= 0, and > 0 where one of `strict` is there, while the right side is <= 0. Without one of
    `strict` a square must be that of a rational other than 0. Pairs are (multiplier, expression).
    """

    statement: str
    nonnegative: tuple[tuple[sympy.Expr, sympy.Expr], ...]
    strict: tuple[tuple[sympy.Expr, sympy.Expr], ...] = ()
    squares: tuple[tuple[sympy.Expr, sympy.Expr], ...] = ()

    def check(self, positive: Signs, zero: Signs = NONE) -> None:
        """Raises `ProofError` unless the certificate is right."""
        pairs = (*self.nonnegative, *self.strict)
        for multiplier, expression in (*pairs, *self.squares):
            require_rational_function(expression, self.statement)
            _require_positive(multiplier, positive, self)
        if not self.strict and not any(base.is_Rational and base != 0 for _, base in self.squares):
            raise ProofError(f"'{self.statement}': 0 >= 0 is no contradiction, and nothing in it is strict.", self)
        left = sympy.Add(*(multiplier * expression for multiplier, expression in pairs))
        right = -sympy.Add(*(coefficient * base**2 for coefficient, base in self.squares))
        Identity(self.statement, left, right).check(positive, zero)


@dataclass(frozen=True)
class Limit:
    """expression -> value as variable -> 0 from above, or -> oo; value is a rational function, sympy.oo or -sympy.oo.

    The expression is u^(n - m) (a + u ...) / (b + u ...), u the variable or its inverse, and a, b are free of it: the
    limit is a / b for n = m, 0 for n > m, and infinite for n < m. b is positive or negative by assumption, and so is
    the lowest coefficient in u of everything that the expression divides by; for an infinite limit a is, too.
    """

    statement: str
    expression: sympy.Expr
    variable: sympy.Symbol
    to: Literal["0+", "oo"]
    value: sympy.Expr

    def check(self, positive: Signs, zero: Signs = NONE) -> None:
        """Raises `ProofError` unless the limit is right."""
        require_rational_function(self.expression, self.statement)
        require_variable(self.variable, self.statement)
        if cast("str", self.to) not in ("0+", "oo"):
            raise ProofError(f"'{self.statement}': the limit is at {self.to!r}; write '0+' or 'oo'.", self)
        if any(self.variable in entry.free_symbols for entry in positive | zero if entry != self.variable):
            raise ProofError(f"'{self.statement}': an assumption holds {self.variable}, which moves.", self)
        moved = self.expression if self.to == "0+" else self.expression.subs(self.variable, 1 / self.variable)
        for divisor in divisors(moved):
            self._sign(self._lowest(divisor)[1], positive)
        numerator, denominator = sympy.fraction(sympy.together(moved))
        (n, a), (m, b) = self._lowest(numerator), self._lowest(denominator)
        if n >= m or a == 0:
            self._require(a / b if n == m else sympy.Integer(0), positive, zero)
        elif self.value != self._sign(a, positive) * self._sign(b, positive) * sympy.oo:
            raise ProofError(f"'{self.statement}': the limit is infinite, and not {self.value}.", self)

    def _lowest(self, polynomial: sympy.Expr) -> tuple[int, sympy.Expr]:
        """The lowest power of the variable, and its coefficient."""
        terms = sympy.Poly(polynomial, self.variable).terms()
        (power,), coefficient = terms[-1]
        return power, coefficient

    def _sign(self, coefficient: sympy.Expr, positive: Signs) -> int:
        if is_positive(coefficient, positive):
            return 1
        if is_positive(-coefficient, positive):
            return -1
        raise ProofError(f"'{self.statement}': nothing declared keeps {coefficient} from zero.", self)

    def _require(self, found: sympy.Expr, positive: Signs, zero: Signs) -> None:
        if self.value in (sympy.oo, -sympy.oo):
            raise ProofError(f"'{self.statement}': the limit is {found}, and not infinite.", self)
        if self.variable in self.value.free_symbols:
            raise ProofError(f"'{self.statement}': the limit holds {self.variable}.", self)
        Identity(self.statement, found, self.value).check(positive, zero)


@dataclass(frozen=True)
class Exhausted:
    """holds(member) for every member of a finite family, of which there are `size`, all different.

    Members are integers, texts, fractions, and tuples of them: what equals itself, and nothing else by accident.
    """

    statement: str
    family: tuple[Hashable, ...]
    size: int
    holds: Callable[[Hashable], bool]

    def check(self, positive: Signs, zero: Signs = NONE) -> None:
        """Raises `ProofError` for a family of another size, and for the first member that fails."""
        del positive, zero
        if not all(map(_is_plain, self.family)):
            raise ProofError(f"'{self.statement}': a member is no integer, text, fraction or tuple of them.", self)
        if len(set(self.family)) != self.size or len(self.family) != self.size or self.size < 1:
            raise ProofError(f"'{self.statement}' is about {self.size} members, not {len(set(self.family))}.", self)
        for member in self.family:
            if self.holds(member) is not True:
                raise ProofError(f"'{self.statement}' fails for {member}.", self)


@dataclass(frozen=True)
class Argued:
    """A step in words, which no machine checked; printed as such."""

    statement: str


@dataclass(frozen=True)
class Cited:
    """A theorem of others, with its source: it is not proved here, and a proof that needs it is PROVED GIVEN it."""

    statement: str
    source: str


def _is_plain(member: object) -> bool:
    if type(member) is tuple:
        return all(map(_is_plain, cast("tuple[object, ...]", member)))
    return type(member) in (int, str, Fraction)


def _require_positive(coefficient: sympy.Expr, positive: Signs, step: Nonnegative | Infeasible) -> None:
    if not is_positive(coefficient, positive):
        raise ProofError(f"'{step.statement}': nothing declared makes {coefficient} positive.", step)
