"""Corollary 2 at scale: does the centroid of a layer's inputs lie on the boundary of every unit?

Unit k of a normalisation reads t_n = <w_k, z_n> + c_k; with a convolution z_n is a patch, padding included, one a
sample and place. With mu_k the mean of the t_n and beta_k = 0 its boundary is <w_k, z> + c_k = mu_k (Eq. 5), and holds
the centroid mean_n z_n. Two routes meet: mu_k from what the normalisation reads, and w_k applied to the mean of what
the linear layer reads. For exact numbers they are equal. Floats differ by gamma_n-bounded sums (see `enclosure`): the
projections by g(D) (<|w_k|, mean |z_n|> + |c_k|), the centroid's by g(N + D) times that, a mean of N by g(N) max |t_n|.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.weak import WeakTensorKeyDictionary

from polybn.errors import InputError, ShapeError
from polybn.statistical.device import spelled
from polybn.statistical.enclosures.enclosure import gamma, least, plain_sums, unit
from polybn.statistical.memory import with_smaller_chunks
from polybn.statistical.modules.capture import NORMALISING, WEIGHTED, captured, pass_size
from polybn.statistical.modules.channel_moments import ChannelMoments
from polybn.statistical.sampled import Sampled

SHARP = 2.0**-10
"""In deviations of a channel: how well both routes must be known for their agreement to count."""


@dataclass(frozen=True, eq=False)
class LayerCentre:
    """Corollary 2 for the units of one normalisation layer, over `terms` inputs; tensors (units,), on the processor.

    `claimed` is mu, `at_centroid` is <w_k, mean z> + c_k, and rounding explains a difference up to `bounds`. `tested`
    are the units of the claim, with w_k != 0 and beta_k = 0; of these `suspects` differ by more, and of `unsure` the
    bound is too wide to tell. `shifted` are the units with w_k != 0 and beta_k != 0, of which the claim says nothing;
    of these `missed` surely have a pre-activation other than 0 at the centroid, so that their boundary misses it.
    """

    name: str
    terms: int
    claimed: Tensor
    at_centroid: Tensor
    bounds: Tensor
    tested: Tensor
    suspects: Tensor
    unsure: Tensor
    shifted: Tensor
    missed: Tensor


@dataclass(frozen=True, eq=False)
class CentralArrangements:
    """Corollary 2 for one module and batch; `left_out` do not follow a linear layer or convolution, so have no w."""

    layers: tuple[LayerCentre, ...]
    left_out: tuple[str, ...]
    device: str
    chunk: int

    @property
    def n(self) -> int:
        """The units tested."""
        return self._count("tested")

    @property
    def unsure(self) -> int:
        """The units of which floats cannot tell."""
        return self._count("unsure")

    @property
    def violations(self) -> int:
        """The units whose boundary misses the centroid by more than rounding explains; floats convict nobody."""
        return self._count("suspects")

    @property
    def shifted(self) -> int:
        """The units with beta != 0, not of the claim."""
        return self._count("shifted")

    @property
    def missed(self) -> int:
        """The shifted units whose boundary surely misses the centroid: why the claim asks for beta = 0."""
        return self._count("missed")

    def sampled(self, *, seed: int, level: float = 0.95) -> Sampled:
        """The counts as a record, for the seed of weights and batch; its bound takes units as independent draws."""
        n, unsure, suspects = self.n, self.unsure, self.violations
        return Sampled("corollary-2", n, unsure, suspects, seed, level=level, device=self.device)

    def _count(self, part: str) -> int:
        return sum(int(getattr(layer, part).sum()) for layer in self.layers)


def corollary_2_at_scale(
    module: nn.Module, batch: Tensor, *, chunk: int | None = None, claimed: Mapping[str, Tensor] | None = None
) -> CentralArrangements:
    """Test corollary 2 for every normalisation layer and unit of a float64 module in evaluation mode, over a batch.

    `claimed` replaces the means of the batch as mu, for layers by name, tensors (units,): the module's own running
    means, say, which are the batch's after `frozen(module, batch, chunk=chunk)`. The boundary meant is h = 0, the
    paper's; an activation with another breakpoint has its boundaries elsewhere. One pass, `chunk` samples at a time,
    half as many when memory runs out. Raises what `captured` raises, `NonFiniteError`, `InputError` for another float
    type than float64, and `InputError` or `ShapeError` for `claimed`.
    """
    ask = partial(_tested, module, batch, claimed or {})
    return with_smaller_chunks(ask, pass_size(batch, chunk), what="the pass of corollary 2")[0]


class _Sums:
    """Of one normalisation: the moments of what it reads; the layer before it, and the sums of what that reads."""

    def __init__(self, name: str, layer: nn.Module, normalisation: nn.Module) -> None:
        self.law, self.layer, self.normalisation = ChannelMoments(name), layer, normalisation
        self.sums: tuple[Tensor, Tensor] | None = None


def _tested(module: nn.Module, batch: Tensor, claimed: Mapping[str, Tensor], chunk: int) -> CentralArrangements:
    found: dict[str, _Sums] = {}
    left_out: dict[str, None] = {}
    device = batch.device
    with plain_sums(), _read(module) as inputs:
        for one in captured(module, batch, chunk=chunk):
            device, sums = one.inputs.device, inputs.pop(0)
            if one.inputs.dtype != torch.float64:
                raise InputError(
                    f"The normalisation {one.name!r} reads {one.inputs.dtype}, in which rounding bounds are too wide "
                    "to prove much. Write module.double() and batch.double().",
                    one.inputs,
                )
            known = found.setdefault(one.name, _Sums(one.name, one.preceding or module, one.normalisation))
            if one.preceding is None or sums is None or known.layer is not one.preceding:
                left_out[one.name] = None
                continue
            known.law.add(one.inputs)
            known.sums = sums if known.sums is None else (known.sums[0] + sums[0], known.sums[1] + sums[1])
    kept = {name: one for name, one in found.items() if name not in left_out}
    means = {name: one.law.mean for name, one in kept.items()} | _checked(claimed, kept)
    layers = tuple(_judged(one, means[name]) for name, one in kept.items())
    return CentralArrangements(layers, tuple(left_out), spelled(device), chunk)


@contextmanager
def _read(module: nn.Module) -> Generator[list[tuple[Tensor, Tensor] | None], None, None]:
    """Filled as the module runs: for each use of a normalisation the sums of z and |z| of the layer before it."""
    made, found = WeakTensorKeyDictionary(), list[tuple[Tensor, Tensor] | None]()

    def after(layer: nn.Module, args: tuple[Any, ...], named: Mapping[str, Any], output: Tensor) -> None:
        z = cast("Tensor", args[0] if args else named["input"]).detach()
        sums = _summed(layer, z), _summed(layer, z.abs())
        made[output] = None if sums[0] is None else sums

    def ahead(_: nn.Module, args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        found.append(made.get(args[0] if args else named["input"]))

    layers = list(module.modules())
    handles = [layer.register_forward_hook(after, with_kwargs=True) for layer in layers if isinstance(layer, WEIGHTED)]
    ahead_of = (layer for layer in layers if isinstance(layer, NORMALISING))
    handles += [layer.register_forward_pre_hook(ahead, with_kwargs=True) for layer in ahead_of]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def _summed(layer: nn.Module, z: Tensor) -> Tensor | None:
    """The sum over samples and places of what each unit's row meets, (groups, D); None where units are no channels."""
    if isinstance(layer, nn.Linear):
        return z.sum(0)[None] if z.dim() == 2 else None
    convolution = cast("nn.Conv2d", layer)
    if z.dim() != len(convolution.kernel_size) + 2:
        return None
    patches = _padded(convolution, z.sum(0, keepdim=True))[0]
    # Places are a grid: axis by axis, the sum over places leaves one axis of the kernel, at the end.
    for size, stride, dilation in zip(convolution.kernel_size, convolution.stride, convolution.dilation, strict=True):
        patches = patches.unfold(1, dilation * (size - 1) + 1, stride)[..., ::dilation].sum(1)
    return patches.reshape(convolution.groups, -1)


