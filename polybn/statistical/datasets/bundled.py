"""Real data without a download: what scikit-learn carries, 1797 digits and two photographs to cut patches from."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

import numpy as np
import torch

from polybn.errors import InputError
from polybn.statistical.datasets.dataset import Dataset, check_size, kept_of
from polybn.statistical.seeds import generator
from polybn.statistical.whole_numbers import whole


def digits(count: int | None = None, *, dtype: torch.dtype = torch.float32) -> Dataset:
    """Handwritten digits, x (samples, 1, 8, 8) in exact sixteenths of [0, 1], y in 0, ..., 9: 1797, or the first."""
    found = _sklearn_datasets().load_digits()
    kept = kept_of(count, len(found.target), "digits")
    check_size(kept, (1, 8, 8), dtype, "digits")
    x = torch.from_numpy(np.array(found.images[:kept, None])).to(dtype) / 16
    y = torch.from_numpy(found.target[:kept].astype(np.int64))
    return Dataset("digits", x, y, "scikit-learn's bundled digits (UCI, test part), pixels 0..16 divided by 16")


def patches(count: int = 1000, *, seed: int, side: int = 32, dtype: torch.dtype = torch.float32) -> Dataset:
    """Square natural patches, x (samples, 3, side, side) in [0, 1], y the number of the photograph, 0 or 1.

    Every position in either photograph is equally likely, with replacement: patches may overlap or repeat.
    """
    whole("count", count, "patches")
    photographs = [torch.from_numpy(np.array(image)) for image in _sklearn_datasets().load_sample_images().images]
    smallest = min(min(photograph.shape[:2]) for photograph in photographs)
    whole("side", side, "patches", largest=smallest)
    check_size(count, (3, side, side), dtype, "patches")
    windows = [photograph.unfold(0, side, 1).unfold(1, side, 1) for photograph in photographs]
    places = [rows * columns for rows, columns in (window.shape[:2] for window in windows)]
    drawn = torch.randint(sum(places), (count,), generator=generator(seed, "patches"))
    y = (drawn >= places[0]).to(torch.int64)
    x = torch.empty(count, 3, side, side, dtype=dtype)
    for number, window in enumerate(windows):
        chosen = drawn[y == number] - number * places[0]
        columns = window.shape[1]
        x[y == number] = window[chosen // columns, chosen % columns].to(dtype) / 255
    note = (
        f"{side} x {side} patches of scikit-learn's bundled photographs china.jpg (0) and flower.jpg (1), seed {seed}"
    )
    return Dataset("patches", x, y, note)


def _sklearn_datasets() -> ModuleType:
    """sklearn.datasets, loaded when it is needed; raises `InputError` where it is not installed."""
    try:
        return import_module("sklearn.datasets")
    except ImportError as error:
        words = "These data are bundled with scikit-learn, which is not installed. Write pip install 'polybn[torch]'."
        raise InputError(words, "sklearn") from error
