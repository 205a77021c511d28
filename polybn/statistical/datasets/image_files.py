"""CIFAR-10, CIFAR-100, SVHN and MNIST from a folder that the user names, in the formats they are published in.

Nothing is downloaded. Sizes that a file announces are checked before anything of that size is held.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

import torch

from polybn.errors import InputError
from polybn.exact.rational import brief
from polybn.files import StrPath, closest, shown
from polybn.statistical.datasets.cifar_files import CIFAR10, CIFAR100, read_cifar
from polybn.statistical.datasets.dataset import Dataset, check_size
from polybn.statistical.datasets.idx_files import read_mnist
from polybn.statistical.datasets.image_folder import folder_of
from polybn.statistical.datasets.svhn_files import read_svhn
from polybn.statistical.whole_numbers import whole

Split = Literal["train", "test", "extra"]

READERS = {
    "cifar-10": partial(read_cifar, CIFAR10),
    "cifar-100": partial(read_cifar, CIFAR100),
    "svhn": read_svhn,
    "mnist": read_mnist,
}
PUBLISHED = {
    "cifar-10": {"train": 50_000, "test": 10_000},
    "cifar-100": {"train": 50_000, "test": 10_000},
    "svhn": {"train": 73_257, "test": 26_032, "extra": 531_131},
    "mnist": {"train": 60_000, "test": 10_000},
}


def read_images(
    name: str,
    folder: StrPath,
    *,
    split: Split = "train",
    count: int | None = None,
    dtype: torch.dtype = torch.float32,
) -> Dataset:
    """x (samples, channels, height, width) in [0, 1], bytes divided by 255, and y, in the order of the files.

    `count` keeps the first ones. CIFAR-100 has its fine labels; "mnist" reads every data set in MNIST's format, under
    its file names. Raises `FileFormatError` for missing, damaged and foreign files, `InputError` for unknown names and
    for more than fits.
    """
    if name not in tuple(READERS):
        raise InputError(
            f"{brief(name)} is not a data set that polybn reads.{closest(name, tuple(READERS))} "
            f"Write one of {', '.join(map(repr, READERS))}.",
            name,
        )
    if split not in tuple(PUBLISHED[name]):
        raise InputError(
            f"split is {brief(split)}; {name} has {' and '.join(map(repr, PUBLISHED[name]))}. Write one of them.", split
        )
    if count is not None:
        whole("count", count, name)
    check_size(0, (1,), dtype, name)
    images = READERS[name](folder_of(folder, name), split, count)
    check_size(len(images.pixels), tuple(images.pixels.shape[1:]), dtype, name)
    note = f"{name} {split}, {len(images.pixels)} of {PUBLISHED[name][split]} published images, from {images.files}"
    return Dataset(name, images.pixels.to(dtype).div_(255), images.labels, f"{note} in {shown(folder)}")
