"""F = {x in R^d : <w_k, z_{l-1}(x)> + c_k = mu} for each unit of a normalised layer and any offset mu (Eq. 10-12)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from flint import fmpq

from polybn.claims.claim import Hypothesis
from polybn.claims.view import ExactView
from polybn.exact.matrix import Vector, vector
from polybn.exact.rational import text
from polybn.networks.affine import AffineMap
from polybn.networks.network import Network
from polybn.regions.level_set import LevelSets, affine_level_sets, level_sets


@dataclass(frozen=True)
class UnitLevels:
    """One unit of a normalised layer, counted among the stages, and the folded hyperplanes of all its offsets.

    g(x) = <w, z_{l-1}(x)> + c is the projection before the layer's own normalisation, which plays no part in F.
    """

    layer: int
    unit: int
    folded: LevelSets

    def __str__(self) -> str:
        return f"layer {self.layer}, unit {self.unit}"

    def value(self, network: Network, point: Vector) -> fmpq:
        """g(x) by the forward pass, which knows no regions."""
        for stage in network.stages[: self.layer]:
            point = stage.apply(point)
        return network.stages[self.layer].affine.apply(point)[self.unit]


def has_later_layer(view: ExactView) -> bool:
    """Whether a layer after the first is normalised."""
    return any(layer.index for layer in view.normalized_layers)


def later_units(view: ExactView) -> tuple[UnitLevels, ...]:
    """The units of all normalised layers l > 1, with their folded hyperplanes in all of R^d."""
    return tuple(unit for unit in units_of(view) if unit.layer)


@lru_cache(maxsize=4)
def units_of(view: ExactView) -> tuple[UnitLevels, ...]:
    """The units of all normalised layers; hypotheses and checker of one claim ask for them in turn."""
    found: list[UnitLevels] = []
    for layer in view.normalized_layers:
        depth, map = projections_after(view.network, layer.index)
        folded = level_sets(view.everywhere(depth), map) if depth else affine_level_sets(map)
        found.extend(UnitLevels(layer.index, unit, sets) for unit, sets in enumerate(folded))
    return tuple(found)


def projections_after(network: Network, index: int) -> tuple[int, AffineMap]:
    """(m, the projections of stage `index` as an affine map of the output of the m hidden layers before it)."""
    map = network.stages[index].affine
    for before in reversed(network.stages[:index]):
        if before.activation is not None:
            break
        map = map.after(before.folded)
    return sum(stage.activation is not None for stage in network.stages[:index]), map


def points_of(view: ExactView) -> list[Vector]:
    """The points x that the instance asks about."""
    return [vector(point) for point in view.instance.points]


def offsets_of(view: ExactView) -> list[fmpq]:
    """The distinct offsets mu that the instance asks about, sorted."""
    return sorted(set(vector(view.instance.offsets)))


def square_text(square: fmpq | None) -> str:
    """A squared distance as text; infinite to the empty set."""
    return "infinity" if square is None else text(square)


LATER_LAYER = Hypothesis(
    "a normalised layer l > 1",
    "at least one layer after the first is normalised",
    has_later_layer,
    {"depth": (2, 3), "max_width": 3},
)
NO_FOLD = "without it there is no folded hyperplane to speak of"
OFFSETS = Hypothesis(
    "a point and an offset",
    "a point x and an offset mu are given",
    lambda view: bool(view.instance.points and view.instance.offsets),
    {"points": 1, "offsets": 2},
)
