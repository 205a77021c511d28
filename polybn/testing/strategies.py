"""Everything that polybn draws, under one name: numbers, networks, batches, normalisations, domains, regions, points.

Nothing is rejected, everything shrinks to few small whole numbers, and degenerate input is drawn on purpose: see
`STRATA` and `PLACES`, each of which can be asked for by name.
"""

from __future__ import annotations

from polybn.drawing.by_type import instances
from polybn.drawing.methods import frozen_normalizations, normalizations, with_parameters
from polybn.drawing.numbers import (
    ACTIVATIONS,
    activations,
    batches,
    boxes,
    matrices,
    piecewise_linear,
    points,
    rationals,
    whole_numbers,
)
from polybn.drawing.placed import Placed, placed
from polybn.drawing.places import PLACES, boundary_units, places_for, points_in
from polybn.drawing.strata import STRATA
from polybn.drawing.strategies import Drawn, Options, cases, networks, strata_for
from polybn.drawing.subsets import partitions, polytopes, regions

__all__ = [
    "ACTIVATIONS",
    "PLACES",
    "STRATA",
    "Drawn",
    "Options",
    "Placed",
    "activations",
    "batches",
    "boundary_units",
    "boxes",
    "cases",
    "frozen_normalizations",
    "instances",
    "matrices",
    "networks",
    "normalizations",
    "partitions",
    "piecewise_linear",
    "placed",
    "places_for",
    "points",
    "points_in",
    "polytopes",
    "rationals",
    "regions",
    "strata_for",
    "whole_numbers",
    "with_parameters",
]
