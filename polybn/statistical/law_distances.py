"""Laws of a mini-batch's mean and variance, and how far a sample is from a law: Kolmogorov and 1-Wasserstein distances.

The Kolmogorov distance of n independent draws from their own law exceeds sqrt(ln(2 / risk) / 2n) with at most that
risk, for every n and every law (Dvoretzky, Kiefer and Wolfowitz 1956; the constant is Massart's, 1990). A larger
distance therefore shows that the draws have another law; a smaller one shows nothing but how far apart the two are at
most.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite, log, sqrt
from typing import Any, Literal

import torch
from scipy import stats
from torch import Tensor

from polybn.errors import InputError, NonFiniteError, ShapeError
from polybn.exact.rational import brief
from polybn.statistical.concentration import check_level
from polybn.statistical.whole_numbers import whole

Statistic = Literal["mean", "variance"]
STATISTICS: tuple[Statistic, ...] = ("mean", "variance")


@dataclass(frozen=True, eq=False)
class Law:
    """A law on the line by its distribution function: a continuous one of scipy, or, for None, all mass at the mean."""

    continuous: Any
    mean: float
    deviation: float

    def below(self, places: Tensor) -> Tensor:
        """P(X < t)."""
        return self._continuous(places) if self.continuous is not None else (places > self.mean).double()

    def up_to(self, places: Tensor) -> Tensor:
        """P(X <= t)."""
        return self._continuous(places) if self.continuous is not None else (places >= self.mean).double()

    def quantiles(self, shares: Tensor) -> Tensor:
        """The smallest t with P(X <= t) >= share, for shares strictly between 0 and 1."""
        if not bool(((shares > 0) & (shares < 1)).all()):
            raise InputError("Some shares are not strictly between 0 and 1; give such as 0.5, the median.", shares)
        if self.continuous is None:
            return torch.full(shares.shape, self.mean, dtype=torch.float64)
        return torch.as_tensor(self.continuous.ppf(shares.double().numpy()), dtype=torch.float64)

    def _continuous(self, places: Tensor) -> Tensor:
        return torch.as_tensor(self.continuous.cdf(places.double().numpy()), dtype=torch.float64)


def normal_law(mean: float, deviation: float) -> Law:
    """N(mean, deviation^2); all mass at the mean for deviation 0."""
    _check_finite("mean", mean, -inf)
    _check_finite("deviation", deviation, 0.0)
    return Law(stats.norm(mean, deviation) if deviation > 0 else None, mean, deviation)


def chi_square_law(mean: float, freedom: float) -> Law:
    """mean * chi^2_k / k with k > 0 degrees of freedom, a whole number or not; deviation mean * sqrt(2 / k).

    All mass is at the mean for mean 0, and for k = inf, which is the limit.

    >>> law = chi_square_law(3.0, 4)
    >>> round(law.mean, 6), round(law.deviation, 6)
    (3.0, 2.12132)
    """
    _check_finite("mean", mean, 0.0)
    if not _is_number(freedom) or not freedom > 0:
        raise InputError(f"The degrees of freedom are {brief(freedom)}; a number above 0 is needed.", freedom)
    if mean == 0 or freedom == inf:
        return Law(None, mean, 0.0)
    return Law(stats.chi2(freedom, scale=mean / freedom), mean, mean * sqrt(2 / freedom))


def independent_law(statistic: Statistic, square: float, count: int) -> Law:
    """The law of the mean, or of the biased variance, of `count` independent values of N(0, square).

    N(0, square / count) and square * chi^2_{count - 1} / count. Raises `InputError` for another statistic,
    a count below two, and a square that is negative or not finite.
    """
    _check_statistic(statistic)
    whole("count", count, "a variance", smallest=2)
    _check_finite("square", square, 0.0)
    if statistic == "mean":
        return normal_law(0.0, sqrt(square / count))
    return chi_square_law(square * (count - 1) / count, count - 1)


def matched_law(statistic: Statistic, means: Tensor, squares: Tensor, size: int) -> Law:
    """The normal, or scaled chi-square, law with the mean and variance that the statistic has for independent images.

    An image, one of the population's, has several values, of mean r (`means`, which are 0 on average) and mean square q
    (`squares`), both (images,). Over B of them, drawn with replacement, the mean has the variance E r^2 / B; the
    variance, mean q - (mean r)^2, has the mean E q - E r^2 / B and the variance
    var q / B - 2 cov(q, r^2) / B^2 + (E r^4 + (2 B - 3) (E r^2)^2) / B^3. With one value an image, q = r^2, this is
    proposition 2 for the biased variance. Raises `InputError` for another statistic and a size below one.
    """
    _check_statistic(statistic)
    whole("size", size, "the mini-batches")
    r2 = means.square()
    spread = float(r2.mean())
    if statistic == "mean":
        return normal_law(0.0, sqrt(spread / size))
    mean = float(squares.mean()) - spread / size
    joint = float(((squares - squares.mean()) * r2).mean())
    rest = (float(r2.square().mean()) + (2 * size - 3) * spread**2) / size**3
    variance = float(squares.var(correction=0)) / size - 2 * joint / size**2 + rest
    return chi_square_law(mean, 2 * mean**2 / variance if variance > 0 else inf)


def effective_count(statistic: Statistic, law: Law, square: float) -> float | None:
    """The number of independent values of N(0, square) whose mean, or variance, has the relative variance of this law.

    None for a law without spread.

    >>> effective_count("mean", independent_law("mean", 2.0, 10), 2.0)
    10.0
    """
    _check_statistic(statistic)
    if law.deviation == 0:
        return None
    return square / law.deviation**2 if statistic == "mean" else 2 * (law.mean / law.deviation) ** 2 + 1


def kolmogorov(samples: Tensor, law: Law) -> float:
    """sup over t of |F_n(t) - F(t)|, exact up to the rounding of F, also where F jumps.

    Between two neighbouring samples F_n is constant and F rises, so the supremum is at a sample, from one side or the
    other.

    >>> kolmogorov(torch.tensor([0.0]), normal_law(0.0, 1.0)), kolmogorov(torch.tensor([0.0]), normal_law(0.0, 0.0))
    (0.5, 0.0)
    """
    places, counts = torch.unique(_checked(samples), return_counts=True)
    up_to, n = counts.cumsum(0).double(), len(samples)
    below = up_to - counts
    gaps = torch.stack([up_to / n - law.up_to(places), below / n - law.below(places)])
    return float(gaps.abs().max())


def kolmogorov_between(samples: Tensor, others: Tensor) -> float:
    """sup over t of |F_n(t) - G_m(t)|, of two samples of any sizes."""
    one, other = _checked(samples), _checked(others)
    places = torch.cat([one, other])
    return float((_shares(one, places) - _shares(other, places)).abs().max())


def wasserstein(samples: Tensor, others: Tensor) -> float:
    """The integral of |F_n - G_m|: the least mean distance over which the mass of one sample is moved to the other.

    >>> wasserstein(torch.tensor([0.0, 1.0]), torch.tensor([3.0]))
    2.5
    """
    one, other = _checked(samples), _checked(others)
    places = torch.cat([one, other]).sort().values
    steps = (_shares(one, places) - _shares(other, places)).abs()[:-1]
    return float((steps * places.diff()).sum())


def kolmogorov_half_width(n: int, *, level: float) -> float:
    """n independent draws are within this Kolmogorov distance of their law with probability `level` at least.

    1 when n is too small to say anything.

    >>> round(kolmogorov_half_width(1000, level=0.95), 5), kolmogorov_half_width(0, level=0.95)
    (0.04295, 1.0)
    """
    whole("n", n, "the draws", smallest=0)
    check_level(level)
    return min(1.0, sqrt(log(2 / (1 - level)) / (2 * n)) * (1 + 1e-12)) if n else 1.0


def _shares(ordered: Tensor, places: Tensor) -> Tensor:
    """The share of the samples that are <= t."""
    return torch.searchsorted(ordered, places, right=True).double() / len(ordered)


def _checked(samples: Tensor) -> Tensor:
    """In float64, ordered, on the processor."""
    if samples.dim() != 1 or samples.numel() == 0:
        raise ShapeError(
            f"The samples have the shape {tuple(samples.shape)}; (samples,) is needed, with one at least.", samples
        )
    values = samples.detach().cpu().double()
    if not bool(torch.isfinite(values).all()):
        raise NonFiniteError("The samples hold NaN or an infinity. Give finite numbers.", samples)
    return values.sort().values


def _check_statistic(statistic: object) -> None:
    if statistic not in STATISTICS:
        raise InputError(f"{brief(statistic)} is no statistic here; write 'mean' or 'variance'.", statistic)


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)


def _check_finite(name: str, given: float, smallest: float) -> None:
    if not _is_number(given) or not isfinite(given) or given < smallest:
        needed = "a finite number" if smallest == -inf else f"a finite number of at least {smallest:g}"
        raise InputError(f"The {name} is {brief(given)}; {needed} is needed.", given)
