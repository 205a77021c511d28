"""Training by stochastic gradient descent, the same from a seed whether or not it was interrupted.

Each step takes a mini-batch B of the shuffled training set and moves the parameters theta by SGD with momentum along
the gradient of the mean cross-entropy over B; of T steps, step t = 0, ..., T - 1 has the learning rate
(1 + cos(pi t / T)) / 2 times the first.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from math import cos, inf, isfinite, pi
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from polybn.errors import InputError, NonFiniteError
from polybn.exact.rational import brief
from polybn.files import require_folder_of
from polybn.statistical.datasets.dataset import Dataset
from polybn.statistical.modules.capture import NORMALISING
from polybn.statistical.seeds import generator
from polybn.statistical.training.checkpoints import fingerprint, read_checkpoint, write_checkpoint
from polybn.statistical.training.evaluation import accuracy, device_for, forward, labels_of, mean_loss
from polybn.statistical.whole_numbers import whole

__all__ = ["Epoch", "Recipe", "accuracy", "split", "train"]


@dataclass(frozen=True)
class Recipe:
    """How to train; raises `InputError` for numbers out of their range."""

    epochs: int = 10
    batch_size: int = 64
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        whole("epochs", self.epochs, "the training", smallest=0)
        whole("batch_size", self.batch_size, "the training")
        for name, end in (("learning_rate", inf), ("momentum", 1), ("weight_decay", inf)):
            given = getattr(self, name)
            number = isinstance(given, int | float) and not isinstance(given, bool)
            if not number or not 0 <= given < end or (name == "learning_rate" and not given):
                needed = {
                    "learning_rate": "a finite number above 0",
                    "momentum": "a number from 0 up to, not including, 1",
                }
                needs = needed.get(name, "a finite number of at least 0")
                raise InputError(f"{name} is {brief(given)} for the training; {needs} is needed.", given)


class Epoch(NamedTuple):
    """The mean training loss of an epoch, counted from 1, and the accuracy on the test set after it.

    Epoch 0 is before training: its loss is that of the training set in evaluation mode. Later losses are those of the
    mini-batches as they were trained on, in training mode and with parameters that move.
    """

    epoch: int
    loss: float
    accuracy: float


def train(
    net: nn.Module,
    training: Dataset,
    test: Dataset,
    recipe: Recipe,
    *,
    seed: int,
    checkpoint: Path | None = None,
    progress: Callable[[str], None] | None = None,
    disturb: Callable[[int], AbstractContextManager[None]] | None = None,
    fixed_statistics: bool = False,
) -> list[Epoch]:
    """Train the network in place, on the device of its parameters; it is in evaluation mode afterwards.

    An epoch's last mini-batch is left out if it is short, unless it is the only one. `disturb(step)` is entered around
    each training forward pass, with steps counted from 0 over all epochs. `fixed_statistics` leaves the normalisation
    layers in evaluation mode: they stay affine maps with the running statistics they have, gamma and beta are trained.
    Dropout draws from torch's own generators, which are seeded and then put back.

    The file `checkpoint` is written after each epoch. The same call, on a network as that was before training, goes on
    from there; on the processor it gives the same bits as without a stop. `disturb` is not part of what a checkpoint
    knows: give each its own file. A file of another run, or a broken one, is overwritten, and `progress` is told.

    Raises `InputError` for data without labels, of another float type, or a network without parameters to train;
    `ShapeError` for outputs that are not (samples, classes) with a class for each label; `BatchError` where a
    mini-batch has one value a channel to normalise; `NonFiniteError` when the loss overflows, or for a rate beyond the
    float type.
    """
    if checkpoint is not None:
        require_folder_of(checkpoint)
    place = device_for(net, training, test)
    _require_held(net, recipe)
    words = (asdict(recipe), seed, place.type, fixed_statistics)
    tensors = {"x": training.x, "y": training.y, "test x": test.x, "test y": test.y, **net.state_dict()}
    run = "" if checkpoint is None else fingerprint(words, tensors)
    tell = progress or (lambda _: None)
    optimiser = torch.optim.SGD(
        [one for one in net.parameters() if one.requires_grad],
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
    )
    ran = _Run(net, training.to(device=place), recipe, optimiser, generator(seed, "shuffles"), fixed_statistics)
    with _own_generators(place, generator(seed, "dropout").initial_seed()):
        epochs = _resumed(ran, checkpoint, run, tell)
        if not epochs:
            epochs.append(Epoch(0, mean_loss(net, ran.training), accuracy(net, test)))
        for number in range(len(epochs), recipe.epochs + 1):
            loss = _one_epoch(ran, number, disturb or (lambda _: nullcontext()))
            epochs.append(Epoch(number, loss, accuracy(net, test)))
            if checkpoint is not None:
                write_checkpoint(checkpoint, run, _state(ran, epochs))
            tell(f"epoch {number} of {recipe.epochs}: loss {loss:.4g}, accuracy {epochs[-1].accuracy:.4f}")
    optimiser.zero_grad()
    net.eval()
    return epochs


def split(data: Dataset, held_out: int, *, seed: int) -> tuple[Dataset, Dataset]:
    """Training and test set: a permutation drawn from the seed, whose last `held_out` samples are the test set.

    Raises `InputError` unless at least one sample is left for each.
    """
    whole("held_out", held_out, f"splitting the {len(data)} samples of {data.name}", largest=len(data) - 1)
    order = torch.randperm(len(data), generator=generator(seed, "split")).to(data.x.device)

    def part(chosen: Tensor, name: str) -> Dataset:
        y = None if data.y is None else data.y[chosen.to(data.y.device)]
        note = f"{data.note}; {len(chosen)} of {len(data)} samples, seed {seed}"
        return replace(data, name=f"{data.name}, {name}", x=data.x[chosen], y=y, note=note)

    return part(order[:-held_out], "training"), part(order[-held_out:], "test")


def _require_held(net: nn.Module, recipe: Recipe) -> None:
    """torch raises an error without a type for a rate that it cannot convert."""
    for dtype in {one.dtype for one in net.parameters() if one.requires_grad}:
        for name in ("learning_rate", "weight_decay"):
            given, most = getattr(recipe, name), torch.finfo(dtype).max
            if given > most:
                words = f"{name} is {given:g}, which {dtype} does not hold. Write a {name} below {most:.3g}."
                raise NonFiniteError(words, recipe)


@dataclass(frozen=True, eq=False)
class _Run:
    """What a training run changes, and what it reads."""

    net: nn.Module
    training: Dataset
    recipe: Recipe
    optimiser: torch.optim.SGD
    shuffles: torch.Generator
    fixed_statistics: bool

    @property
    def steps(self) -> int:
        """Of an epoch."""
        return max(1, len(self.training) // self.recipe.batch_size)


def _one_epoch(run: _Run, number: int, disturb: Callable[[int], AbstractContextManager[None]]) -> float:
    """The mean loss of the epoch's mini-batches."""
    run.net.train()
    if run.fixed_statistics:
        for layer in run.net.modules():
            if isinstance(layer, NORMALISING):
                layer.eval()
    x, y = run.training.x, labels_of(run.training)
    order = torch.randperm(len(x), generator=run.shuffles).to(x.device)
    total = torch.zeros((), dtype=torch.float64 if x.device.type != "mps" else torch.float32, device=x.device)
    for place, chosen in enumerate(order.split(run.recipe.batch_size)[: run.steps]):
        step = (number - 1) * run.steps + place
        rate = run.recipe.learning_rate * (1 + cos(pi * step / (run.recipe.epochs * run.steps))) / 2
        for group in run.optimiser.param_groups:
            group["lr"] = rate
        run.optimiser.zero_grad()
        with disturb(step):
            outputs = forward(run.net, x[chosen])
        loss = cross_entropy(outputs, y[chosen])
        loss.backward()
        run.optimiser.step()
        total += loss.detach()
    mean = float(total) / run.steps
    # Looked at once an epoch, since a GPU waits for each look; the last step may overflow after its loss.
    finite = torch.stack([torch.isfinite(one).all() for one in run.net.state_dict().values()])
    if not isfinite(mean) or not bool(finite.all()):
        raise NonFiniteError(
            f"The loss is {mean:.4g} in epoch {number} of {run.recipe.epochs}, or parameters are no longer finite. "
            f"Write a learning_rate below {run.recipe.learning_rate:g}.",
            run.recipe,
        )
    return mean


