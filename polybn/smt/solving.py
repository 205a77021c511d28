"""Is there a real point that makes formulas true? Asked of z3, the point found checked again in Fractions.

A formula is a Boolean combination of polynomial equations and inequalities with rational coefficients in real unknowns,
and only that: nothing divides but numbers, so 1 / sigma is an unknown of its own. Each question is asked in a context
of its own and with a bound on z3's steps, not on its time, so an answer depends on nothing but the question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from math import prod
from types import ModuleType
from typing import Any, TypeAlias

from polybn.errors import InputError, ProofError
from polybn.exact.rational import text

Formula: TypeAlias = Any
"""z3.BoolRef."""
Found = Mapping[str, Fraction | str]
"""A number for each unknown; an irrational one as the text that z3 writes."""

RESOURCES = 20_000_000
"""The most steps that z3 may take over one question: some seven times what any on file needs, and under a minute."""

OPERATIONS: Mapping[str, Callable[[list[Any]], Any]] = {
    "TRUE": all,
    "FALSE": any,
    "AND": all,
    "OR": any,
    "NOT": lambda of: not of[0],
    "IMPLIES": lambda of: not of[0] or of[1],
    "ITE": lambda of: of[1] if of[0] else of[2],
    "EQ": lambda of: of[0] == of[1],
    "DISTINCT": lambda of: len(set(of)) == len(of),
    "LE": lambda of: of[0] <= of[1],
    "LT": lambda of: of[0] < of[1],
    "GE": lambda of: of[0] >= of[1],
    "GT": lambda of: of[0] > of[1],
    "ADD": sum,
    "SUB": lambda of: of[0] - sum(of[1:]),
    "UMINUS": lambda of: -of[0],
    "MUL": prod,
    "DIV": lambda of: of[0] / of[1],
}
"""What a formula may be made of, and what it means in Fractions."""


class UnsettledError(ProofError):
    """z3 stopped before an answer: nothing is known."""


def is_available() -> bool:
    """Whether z3 is installed."""
    return find_spec("z3") is not None


def z3_module() -> ModuleType:
    """z3, loaded when it is needed; raises `InputError` where it is not installed."""
    try:
        return import_module("z3")
    except ImportError as error:
        words = "These questions are decided by z3, which is not installed. Write pip install 'polybn[smt]'."
        raise InputError(words, "z3") from error


def solution(formulas: Iterable[Formula], words: str) -> Found | None:
    """A point that makes every formula true; None when there is none. `words` name the question in refusals."""
    z3, asked = z3_module(), tuple(formulas)
    unknowns = _unknowns(asked, words)
    context = z3.Context()
    solver = z3.SolverFor("QF_NRA", context)
    solver.set("rlimit", RESOURCES)
    solver.add(*(formula.translate(context) for formula in asked))
    answer = str(solver.check())
    if answer not in ("sat", "unsat"):
        raise UnsettledError(f"{words}: z3 stopped without an answer ({solver.reason_unknown()}).", asked)
    if answer == "unsat":
        return None
    model = solver.model()
    values = {name: model.eval(unknowns[name].translate(context), model_completion=True) for name in sorted(unknowns)}
    found = {name: value.as_fraction() if z3.is_rational_value(value) else str(value) for name, value in values.items()}
    if is_rational(found) and not all(_value(formula, found) for formula in asked):
        raise ProofError(f"{words}: z3 gave {', '.join(spelled(found))}, where the formulas are false.", asked)
    return found


def is_rational(found: Found) -> bool:
    """Whether every number of a point is rational."""
    return all(isinstance(value, Fraction) for value in found.values())


def spelled(found: Found) -> tuple[str, ...]:
    """A point as texts "x = p/q", in the order of the names."""
    return tuple(f"{name} = {text(value) if isinstance(value, Fraction) else value}" for name, value in found.items())


def _unknowns(formulas: tuple[Formula, ...], words: str) -> dict[str, Any]:
    """The real unknowns by name; raises `ProofError` for a formula with anything else but `OPERATIONS`."""
    z3 = z3_module()
    if not all(z3.is_bool(formula) for formula in formulas):
        raise ProofError(f"{words}: formulas of z3 are needed, not {formulas}.", formulas)
    found: dict[str, Any] = {}
    waiting = list(formulas)
    while waiting:
        term = waiting.pop()
        operation = _operation(term)
        if operation == "UNINTERPRETED" and z3.is_const(term) and z3.is_real(term):
            found[str(term)] = term
        elif not z3.is_rational_value(term) and operation not in OPERATIONS:
            raise ProofError(f"{words}: {term} is no part of a polynomial inequality.", term)
        elif operation == "DIV" and not (z3.is_rational_value(term.arg(1)) and term.arg(1).as_fraction()):
            raise ProofError(f"{words}: {term} divides by something else than a number other than 0.", term)
        waiting += term.children()
    return found


def _value(term: Formula, found: Found) -> Any:
    """The truth or the number that a term is at a rational point."""
    if z3_module().is_rational_value(term):
        return term.as_fraction()
    operation = _operation(term)
    if operation == "UNINTERPRETED":
        return found[str(term)]
    return OPERATIONS[operation]([_value(child, found) for child in term.children()])


def _operation(term: Formula) -> str:
    """The name in `OPERATIONS`, "UNINTERPRETED" for an unknown, or "" for anything else."""
    return _names().get(term.decl().kind(), "") if z3_module().is_app(term) else ""


@cache
def _names() -> dict[int, str]:
    z3 = z3_module()
    return {getattr(z3, f"Z3_OP_{name}"): name for name in (*OPERATIONS, "UNINTERPRETED")}
