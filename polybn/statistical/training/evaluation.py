"""What a classifier does to labelled data, in evaluation mode: its accuracy, its loss, and whether it fits the data."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from math import isfinite

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from polybn.errors import BatchError, InputError, NonFiniteError, ShapeError
from polybn.statistical.datasets.dataset import Dataset
from polybn.statistical.whole_numbers import whole

CHUNK = 512
"""Samples at a time."""


def accuracy(net: nn.Module, data: Dataset, *, chunk: int = CHUNK) -> float:
    """The share of samples whose label has the largest output, the first of equals, in evaluation mode.

    `chunk` samples at a time, on the device of the parameters. Every layer is then in the mode it was in. Raises
    `InputError` for data without labels.
    """
    whole("chunk", chunk, "the accuracy")
    labels = labels_of(data)
    right = 0
    with evaluating(net):
        place = _place(net, data.x.device)
        for x, y in zip(data.x.split(chunk), labels.split(chunk), strict=True):
            right += int((forward(net, x.to(place)).argmax(1) == y.to(place)).sum())
    return right / len(data)


def mean_loss(net: nn.Module, data: Dataset) -> float:
    """The mean cross-entropy over the data, in evaluation mode; raises `NonFiniteError` when it is not finite."""
    total = 0.0
    with evaluating(net):
        place = _place(net, data.x.device)
        for x, y in zip(data.x.split(CHUNK), labels_of(data).split(CHUNK), strict=True):
            total += float(cross_entropy(forward(net, x.to(place)), y.to(place), reduction="sum"))
    if not isfinite(total):
        raise NonFiniteError("The loss is not finite. Start from smaller weights or biases, or scale the data.", net)
    return total / len(data)


def device_for(net: nn.Module, *sets: Dataset) -> torch.device:
    """The device of the network's parameters, if it can be trained on each of these sets.

    Raises `InputError` for data without labels or of another float type, and for a network without parameters to
    train; `ShapeError` for outputs that are not (samples, classes) with a class for each label.
    """
    types = {one.dtype for one in net.parameters() if one.requires_grad}
    if not types:
        raise InputError(f"{type(net).__name__} has no parameters to train; write net.requires_grad_().", net)
    place = _place(net, sets[0].x.device)
    for data in sets:
        largest = int(labels_of(data).max())
        if data.x.dtype not in types:
            kinds = " and ".join(sorted(map(str, types)))
            words = f"{data.name} is of {data.x.dtype} and the network of {kinds}; write data.to(dtype=...)."
            raise InputError(words, data)
        with evaluating(net):
            outputs = forward(net, data.x[:2].to(place))
        # On a GPU a label without a class ends the process.
        if outputs.dim() != 2 or outputs.shape[1] <= largest:
            raise ShapeError(
                f"Two samples of {data.name} have outputs of shape {tuple(outputs.shape)}, and labels go up to "
                f"{largest}; (samples, classes) with at least {largest + 1} classes is needed. "
                "Give the network as many, and samples of each to train on.",
                net,
            )
    return place


def forward(net: nn.Module, x: Tensor) -> Tensor:
    """The outputs; raises `BatchError` where a normalisation has one value a channel to take statistics of."""
    try:
        return net(x)
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        raise BatchError(
            f"A mini-batch of {len(x)} samples leaves one value a channel to normalise, whose variance is 0. "
            "Write batch_size=2 or more, and give at least two samples.",
            x,
        ) from error


@contextmanager
def evaluating(net: nn.Module) -> Generator[None]:
    """Inside, evaluation mode without gradients; afterwards each layer is in the mode it was in."""
    modes = [(layer, layer.training) for layer in net.modules()]
    net.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for layer, mode in modes:
            layer.training = mode


def labels_of(data: Dataset) -> Tensor:
    """The labels; raises `InputError` without."""
    if data.y is None:
        raise InputError(f"{data.name} has no labels; give a data set with y, such as digits().", data)
    return data.y


def _place(net: nn.Module, otherwise: torch.device) -> torch.device:
    return next((one.device for one in net.parameters()), otherwise)
