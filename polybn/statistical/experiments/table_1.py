"""Table 1: test accuracy with gamma and beta of every normalisation learned, and with gamma = 1 and beta = 0 fixed.

Both networks of a seed have the same data, weights and shuffles, so they are compared in pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from polybn.errors import InputError
from polybn.exact.rational import brief
from polybn.statistical.concentration import bonferroni
from polybn.statistical.device import device_of
from polybn.statistical.experiments.experiment import Experiment, Row, Surroundings
from polybn.statistical.experiments.image_training import checkpoint, network, read, told
from polybn.statistical.experiments.intervals import LEVEL, student
from polybn.statistical.modules.capture import NORMALISING
from polybn.statistical.training.training import Recipe, train

PARAMETERS = ("learned", "fixed")


@dataclass(frozen=True)
class Settings:
    """What one seed trains: each of `architectures`, "cnn", "small_residual" or "resnet9", twice.

    `data` are "digits", of which `held_out` are for testing, or a name that `read_images` knows, from `folder`; of the
    others the first `training` are trained on, if there are as many.
    """

    architectures: tuple[str, ...] = ("cnn", "small_residual")
    width: int = 8
    data: str = "digits"
    folder: str = ""
    training: int = 900
    held_out: int = 897
    epochs: int = 20
    batch_size: int = 64
    learning_rate: float = 0.05


FULL = Settings(("cnn", "small_residual", "resnet9"), width=32, training=50_000, epochs=30)
"""For a GPU."""


def run_seed(settings: Settings, seed: int, surroundings: Surroundings) -> list[Row]:
    """Two rows an architecture: `accuracy` after the last epoch on `tested` samples, that epoch's mean training `loss`.

    Raises `InputError` unless the architectures are different ones that there are.
    """
    if not settings.architectures or len(set(settings.architectures)) < len(settings.architectures):
        words = f"The architectures are {brief(settings.architectures)}; at least one, none twice, is needed."
        raise InputError(words, settings)
    training, test = read(settings.data, settings.folder, settings.training, settings.held_out, seed)
    recipe = Recipe(epochs=settings.epochs, batch_size=settings.batch_size, learning_rate=settings.learning_rate)
    rows: list[Row] = []
    for case in ((one, parameters) for one in settings.architectures for parameters in PARAMETERS):
        architecture, parameters = case
        net = network(architecture, training, settings.width, seed).to(device_of(surroundings.device))
        if parameters == "fixed":
            fix(net)
        tell = told(surroundings, f"{architecture}, {parameters}")
        kept = checkpoint(surroundings, "table-1", settings, seed, case)
        last = train(net, training, test, recipe, seed=seed, checkpoint=kept, progress=tell)[-1]
        row = {"seed": seed, "architecture": architecture, "parameters": parameters}
        rows.append({**row, "accuracy": last.accuracy, "loss": last.loss, "tested": len(test)})
    return rows


def fix(net: nn.Module) -> nn.Module:
    """The same network, in place, with gamma = 1 and beta = 0 in every normalisation layer, not to be trained."""
    for layer in net.modules():
        if isinstance(layer, NORMALISING) and layer.affine:
            layer.weight.data.fill_(1)
            layer.bias.data.zero_()
            layer.weight.requires_grad_(False)
            layer.bias.requires_grad_(False)
    return net


def means_over_seeds(rows: list[Row]) -> list[Row]:
    """Of each architecture both mean accuracies, and the mean of learned minus fixed of the same seed, with intervals.

    Intervals of an accuracy have level 95 % each, those of differences all together (Bonferroni). `verdict`: "learned
    better" or "fixed better" when the interval of the difference does not hold 0, else "no difference seen", which says
    no more than the interval. Raises `InputError` without rows and when a seed lacks one.
    """
    if not rows:
        raise InputError("There are no rows to average; run at least one seed.", rows)
    accuracy = {(row["seed"], row["architecture"], row["parameters"]): float(row["accuracy"]) for row in rows}
    seeds, architectures = (list(dict.fromkeys(row[part] for row in rows)) for part in ("seed", "architecture"))
    if any((s, a, p) not in accuracy for s in seeds for a in architectures for p in PARAMETERS):
        raise InputError("Some seed has no row for some architecture, learned or fixed; run all of them alike.", rows)
    step, together = 1 / min(row["tested"] for row in rows), bonferroni(LEVEL, len(architectures))
    found: list[Row] = []
    for one in architectures:
        learned, fixed = ([accuracy[seed, one, parameters] for seed in seeds] for parameters in PARAMETERS)
        of_learned, of_fixed = (
            student(values, level=LEVEL, step=step, lowest=0.0, highest=1.0) for values in (learned, fixed)
        )
        differences = [mine - other for mine, other in zip(learned, fixed, strict=True)]
        mean, lower, upper = student(differences, level=together, step=step, lowest=-1.0, highest=1.0)
        found.append(
            {
                "architecture": one,
                "learned": of_learned[0], "learned_lower": of_learned[1], "learned_upper": of_learned[2],
                "fixed": of_fixed[0], "fixed_lower": of_fixed[1], "fixed_upper": of_fixed[2],
                "difference": mean, "difference_lower": lower, "difference_upper": upper,
                "verdict": "learned better" if lower > 0 else "fixed better" if upper < 0 else "no difference seen",
                "seeds": len(seeds),
            }
        )  # fmt: skip
    return found


EXPERIMENT = Experiment(
    "table-1",
    "Test accuracy with gamma and beta learned, and with gamma = 1 and beta = 0 fixed",
    Settings(),
    FULL,
    run_seed,
    means_over_seeds,
)
