"""Rings around the origin of the plane, one a class: two-dimensional data that no line separates."""

from __future__ import annotations

from math import inf, pi

import torch

from polybn.errors import InputError
from polybn.exact.rational import brief
from polybn.statistical.datasets.dataset import Dataset, check_size
from polybn.statistical.seeds import generator
from polybn.statistical.whole_numbers import whole


def rings(
    count: int,
    *,
    seed: int,
    classes: int = 2,
    noise: float = 0.2,
    dtype: torch.dtype = torch.float32,
) -> Dataset:
    """x_n = (1 + y_n) (cos t_n, sin t_n) + noise, with t_n uniform in [0, 2 pi) and labels y_n = n mod classes.

    The noise is normal with this standard deviation in each coordinate; 0 puts the points on the circles. The numbers
    are drawn in float64, then rounded to dtype.
    """
    whole("count", count, "the rings")
    check_size(count, (2,), dtype, "the rings")
    whole("classes", classes, "the rings")
    _check_noise(noise)
    source = generator(seed, "rings")
    angles = 2 * pi * torch.rand(count, dtype=torch.float64, generator=source)
    labels = torch.arange(count) % classes
    circles = (1 + labels[:, None]) * torch.stack([torch.cos(angles), torch.sin(angles)], dim=1)
    moved = torch.randn(count, 2, dtype=torch.float64, generator=source)
    note = f"{classes} rings of radii 1, 2, ..., one a class, moved by {noise:g} normal noise, seed {seed}"
    return Dataset("rings", (circles + noise * moved).to(dtype), labels, note)


def _check_noise(given: object) -> None:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < inf:
        raise InputError(f"noise is {brief(given)}; a finite number of at least 0 is needed.", given)
