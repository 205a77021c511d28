"""What the statements about both sides of the boundary assume of the activations and of the last layers."""

from __future__ import annotations

from itertools import pairwise

from flint import fmpq

from polybn.claims.claim import Hypothesis
from polybn.claims.view import ExactView
from polybn.exact.matrix import rows_of
from polybn.networks.activation import PiecewiseLinear


def keeps_signs(function: PiecewiseLinear) -> bool:
    """Whether t a(t) > 0 for every t != 0: at the breakpoints, beyond them, and by the outer slopes for ever."""
    beyond = max(map(abs, function.breakpoints)) + 1
    places = [point for point in (*function.breakpoints, beyond, -beyond) if point != 0]
    return (
        function.value(fmpq(0)) == 0
        and all(place * function.value(place) > 0 for place in places)
        and min(function.slopes[0], function.slopes[-1]) >= 0
    )


def is_odd(function: PiecewiseLinear) -> bool:
    """Whether a(-t) = -a(t) for every t: a(0) = 0, and the slope is even, each kink the negative of its mirror's."""
    steps = zip(function.breakpoints, pairwise(function.slopes), strict=True)
    kinks = {point: right - left for point, (left, right) in steps if left != right}
    mirrored = all(kinks.get(-point) == -kink for point, kink in kinks.items())
    return function.value(fmpq(0)) == 0 and function.slopes[0] == function.slopes[-1] and mirrored


def is_leaky(function: PiecewiseLinear | None) -> bool:
    """Whether a is t for t >= 0 and eta t for t < 0, with 0 < eta < 1."""
    if function is None or function.breakpoints != (0,) or function.value(fmpq(0)) != 0:
        return False
    return 0 < function.slopes[0] < 1 == function.slopes[1]


def _activations(view: ExactView) -> list[PiecewiseLinear]:
    return [stage.activation for stage in view.network.stages[:-1] if stage.activation]


def _hidden_normalized(view: ExactView) -> bool:
    hidden = view.network.stages[:-1]
    return bool(hidden) and all(stage.frozen is not None and stage.activation is not None for stage in hidden)


def _last_hidden_normalized(view: ExactView) -> bool:
    last = view.network.stages[-2:-1]
    return bool(last) and all(stage.frozen is not None and stage.activation is not None for stage in last)


def _varying(view: ExactView) -> bool:
    return all(len(set(values)) > 1 for layer in view.normalized_layers for values in layer.projections)


def _gamma_one(view: ExactView) -> bool:
    return all(gamma == 1 for layer in view.normalized_layers for gamma in layer.statistics.gamma)


def _output_beta_zero(view: ExactView) -> bool:
    statistics = view.network.stages[-1].frozen
    return statistics is None or not any(statistics.beta)


LINEAR_OUTPUT = Hypothesis(
    "linear output",
    "the last layer has no normalisation and no activation",
    lambda view: view.network.stages[-1].normalization is None and view.network.stages[-1].activation is None,
)
NORMALIZED_OUTPUT = Hypothesis(
    "normalised output",
    "the last layer is normalised",
    lambda view: view.network.stages[-1].frozen is not None,
    {"normalized_output": True},
)
NO_OUTPUT_ACTIVATION = Hypothesis(
    "no output activation",
    "no activation follows the last layer",
    lambda view: view.network.stages[-1].activation is None,
)
HIDDEN_NORMALIZED = Hypothesis(
    "normalised hidden layers",
    "every layer but the last is normalised and has an activation, and there is one",
    _hidden_normalized,
    {"depth": (1, 2)},
)
LAST_HIDDEN_NORMALIZED = Hypothesis(
    "normalised last hidden layer",
    "the layer before the last is normalised and has an activation",
    _last_hidden_normalized,
    {"depth": (1, 2)},
)
LEAKY = Hypothesis(
    "leaky ReLU",
    "every activation is t for t >= 0 and eta t for t < 0 with 0 < eta < 1",
    lambda view: all(is_leaky(function) for function in _activations(view)),
    {"kinds": ("leaky relu",)},
)
SIGNS_KEPT = Hypothesis(
    "t a(t) > 0",
    "the last activation has the sign of its argument: t a(t) > 0 for t != 0",
    lambda view: all(keeps_signs(function) for function in _activations(view)[-1:]),
    {"kinds": ("leaky relu", "hard tanh")},
)
ODD = Hypothesis(
    "odd activations",
    "every activation is odd: a(-t) = -a(t)",
    lambda view: all(is_odd(function) for function in _activations(view)),
    {"kinds": ("hard tanh",)},
)
WIDTH_ONE = Hypothesis(
    "width one",
    "the last layer has one input",
    lambda view: view.network.stages[-1].affine.inputs == 1,
    {"max_width": 1},
)
GAMMA_ONE = Hypothesis("gamma = 1", "every gamma_k of a normalised layer is one", _gamma_one)
OUTPUT_BETA_ZERO = Hypothesis("beta_L = 0", "every beta of the last layer is zero", _output_beta_zero, {"beta": "zero"})
VARYING = Hypothesis(
    "sigma > 0",
    "no unit of a normalised layer has the same projection on the whole batch",
    _varying,
    {"min_batch": 2, "nonzero_rows": True},
)
OUTPUT_ROWS_NONZERO = Hypothesis(
    "w_L != 0",
    "no row of the last layer is zero",
    lambda view: all(any(row) for row in rows_of(view.network.stages[-1].affine.linear)),
)
OUTPUT_BIAS_ZERO = Hypothesis(
    "c_L = 0",
    "every bias of the last layer is zero",
    lambda view: not any(view.network.stages[-1].affine.offset),
    {"output_bias": "zero"},
)
