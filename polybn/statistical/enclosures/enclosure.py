"""Real numbers known to lie within a radius of floats, rounding included: |x - midpoint| <= radius, entry by entry.

A sum of n products of floats, in any order, with or without fused operations, is off by at most
gamma_n sum |a_i b_i|, gamma_n = n u / (1 - n u), u the unit roundoff (Higham, Accuracy and Stability, section 3.1), and
by the smallest subnormal for each operation that underflows. Convolutions by Fourier or Winograd transforms are not
such sums; in float64, which rigorous answers use, torch has none on a processor, and on a GPU they are switched off.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import NamedTuple

import torch
from torch import Tensor

from polybn.errors import InputError


class Enclosure(NamedTuple):
    """|x - midpoint| <= radius in every entry, both of one shape, (samples, ...)."""

    midpoint: Tensor
    radius: Tensor

    @property
    def lower(self) -> Tensor:
        """Floats not above any x."""
        return _below(self.midpoint - self.radius)

    @property
    def upper(self) -> Tensor:
        """Floats not below any x."""
        return _above(self.midpoint + self.radius)

    def signs(self, point: float = 0.0) -> Tensor:
        """int8: the sign of x - point where it is sure, else 0, which is "unsure"; exact zeros are unsure too."""
        return (self.lower > point).to(torch.int8) - (self.upper < point).to(torch.int8)


def unit(tensor: Tensor) -> float:
    """The unit roundoff u: half the distance from 1 to the next float."""
    return torch.finfo(tensor.dtype).eps / 2


def gamma(terms: int, tensor: Tensor) -> float:
    """2 gamma_(n + 4): a float sum at one point and another at the midpoint, with room for the rounding of the bound.

    Raises `InputError` unless (n + 4) u < 1/8.
    """
    share = (terms + 4) * unit(tensor)
    if share >= 0.125:
        raise InputError(
            f"Sums of {terms} products in {tensor.dtype} have no useful error bound; use torch.float64.", tensor.dtype
        )
    return 2 * share / (1 - share)


def least(tensor: Tensor) -> float:
    """More than one operation loses to underflow: the smallest normal number."""
    return torch.finfo(tensor.dtype).tiny


def plain_sums() -> AbstractContextManager[None]:
    """On a GPU, convolutions that sum products and use no transform, whose rounding is another."""
    return torch.backends.cudnn.flags(enabled=False)


def between(lower: Tensor, upper: Tensor) -> Enclosure:
    """The enclosure of everything from lower to upper."""
    midpoint = (lower / 2) + (upper / 2)
    radius = torch.maximum(upper - midpoint, midpoint - lower)
    return Enclosure(midpoint, _above(radius))


def exactly(points: Tensor) -> Enclosure:
    """Floats that are meant as they are."""
    return Enclosure(points, torch.zeros_like(points))


def lengths(tensor: Tensor, axes: tuple[int, ...]) -> Tensor:
    """Euclidean lengths over some axes, rounded; in units of the largest entry, lest squares of tiny ones vanish."""
    top = tensor.abs().amax(axes, keepdim=True)
    scaled = tensor / torch.where(top > 0, top, 1.0)
    return torch.linalg.vector_norm(scaled, dim=axes) * top.squeeze(axes)


def _above(tensor: Tensor) -> Tensor:
    """The next float up: at least the value that was rounded to this one."""
    return torch.nextafter(tensor, torch.full_like(tensor, torch.inf))


def _below(tensor: Tensor) -> Tensor:
    return torch.nextafter(tensor, torch.full_like(tensor, -torch.inf))
