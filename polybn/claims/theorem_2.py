"""A hyperplane nearer to z_{l-1}(x) folds to one nearer to x: false as stated, true when the nearer offset is between.

For an offset mu of unit k of layer l > 1 let g(x) = <w_k, z_{l-1}(x)> + c_k, H = {z : <w_k, z> + c_k = mu} and
F = {x in R^d : g(x) = mu}; H' and F' belong to mu'. All else is fixed, and d(x, F) is infinite when F is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from flint import fmpq

from polybn.claims.claim import Claim, Hypothesis
from polybn.claims.hypotheses import ROWS_NONZERO
from polybn.claims.unit_levels import (
    LATER_LAYER,
    NO_FOLD,
    UnitLevels,
    later_units,
    offsets_of,
    points_of,
    square_text,
)
from polybn.claims.view import ExactView
from polybn.exact.matrix import Vector
from polybn.exact.rational import text, tuple_text
from polybn.outcome import Fails, Holds, Outcome, Skipped

NO_PREMISE = "without it there is no premise to draw a conclusion from"


@dataclass(frozen=True)
class Comparison:
    """A point, a unit and two offsets with |g(x) - near| < |g(x) - far|, that is d(z_{l-1}(x), H) < d(z_{l-1}(x), H').

    The distances to the folded hyperplanes are squared, and None where F or F' is empty.
    """

    unit: UnitLevels
    point: Vector
    value: fmpq
    near: fmpq
    far: fmpq
    near_square: fmpq | None
    far_square: fmpq | None

    @property
    def is_same_side(self) -> bool:
        """g(x) <= mu < mu' or g(x) >= mu > mu'."""
        return self.value <= self.near < self.far or self.value >= self.near > self.far

    @property
    def is_met(self) -> bool:
        """Whether F is not empty."""
        return self.near_square is not None

    @property
    def is_kept(self) -> bool:
        """Whether d(x, F) < d(x, F'), infinity counted in."""
        return self.near_square is not None and (self.far_square is None or self.near_square < self.far_square)

    def failure(self) -> Fails:
        """Both sides in words."""
        gaps = f"{text(abs(self.value - self.near))} < {text(abs(self.value - self.far))}"
        return Fails(
            f"d(x, F)^2 = {square_text(self.near_square)} for mu = {text(self.near)}",
            f"less than d(x, F')^2 = {square_text(self.far_square)} for mu' = {text(self.far)}",
            f"{self.unit}, x = {tuple_text(self.point)}: g(x) = {text(self.value)}, "
            f"||w|| d(z, H) and ||w|| d(z, H') are {gaps}",
        )


@lru_cache(maxsize=4)
def comparisons(view: ExactView) -> tuple[Comparison, ...]:
    """Every triple (x, mu, mu') of the instance with unequal distances to the hyperplanes, for every later unit."""
    found: list[Comparison] = []
    for unit in later_units(view):
        for point in points_of(view):
            value = unit.value(view.network, point)
            squares = {mu: unit.folded.squared_distance(point, mu) for mu in offsets_of(view)}
            for pair in combinations(squares, 2):
                near, far = sorted(pair, key=lambda mu: abs(value - mu))
                if abs(value - near) < abs(value - far):
                    found.append(Comparison(unit, point, value, near, far, squares[near], squares[far]))
    return tuple(found)


def asked(view: ExactView) -> tuple[Comparison, ...]:
    """The triples that meet both hypotheses of the repaired form; where an instance has none, all of its triples."""
    live = tuple(triple for triple in comparisons(view) if triple.is_same_side and triple.is_met)
    return live or comparisons(view)


def _decided(triples: Iterable[Comparison]) -> Outcome:
    compared = 0
    for triple in triples:
        if not triple.is_kept:
            return triple.failure()
        compared += 1
    return Holds(compared) if compared else Skipped(NEARER.name)


def _all_asked(condition: Callable[[Comparison], bool]) -> Callable[[ExactView], bool]:
    return lambda view: all(map(condition, asked(view)))


def _literal(view: ExactView) -> Outcome:
    return _decided(comparisons(view))


def _repaired(view: ExactView) -> Outcome:
    return _decided(asked(view))


NEARER = Hypothesis(
    "a nearer offset",
    "a point x and two offsets are given with d(z, H) < d(z, H') for some unit",
    lambda view: bool(comparisons(view)),
    {"points": 1, "offsets": 4},
)
SAME_SIDE = Hypothesis(
    "same side",
    "mu lies between g(x) and mu': g(x) <= mu < mu' or g(x) >= mu > mu'",
    _all_asked(lambda triple: triple.is_same_side),
)
MET = Hypothesis("F not empty", "g takes the value mu somewhere in R^d", _all_asked(lambda triple: triple.is_met))

THEOREM_2 = Claim(
    id="theorem-2",
    sentence="Of two offsets of a unit of layer l > 1, the one whose hyperplane is nearer to z_{l-1}(x) gives the "
    "folded hyperplane that is nearer to x: d(z_{l-1}(x), H) < d(z_{l-1}(x), H') implies d(x, F) < d(x, F').",
    source="Theorem 2, Eq. 10-12",
    hypotheses=(LATER_LAYER, ROWS_NONZERO, NEARER),
    check=_literal,
    twin="theorem-2-same-side",
    moot={LATER_LAYER.name: NO_FOLD, ROWS_NONZERO.name: "without it H is no hyperplane", NEARER.name: NO_PREMISE},
)
THEOREM_2_SAME_SIDE = Claim(
    id="theorem-2-same-side",
    sentence="If mu lies between g(x) = <w_k, z_{l-1}(x)> + c_k and mu', g(x) <= mu < mu' or g(x) >= mu > mu', and the "
    "folded hyperplane F of mu is not empty, then d(x, F) < d(x, F').",
    source="Theorem 2, repaired; proof D.3",
    hypotheses=(LATER_LAYER, NEARER, SAME_SIDE, MET),
    check=_repaired,
    twin="theorem-2",
    moot={LATER_LAYER.name: NO_FOLD, NEARER.name: NO_PREMISE},
)
