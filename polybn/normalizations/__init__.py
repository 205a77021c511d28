"""Normalisations: one file a family, each a location and a squared scale of a unit's projections."""

from __future__ import annotations

from polybn.networks.normalization import Normalization
from polybn.normalizations.batch_norm import BatchNorm
from polybn.normalizations.median import MedianNorm

NORMALIZATIONS: dict[str, type[Normalization]] = {kind.name: kind for kind in (BatchNorm, MedianNorm)}
"""The shipped normalisations by name, as the command line spells them."""

__all__ = ["NORMALIZATIONS", "BatchNorm", "MedianNorm"]
