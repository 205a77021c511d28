"""a(gamma t) = gamma a(t), so W_{l+1} alone takes gamma over: true for gamma >= 0, not for every gamma (Eq. 28)."""

from __future__ import annotations

from dataclasses import replace

from flint import fmpq

from polybn.claims.claim import Claim, Hypothesis
from polybn.claims.hypotheses import BETA_ZERO, BREAKPOINT_ZERO, NORMALIZED
from polybn.claims.proposition_1 import same_function
from polybn.claims.view import ExactView
from polybn.exact.rational import text
from polybn.networks.activation import PiecewiseLinear
from polybn.networks.affine import identity
from polybn.networks.layer import Stage
from polybn.networks.network import Network
from polybn.outcome import Fails, Outcome


def inhomogeneous_at(function: PiecewiseLinear, factor: fmpq) -> fmpq | None:
    """A t with a(factor t) != factor a(t), or None when there is none among all t.

    Both sides are continuous and piecewise affine in t with known breakpoints, so their values at these and at one
    point beyond each end decide; 1 and -1 come first, since they are easily read.
    """
    points = set(function.breakpoints)
    if factor:
        points |= {point / factor for point in function.breakpoints}
    tried = (fmpq(1), fmpq(-1), *sorted(points), min(points) - 1, max(points) + 1)
    return next((t for t in tried if function.value(factor * t) != factor * function.value(t)), None)


def gamma_in_the_next_layer(network: Network) -> Network:
    """gamma set to 1, beta kept, and column k of the next layer's weights multiplied by gamma_k.

    A last layer that is normalised keeps its gamma: there is no layer after it.
    """
    stages: list[Stage] = []
    before = identity(network.dimension)
    for index, stage in enumerate(network.stages):
        affine, frozen = stage.affine.after(before), stage.frozen
        before = identity(affine.outputs)
        if frozen is not None and index < len(network.stages) - 1:
            nothing = (fmpq(0),) * frozen.units
            before = before.scaled(frozen.gamma, nothing)
            frozen = replace(frozen, gamma=(fmpq(1),) * frozen.units)
        stages.append(Stage(affine, frozen, stage.activation))
    return Network(stages)


def _check(view: ExactView) -> Outcome:
    for layer in view.normalized_layers:
        function = layer.stage.activation
        if function is None:
            continue
        for unit, gamma in enumerate(layer.statistics.gamma):
            argument = inhomogeneous_at(function, gamma)
            if argument is not None:
                return Fails(
                    f"a({text(gamma * argument)}) = {text(function.value(gamma * argument))}",
                    f"{text(gamma)} * a({text(argument)}) = {text(gamma * function.value(argument))}",
                    f"layer {layer.index}, unit {unit}: gamma = {text(gamma)}, t = {text(argument)}, {function.name}",
                )
    return same_function(view.network, gamma_in_the_next_layer(view.network), "gamma moved into the next layer")


GAMMA_NONNEGATIVE = Hypothesis(
    "gamma >= 0",
    "no gamma_k of a normalised layer is negative",
    lambda view: all(gamma >= 0 for layer in view.normalized_layers for gamma in layer.statistics.gamma),
    {"gamma": "nonnegative"},
)
ZERO_AT_ZERO = Hypothesis(
    "a(0) = 0",
    "the activation of every normalised layer has the value 0 at 0",
    lambda view: (
        not any(layer.stage.activation.value(fmpq(0)) for layer in view.normalized_layers if layer.stage.activation)
    ),
)
PAPER = (NORMALIZED, BETA_ZERO, BREAKPOINT_ZERO, ZERO_AT_ZERO)
MOOT = {NORMALIZED.name: "without a normalised layer there is no gamma"}

EQUATION_28 = Claim(
    id="equation-28",
    sentence="a(gamma t) = gamma a(t) for every gamma and t, so gamma set to 1 and column k of W_{l+1} multiplied by "
    "gamma_k give the same function.",
    source="Eq. 28",
    hypotheses=PAPER,
    check=_check,
    twin="equation-28-nonnegative",
    options={"max_width": 2, "dimensions": (1, 2)},
    moot=MOOT,
)

EQUATION_28_NONNEGATIVE = Claim(
    id="equation-28-nonnegative",
    sentence="a(gamma t) = gamma a(t) for every gamma >= 0 and every t, so gamma set to 1 and column k of W_{l+1} "
    "multiplied by gamma_k give the same function.",
    source="Eq. 28, repaired",
    hypotheses=(*PAPER, GAMMA_NONNEGATIVE),
    check=_check,
    twin="equation-28",
    options={"max_width": 3, "dimensions": (1, 2)},
    moot=MOOT,
)
