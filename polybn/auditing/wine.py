"""178 wines, two measurements: one network 2-16-16-1 three ways, and how many of its regions hold data (Figure 1)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files

import numpy as np

from polybn.claims.view import Instance, Points
from polybn.exact.rational import fraction, rational
from polybn.networks.activation import LeakyReLU
from polybn.networks.layer import Linear, Module
from polybn.networks.network import Network
from polybn.networks.normalization import Normalization
from polybn.normalizations import BatchNorm
from polybn.regions.domain import Box, box
from polybn.regions.enumerate import enumerate_regions
from polybn.regions.partition import Partition

FEATURES = ("alcohol", "color_intensity")
WIDTHS = (2, 16, 16, 1)
GRAIN = 64
"""Weights and biases are drawn from a normal law and rounded to multiples of 1/GRAIN."""


@dataclass(frozen=True)
class Census:
    """The partition of one network over the data's box; `with_data` regions contain or touch a data point."""

    name: str
    partition: Partition
    with_data: int


@cache
def wines() -> Points:
    """The two measurements of each wine as exact decimals: 13.2 is 66/5."""
    text = files("polybn").joinpath("data/wine.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(tuple(fraction(rational(row[feature])) for feature in FEATURES) for row in rows)


def data_box(points: Points) -> Box:
    """The smallest box with whole-number bounds that keeps every point a positive distance from its sides."""
    columns = list(zip(*points, strict=True))
    return box([-(-min(column) // 1) - 1 for column in columns], [max(column) // 1 + 1 for column in columns])


def networks(seed: int, normalization: type[Normalization] | Normalization = BatchNorm) -> dict[str, Network]:
    """The same seeded rational weights: normalised over the wines, without biases, with random biases."""
    rng = np.random.default_rng(seed)
    shapes = list(zip(WIDTHS[1:], WIDTHS, strict=False))
    weights = [_drawn(rng, shape) for shape in shapes]
    biases = [_drawn(rng, (1, height))[0] for height, _ in shapes]
    method = normalization() if isinstance(normalization, type) else normalization
    return {
        method.name: _network(weights, [None] * len(shapes), method).fit(wines()),
        "zero bias": _network(weights, [None] * len(shapes), None),
        "random bias": _network(weights, biases, None),
    }


def census(seed: int, normalization: type[Normalization] | Normalization = BatchNorm) -> tuple[Census, ...]:
    """Each network's regions over the data's box, and how many contain or touch a wine."""
    points = wines()
    domain = data_box(points)
    return tuple(
        _census(name, enumerate_regions(network, domain, exact=True), points)
        for name, network in networks(seed, normalization).items()
    )


def instance(taken: Census) -> Instance:
    """The normalised network with the wines as its batch, for the claims."""
    points = wines()
    return Instance(taken.partition.network, points, data_box(points), taken.name, stratum="wine")


def _census(name: str, partition: Partition, points: Points) -> Census:
    held = {region for point in points for region in partition.touching(point)}
    return Census(name, partition, len(held))


def _network(
    weights: Iterable[list[list[Fraction]]], biases: Iterable[list[Fraction] | None], method: Normalization | None
) -> Network:
    modules: list[Module] = []
    for matrix, bias in zip(weights, biases, strict=True):
        if modules:
            modules.extend([method, LeakyReLU("1/10")] if method else [LeakyReLU("1/10")])
        modules.append(Linear(matrix, bias))
    return Network(modules)


def _drawn(rng: np.random.Generator, shape: tuple[int, int]) -> list[list[Fraction]]:
    return [[Fraction(round(float(value) * GRAIN), GRAIN) for value in row] for row in rng.standard_normal(shape)]
