"""What the experiments that train on images have in common: data, architectures by name, files for checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from torch import nn

from polybn.errors import InputError
from polybn.exact.rational import brief
from polybn.files import closest, make_folder
from polybn.statistical.datasets.bundled import digits
from polybn.statistical.datasets.dataset import Dataset
from polybn.statistical.datasets.image_files import READERS, read_images
from polybn.statistical.experiments.experiment import Surroundings
from polybn.statistical.modules.architectures import cnn, resnet9, small_residual
from polybn.statistical.training.training import split
from polybn.statistical.whole_numbers import whole


def read(data: str, folder: str, training: int, held_out: int, seed: int) -> tuple[Dataset, Dataset]:
    """Samples to train on, the first `training`, and to test on: digits shuffled by the seed, others as published.

    Raises `InputError` for other names, and for a folder that is missing or for nothing.
    """
    whole("training", training, "the samples to train on")
    _check(data, folder)
    if data == "digits":
        kept, test = split(digits(), held_out, seed=seed)
    else:
        kept, test = read_images(data, folder, split="train"), read_images(data, folder, split="test")
    return kept.first(min(training, len(kept))), test


def _check(data: str, folder: str) -> None:
    names = ("digits", *READERS)
    if data not in names:
        words = f"data is {brief(data)}.{closest(data, names)} Write one of {', '.join(map(repr, names))}."
        raise InputError(words, data)
    if data == "digits" and folder:
        others = ", ".join(map(repr, READERS))
        words = f"folder is {brief(folder)}, and data are the digits, which need none. Write data= one of {others}"
        raise InputError(f"{words} for what is in the folder, or leave it out.", folder)
    if data != "digits" and not folder:
        raise InputError(f"data is {brief(data)} without a folder; write folder= where its files are.", folder)


def network(architecture: str, data: Dataset, width: int, seed: int) -> nn.Module:
    """A normalised network for the images and labels of the data, without dropout; `InputError` for another name."""
    assert data.y is not None
    channels, side, classes = data.x.shape[1], data.x.shape[2], int(data.y.max()) + 1
    if architecture == "resnet9":
        return resnet9(channels, classes, seed=seed, width=width, side=side)
    made = {"cnn": cnn, "small_residual": small_residual}.get(architecture)
    if made is None:
        words = f"architecture is {brief(architecture)}; write 'cnn', 'small_residual' or 'resnet9'."
        raise InputError(words, architecture)
    return made(channels, classes, seed=seed, width=width, side=side, dropout=0.0)


def checkpoint(surroundings: Surroundings, name: str, settings: object, *case: object) -> Path | None:
    """The file for one training, in a folder that is there; None without. Another setting or case has another file."""
    if surroundings.folder is None:
        return None
    make_folder(surroundings.folder)
    digest = blake2b(repr((settings, case)).encode(), digest_size=8).hexdigest()
    return surroundings.folder / f"{name}-{digest}.pt"


def told(surroundings: Surroundings, what: str) -> Callable[[str], None]:
    """Who is told how far one training is."""
    return lambda text: surroundings.progress(f"{what}: {text}")
