"""The trusted part of executable proofs: steps that check themselves, and nothing else that can make a proof."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import cast

import sympy

from polybn.claims import CLAIMS
from polybn.claims.facts import FACTS
from polybn.claims.verdict import ProofEvidence
from polybn.errors import ProofError


@dataclass(frozen=True)
class Identity:
    """left = right as rational functions over Q, wherever `nonzero` does not vanish.

    Checked by the zero polynomial: the numerator of left - right is 0, and each factor of the denominators is a
    factor of an entry of `nonzero`, which maps the name of a hypothesis to the expressions that it keeps from zero.
    """

    statement: str
    left: sympy.Expr
    right: sympy.Expr
    nonzero: Mapping[str, tuple[sympy.Expr, ...]]

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """The names of the hypotheses used."""
        return tuple(self.nonzero)

    def check(self) -> None:
        """Raises `ProofError` unless the identity holds."""
        for side in (self.left, self.right):
            _check_denominator(self.statement, side, self.nonzero)
        numerator, _ = sympy.fraction(sympy.together(self.left - self.right))
        if sympy.expand(numerator) != 0:
            raise ProofError(f"'{self.statement}' is not an identity: the two sides differ by {numerator}.", self)


@dataclass(frozen=True)
class Nonnegative:
    """expression = sum of coefficient * square^2 with every coefficient a positive number or a declared positive one.

    `positive` maps the name of a hypothesis to the expressions that it makes positive; a coefficient is a positive
    rational times a product of those and their inverses. So the expression is >= 0, and 0 only where every square is.
    """

    statement: str
    expression: sympy.Expr
    squares: tuple[tuple[sympy.Expr, sympy.Expr], ...]
    positive: Mapping[str, tuple[sympy.Expr, ...]]

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """The names of the hypotheses used."""
        return tuple(self.positive)

    def check(self) -> None:
        """Raises `ProofError` unless the certificate is right."""
        total = sympy.Add(*(coefficient * base**2 for coefficient, base in self.squares))
        Identity(self.statement, self.expression, total, self.positive).check()
        for coefficient, _ in self.squares:
            if not _is_positive(coefficient, self.positive):
                raise ProofError(f"'{self.statement}': nothing declared makes {coefficient} positive.", self)


@dataclass(frozen=True)
class Argued:
    """A step in words, which no machine checked; printed as such."""

    statement: str
    hypotheses: tuple[str, ...] = ()


Step = Identity | Nonnegative | Argued


@dataclass(frozen=True)
class Proof:
    """Steps for one claim, the facts of a normalisation that they rest on; made only with all names in order.

    Every hypothesis that a step divides by must be one of the claim's.
    """

    claim: str
    steps: tuple[Step, ...]
    facts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.claim not in CLAIMS:
            raise ProofError(f"A proof names the claim {self.claim!r}, which does not exist.", self)
        allowed = {hypothesis.name for hypothesis in CLAIMS[self.claim].hypotheses}
        for step in self.steps:
            foreign = set(step.hypotheses) - allowed
            if foreign:
                raise ProofError(f"'{step.statement}' uses {sorted(foreign)}, no hypothesis of {self.claim}.", step)
        unknown = set(self.facts) - set(FACTS)
        if unknown or not any(not isinstance(step, Argued) for step in self.steps):
            raise ProofError(f"The proof of {self.claim} checks nothing or rests on unknown facts {unknown}.", self)

    def run(self, file: str) -> ProofEvidence:
        """Check every step; raises `ProofError` at the first that fails."""
        checked: list[str] = []
        for step in self.steps:
            if not isinstance(step, Argued):
                step.check()
                checked.append(step.statement)
        argued = tuple(step.statement for step in self.steps if isinstance(step, Argued))
        return ProofEvidence(file, tuple(checked), argued, self.facts)


def expectation(expression: sympy.Expr, variable: sympy.Symbol, moments: tuple[sympy.Expr, ...]) -> sympy.Expr:
    """E[p(t)] for a polynomial p in t and any linear E with E[t^i] = moments[i], moments[0] = 1."""
    polynomial = sympy.Poly(expression, variable)
    if polynomial.degree() >= len(moments) or moments[0] != 1:
        raise ProofError(f"{expression} needs moments up to {polynomial.degree()}, the zeroth being 1.", moments)
    return sympy.Add(*(coefficient * moments[power] for (power,), coefficient in polynomial.terms()))


def proofs_folder() -> Path | None:
    """The folder of executable proofs: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent
    return next((place for place in (package / "proofs", package.parent / "proofs") if place.is_dir()), None)


def prove(claim: str) -> ProofEvidence | None:
    """Run the executable proof of a claim, `proofs/<id with underscores>.py`; None when there is none."""
    folder = proofs_folder()
    path = folder / f"{claim.replace('-', '_')}.py" if folder else None
    if path is None or not path.is_file():
        return None
    proof = getattr(_loaded(path), "PROOF", None)
    if not isinstance(proof, Proof) or proof.claim != claim:
        raise ProofError(f"proofs/{path.name} does not define PROOF, a Proof of {claim}.", proof)
    return proof.run(f"proofs/{path.name}")


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"polybn_proof_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ProofError(f"{path.name} cannot be loaded as Python.", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _check_denominator(
    statement: str, expression: sympy.Expr, nonzero: Mapping[str, tuple[sympy.Expr, ...]]
) -> None:
    _, denominator = sympy.fraction(sympy.together(expression))
    allowed = {factor for entries in nonzero.values() for entry in entries for factor in _factors(entry)}
    foreign = _factors(denominator) - allowed
    if foreign:
        raise ProofError(f"'{statement}' divides by {foreign}, which no hypothesis keeps from zero.", expression)


def _factors(expression: sympy.Expr) -> set[sympy.Expr]:
    return {factor for factor, _ in _factored(expression)[1]}


def _factored(expression: sympy.Expr) -> tuple[sympy.Expr, list[tuple[sympy.Expr, int]]]:
    return cast("tuple[sympy.Expr, list[tuple[sympy.Expr, int]]]", sympy.factor_list(expression))


def _is_positive(coefficient: sympy.Expr, positive: Mapping[str, tuple[sympy.Expr, ...]]) -> bool:
    numerator, denominator = sympy.fraction(sympy.together(coefficient))
    declared = {entry for entries in positive.values() for entry in entries}
    for part in (numerator, denominator):
        constant, factors = _factored(part)
        if not constant > 0 or not {factor for factor, _ in factors} <= declared:
            return False
    return True
