"""Suspects of proposition 2 on trial: variances over mini-batches of a finite population are rationals.

The members are floats, so s^2 and phi^4 are rationals, and the variances of mu and of the biased and the unbiased
sigma^2 over mini-batches of N draws with replacement follow from them (the claims proposition-2-mean and
proposition-2-variance-biased, which are proved). A formula is convicted of a unit where it has another value.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from polybn.statistical.claims.proposition_2 import Formula, LawTest, check_formula
from polybn.statistical.sampled import Sampled

TRUE: dict[str, Formula] = {"mu": "mean", "biased": "biased", "unbiased": "unbiased"}
"""Of each statistic the formula that holds."""


class Moments(NamedTuple):
    """s^2 and phi^4 of one unit's projections over the population."""

    square: Fraction
    fourth: Fraction


def exact_moments(values: list[float]) -> Moments:
    """Of the members as the floats they are."""
    members = [Fraction(value) for value in values]
    mean = sum(members, Fraction(0)) / len(members)
    squares = [(member - mean) ** 2 for member in members]
    fourth = sum((square**2 for square in squares), Fraction(0))
    return Moments(sum(squares, Fraction(0)) / len(members), fourth / len(members))


def exact_value(formula: Formula, law: Moments, size: int) -> Fraction:
    """`proposition_2.formula_values` for one unit, in rationals; raises what that raises."""
    check_formula(formula, size)
    square, fourth = law
    if formula == "mean":
        return square / size
    unbiased = (fourth - square**2 * Fraction(size - 3, size - 1)) / size
    return unbiased * Fraction(size - 1, size) ** 2 if formula == "biased" else unbiased


def tried_law(law: LawTest, formula: Formula, claim: str, *, device: str = "cpu", at_most: int = 100) -> Sampled:
    """One draw a unit: a suspect where the formula is outside its interval; the first `at_most` are tried.

    A unit whose interval holds a formula that is not its statistic's is unsure, unless it is constant, where all are 0:
    the draws did not tell the two apart.
    """
    accepted = law.accepted(formula)
    is_other = formula != TRUE[law.statistic]
    unsure = int((accepted & (law.population.span > 0)).sum()) if is_other else 0
    suspects: list[int] = (~accepted).nonzero().flatten().tolist()
    convicted = cleared = 0
    for unit in suspects[: max(0, at_most)]:
        moments = exact_moments(law.population.projections[:, unit].tolist())
        is_false = exact_value(formula, moments, law.size) != exact_value(TRUE[law.statistic], moments, law.size)
        convicted, cleared = convicted + is_false, cleared + (not is_false)
    return Sampled(
        claim, len(accepted), unsure, len(suspects), law.seed, convicted, cleared, level=law.level, device=device
    )
