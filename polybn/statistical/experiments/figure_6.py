"""Figure 6: the decision boundary of one trained network moves with the mini-batch whose statistics it uses.

A network with batch normalisation learns to tell two rings apart. Then many mini-batches are drawn, the normalisations
are frozen at the statistics of each, and the boundary is compared with that under the statistics of all training data:
the *disagreement* is the area of the set of points of the square [-reach, reach]^2 whose class the two tell
differently, as a share of the square. Where the boundary moves in proportion to the errors of the statistics, and
mini-batches of n are drawn without replacement from N samples, mean disagreements are as sqrt(1/n - 1/N).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import torch
from torch import Tensor, nn

from polybn.errors import InputError
from polybn.exact.rational import brief
from polybn.statistical.boundaries import Boundary, exact_boundary, grid_boundary, margin
from polybn.statistical.concentration import bonferroni, lower_rate, mean_band, upper_rate
from polybn.statistical.datasets.dataset import Dataset
from polybn.statistical.datasets.rings import rings
from polybn.statistical.device import device_of
from polybn.statistical.experiments.experiment import Experiment, Row, Surroundings
from polybn.statistical.experiments.intervals import LEVEL, Interval
from polybn.statistical.modules.architectures import mlp
from polybn.statistical.modules.initialisation import frozen
from polybn.statistical.seeds import generator
from polybn.statistical.training.training import Recipe, accuracy, split, train
from polybn.statistical.whole_numbers import whole

WHOLE = -1
"""The number of the row that has all training data as its batch, and carries them for the picture."""
DEEPEST = 64  # for memory


@dataclass(frozen=True)
class Settings:
    """A network of `depth` hidden layers of `width` units, and `batches` mini-batches of each of the `sizes`.

    Each disagreement is estimated from `points` uniform points; the boundaries of the first `drawn` mini-batches of a
    size are found, exactly up to the width `exact_width`, on a grid of `cells` beyond. Raises `InputError` for numbers
    out of range, and for sizes that are not whole numbers from 1 to the number of training samples.
    """

    width: int = 8
    depth: int = 2
    training: int = 1024
    held_out: int = 512
    noise: float = 0.2
    epochs: int = 20
    batch_size: int = 64
    learning_rate: float = 0.1
    sizes: tuple[int, ...] = (16, 256)
    batches: int = 1500
    points: int = 500
    drawn: int = 16
    reach: float = 3.0
    exact_width: int = 16
    cells: int = 128

    def __post_init__(self) -> None:
        for name in ("width", "training", "held_out", "batches", "points", "cells"):
            whole(name, getattr(self, name), "Figure 6")
        whole("depth", self.depth, "Figure 6", largest=DEEPEST)
        for name in ("drawn", "exact_width"):
            whole(name, getattr(self, name), "Figure 6", smallest=0)
        if not 0 < self.reach < inf:
            raise InputError(
                f"reach is {brief(self.reach)} for Figure 6; a finite number above 0 is needed.", self.reach
            )
        Recipe(self.epochs, self.batch_size, self.learning_rate)
        for size in self.sizes:
            whole("a size", size, f"mini-batches of {self.training} samples", largest=self.training)
        if not self.sizes or len(set(self.sizes)) < len(self.sizes):
            raise InputError(f"sizes is {brief(self.sizes)}; at least one is needed, each once.", self.sizes)


FULL = Settings(width=64, depth=3, training=8192, held_out=2048, epochs=60, batches=10_000, points=4000, drawn=100)
"""For a GPU; boundaries on a grid."""


class _Trained(NamedTuple):
    """The network, what it was trained on and is tested on, and the class of a point under all training data."""

    net: nn.Module
    training: Dataset
    test: Dataset
    whole: nn.Module


def run_seed(settings: Settings, seed: int, surroundings: Surroundings) -> list[Row]:
    """One row for all training data, batch WHOLE, and one for each mini-batch."""
    data = rings(settings.training + settings.held_out, seed=seed, noise=settings.noise, dtype=torch.float64)
    training, test = split(data, settings.held_out, seed=seed)
    widths = (2, *(settings.width,) * settings.depth, 2)
    net = mlp(widths, normalised=True, seed=seed, dtype=torch.float64).to(device_of(surroundings.device))
    recipe = Recipe(settings.epochs, settings.batch_size, settings.learning_rate)
    train(net, training, test, recipe, seed=seed, progress=surroundings.progress)
    trained = _Trained(net, training, test, _frozen(net, training.x))
    marks = [[*_rounded(point), int(label)] for point, label in zip(training.x, _labels(training), strict=True)]
    known = {"seed": seed, "batch_size": len(training), "batch": WHOLE}
    shape = _shape(_boundary(trained.whole, settings))
    agreeing = {"disagreement": 0.0, "lower": 0.0, "upper": 0.0, "unsure": 0.0}
    rows = [{**known, **agreeing, "accuracy": accuracy(trained.whole, test), **shape, "points": marks}]
    for size in settings.sizes:
        rows += _rows_of(size, settings, seed, trained, surroundings)
    return rows


def _rows_of(size: int, settings: Settings, seed: int, trained: _Trained, surroundings: Surroundings) -> list[Row]:
    """A row for each mini-batch of one size, with points of its own, so that rows are independent."""
    drawing, places = generator(seed, f"batches of {size}"), generator(seed, f"points of {size}")
    reference, rows = margin(trained.whole), list[Row]()
    for number in range(settings.batches):
        chosen = torch.randperm(len(trained.training), generator=drawing)[:size]
        one = _frozen(trained.net, trained.training.x[chosen])
        points = settings.reach * (2 * torch.rand(settings.points, 2, dtype=torch.float64, generator=places) - 1)
        signs = margin(one).asked(points)[0] * reference.asked(points)[0]
        shape = _shape(_boundary(one, settings) if number < settings.drawn else None)
        known = {"seed": seed, "batch_size": size, "batch": number, **_counted(signs)}
        rows.append({**known, "accuracy": accuracy(one, trained.test), **shape, "points": []})
        if number % 100 == 99:
            surroundings.progress(f"mini-batch {number + 1} of {settings.batches}, of {size} samples")
    return rows


def _frozen(net: nn.Module, batch: Tensor) -> nn.Module:
    return frozen(net, batch.to(next(net.parameters()).device))


def _counted(signs: Tensor) -> Row:
    """The share of -1, products of two classes that differ, and of 0, where one of the two is not proved.

    The area is in [lower, upper] with LEVEL (Clopper-Pearson), wherever the unsure points belong.
    """
    n, differ, unsure = len(signs), int((signs == -1).sum()), int((signs == 0).sum())
    side = bonferroni(LEVEL, 2)
    lower, upper = lower_rate(differ, n, level=side), upper_rate(differ + unsure, n, level=side)
    return {"disagreement": differ / n, "lower": round(lower, 6), "upper": round(upper, 6), "unsure": unsure / n}


def _boundary(net: nn.Module, settings: Settings) -> Boundary:
    if settings.width <= settings.exact_width:
        return exact_boundary(net, settings.reach)
    return grid_boundary(net, settings.reach, cells=settings.cells)


def _shape(found: Boundary | None) -> Row:
    """Pieces with ends rounded to six digits after the point; how many are not sure; how they were found."""
    if found is None:
        return {"pieces": [], "not_sure": 0, "method": None}
    return {
        "pieces": [_rounded(piece) for piece in found.pieces],
        "not_sure": int((~found.sure).sum()),
        "method": found.method,
    }


def _rounded(numbers: Tensor) -> list[float]:
    return [round(number, 6) for number in numbers.tolist()]


def _labels(data: Dataset) -> list[int]:
    return [] if data.y is None else data.y.tolist()


def means_over_seeds(rows: list[Row]) -> list[Row]:
    """For each size the mean disagreement over mini-batches and seeds, against that of the largest size.

    [lower, upper] holds the mean over all mini-batches of that size, averaged over the networks of these seeds; all
    such intervals hold together with LEVEL (Bernstein, each seed by itself). `least` and `largest` are means of a seed,
    which say how networks differ. `ratio` is to the largest size, between bounds by the same intervals, None where
    there is none. `spread` is "larger" where the interval lies above that of the largest size in every seed,
    "smaller" where below, else "inconclusive". Raises `InputError` without rows.
    """
    batches = [row for row in rows if row["batch"] != WHOLE]
    if not batches:
        raise InputError("There are no rows to average; run at least one seed.", rows)
    sizes, seeds = (sorted({row[name] for row in batches}) for name in ("batch_size", "seed"))
    level = bonferroni(LEVEL, len(sizes) * len(seeds))
    bands = {(size, seed): _band(batches, size, seed, level) for size in sizes for seed in seeds}
    found: list[Row] = []
    for size in sizes:
        own, other = ([bands[kind, seed] for seed in seeds] for kind in (size, sizes[-1]))
        mean, lower, upper = _average(own)
        middle, low, high = _average(other)
        chosen = [row for row in batches if row["batch_size"] == size]
        same = size == sizes[-1]
        found.append(
            {
                "batch_size": size, "disagreement": mean, "lower": lower, "upper": upper,
                "least": min(band.mean for band in own), "largest": max(band.mean for band in own),
                "accuracy": sum(row["accuracy"] for row in chosen) / len(chosen),
                "ratio": mean / middle if middle else None,
                "ratio_lower": 1.0 if same else lower / high if high else None,
                "ratio_upper": 1.0 if same else upper / low if low else None,
                "spread": "-" if same else _spread(own, other),
                "batches": len(chosen) // len(seeds), "seeds": len(seeds),
            }
        )  # fmt: skip
    return found


def _band(rows: list[Row], size: int, seed: int, level: float) -> Interval:
    """Of one network: unsure points disagree for the upper bound, and for nothing else."""
    own = [row for row in rows if (row["batch_size"], row["seed"]) == (size, seed)]
    sure, unsure = (
        torch.tensor([row[name] for row in own], dtype=torch.float64) for name in ("disagreement", "unsure")
    )
    below = mean_band(sure, 0.0, 1.0, level=level)
    above = mean_band((sure + unsure).clamp(max=1), 0.0, 1.0, level=level)
    return Interval(float(below.mean), float(below.lower), float(above.upper))


def _average(bands: list[Interval]) -> Interval:
    return Interval(*(sum(part) / len(bands) for part in zip(*bands, strict=True)))


def _spread(own: list[Interval], other: list[Interval]) -> str:
    if all(mine.lower > theirs.upper for mine, theirs in zip(own, other, strict=True)):
        return "larger"
    if all(mine.upper < theirs.lower for mine, theirs in zip(own, other, strict=True)):
        return "smaller"
    return "inconclusive"


EXPERIMENT = Experiment(
    "fig-6",
    "Decision boundaries of one trained network under the statistics of mini-batches, against those of all data",
    Settings(),
    FULL,
    run_seed,
    means_over_seeds,
)
