"""A data set is a tensor of samples, their labels where there are any, and a note on where they come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

import torch
from torch import Tensor

from polybn.errors import InputError, NonFiniteError, ShapeError
from polybn.exact.rational import brief
from polybn.statistical.whole_numbers import whole

MAX_BYTES = 4 * 2**30
"""The most that the samples of one data set take in memory."""
TYPES = (torch.float32, torch.float64)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples x (samples, ...) in float32 or float64, all finite, and labels y (samples,) in int64, >= 0, or None.

    Raises `InputError` for other types, `ShapeError` for sizes that do not fit or no sample, `NonFiniteError`.
    """

    name: str
    x: Tensor
    y: Tensor | None
    note: str

    def __post_init__(self) -> None:
        if not isinstance(self.x, Tensor) or self.x.dtype not in TYPES:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InputError(
                f"The samples of {self.name} are {_kind(self.x)}; a tensor of torch.float32 or torch.float64 "
                "is needed. Write x.to(torch.float64).",
                self.x,
            )
        if self.x.dim() < 2 or self.x.numel() == 0:
            raise ShapeError(
                f"The samples of {self.name} have the shape {tuple(self.x.shape)}; (samples, entries) or "
                "(samples, channels, height, width) is needed, with at least one of each.",
                self.x,
            )
        # Both carry a NaN on, and take no memory.
        if not all(bool(torch.isfinite(extreme)) for extreme in torch.aminmax(self.x)):
            raise NonFiniteError(f"The samples of {self.name} hold NaN or an infinity. Give finite numbers.", self.x)
        if self.y is not None:
            self._check_labels(self.y)

    def _check_labels(self, y: Tensor) -> None:
        if not isinstance(y, Tensor) or y.dtype != torch.int64:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InputError(
                f"The labels of {self.name} are {_kind(y)}; a tensor of torch.int64 is needed. "
                "Write y.to(torch.int64).",
                y,
            )
        if y.shape != self.x.shape[:1]:
            raise ShapeError(
                f"{self.name} has {len(self.x)} samples and labels of shape {tuple(y.shape)}; "
                f"the shape ({len(self.x)},) is needed, one label a sample.",
                y,
            )
        if bool((y < 0).any()):
            raise InputError(f"{self.name} has the label {int(y.min())}; labels are 0, 1, 2, ....", y)

    def __len__(self) -> int:
        return len(self.x)

    def first(self, count: int) -> Dataset:
        """The first `count` samples; raises `InputError` when there are fewer."""
        kept = kept_of(count, len(self), self.name)
        return replace(self, x=self.x[:kept], y=None if self.y is None else self.y[:kept])

    def to(self, *, device: torch.device | None = None, dtype: torch.dtype | None = None) -> Dataset:
        """The same samples elsewhere, or in the other float type, rounded; the labels stay int64."""
        labels = None if self.y is None else self.y.to(device=device)
        return replace(self, x=self.x.to(device=device, dtype=dtype), y=labels)


def kept_of(count: object, available: int, what: str) -> int:
    """How many samples to keep: all for None, else `count`; raises `InputError` when there are fewer."""
    if count is None:
        return available
    kept = whole("count", count, what)
    if kept > available:
        raise InputError(
            f"{what} has {available} samples, and count is {brief(count)}. "
            f"Write count={available} or less, or leave count out.",
            count,
        )
    return kept


def check_size(count: int, entries: tuple[int, ...], dtype: object, what: str) -> None:
    """Raise `InputError` unless dtype is float32 or float64 and the samples fit in `MAX_BYTES`: ask before drawing."""
    if dtype not in TYPES:
        raise InputError(f"dtype is {brief(dtype)} for {what}; torch.float32 or torch.float64 is needed.", dtype)
    each = prod(entries) * (4 if dtype == torch.float32 else 8)
    if count * each > MAX_BYTES:
        raise InputError(
            f"{count} samples of {what} in {dtype} take {count * each} bytes, and polybn allows {MAX_BYTES}. "
            f"Write count={MAX_BYTES // each} or less.",
            count,
        )


def _kind(given: object) -> str:
    return f"of {given.dtype}" if isinstance(given, Tensor) else f"of type {type(given).__name__}"
