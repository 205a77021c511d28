"""Section 5: test accuracy of a network trained with extra noise on the batch mean and variance, against its level.

What the noise is says `batch_noise`; there is none at test time. All levels of a seed have the same data, weights,
shuffles and underlying random numbers, so each is compared with level 0 in pairs. At test time a layer behind a
disturbed one uses the running statistics of disturbed inputs, though its own inputs are not disturbed any more. So the
accuracy is measured twice: with the running statistics, and with those of the training set, taken anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from itertools import product

from torch import nn

from polybn.errors import InputError
from polybn.exact.rational import brief
from polybn.statistical.concentration import bonferroni
from polybn.statistical.device import device_of
from polybn.statistical.experiments.experiment import Experiment, Row, Surroundings
from polybn.statistical.experiments.image_training import checkpoint, network, read, told
from polybn.statistical.experiments.intervals import LEVEL, student
from polybn.statistical.modules.initialisation import frozen
from polybn.statistical.training.batch_noise import LARGEST_LEVEL, Counted, disturbed
from polybn.statistical.training.training import Recipe, accuracy, train

STATISTICS = ("running", "of the training set")
"""What normalisations use at test time."""
CHUNK = 512


@dataclass(frozen=True)
class Settings:
    """What one seed trains: a network of `architecture` for each of `levels`, of which one is 0.

    `architecture` is "cnn", "small_residual" or "resnet9". `data` are "digits", of which `held_out` are for testing, or
    a name that `read_images` knows, from `folder`; of the others the first `training` are trained on, if there are as
    many. `counted` is that of `batch_noise.disturbed`. Dropout is left out: it would be a second noise.
    """

    levels: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0, 4.0)
    architecture: str = "cnn"
    width: int = 8
    counted: Counted = "samples"
    data: str = "digits"
    folder: str = ""
    training: int = 400
    held_out: int = 897
    epochs: int = 40
    batch_size: int = 64
    learning_rate: float = 0.05


FULL = Settings(architecture="resnet9", width=32, training=50_000, epochs=30)
"""For a GPU."""


def run_seed(settings: Settings, seed: int, surroundings: Surroundings) -> list[Row]:
    """Two rows a level, one a kind of `statistics`: `accuracy` after the last epoch, on `tested` samples, and `loss`.

    That is the last epoch's mean loss in training, the same in both.
    Raises `InputError` unless the levels are different numbers from 0 to `LARGEST_LEVEL`, 0 among them.
    """
    levels = _levels(settings.levels)
    training, test = read(settings.data, settings.folder, settings.training, settings.held_out, seed)
    recipe = Recipe(epochs=settings.epochs, batch_size=settings.batch_size, learning_rate=settings.learning_rate)
    rows: list[Row] = []
    for level in levels:
        net = network(settings.architecture, training, settings.width, seed).to(device_of(surroundings.device))
        last = train(
            net, training, test, recipe, seed=seed, progress=told(surroundings, f"level {level:g}"),
            checkpoint=checkpoint(surroundings, "noise", settings, seed, level),
            disturb=partial(_disturb, net, level, seed, settings.counted),
        )[-1]  # fmt: skip
        anew = accuracy(frozen(net, training.x, chunk=CHUNK), test)
        for statistics, found in zip(STATISTICS, (last.accuracy, anew), strict=True):
            head = {"seed": seed, "level": level, "statistics": statistics}
            rows.append({**head, "accuracy": found, "loss": last.loss, "tested": len(test)})
    return rows


def _disturb(net: nn.Module, level: float, seed: int, counted: Counted, step: int) -> AbstractContextManager[None]:
    return disturbed(net, level, seed=seed, step=step, counted=counted)


def _levels(given: Sequence[object]) -> list[float]:
    kept = [one for one in given if isinstance(one, int | float) and not isinstance(one, bool)]
    levels = [float(one) for one in kept if 0 <= one <= LARGEST_LEVEL]
    if len(set(levels)) != len(given) or 0 not in levels:
        raise InputError(
            f"The levels are {brief(given)}; different numbers from 0 to {LARGEST_LEVEL} are needed, 0 among them: "
            "the others are compared with it. Write (0.0, 1.0).",
            given,
        )
    return levels


def means_over_seeds(rows: list[Row]) -> list[Row]:
    """Of each level and kind of statistics the mean accuracy, and the mean difference to level 0 of the same seed.

    Intervals of a mean have level 95 % each, those of differences all together (Bonferroni). `verdict`: "raises" or
    "lowers" when the interval of the difference does not hold 0, else "inconclusive". Raises `InputError` without rows
    and when a seed lacks a level.
    """
    if not rows:
        raise InputError("There are no rows to average; run at least one seed.", rows)
    found = {(row["statistics"], row["seed"], row["level"]): float(row["accuracy"]) for row in rows}
    kinds, seeds, levels = (list(dict.fromkeys(row[part] for row in rows)) for part in ("statistics", "seed", "level"))
    if 0 not in levels or len(found) != len(kinds) * len(seeds) * len(levels):
        raise InputError("Some seed has no row for some level, or none has level 0; run all of them alike.", rows)
    step = 1 / min(row["tested"] for row in rows)
    together = bonferroni(LEVEL, max(1, len(kinds) * (len(levels) - 1)))
    means: list[Row] = []
    for kind, level in product(kinds, levels):
        pairs = [(found[kind, seed, level], found[kind, seed, 0]) for seed in seeds]
        means.append({"statistics": kind, "level": level, **_mean(pairs, bool(level), step, together)})
    return means


def _mean(pairs: list[tuple[float, float]], is_compared: bool, step: float, together: float) -> Row:
    """Of accuracies and, from the same seeds, those at level 0."""
    mean, lower, upper = student([own for own, _ in pairs], level=LEVEL, step=step, lowest=0.0, highest=1.0)
    row = {"accuracy": mean, "lower": lower, "upper": upper}
    differences = [own - other for own, other in pairs]
    found: tuple[float | None, ...] = (None, None, None)
    verdict = "reference"
    if is_compared:
        found = student(differences, level=together, step=step, lowest=-1.0, highest=1.0)
        verdict = "raises" if found[1] > 0 else "lowers" if found[2] < 0 else "inconclusive"
    names = ("difference", "difference_lower", "difference_upper")
    return {**row, **dict(zip(names, found, strict=True)), "verdict": verdict, "seeds": len(pairs)}


EXPERIMENT = Experiment(
    "noise",
    "Test accuracy against the level of extra noise on the batch mean and variance in training",
    Settings(),
    FULL,
    run_seed,
    means_over_seeds,
)
