"""What the experiments that train on images have in common: data, architectures by name, files for checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from torch import nn

from polybn.errors import InputError
from polybn.exact.rational import brief
from polybn.statistical.datasets.bundled import digits
from polybn.statistical.datasets.dataset import Dataset
from polybn.statistical.datasets.image_files import read_images
from polybn.statistical.experiments.experiment import Surroundings
from polybn.statistical.modules.architectures import cnn, resnet9, small_residual
from polybn.statistical.training.training import split


def read(data: str, folder: str, training: int, held_out: int, seed: int) -> tuple[Dataset, Dataset]:
    """Samples to train on, the first `training`, and to test on: digits shuffled by the seed, others as published."""
    if data == "digits":
        kept, test = split(digits(), held_out, seed=seed)
    else:
        kept, test = read_images(data, folder, split="train"), read_images(data, folder, split="test")
    return kept.first(min(training, len(kept))), test


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
    """The file for one training; None without a folder. Another setting or case has another file."""
    if surroundings.folder is None:
        return None
    digest = blake2b(repr((settings, case)).encode(), digest_size=8).hexdigest()
    return surroundings.folder / f"{name}-{digest}.pt"


def told(surroundings: Surroundings, what: str) -> Callable[[str], None]:
    """Who is told how far one training is."""
    return lambda text: surroundings.progress(f"{what}: {text}")
