"""SVHN, cropped digits, as published: MATLAB files with X (32, 32, 3, samples) and y, in which 10 is the digit 0."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from polybn.errors import FileFormatError
from polybn.files import shown
from polybn.statistical.datasets.dataset import kept_of
from polybn.statistical.datasets.image_folder import Images, check_labels, located, missing
from polybn.statistical.datasets.mat_files import numeric_arrays

PLACES = ("svhn", "SVHN")
ADVICE = "Put the cropped digits there, format 2 of the published data: train_32x32.mat, test_32x32.mat."


def read_svhn(folder: Path, split: str, count: int | None) -> Images:
    """The images (samples, 3, 32, 32) and labels 0, ..., 9 of a split, or the first `count` of them."""
    name = f"{split}_32x32.mat"
    path = located(folder, PLACES, [name])
    if path is None:
        raise missing(folder, PLACES, [name], "SVHN", ADVICE)
    arrays = numeric_arrays(path)
    pixels = _pixels(arrays.get("X"), path)
    labels = _labels(arrays.get("y"), pixels.shape[3], path)
    kept = kept_of(count, len(labels), shown(path))
    ordered = np.ascontiguousarray(pixels[..., :kept].transpose(3, 2, 0, 1))
    return Images(torch.from_numpy(ordered), torch.from_numpy(labels[:kept] % 10), name)


def _pixels(found: np.ndarray | None, path: Path) -> np.ndarray:
    """X as (32, 32, 3, samples); MATLAB drops the last axis of a single sample."""
    whole = found is not None and found.dtype == np.uint8 and found.shape[:3] == (32, 32, 3)
    if found is None or not whole or found.ndim > 4 or found.size == 0:
        raise FileFormatError(
            f"{shown(path)} has X {_described(found)}; (32, 32, 3, samples) in uint8 is needed. {ADVICE}", path
        )
    return found.reshape(32, 32, 3, -1, order="F")


def _labels(found: np.ndarray | None, samples: int, path: Path) -> np.ndarray:
    if found is None or found.shape not in ((samples, 1), (1, samples)):
        raise FileFormatError(
            f"{shown(path)} has y {_described(found)}; ({samples}, 1), one label an image, is needed. {ADVICE}", path
        )
    numbers = found.reshape(-1).astype(np.float64)
    if not (np.isfinite(numbers) & (numbers == np.floor(numbers))).all():
        raise FileFormatError(f"{shown(path)} has labels in y that are not whole numbers. {ADVICE}", path)
    # Labels beyond these are out of range all the same, and casting a huge one is not defined.
    labels = np.clip(numbers, -128, 127).astype(np.int64)
    check_labels(labels, 1, 10, path)
    return labels


def _described(found: np.ndarray | None) -> str:
    return "as no numeric array" if found is None else f"of shape {found.shape} in {found.dtype.name}"
