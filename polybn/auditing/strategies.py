"""Networks with a batch and a domain, drawn by hypothesis: degenerate on purpose, never rejected, shrinking well."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from hypothesis import strategies as st

from polybn.auditing.layers import Builder
from polybn.auditing.numbers import (
    ACTIVATIONS,
    Point,
    Rows,
    activations,
    batches,
    boxes,
    matrices,
    piecewise_linear,
    points,
    rationals,
    whole_numbers,
)
from polybn.auditing.strata import STRATA, Demands
from polybn.exact.rational import fraction
from polybn.networks.activation import PiecewiseLinear
from polybn.networks.network import Network
from polybn.networks.normalization import Normalization
from polybn.regions.domain import Box

__all__ = [
    "ACTIVATIONS",
    "STRATA",
    "Drawn",
    "activations",
    "batches",
    "boxes",
    "cases",
    "matrices",
    "networks",
    "piecewise_linear",
    "points",
    "rationals",
    "strata_for",
    "whole_numbers",
]

DIMENSIONS = (1, 2, 3)
DEPTH = (1, 2)
MAX_WIDTH = 4


@dataclass(frozen=True)
class Drawn:
    """A fitted network, the batch that it was fitted on, a domain, and the stratum that it was drawn from."""

    network: Network
    domain: Box
    batch: Rows
    stratum: str


def cases(
    *,
    stratum: str | None = None,
    dimensions: tuple[int, ...] = DIMENSIONS,
    normalization: type[Normalization] | Normalization | None = None,
    activation: PiecewiseLinear | st.SearchStrategy[PiecewiseLinear] | None = None,
    min_batch: int = 1,
    nonzero_rows: bool = False,
    beta: Literal["zero", "any"] = "any",
    gamma: Literal["nonzero", "any"] = "any",
    depth: tuple[int, int] = DEPTH,
    max_width: int = MAX_WIDTH,
    output_bias: Literal["zero", "any"] = "any",
    normalized_output: bool = False,
) -> st.SearchStrategy[Drawn]:
    """Fitted networks with their batch and a domain, an equal share from each stratum, or from the one named.

    `normalization` (a class or an instance) follows every hidden Linear, and the last one too with
    `normalized_output`; `depth` is (least, most) hidden layers; `nonzero_rows` speaks of hidden rows. Nothing is
    rejected: where a statistic would be zero, a sample is added, a row replaced, or eps set to 1, in this order.
    Raises `InputError` at once for a stratum that the other options exclude.
    """
    demands = Demands(
        dimensions=tuple(dimensions),
        normalization=normalization,
        activation=_activation_strategy(activation),
        min_batch=min_batch,
        nonzero_rows=nonzero_rows,
        beta=beta,
        gamma=gamma,
        depth=depth,
        max_width=max_width,
        output_bias=output_bias,
        normalized_output=normalized_output,
    )
    return _cases(demands, demands.strata if stratum is None else (demands.checked(stratum),))


def strata_for(
    *,
    dimensions: tuple[int, ...] = DIMENSIONS,
    normalization: type[Normalization] | Normalization | None = None,
    min_batch: int = 1,
    nonzero_rows: bool = False,
    beta: Literal["zero", "any"] = "any",
    depth: tuple[int, int] = DEPTH,
    max_width: int = MAX_WIDTH,
) -> tuple[str, ...]:
    """The strata that `cases` draws under these options.

    Hypothesis repeats and mutates what it drew, so a few hundred examples of one run are not spread evenly; one run a
    stratum is.
    """
    return Demands(
        dimensions=tuple(dimensions),
        normalization=normalization,
        activation=activations(),
        min_batch=min_batch,
        nonzero_rows=nonzero_rows,
        beta=beta,
        depth=depth,
        max_width=max_width,
    ).strata


def networks(
    *,
    fitted: bool = True,
    stratum: str | None = None,
    dimensions: tuple[int, ...] = DIMENSIONS,
    normalization: type[Normalization] | Normalization | None = None,
    activation: PiecewiseLinear | st.SearchStrategy[PiecewiseLinear] | None = None,
    depth: tuple[int, int] = DEPTH,
    max_width: int = MAX_WIDTH,
) -> st.SearchStrategy[Network]:
    """Networks alone, options as for `cases`; with `fitted=False` a normalisation is left without its statistics."""
    demands = Demands(
        dimensions=tuple(dimensions),
        normalization=normalization,
        activation=_activation_strategy(activation),
        depth=depth,
        max_width=max_width,
    )
    strata = demands.strata if stratum is None else (demands.checked(stratum),)
    return _networks(demands, strata, fitted)


@st.composite
def _cases(draw: st.DrawFn, demands: Demands, strata: tuple[str, ...]) -> Drawn:
    builder = _built(draw, demands, strata)
    network = Network(builder.modules).fit(builder.batch)
    return Drawn(network, _domain(draw, network, builder), builder.batch, builder.stratum)


@st.composite
def _networks(draw: st.DrawFn, demands: Demands, strata: tuple[str, ...], fitted: bool) -> Network:
    builder = _built(draw, demands, strata)
    network = Network(builder.modules)
    return network.fit(builder.batch) if fitted else network


def _built(draw: st.DrawFn, demands: Demands, strata: tuple[str, ...]) -> Builder:
    builder = Builder(draw, demands, draw(st.sampled_from(strata)))
    builder.build()
    return builder


def _domain(draw: st.DrawFn, network: Network, builder: Builder) -> Box:
    """A box around the batch, or one that touches the first unit's hyperplane where the stratum asks for it."""
    if not builder.stratum.startswith("hyperplane "):
        # The hyperplanes of a bias-free net and of the unit before a vanishing one pass through the origin.
        return draw(boxes(network.dimension, around=(*builder.batch, (Fraction(0),) * network.dimension)))
    corner = _on_first_hyperplane(draw, network)
    sizes = draw(points(network.dimension, rationals(positive=True)))
    upwards = draw(st.tuples(*[st.booleans()] * network.dimension))
    sides = list(zip(corner, sizes, upwards, strict=True))
    return Box(
        tuple(start if up else start - size for start, size, up in sides),
        tuple(start + size if up else start for start, size, up in sides),
    )


def _on_first_hyperplane(draw: st.DrawFn, network: Network) -> Point:
    """A point of the first unit's hyperplane; its row is not zero."""
    first = network.hidden[0]
    row = first.affine.slope[0]
    axis = next(index for index, entry in enumerate(row) if entry)
    point = list(draw(points(network.dimension)))
    rest = sum((entry * point[index] for index, entry in enumerate(row) if index != axis), first.affine.bias[0])
    point[axis] = (fraction(first.activation.breakpoints[0]) - rest) / row[axis]
    return tuple(point)


def _activation_strategy(
    given: PiecewiseLinear | st.SearchStrategy[PiecewiseLinear] | None,
) -> st.SearchStrategy[PiecewiseLinear]:
    if given is None:
        return activations()
    return st.just(given) if isinstance(given, PiecewiseLinear) else given
