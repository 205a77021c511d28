"""Formulas of proposition 2 on trial: rationals against all mini-batches; the false one convicted, the true cleared."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest

torch = pytest.importorskip("torch")

from polybn.claims.verdict import Status  # noqa: E402
from polybn.errors import InputError  # noqa: E402
from polybn.statistical.claims.proposition_2 import Population, formula_values, resampled  # noqa: E402
from polybn.statistical.claims.proposition_2_trial import TRUE, exact_moments, exact_value, tried_law  # noqa: E402

DOUBLE = torch.float64
MEMBERS = (0.0, 1.0, 5.0, 5.5)


def variance(values):
    mean = sum(values, Fraction(0)) / len(values)
    return sum((value - mean) ** 2 for value in values) / len(values)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_values_are_those_of_all_mini_batches(size):
    batches = list(product(map(Fraction, MEMBERS), repeat=size))
    law = exact_moments(list(MEMBERS))
    assert exact_value("mean", law, size) == variance([sum(batch) / size for batch in batches])
    assert exact_value("biased", law, size) == variance([variance(batch) for batch in batches])
    unbiased = [variance(batch) * Fraction(size, size - 1) for batch in batches]
    assert exact_value("unbiased", law, size) == variance(unbiased)


def population(units=6, members=40):
    drawn = torch.randn(members, units, dtype=DOUBLE, generator=torch.Generator().manual_seed(0))
    return Population(drawn)


@pytest.mark.parametrize("formula", ["mean", "biased", "unbiased"])
def test_rationals_agree_with_floats(formula):
    given = population()
    floats = formula_values(formula, given, 5).tolist()
    laws = [exact_moments(given.projections[:, unit].tolist()) for unit in range(6)]
    assert [float(exact_value(formula, law, 5)) for law in laws] == pytest.approx(floats, rel=1e-12)


def test_the_formula_of_the_unbiased_estimator_is_convicted():
    law = resampled(population(), "biased", size=2, batches=4000, seed=0)
    judged = tried_law(law, "unbiased", "proposition-2-variance")
    assert judged.n == 6
    assert judged.convicted == judged.suspects >= 5
    assert judged.status == Status.REFUTED
    some = tried_law(law, "unbiased", "proposition-2-variance", at_most=2)
    assert (some.convicted, some.awaiting) == (2, some.suspects - 2)


@pytest.mark.parametrize(("statistic", "formula"), TRUE.items())
def test_a_true_formula_is_cleared_even_where_the_draws_were_unlucky(statistic, formula):
    law = resampled(population(), statistic, size=3, batches=500, seed=0)
    unlucky = replace(law, band=replace(law.band, lower=law.band.upper * 2 + 1, upper=law.band.upper * 2 + 2))
    judged = tried_law(unlucky, formula, "proposition-2")
    assert (judged.suspects, judged.convicted, judged.cleared) == (6, 0, 6)


def test_a_constant_unit_follows_every_formula():
    law = resampled(Population(torch.full((5, 1), 3.0, dtype=DOUBLE)), "biased", size=2, batches=20, seed=0)
    assert exact_moments([3.0] * 5) == (0, 0)
    assert tried_law(law, "unbiased", "proposition-2-variance").convicted == 0


def test_another_formula_or_size_is_refused():
    moments = exact_moments(list(MEMBERS))
    with pytest.raises(InputError, match="write 'mean', 'biased' or 'unbiased'"):
        exact_value("nonsense", moments, 3)
    for formula, size in (("mean", 0), ("biased", 1), ("unbiased", 1)):
        with pytest.raises(InputError, match=f"size is {size}"):
            exact_value(formula, moments, size)
    assert exact_value("mean", moments, 1) == moments.square
