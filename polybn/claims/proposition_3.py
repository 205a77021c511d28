"""Does every mini-batch have points on both sides of the decision boundary? Not as stated; what does hold.

Each coordinate of a normalised layer takes both signs over the batch, a combination of coordinates need not: rows 1
and -1 on the batch {-1, 1} give features (1, -eta) and (-eta, 1), and w_L = (1, 1) gives 1 - eta > 0 twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flint import fmpq

from polybn.claims.claim import Claim
from polybn.claims.hypotheses import BETA_ZERO, GAMMA_NONZERO, NORMALIZED
from polybn.claims.proposition_3_families import ODD_NETWORKS, WIDTH_ONE_NETWORKS
from polybn.claims.proposition_3_hypotheses import (
    GAMMA_ONE,
    HIDDEN_NORMALIZED,
    LAST_HIDDEN_NORMALIZED,
    LEAKY,
    LINEAR_OUTPUT,
    NO_OUTPUT_ACTIVATION,
    NORMALIZED_OUTPUT,
    ODD,
    OUTPUT_BETA_ZERO,
    OUTPUT_BIAS_ZERO,
    OUTPUT_ROWS_NONZERO,
    SIGNS_KEPT,
    VARYING,
    WIDTH_ONE,
)
from polybn.claims.view import ExactView
from polybn.exact.matrix import Vector, vector
from polybn.exact.rational import text
from polybn.networks.network import Network
from polybn.networks.normalization import Normalization, location_of
from polybn.outcome import Fails, Holds, Outcome, Skipped

BOTH = "one < 0 and one > 0"


def two_sided(values: Vector) -> bool:
    """Whether some value is negative and some is positive."""
    return min(values) < 0 < max(values)


def mirrored(batch: Sequence[Vector]) -> list[Vector]:
    """The batch and its mirror image in its centroid, twice as many points with the same centroid."""
    double = [2 * sum(column, fmpq(0)) / len(batch) for column in zip(*batch, strict=True)]
    images = (tuple(twice - entry for twice, entry in zip(double, point, strict=True)) for point in batch)
    return [*batch, *images]


def renormalized(network: Network, method: Normalization, batch: Sequence[Vector]) -> list[Vector]:
    """The outputs on a mini-batch, every layer with the mini-batch's own location and the sigma that it has."""
    values = list(batch)
    for stage in network.stages:
        projections = [stage.affine.apply(value) for value in values]
        if stage.frozen is not None:
            locations = [location_of(method, column) for column in zip(*projections, strict=True)]
            parts = list(zip(locations, stage.frozen.factors, stage.frozen.beta, strict=True))
            projections = [
                tuple(f * (t - mu) + beta for t, (mu, f, beta) in zip(value, parts, strict=True))
                for value in projections
            ]
        function = stage.activation
        values = [tuple(map(function.value, value)) if function else value for value in projections]
    return values


def _outputs(view: ExactView) -> list[Vector]:
    """The outputs over the batch, one tuple an output."""
    return list(zip(*(view.network.apply(vector(point)) for point in view.instance.batch), strict=True))


def _verdict(
    columns: Sequence[Vector], holds: Callable[[Vector], bool], words: str, batch: str = "the batch"
) -> Outcome:
    for index, column in enumerate(columns):
        if not holds(column):
            return Fails(f"outputs {', '.join(map(text, column))}", words, f"output {index} over {batch}")
    return Holds(len(columns))


def _check_literal(view: ExactView) -> Outcome:
    return _verdict(_outputs(view), two_sided, BOTH)


def _check_normalized(view: ExactView) -> Outcome:
    return _verdict(
        _outputs(view), lambda column: two_sided(column) or min(column) == max(column), f"{BOTH}, or all the same"
    )


def _check_odd(view: ExactView) -> Outcome:
    method = view.instance.method
    if method is None:
        return Skipped("a known normalisation")
    values = renormalized(view.network, method, mirrored([vector(point) for point in view.instance.batch]))
    columns = list(zip(*values, strict=True))
    return _verdict(
        columns,
        lambda column: two_sided(column) or not any(column),
        f"{BOTH}, or all 0",
        "the batch and its mirror image",
    )


def _check_width_one(view: ExactView) -> Outcome:
    statistics = next((stage.frozen for stage in view.network.stages[-2:-1]), None)
    if statistics is None:
        return _verdict(_outputs(view), two_sided, BOTH)
    square = statistics.stated_squares[0]
    return _verdict(_outputs(view), lambda column: two_sided(column) == (square > 0), _both_if(square))


