"""L(mu) = sum_k mean_n d(z_n, H_k)^2 is least at the batch mean alone, with value sum_k sigma_k^2 / ||w_k||^2."""

from __future__ import annotations

from flint import fmpq

from polybn.claims.claim import Claim
from polybn.claims.hypotheses import NORMALIZED, ROWS_NONZERO
from polybn.claims.view import ExactView, NormalizedLayer
from polybn.exact.matrix import Vector
from polybn.exact.rational import text
from polybn.outcome import Fails, Holds, Outcome


def squared_distance(projections: Vector, offset: fmpq, squared_norm: fmpq) -> fmpq:
    """mean_n d(z_n, H)^2 with H = {<w, z> + c = offset}, from the projections <w, z_n> + c (Eq. 7-8)."""
    return sum(((value - offset) ** 2 for value in projections), fmpq(0)) / (len(projections) * squared_norm)


def minimiser(projections: Vector, squared_norm: fmpq) -> tuple[fmpq, fmpq]:
    """(the unique minimiser of the unit's loss, its second difference), from the loss at -1, 0 and 1.

    The loss is a quadratic in the offset, so three values determine it; no statistic enters.
    """
    left, middle, right = (squared_distance(projections, fmpq(offset), squared_norm) for offset in (-1, 0, 1))
    curvature = left - 2 * middle + right
    return (left - right) / (2 * curvature), curvature


def _check(view: ExactView) -> Outcome:
    compared = 0
    for layer in view.normalized_layers:
        failure = _check_layer(layer)
        if failure:
            return failure
        compared += len(layer.rows) + 1
    return Holds(compared)


def _check_layer(layer: NormalizedLayer) -> Fails | None:
    least = claimed = fmpq(0)
    statistics = layer.statistics
    parts = zip(layer.rows, layer.projections, statistics.location, statistics.stated_squares, strict=True)
    for unit, (row, projections, location, square) in enumerate(parts):
        squared_norm = sum((entry**2 for entry in row), fmpq(0))
        best, curvature = minimiser(projections, squared_norm)
        where = f"layer {layer.index}, unit {unit}: projections {', '.join(map(text, projections))}"
        if curvature <= 0:
            return Fails(f"second difference {text(curvature)}", "> 0", where)
        if best != location:
            return Fails(
                f"mu = {text(location)}, mean squared distance "
                f"{text(squared_distance(projections, location, squared_norm))}",
                f"least at mu = {text(best)}, mean squared distance "
                f"{text(squared_distance(projections, best, squared_norm))}",
                where,
            )
        least += squared_distance(projections, location, squared_norm)
        claimed += square / squared_norm
    if least != claimed:
        return Fails(f"least loss {text(least)}", f"sum sigma^2/||w||^2 = {text(claimed)}", f"layer {layer.index}")
    return None


THEOREM_1 = Claim(
    id="theorem-1",
    sentence="The location of the batch statistics is the unique minimiser of the layer's total least squares distance "
    "to its hyperplanes, and the minimum is the sum of sigma_k^2 / ||w_k||^2, sigma_k^2 before eps is added.",
    source="Theorem 1, Eq. 7-9",
    hypotheses=(NORMALIZED, ROWS_NONZERO),
    check=_check,
    moot={
        NORMALIZED.name: "without a normalised layer nothing is said",
        ROWS_NONZERO.name: "with w = 0 there is no hyperplane, and the distance to it divides by ||w|| = 0",
    },
)
