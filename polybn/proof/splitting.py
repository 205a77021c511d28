"""A split into cases by the sign of an expression: a real number is negative, zero or positive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sympy

from polybn.errors import ProofError
from polybn.proof.rational_functions import Signs, require_polynomial
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
        for case, above, level in self._cases(positive, zero):
            if not case:
                raise ProofError(f"'{self.statement}' leaves out a case: no step says what holds then.", self)
            for step in case:
                if not isinstance(step, Argued | Cited):
                    step.check(above, level)

    def _cases(self, positive: Signs, zero: Signs) -> Iterator[tuple[tuple[Step, ...], Signs, Signs]]:
        yield self.negative, positive | {-self.expression}, zero
        yield self.zero, positive, zero | {self.expression}
        yield self.positive, positive | {self.expression}, zero

    @property
    def inner(self) -> Iterator[tuple[str, Step]]:
        """The steps of all cases, each with the words of its case."""
        for words, steps in (("< 0", self.negative), ("= 0", self.zero), ("> 0", self.positive)):
            yield from ((f"{self.expression} {words}", step) for step in steps)


Step = Identity | Nonnegative | Infeasible | Limit | Exhausted | Cases | Argued | Cited


def spelled(steps: tuple[Step, ...], case: str = "") -> Iterator[tuple[str, Step]]:
    """Each step with its words, those of a split after it with their case."""
    for step in steps:
        yield f"{case}{step.statement}", step
        if isinstance(step, Cases):
            for words, inner in step.inner:
                yield from spelled((inner,), f"{case}({words}) ")
