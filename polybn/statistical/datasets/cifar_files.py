"""CIFAR-10 and CIFAR-100, as published: the binary version, records of labels and 3072 bytes, or the Python version.

In both, an image is 32 rows of 32 red bytes, then the green and the blue ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from polybn.errors import FileFormatError
from polybn.files import shown
from polybn.statistical.datasets.cifar_pickles import read_pickle
from polybn.statistical.datasets.dataset import kept_of
from polybn.statistical.datasets.image_folder import (
    Images,
    check_labels,
    located,
    missing,
    read_bytes,
    require_end,
    unreadable,
)

PIXELS = 3072


@dataclass(frozen=True)
class Version:
    """How one of the two data sets is laid out; the last label is the one that is kept."""

    title: str
    places: tuple[str, str]
    binary: dict[str, tuple[str, ...]]
    pickled: dict[str, tuple[str, ...]]
    labels: tuple[tuple[bytes, int], ...]
    most: int


CIFAR10 = Version(
    "CIFAR-10",
    ("cifar-10-batches-bin", "cifar-10-batches-py"),
    {"train": tuple(f"data_batch_{n}.bin" for n in range(1, 6)), "test": ("test_batch.bin",)},
    {"train": tuple(f"data_batch_{n}" for n in range(1, 6)), "test": ("test_batch",)},
    ((b"labels", 10),),
    10_000,
)
CIFAR100 = Version(
    "CIFAR-100",
    ("cifar-100-binary", "cifar-100-python"),
    {"train": ("train.bin",), "test": ("test.bin",)},
    {"train": ("train",), "test": ("test",)},
    ((b"coarse_labels", 20), (b"fine_labels", 100)),
    50_000,
)


def read_cifar(version: Version, folder: Path, split: str, count: int | None) -> Images:
    """The images (samples, 3, 32, 32) and labels of a split, or the first `count`; the binary version comes first."""
    names, paths = _paths(version, folder, split)
    pixels: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    left = count
    for path in paths:
        if left == 0:
            break
        found, classes = (_binary if path.suffix == ".bin" else _pickled)(version, path, left)
        pixels.append(found)
        labels.append(classes)
        left = None if left is None else left - len(classes)
    numbers = np.concatenate(labels)
    kept_of(count, len(numbers), f"{version.title} in {shown(folder)}")
    images = torch.from_numpy(np.concatenate(pixels).reshape(-1, 3, 32, 32))
    return Images(images, torch.from_numpy(numbers), ", ".join(names[: len(labels)]))


def _paths(version: Version, folder: Path, split: str) -> tuple[tuple[str, ...], list[Path]]:
    for names in (version.binary[split], version.pickled[split]):
        found = [located(folder, version.places, [name]) for name in names]
        there = [path for path in found if path is not None]
        if len(there) == len(names):
            return names, there
        if there:
            absent = [name for name, path in zip(names, found, strict=True) if path is None]
            raise missing(folder, version.places, absent, f"all of {version.title}", "Unpack the whole archive.")
    names = (*version.binary[split], *version.pickled[split])
    advice = f"Unpack the binary version of {version.title} there: {version.places[0]}."
    raise missing(folder, version.places, names, version.title, advice)


def _binary(version: Version, path: Path, count: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (records, 3072) and labels of the first `count` records, or of all when there are fewer."""
    record = len(version.labels) + PIXELS
    try:
        size = path.stat().st_size
        if size == 0 or size % record:
            raise FileFormatError(
                f"{shown(path)} has {size} bytes; a whole number of records of {record} bytes, one or more, is needed: "
                f"{len(version.labels)} label{'s' * (len(version.labels) > 1)} and 3072 pixels. Download it again.",
                path,
            )
        _check_most(version, size // record, path)
        kept = min(size // record, count or size)
        with open(path, "rb") as file:
            content = read_bytes(file, kept * record, path, f"{kept} records")
            if kept * record == size:
                require_end(file, path)
    except OSError as error:
        raise unreadable(path, error) from error
    records = np.frombuffer(content, np.uint8).reshape(kept, record)
    for place, (_, classes) in enumerate(version.labels):
        check_labels(records[:, place].astype(np.int64), 0, classes - 1, path)
    return records[:, -PIXELS:], records[:, len(version.labels) - 1].astype(np.int64)


def _pickled(version: Version, path: Path, count: int | None) -> tuple[np.ndarray, np.ndarray]:
    advice = f"Use the binary version, {version.places[0]}."
    pixels, columns = read_pickle(path, [key for key, _ in version.labels], advice)
    _check_most(version, len(pixels), path)
    if pixels.shape[1] != PIXELS:
        raise FileFormatError(
            f"{shown(path)} holds images of {pixels.shape[1]} bytes; {PIXELS} are needed. {advice}", path
        )
    for column, (_, classes) in zip(columns, version.labels, strict=True):
        check_labels(column, 0, classes - 1, path)
    return pixels[:count], columns[-1][:count]


def _check_most(version: Version, found: int, path: Path) -> None:
    if found > version.most:
        raise FileFormatError(
            f"{shown(path)} holds {found} images; a file of {version.title} has {version.most} at most. "
            "Name the folder of the published data.",
            path,
        )
