"""The parts that networks are put together from: convolution blocks, residual sums, activations by name."""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor, nn

from polybn.errors import ActivationError, InputError
from polybn.exact.rational import brief
from polybn.statistical.datasets.dataset import TYPES
from polybn.statistical.seeds import generator

SLOPES = {"relu": 0.0, "abs": -1.0, "hard_tanh": 1.0}
"""The slope left of 0 of the activations that have no parameter; of hard-tanh the one next to 0."""


class Residual(nn.Module):
    """x + f(x)."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        """The sum, written with `+`, which tracing knows."""
        return x + self.inner(x)


class Absolute(nn.Module):
    """|t|, which torch has as a function only."""

    def forward(self, x: Tensor) -> Tensor:
        """Entry by entry."""
        return torch.abs(x)


def activation(name: str, slope: float) -> nn.Module:
    """ "relu", "leaky_relu" with this slope for t < 0, "abs" or "hard_tanh", as a new module."""
    slope_below(name, slope)
    if name == "leaky_relu":
        return nn.LeakyReLU(slope)
    return {"relu": nn.ReLU, "abs": Absolute, "hard_tanh": nn.Hardtanh}[name]()


def slope_below(name: object, slope: object) -> float:
    """The slope of the activation just left of 0; raises `ActivationError` for a name or slope that there is not."""
    if name != "leaky_relu" and name not in SLOPES:
        known = ", ".join(map(repr, ("leaky_relu", *SLOPES)))
        raise ActivationError(f"{brief(name)} is no activation here; write one of {known}.", name)
    if isinstance(slope, bool) or not isinstance(slope, int | float) or not -1 <= slope <= 1:
        raise ActivationError(f"The slope is {brief(slope)}; a number from -1 to 1 is needed, such as 0.01.", slope)
    return float(slope) if name == "leaky_relu" else SLOPES[str(name)]


def block(into: int, out: int, size: int, last: nn.Module, *, normalised: bool) -> list[nn.Module]:
    """A convolution with windows of odd size that keeps the places, its normalisation, an activation.

    A normalised one has no bias of its own: the mean would take it away again.
    """
    convolution = nn.Conv2d(into, out, size, padding=size // 2, bias=not normalised)
    return [convolution, *([nn.BatchNorm2d(out)] if normalised else []), last]


def drawn(net: nn.Module, slope: float, *, seed: int, dtype: torch.dtype) -> nn.Module:
    """The same network with weights of normal law, variance 2 / ((1 + slope^2) inputs of a unit), and biases 0.

    He et al. 2015: the size of what is passed on stays about the same from layer to layer. The numbers depend on the
    seed alone: they are drawn in float64 in the order of the layers, then rounded to dtype.
    """
    if dtype not in TYPES:
        raise InputError(f"dtype is {brief(dtype)}; torch.float32 or torch.float64 is needed.", dtype)
    source = generator(seed, "weights")
    net.to(dtype)
    with torch.no_grad():
        for layer in net.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d):
                deviation = sqrt(2 / ((1 + slope**2) * layer.weight[0].numel()))
                normal = torch.randn(layer.weight.shape, dtype=torch.float64, generator=source)
                layer.weight.copy_(normal * deviation)
                if layer.bias is not None:  # pyright: ignore[reportUnnecessaryComparison]
                    layer.bias.zero_()
    return net.eval()
