"""Theorem 1 at scale: is the mean of a unit's inputs where the layer's total least squares distance is least?

Unit k of a normalisation reads t_n = <w_k, z_n> + c_k; with a convolution z_n is a patch, one a sample and place. Its
part of the layer's distance is L(mu) = mean_n (t_n - mu)^2 / ||w_k||^2 (Eq. 8), and the theorem says that the mean is
its only minimiser, with the value sigma_k^2 / ||w_k||^2. The question is put to the floats t_n as the module computes
them, which are exact numbers, and answered in float64 up to a rounding bound. All passes must compute the same floats,
so on a GPU ask torch for deterministic algorithms (torch.use_deterministic_algorithms).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn

from polybn.errors import InputError, NonFiniteError, ShapeError
from polybn.statistical.claims.parabola import SquaredDistances, at
from polybn.statistical.device import spelled
from polybn.statistical.enclosures.enclosure import gamma, lengths, unit
from polybn.statistical.memory import with_smaller_chunks
from polybn.statistical.modules.capture import captured, pass_size
from polybn.statistical.modules.channel_moments import ChannelMoments, in_float64
from polybn.statistical.sampled import Sampled

STEP, SHARP = 2.0**-8, 2.0**-10
"""In deviations of a channel: the smaller trial step, and how well a minimiser must be known to count as found."""
CLAIMED = 3
"""The place of the claimed minimiser among the first trials; the other trials around it follow."""


@dataclass(frozen=True, eq=False)
class LayerMinimum:
    """Theorem 1 for the units of one normalisation layer; every tensor is (channels,), on the processor.

    `tested` are the units with w_k != 0. Of these `suspects` contradict the theorem beyond the rounding bound, and of
    `unsure` floats cannot tell. `claimed` is the minimiser in question, the mean; `found` comes from direct
    minimisation, and is within `bounds` of the true one; `distances` are sigma_k^2 / ||w_k||^2 (NaN where w_k = 0).
    """

    name: str
    terms: int
    claimed: Tensor
    found: Tensor
    bounds: Tensor
    distances: Tensor
    tested: Tensor
    suspects: Tensor
    unsure: Tensor

    @property
    def distance(self) -> float:
        """The layer's least distance, summed over its units with w_k != 0 (Eq. 9)."""
        return float(self.distances[self.tested].sum())


@dataclass(frozen=True, eq=False)
class TotalLeastSquares:
    """Theorem 1 for the layers of one module and one batch.

    `left_out` are the normalisations that do not follow a linear layer or convolution directly, so that there is no w.
    `chunk` is the number of samples a pass took: the one given, or less where memory was short.
    """

    layers: tuple[LayerMinimum, ...]
    left_out: tuple[str, ...]
    dtype: torch.dtype
    device: str
    chunk: int

    @property
    def n(self) -> int:
        """The units tested."""
        return sum(int(layer.tested.sum()) for layer in self.layers)

    @property
    def unsure(self) -> int:
        """The units of which floats cannot tell."""
        return sum(int(layer.unsure.sum()) for layer in self.layers)

    @property
    def violations(self) -> int:
        """The units that contradict the theorem in floats: suspects, for `theorem_1_trial.tried_minima` to judge."""
        return sum(int(layer.suspects.sum()) for layer in self.layers)

    def sampled(self, *, seed: int, level: float = 0.95) -> Sampled:
        """The counts as a record; `seed` is the one that weights and batch were drawn from.

        Units of one module share its inputs. The bound is meant for a unit picked at random from modules drawn like
        this one, and needs that units are as good as independent; the counts need nothing.
        """
        return Sampled(
            "theorem-1",
            n=self.n,
            unsure=self.unsure,
            suspects=self.violations,
            seed=seed,
            level=level,
            dtype=self.dtype,
            device=self.device,
        )


def theorem_1_at_scale(
    module: nn.Module, batch: Tensor, *, chunk: int | None = None, claimed: Mapping[str, Tensor] | None = None
) -> TotalLeastSquares:
    """Test theorem 1 for every normalisation layer and channel of a module in evaluation mode, over a batch.

    Three passes over the batch, `chunk` samples at a time: the moments; then L at trial points around the mean, and
    a first direct minimisation from the middle of the range, which does not know the mean; then a second one, from
    where the first led. A unit is a suspect if a trial point surely has a smaller L, or if the minimiser or the
    minimum found is surely another; it is unsure if the floats cannot separate them (sharpness: 1/1024 deviation).

    `claimed` replaces the means as the minimisers in question, for layers by name, tensors (channels,): running means,
    or medians, which theorem 1 is not about. Each may be off by the rounding of its own float type. When memory runs
    out all is done anew in chunks half the size, as all passes must compute the same floats. Raises what `captured`
    raises, `NonFiniteError`, and `InputError` or `ShapeError` for `claimed`.
    """
    ask = partial(_tested, module, batch, claimed or {})
    return with_smaller_chunks(ask, pass_size(batch, chunk), what="the passes of theorem 1")[0]


