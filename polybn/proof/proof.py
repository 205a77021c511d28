"""A proof: steps for one claim that check themselves, and what they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

import sympy

from polybn.claims import CLAIMS
from polybn.claims.facts import FACTS
from polybn.claims.verdict import ProofEvidence, StepEvidence
from polybn.errors import ProofError
from polybn.proof.rational_functions import Signs, require_polynomial, require_rational_function, vanishes
from polybn.proof.resting import grounds
from polybn.proof.splitting import Chosen, Step, check_all, is_checked, kind, spelled
from polybn.proof.steps import Argued, Cited


@dataclass(frozen=True)
class Proof:
    """Steps for one claim; made only with every name in order.

    `given` maps hypotheses of the claim to the expressions that each makes positive: nothing else may be divided by.
    `where` maps definitions, in words, to the polynomials that each makes zero, as s^2 - v for a root s of v >= 0.
    `facts` are what the steps use of the normalisation. `conclusion` says, in words, how the steps give the claim.
    """

    claim: str
    steps: tuple[Step, ...]
    conclusion: str
    given: Mapping[str, tuple[sympy.Expr, ...]] = field(default_factory=dict[str, tuple[sympy.Expr, ...]])
    facts: tuple[str, ...] = ()
    where: Mapping[str, tuple[sympy.Expr, ...]] = field(default_factory=dict[str, tuple[sympy.Expr, ...]])

    def __post_init__(self) -> None:
        if self.claim not in CLAIMS:
            raise ProofError(f"A proof names the claim {self.claim!r}, which does not exist.", self)
        foreign = set(self.given) - {hypothesis.name for hypothesis in CLAIMS[self.claim].hypotheses}
        if foreign:
            raise ProofError(f"The proof uses {sorted(foreign)}, no hypothesis of {self.claim}.", self)
        unknown = set(self.facts) - set(FACTS)
        if unknown:
            raise ProofError(f"The proof of {self.claim} rests on unknown facts {sorted(unknown)}.", self)
        kinds = get_args(Step)
        told = [step for _, step, _, _ in spelled(self.steps)]
        if foreign := [step for step in told if type(step) not in kinds]:
            raise ProofError(f"The proof of {self.claim} has {foreign[0]!r}, which is no kind of step.", self)
        if not any(map(is_checked, told)) or not self.conclusion.strip():
            raise ProofError(f"The proof of {self.claim} checks nothing, or draws no conclusion.", self)
        for entry in self.positive:
            require_rational_function(entry, self.claim)
        for entry in self.zero:
            require_polynomial(entry, self.claim)
        if vanishes(sympy.Integer(1), self.zero):
            raise ProofError(f"The definitions in the proof of {self.claim} cannot all be zero.", self.zero)

    @property
    def positive(self) -> Signs:
        """The expressions that the hypotheses make positive."""
        return frozenset(entry for entries in self.given.values() for entry in entries)

    @property
    def zero(self) -> Signs:
        """The polynomials that the definitions make zero."""
        return frozenset(entry for entries in self.where.values() for entry in entries)

    def run(self, file: str) -> ProofEvidence:
        """Check every step; raises `ProofError` at the first that fails."""
        check_all(self.steps, self.positive, self.zero)
        meanings = [f"under '{name}': {entry} > 0" for name, entries in self.given.items() for entry in entries]
        meanings += [
            f"where {words}: {entry} = 0, which real numbers can meet"
            for words, entries in self.where.items()
            for entry in entries
        ]
        told = list(spelled(self.steps, self.positive, self.zero))
        words = [(text, step) for text, step, _, _ in told]
        return ProofEvidence(
            file,
            checked=tuple(text for text, step in words if is_checked(step)),
            argued=(*meanings, *(text for text, step in words if isinstance(step, Argued | Chosen)), self.conclusion),
            facts=self.facts,
            cited=tuple(f"{text} ({step.source})" for text, step in words if isinstance(step, Cited)),
            steps=tuple(
                StepEvidence(kind(step), text, grounds(step, self.given, self.where, positive, zero))
                for text, step, positive, zero in told
            ),
            meanings=tuple(meanings),
        )
