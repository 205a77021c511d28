"""The paper's claims put to networks too large to enumerate: an MLP on the star, and a Resnet9 on patches.

Every record counts draws that violate a claim, and of which floats cannot tell; suspects are tried exactly where that
is possible. Counts of all seeds add up, and suppose nothing. What a bound on the rate of violations holds for depends
on what a draw is. A network with a mini-batch (proposition-3): draws are independent, and the bound is for new ones. A
point with a unit and levels (theorem-2, corollary-1): draws are independent for each network, and the bound is for the
mean rate of the networks asked (rates that differ make few violations rarer: Hoeffding 1956). A unit of a normalisation
(theorem-1, corollary-2, proposition-2): all units are asked, and those of a network share its inputs; the bound is for
units of new networks if units are as good as independent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from polybn.errors import InputError
from polybn.statistical.claims.corollary_1 import corollary_1_at_scale
from polybn.statistical.claims.corollary_2 import corollary_2_at_scale
from polybn.statistical.claims.proposition_2 import Formula, Statistic, population_of, resampled
from polybn.statistical.claims.proposition_2_trial import tried_law
from polybn.statistical.claims.proposition_3 import one_sided_rate, separated_at_scale
from polybn.statistical.claims.proposition_3_trial import tried
from polybn.statistical.claims.side_draws import Setting
from polybn.statistical.claims.theorem_1 import theorem_1_at_scale
from polybn.statistical.claims.theorem_1_trial import tried_minima
from polybn.statistical.claims.theorem_2 import theorem_2_at_scale
from polybn.statistical.concentration import bonferroni
from polybn.statistical.datasets.bundled import patches
from polybn.statistical.datasets.star import star
from polybn.statistical.device import device_of, spelled
from polybn.statistical.enclosures.tracing import trace
from polybn.statistical.experiments.experiment import Experiment, Row, Surroundings
from polybn.statistical.modules.architectures import mlp, resnet9
from polybn.statistical.modules.capture import normalisations_of
from polybn.statistical.modules.initialisation import frozen
from polybn.statistical.sampled import Sampled
from polybn.statistical.seeds import MAX_SEED, generator
from polybn.statistical.whole_numbers import whole

COUNTS = ("n", "unsure", "suspects", "convicted", "cleared")
LAWS: tuple[tuple[str, Statistic, Formula], ...] = (
    ("proposition-2-mean", "mu", "mean"),
    ("proposition-2-variance", "biased", "unbiased"),
    ("proposition-2-variance-biased", "biased", "biased"),
)
"""Of each claim what is measured, and whose formula is asked: Eq. 13 is that of the unbiased sigma^2."""
BOUNDS = {
    "proposition-3": "new networks and batches",
    "theorem-2": "further draws from these networks",
    "corollary-1": "further draws from these networks",
    "": "units, if they are independent",
}
"""What a bound holds for, by how the claim's name begins."""
DEEPEST = 64  # for memory


@dataclass(frozen=True)
class Settings:
    """What one seed asks: an MLP with `depth` layers of `width`, a Resnet9 of `resnet_width`, `draws` of each claim.

    The Resnet9 reads `images` patches; proposition-3-every-unit is asked of `networks` more MLPs. Laws of proposition 2
    come from `batches` mini-batches of `batch` samples. Raises `InputError` for numbers out of range: the depth is at
    least 2, since theorem 2 needs a second normalised layer.
    """

    width: int = 32
    depth: int = 2
    slope: float = 0.1
    resnet_width: int = 4
    images: int = 16
    draws: int = 100
    resnet_draws: int = 6
    batch: int = 2
    batches: int = 2000
    networks: int = 25
    level: float = 0.95
    chunk: int = 256

    def __post_init__(self) -> None:
        why = "the claims: theorem 2 needs a second normalised layer, so a depth of at least 2"
        whole("depth", self.depth, why, smallest=2, largest=DEEPEST)
        for name in ("width", "resnet_width", "images", "draws", "resnet_draws", "batches", "chunk"):
            whole(name, getattr(self, name), "the claims")
        whole("batch", self.batch, "the claims", smallest=2)
        whole("networks", self.networks, "the claims", smallest=0)
        bonferroni(self.level, 1)  # refuses what is no level


FULL = Settings(
    width=1024,
    depth=3,
    resnet_width=64,
    images=512,
    draws=1000,
    resnet_draws=64,
    batches=20000,
    networks=200,
    chunk=1024,
)
"""For a GPU."""


