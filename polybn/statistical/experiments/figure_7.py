"""Figure 7: laws of the mean and biased variance (Eq. 3) of a unit over mini-batches: empirical, analytic, controlled.

Mini-batches of B images are drawn with replacement, so that images are independent and a training set is a population
with exact moments m, s^2 of a unit's inputs. (Shuffled epochs draw without: of n images the mean then has (n - B) / (n
- 1) of the variance.) The analytic law is that of `count` independent normal values, mean ~ N(m, s^2 / count),
variance ~ s^2 chi^2_{count - 1} / count; "controlled" are statistics of normal numbers, whose law it is. After a
convolution `count` is B times the places, as a normalisation averages over both; but places of an image depend on each
other, and that law is wrong. Hence a second, "matched", of the same family, with the mean and variance that
independent images of any law give (proposition 2's where there is one place); `effective_count` independent normal
values have that relative variance. What then remains is shape and, in a deeper layer, that in training a mini-batch
normalises the earlier layers too (`earlier` "mini-batch"), which ties its images together; "frozen" ones do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from math import sqrt
from statistics import fmean

import torch
from torch import Tensor, nn

from polybn.errors import BatchError, InputError
from polybn.statistical.claims.proposition_2 import Population, population_of
from polybn.statistical.concentration import bonferroni
from polybn.statistical.datasets.bundled import digits
from polybn.statistical.device import device_of
from polybn.statistical.experiments.experiment import Experiment, Row, Surroundings
from polybn.statistical.law_distances import (
    STATISTICS,
    Law,
    Statistic,
    effective_count,
    independent_law,
    kolmogorov,
    kolmogorov_between,
    kolmogorov_half_width,
    matched_law,
    wasserstein,
)
from polybn.statistical.modules.architectures import cnn, mlp
from polybn.statistical.modules.capture import by_channels, hooked, normalisations_of
from polybn.statistical.modules.initialisation import frozen
from polybn.statistical.seeds import generator
from polybn.statistical.training.training import Recipe, split, train
from polybn.statistical.whole_numbers import whole

NETWORKS = ("mlp", "cnn")
VERDICTS = ("not distinguished", "differs")
LAWS = ("", "matched_", "control_")
QUANTILES = ("empirical_quantiles", "analytic_quantiles", "matched_quantiles")
AVERAGED = ("distance", "matched_distance", "control_distance", "controlled_distance", "spread", "wasserstein")
CHUNK = 1024  # mini-batches at once
Values = dict[Statistic, Tensor]
"""Of each statistic its values (mini-batches, units)."""


@dataclass(frozen=True)
class Settings:
    """Digits, through `networks` ("mlp", "cnn") with random weights and, if `epochs` > 0, after so much training.

    The first `units` of the first and last normalisation; `draws` mini-batches of each of `sizes`. `width` is that of
    the CNN's first layer, an eighth of the MLP's. All verdicts of a seed hold together at `level`. Raises `InputError`
    for numbers out of range and other networks, `BatchError` for mini-batches of one image.
    """

    networks: tuple[str, ...] = NETWORKS
    width: int = 4
    epochs: int = 5
    held_out: int = 297
    sizes: tuple[int, ...] = (16, 256)
    units: int = 4
    draws: int = 2000
    quantiles: int = 33
    level: float = 0.95

    def __post_init__(self) -> None:
        if not self.networks or not self.sizes or any(name not in NETWORKS for name in self.networks):
            raise InputError("Give networks out of 'mlp' and 'cnn', and sizes, at least one of each.", self)
        for size in self.sizes:
            if whole("a size", size, "the mini-batches") < 2:
                raise BatchError("Mini-batches of one image are given; two or more are needed, such as 16.", size)
        for name in ("width", "held_out", "units", "draws", "quantiles", "epochs"):
            whole(name, getattr(self, name), "figure 7", smallest=0 if name == "epochs" else 1)
        bonferroni(self.level, 1)  # refuses what is no level


FULL = Settings(width=64, epochs=30, units=8, draws=20_000)
"""For a GPU."""


@dataclass(frozen=True, eq=False)
class Images:
    """Of each image and unit the mean over places of t - m, and of (t - m)^2: (images, units) both; s^2 (units,)."""

    means: Tensor
    squares: Tensor
    centre: Tensor
    square: Tensor
    places: int

    def statistics(self, picked: Tensor) -> Values:
        """The mean less m, and the variance, of each unit over mini-batches of images, `picked` (mini-batches, B)."""
        parts = [(self.means[part].mean(1), self.squares[part].mean(1)) for part in picked.split(CHUNK)]
        mean, square = (torch.cat(values) for values in zip(*parts, strict=True))
        return {"mean": mean, "variance": (square - mean.square()).clamp(min=0)}


def images_of(population: Population, images: int, units: int) -> Images:
    """The first units of a population of images * places members, places of an image together."""
    t = population.projections[:, :units]
    constant = population.span[:units] == 0
    # The mean of equal numbers may be off them by rounding, and a law without spread would be off its own values.
    centre = torch.where(constant, t[0], population.mean[:units])
    parts = (t - centre).reshape(images, -1, t.shape[1])
    return Images(parts.mean(1), parts.square().mean(1), centre, parts.square().mean((0, 1)), parts.shape[1])


def training_statistics(net: nn.Module, x: Tensor, picked: Tensor, layer: str, images: Images) -> Values:
    """The same statistics where every normalisation uses the mini-batch's own, as in training."""
    made = deepcopy(net).train()
    asked = normalisations_of(made)[layer]
    centre = images.centre.to(x.device)
    found: list[tuple[Tensor, Tensor]] = []

    def before(running: nn.Module, inputs: Tensor) -> None:
        if running is asked:
            parts = by_channels(inputs)[:, : len(centre)] - centre[:, None]
            found.append((parts.mean((0, 2)), parts.transpose(0, 1).flatten(1).var(1, correction=0)))

    with hooked(made, before, lambda _layer, _output: None), torch.no_grad():
        for places in picked:
            made(x[places.to(x.device)])
    mean, variance = (torch.stack(values).cpu() for values in zip(*found, strict=True))
    return {"mean": mean, "variance": variance}


