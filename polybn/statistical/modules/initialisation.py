"""Three ways to start from the same weights: zero bias, random bias, or the batch statistics of a data set, frozen.

In evaluation mode a normalisation is a frozen affine map for each channel, so its mean plays the part of a bias, and
the three differ in where the hyperplanes are. Each function returns a copy in evaluation mode, or, with
in_place=True, changes the module given and returns it. Training with frozen statistics means to keep the
normalisation layers in evaluation mode: `module.train()` would put them back into training mode.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from math import inf
from typing import cast

import torch
from torch import Tensor, nn

from polybn.errors import InputError, NonFiniteError, ShapeError
from polybn.exact.rational import brief
from polybn.statistical.enclosures.tracing import UnsupportedModuleError
from polybn.statistical.modules.capture import (
    NORMALISING,
    WEIGHTED,
    by_channels,
    chunks,
    hooked,
    normalisations_of,
    not_called,
)
from polybn.statistical.modules.channel_moments import ChannelMoments
from polybn.statistical.seeds import generator


def zero_bias(module: nn.Module, *, in_place: bool = False) -> nn.Module:
    """Every bias 0 and every normalisation the identity, up to one rounding: mean 0, variance + eps = 1, gamma 1."""
    made = (module if in_place else deepcopy(module)).eval()
    for constant in _constants(made):
        constant.data.zero_()
    for layer in _normalisations(made):
        width = layer.num_features
        _set_statistics(layer, torch.zeros(width), torch.full((width,), 1 - layer.eps, dtype=torch.float64))
        if layer.affine:
            layer.weight.data.fill_(1)
    return made


def random_bias(module: nn.Module, *, seed: int, deviation: float = 1.0, in_place: bool = False) -> nn.Module:
    """The same, but every bias, and every beta of a normalisation, normal with mean 0 and this standard deviation.

    A unit that has both a bias and a beta gets the sum of two. Raises `UnsupportedModuleError` for a module that has
    neither anywhere.
    """
    _check_deviation(deviation)
    source = generator(seed, "bias")
    if not _constants(module):
        raise UnsupportedModuleError(
            f"{type(module).__name__} has no bias to draw: looked for were biases of linear layers and convolutions "
            "and betas of batch normalisations (affine=True). Build it with bias=True.",
            module,
        )
    made = zero_bias(module, in_place=in_place)
    for constant in _constants(made):
        constant.data.copy_(deviation * torch.randn(constant.shape, dtype=torch.float64, generator=source))
    return made


def frozen(module: nn.Module, batch: Tensor, *, chunk: int | None = None, in_place: bool = False) -> nn.Module:
    """Each normalisation's running mean and variance set to those of its inputs over the batch, biased (Eq. 3).

    Layer by layer in order of execution: a deeper layer sees inputs that the earlier ones, frozen, have normalised, so
    in evaluation mode the module does to this batch what training mode would without dropout. Sums are in float64,
    over `chunk` samples at a time (None: all at once), on which memory depends and the result does not, up to
    rounding. For L layers the batch passes L times, each time as far as the layer at hand. A channel of variance 0
    divides by sqrt(eps). Layers that the forward does not call keep what they have; the module is left as it was when
    an error is raised. Raises `UnsupportedModuleError` without normalisation layers and for one used twice in a pass,
    `NonFiniteError` for NaN or overflow.
    """
    normalisations_of(module)
    made = deepcopy(module).eval()
    layers = normalisations_of(made)
    done: set[int] = set()
    while (found := _next_statistics(made, batch, chunk, layers, done)) is not None:
        layer, moments = found
        _set_statistics(cast("nn.BatchNorm2d", layer), moments.mean, moments.variance, moments.name)
        done.add(id(layer))
    if not done:
        raise not_called(module, layers)
    if not in_place:
        return made
    for name, layer in normalisations_of(module).items():
        if id(layers[name]) in done:
            source = cast("nn.BatchNorm2d", layers[name])
            assert source.running_mean is not None
            assert source.running_var is not None
            _set_statistics(cast("nn.BatchNorm2d", layer), source.running_mean, source.running_var, name)
    return module.eval()


class _Reached(BaseException):
    """The layer at hand is reached and the rest of the pass left out; no `except Exception` of the module stops it."""


def _next_statistics(
    module: nn.Module, batch: Tensor, chunk: int | None, layers: Mapping[str, nn.Module], done: set[int]
) -> tuple[nn.Module, ChannelMoments] | None:
    """The first layer that is not done and the moments of its inputs; None when a pass meets no such layer."""
    names = {id(layer): name for name, layer in layers.items()}
    found: list[tuple[nn.Module, ChannelMoments]] = []
    passed: set[int] = set()

    def before(layer: nn.Module, x: Tensor) -> None:
        if id(layer) in passed:
            raise _used_twice(names[id(layer)], layer)
        passed.add(id(layer))
        if id(layer) in done:
            return
        if not found:
            found.append((layer, ChannelMoments(names[id(layer)])))
        if found[0][0] is not layer:
            raise _unsteady(found[0][1].name, f"reach {names[id(layer)]!r} instead", layer)
        found[0][1].add(by_channels(x))
        raise _Reached

    reached = 0
    with hooked(module, before, lambda _layer, _output: None), torch.no_grad():
        for number, part in enumerate(chunks(module, batch, chunk), start=1):
            passed.clear()
            try:
                module(part)
            except _Reached:
                reached += 1
            if found and reached < number:
                raise _unsteady(found[0][1].name, "pass it by", found[0][0])
    return found[0] if found else None


def _set_statistics(layer: nn.BatchNorm2d, mean: Tensor, variance: Tensor, name: str = "") -> None:
    """Also of a layer that kept none; in the layer's own float type and on its device."""
    kept = [one for one in (layer.running_mean, layer.weight) if isinstance(one, Tensor)]
    like = kept[0] if kept else mean
    if mean.shape != (layer.num_features,):
        raise ShapeError(f"The normalisation {name!r} has {layer.num_features} channels and reads {len(mean)}.", layer)
    statistics = [part.to(device=like.device, dtype=like.dtype, copy=True) for part in (mean, variance)]
    if not all(bool(torch.isfinite(part).all()) for part in statistics):
        raise NonFiniteError(
            f"The mean or variance of {name!r} overflows in {like.dtype}. Write module.double().", layer
        )
    layer.track_running_stats = True
    layer.running_mean, layer.running_var = statistics


def _normalisations(module: nn.Module) -> list[nn.BatchNorm2d]:
    return [cast("nn.BatchNorm2d", layer) for layer in module.modules() if isinstance(layer, NORMALISING)]


def _constants(module: nn.Module) -> list[nn.Parameter]:
    """The biases of weighted layers and the betas of normalisations, in the module's order."""
    layers = (layer for layer in module.modules() if isinstance(layer, (*WEIGHTED, *NORMALISING)))
    return [layer.bias for layer in layers if isinstance(layer.bias, nn.Parameter)]


def _check_deviation(given: object) -> None:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < inf:
        raise InputError(f"The deviation is {brief(given)}; a finite number of at least 0 is needed.", given)


def _used_twice(name: str, layer: nn.Module) -> UnsupportedModuleError:
    return UnsupportedModuleError(
        f"The normalisation {name!r} is used twice in one pass, so no one mean is that of its inputs. "
        "Give each use a layer of its own.",
        layer,
    )


def _unsteady(name: str, other: str, layer: nn.Module) -> UnsupportedModuleError:
    return UnsupportedModuleError(
        f"Some samples reach the normalisation {name!r} and others {other}: the forward branches on values. "
        "Every sample must pass the same layers.",
        layer,
    )