def _check_units(view: ExactView) -> Outcome:
    compared = 0
    for layer in view.normalized_layers:
        columns = zip(*(layer.stage.folded.apply(point) for point in layer.inputs), strict=True)
        for unit, (column, square) in enumerate(zip(columns, layer.statistics.stated_squares, strict=True)):
            if two_sided(column) != (square > 0):
                values = ", ".join(map(text, column))
                where = f"layer {layer.index}, unit {unit}, over the batch"
                return Fails(f"pre-activations {values}", _both_if(square), where)
            compared += 1
    return Holds(compared)


def _both_if(square: fmpq) -> str:
    return f"{BOTH if square > 0 else f'not {BOTH}'}, since sigma^2 = {text(square)}"


PROPOSITION_3 = Claim(
    id="proposition-3",
    sentence="With leaky ReLU, arbitrary weights, batch normalisation at layers 1 to L - 1 and a linear layer L "
    "without bias, every mini-batch has a point on each side of the decision boundary.",
    source="Proposition 3",
    hypotheses=(
        HIDDEN_NORMALIZED,
        LINEAR_OUTPUT,
        LEAKY,
        GAMMA_ONE,
        BETA_ZERO,
        VARYING,
        OUTPUT_ROWS_NONZERO,
        OUTPUT_BIAS_ZERO,
    ),
    check=_check_literal,
    twin="proposition-3-width-one",
    options={"dimensions": (1, 2), "max_width": 2},
)
PROPOSITION_3_WIDTH_ONE = Claim(
    id="proposition-3-width-one",
    sentence="When layer L - 1 is normalised and has one unit, with beta = 0, gamma != 0 and t a(t) > 0 for t != 0, "
    "and layer L is linear, not zero and without bias, then the batch has a point strictly on each side of the "
    "decision boundary if and only if sigma^2 > 0 before eps is added, whatever the layers before.",
    source="Proposition 3, repaired for width one",
    hypotheses=(
        LAST_HIDDEN_NORMALIZED,
        LINEAR_OUTPUT,
        WIDTH_ONE,
        SIGNS_KEPT,
        BETA_ZERO,
        GAMMA_NONZERO,
        OUTPUT_ROWS_NONZERO,
        OUTPUT_BIAS_ZERO,
    ),
    check=_check_width_one,
    twin="proposition-3",
    family=WIDTH_ONE_NETWORKS,
)
PROPOSITION_3_NORMALIZED_OUTPUT = Claim(
    id="proposition-3-normalized-output",
    sentence="When layer L is normalised as well, with beta = 0 and no activation after it, each output either is "
    "constant over the batch or has a point strictly on each side of its decision boundary, whatever the layers "
    "before.",
    source="Proposition 3, repaired with a normalised output",
    hypotheses=(NORMALIZED_OUTPUT, NO_OUTPUT_ACTIVATION, OUTPUT_BETA_ZERO),
    check=_check_normalized,
    twin="proposition-3",
)
PROPOSITION_3_EVERY_UNIT = Claim(
    id="proposition-3-every-unit",
    sentence="The folded hyperplane h = 0 of a unit of a normalised layer, with beta = 0 and gamma != 0, has points of "
    "the batch strictly on each side if and only if the unit's sigma^2 > 0 before eps is added.",
    source="Proposition 3, repaired for hidden units; Eq. 10",
    hypotheses=(NORMALIZED, BETA_ZERO, GAMMA_NONZERO),
    check=_check_units,
    twin="proposition-3",
    family=WIDTH_ONE_NETWORKS,
    moot={"a normalised layer": "without one there is no unit to speak of"},
)
PROPOSITION_3_ODD = Claim(
    id="proposition-3-odd",
    sentence="With odd activations (hard-tanh), beta = 0, any sigma > 0 and a linear layer L without bias, on a "
    "mini-batch that is its own mirror image in its centroid (as any two points are), normalised with its own mu, each "
    "output either is zero throughout or has a point strictly on each side of its decision boundary.",
    source="Proposition 3, repaired for odd activations and symmetric batches",
    hypotheses=(HIDDEN_NORMALIZED, LINEAR_OUTPUT, ODD, BETA_ZERO, OUTPUT_BIAS_ZERO),
    check=_check_odd,
    twin="proposition-3",
    family=ODD_NETWORKS,
)
