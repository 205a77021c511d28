"""Figure 3: folded hyperplanes through small balls of the plane, for three starts of one network and three depths.

The data are points on a star. The start is zero biases, random biases, or the star's batch statistics, frozen. The
first l layers of a network are themselves a network of depth l, so one pass counts for every depth. Balls around the
samples (near) are compared with those of a grid away from them (elsewhere), and with balls around the samples turned by
half an arm about the origin. The first two starts do not see the data and their weights prefer no direction, so for
them near and turned have one expectation: a difference would be the batch statistics' doing. A star of five arms
turned is the star mirrored at the origin, so lines through the origin, such as a first layer's, cannot tell the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, inf, pi, sin, sqrt
from statistics import fmean, stdev

import torch
from scipy import stats
from torch import Tensor, nn

from polybn.errors import InputError
from polybn.exact.rational import brief
from polybn.statistical.concentration import bonferroni
from polybn.statistical.counting.balls import check_radius
from polybn.statistical.counting.covered_balls import possibly_through
from polybn.statistical.counting.crossings import crossings
from polybn.statistical.datasets.star import star
from polybn.statistical.device import device_of
from polybn.statistical.enclosures.lipschitz import lipschitz_constants
from polybn.statistical.enclosures.tracing import Traced, trace
from polybn.statistical.experiments.experiment import Experiment, Row, Surroundings
from polybn.statistical.experiments.intervals import LEVEL
from polybn.statistical.modules.architectures import mlp
from polybn.statistical.modules.initialisation import frozen, random_bias, zero_bias
from polybn.statistical.seeds import MAX_SEED, generator
from polybn.statistical.whole_numbers import whole

INITIALISATIONS = ("zero bias", "random bias", "batch statistics")
REGIONS = ("near", "turned", "elsewhere")
PROVED = ("proved_lower", "proved_estimate", "proved_upper")
ARMS = 5
DEEPEST = 64  # for memory


@dataclass(frozen=True)
class Settings:
    """What one seed computes: for each of `networks` stars and weights counts at `depths` in balls of `samples` points.

    The balls have one radius and lie around the star's `points`, these points turned, and the places of a grid x grid
    over |x_i| <= window; elsewhere are those farther than `apart` from every sample. Of each region `proved` balls,
    drawn at random, have proven counts too, by `cells` x `cells` squares. Raises `InputError` for numbers out of range.
    """

    width: int = 128
    depths: tuple[int, ...] = (1, 2, 4)
    points: int = 50
    networks: int = 8
    grid: int = 32
    window: float = 2.0
    radius: float = 0.05
    apart: float = 0.1
    samples: int = 32
    proved: int = 2
    cells: int = 32
    chunk: int = 1024

    def __post_init__(self) -> None:
        for name in ("width", "points", "networks", "grid", "samples", "proved", "cells", "chunk"):
            whole(name, getattr(self, name), "figure 3", smallest={"grid": 2, "samples": 0}.get(name, 1))
        if not self.depths or len(set(self.depths)) < len(self.depths):
            raise InputError(f"depths is {brief(self.depths)}; write different ones, such as (1, 2, 4).", self)
        for depth in self.depths:
            whole("a depth", depth, "figure 3", largest=DEEPEST)
        check_radius(self.radius)
        if not 0 < self.window < inf or not 0 <= self.apart < inf:
            words = f"window is {brief(self.window)} and apart is {brief(self.apart)}"
            raise InputError(f"{words}; a finite window above 0 and a finite `apart` of at least 0 are needed.", self)


FULL = Settings(width=1024, networks=16, grid=96, samples=256, proved=4, cells=64, chunk=8192)
"""For a GPU."""


def run_seed(settings: Settings, seed: int, surroundings: Surroundings) -> list[Row]:
    """For each network, initialisation, depth and region a row of kind "count"; of the first network also the maps.

    `estimate` is the mean over all balls of a region; `proved_lower`, `proved_estimate` and `proved_upper` are means
    over the proved ones. A row of kind "map" has the count of each ball of the grid, in lines from the bottom upwards,
    and one of kind "points" the star. All is in float64. Raises `InputError` for a grid without a ball elsewhere.
    """
    rows: list[Row] = []
    place = device_of(surroundings.device)
    for number in range(settings.networks):
        own = int(torch.randint(MAX_SEED, (), generator=generator(seed, f"figure 3, network {number}")))
        data = star(settings.points, seed=own, arms=ARMS, dtype=torch.float64).x
        centres, regions = _places(settings, data)
        if number == 0:
            rows.append(_row(seed, "points", places=data.tolist()))
        for name, net in _networks(settings, own, data).items():
            surroundings.progress(f"network {number + 1} of {settings.networks}, {name}, {len(centres)} balls")
            counted = _counted(trace(net.to(place)), centres.to(place), regions, settings, own)
            for depth in settings.depths:
                head = {"initialisation": name, "depth": depth, "hyperplanes": settings.width * depth}
                for region, parts in counted.items():
                    counts = {part: layers[:, :depth].sum(1) for part, layers in parts.items()}
                    if region != "grid":
                        means = {part: round(float(one.double().mean()), 6) for part, one in counts.items()}
                        sizes = {"balls": len(counts["estimate"]), "proved": len(counts["proved_estimate"])}
                        rows.append(_row(seed, "count", network=number, region=region, **head, **sizes, **means))
                    elif number == 0:
                        square = counts["estimate"].reshape(settings.grid, settings.grid)
                        rows.append(_row(seed, "map", network=0, **head, places=square.tolist()))
    return rows


def _row(seed: int, kind: str, **columns: object) -> Row:
    """All rows have the same columns; None is what a kind does not have."""
    names = ("network", "initialisation", "depth", "region", "balls", "hyperplanes", "estimate")
    return {"seed": seed, "kind": kind, **dict.fromkeys((*names, "proved", *PROVED, "places"))} | columns


def _counted(
    traced: Traced, centres: Tensor, regions: Mapping[str, Tensor], settings: Settings, seed: int
) -> dict[str, dict[str, Tensor]]:
    """By region, and for the whole grid, the estimates, and what is proved of some balls: each (balls, layers)."""
    radius, samples, chunk = settings.radius, settings.samples, settings.chunk
    estimate = crossings(traced, centres, radius, samples, seed=seed, chunk=chunk, bracket=False).estimate
    found = {"grid": {"estimate": estimate[: settings.grid**2]}}
    constants = lipschitz_constants(traced, centres.shape[1:])
    for region, inside in regions.items():
        # The same ones of the samples and of the samples turned.
        chosen = inside[torch.randperm(len(inside), generator=generator(seed, "proved"))[: settings.proved]]
        balls = centres[chosen.to(centres.device)]
        alone = crossings(traced, balls, radius, samples, seed=seed, chunk=chunk, lipschitz=constants)
        covered = torch.stack([possibly_through(traced, ball, radius, settings.cells, constants) for ball in balls])
        proved = (alone.lower, alone.estimate, torch.minimum(alone.upper, covered))
        found[region] = {"estimate": estimate[inside], **dict(zip(PROVED, proved, strict=True))}
    return found


def means_over_seeds(rows: list[Row]) -> list[Row]:
    """For each initialisation, depth and measure the mean count over all networks of all seeds, with a band.

    Measures are the regions, and near less elsewhere and less turned, network by network: what one network has more of
    everywhere cancels. Networks are independent draws. Bands are Student's, which supposes that a network's mean is
    about normal; all together hold at `LEVEL` (Bonferroni). With one network, or if all agree to the digit, there are
    none. `more` are the networks in which a difference is positive. The proven ends of a difference are those of its
    parts, for the proved balls. A verdict says what a band says of its difference. Raises `InputError` without rows.
    """
    counts = [row for row in rows if row["kind"] == "count"]
    if not counts:
        raise InputError("There are no rows to average; run at least one seed.", rows)
    kinds = list(dict.fromkeys((row["initialisation"], row["depth"]) for row in counts))
    each = bonferroni(LEVEL, len(kinds) * (2 * len(REGIONS) - 1))
    found: list[Row] = []
    for kind in kinds:
        own = [row for row in counts if (row["initialisation"], row["depth"]) == kind]
        near, *others = ([row for row in own if row["region"] == region] for region in REGIONS)
        head = {"initialisation": kind[0], "depth": kind[1], "hyperplanes": own[0]["hyperplanes"]}
        for region, part in zip(REGIONS, (near, *others), strict=True):
            found.append({**head, "measure": region, **_summary(part, None, each)})
        for region, part in zip(REGIONS[1:], others, strict=True):
            found.append({**head, "measure": f"near - {region}", **_summary(near, part, each)})
    return found


def _summary(rows: list[Row], less: list[Row] | None, level: float) -> Row:
    proved = {key: sum(row[key] for row in rows) / len(rows) for key in PROVED}
    values = [row["estimate"] for row in rows]
    if less is not None:
        # Counts come in steps, so differences may agree by chance, and rounding must not tell them apart.
        values = [round(value - other["estimate"], 6) for value, other in zip(values, less, strict=True)]
        for key, opposite in zip(PROVED, reversed(PROVED), strict=True):
            proved[key] -= sum(row[opposite] for row in less) / len(less)
    mean, count, deviation = fmean(values), len(values), stdev(values) if len(values) > 1 else 0.0
    half = float(stats.t.isf((1 - level) / 2, count - 1)) * deviation / sqrt(count) if deviation else inf
    verdict = "inconclusive" if abs(mean) <= half else "more near" if mean > 0 else "fewer near"
    return {
        "estimate": mean,
        "band_lower": None if half == inf else mean - half, "band_upper": None if half == inf else mean + half,
        "verdict": None if less is None else verdict,
        "more": None if less is None else sum(value > 0 for value in values),
        "networks": count, "seeds": len({row["seed"] for row in rows}), **proved,
    }  # fmt: skip


def _networks(settings: Settings, seed: int, data: Tensor) -> dict[str, nn.Module]:
    """The same weights three times, in float64 and evaluation mode."""
    widths = [2, *[settings.width] * max(settings.depths), 1]
    net = mlp(widths, "leaky_relu", normalised=True, seed=seed, dtype=torch.float64)
    starts = (zero_bias(net), random_bias(net, seed=seed), frozen(net, data))
    return dict(zip(INITIALISATIONS, starts, strict=True))


def _places(settings: Settings, data: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """The centres of all balls, those of the grid first, from the lower left corner; and each region's by number."""
    ticks = torch.linspace(-settings.window, settings.window, settings.grid, dtype=torch.float64)
    grid = torch.cartesian_prod(ticks, ticks).flip(1)
    across, up = cos(pi / ARMS), sin(pi / ARMS)
    turned = data @ torch.tensor([[across, up], [-up, across]], dtype=torch.float64)
    elsewhere = (torch.cdist(grid, data).amin(1) > settings.apart).nonzero()[:, 0]
    if not len(elsewhere):
        raise InputError(
            f"No ball of the {settings.grid} x {settings.grid} grid over |x_i| <= {settings.window:g} is farther than "
            f"{settings.apart:g} from every sample; give a larger, finite window, or a smaller `apart`.",
            settings,
        )
    near = len(grid) + torch.arange(len(data))
    return torch.cat([grid, data, turned]), dict(zip(REGIONS, (near, near + len(data), elsewhere), strict=True))


EXPERIMENT = Experiment(
    "fig-3",
    "Folded hyperplanes through balls of the plane, near 50 samples on a star and elsewhere, for three initialisations",
    Settings(),
    FULL,
    run_seed,
    means_over_seeds,
)