def _padded(layer: nn.Conv2d, z: Tensor) -> Tensor:
    if layer.padding == "same":
        whole = [dilation * (size - 1) for size, dilation in zip(layer.kernel_size, layer.dilation, strict=True)]
        sides = [(one // 2, one - one // 2) for one in whole]
    else:
        sides = [] if isinstance(layer.padding, str) else [(one, one) for one in layer.padding]
    mode = "constant" if layer.padding_mode == "zeros" else layer.padding_mode
    return functional.pad(z, [entry for pair in reversed(sides) for entry in pair], mode) if sides else z


def _judged(one: _Sums, claimed: Tensor) -> LayerCentre:
    law, weight, norm = one.law, _rows(one.layer), cast("nn.BatchNorm2d", one.normalisation)
    at_centroid, entered, bounds = _at_centroid(one)
    bounds = bounds + (8 * gamma(law.count, weight) + 4 * unit(claimed)) * torch.maximum(-law.least, law.largest)
    off = (claimed.double() - at_centroid).abs()
    scale = torch.where(law.largest > law.least, law.variance.sqrt(), SHARP * entered)
    scale = torch.where(scale > 0, scale, 1.0)
    live, beta = (weight != 0).any(1), _or(norm.bias, torch.zeros_like(off))
    tested, shifted = live & (beta == 0), live & (beta != 0)
    suspects = tested & (off > bounds)
    unsure = tested & ~suspects & ~((bounds <= SHARP * scale) & torch.isfinite(bounds))
    # |gamma| / sqrt(var + eps) is at most |gamma| / sqrt(eps).
    steepest = _or(norm.weight, torch.ones_like(off)).abs() / torch.full_like(off, norm.eps).sqrt()
    missed = shifted & (steepest * (off + bounds) * (1 + 16 * unit(weight)) < beta.abs())
    parts = (claimed, at_centroid, bounds, tested, suspects, unsure, shifted, missed)
    return LayerCentre(law.name, law.count, *(part.cpu() for part in parts))


def _at_centroid(one: _Sums) -> tuple[Tensor, Tensor, Tensor]:
    """<w_k, mean z> + c_k, <|w_k|, mean |z|> + |c_k|, and the rounding of the former and of the projections' mean."""
    weight, terms = _rows(one.layer), one.law.count
    assert one.sums is not None
    centroid, sizes = (part.repeat_interleave(len(weight) // len(part), 0) / terms for part in one.sums)
    bias = _or(cast("nn.Linear", one.layer).bias, weight.new_zeros(len(weight)))
    entered = (weight.abs() * sizes).sum(1) + bias.abs()
    size = weight.shape[1] + 1
    slack = gamma(size, weight) + gamma(size + terms, weight)
    rounding = slack * (1 + 2 * slack) * entered + 4 * (size + terms) * least(weight)
    # A mean below the normal numbers is off by its last place, of which large weights make much.
    rounding = rounding + 4 * weight.abs().sum(1) * (least(weight) * 2 * unit(weight))
    return (weight * centroid).sum(1) + bias, entered, rounding


def _rows(layer: nn.Module) -> Tensor:
    """w_k, (units, D)."""
    return cast("nn.Linear", layer).weight.detach().flatten(1)


def _or(given: Tensor | None, other: Tensor) -> Tensor:
    return other if given is None else given.detach()


def _checked(claimed: Mapping[str, Tensor], kept: Mapping[str, _Sums]) -> dict[str, Tensor]:
    for name, given in claimed.items():
        if name not in kept:
            there = ", ".join(map(repr, kept)) or "none"
            raise InputError(f"No normalisation {name!r} follows a linear layer or convolution; {there} do.", claimed)
        shape = tuple(kept[name].law.mean.shape)
        if given.shape != shape or not given.is_floating_point() or not bool(torch.isfinite(given).all()):
            raise ShapeError(
                f"mu of {name!r} is {tuple(given.shape)} of {given.dtype}; finite floats of shape {shape} are needed.",
                given,
            )
    return {name: given.detach().to(kept[name].law.mean.device) for name, given in claimed.items()}