@lru_cache(maxsize=16)
def controlled_statistics(count: int, units: int, draws: int, seed: int) -> Values:
    """The mean and biased variance of `count` independent standard normal numbers; the same for each network."""
    source = generator(seed, f"controlled {count}")
    drawn = (torch.randn(units, count, dtype=torch.float64, generator=source) for _ in range(draws))
    pairs = torch.stack([torch.stack([normal.mean(1), normal.var(1, correction=0)]) for normal in drawn])
    return {"mean": pairs[:, 0], "variance": pairs[:, 1]}


def run_seed(settings: Settings, seed: int, surroundings: Surroundings) -> list[Row]:
    """One row for each network, amount of training, layer, earlier layers' statistics, size, unit and statistic."""
    place = device_of(surroundings.device)
    parts = split(digits(dtype=torch.float64), settings.held_out, seed=seed)
    rows: list[Row] = []
    for name, epochs in product(settings.networks, dict.fromkeys((0, settings.epochs))):
        net, shape = _network(name, settings.width, seed)
        training, test = (replace(data, x=data.x.reshape(-1, *shape)) for data in parts)
        net.to(place)
        if epochs:
            train(net, training, test, Recipe(epochs=epochs), seed=seed)
        surroundings.progress(f"{name} after {epochs} epochs")
        x = training.x.to(place)
        kept = frozen(net, x, chunk=512)
        rows += [{"seed": seed, "network": name, "epochs": epochs} | row for row in _rows(settings, kept, x, seed)]
    return rows


def _network(name: str, width: int, seed: int) -> tuple[nn.Module, tuple[int, ...]]:
    """With the shape of its samples; without dropout, which would disturb what is measured."""
    if name == "cnn":
        return cnn(1, 10, seed=seed, width=width, side=8, dropout=0.0, dtype=torch.float64), (1, 8, 8)
    return mlp([64, *[8 * width] * 3, 10], normalised=True, seed=seed, dtype=torch.float64), (64,)


