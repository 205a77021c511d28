"""|g(x) - mu| <= Lip(g) d(x, F): how near a folded hyperplane can be, with the exact Lipschitz constant over R^d."""

from __future__ import annotations

from flint import fmpq

from polybn.claims.claim import Claim
from polybn.claims.unit_levels import (
    LATER_LAYER,
    NO_FOLD,
    OFFSETS,
    UnitLevels,
    later_units,
    offsets_of,
    points_of,
    projections_after,
    square_text,
)
from polybn.claims.view import ExactView
from polybn.exact.matrix import Vector, vector
from polybn.exact.rational import text, tuple_text
from polybn.outcome import Fails, Holds, Outcome
from polybn.regions.level_set import AffinePiece


def _check(view: ExactView) -> Outcome:
    compared = 0
    for unit in later_units(view):
        failure = _bounded(view, unit) or _attained(view, unit)
        if failure:
            return failure
        compared += len(points_of(view)) * len(offsets_of(view)) + 1
    return Holds(compared)


def _bounded(view: ExactView, unit: UnitLevels) -> Fails | None:
    """(g(x) - mu)^2 <= Lip^2 d(x, F)^2 for the points and offsets given; an empty F is infinitely far away."""
    constant = unit.folded.steepest.squared_slope
    for point in points_of(view):
        value = unit.value(view.network, point)
        for mu in offsets_of(view):
            square = unit.folded.squared_distance(point, mu)
            if square is not None and constant * square < (value - mu) ** 2:
                return Fails(
                    f"(g(x) - mu)^2 = {text((value - mu) ** 2)}",
                    f"at most Lip^2 d(x, F)^2 = {text(constant)} * {text(square)}",
                    f"{unit}, x = {tuple_text(point)}, mu = {text(mu)}",
                )
    return None


def _attained(view: ExactView, unit: UnitLevels) -> Fails | None:
    """No smaller constant serves: a step along the gradient inside the steepest region is the way to some F."""
    steepest = unit.folded.steepest
    constant = steepest.squared_slope
    start = _inside(view, unit, steepest)
    end = _step(steepest, start)
    value, mu = unit.value(view.network, start), unit.value(view.network, end)
    square = unit.folded.squared_distance(start, mu)
    if square is None or constant * square != (value - mu) ** 2:
        return Fails(
            f"(g(x) - mu)^2 = {text((value - mu) ** 2)}",
            f"equal to Lip^2 d(x, F)^2 = {text(constant)} * {square_text(square)}",
            f"{unit}, x = {tuple_text(start)} in the steepest region, mu = {text(mu)}",
        )
    return None


def _inside(view: ExactView, unit: UnitLevels, piece: AffinePiece) -> Vector:
    """A point in the interior of a region of the layers before the unit's."""
    depth, _ = projections_after(view.network, unit.layer)
    if not depth:
        return (fmpq(0),) * view.network.dimension
    return vector(view.everywhere(depth)[unit.folded.pieces.index(piece)].witness)


def _step(piece: AffinePiece, start: Vector) -> Vector:
    """Half of the way from an interior point along the gradient to the end of the region, or one gradient."""
    *gradient, _ = piece.function
    reach = fmpq(2)
    for *normal, offset in piece.rows:
        slope = sum((a * n for a, n in zip(normal, gradient, strict=True)), fmpq(0))
        if slope < 0:
            value = sum((a * x for a, x in zip(normal, start, strict=True)), fmpq(offset))
            reach = min(reach, -value / slope)
    return tuple(x + reach / 2 * n for x, n in zip(start, gradient, strict=True))


THEOREM_2_LIPSCHITZ = Claim(
    id="theorem-2-lipschitz",
    sentence="The distance to a folded hyperplane is at least the offset's distance in value over the Lipschitz "
    "constant of g(x) = <w_k, z_{l-1}(x)> + c_k on R^d: |g(x) - mu| <= Lip(g) d(x, F) where F is not empty, "
    "and no smaller constant serves.",
    source="Theorem 2, quantified",
    hypotheses=(LATER_LAYER, OFFSETS),
    check=_check,
    moot={LATER_LAYER.name: NO_FOLD, OFFSETS.name: "without it there is no distance to speak of"},
)
