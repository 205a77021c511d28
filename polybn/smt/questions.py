"""Two kinds of question on a claim of fixed size: does it hold for all real numbers, does it fail for some?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import cast

from polybn.claims.claim import Claim
from polybn.claims.verdict import Counterexample
from polybn.claims.view import ExactView, Instance
from polybn.errors import ProofError
from polybn.outcome import Fails
from polybn.smt.solving import Formula, Found, is_rational, solution, spelled, z3_module

Point = Mapping[str, Fraction]
"""A rational number for each unknown, by its name."""


@dataclass(frozen=True, eq=False)
class Valid:
    """Wherever the hypotheses hold, so does the conclusion.

    `given` are hypotheses of the claim by name, `where` definitions in words, and `telling` words for a case that the
    statement is about: a point that meets all three is found and shown, so the statement is not vacuous.
    """

    statement: str
    size: str
    conclusion: Formula
    given: Mapping[str, Formula] = field(default_factory=dict[str, Formula])
    where: Mapping[str, Formula] = field(default_factory=dict[str, Formula])
    telling: Mapping[str, Formula] = field(default_factory=dict[str, Formula])

    def __str__(self) -> str:
        return f"'{self.statement}' for {self.size}"

    def settle(self, claim: Claim) -> tuple[Point, None]:
        """A point that meets the hypotheses; raises `ProofError` without one, and where the conclusion can fail."""
        foreign = set(self.given) - {hypothesis.name for hypothesis in claim.hypotheses}
        if foreign:
            raise ProofError(f"{self} uses {sorted(foreign)}, no hypothesis of {claim.id}.", self)
        hypotheses = (*self.given.values(), *self.where.values())
        case = solution((*hypotheses, *self.telling.values()), str(self))
        if case is None:
            named = ", ".join((*self.given, *self.where, *self.telling))
            raise ProofError(f"{self} is vacuous: nothing meets {named}.", self)
        counter = solution((*hypotheses, z3_module().Not(self.conclusion)), str(self))
        if counter is not None:
            raise ProofError(f"{self} is false at {', '.join(spelled(counter))}.", self)
        return _rational(case, self), None


@dataclass(frozen=True, eq=False)
class Satisfiable:
    """Some point meets the constraints, a rational one, and makes an instance on which the claim fails.

    `constraints` are by words; `instance` builds from the point what the claim is checked on.
    """

    statement: str
    size: str
    constraints: Mapping[str, Formula]
    instance: Callable[[Point], Instance]

    def __str__(self) -> str:
        return f"'{self.statement}' for {self.size}"

    def settle(self, claim: Claim) -> tuple[Point, Counterexample]:
        """The point, and the counterexample that the claim's own checker finds; raises `ProofError` without one."""
        found = solution(self.constraints.values(), str(self))
        if found is None:
            raise ProofError(f"{self} is false: nothing meets {', '.join(self.constraints)}.", self)
        point = _rational(found, self)
        instance = self.instance(point)
        outcome = claim.decide(ExactView(instance))
        if not isinstance(outcome, Fails):
            raise ProofError(f"{self}: {claim.id} does not fail at {', '.join(spelled(point))}, but {outcome}.", self)
        return point, Counterexample(instance, outcome)


Question = Valid | Satisfiable


def _rational(found: Found, question: Question) -> Point:
    if not is_rational(found):
        words = "z3 gave an irrational number. Choose other unknowns, in which the rest are polynomials."
        raise ProofError(f"{question}, {', '.join(spelled(found))}: {words}", question)
    return cast("Point", found)
