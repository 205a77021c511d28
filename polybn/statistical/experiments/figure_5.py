"""Figure 5: test accuracy of one Resnet9 trained by SGD from several starts, without batch normalisation in training.

All starts have the same weights W, data and shuffles, and the same layers: after each convolution z = W x an affine map
of each channel, gamma (z - m) / s + beta, with m and s fixed and gamma = 1 and beta trained. Zero bias: m = 0, s = 1,
beta = 0. Random bias: the same with beta, and the last
layer's bias, normal. Batch statistics: m and s are the mean and deviation of z over the
training set before training, beta = 0. The paper compares these three. But a fixed s also rescales the gradient of W,
so the third differs by more than where it starts. Statistics in weights is the same function at the start, with W / s
and beta = - m / s in place of W and 0, and m = 0, s = 1: it differs from the first two in nothing but its start.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import cast

import torch
from torch import Tensor, nn

from polybn.errors import InputError, NonFiniteError
from polybn.exact.rational import brief
from polybn.statistical.concentration import bonferroni
from polybn.statistical.datasets.dataset import Dataset
from polybn.statistical.datasets.moments import moments
from polybn.statistical.device import device_of
from polybn.statistical.enclosures.tracing import UnsupportedModuleError
from polybn.statistical.experiments.experiment import Experiment, Row, Surroundings
from polybn.statistical.experiments.image_training import checkpoint, read, told
from polybn.statistical.experiments.intervals import LEVEL, student
from polybn.statistical.modules.architectures import resnet9
from polybn.statistical.modules.capture import captured
from polybn.statistical.modules.initialisation import frozen, random_bias, zero_bias
from polybn.statistical.training.training import Epoch, Recipe, train
from polybn.statistical.whole_numbers import whole

REFERENCE = "zero bias"
STARTS = (REFERENCE, "random bias", "batch statistics", "statistics in weights")
CHUNK = 512
"""Samples at a time for statistics."""


@dataclass(frozen=True)
class Settings:
    """What one seed trains: for each of `learning_rates` a Resnet9 from each start.

    `width` and `deepest` are those of `resnet9`. `data` are "digits", of which `held_out` are for testing, or a name
    that `read_images` knows, from `folder`; of the others the first `training` are trained on, if there are as many.
    `standardised`: the data get mean 0 and variance 1 over all entries of the training set, which is the harder test
    for batch statistics, since zero bias then passes its first hyperplanes near the centre of the data. `deviation` is
    that of the random biases. Raises `InputError` for numbers out of range, and unless the learning rates are different
    ones.
    """

    width: int = 8
    deepest: int = 4
    data: str = "digits"
    folder: str = ""
    training: int = 900
    held_out: int = 897
    standardised: bool = True
    deviation: float = 1.0
    epochs: int = 8
    batch_size: int = 64
    learning_rates: tuple[float, ...] = (0.001, 0.01)

    def __post_init__(self) -> None:
        for name in ("width", "deepest", "training", "held_out"):
            whole(name, getattr(self, name), "figure 5")
        if not 0 <= self.deviation < inf:
            needed = "a finite number of at least 0 is needed"
            raise InputError(f"deviation is {brief(self.deviation)} for figure 5; {needed}.", self.deviation)
        rates = self.learning_rates
        if not rates or len(set(rates)) < len(rates):
            raise InputError(f"The learning rates are {brief(rates)}; at least one, none twice, is needed.", self)
        for rate in rates:
            Recipe(epochs=self.epochs, batch_size=self.batch_size, learning_rate=rate)


FULL = Settings(width=64, deepest=8, training=50_000, epochs=30, learning_rates=(0.0003, 0.001, 0.003))
"""For a GPU."""


def run_seed(settings: Settings, seed: int, surroundings: Surroundings) -> list[Row]:
    """One row for each learning rate, start and epoch, from 0, before training: `loss` and `accuracy` of `Epoch`.

    Raises `NonFiniteError` that says which start diverged.
    """
    training, test = read(settings.data, settings.folder, settings.training, settings.held_out, seed)
    if settings.standardised:
        law = moments(training, "all")
        training, test = law.standardised(training), law.standardised(test)
    rows: list[Row] = []
    for rate in settings.learning_rates:
        for start, net in _networks(settings, training, seed, device_of(surroundings.device)):
            trained = _trained(settings, (rate, start), net, (training, test), seed, surroundings)
            head = {"seed": seed, "learning_rate": rate, "start": start}
            rows += [{**head, **epoch._asdict(), "tested": len(test)} for epoch in trained]
    return rows


def _trained(
    settings: Settings,
    case: tuple[float, str],
    net: nn.Module,
    data: tuple[Dataset, Dataset],
    seed: int,
    surroundings: Surroundings,
) -> list[Epoch]:
    rate, start = case
    recipe = Recipe(epochs=settings.epochs, batch_size=settings.batch_size, learning_rate=rate)
    tell = told(surroundings, f"rate {rate:g}, {start}")
    kept = checkpoint(surroundings, "fig-5", settings, seed, case)
    try:
        return train(net, *data, recipe, seed=seed, checkpoint=kept, progress=tell, fixed_statistics=True)
    except NonFiniteError as error:
        raise NonFiniteError(f"{start}, seed {seed}: {error}", error.offender) from error


def _networks(settings: Settings, data: Dataset, seed: int, place: torch.device) -> Iterator[tuple[str, nn.Module]]:
    """The starts by name, one at a time."""
    assert data.y is not None
    channels, side, classes = data.x.shape[1], data.x.shape[2], int(data.y.max()) + 1
    net = resnet9(
        channels, classes, seed=seed, width=settings.width, deepest=settings.deepest, side=side, dtype=data.x.dtype
    ).to(place)
    yield STARTS[0], zero_bias(net)
    yield STARTS[1], random_bias(net, seed=seed, deviation=settings.deviation)
    with_statistics = frozen(net, data.x, chunk=CHUNK)
    same = in_weights(with_statistics, data.x[:1])  # before the other is trained
    yield STARTS[2], with_statistics
    yield STARTS[3], same


def in_weights(net: nn.Module, sample: Tensor) -> nn.Module:
    """The same function up to rounding, with identities for frozen normalisations: W / s for W, - m / s for beta.

    For a network with gamma = 1 and every bias 0, as after `frozen` of a new one; s = sqrt(variance + eps). A copy. The
    sample (1, ...) shows which layer precedes which normalisation. Raises `UnsupportedModuleError` where none does.
    """
    made = zero_bias(net)
    pairs = zip(captured(net, sample), captured(made, sample), strict=True)
    for known, into in [(known.normalisation, into) for known, into in pairs]:
        source, target = cast("nn.BatchNorm2d", known), cast("nn.BatchNorm2d", into.normalisation)
        if into.preceding is None:
            raise UnsupportedModuleError(
                f"No linear layer or convolution directly precedes the normalisation {into.name!r}, so there are no "
                "weights to take its statistics in.",
                target,
            )
        assert source.running_mean is not None
        assert source.running_var is not None
        deviation = torch.sqrt(source.running_var + source.eps)
        weight = cast("Tensor", into.preceding.weight)
        with torch.no_grad():
            weight.div_(deviation.reshape(-1, *(1 for _ in weight.shape[1:])))
            target.bias.copy_(-source.running_mean / deviation)
    return made


def means_over_seeds(rows: list[Row]) -> list[Row]:
    """For each learning rate, start and epoch the mean loss and accuracy over seeds; at the end differences of pairs.

    `lower` and `upper` are Student's 95 % interval of the mean accuracy, each for itself. The last epoch also has the
    mean difference to zero bias of the same seed and rate, with intervals that hold together (Bonferroni), and a
    `verdict`: "better" or "worse" when the interval does not hold 0, else "inconclusive". With one seed an interval is
    the whole range. Raises `InputError` without rows and when a seed lacks some.
    """
    if not rows:
        raise InputError("There are no rows to average; run at least one seed.", rows)
    by_place = {(row["learning_rate"], row["start"], row["epoch"], row["seed"]): row for row in rows}
    seeds = list(dict.fromkeys(row["seed"] for row in rows))
    places = list(dict.fromkeys((row["learning_rate"], row["start"], row["epoch"]) for row in rows))
    rates = {rate for rate, _, _ in places}
    last = max(epoch for _, _, epoch in places)
    needed = {(rate, start, epoch) for rate in rates for start in STARTS for epoch in range(last + 1)}
    if set(places) != needed or len(by_place) != len(needed) * len(seeds):
        raise InputError("Some seed lacks a start, a learning rate or an epoch; run all of them alike.", rows)
    together = bonferroni(LEVEL, len(rates) * (len(STARTS) - 1))
    step = 1 / min(row["tested"] for row in rows)
    found: list[Row] = []
    for rate, start, epoch in places:
        own = [by_place[rate, start, epoch, seed] for seed in seeds]
        values = [float(row["accuracy"]) for row in own]
        mean, lower, upper = student(values, level=LEVEL, step=step, lowest=0.0, highest=1.0)
        head = {
            "learning_rate": rate,
            "start": start,
            "epoch": epoch,
            "loss": sum(row["loss"] for row in own) / len(own),
        }
        others = [float(by_place[rate, REFERENCE, epoch, seed]["accuracy"]) for seed in seeds]
        compared = _compared(values, others, together, step) if epoch == last and start != REFERENCE else UNCOMPARED
        found.append({**head, "accuracy": mean, "lower": lower, "upper": upper, **compared, "seeds": len(seeds)})
    return found


UNCOMPARED: Row = {"difference": None, "difference_lower": None, "difference_upper": None, "verdict": None}


def _compared(values: list[float], others: list[float], level: float, step: float) -> Row:
    differences = [value - other for value, other in zip(values, others, strict=True)]
    mean, lower, upper = student(differences, level=level, step=step, lowest=-1.0, highest=1.0)
    verdict = "better" if lower > 0 else "worse" if upper < 0 else "inconclusive"
    return dict(zip(UNCOMPARED, (mean, lower, upper, verdict), strict=True))


EXPERIMENT = Experiment(
    "fig-5",
    "Test accuracy of a Resnet9 trained by SGD without batch normalisation, from starts that differ in their biases",
    Settings(),
    FULL,
    run_seed,
    means_over_seeds,
)
