"""A normalised unit does not see the scale of its row: w -> c w leaves h as it is for c > 0, and negates it for c < 0.

h = (<w, z> + c_k - mu) / sigma holds a root; its sign and its square do not. So where sigma is a rounded root the exact
one is meant here, and rounding plays no part.
"""

from __future__ import annotations

from dataclasses import dataclass

from flint import fmpq

from polybn.claims.claim import Claim, Hypothesis
from polybn.claims.hypotheses import NORMALIZED
from polybn.claims.view import ExactView, NormalizedLayer
from polybn.exact.matrix import Vector
from polybn.exact.rational import sign, text, tuple_text
from polybn.networks.normalization import Normalization, Semantics, location_of, squared_scale_of
from polybn.outcome import Fails, Holds, Outcome, Skipped

FACTORS = (fmpq(7), fmpq(1, 2), fmpq(-1), fmpq(-3, 2))
"""What a row is multiplied by. With 7 the batch {-1, 1} and eps = 15 have whole sigmas, 4 and 8."""


@dataclass(frozen=True)
class NormalizedUnit:
    """h(z) = (<row, z> + offset) / sigma on all of space: `numerator` is (*row, offset), `square` is sigma^2."""

    numerator: Vector
    square: fmpq

    def is_same(self, other: NormalizedUnit, sign_of_factor: int) -> bool:
        """Whether other = sign_of_factor * self as functions; of sigma = 0, where h is not defined, both or neither.

        Signs and squares are compared entry by entry, multiplied out so that nothing divides by sigma.
        """
        pairs = zip(self.numerator, other.numerator, strict=True)
        return all(
            sign(new) == sign_of_factor * sign(old) and new**2 * self.square == old**2 * other.square
            for old, new in pairs
        )

    def __str__(self) -> str:
        """h as a row over a root, as in (7, 0) / sqrt(64)."""
        return f"{tuple_text(self.numerator)} / sqrt({text(self.square)})"


def epsilon(layer: NormalizedLayer, unit: int) -> fmpq:
    """What was added to the stated sigma^2; 0 where sigma rounds the root of it, or is a given number."""
    statistics = layer.statistics
    if statistics.semantics is not Semantics.EXACT:
        return fmpq(0)
    return statistics.scale[unit] ** 2 - statistics.stated_squares[unit]


def fitted_unit(layer: NormalizedLayer, unit: int) -> NormalizedUnit:
    """h of the unit with the statistics that the network has."""
    statistics, offset = layer.statistics, layer.stage.affine.offset[unit]
    numerator = (*layer.rows[unit], offset - statistics.location[unit])
    return NormalizedUnit(numerator, statistics.stated_squares[unit] + epsilon(layer, unit))


def refitted_unit(layer: NormalizedLayer, unit: int, factor: fmpq, method: Normalization) -> NormalizedUnit:
    """h of the unit with the row factor * w: statistics anew from the layer's inputs, the same eps."""
    row = tuple(factor * entry for entry in layer.rows[unit])
    offset = layer.stage.affine.offset[unit]
    values = tuple(sum((a * x for a, x in zip(row, point, strict=True)), offset) for point in layer.inputs)
    square = squared_scale_of(method, values) + epsilon(layer, unit)
    return NormalizedUnit((*row, offset - location_of(method, values)), square)


def _check(view: ExactView) -> Outcome:
    method = view.instance.method
    if method is None:
        return Skipped("a known normalisation")
    compared = 0
    for layer in view.normalized_layers:
        for unit in range(len(layer.rows)):
            before = fitted_unit(layer, unit)
            for factor in FACTORS:
                after = refitted_unit(layer, unit, factor, method)
                if not before.is_same(after, sign(factor)):
                    return Fails(
                        f"h = {after} for {text(factor)} w",
                        f"{'-' if factor < 0 else ''}{before}, {'minus ' if factor < 0 else ''}h for w",
                        f"layer {layer.index}, unit {unit}, h as a row and a constant over sigma",
                    )
                compared += 1
    return Holds(compared)


EPSILON_ZERO = Hypothesis(
    "eps = 0",
    "every sigma_k^2 is the one that the normalisation states, nothing added (a rounded root is taken for the exact)",
    lambda view: not any(epsilon(layer, unit) for layer in view.normalized_layers for unit in range(len(layer.rows))),
    {"min_batch": 2, "nonzero_rows": True},
)
SCALE_INVARIANCE = Claim(
    id="scale-invariance",
    sentence="With the row c w_k in the place of w_k and the statistics taken anew, h_k is the same function for "
    "c > 0, and is negated for c < 0.",
    source="Eq. 3-4",
    hypotheses=(NORMALIZED, EPSILON_ZERO),
    check=_check,
    moot={NORMALIZED.name: "without a normalised layer nothing is said"},
)
