"""MNIST and its kin, as published: IDX files of unsigned bytes, plain or gzipped, big-endian sizes in front."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import torch

from polybn.errors import FileFormatError
from polybn.files import shown
from polybn.statistical.datasets.dataset import kept_of
from polybn.statistical.datasets.image_folder import (
    MAX_RAW,
    Images,
    check_labels,
    located,
    missing,
    read_bytes,
    require_end,
    skip_bytes,
    unreadable,
)

PLACES = ("MNIST/raw", "raw")
PREFIXES = {"train": "train", "test": "t10k"}
UNSIGNED_BYTES = 0x0800
ADVICE = "Put the four published files there, such as train-images-idx3-ubyte.gz, gzipped or not."


def read_mnist(folder: Path, split: str, count: int | None) -> Images:
    """The images (samples, 1, rows, columns) and labels 0, ..., 9 of a split, or the first `count` of them."""
    images = _file(folder, f"{PREFIXES[split]}-images", 3)
    labels = _file(folder, f"{PREFIXES[split]}-labels", 1)
    pixels, there = _idx(images, 3, count)
    classes, labelled = _idx(labels, 1, count)
    if there != labelled:
        raise FileFormatError(
            f"{shown(images)} announces {there} images and {shown(labels)} {labelled} labels; one label an image is "
            "needed. Take both files from the same data set and split.",
            labels,
        )
    numbers = classes.astype(np.int64)
    check_labels(numbers, 0, 9, labels)
    tensor = torch.from_numpy(pixels[:, None].copy())
    return Images(tensor, torch.from_numpy(numbers), f"{images.name}, {labels.name}")


def _file(folder: Path, stem: str, dimensions: int) -> Path:
    names = [f"{stem}{mark}idx{dimensions}-ubyte{end}" for end in ("", ".gz") for mark in ("-", ".")]
    found = located(folder, PLACES, names)
    if found is None:
        raise missing(folder, PLACES, names, "MNIST", ADVICE)
    return found


def _idx(path: Path, dimensions: int, count: int | None) -> tuple[np.ndarray, int]:
    """The array, or its first `count` rows, and how many rows the file announces and has."""
    with _opened(path) as file:
        sizes = _header(file, path, dimensions)
        each = prod(sizes[1:])
        kept = kept_of(count, sizes[0], shown(path))
        content = read_bytes(file, kept * each, path, f"{kept} of {sizes[0]} samples")
        skip_bytes(file, (sizes[0] - kept) * each, path, f"the rest of {sizes[0]} samples")
        require_end(file, path)
    return np.frombuffer(content, np.uint8).reshape(kept, *sizes[1:]), sizes[0]


def _header(file: BinaryIO, path: Path, dimensions: int) -> tuple[int, ...]:
    magic = int.from_bytes(read_bytes(file, 4, path, "the magic number"), "big")
    needed = UNSIGNED_BYTES + dimensions
    if magic != needed:
        raise FileFormatError(
            f"{shown(path)} begins with 0x{magic:08x}; 0x{needed:08x}, unsigned bytes in {dimensions} "
            f"dimension{'s' * (dimensions > 1)}, is needed. Check that it is the file that its name says.",
            path,
        )
    head = read_bytes(file, 4 * dimensions, path, "the sizes")
    sizes = tuple(int(size) for size in np.frombuffer(head, ">u4"))
    if not 0 < prod(sizes) <= MAX_RAW:
        raise FileFormatError(
            f"{shown(path)} announces {' x '.join(map(str, sizes))} bytes; at least 1, and at most {MAX_RAW}, are "
            "needed. Download it again.",
            path,
        )
    return sizes


@contextmanager
def _opened(path: Path) -> Generator[BinaryIO]:
    """The file, unpacked as it is read where it is gzipped, whatever its name."""
    try:
        with open(path, "rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if packed or path.suffix == ".gz":
                with gzip.GzipFile(fileobj=raw) as file:
                    yield cast("BinaryIO", file)
            else:
                yield raw
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, error) from error
