"""Points on a star in the plane, slightly moved: the two-dimensional data of the paper's pictures."""

from __future__ import annotations

from math import inf, pi

import torch

from polybn.errors import InputError
from polybn.exact.rational import brief
from polybn.statistical.datasets.dataset import Dataset, check_size
from polybn.statistical.seeds import generator
from polybn.statistical.whole_numbers import whole


def star(
    count: int = 50,
    *,
    seed: int,
    arms: int = 5,
    depth: float = 0.4,
    noise: float = 0.02,
    dtype: torch.dtype = torch.float32,
) -> Dataset:
    """x_n = r(t_n) (cos t_n, sin t_n) + noise, with r(t) = 1 + depth cos(arms t) and t_n = 2 pi n / count.

    The noise is normal with this standard deviation in each coordinate; 0 puts the points on the curve. No labels.
    The numbers are drawn in float64, then rounded to dtype.
    """
    whole("count", count, "the star")
    check_size(count, (2,), dtype, "the star")
    whole("arms", arms, "the star")
    _check_between("depth", depth, 1)
    _check_between("noise", noise, inf)
    angles = torch.arange(count, dtype=torch.float64) * (2 * pi / count)
    radii = 1 + depth * torch.cos(arms * angles)
    curve = radii[:, None] * torch.stack([torch.cos(angles), torch.sin(angles)], dim=1)
    moved = torch.randn(count, 2, dtype=torch.float64, generator=generator(seed, "star"))
    note = f"a star with {arms} arms, r = 1 + {depth:g} cos({arms} t), moved by {noise:g} normal noise, seed {seed}"
    return Dataset("star", (curve + noise * moved).to(dtype), None, note)


def _check_between(name: str, given: object, end: float) -> None:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < end:
        needed = "a number from 0 up to, not including, 1" if end == 1 else "a finite number of at least 0"
        raise InputError(f"{name} is {brief(given)}; {needed} is needed.", given)
