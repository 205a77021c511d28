"""The operations of piecewise-affine networks: the values of each, and what encloses them, rounding included."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from polybn.errors import ShapeError
from polybn.statistical.enclosures.enclosure import Enclosure, between, gamma, least, lengths, unit


class Operation(ABC):
    """One operation of a network in evaluation mode, on (samples, ...) tensors."""

    @abstractmethod
    def values(self, *inputs: Tensor) -> Tensor:
        """The values in floats."""

    @abstractmethod
    def enclose(self, *inputs: Enclosure) -> Enclosure:
        """The exact values for all inputs enclosed, and all floats that torch may compute for `values` of them."""


def _share(slack: float, numbers: Tensor) -> Tensor:
    """slack |x|, rounded upwards: large weights would make much of what a tiny x loses; 0 for 0."""
    product = slack * numbers.abs()
    return torch.where(numbers == 0, product, torch.nextafter(product, torch.full_like(product, torch.inf)))


@dataclass(frozen=True, eq=False)
class Affine(Operation):
    """W x + b, a matrix (`stride` None) or a convolution in two dimensions."""

    weight: Tensor
    bias: Tensor | None
    stride: tuple[int, int] | None = None
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1

    def values(self, *inputs: Tensor) -> Tensor:
        """W x + b."""
        return self._applied(self.weight, self.bias, inputs[0])

    def enclose(self, *inputs: Enclosure) -> Enclosure:
        """|W| (r + g |m|) + g |b| around W m + b, for inputs m +- r."""
        midpoint, radius = inputs[0]
        slack, bias = self._slack, None if self.bias is None else self.bias.abs() * self._slack
        spread = self._applied(self.weight.abs(), bias, radius + _share(slack, midpoint))
        return Enclosure(self.values(midpoint), spread * (1 + slack) + self._lost)

    def enclose_ball(self, centres: Tensor, radius: float) -> Enclosure:
        """The same for the Euclidean balls of one radius around the centres: a row w moves by ||w|| radius at most."""
        slack, bias = self._slack, None if self.bias is None else self.bias.abs() * self._slack
        rounding = self._applied(self.weight.abs(), bias, _share(slack, centres))
        norms = lengths(self.weight.flatten(1), (1,)) * (radius * (1 + slack))
        return Enclosure(self.values(centres), (rounding + self.by_row(norms)) * (1 + slack) + self._lost)

    def by_row(self, each: Tensor) -> Tensor:
        """A number for each row in a shape that outputs broadcast with: rows are their last axis, or channels."""
        return each if self.stride is None else each[:, None, None]

    @property
    def terms(self) -> int:
        """Products in one sum, and the bias."""
        return self.weight[0].numel() + 1

    @property
    def _slack(self) -> float:
        return gamma(self.terms, self.weight)

    @property
    def _lost(self) -> float:
        return 4 * self.terms * least(self.weight)

    def _applied(self, weight: Tensor, bias: Tensor | None, x: Tensor) -> Tensor:
        if self.stride is None:
            return functional.linear(x, weight, bias)
        return functional.conv2d(x, weight, bias, self.stride, self.padding, self.dilation, self.groups)


@dataclass(frozen=True, eq=False)
class Normalization(Operation):
    """gamma (x - mu) / sqrt(variance + eps) + beta, channel by channel, with frozen statistics.

    The scale is enclosed around its float by some roundings, so both the exact root and the rational number that the
    float stores are inside.
    """

    location: Tensor
    variance: Tensor
    eps: float
    gamma: Tensor | None
    beta: Tensor | None

    def values(self, *inputs: Tensor) -> Tensor:
        """What torch computes in evaluation mode."""
        return functional.batch_norm(
            inputs[0], self.location, self.variance, self.gamma, self.beta, training=False, eps=self.eps
        )

    def enclose(self, *inputs: Enclosure) -> Enclosure:
        """|s| r + 32 u (|s| (|m| + r + |mu|) + |beta|) around s (m - mu) + beta, for inputs m +- r, and underflow."""
        midpoint, radius = inputs[0]
        scale, beta, location = (self._spread(part, midpoint) for part in (self.scale, self._beta, self.location))
        size = midpoint.abs() + radius + location.abs()
        tail = 32 * unit(midpoint) * (scale.abs() * size + beta.abs()) + 4 * least(midpoint) * size
        spread = scale.abs() * radius + tail
        return Enclosure(
            scale * (midpoint - location) + beta, spread * (1 + 32 * unit(midpoint)) + 16 * least(midpoint)
        )

    @property
    def scale(self) -> Tensor:
        """gamma / sqrt(variance + eps), in floats."""
        scale = torch.rsqrt(self.variance + self.eps)
        return scale if self.gamma is None else scale * self.gamma

    @property
    def _beta(self) -> Tensor:
        return torch.zeros_like(self.location) if self.beta is None else self.beta

    @staticmethod
    def _spread(channels: Tensor, like: Tensor) -> Tensor:
        return channels.reshape(1, -1, *[1] * (like.dim() - 2))


@dataclass(frozen=True, eq=False)
class Activation(Operation):
    """A continuous function with slopes[i] between consecutive breakpoints.

    Two pieces with breakpoint 0: ReLU, leaky ReLU and the absolute value. Three: hard-tanh, ReLU6.
    """

    breakpoints: tuple[float, ...]
    slopes: tuple[float, ...]
    offsets: tuple[float, ...]
    """The values at the breakpoints."""

    def values(self, *inputs: Tensor) -> Tensor:
        """a(t), entry by entry."""
        x = inputs[0]
        if self.breakpoints == (0.0,) and self.offsets == (0.0,) and self.slopes[1] == 1.0:
            return functional.leaky_relu(x, self.slopes[0])
        first, rest = self.breakpoints[0], zip(self.breakpoints, self.offsets, self.slopes[1:], strict=True)
        value = self.offsets[0] + self.slopes[0] * (x - first)
        for point, offset, slope in rest:
            value = torch.where(x >= point, offset + slope * (x - point), value)
        return value

    def enclose(self, *inputs: Enclosure) -> Enclosure:
        """The hull of the values at both ends and at the breakpoints between them."""
        given = inputs[0]
        low, high = given.lower, given.upper
        ends = [self.values(low), self.values(high)]
        lower, upper = torch.minimum(*ends), torch.maximum(*ends)
        for point, offset in zip(self.breakpoints, self.offsets, strict=True):
            inside = (low < point) & (point < high)
            lower = torch.where(inside, lower.clamp(max=offset), lower)
            upper = torch.where(inside, upper.clamp(min=offset), upper)
        slope, reach = max(map(abs, self.slopes)), max(map(abs, (*self.breakpoints, 0.0)))
        largest = torch.maximum(low.abs(), high.abs()) + reach
        tail = 8 * unit(low) * (slope * largest + max(map(abs, (*self.offsets, 0.0)))) + 8 * least(low)
        if self.is_exact:
            tail = torch.zeros_like(tail)
        return between(lower - tail, upper + tail)

    @property
    def is_exact(self) -> bool:
        """Whether floats make no error: one breakpoint, at 0, with value 0, and slopes -1, 0 or 1."""
        is_central = self.breakpoints == (0.0,) and self.offsets == (0.0,)
        return is_central and all(slope in (-1.0, 0.0, 1.0) for slope in self.slopes)


@dataclass(frozen=True, eq=False)
class MaxPool(Operation):
    """The largest entry of every window; `options` as torch.nn.functional.max_pool2d takes them."""

    options: dict[str, Any]

    def values(self, *inputs: Tensor) -> Tensor:
        """The largest entries."""
        return functional.max_pool2d(inputs[0], **self.options)

    def enclose(self, *inputs: Enclosure) -> Enclosure:
        """Between the largest lower and the largest upper bound."""
        return between(self.values(inputs[0].lower), self.values(inputs[0].upper))


@dataclass(frozen=True, eq=False)
class AveragePool(Operation):
    """The mean of every window, or of a whole image."""

    options: dict[str, Any] | None
    """As torch.nn.functional.avg_pool2d takes them; None: the mean of the image, (samples, channels, 1, 1)."""

    def values(self, *inputs: Tensor) -> Tensor:
        """The means."""
        if self.options is None:
            return inputs[0].mean(dim=(2, 3), keepdim=True)
        return functional.avg_pool2d(inputs[0], **self.options)

    def enclose(self, *inputs: Enclosure) -> Enclosure:
        """The mean of the radii around that of the midpoints."""
        midpoint, radius = inputs[0]
        slack = gamma(midpoint.shape[2] * midpoint.shape[3] + 1, midpoint)
        spread = self.values(radius + slack * midpoint.abs()).abs()
        return Enclosure(self.values(midpoint), spread * (1 + slack) + 8 * least(midpoint))


@dataclass(frozen=True, eq=False)
class Add(Operation):
    """x + y, as at the end of a residual block."""

    def values(self, *inputs: Tensor) -> Tensor:
        """The sum; raises `ShapeError` for different numbers of axes, where samples would meet places."""
        first, second = inputs
        if first.dim() != second.dim():
            raise ShapeError(f"A sum of {first.dim()} and of {second.dim()} axes; give both the same axes.", inputs)
        return first + second

    def enclose(self, *inputs: Enclosure) -> Enclosure:
        """The sum of the radii around that of the midpoints."""
        (first, one), (second, two) = inputs
        midpoint = self.values(first, second)
        return Enclosure(midpoint, (one + two) * (1 + 4 * unit(midpoint)) + 2 * unit(midpoint) * midpoint.abs())


@dataclass(frozen=True, eq=False)
class Reshape(Operation):
    """Everything from an axis on in one axis."""

    start: int

    def values(self, *inputs: Tensor) -> Tensor:
        """The same entries; raises `ShapeError` where that joins samples."""
        if self.start in (0, -inputs[0].dim()):
            raise ShapeError(f"Flattening from axis {self.start} joins samples; write nn.Flatten(1).", inputs[0])
        return inputs[0].flatten(self.start)

    def enclose(self, *inputs: Enclosure) -> Enclosure:
        """The same enclosures."""
        return Enclosure(*(self.values(part) for part in inputs[0]))