def run_seed(settings: Settings, seed: int, surroundings: Surroundings) -> list[Row]:
    """One row for each network and claim."""
    place = device_of(surroundings.device)
    points = star(50, seed=seed, dtype=torch.float64).x
    made = _mlp(settings, seed)
    images = patches(settings.images, seed=seed, dtype=torch.float64).x
    large = resnet9(3, 10, seed=seed, width=settings.resnet_width, dtype=torch.float64)
    rows: list[Row] = []
    for name, net, batch, draws in (
        ("MLP", made, points.to(place), settings.draws),
        ("Resnet9", large, images.to(place), settings.resnet_draws),
    ):
        # The chunk decides the last bits of the statistics.
        ready = frozen(net.to(place), batch, chunk=settings.chunk)
        for record in _records(settings, ready, batch, draws, seed):
            surroundings.progress(f"{name}, {record.claim}")
            rows.append(_row(seed, name, record))
    networks = separated_at_scale(_networks(settings, seed, place), seed=seed, level=settings.level)
    others = [("MLP", networks), *(("MLP", record) for record in _sides(settings, seed, surroundings.device))]
    others.append(("Resnet9", separated_at_scale([(ready, batch)], seed=seed, level=settings.level)))
    return [*rows, *(_row(seed, name, record) for name, record in others)]


def _mlp(settings: Settings, seed: int) -> nn.Module:
    widths = [2, *[settings.width] * settings.depth, 1]
    return mlp(widths, "leaky_relu", normalised=True, seed=seed, slope=settings.slope, dtype=torch.float64)


def _networks(settings: Settings, seed: int, place: torch.device) -> Iterator[tuple[nn.Module, Tensor]]:
    """Independent MLPs, each with a star of its own as its mini-batch."""
    source = generator(seed, "networks")
    for number in torch.randint(MAX_SEED, (settings.networks,), generator=source).tolist():
        batch = star(50, seed=number, dtype=torch.float64).x.to(place)
        yield _mlp(settings, number).to(place), batch


def _records(settings: Settings, net: nn.Module, batch: Tensor, draws: int, seed: int) -> Iterator[Sampled]:
    """The claims that any module with normalisations can be asked."""
    level, chunk = settings.level, settings.chunk
    minima = theorem_1_at_scale(net, batch, chunk=chunk)
    yield tried_minima(minima, net, batch, seed=seed, level=level)
    means = {name: cast("Tensor", layer.running_mean) for name, layer in normalisations_of(net).items()}
    yield corollary_2_at_scale(net, batch, chunk=chunk, claimed=means).sampled(seed=seed, level=level)
    traced = trace(net)
    yield corollary_1_at_scale(traced, batch, draws, seed=seed, level=level, chunk=chunk)
    ordering = theorem_2_at_scale(traced, batch, draws, seed=seed, level=level, chunk=chunk)
    yield from (ordering.literal, ordering.same_side)
    population = population_of(net, batch, next(iter(normalisations_of(net))), chunk=chunk)
    for claim, statistic, formula in LAWS:
        law = resampled(population, statistic, size=settings.batch, batches=settings.batches, seed=seed, level=level)
        yield tried_law(law, formula, claim, device=spelled(batch.device))


def _sides(settings: Settings, seed: int, device: str) -> Iterator[Sampled]:
    """proposition-3 and its repair by a normalised output: a network and a mini-batch each draw."""
    for is_normalised in (False, True):
        setting = Setting(
            (settings.width,) * settings.depth,
            batch=settings.batch,
            slope=settings.slope,
            normalised_output=is_normalised,
        )
        rate = one_sided_rate(setting, draws=settings.draws, seed=seed, level=settings.level, device=device)
        yield tried(rate).sampled


def _row(seed: int, network: str, record: Sampled) -> Row:
    counts = {name: getattr(record, name) for name in COUNTS}
    return {"seed": seed, "network": network, "claim": record.claim, **counts, "level": record.level}


def over_seeds(rows: list[Row]) -> list[Row]:
    """For each network and claim the counts of all seeds, the bound on the rate of violations, and the status.

    Each bound has its level by itself and counts draws that are unsure as violations; `bound_holds_for` says of what it
    speaks. Raises `InputError` without rows.
    """
    if not rows:
        raise InputError("There are no rows to add up; run at least one seed.", rows)
    found: list[Row] = []
    for network, claim in dict.fromkeys((row["network"], row["claim"]) for row in rows):
        own = [row for row in rows if (row["network"], row["claim"]) == (network, claim)]
        counts = [sum(row[name] for row in own) for name in COUNTS]
        n, unsure, suspects, convicted, cleared = counts
        record = Sampled(claim, n, unsure, suspects, own[0]["seed"], convicted, cleared, own[0]["level"])
        bound = {
            "bound": record.bound,
            "level": record.level,
            "bound_holds_for": _holds_for(claim),
            "status": str(record.status),
        }
        found.append(
            {"network": network, "claim": claim, **dict(zip(COUNTS, counts, strict=True)), **bound, "seeds": len(own)}
        )
    return found


def _holds_for(claim: str) -> str:
    return next(words for beginning, words in BOUNDS.items() if claim.startswith(beginning))


EXPERIMENT = Experiment(
    "claims", "The claims asked of an MLP on the star and of a Resnet9", Settings(), FULL, run_seed, over_seeds
)
