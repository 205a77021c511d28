"""Proposition 3 as stated, and repaired: how often is a mini-batch on one side of the boundary, and on what it depends.

Networks and mini-batches are drawn as in `claims.side_draws`: normal weights and samples, leaky ReLU, batch
normalisation at the hidden layers, a linear output without bias. The proposition says never.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from polybn.errors import InputError
from polybn.statistical.claims.proposition_3 import SideRate, one_sided_rate
from polybn.statistical.claims.proposition_3_trial import tried
from polybn.statistical.claims.side_draws import Setting
from polybn.statistical.concentration import lower_rate, upper_rate
from polybn.statistical.experiments.experiment import Experiment, Row, Surroundings
from polybn.statistical.experiments.intervals import LEVEL
from polybn.statistical.whole_numbers import whole

CASE = ("width", "depth", "batch", "slope", "output")
COUNTS = ("n", "unsure", "suspects", "convicted", "cleared")


@dataclass(frozen=True)
class Settings:
    """What one seed draws: `draws` networks with a mini-batch each, for every combination of the others.

    `tried` suspects of each case at most are put to an exact trial. `repaired` adds cases with a normalised output, of
    which proposition-3-normalized-output says that none is one-sided. Raises `InputError` for numbers out of range.
    """

    widths: tuple[int, ...] = (8, 64)
    depths: tuple[int, ...] = (1, 3)
    batches: tuple[int, ...] = (2, 4, 16, 64)
    slopes: tuple[float, ...] = (0.01, 0.5)
    inputs: int = 8
    draws: int = 200
    tried: int = 5
    repaired: bool = True

    def __post_init__(self) -> None:
        whole("draws", self.draws, "the rates")
        whole("tried", self.tried, "the rates", smallest=0)
        for name in ("widths", "depths", "batches", "slopes"):
            values = getattr(self, name)
            if not values or len(set(values)) < len(values):
                raise InputError(f"{name} is {values}; at least one, none twice, is needed.", values)
        for depth in self.depths:
            whole("a depth", depth, "the rates", largest=64)
        for width, batch, slope in product(self.widths, self.batches, self.slopes):
            Setting((width,), batch=batch, slope=slope, inputs=self.inputs)


FULL = Settings(widths=(8, 64, 1024), depths=(1, 2, 4, 8), batches=(2, 4, 16, 64, 256), draws=2000, tried=20)
"""For a GPU."""


def run_seed(settings: Settings, seed: int, surroundings: Surroundings) -> list[Row]:
    """One row a case: counts of draws, of those on one side (suspects), and of trials."""
    rows: list[Row] = []
    outputs = ("linear", "normalised") if settings.repaired else ("linear",)
    for case in product(settings.widths, settings.depths, settings.batches, settings.slopes, outputs):
        width, depth, batch, slope, output = case
        setting = Setting(
            (width,) * depth, batch=batch, slope=slope, inputs=settings.inputs, normalised_output=output == "normalised"
        )
        surroundings.progress(f"width {width}, depth {depth}, batch {batch}, slope {slope:g}, {output} output")
        rate = one_sided_rate(setting, draws=settings.draws, seed=seed, level=LEVEL, device=surroundings.device)
        rows.append(_row(seed, case, tried(rate, at_most=settings.tried)))
    return rows


def _row(seed: int, case: tuple[int, int, int, float, str], rate: SideRate) -> Row:
    counts = {name: getattr(rate.sampled, name) for name in COUNTS}
    return {"seed": seed, **dict(zip(CASE, case, strict=True)), "claim": rate.setting.claim, **counts}


def rates_over_seeds(rows: list[Row]) -> list[Row]:
    """For each case the rate of one-sided mini-batches, in an interval of level 95 % each (Clopper-Pearson).

    [lower, upper] holds it whether none of the unsure draws are one-sided or all. Raises `InputError` without rows.
    """
    if not rows:
        raise InputError("There are no rows to add up; run at least one seed.", rows)
    side = (1 + LEVEL) / 2
    found: list[Row] = []
    for case in dict.fromkeys(tuple(row[name] for name in (*CASE, "claim")) for row in rows):
        own = [row for row in rows if tuple(row[name] for name in (*CASE, "claim")) == case]
        n, unsure, suspects, convicted, cleared = (sum(row[name] for row in own) for name in COUNTS)
        guilty = suspects - cleared
        found.append(
            {
                **dict(zip((*CASE, "claim"), case, strict=True)),
                "rate": guilty / n,
                "lower": lower_rate(guilty, n, level=side),
                "upper": upper_rate(guilty + unsure, n, level=side),
                "draws": n, "unsure": unsure, "one_sided": guilty, "convicted": convicted, "seeds": len(own),
            }
        )  # fmt: skip
    return found


EXPERIMENT = Experiment(
    "one-sided",
    "How often a mini-batch lies on one side of the decision boundary, by width, depth, batch size and slope",
    Settings(),
    FULL,
    run_seed,
    rates_over_seeds,
)
