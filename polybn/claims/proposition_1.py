"""gamma adds no functions: whatever gamma and beta are, some network with gamma = 1 is the same map on all of R^d."""

from __future__ import annotations

from dataclasses import replace

from flint import fmpq

from polybn.claims.claim import Claim, Hypothesis
from polybn.claims.facts import pairwise_variance
from polybn.claims.hypotheses import NORMALIZED
from polybn.claims.view import ExactView, NormalizedLayer
from polybn.errors import InputError
from polybn.exact.matrix import vector
from polybn.exact.rational import text, tuple_text
from polybn.networks.absorbed import absorbed, bends
from polybn.networks.network import Network
from polybn.networks.normalization import Normalization, location_of, squared_scale_of
from polybn.outcome import Fails, Holds, Outcome, Skipped, Undecided
from polybn.regions.equality import equal_maps


def same_function(network: Network, other: Network, name: str) -> Outcome:
    """Whether two networks agree on all of R^d, as an outcome with both values at a point where they do not."""
    point = equal_maps(network, other, exact=True)
    if point is None:
        return Holds(1)
    place = vector(point)
    return Fails(
        f"f(x) = {tuple_text(network.apply(place))}",
        f"{tuple_text(other.apply(place))} of {name}",
        f"x = {tuple_text(place)}",
    )


def is_a_gamma_one_form(view: ExactView, other: Network, method: Normalization) -> Outcome:
    """Whether `other` has the network's widths, gamma = 1, the statistics of the same batch, and is the same map."""
    network = view.network
    widths = [[stage.affine.outputs for stage in one.stages] for one in (other, network)]
    if widths[0] != widths[1]:
        return Fails(f"widths {widths[0]}", f"{widths[1]}", "the layers")
    layers = ExactView(replace(view.instance, network=other)).normalized_layers
    for layer, before in zip(layers, view.normalized_layers, strict=True):
        if set(layer.statistics.gamma) != {1}:
            return Fails(f"gamma = {tuple_text(layer.statistics.gamma)}", "ones", f"layer {layer.index}")
        failure = _not_refitted(layer, before, method)
        if failure:
            return failure
    return same_function(network, other, "the network with gamma = 1")


def _not_refitted(layer: NormalizedLayer, before: NormalizedLayer, method: Normalization) -> Fails | None:
    """Both sides where a layer's statistics are not those of its projections, with the slack that sigma^2 had before.

    sigma may exceed the root of the stated square and the slack only where that root is not rational.
    """
    found, old = layer.statistics, before.statistics
    for unit, values in enumerate(layer.projections):
        where = f"layer {layer.index}, unit {unit}, with gamma = 1"
        mu, square = location_of(method, values), squared_scale_of(method, values)
        if found.location[unit] != mu:
            return Fails(f"mu = {text(found.location[unit])}", f"{text(mu)} on the batch", where)
        least = square + old.scale[unit] ** 2 - old.stated_squares[unit]
        kept = found.scale[unit] == old.scale[unit] or square != old.stated_squares[unit]
        if found.stated_squares[unit] != square or found.scale[unit] ** 2 < least or not kept:
            return Fails(f"sigma = {text(found.scale[unit])}", f"the root of {text(least)}", where)
    return None


def _check(view: ExactView) -> Outcome:
    method = view.instance.method
    if method is None:
        return Skipped("a known normalisation")
    impossible = _obstructed(view, method)
    if impossible:
        return impossible
    try:
        other = absorbed(view.network, method, [vector(point) for point in view.instance.batch])
    except InputError as error:
        return Undecided(str(error))
    return is_a_gamma_one_form(view, other, method)


def _obstructed(view: ExactView, method: Normalization) -> Fails | None:
    """Why no network of these widths with gamma = 1 can be this map, where one of two simple reasons applies.

    Both compare with the variance of the projections, which every sigma^2 = var + eps exceeds or equals.
    """
    if "squared-scale-is-biased-variance" not in method.facts:
        return None
    return _output_too_spread(view) or _bends_too_close(view)


def _output_too_spread(view: ExactView) -> Fails | None:
    """A normalised last layer with gamma = 1 has outputs of variance var / (var + eps) <= 1 over the batch."""
    last = view.network.stages[-1]
    if last.frozen is None or last.activation is not None:
        return None
    outputs = [view.network.apply(vector(point)) for point in view.instance.batch]
    for unit, values in enumerate(zip(*outputs, strict=True)):
        variance = pairwise_variance(values)
        if variance > 1:
            return Fails(
                f"variance {text(variance)} over the batch", "at most 1 with gamma = 1 in that layer", f"output {unit}"
            )
    return None


def _bends_too_close(view: ExactView) -> Fails | None:
    """f = u a(v) + c with one unit bends on parallel hyperplanes normal to w, the outermost (b_m - b_1) apart in v.

    That is a squared distance of (b_m - b_1)^2 sigma^2 / (gamma^2 ||w||^2). With gamma = 1 and a row w' the normals
    must still be parallel, and sigma'^2 >= var' = var ||w'||^2 / ||w||^2: at least (b_m - b_1)^2 var / ||w||^2.
    """
    stages = view.network.stages
    if len(stages) != 2 or stages[0].frozen is None or stages[0].affine.outputs != 1:
        return None
    if stages[1].frozen is not None or stages[1].activation is not None or not any(stages[1].affine.linear.entries()):
        return None
    (layer,) = view.normalized_layers
    bent, (row,), (values,) = bends(layer.stage.activation), layer.rows, layer.projections
    norm, gamma = sum((entry**2 for entry in row), fmpq(0)), layer.statistics.gamma[0]
    if len(bent) < 2 or not norm or not gamma:
        return None
    extent = (bent[-1] - bent[0]) ** 2 / norm
    distance = extent * layer.statistics.scale[0] ** 2 / gamma**2
    least = extent * pairwise_variance(values)
    if distance >= least:
        return None
    return Fails(
        f"squared distance {text(distance)} between the outermost bends",
        f"at least {text(least)} with gamma = 1",
        f"batch of {len(values)}, one unit with {len(bent)} bends",
    )


def _bends_once_or_unscaled(view: ExactView) -> bool:
    return all(
        len(bends(layer.stage.activation)) <= 1 or all(abs(gamma) in (0, 1) for gamma in layer.statistics.gamma)
        for layer in view.normalized_layers
    )


def _last_is_linear(view: ExactView) -> bool:
    frozen = view.network.stages[-1].frozen
    return frozen is None or all(abs(gamma) == 1 for gamma in frozen.gamma)


ONE_BEND = Hypothesis(
    "one bend",
    "the activation of every normalised layer changes its slope at one point at most, wherever that is, unless each "
    "|gamma_k| there is 0 or 1",
    _bends_once_or_unscaled,
    {"kinds": ("relu", "leaky relu", "abs", "steep leaky relu", "piecewise linear")},
)
LINEAR_OUTPUT = Hypothesis(
    "a linear last layer",
    "the last layer carries no normalisation, unless each |gamma_k| there is 1",
    _last_is_linear,
)

PROPOSITION_1 = Claim(
    id="proposition-1",
    sentence="For any gamma and beta there are other weights, biases and beta, of the same widths and normalised on "
    "the same batch, that with gamma = 1 make the same function on all of R^d.",
    source="Proposition 1",
    hypotheses=(NORMALIZED, ONE_BEND, LINEAR_OUTPUT),
    check=_check,
    options={"max_width": 3, "dimensions": (1, 2)},
    moot={NORMALIZED.name: "without a normalised layer there is no gamma"},
)
