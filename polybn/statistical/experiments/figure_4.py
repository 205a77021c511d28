"""Figure 4: folded hyperplanes of a Resnet9 with random weights through balls around images, and around matched noise.

The paper counts sign changes at sampled points of each ball. Here each count stands between two that are proved for the
ball, and each mean over points has a band; a seed draws weights, images, noise and samples anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from polybn.errors import InputError
from polybn.statistical.concentration import bonferroni
from polybn.statistical.counting.balls import check_radius
from polybn.statistical.counting.crossing_curves import Curve, crossing_curves
from polybn.statistical.datasets.bundled import patches
from polybn.statistical.datasets.moments import matched_noise
from polybn.statistical.device import device_of
from polybn.statistical.enclosures.tracing import trace
from polybn.statistical.experiments.experiment import Experiment, Row, Surroundings
from polybn.statistical.modules.architectures import resnet9
from polybn.statistical.modules.initialisation import frozen
from polybn.statistical.whole_numbers import whole

CHANNELS, CLASSES = 3, 10


@dataclass(frozen=True)
class Settings:
    """What one seed computes: `points` balls of each radius around patches and around noise, `samples` in each.

    `width` is that of the first convolution (64 in the paper's network). `statistics` patches give the normalisations
    their means and variances. `bracket` False leaves out the proven counts. Raises `InputError` for numbers out of
    range.
    """

    width: int = 8
    points: int = 6
    samples: int = 32
    radii: tuple[float, ...] = (0.001, 0.01, 0.1, 1.0)
    statistics: int = 64
    level: float = 0.95
    bracket: bool = True
    chunk: int = 64

    def __post_init__(self) -> None:
        for name in ("width", "points", "statistics", "chunk"):
            whole(name, getattr(self, name), "figure 4")
        whole("samples", self.samples, "figure 4", smallest=0)
        if not self.radii:
            raise InputError("radii is empty for figure 4; write at least one, such as (0.01, 0.1).", self)
        for radius in self.radii:
            check_radius(radius)
        bonferroni(self.level, 1)  # refuses what is no level


FULL = Settings(width=64, points=64, samples=256, radii=(0.001, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0), statistics=512)
"""For a GPU."""


def run_seed(settings: Settings, seed: int, surroundings: Surroundings) -> list[Row]:
    """One row for each set of points, radius and layer, and for all layers together (layer "all")."""
    place = device_of(surroundings.device)
    images = patches(settings.statistics + settings.points, seed=seed, dtype=torch.float64)
    known, asked = images.first(settings.statistics).x, images.x[settings.statistics :]
    noise = matched_noise(images.first(settings.statistics), settings.points, seed=seed)
    net = resnet9(CHANNELS, CLASSES, seed=seed, width=settings.width, dtype=torch.float64).to(place)
    traced = trace(frozen(net, known.to(place), chunk=settings.chunk))
    curves = crossing_curves(
        traced,
        {"patches": asked.to(place), "noise": noise.x.to(place)},
        settings.radii,
        settings.samples,
        seed=seed,
        level=settings.level,
        chunk=settings.chunk,
        bracket=settings.bracket,
        progress=lambda done, whole: surroundings.progress(f"ball {done} of {whole}"),
    )
    return [row for curve in curves for row in _rows(curve, seed)]


def _rows(curve: Curve, seed: int) -> list[Row]:
    rows: list[Row] = []
    for place, (radius, counts) in enumerate(zip(curve.radii, curve.counts, strict=True)):
        means = [part.double().mean(0) for part in (counts.lower, counts.estimate, counts.upper)]
        for layer, name in enumerate(curve.layers):
            band = float(curve.estimate.lower[place, layer]), float(curve.estimate.upper[place, layer])
            rows.append(_row(seed, curve.name, radius, name, curve.totals[layer], [m[layer] for m in means], band))
        rows.append(_row(seed, curve.name, radius, "all", sum(curve.totals), [mean.sum() for mean in means], None))
    return rows


def _row(
    seed: int, points: str, radius: float, layer: str, total: int, means: list[Any], band: tuple[float, float] | None
) -> Row:
    lower, estimate, upper = (round(float(mean), 6) for mean in means)
    return {
        "seed": seed,
        "points": points,
        "radius": radius,
        "layer": layer,
        "hyperplanes": total,
        "lower": lower,
        "estimate": estimate,
        "upper": upper,
        "band_lower": None if band is None else round(band[0], 6),
        "band_upper": None if band is None else round(band[1], 6),
    }


def means_over_seeds(rows: list[Row]) -> list[Row]:
    """For each set of points and radius the means over seeds of the counts of all layers, and the extremes over seeds.

    Raises `InputError` without rows.
    """
    if not rows:
        raise InputError("There are no rows to average; run at least one seed.", rows)
    found: list[Row] = []
    for points, radius in dict.fromkeys((row["points"], row["radius"]) for row in rows):
        chosen = [row for row in rows if (row["points"], row["radius"], row["layer"]) == (points, radius, "all")]
        averages = {part: sum(row[part] for row in chosen) / len(chosen) for part in ("lower", "estimate", "upper")}
        estimates = [row["estimate"] for row in chosen]
        found.append(
            {
                "points": points, "radius": radius, "hyperplanes": chosen[0]["hyperplanes"], **averages,
                "least": min(estimates), "largest": max(estimates), "seeds": len(chosen),
            }
        )  # fmt: skip
    return found


EXPERIMENT = Experiment(
    "fig-4",
    "Folded hyperplanes of a Resnet9 with random weights through balls around images and around noise",
    Settings(),
    FULL,
    run_seed,
    means_over_seeds,
)
