"""The conditions that claims name, each with its exact test and its recipe for drawing."""

from __future__ import annotations

from polybn.claims.claim import Hypothesis
from polybn.claims.view import ExactView


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
