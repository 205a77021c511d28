"""Mean and biased variance of each channel over any number of chunks, in float64 (Eq. 3 of the paper)."""

from __future__ import annotations

import torch
from torch import Tensor

from polybn.errors import NonFiniteError


class ChannelMoments:
    """Running count, mean, sum of squared deviations, least and largest value of each channel.

    Chunks are joined by the formula of Chan, Golub and LeVeque (1979): with d the difference of the means, the squares
    add up to S + S' + d^2 n n' / (n + n'). Nothing cancels, so the chunks matter up to rounding only; a channel that
    is constant has that value as its mean, and the variance 0, without rounding.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0
        self.mean = self.squares = self.least = self.largest = torch.zeros(0, dtype=torch.float64)

    def add(self, inputs: Tensor) -> None:
        """Join (samples, channels, places); raises `NonFiniteError` for NaN, an infinity or an overflow."""
        x = in_float64(inputs)
        count = x.shape[0] * x.shape[2]
        least, largest = x.amin((0, 2)), x.amax((0, 2))
        mean = torch.minimum(torch.maximum(x.mean((0, 2)), least), largest)
        squares = (x - mean[:, None]).square().sum((0, 2))
        if not bool(torch.isfinite(mean).all() and torch.isfinite(squares).all()):
            raise NonFiniteError(
                f"What the normalisation {self.name!r} reads holds NaN or an infinity, or its variance overflows. "
                "Scale the samples or the weights down.",
                inputs,
            )
        if self.count:
            share = count / (self.count + count)
            step = mean - self.mean
            squares = self.squares + squares + step.square() * (share * self.count)
            least, largest = torch.minimum(least, self.least), torch.maximum(largest, self.largest)
            mean = self.mean + step * share
        self.count += count
        self.mean, self.squares, self.least, self.largest = mean, squares, least, largest

    @property
    def variance(self) -> Tensor:
        """The biased one, over N."""
        return self.squares / self.count


def in_float64(x: Tensor) -> Tensor:
    """The same numbers in float64; on the processor where the device has no such numbers."""
    return (x.cpu() if x.device.type == "mps" else x).double()
