"""Networks with a batch and a domain, drawn by hypothesis: degenerate on purpose, never rejected, shrinking well."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypedDict, Unpack, cast

from hypothesis import strategies as st

from polybn.claims.view import Instance
from polybn.drawing.layers import Builder
from polybn.drawing.numbers import (
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
from polybn.drawing.strata import STRATA, Demands
from polybn.errors import InputError
from polybn.exact.rational import fraction
from polybn.networks.activation import PiecewiseLinear
from polybn.networks.network import Network
from polybn.networks.normalization import Normalization
from polybn.regions.domain import Box

__all__ = [
    "ACTIVATIONS",
    "STRATA",
    "Drawn",
    "Options",
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
KINKED_AT_ZERO = ("relu", "leaky relu", "abs", "steep leaky relu")


@dataclass(frozen=True)
class Drawn:
    """A fitted network, the batch that it was fitted on, a domain, and the stratum that it was drawn from.

    `points` and `offsets` are points of the input space and offsets of a unit, as many as were asked for.
    """

    network: Network
    domain: Box
    batch: Rows
    stratum: str
    points: Rows = ()
    offsets: Point = ()

    def instance(self, method: Normalization) -> Instance:
        """What a claim is checked on, with the normalisation that the network was fitted with."""
        return Instance(
            self.network,
            self.batch,
            self.domain,
            method.name,
            points=self.points,
            offsets=self.offsets,
            stratum=self.stratum,
            method=method,
        )


class Options(TypedDict, total=False):
    """What drawn networks must satisfy.

    `normalization` (a class or an instance) follows every hidden Linear, and the last one too with
    `normalized_output`; an instance keeps the gamma and beta that it has. `depth` is (least, most) hidden layers,
    `nonzero_rows` speaks of hidden rows, `breakpoints="zero"` leaves the activations with the one breakpoint 0, and
    `kinds` names those that are drawn (see `ACTIVATIONS`). `points` and `offsets` say how many of each come with it.
    """

    dimensions: tuple[int, ...]
    normalization: type[Normalization] | Normalization | None
    activation: PiecewiseLinear | st.SearchStrategy[PiecewiseLinear] | None
    breakpoints: Literal["zero", "any"]
    kinds: tuple[str, ...]
    min_batch: int
    nonzero_rows: bool
    beta: Literal["zero", "any"]
    gamma: Literal["nonzero", "nonnegative", "any"]
    depth: tuple[int, int]
    max_width: int
    output_bias: Literal["zero", "any"]
    normalized_output: bool
    points: int
    offsets: int


def cases(*, stratum: str | None = None, **options: Unpack[Options]) -> st.SearchStrategy[Drawn]:
    """Fitted networks with their batch and a domain, of the stratum named, or of any; see `Options`.

    Nothing is rejected: where a statistic would be zero, a sample is added, a row replaced, or eps set to 1, in this
    order. Raises `InputError` at once for a stratum that the other options exclude.
    """
    demands = demands_of(options)
    return _cases(demands, demands.strata if stratum is None else (demands.checked(stratum),))


def strata_for(**options: Unpack[Options]) -> tuple[str, ...]:
    """The strata that `cases` draws under these options.

    Hypothesis repeats and mutates what it drew, so a few hundred examples of one run are not spread evenly over the
    strata; one run a stratum is.
    """
    return demands_of(options).strata


def networks(
    *, fitted: bool = True, stratum: str | None = None, **options: Unpack[Options]
) -> st.SearchStrategy[Network]:
    """Networks alone, options as for `cases`; with `fitted=False` a normalisation is left without its statistics."""
    demands = demands_of(options)
    strata = demands.strata if stratum is None else (demands.checked(stratum),)
    return _networks(demands, strata, fitted)


def demands_of(options: Options) -> Demands:
    """The options as checked demands, those left out filled in; raises `InputError` for a value that is none."""
    given = dict(options)
    kinds = cast("tuple[str, ...]", given.pop("kinds", ACTIVATIONS))
    if unknown := set(kinds) - set(ACTIVATIONS):
        raise InputError(f"kinds has {sorted(unknown)}; choose among {', '.join(ACTIVATIONS)}.", kinds)
    if given.pop("breakpoints", "any") == "zero":
        kinds = tuple(kind for kind in kinds if kind in KINKED_AT_ZERO)
    function = options.get("activation")
    strategy = st.just(function) if isinstance(function, PiecewiseLinear) else function or activations(kinds)
    defaults = {"normalization": None, "depth": DEPTH, "max_width": MAX_WIDTH}
    dimensions = tuple(options.get("dimensions", DIMENSIONS))
    given.update(activation=strategy, dimensions=dimensions)
    return Demands(**{**defaults, **given})  # pyright: ignore[reportArgumentType]


@st.composite
def _cases(draw: st.DrawFn, demands: Demands, strata: tuple[str, ...]) -> Drawn:
    builder = _built(draw, demands, strata)
    network = Network(builder.modules).fit(builder.batch)
    domain = _domain(draw, network, builder)
    chosen = draw(st.tuples(*[points(network.dimension)] * demands.points))
    several = st.lists(rationals(), min_size=demands.offsets, max_size=demands.offsets, unique=True)
    offsets = tuple(draw(several))
    return Drawn(network, domain, builder.batch, builder.stratum, chosen, offsets)


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
