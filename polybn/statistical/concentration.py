"""What n independent draws say of a rate or a mean, at a stated level, for every n and every law."""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, log, nextafter, sqrt
from typing import Literal

import torch
from scipy import stats
from torch import Tensor

from polybn.errors import InputError
from polybn.exact.rational import brief
from polybn.statistical.whole_numbers import whole

Method = Literal["bernstein", "hoeffding"]


def upper_rate(violations: int, n: int, *, level: float) -> float:
    """The one-sided Clopper-Pearson bound: a rate p gives a bound below p with probability 1 - level at most.

    It is the p at which `violations` or fewer of n have probability 1 - level; 1 for n = 0 and when all are violations.

    >>> round(upper_rate(0, 100, level=0.95), 4), upper_rate(0, 0, level=0.95)
    (0.0295, 1.0)
    """
    _check_counts(violations, n)
    check_level(level)
    if violations == n:
        return 1.0
    if violations == 0:
        return min(1.0, _up(-expm1(log(1 - level) / n)))
    return min(1.0, _up(float(stats.beta.isf(1 - level, violations + 1, n - violations))))


def lower_rate(violations: int, n: int, *, level: float) -> float:
    """The one-sided bound from below: 1 - the upper bound on the rate of the others.

    >>> round(lower_rate(100, 100, level=0.95), 4), lower_rate(0, 100, level=0.95)
    (0.9705, 0.0)
    """
    _check_counts(violations, n)
    return max(0.0, nextafter(1 - upper_rate(n - violations, n, level=level), 0.0))


@dataclass(frozen=True, eq=False)
class Band:
    """mean +- half_width, entry by entry, cut at the range of the values; each entry at `level`, by `method`."""

    mean: Tensor
    lower: Tensor
    upper: Tensor
    n: int
    level: float
    method: Method


def mean_band(
    values: Tensor, lowest: float | Tensor, highest: float | Tensor, *, level: float, method: Method = "bernstein"
) -> Band:
    """Two-sided intervals for the means of laws on [lowest, highest], from n independent draws: `values` (n, ...).

    Each interval holds its mean with probability `level` at least, whatever the law. "hoeffding" (Hoeffding 1963):
    half the width is R sqrt(ln(2/d) / 2n), d = 1 - level, R = highest - lowest. "bernstein" (Maurer and Pontil 2009,
    theorem 4): sqrt(2 V ln(4/d) / n) + 7 R ln(4/d) / (3 (n - 1)), V the unbiased sample variance, which is smaller
    when the values vary little. Without draws (one, for "bernstein") the interval is the whole range. Many at once
    need `bonferroni`. Raises `InputError` for values out of range, and for a level or a method that there is not.
    """
    check_level(level)
    if method not in ("bernstein", "hoeffding"):
        raise InputError(f"method is {brief(method)}; write 'bernstein' or 'hoeffding'.", method)
    values = values.double()
    low = torch.as_tensor(lowest, dtype=torch.float64, device=values.device).expand(values.shape[1:])
    high = torch.as_tensor(highest, dtype=torch.float64, device=values.device).expand(values.shape[1:])
    if not bool(((low <= values) & (values <= high)).all()):
        raise InputError("Some values are NaN or outside [lowest, highest]; give a range that holds all.", values)
    n = len(values)
    if n < (2 if method == "bernstein" else 1):
        return Band(values.mean(0) if n else (low + high) / 2, low, high, n, level, method)
    mean = values.mean(0)
    half = _half_width(values, high - low, 1 - level, method) * (1 + 1e-12)
    return Band(mean, torch.maximum(mean - half, low), torch.minimum(mean + half, high), n, level, method)


def bonferroni(level: float, many: int) -> float:
    """1 - (1 - level) / many: the level of each of `many` intervals at which all hold together with `level`.

    >>> bonferroni(0.95, 10)
    0.995
    """
    check_level(level)
    return 1 - (1 - level) / whole("many", many, "the intervals")


def check_level(level: object) -> None:
    """Raise `InputError` unless 0 < level < 1."""
    if not isinstance(level, float) or not 0 < level < 1:
        raise InputError(f"The level is {brief(level)}; a float between 0 and 1 is needed, such as 0.95.", level)


def _half_width(values: Tensor, width: Tensor, risk: float, method: Method) -> Tensor:
    n = len(values)
    if method == "hoeffding":
        return width * sqrt(log(2 / risk) / (2 * n))
    spread = values.var(0, correction=1)
    return torch.sqrt(2 * spread * log(4 / risk) / n) + width * (7 * log(4 / risk) / (3 * (n - 1)))


def _check_counts(violations: int, n: int) -> None:
    if not 0 <= violations <= n:
        raise InputError(
            f"{brief(violations)} violations among {brief(n)} cases; 0 <= violations <= n is needed.", violations
        )


def _up(value: float) -> float:
    """Above the rounding of the quantile, which is far below one in 10^9."""
    return value * (1 + 1e-9)
