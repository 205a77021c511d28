"""Mean and deviation of a data set, data standardised by them, and Gaussian noise that has the same ones.

Variances are biased, over N, as in Eq. 3 of the paper. Everything is summed in float64.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from polybn.errors import InputError, NonFiniteError, ShapeError
from polybn.exact.rational import brief
from polybn.statistical.datasets.dataset import Dataset, check_size
from polybn.statistical.seeds import generator
from polybn.statistical.whole_numbers import whole

Over = Literal["samples", "all"]
CHUNK = 1 << 22
"""Entries in float64 at once."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean and deviation in float64: of each entry (pixel) over the samples, or one number each over all entries.

    An entry that is constant over the samples has that value as its mean, and the deviation 0, without rounding.
    """

    mean: Tensor
    deviation: Tensor

    def standardised(self, dataset: Dataset) -> Dataset:
        """(x - mean) / deviation; an entry of deviation 0 is only centred. Apply the training set's to a test set."""
        if self.mean.dim() and self.mean.shape != dataset.x.shape[1:]:
            raise ShapeError(
                f"The moments have the shape {tuple(self.mean.shape)} and a sample of {dataset.name} has "
                f"{tuple(dataset.x.shape[1:])}. Take the moments of data of that shape.",
                dataset,
            )
        mean, scale = (part.to(dataset.x.device) for part in (self.mean, self._scale()))
        made = torch.empty_like(dataset.x)
        for into, part in zip(_chunks(made), _chunks(dataset.x), strict=True):
            into.copy_((part.double() - mean) / scale)
        return replace(dataset, x=made, note=f"{dataset.note}; standardised")

    def _scale(self) -> Tensor:
        return torch.where(self.deviation > 0, self.deviation, 1)


def moments(dataset: Dataset, over: Over = "samples") -> Moments:
    """Those of each entry over the samples, or, with over="all", of all entries of all samples together.

    Raises `NonFiniteError` where they overflow.
    """
    if over not in ("samples", "all"):
        raise InputError(
            f"over is {brief(over)}; write 'samples' (each pixel its own mean and variance) or 'all' (one of each).",
            over,
        )
    x = dataset.x.flatten(1) if over == "samples" else dataset.x.reshape(-1, 1)
    lowest, highest = x.amin(0).double(), x.amax(0).double()
    total = torch.zeros_like(lowest)
    for part in _chunks(x):
        total += part.sum(0, dtype=torch.float64)
    # Rounding may move the mean of equal numbers off them, and so make up a deviation. An overflow must stay one.
    clamped = torch.minimum(torch.maximum(total / len(x), lowest), highest)
    mean = torch.where(torch.isfinite(total), clamped, total)
    # In units of the widest deviation no square underflows or overflows.
    widest = torch.maximum(highest - mean, mean - lowest)
    widths = torch.where(widest > 0, widest, 1)
    squares = torch.zeros_like(lowest)
    for part in _chunks(x):
        squares += ((part.double() - mean) / widths).square().sum(0)
    deviation = widest * (squares / len(x)).sqrt()
    if not bool(torch.isfinite(mean).all() and torch.isfinite(deviation).all()):
        raise NonFiniteError(f"The mean or variance of {dataset.name} overflows. Scale the samples down.", dataset)
    shape = dataset.x.shape[1:] if over == "samples" else ()
    return Moments(mean.reshape(shape).cpu(), deviation.reshape(shape).cpu())


def standardised(dataset: Dataset, over: Over = "samples") -> Dataset:
    """The samples with mean 0 and variance 1 up to rounding, each entry or all together; constant entries become 0."""
    return moments(dataset, over).standardised(dataset)


def matched_noise(dataset: Dataset, count: int | None = None, *, seed: int, over: Over = "samples") -> Dataset:
    """Independent normal entries with the data's mean and variance: per pixel, or one of each with over="all".

    The law has these moments; a finite sample has them up to chance. An entry of variance 0 is that constant.
    Values are not cut to the range of the data. As many samples as the data have, unless `count` says otherwise.
    """
    wanted = len(dataset) if count is None else count
    name = f"noise matched to {dataset.name}"
    whole("count", wanted, name)
    entries = tuple(dataset.x.shape[1:])
    check_size(wanted, entries, dataset.x.dtype, name)
    law = moments(dataset, over)
    source = generator(seed, "matched noise")
    made = torch.empty(wanted, *entries, dtype=dataset.x.dtype)
    for into in _chunks(made):
        drawn = torch.randn(into.shape, dtype=torch.float64, generator=source)
        into.copy_(law.mean + law.deviation * drawn)
    what = "each entry" if over == "samples" else "all entries"
    note = f"Gaussian noise with the mean and biased variance of {what} of {dataset.name}, seed {seed}"
    return Dataset(name, made.to(dataset.x.device), None, f"{note} ({dataset.note})")


def _chunks(x: Tensor) -> tuple[Tensor, ...]:
    """Views of consecutive samples, so that float64 copies stay small."""
    return x.split(max(1, CHUNK // max(1, x[0].numel())))
