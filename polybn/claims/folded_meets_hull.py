"""F_{l,k} is never empty: it passes through the convex hull of the batch, in the input space, at every layer.

A location between the least and the largest projection leaves no unit with one sign on all samples, and on the segment
between two samples of opposite signs a continuous pre-activation vanishes (Eq. 4, 10).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from flint import fmpq, fmpz

from polybn.claims.claim import Claim
from polybn.claims.hypotheses import BETA_AT_THE_BREAKPOINT, NORMALIZED, breakpoints_of
from polybn.claims.unit_levels import NO_FOLD, projections_after
from polybn.claims.view import ExactView, NormalizedLayer
from polybn.errors import InternalError
from polybn.exact.matrix import Vector, vector
from polybn.exact.rational import common_denominator, text, tuple_text
from polybn.exact.row import Row
from polybn.exact.simplex import maximize
from polybn.networks.network import Network
from polybn.outcome import Fails, Holds, Outcome
from polybn.regions.level_set import AffinePiece, affine_level_sets, level_sets

Node = tuple[fmpq, Vector]
"""(t, the values at (1 - t) start + t end)."""


def preactivations_at(network: Network, index: int, point: Vector) -> Vector:
    """gamma h + beta of the units of stage `index` at x, one operation after the other as the paper writes them."""
    for stage in network.stages[:index]:
        point = stage.apply(point)
    stage = network.stages[index]
    value = stage.affine.apply(point)
    return value if stage.frozen is None else stage.frozen.apply(value)


def along_segment(network: Network, index: int, start: Vector, end: Vector) -> list[Node]:
    """The pre-activations of stage `index` along a segment, at nodes between which all of them are affine in t."""
    nodes = [(fmpq(0), start), (fmpq(1), end)]
    for stage in network.stages[:index]:
        nodes = [(t, stage.folded.apply(values)) for t, values in nodes]
        function = stage.activation
        if function is not None:
            bent = _bent(nodes, function.breakpoints)
            nodes = [(t, tuple(map(function.value, values))) for t, values in bent]
    return [(t, network.stages[index].folded.apply(values)) for t, values in nodes]


def _bent(nodes: Sequence[Node], breakpoints: Vector) -> list[Node]:
    """The nodes and, between them, those where some value crosses a breakpoint."""
    found = [nodes[0]]
    for (start, before), (end, after) in pairwise(nodes):
        pairs = list(zip(before, after, strict=True))
        crossings = {(b - u) / (v - u) for u, v in pairs for b in breakpoints if min(u, v) < b < max(u, v)}
        found.extend((start + s * (end - start), tuple(u + s * (v - u) for u, v in pairs)) for s in sorted(crossings))
        found.append((end, after))
    return found


def zero_along(values: Sequence[tuple[fmpq, fmpq]]) -> fmpq | None:
    """The first t at which a function that is affine between its nodes (t, value) is 0, or None."""
    for (start, before), (end, after) in pairwise(values):
        if before == 0:
            return start
        if (before < 0) != (after < 0):
            return start + (end - start) * before / (before - after)
    last, value = values[-1]
    return last if value == 0 else None


def combination_on(piece: AffinePiece, level: fmpq, batch: Sequence[Vector]) -> Vector | None:
    """lambda >= 0 of sum 1 with sum lambda_n x_n on the closed region and on {g = level}; None when there is none."""
    scale = common_denominator(entry for point in batch for entry in point)
    columns = [[*((entry * scale).p for entry in point), scale] for point in batch]

    def pulled_back(row: Row) -> Row:
        return (*(sum((a * x for a, x in zip(row, column, strict=True)), fmpz(0)) for column in columns), fmpz(0))

    count = len(batch)
    sides = [tuple(fmpz(int(place == axis)) for place in range(count + 1)) for axis in range(count)]
    ceilings = [(*(-entry for entry in side[:-1]), fmpz(1)) for side in sides]
    total: Row = (*(fmpz(1) for _ in batch), fmpz(-1))
    level_row = pulled_back(piece.equation(level))
    equations = [row for one in (total, level_row) for row in (one, tuple(-entry for entry in one))]
    # A positive constant is maximised: the rows have a common point, or contradict each other.
    found = maximize((*total[:-1], fmpz(0)), [*sides, *ceilings, *equations, *map(pulled_back, piece.rows)])
    if found.value <= 0:
        return None
    return tuple(fmpq(weight, found.point[-1]) for weight in found.point[:-1])


def meeting_point(view: ExactView, layer: NormalizedLayer, unit: int, level: fmpq) -> Vector | None:
    """A point of conv(batch) where the unit's pre-activation is `level`; None when there is none, decided exactly."""
    batch = [vector(point) for point in dict.fromkeys(view.instance.batch)]
    values = [preactivations_at(view.network, layer.index, point)[unit] for point in batch]
    low, high = batch[values.index(min(values))], batch[values.index(max(values))]
    if min(values) <= level <= max(values):
        nodes = along_segment(view.network, layer.index, low, high)
        t = zero_along([(t, found[unit] - level) for t, found in nodes])
        return None if t is None else tuple(x + t * (y - x) for x, y in zip(low, high, strict=True))
    depth, map = projections_after(view.network, layer.index)
    map = map.scaled(layer.statistics.factors, layer.statistics.shifts)
    sets = level_sets(view.everywhere(depth), map) if depth else affine_level_sets(map)
    for piece in sets[unit].pieces:
        weights = combination_on(piece, level, batch)
        if weights is not None:
            parts = [tuple(weight * entry for entry in point) for weight, point in zip(weights, batch, strict=True)]
            return tuple(sum(column, fmpq(0)) for column in zip(*parts, strict=True))
    return None


def _check(view: ExactView) -> Outcome:
    compared = 0
    for layer in view.normalized_layers:
        for unit in range(len(layer.rows)):
            for level in breakpoints_of(layer.stage.activation):
                point = meeting_point(view, layer, unit, level)
                if point is None:
                    return _failure(view, layer, unit, level)
                value = preactivations_at(view.network, layer.index, point)[unit]
                if value != level:
                    raise InternalError(
                        f"At {tuple_text(point)} a pre-activation is {value}, not {level}.", view.instance
                    )
                compared += 1
    return Holds(compared)


def _failure(view: ExactView, layer: NormalizedLayer, unit: int, level: fmpq) -> Fails:
    points = [vector(point) for point in view.instance.batch]
    values = [preactivations_at(view.network, layer.index, point)[unit] for point in points]
    return Fails(
        f"pre-activation {'>' if values[0] > level else '<'} {text(level)} on all of conv(batch); at the samples "
        f"{', '.join(map(text, values))}",
        f"{text(level)} somewhere on conv(batch)",
        f"layer {layer.index}, unit {unit}",
    )


FOLDED_MEETS_HULL = Claim(
    id="folded-meets-hull",
    sentence="The folded hyperplane of every unit of every normalised layer, where its pre-activation gamma h + beta "
    "is at the breakpoint, is not empty: it meets the convex hull of the batch in the input space.",
    source="suggested by Eq. 10 and Figure 2: mu translates the boundaries towards the data",
    hypotheses=(NORMALIZED, BETA_AT_THE_BREAKPOINT),
    check=_check,
    moot={NORMALIZED.name: NO_FOLD},
)
