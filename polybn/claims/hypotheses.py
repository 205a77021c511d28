"""The conditions that claims name, each with its exact test and its recipe for drawing."""

from __future__ import annotations

from flint import fmpq

from polybn.claims.claim import Hypothesis
from polybn.claims.view import ExactView
from polybn.exact.matrix import Vector
from polybn.networks.activation import PiecewiseLinear

MOST_UNITS = 6
"""Sets of units and regions can be as many as two to this."""


def _has_normalized_layer(view: ExactView) -> bool:
    return bool(view.normalized_layers)


def _rows_nonzero(view: ExactView) -> bool:
    return all(any(row) for layer in view.normalized_layers for row in layer.rows)


def _beta_zero(view: ExactView) -> bool:
    return not any(beta for layer in view.normalized_layers for beta in layer.statistics.beta)


def _gamma_nonzero(view: ExactView) -> bool:
    return all(gamma for layer in view.normalized_layers for gamma in layer.statistics.gamma)


def _breakpoint_zero(view: ExactView) -> bool:
    functions = (layer.stage.activation for layer in view.normalized_layers)
    return all(function is None or not any(function.breakpoints) for function in functions)


def _two_layers(view: ExactView) -> bool:
    return len(view.network.hidden) >= 2


def _one_layer(view: ExactView) -> bool:
    return len(view.network.hidden) >= 1


def breakpoints_of(activation: PiecewiseLinear | None) -> Vector:
    """Where a unit has its boundaries; without an activation, as in an output, at 0."""
    return activation.breakpoints if activation else (fmpq(0),)


def _is_at_the_breakpoint(view: ExactView) -> bool:
    return all(
        breakpoints_of(layer.stage.activation) == (beta,)
        for layer in view.normalized_layers
        for beta in layer.statistics.beta
    )


def _has_few_units(view: ExactView) -> bool:
    return all(len(layer.rows) <= MOST_UNITS for layer in view.normalized_layers)


NORMALIZED = Hypothesis("a normalised layer", "at least one layer is normalised", _has_normalized_layer)
ROWS_NONZERO = Hypothesis("w != 0", "no row w_k of a normalised layer is zero", _rows_nonzero, {"nonzero_rows": True})
BETA_ZERO = Hypothesis("beta = 0", "every beta_k of a normalised layer is zero", _beta_zero, {"beta": "zero"})
GAMMA_NONZERO = Hypothesis(
    "gamma != 0", "no gamma_k of a normalised layer is zero", _gamma_nonzero, {"gamma": "nonzero"}
)
BREAKPOINT_ZERO = Hypothesis(
    "breakpoint at 0",
    "the activation of every normalised layer has the one breakpoint 0",
    _breakpoint_zero,
    {"breakpoints": "zero"},
)
ONE_LAYER = Hypothesis("a hidden layer", "there is at least one hidden layer", _one_layer)
TWO_LAYERS = Hypothesis("two hidden layers", "there are at least two hidden layers", _two_layers, {"depth": (2, 3)})
BETA_AT_THE_BREAKPOINT = Hypothesis(
    "beta at the breakpoint",
    "the activation of every normalised layer has one breakpoint, 0 in the paper, and every beta_k is that number",
    _is_at_the_breakpoint,
    {"beta": "zero", "breakpoints": "zero"},
)
FEW_UNITS = Hypothesis(
    "few units",
    f"no normalised layer has more than {MOST_UNITS} units",
    _has_few_units,
    {"max_width": 3, "dimensions": (1, 2, 3)},
)
