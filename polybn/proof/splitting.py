"""A split into cases by the sign of an expression: a real number is negative, zero or positive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sympy

from polybn.errors import ProofError
from polybn.proof.rational_functions import Signs, require_polynomial, require_rational_function
from polybn.proof.steps import NONE, Argued, Cited, Exhausted, Identity, Infeasible, Limit, Nonnegative


@dataclass(frozen=True)
class Cases:
    """The steps of `negative` where expression < 0, of `zero` where it is 0, of `positive` where it is > 0.

    No case may be left out: each has at least one step. The expression is a polynomial; in its case it, or its
    opposite, counts among the assumptions.
    """

    statement: str
    expression: sympy.Expr
    negative: tuple[Step, ...]
    zero: tuple[Step, ...]
    positive: tuple[Step, ...]

    def check(self, positive: Signs, zero: Signs = NONE) -> None:
        """Raises `ProofError` when a case has no step, or at the first step that fails."""
        require_polynomial(self.expression, self.statement)
        for _, case, above, level in self.cases(positive, zero):
            if not case:
                raise ProofError(f"'{self.statement}' leaves out a case: no step says what holds then.", self)
            check_all(case, above, level)

    def cases(self, positive: Signs, zero: Signs) -> Iterator[tuple[str, tuple[Step, ...], Signs, Signs]]:
        """Each case: its words, its steps, and what is positive and what is zero there."""
        yield f"{self.expression} < 0", self.negative, positive | {-self.expression}, zero
        yield f"{self.expression} = 0", self.zero, positive, zero | {self.expression}
        yield f"{self.expression} > 0", self.positive, positive | {self.expression}, zero


@dataclass(frozen=True)
class Chosen:
    """An amount that is positive because it is chosen so, or exists, for the reason in the statement, which is argued.

    The steps are checked where the amount is positive.
    """

    statement: str
    amount: sympy.Expr
    steps: tuple[Step, ...]

    def check(self, positive: Signs, zero: Signs = NONE) -> None:
        """Raises `ProofError` without steps, and at the first step that fails."""
        require_rational_function(self.amount, self.statement)
        if not self.steps:
            raise ProofError(f"'{self.statement}' is followed by no step that uses it.", self)
        check_all(self.steps, positive | {self.amount}, zero)


Step = Identity | Nonnegative | Infeasible | Limit | Exhausted | Cases | Chosen | Argued | Cited


def spelled(
    steps: tuple[Step, ...], positive: Signs = NONE, zero: Signs = NONE, case: str = ""
) -> Iterator[tuple[str, Step, Signs, Signs]]:
    """Each step with its words and what is positive and zero there, those of a split after it with their case."""
    for step in steps:
        yield f"{case}{step.statement}", step, positive, zero
        if isinstance(step, Cases):
            for words, inner, above, level in step.cases(positive, zero):
                yield from spelled(inner, above, level, f"{case}({words}) ")
        if isinstance(step, Chosen):
            yield from spelled(step.steps, positive | {step.amount}, zero, case)


def check_all(steps: tuple[Step, ...], positive: Signs, zero: Signs) -> None:
    """Check every step but those in words; raises `ProofError` at the first that fails."""
    for step in steps:
        if not isinstance(step, Argued | Cited):
            step.check(positive, zero)


def kind(step: Step) -> str:
    """The name of its kind, as results give it."""
    return type(step).__name__.lower()


UNCHECKED = ("argued", "cited", "cases", "chosen")
"""The kinds whose own statement no machine checks: words, and headings of steps that are checked."""


def is_checked(step: Step) -> bool:
    """Whether the statement itself is checked."""
    return kind(step) not in UNCHECKED
