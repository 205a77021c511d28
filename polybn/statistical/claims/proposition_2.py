"""Proposition 2 by resampling: the variances of mu and sigma^2 over mini-batches drawn with replacement from data.

A data set is a finite population, whose moments are sums: m, s^2 and phi^4 of a unit's projections t. For mini-batches
of N independent draws E mu = m, and E sigma^2 = s^2 (N - 1)/N for the biased sigma^2 of Eq. 3, s^2 for the unbiased; so
(mu - m)^2 and (sigma^2 - E sigma^2)^2 are bounded variables whose means are the variances in question, and intervals
for the means of bounded variables hold for every number of mini-batches and every law. Eq. 13 has s^2 = <w^2, rho^2>,
which is the variance of <w, z> when features are uncorrelated; here s^2 is the variance itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from polybn.errors import BatchError, InputError, NonFiniteError, ShapeError
from polybn.exact.rational import brief
from polybn.statistical.concentration import Band, bonferroni, mean_band
from polybn.statistical.modules.capture import captured
from polybn.statistical.seeds import generator
from polybn.statistical.whole_numbers import whole

Statistic = Literal["mu", "biased", "unbiased"]
Formula = Literal["mean", "biased", "unbiased"]


@dataclass(frozen=True, eq=False)
class Population:
    """The projections of a data set: (members, units) in float64, and m, s^2, phi^4 of each unit."""

    projections: Tensor

    def __post_init__(self) -> None:
        t = self.projections
        if t.dtype != torch.float64 or t.dim() != 2 or t.numel() == 0:
            raise ShapeError(
                f"The projections are {tuple(t.shape)} of {t.dtype}; (members, units) of torch.float64 is needed, with "
                "one of each at least.",
                t,
            )
        if not bool(torch.isfinite(t).all()):
            raise NonFiniteError("The projections hold NaN or an infinity. Give finite numbers.", t)

    @property
    def mean(self) -> Tensor:
        """m."""
        return self.projections.mean(0)

    @property
    def centred(self) -> Tensor:
        """t - m."""
        return self.projections - self.mean

    @property
    def square(self) -> Tensor:
        """s^2, the variance of the population."""
        return self.centred.square().mean(0)

    @property
    def fourth(self) -> Tensor:
        """phi^4, the fourth central moment."""
        return self.centred.square().square().mean(0)

    @property
    def span(self) -> Tensor:
        """The largest t less the smallest."""
        return self.projections.amax(0) - self.projections.amin(0)


def population_of(module: nn.Module, samples: Tensor, layer: str, *, chunk: int | None = None) -> Population:
    """What one normalisation layer of a module in evaluation mode reads over a data set.

    After a convolution the members are patches, one a sample and place: mini-batches then are of patches drawn
    independently, as the proposition has it, and not of whole images. Raises what `captured` raises, and `InputError`
    for a layer that does not run.
    """
    found: dict[str, list[Tensor]] = {}
    for one in captured(module, samples, chunk=chunk):
        found.setdefault(one.name, []).append(one.inputs.transpose(1, 2).flatten(0, 1).double().cpu())
    if layer not in found:
        raise InputError(f"No normalisation {brief(layer)} runs; those that do are {', '.join(found)}.", layer)
    return Population(torch.cat(found[layer]))


def formula_values(formula: Formula, population: Population, size: int) -> Tensor:
    """What Eq. 13 says, unit by unit, or what is true of the biased sigma^2: ((N - 1)/N)^2 times that.

    "mean": s^2 / N. "unbiased", the paper's: (phi^4 - s^4 (N - 3)/(N - 1)) / N. "biased":
    ((N - 1)^2 phi^4 - (N - 1)(N - 3) s^4) / N^3. Raises what `check_formula` raises.
    """
    check_formula(formula, size)
    square, fourth = population.square, population.fourth
    if formula == "mean":
        return square / size
    unbiased = (fourth - square.square() * ((size - 3) / (size - 1))) / size
    return unbiased * ((size - 1) / size) ** 2 if formula == "biased" else unbiased


def check_formula(formula: object, size: object) -> None:
    """Raise `InputError` for another formula, and for a size below two, or below one for "mean"."""
    if formula not in ("mean", "biased", "unbiased"):
        raise InputError(f"{brief(formula)} is no formula; write 'mean', 'biased' or 'unbiased'.", formula)
    whole("size", size, "the mini-batches", smallest=1 if formula == "mean" else 2)


@dataclass(frozen=True, eq=False)
class LawTest:
    """Variances of one statistic over mini-batches of `size`, with an interval a unit that all hold at `level`.

    `band.mean` are the empirical variances, around the known mean; `deviations` their standard errors.
    """

    statistic: Statistic
    size: int
    population: Population
    band: Band
    deviations: Tensor
    level: float
    seed: int

    def accepted(self, formula: Formula) -> Tensor:
        """bool (units,): whether the formula's value is in the unit's interval.

        A true formula is accepted for all units at once with probability `level` at least.
        """
        claimed = formula_values(formula, self.population, self.size)
        # Moments are sums of floats: far above their rounding, far below what the intervals can tell.
        room = 1e-9 * claimed.abs()
        return (self.band.lower - room <= claimed) & (claimed <= self.band.upper + room)

    def scores(self, formula: Formula) -> Tensor:
        """(empirical - claimed) / standard error, about standard normal for a true formula; NaN where both are 0."""
        return (self.band.mean - formula_values(formula, self.population, self.size)) / self.deviations


def resampled(
    population: Population,
    statistic: Statistic,
    *,
    size: int,
    batches: int,
    seed: int,
    level: float = 0.95,
    chunk: int = 4096,
) -> LawTest:
    """Draw mini-batches of `size` members with replacement and measure the variance of a statistic of each unit.

    Intervals: empirical Bernstein (`mean_band`), with Bonferroni over the units. Memory: chunk * size * units numbers
    and batches * units; the numbers drawn depend on the seed alone. Raises `BatchError` for a size below two.
    """
    if statistic not in ("mu", "biased", "unbiased"):
        raise InputError(f"{brief(statistic)} is no statistic; write 'mu', 'biased' or 'unbiased'.", statistic)
    for name, given in (("size", size), ("batches", batches), ("chunk", chunk)):
        whole(name, given, "the mini-batches")
    if size < 2:
        raise BatchError("Mini-batches of one have sigma^2 = 0 and no unbiased one; write size=2 or more.", size)
    members, source = population.centred, generator(seed, "mini-batches")
    picked = torch.randint(len(members), (batches, size), generator=source)
    values = torch.cat([_statistic(statistic, members[part]) for part in picked.split(chunk)])
    share = (size - 1) / size if statistic == "biased" else 1.0
    expected = torch.zeros_like(population.square) if statistic == "mu" else population.square * share
    squares = (values - expected).square()
    largest = _largest(statistic, population, size).square() * (1 + 1e-9)
    units = members.shape[1]
    band = mean_band(squares, 0.0, largest, level=bonferroni(level, units))
    deviations = (squares.var(0) / batches).sqrt() if batches > 1 else torch.full((units,), torch.inf)
    return LawTest(statistic, size, population, band, deviations, level, seed)


def _statistic(statistic: Statistic, samples: Tensor) -> Tensor:
    """(mini-batches, units) of centred samples (mini-batches, size, units)."""
    if statistic == "mu":
        return samples.mean(1)
    return samples.var(1, correction=0 if statistic == "biased" else 1)


def _largest(statistic: Statistic, population: Population, size: int) -> Tensor:
    """How far the statistic is from its mean at most.

    mu is within the span of m. A biased sigma^2 is between 0 and span^2 / 4 (Popoviciu 1935), and so is its mean; an
    unbiased one up to N / (N - 1) times as large.
    """
    if statistic == "mu":
        return population.span
    quarter = population.span.square() / 4
    return quarter if statistic == "biased" else quarter * (size / (size - 1))
