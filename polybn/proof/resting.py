"""What a step of a proof rests on: the hypotheses and definitions that it does not check without."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

from polybn.errors import ProofError
from polybn.proof.rational_functions import Signs
from polybn.proof.splitting import Step, check_all, is_checked

Named = Mapping[str, tuple[sympy.Expr, ...]]
"""Expressions by the hypothesis, or the definition, that makes each of them positive, or zero."""


def grounds(step: Step, given: Named, where: Named, positive: Signs, zero: Signs) -> tuple[str, ...]:
    """A smallest part of the named assumptions with which a step that checks still does: none of it can be left out.

    `positive` and `zero` hold all assumptions, the named ones and those of the cases that the step is in. What is
    argued or cited rests on nothing that can be checked, and a split into cases on the steps in them.
    """
    if not is_checked(step):
        return ()
    needed: list[str] = []
    for name, entries in given.items():
        fewer = positive - frozenset(entries)
        if _checks(step, fewer, zero):
            positive = fewer
        else:
            needed.append(f"under '{name}'")
    for words, entries in where.items():
        fewer = zero - frozenset(entries)
        if _checks(step, positive, fewer):
            zero = fewer
        else:
            needed.append(f"where {words}")
    return tuple(needed)


def _checks(step: Step, positive: Signs, zero: Signs) -> bool:
    try:
        check_all((step,), positive, zero)
    except ProofError:
        return False
    return True
