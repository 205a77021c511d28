"""The networks of the paper's experiments, piecewise affine, in evaluation mode, of any width and from a seed.

Each is a module that `polybn.statistical.enclosures.tracing.trace` reads. Weights are He-normal and biases 0, see
`residual.drawn`; normalisations start as the identity up to eps: mean 0, variance 1. Building one leaves torch's
global random numbers as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import nn

from polybn.errors import InputError, ShapeError
from polybn.exact.rational import brief
from polybn.statistical.modules.residual import Residual, activation, block, drawn, slope_below
from polybn.statistical.whole_numbers import whole


def mlp(
    widths: Sequence[int],
    name: str = "relu",
    *,
    normalised: bool,
    seed: int,
    slope: float = 0.01,
    dtype: torch.dtype = torch.float32,
) -> nn.Module:
    """Linear, normalisation if wanted, activation, for each hidden width; linear with a bias at the end.

    `widths` are those of the input, of the hidden layers and of the output; `name` is the activation, "relu",
    "leaky_relu" (with this slope), "abs" or "hard_tanh". A hidden layer has a bias if it is not normalised.
    """
    if len(widths) < 2:
        raise ShapeError(
            f"widths is {brief(widths)}; at least two are needed: those of the input and of the output.", widths
        )
    for width in widths:
        whole("a width", width, "the MLP")
    below = slope_below(name, slope)
    with torch.random.fork_rng(devices=[]):
        layers: list[nn.Module] = []
        for into, out in pairwise(widths[:-1]):
            layers += [nn.Linear(into, out, bias=not normalised), *([nn.BatchNorm1d(out)] if normalised else [])]
            layers.append(activation(name, slope))
        net = nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))
    return drawn(net, below, seed=seed, dtype=dtype)


def cnn(
    channels: int,
    classes: int,
    *,
    seed: int,
    width: int = 64,
    side: int = 32,
    slope: float = 0.01,
    dropout: float = 0.5,
    normalised: bool = True,
    dtype: torch.dtype = torch.float32,
) -> nn.Module:
    """Convolutions 5x5 and twice 3x3, each normalised, leaky ReLU; halving after each, dropout, linear.

    Channels: width, 2 width, 4 width. Images are (samples, channels, side, side) with a side that 8 divides. The
    paper's Appendix C names these parts; the numbers of channels are ours.
    """
    _check(channels, classes, width, side, 8)
    _check_rate(dropout)
    below = slope_below("leaky_relu", slope)
    with torch.random.fork_rng(devices=[]):
        layers: list[nn.Module] = []
        for into, out, size in ((channels, width, 5), (width, 2 * width, 3), (2 * width, 4 * width, 3)):
            layers += block(into, out, size, nn.LeakyReLU(slope), normalised=normalised)
            layers += [nn.MaxPool2d(2), nn.Dropout(dropout)]
        net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(4 * width * (side // 8) ** 2, classes))
    return drawn(net, below, seed=seed, dtype=dtype)


def small_residual(
    channels: int,
    classes: int,
    *,
    seed: int,
    width: int = 64,
    side: int = 32,
    slope: float = 0.01,
    dropout: float = 0.0,
    normalised: bool = True,
    dtype: torch.dtype = torch.float32,
) -> nn.Module:
    """Two stages of two residual blocks each, of width and 2 width channels: 5x5 first, else 3x3, leaky ReLU.

    Every convolution is normalised; the stages end in halving; then the mean over places, dropout and linear. Images
    are (samples, channels, side, side) with a side that 4 divides. In the style of the "Residual Network" of
    the paper's Appendix C, whose numbers of channels we do not have.
    """
    _check(channels, classes, width, side, 4)
    _check_rate(dropout)
    below = slope_below("leaky_relu", slope)

    def made() -> nn.Module:
        return nn.LeakyReLU(slope)

    with torch.random.fork_rng(devices=[]):
        layers: list[nn.Module] = []
        for into, out, size in ((channels, width, 5), (width, 2 * width, 3)):
            layers += block(into, out, size, made(), normalised=normalised)
            layers += [_residual(out, made, normalised=normalised) for _ in range(2)]
            layers.append(nn.MaxPool2d(2))
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(2 * width, classes)]
        net = nn.Sequential(*layers)
    return drawn(net, below, seed=seed, dtype=dtype)


def resnet9(
    channels: int,
    classes: int,
    name: str = "relu",
    *,
    seed: int,
    width: int = 64,
    deepest: int = 8,
    side: int = 32,
    slope: float = 0.01,
    normalised: bool = True,
    dtype: torch.dtype = torch.float32,
) -> nn.Module:
    """The usual residual network of nine layers, eight 3x3 convolutions and a linear one; `name` is the activation.

    Convolutions to width, 2 width (halved), a residual block, 4 width (halved), deepest * width (halved), a residual
    block, the largest entry over all places, linear. With width 64 and deepest 8 (or 4) these are 64, 128, 256, 512
    (or 256) channels. Images are (samples, channels, side, side) with a side that 8 divides.
    """
    _check(channels, classes, width, side, 8)
    whole("deepest", deepest, "the network")
    below = slope_below(name, slope)

    def made() -> nn.Module:
        return activation(name, slope)

    def halved(into: int, out: int) -> list[nn.Module]:
        return [*block(into, out, 3, made(), normalised=normalised), nn.MaxPool2d(2)]

    with torch.random.fork_rng(devices=[]):
        net = nn.Sequential(
            *block(channels, width, 3, made(), normalised=normalised),
            *halved(width, 2 * width),
            _residual(2 * width, made, normalised=normalised),
            *halved(2 * width, 4 * width),
            *halved(4 * width, deepest * width),
            _residual(deepest * width, made, normalised=normalised),
            nn.MaxPool2d(side // 8),
            nn.Flatten(),
            nn.Linear(deepest * width, classes),
        )
    return drawn(net, below, seed=seed, dtype=dtype)


def _residual(width: int, made: Callable[[], nn.Module], *, normalised: bool) -> nn.Module:
    """x + two blocks of x."""
    parts = [part for _ in range(2) for part in block(width, width, 3, made(), normalised=normalised)]
    return Residual(nn.Sequential(*parts))


def _check(channels: int, classes: int, width: int, side: int, divisor: int) -> None:
    for name, given in (("channels", channels), ("classes", classes), ("width", width), ("side", side)):
        whole(name, given, "the network")
    if side % divisor:
        raise ShapeError(
            f"side is {side}, and the network halves its images: a multiple of {divisor} is needed, such as "
            f"{divisor * (side // divisor + 1)}. Pad or crop the images.",
            side,
        )


def _check_rate(dropout: object) -> None:
    if isinstance(dropout, bool) or not isinstance(dropout, int | float) or not 0 <= dropout < 1:
        raise InputError(f"dropout is {brief(dropout)}; a number from 0 up to, not including, 1 is needed.", dropout)
