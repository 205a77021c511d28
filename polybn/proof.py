"""The trusted part of executable proofs: steps that check themselves, and nothing else that can make a proof.

What a step states is checked for the expressions as sympy holds them: a factor that sympy cancels while an expression
is being written (x/x becomes 1) leaves no trace. That the steps together say what the claim says is argued, in the
proof's conclusion, and printed as argued.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """left = right as rational functions over Q in real symbols, wherever the declared positive expressions are > 0."""

    statement: str
    left: sympy.Expr
    right: sympy.Expr

    def check(self, positive: frozenset[sympy.Expr]) -> None:
        """Raises `ProofError` unless left - right has numerator 0 and divides only by factors of `positive`."""
        for side in (self.left, self.right):
            _require_rational_function(side, self.statement)
            foreign = _divisors(side) - {factor for entry in positive for factor in _factors(entry)}
            if foreign:
                raise ProofError(f"'{self.statement}' divides by {foreign}, which nothing keeps from zero.", self)
        numerator, _ = sympy.fraction(sympy.together(self.left - self.right))
        if sympy.expand(numerator) != 0:
            raise ProofError(f"'{self.statement}' is not an identity: the two sides differ by {numerator}.", self)


@dataclass(frozen=True)
class Nonnegative:
    """expression = sum of coefficient * square^2, so it is >= 0, and 0 only where every square is.

    A coefficient is a positive rational times declared positive expressions and their inverses.
    """

    statement: str
    expression: sympy.Expr
    squares: tuple[tuple[sympy.Expr, sympy.Expr], ...]

    def check(self, positive: frozenset[sympy.Expr]) -> None:
        """Raises `ProofError` unless the certificate is right."""
        for coefficient, base in self.squares:
            _require_rational_function(base, self.statement)
            if not _is_positive(coefficient, positive):
                raise ProofError(f"'{self.statement}': nothing declared makes {coefficient} positive.", self)
        total = sympy.Add(*(coefficient * base**2 for coefficient, base in self.squares))
        Identity(self.statement, self.expression, total).check(positive)


@dataclass(frozen=True)
class Argued:
    """A step in words, which no machine checked; printed as such."""

    statement: str


Step = Identity | Nonnegative | Argued


@dataclass(frozen=True)
class Proof:
    """Steps for one claim; made only with every name in order.

    `given` maps hypotheses of the claim to the expressions that each makes positive: nothing else may be divided by.
    `facts` are what the steps use of the normalisation. `conclusion` says, in words, how the steps give the claim.
    """

    claim: str
    steps: tuple[Step, ...]
    conclusion: str
    given: Mapping[str, tuple[sympy.Expr, ...]] = field(default_factory=dict[str, tuple[sympy.Expr, ...]])
    facts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.claim not in CLAIMS:
            raise ProofError(f"A proof names the claim {self.claim!r}, which does not exist.", self)
        foreign = set(self.given) - {hypothesis.name for hypothesis in CLAIMS[self.claim].hypotheses}
        if foreign:
            raise ProofError(f"The proof uses {sorted(foreign)}, no hypothesis of {self.claim}.", self)
        unknown = set(self.facts) - set(FACTS)
        if unknown:
            raise ProofError(f"The proof of {self.claim} rests on unknown facts {sorted(unknown)}.", self)
        if all(isinstance(step, Argued) for step in self.steps) or not self.conclusion.strip():
            raise ProofError(f"The proof of {self.claim} checks nothing, or draws no conclusion.", self)
        for entry in self.positive:
            _require_rational_function(entry, self.claim)

    @property
    def positive(self) -> frozenset[sympy.Expr]:
        """The expressions that the hypotheses make positive."""
        return frozenset(entry for entries in self.given.values() for entry in entries)

    def run(self, file: str) -> ProofEvidence:
        """Check every step; raises `ProofError` at the first that fails."""
        checked: list[str] = []
        for step in self.steps:
            if not isinstance(step, Argued):
                step.check(self.positive)
                checked.append(step.statement)
        meanings = [f"under '{name}': {entry} > 0" for name, entries in self.given.items() for entry in entries]
        argued = [step.statement for step in self.steps if isinstance(step, Argued)]
        return ProofEvidence(file, tuple(checked), (*meanings, *argued, self.conclusion), self.facts)


def expectation(expression: sympy.Expr, variable: sympy.Symbol, moments: tuple[sympy.Expr, ...]) -> sympy.Expr:
    """E[p(t)] for a polynomial p in t and any linear E with E[t^i] = moments[i], moments[0] = 1."""
    _require_rational_function(expression, "expectation")
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
    _require_rational_function(expression, "joint expectation")
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


def _require_rational_function(expression: sympy.Expr, statement: str) -> None:
    """Only +, *, whole powers, rationals, and symbols that are assumed real and nothing more."""
    for node in sympy.preorder_traversal(expression):
        if isinstance(node, sympy.Add | sympy.Mul | sympy.Rational):
            continue
        if isinstance(node, sympy.Pow) and isinstance(node.exp, sympy.Integer):
            continue
        if isinstance(node, sympy.Symbol) and node == sympy.Symbol(node.name, real=True):
            continue
        raise ProofError(f"'{statement}': {node} is no part of a rational function in real symbols.", expression)


def _divisors(expression: sympy.Expr) -> set[sympy.Expr]:
    """The irreducible factors of everything that the expression divides by, as it is written."""
    powers = (node for node in sympy.preorder_traversal(expression) if isinstance(node, sympy.Pow) and node.exp < 0)
    return {factor for power in powers for factor in _factors(power.base)}


def _factors(expression: sympy.Expr) -> set[sympy.Expr]:
    numerator, denominator = sympy.fraction(sympy.together(expression))
    return {factor for part in (numerator, denominator) for factor, _ in _factored(part)[1]}


def _factored(expression: sympy.Expr) -> tuple[sympy.Expr, list[tuple[sympy.Expr, int]]]:
    return cast("tuple[sympy.Expr, list[tuple[sympy.Expr, int]]]", sympy.factor_list(expression))


def _is_positive(coefficient: sympy.Expr, positive: frozenset[sympy.Expr]) -> bool:
    for part in sympy.fraction(sympy.together(coefficient)):
        constant, factors = _factored(part)
        if not constant > 0 or not {factor for factor, _ in factors} <= positive:
            return False
    return True
