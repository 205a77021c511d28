"""Each layer's locations are optimal for that layer (Theorem 1); those of all layers together are not, for the sum.

An earlier location that is moved costs its own layer something, and can save a later layer more: its inputs move too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from flint import fmpq

from polybn.claims.claim import Claim, Hypothesis
from polybn.claims.hypotheses import NORMALIZED, ROWS_NONZERO
from polybn.claims.theorem_1 import minimiser, squared_distance
from polybn.claims.view import ExactView
from polybn.exact.matrix import Vector, rows_of, vector
from polybn.exact.rational import text
from polybn.networks.layer import Stage
from polybn.outcome import Fails, Holds, Outcome


class Moved(NamedTuple):
    """Unit `unit` of stage `layer` has the location `mu`; the units of later layers have the best ones, given that."""

    layer: int
    unit: int
    mu: fmpq

    def __str__(self) -> str:
        return f"mu = {text(self.mu)} in layer {self.layer}, unit {self.unit}"


def losses(view: ExactView, moved: Moved | None = None) -> Iterator[fmpq]:
    """The total least squares distance (Eq. 9) of each normalised layer in turn, every sigma kept as it is.

    As fitted; or with one location moved and every later one put at the minimiser of its own unit's distance, from the
    layer of that location on, since nothing before it changes.
    """
    inputs = {layer.index: layer.inputs for layer in view.normalized_layers}
    first = 0 if moved is None else moved.layer
    values = [vector(point) for point in view.instance.batch] if moved is None else inputs[first]
    for index, stage in enumerate(view.network.stages[first:], first):
        placed = stage if moved is None else _placed(stage, index, moved, values)
        if placed.frozen is not None:
            parts = zip(_projections(placed, values), placed.frozen.location, _squared_norms(placed), strict=True)
            yield sum((squared_distance(*part) for part in parts), fmpq(0))
        values = [placed.apply(value) for value in values]


def _placed(stage: Stage, index: int, moved: Moved, values: list[Vector]) -> Stage:
    """The stage with the locations that it has once one is moved, given its inputs."""
    statistics = stage.frozen
    if statistics is None:
        return stage
    if index == moved.layer:
        location = tuple(moved.mu if unit == moved.unit else mu for unit, mu in enumerate(statistics.location))
    else:
        parts = zip(_projections(stage, values), _squared_norms(stage), strict=True)
        location = tuple(minimiser(*part)[0] for part in parts)
    return replace(stage, normalization=replace(statistics, location=location))


def _projections(stage: Stage, values: list[Vector]) -> list[Vector]:
    """<w_k, z_n> + c_k over the batch, one tuple a unit."""
    return list(zip(*map(stage.affine.apply, values), strict=True))


def _squared_norms(stage: Stage) -> Vector:
    return tuple(sum((entry**2 for entry in row), fmpq(0)) for row in rows_of(stage.affine.linear))


def rivals(view: ExactView) -> Iterator[Moved]:
    """Other locations: for each unit its ends of the data, the offsets given, its own best, and mu + 1."""
    for layer in view.normalized_layers:
        norms = _squared_norms(layer.stage)
        for unit, (column, norm) in enumerate(zip(layer.projections, norms, strict=True)):
            own = layer.statistics.location[unit]
            others = {min(column), max(column), *vector(view.instance.offsets), minimiser(column, norm)[0], own + 1}
            for mu in sorted(others - {own}):
                yield Moved(layer.index, unit, mu)


def _check_together(view: ExactView) -> Outcome:
    own, compared = tuple(losses(view)), 0
    best, place = own, ""
    for moved in rivals(view):
        found = (*own[: _place(view, moved)], *losses(view, moved))
        if sum(found, fmpq(0)) < sum(best, fmpq(0)):
            best, place = found, str(moved)
        compared += 1
    if place:
        return Fails(_written(own), f"at most {_written(best)}", f"{place}, with later locations fitted again")
    return Holds(compared)


def _check_in_turn(view: ExactView) -> Outcome:
    own, compared = tuple(losses(view)), 0
    for moved in rivals(view):
        kept, found = own[_place(view, moved)], next(losses(view, moved))
        if found <= kept:
            return Fails(f"mean squared distance {text(kept)} in this layer", f"less than {text(found)}", str(moved))
        compared += 1
    return Holds(compared)


def _place(view: ExactView, moved: Moved) -> int:
    """The number of the moved location's layer among the normalised ones: those before it keep their distances."""
    return [layer.index for layer in view.normalized_layers].index(moved.layer)


def _written(values: tuple[fmpq, ...]) -> str:
    return f"mean squared distances {' + '.join(map(text, values))} = {text(sum(values, fmpq(0)))}"


TWO_NORMALIZED = Hypothesis(
    "two normalised layers",
    "at least two layers are normalised",
    lambda view: len(view.normalized_layers) >= 2,
    {"depth": (2, 2)},
)
NO_HYPERPLANE = "with w = 0 there is no hyperplane, and the distance to it divides by ||w|| = 0"
SMALL = {"max_width": 2, "dimensions": (1, 2), "offsets": 1}

LAYERS_JOINTLY_OPTIMAL = Claim(
    id="layers-jointly-optimal",
    sentence="With every sigma kept, the locations of all normalised layers together minimise the sum over the layers "
    "of their total least squares distances, over all locations, each layer's inputs moving with those before.",
    source="suggested by Theorem 1 and Eq. 9, all layers at once",
    hypotheses=(TWO_NORMALIZED, ROWS_NONZERO),
    check=_check_together,
    twin="layers-optimal-in-turn",
    options=SMALL,
    moot={TWO_NORMALIZED.name: "for one layer it is theorem-1", ROWS_NONZERO.name: NO_HYPERPLANE},
)
LAYERS_OPTIMAL_IN_TURN = Claim(
    id="layers-optimal-in-turn",
    sentence="With every sigma kept, other locations give a larger total least squares distance at the first layer "
    "where any of them differ: the locations minimise the distances of the layers in turn, first layer first.",
    source="suggested by Theorem 1 and Eq. 9, repaired",
    hypotheses=(NORMALIZED, ROWS_NONZERO),
    check=_check_in_turn,
    twin="layers-jointly-optimal",
    options=SMALL,
    moot={NORMALIZED.name: "without a normalised layer nothing is said", ROWS_NONZERO.name: NO_HYPERPLANE},
)