def _tested(module: nn.Module, batch: Tensor, claimed: Mapping[str, Tensor], chunk: int) -> TotalLeastSquares:
    """The three passes."""
    moments: dict[str, ChannelMoments] = {}
    weights: dict[str, nn.Module | None] = {}
    dtype, device = batch.dtype, batch.device
    for one in captured(module, batch, chunk=chunk):
        moments.setdefault(one.name, ChannelMoments(one.name)).add(one.inputs)
        same = weights.setdefault(one.name, one.preceding)
        weights[one.name] = same if same is one.preceding else None
        dtype, device = one.inputs.dtype, one.inputs.device
    kept = {name: law for name, law in moments.items() if weights[name] is not None}
    minimisers = {name: law.mean for name, law in kept.items()} | _checked(claimed, kept)
    first = _distances(module, batch, chunk, {name: _first_trials(kept[name], minimisers[name]) for name in kept})
    second = _distances(module, batch, chunk, {name: _second_trials(kept[name], first[name]) for name in kept})
    layers = tuple(_judged(kept[name], minimisers[name], weights[name], first[name], second[name]) for name in kept)
    left_out = tuple(name for name in moments if name not in kept)
    return TotalLeastSquares(layers, left_out, dtype, spelled(device), chunk)


def _checked(claimed: Mapping[str, Tensor], kept: Mapping[str, ChannelMoments]) -> dict[str, Tensor]:
    for name, location in claimed.items():
        if name not in kept:
            raise InputError(
                f"There is no normalisation {name!r} after a linear layer or convolution; there are "
                f"{', '.join(map(repr, kept)) or 'none'}.",
                claimed,
            )
        if location.shape != kept[name].mean.shape or not location.is_floating_point():
            raise ShapeError(
                f"The claimed minimisers of {name!r} are {tuple(location.shape)} of {location.dtype}; floats of shape "
                f"{tuple(kept[name].mean.shape)} are needed, one a channel.",
                location,
            )
        if not bool(torch.isfinite(location).all()):
            raise NonFiniteError(f"The claimed minimisers of {name!r} hold NaN or an infinity.", location)
    return {name: location.detach().to(kept[name].mean.device) for name, location in claimed.items()}


def _distances(
    module: nn.Module, batch: Tensor, chunk: int, points: Mapping[str, Tensor]
) -> dict[str, SquaredDistances]:
    """One pass: the sums of squared distances from trial points, by layer."""
    found = {name: at(trials) for name, trials in points.items()}
    for one in captured(module, batch, chunk=chunk) if points else ():
        if one.name in found:
            found[one.name] = found[one.name].with_inputs(one.inputs)
    return found


def _scale(law: ChannelMoments) -> Tensor:
    """The deviation; of a constant channel a number in proportion to it, or 1."""
    deviation = law.variance.sqrt()
    proportional = torch.where(law.mean == 0, 1.0, law.mean.abs() * SHARP)
    return torch.where(deviation > 0, deviation, proportional)


def _first_trials(law: ChannelMoments, claimed: Tensor) -> Tensor:
    """The ends and the middle of the range; then the claimed minimiser and points below and above it."""
    centre, middle, scale = in_float64(claimed), _middle(law), _scale(law)
    is_constant = law.least == law.largest
    low = torch.where(is_constant, middle - scale, law.least)
    high = torch.where(is_constant, middle + scale, law.largest)
    steps = (scale * step for step in (-1, -STEP, STEP, 1))
    return torch.stack([low, middle, high, centre, *(centre + step for step in steps)])


def _second_trials(law: ChannelMoments, first: SquaredDistances) -> Tensor:
    """Where the first minimisation led, and a deviation below and above."""
    found, bound = first.vertex()
    start = torch.where(torch.isfinite(bound), found, _middle(law))
    return torch.stack([start - _scale(law), start, start + _scale(law)])


def _middle(law: ChannelMoments) -> Tensor:
    return law.least / 2 + law.largest / 2


def _judged(
    law: ChannelMoments, claimed: Tensor, layer: nn.Module | None, first: SquaredDistances, second: SquaredDistances
) -> LayerMinimum:
    weight = cast("nn.Linear", layer).weight.detach()
    tested = (weight.flatten(1) != 0).any(1).to(law.mean.device)
    found, bound = second.vertex()
    largest, scale = torch.maximum(law.least.abs(), law.largest.abs()), _scale(law)
    # A mean that was summed over chunks is off by some (terms) u at most, and by its own type when it is stored.
    summed = 8 * gamma(law.count, law.mean) * largest
    slack = summed + 4 * unit(claimed) * largest
    off = (in_float64(claimed) - found).abs() > bound + slack
    least = first.sums[CLAIMED]
    doubt = first.errors[CLAIMED] + 8 * gamma(law.count, law.mean) * law.squares
    doubt = doubt + law.count * ((law.largest - law.least) * summed + slack.square())
    off |= (least - law.squares).abs() > doubt
    sharp = (bound + slack <= SHARP * scale) & (doubt <= SHARP * law.count * scale.square())
    below, above = zip(*(first.below(CLAIMED, trial) for trial in range(CLAIMED + 1, len(first.points))), strict=True)
    suspects = off | (sharp & torch.stack(above).any(0))
    holds = sharp & torch.stack(below).all(0) & ~suspects
    parts = (claimed, found, bound, law.variance / _squared_norms(weight).to(law.mean.device), tested)
    return LayerMinimum(
        law.name, law.count, *(part.cpu() for part in (*parts, suspects & tested, ~holds & ~suspects & tested))
    )


def _squared_norms(weight: Tensor) -> Tensor:
    """||w_k||^2, NaN for 0."""
    norms = lengths(in_float64(weight).flatten(1), (1,))
    return torch.where(norms > 0, norms.square(), torch.nan)