def _state(run: _Run, epochs: list[Epoch]) -> dict[str, Any]:
    place = run.training.x.device
    return {
        "net": run.net.state_dict(),
        "optimiser": run.optimiser.state_dict(),
        "shuffles": run.shuffles.get_state(),
        "processor": torch.get_rng_state(),
        "gpu": torch.cuda.get_rng_state(place) if place.type == "cuda" else None,
        "epochs": [tuple(epoch) for epoch in epochs],
    }


def _resumed(run: _Run, path: Path | None, name: str, tell: Callable[[str], None]) -> list[Epoch]:
    """The epochs of the checkpoint, everything set as it was then; none, and nothing set, where it cannot be used."""
    if path is None:
        return []
    place = run.training.x.device
    state, why = read_checkpoint(path, name, place)
    if state is None:
        if why:
            tell(f"{why}; starting again")
        return []
    run.net.load_state_dict(state["net"])
    run.optimiser.load_state_dict(state["optimiser"])
    run.shuffles.set_state(state["shuffles"].cpu())
    torch.set_rng_state(state["processor"].cpu())
    if place.type == "cuda":
        torch.cuda.set_rng_state(state["gpu"].cpu(), place)
    tell(f"going on after epoch {len(state['epochs']) - 1} of {run.recipe.epochs}")
    return [Epoch(*epoch) for epoch in state["epochs"]]


@contextmanager
def _own_generators(place: torch.device, state: int) -> Generator[None]:
    """Inside, torch's generators of the processor and of a GPU start from this state; afterwards they are as before."""
    with torch.random.fork_rng([place] if place.type == "cuda" else []):
        # torch.manual_seed would set those of all GPUs.
        torch.default_generator.manual_seed(state)
        if place.type == "cuda":
            with torch.cuda.device(place):
                torch.cuda.manual_seed(state)
        yield
