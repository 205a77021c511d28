"""Uniform points of Euclidean balls in any dimension, seeded, and inside the balls as exact real numbers.

The first n coordinates of a uniform point of the unit sphere in n + 2 dimensions are uniform in the unit ball in n
dimensions (Harman and Lacko 2010; Voelker, Gosmann and Stewart 2017).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, prod

import torch
from torch import Tensor

from polybn.errors import InputError
from polybn.exact.rational import brief
from polybn.statistical.enclosures.enclosure import least, unit
from polybn.statistical.seeds import generator
from polybn.statistical.whole_numbers import whole

BLOCK = 1 << 16
"""Normal numbers drawn at once, whatever the chunk: so the chunk changes no number."""


def offsets(dimension: int, count: int, *, seed: int, chunk: int) -> Iterator[Tensor]:
    """`count` independent uniform points of the closed unit ball, in order, at most `chunk` at a time.

    Each is a float64 tensor (samples, dimension) on the processor. The numbers depend on `dimension` and `seed` alone,
    not on `chunk`, nor, for the first ones, on `count`. Raises `InputError` for sizes below 1 (a count may be 0) and
    for a seed that is not in 0, ..., 2^32 - 1.
    """
    for name, given, least_one in (("dimension", dimension, 1), ("count", count, 0), ("chunk", chunk, 1)):
        whole(name, given, "the balls", smallest=least_one)
    return _rechunked(_blocks(dimension, count, generator(seed, "ball")), count, chunk)


def points_in_balls(centres: Tensor, radius: float, offset: Tensor) -> Tensor:
    """c + radius * o for every centre c and every o of the unit ball, rounded, and inside the closed ball around c.

    Centres (balls, ...) and offsets (samples, entries of a centre) give (samples, balls, ...), of the centres' type
    and device. A rounded sum is off by u (||c|| + radius) at most, so the ball is shrunk by twice that first; where
    nothing is left of it, the point is the centre itself.
    """
    check_radius(radius)
    if centres.dim() < 2 or offset.dim() != 2 or prod(centres.shape[1:]) != offset.shape[1]:
        raise InputError(
            f"Centres of shape {tuple(centres.shape)} and offsets of shape {tuple(offset.shape)} do not fit; "
            "centres are (balls, ...) and offsets (samples, entries of one centre).",
            offset,
        )
    rounding = unit(centres)
    lengths = torch.linalg.vector_norm(centres.flatten(1).double(), dim=1)
    lost = 4 * rounding * (lengths + radius) + 2 * offset.shape[1] * least(centres)
    shrunk = (radius * (1 - 16 * rounding) - lost).clamp(min=0).to(centres.dtype)
    directions = offset.to(device=centres.device, dtype=centres.dtype).reshape(-1, 1, *centres.shape[1:])
    return torch.addcmul(centres, shrunk.reshape(1, -1, *[1] * (centres.dim() - 1)), directions)


def check_radius(radius: object) -> None:
    """Raise `InputError` unless the radius is a finite number above 0."""
    if isinstance(radius, bool) or not isinstance(radius, int | float) or not 0 < radius < float("inf"):
        raise InputError(f"The radius is {brief(radius)}; a finite number above 0 is needed, such as 0.1.", radius)


def _blocks(dimension: int, count: int, numbers: torch.Generator) -> Iterator[Tensor]:
    size = max(1, BLOCK // (dimension + 2))
    # A float coordinate of a unit vector is off by a relative (n + 8) u at most, the sum of n + 2 squares included.
    shrink = 1 - 4 * (dimension + 8) * torch.finfo(torch.float64).eps
    for _ in range(ceil(count / size)):
        sphere = torch.randn(size, dimension + 2, dtype=torch.float64, generator=numbers)
        lengths = torch.linalg.vector_norm(sphere, dim=1, keepdim=True)
        yield sphere[:, :dimension] * (shrink / lengths)


def _rechunked(blocks: Iterator[Tensor], count: int, chunk: int) -> Iterator[Tensor]:
    """The first `count` rows in pieces of `chunk`, the last one shorter."""
    rest = next(blocks) if count else torch.empty(0, 1)
    while count > 0:
        while len(rest) < min(chunk, count):
            rest = torch.cat([rest, next(blocks)])
        size = min(chunk, count)
        yield rest[:size]
        rest, count = rest[size:], count - size
