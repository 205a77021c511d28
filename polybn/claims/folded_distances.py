"""Is BN's mu, which minimises sum_n d(z_n, H)^2, also the minimiser of sum_n d(x_n, F)^2 in the input space? It is not.

What does hold is the Lipschitz bound: Lip(g)^2 mean_n d(x_n, F)^2 is at least the variance of the projections, whatever
the offset, and BN's mu makes the bound behind it, mean_n (g(x_n) - mu)^2, the least.
"""

from __future__ import annotations

from flint import fmpq

from polybn.claims.claim import Claim
from polybn.claims.unit_levels import LATER_LAYER, NO_FOLD, OFFSETS, UnitLevels, later_units, offsets_of, square_text
from polybn.claims.view import ExactView, NormalizedLayer
from polybn.exact.matrix import vector
from polybn.exact.rational import text
from polybn.outcome import Fails, Holds, Outcome


def squared_distances(view: ExactView, unit: UnitLevels, mu: fmpq) -> fmpq | None:
    """sum_n d(x_n, F)^2 over the batch; None where F is empty, so that each term is infinite."""
    total = fmpq(0)
    for point in view.instance.batch:
        square = unit.folded.squared_distance(vector(point), mu)
        if square is None:
            return None
        total += square
    return total


def _layers(view: ExactView) -> dict[int, NormalizedLayer]:
    return {layer.index: layer for layer in view.normalized_layers}


def _least(view: ExactView) -> Outcome:
    compared = 0
    for unit in later_units(view):
        location = _layers(view)[unit.layer].statistics.location[unit.unit]
        least = squared_distances(view, unit, location)
        for mu in offsets_of(view):
            other = squared_distances(view, unit, mu)
            if other is not None and (least is None or other < least):
                return Fails(
                    f"sum_n d(x_n, F)^2 = {square_text(least)} for the layer's own mu = {text(location)}",
                    f"at most the sum for mu' = {text(mu)}, {text(other)}",
                    str(unit),
                )
            compared += 1
    return Holds(compared)


def _bound(view: ExactView) -> Outcome:
    compared = 0
    for unit in later_units(view):
        layer = _layers(view)[unit.layer]
        count, square = len(layer.inputs), layer.statistics.stated_squares[unit.unit]
        constant = unit.folded.steepest.squared_slope
        for mu in {*offsets_of(view), layer.statistics.location[unit.unit]}:
            total = squared_distances(view, unit, mu)
            if total is not None and constant * total < count * square:
                return Fails(
                    f"Lip^2 mean_n d(x_n, F)^2 = {text(constant)} * {text(total / count)}",
                    f"at least sigma^2 = {text(square)}",
                    f"{unit}, mu = {text(mu)}",
                )
            compared += 1
    return Holds(compared)


MEAN_MINIMISES_FOLDED_DISTANCES = Claim(
    id="mean-minimises-folded-distances",
    sentence="The location of the batch statistics minimises the input-space distance of the batch to the folded "
    "hyperplane too: sum_n d(x_n, F)^2 is at most what any other offset of the unit gives.",
    source="suggested after Theorem 2",
    hypotheses=(LATER_LAYER, OFFSETS),
    check=_least,
    twin="folded-distances-bound",
    moot={LATER_LAYER.name: NO_FOLD, OFFSETS.name: "without it there is no other offset"},
)
FOLDED_DISTANCES_BOUND = Claim(
    id="folded-distances-bound",
    sentence="Whatever the offset, Lip(g)^2 mean_n d(x_n, F)^2 is at least sigma_k^2 before eps is added, with Lip(g) "
    "the Lipschitz constant of g(x) = <w_k, z_{l-1}(x)> + c_k on R^d.",
    source="suggested after Theorem 2, repaired",
    hypotheses=(LATER_LAYER, OFFSETS),
    check=_bound,
    twin="mean-minimises-folded-distances",
    moot={LATER_LAYER.name: NO_FOLD, OFFSETS.name: "without it only the layer's own offset is asked about"},
)
