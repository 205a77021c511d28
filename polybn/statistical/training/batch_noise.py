"""Section 5: extra noise on the mean and the variance that batch normalisation takes from a mini-batch.

In training mode a channel of a mini-batch z of N samples has mu and sigma^2 (Eq. 3), which vary from one mini-batch to
the next. Noise of level L adds to that: with xi standard normal and chi^2_m chi-square of m degrees of freedom, one
independent draw of each for every channel and pass,

    mu' = mu + L sigma xi / sqrt(N - 1),    sigma'^2 = sigma^2 chi^2_m / m,    m = (N + 1) / L^2,

and the layer gives gamma (z - mu') / sqrt(sigma'^2 + eps) + beta. For N independent samples of one law mu' has 1 + L^2
times the variance of mu, because the mean of sigma^2 / (N - 1) is that variance; when the law is normal, sigma'^2 has
1 + L^2 times the variance of sigma^2, because sigma^2 then has the mean square (N + 1)/(N - 1) times its squared mean.
So level 1 doubles both variances, and neither mean moves. m need not be whole: chi^2_m / m is the gamma law of shape
m/2 and mean 1.

Gradients flow through mu and sigma, the xi and chi^2 being constants, and so through mu' and sigma'. A channel that is
constant on the mini-batch has sigma = 0 and gets no noise. For m <= 2, that is L^2 >= (N + 1)/2, the mean of
1 / sigma'^2 is infinite: such levels train badly for that reason alone. Running statistics are those without noise.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from math import sqrt
from typing import Any, Literal, cast, get_args

import numpy as np
import torch
from scipy import special
from torch import Tensor, nn

from polybn.errors import InputError
from polybn.exact.rational import brief
from polybn.statistical.enclosures.tracing import UnsupportedModuleError
from polybn.statistical.modules.capture import normalisations_of
from polybn.statistical.seeds import generator
from polybn.statistical.whole_numbers import whole

Counted = Literal["samples", "values"]
DISTURBED = (nn.BatchNorm1d, nn.BatchNorm2d)
LARGEST_LEVEL = 1000
"""For mini-batches of usual sizes sigma'^2 is nearly always about 0 long before it; far beyond, L^2 overflows."""


@contextmanager
def disturbed(
    net: nn.Module, level: float, *, seed: int, step: int = 0, counted: Counted = "samples"
) -> Generator[None, None, None]:
    """Inside, each BatchNorm1d and BatchNorm2d in training mode normalises with mu' and sigma'^2 in place of its own.

    The draws depend on the seed, the step and the order of the layers, not on the device, and they are the same normal
    and uniform numbers for every level, which pairs levels. At level 0, and for layers in evaluation mode, nothing
    changes, not by a bit. An image is one of N samples however many places it has, since its places are not
    independent; counted="values" takes N as samples times places, which is less noise. Afterwards the net is as before,
    also after an error.

    Raises `InputError` for a level outside of [0, LARGEST_LEVEL], `UnsupportedModuleError` for a net without
    normalisation layers, or with one that takes batch statistics and is of another type.
    """
    _check(level, counted)
    source = generator(seed, f"batch noise at step {whole('step', step, 'the noise', smallest=0)}")
    layers = normalisations_of(net)
    for name, layer in layers.items():
        if type(layer) not in DISTURBED:
            raise UnsupportedModuleError(
                f"The normalisation {name!r} is of type {type(layer).__name__}; noise is for nn.BatchNorm1d and "
                "nn.BatchNorm2d themselves. Replace it by one of these, or leave the noise out.",
                layer,
            )

    def after(layer: nn.Module, args: tuple[Any, ...], named: Mapping[str, Any], output: Tensor) -> Tensor | None:
        if not layer.training:
            return None
        read = cast("Tensor", args[0] if args else named["input"])
        count = len(read) if counted == "samples" else read.numel() // read.shape[1]
        shift, scale = draws(read.shape[1], level, count, source)
        return renormalised(cast("nn.BatchNorm2d", layer), read, output, shift, scale)

    # Each layer once, also one that the net holds under two names; at level 0 there is nothing to do.
    handles = [one.register_forward_hook(after, with_kwargs=True) for one in layers.values() if level > 0]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def draws(channels: int, level: float, count: int, source: torch.Generator) -> tuple[Tensor, Tensor]:
    """L xi / sqrt(N - 1) and chi^2_m / m for each channel, in float64 on the processor; N = `count`, L > 0.

    For N = 1 the divisor is 1: sigma is 0 then, unless one image has many places. A chi-square is the quantile of a
    uniform number.
    """
    shift = level / sqrt(max(count - 1, 1)) * torch.randn(channels, dtype=torch.float64, generator=source)
    uniform = torch.rand(channels, dtype=torch.float64, generator=source)
    # For a level so small that its square underflows, chi^2_m / m is 1 to the last bit anyway.
    shape = (count + 1) / max(level, 1e-100) ** 2 / 2
    return shift, torch.from_numpy(np.asarray(special.gammaincinv(shape, uniform.numpy()) / shape))


def renormalised(layer: nn.BatchNorm2d, read: Tensor, output: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """gamma (z - mu - shift * sigma) / sqrt(sigma^2 scale + eps) + beta, from z = `read` and what the layer made of it.

    With h = (z - mu) / sqrt(sigma^2 + eps) and r = sigma^2 / (sigma^2 + eps) this is
    gamma (h - shift sqrt(r)) / sqrt(r scale + 1 - r) + beta.
    """
    across = (1, -1, *(1 for _ in read.shape[2:]))
    axes = [axis for axis in range(read.dim()) if axis != 1]
    shift, scale = (part.to(device=read.device, dtype=read.dtype).view(across) for part in (shift, scale))
    variance = read.var(axes, correction=0, keepdim=True)
    share = variance / (variance + layer.eps)
    # The root has no derivative at 0, and that of sigma there is 0 * infinity; a constant channel passes none on.
    root = torch.where(variance > 0, share, 1).sqrt() * (variance > 0)
    deviation = (share * scale + layer.eps / (variance + layer.eps)).sqrt()
    if not layer.affine:
        return (output - shift * root) / deviation
    gamma, beta = layer.weight.view(across), layer.bias.view(across)
    return (output - beta - gamma * shift * root) / deviation + beta


def _check(level: object, counted: object) -> None:
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 <= level <= LARGEST_LEVEL:
        raise InputError(f"The noise level is {brief(level)}; a number from 0 to {LARGEST_LEVEL} is needed.", level)
    if counted not in get_args(Counted):
        raise InputError(
            f"counted is {brief(counted)}; write 'samples' (a sample is one draw) or 'values' (each of its places is).",
            counted,
        )