def _rows(settings: Settings, net: nn.Module, x: Tensor, seed: int) -> Iterator[Row]:
    first, last = (list(normalisations_of(net))[place] for place in (0, -1))
    # Three verdicts a row; of each network two amounts of training, and three kinds of layers, at most.
    cases = len(settings.networks) * 2 * 3 * len(settings.sizes) * settings.units * len(STATISTICS)
    half = kolmogorov_half_width(settings.draws, level=bonferroni(settings.level, 3 * cases))
    for layer, size in product((first, last), settings.sizes):
        images = images_of(population_of(net, x, layer, chunk=512), len(x), settings.units)
        picked = torch.randint(len(x), (settings.draws, size), generator=generator(seed, f"mini-batches of {size}"))
        drawn = {"none" if layer == first else "frozen": images.statistics(picked)}
        if layer == last:
            drawn["mini-batch"] = training_statistics(net, x, picked, layer, images)
        units = len(images.centre)
        controlled = controlled_statistics(size * images.places, units, settings.draws, seed)
        for earlier, unit, statistic in product(drawn, range(units), STATISTICS):
            square = float(images.square[unit])
            analytic = independent_law(statistic, square, size * images.places)
            matched = matched_law(statistic, images.means[:, unit], images.squares[:, unit], size)
            control = controlled[statistic][:, unit] * (sqrt(square) if statistic == "mean" else square)
            yield {
                "layer": layer, "earlier": earlier, "unit": unit, "batch_size": size, "statistic": statistic,
                "count": size * images.places, "effective_count": effective_count(statistic, matched, square),
                **_compared(drawn[earlier][statistic][:, unit], control, analytic, matched, half, settings.quantiles),
            }  # fmt: skip


def _compared(
    samples: Tensor, control: Tensor, analytic: Law, matched: Law, half: float, quantiles: int
) -> dict[str, object]:
    """Distances, verdicts, and quantiles in deviations of the analytic law from its mean."""
    unit = analytic.deviation or 1.0
    shares = (torch.arange(quantiles, dtype=torch.float64) + 0.5) / quantiles
    quantiled = samples.quantile(shares), analytic.quantiles(shares), matched.quantiles(shares)
    curves = zip(QUANTILES, quantiled, strict=True)
    asked = ((samples, analytic), (samples, matched), (control, analytic))
    distances = {name: kolmogorov(values, law) for name, (values, law) in zip(LAWS, asked, strict=True)}
    return {
        **{f"{name}distance": round(far, 6) for name, far in distances.items()},
        "controlled_distance": round(kolmogorov_between(samples, control), 6),
        "spread": round(float(samples.std(correction=0)) / unit, 6),
        "wasserstein": round(wasserstein(samples, control) / unit, 6),
        "half_width": round(half, 6),
        **{f"{name}verdict": VERDICTS[far > half] for name, far in distances.items()},
        **{name: [round(value, 6) for value in ((curve - analytic.mean) / unit).tolist()] for name, curve in curves},
    }


def means_over_seeds(rows: list[Row]) -> list[Row]:
    """For each kind of row the means over units and seeds, and the shares of units that differ.

    `distance_least` and `distance_largest` are of the seeds' means. Raises `InputError` without rows.
    """
    if not rows:
        raise InputError("There are no rows to average; run at least one seed.", rows)
    names = ("network", "epochs", "layer", "earlier", "statistic", "batch_size")
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return [dict(zip(names, key, strict=True)) | _averaged(chosen) for key, chosen in groups.items()]


def _averaged(rows: list[Row]) -> Row:
    seeds = {row["seed"] for row in rows}
    each = [fmean(row["distance"] for row in rows if row["seed"] == seed) for seed in seeds]
    counts = [row["effective_count"] for row in rows if row["effective_count"] is not None]
    return {
        "count": rows[0]["count"], "effective_count": fmean(counts) if counts else None,
        **{name: fmean(row[name] for row in rows) for name in AVERAGED},
        "distance_least": min(each), "distance_largest": max(each),
        **{f"{name}differs": fmean(row[f"{name}verdict"] == VERDICTS[1] for row in rows) for name in LAWS},
        "units": len(rows), "seeds": len(each),
    }  # fmt: skip


TITLE = "The laws of the mean and variance of a unit over mini-batches: empirical, analytic, controlled"
EXPERIMENT = Experiment("fig-7", TITLE, Settings(), FULL, run_seed, means_over_seeds)
