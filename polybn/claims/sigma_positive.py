"""When is sigma_k > 0? Not whenever some input meets w_k, but exactly when the centred inputs do not all miss it."""

from __future__ import annotations

from flint import fmpq

from polybn.claims.claim import Claim, Hypothesis
from polybn.claims.hypotheses import NORMALIZED
from polybn.claims.view import ExactView, NormalizedLayer
from polybn.exact.matrix import Vector, inner
from polybn.exact.rational import text, tuple_text
from polybn.outcome import Fails, Holds, Outcome


def centred(inputs: list[Vector]) -> list[Vector]:
    """z_n - zbar for each input, zbar the centroid."""
    centroid = [sum(entries, fmpq(0)) / len(inputs) for entries in zip(*inputs, strict=True)]
    return [tuple(value - middle for value, middle in zip(point, centroid, strict=True)) for point in inputs]


def seen_units(layer: NormalizedLayer) -> list[int]:
    """The units with w_k != 0 and some input that is not orthogonal to w_k (the second contains the first)."""
    return [unit for unit, row in enumerate(layer.rows) if any(inner(row, point) for point in layer.inputs)]


def _check_stated(view: ExactView) -> Outcome:
    compared = 0
    for layer in view.normalized_layers:
        for unit in seen_units(layer):
            square = layer.statistics.stated_squares[unit]
            if square <= 0:
                inner_products = ", ".join(text(inner(layer.rows[unit], point)) for point in layer.inputs)
                return Fails(f"sigma^2 = {text(square)}", "> 0", f"{_place(layer, unit)}, <w, z_n> = {inner_products}")
            compared += 1
    return Holds(compared)


def _check_centred(view: ExactView) -> Outcome:
    compared = 0
    for layer in view.normalized_layers:
        differences = centred(layer.inputs)
        for unit, row in enumerate(layer.rows):
            square = layer.statistics.stated_squares[unit]
            products = [inner(row, point) for point in differences]
            if (square > 0) != any(products):
                written = ", ".join(map(text, products))
                return Fails(f"sigma^2 = {text(square)}", f"<w, z_n - zbar> = {written}", _place(layer, unit))
            compared += 1
    return Holds(compared)


def _place(layer: NormalizedLayer, unit: int) -> str:
    return f"layer {layer.index}, unit {unit}, w = {tuple_text(layer.rows[unit])}"


SEEN = Hypothesis(
    "a unit with w != 0 that is not orthogonal to all inputs",
    "some unit of a normalised layer has w_k != 0 and an input z_n of the layer with <w_k, z_n> != 0",
    lambda view: any(seen_units(layer) for layer in view.normalized_layers),
)

SIGMA_POSITIVE = Claim(
    id="sigma-positive",
    sentence="sigma_k > 0, before eps is added, as long as w_k != 0 and not all inputs of the layer are orthogonal to "
    "w_k.",
    source="remark after Eq. 4",
    hypotheses=(SEEN,),
    check=_check_stated,
    twin="sigma-positive-centred",
    options={"max_width": 2, "dimensions": (1, 2)},
    moot={SEEN.name: "without such a unit the sentence speaks of none"},
)

SIGMA_POSITIVE_CENTRED = Claim(
    id="sigma-positive-centred",
    sentence="sigma_k > 0, before eps is added, if and only if the inputs of the layer minus their centroid are not "
    "all orthogonal to w_k.",
    source="remark after Eq. 4, repaired",
    hypotheses=(NORMALIZED,),
    check=_check_centred,
    twin="sigma-positive",
    moot={NORMALIZED.name: "without a normalised layer there is no sigma"},
)
