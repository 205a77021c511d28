"""d(z_{l-1}(x), H) = 0 exactly if d(x, F) = 0: the folded hyperplane is where the layer before lands on H."""

from __future__ import annotations

from collections.abc import Iterator

from flint import fmpq

from polybn.claims.claim import Claim
from polybn.claims.hypotheses import NORMALIZED
from polybn.claims.unit_levels import NO_FOLD, UnitLevels, offsets_of, points_of, square_text, units_of
from polybn.claims.view import ExactView
from polybn.exact.matrix import Vector, vector
from polybn.exact.rational import text, tuple_text
from polybn.outcome import Fails, Holds, Outcome


def _check(view: ExactView) -> Outcome:
    compared = 0
    for unit in units_of(view):
        location = view.network.stages[unit.layer].frozen
        assert location is not None
        for point, mu in _asked(view, unit, location.location[unit.unit]):
            # The forward pass knows no regions, the geometry never evaluates the network.
            gap = unit.value(view.network, point) - mu
            square = unit.folded.squared_distance(point, mu)
            if (gap == 0) != (square == 0):
                return Fails(
                    f"|g(x) - mu| = {text(abs(gap))}",
                    f"d(x, F)^2 = {square_text(square)}: only one of the two is 0",
                    f"{unit}, x = {tuple_text(point)}, mu = {text(mu)}",
                )
            compared += 1
    return Holds(compared)


def _asked(view: ExactView, unit: UnitLevels, location: fmpq) -> Iterator[tuple[Vector, fmpq]]:
    """The points given and the batch with the offsets given and the layer's own; then pairs that lie on F.

    Those are x with mu = g(x), and the point of F nearest to x with mu.
    """
    for point in {*points_of(view), *map(vector, view.instance.batch)}:
        yield point, unit.value(view.network, point)
        for mu in {*offsets_of(view), location}:
            yield point, mu
            nearest = unit.folded.nearest(point, mu)
            if nearest is not None:
                yield nearest.point, mu


COROLLARY_1 = Claim(
    id="corollary-1",
    sentence="z_{l-1}(x) lies on the hyperplane of a unit exactly if x lies on the folded one: d(z_{l-1}(x), H) = 0 if "
    "and only if d(x, F) = 0.",
    source="Corollary 1",
    hypotheses=(NORMALIZED,),
    check=_check,
    options={"points": 1, "offsets": 1, "depth": (1, 3), "max_width": 3},
    moot={NORMALIZED.name: NO_FOLD},
)
