"""Degenerate arrangements on purpose: each stratum is a name, and how the rows and offsets of one layer are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from hypothesis import strategies as st

from polybn.drawing.numbers import Point, Rows, matrices, points, rationals, whole_numbers
from polybn.errors import InputError
from polybn.networks.activation import PiecewiseLinear
from polybn.networks.normalization import Normalization

STRATA = (
    "generic",
    "duplicate rows",
    "opposite rows",
    "scaled rows",
    "zero row",
    "parallel family",
    "concurrent hyperplanes",
    "hyperplane through a corner",
    "hyperplane along a side",
    "bias-free",
    "tiny integers",
    "width one",
    "dimension one",
    "vanishing unit",
    "constant feature",
    "repeated samples",
    "batch of one",
)
"""The kinds of degeneracy, each drawn with an equal share; the last three ask for a normalisation."""

SEVERAL_UNITS = {
    "duplicate rows", "opposite rows", "scaled rows", "parallel family", "concurrent hyperplanes", "vanishing unit",
}  # fmt: skip
CARRIED_BY_THE_BATCH = {"constant feature", "repeated samples", "batch of one"}


@dataclass(frozen=True)
class Demands:
    """What the drawn cases must satisfy; see `polybn.drawing.strategies.cases`."""

    dimensions: tuple[int, ...]
    normalization: type[Normalization] | Normalization | None
    activation: st.SearchStrategy[PiecewiseLinear]
    depth: tuple[int, int]
    max_width: int
    min_batch: int = 1
    nonzero_rows: bool = False
    beta: str = "any"
    gamma: str = "any"
    output_bias: str = "any"
    normalized_output: bool = False
    points: int = 0
    offsets: int = 0

    def __post_init__(self) -> None:
        known = {
            "beta": ("zero", "any"),
            "gamma": ("nonzero", "nonnegative", "any"),
            "output_bias": ("zero", "any"),
        }
        for name, allowed in known.items():
            if getattr(self, name) not in allowed:
                raise InputError(f"{name} is {getattr(self, name)!r}; write {' or '.join(map(repr, allowed))}.", self)
        if not 0 <= self.depth[0] <= self.depth[1]:
            raise InputError(f"depth is {self.depth}; write (least, most) with 0 <= least <= most.", self.depth)
        if min((*self.dimensions, self.max_width, self.min_batch), default=0) < 1 or not self.dimensions:
            raise InputError("dimensions, max_width and min_batch must be at least 1.", self)
        if min(self.points, self.offsets) < 0:
            raise InputError("points and offsets are how many are drawn; they must be at least 0.", self)

    @cached_property
    def strata(self) -> tuple[str, ...]:
        """The strata that can be drawn under these demands."""
        return tuple(name for name in STRATA if self.obstacle(name) is None)

    def checked(self, stratum: str) -> str:
        """The stratum; raises `InputError` when there is no such stratum, or the demands exclude it."""
        obstacle = self.obstacle(stratum) if stratum in STRATA else f"the strata are {', '.join(STRATA)}"
        if obstacle is not None:
            raise InputError(f"The stratum {stratum!r} cannot be drawn: {obstacle}.", stratum)
        return stratum

    def obstacle(self, stratum: str) -> str | None:
        """Why a stratum cannot be drawn, in words, or None."""
        normalized = self.normalization is not None
        obstacles = {
            "it needs a hidden layer": stratum not in ("generic", "dimension one") and self.depth[1] < 1,
            "it needs max_width >= 2": stratum in SEVERAL_UNITS and self.max_width < 2,
            "it needs a normalisation": stratum in CARRIED_BY_THE_BATCH and not normalized,
            "nonzero_rows excludes it": stratum == "zero row" and self.nonzero_rows,
            "without beta, parallel hyperplanes coincide": stratum == "parallel family"
            and normalized
            and self.beta == "zero",
            "it needs depth >= 2": stratum == "vanishing unit" and self.depth[1] < 2,
            "dimensions lacks 1": stratum == "dimension one" and 1 not in self.dimensions,
            "min_batch is above 1": stratum == "batch of one" and self.min_batch > 1,
        }
        return next((words for words, applies in obstacles.items() if applies), None)


@dataclass(frozen=True)
class Rowed:
    """The rows and offsets of one layer, before a normalisation."""

    rows: Rows
    offsets: Point


Pattern = Callable[[st.DrawFn, Rowed], Rowed]
"""From a generic layer of at least two units to one of the stratum; breakpoints are taken to sit at 0."""


def generic(draw: st.DrawFn, width: int, inputs: int, *, tiny: bool) -> Rowed:
    """Rows and offsets without a pattern, though small numbers coincide by chance."""
    numbers = whole_numbers() if tiny else rationals()
    return Rowed(draw(matrices(width, inputs, numbers)), draw(points(width, numbers)))


def cut(layer: Rowed, units: Sequence[int], inputs: Sequence[int], *, nonzero_rows: bool) -> Rowed:
    """Some units of the layer on some of its inputs; with `nonzero_rows` a zero row becomes e_0."""
    rows = tuple(tuple(layer.rows[unit][entry] for entry in inputs) for unit in units)
    offsets = tuple(layer.offsets[unit] for unit in units)
    return Rowed(tuple(map(nonzero, rows)) if nonzero_rows else rows, offsets)


def planted(draw: st.DrawFn, stratum: str, layer: Rowed) -> Rowed:
    """The layer with the stratum's pattern in it; the same layer where the stratum has none."""
    pattern = PATTERNS.get(stratum)
    return layer if pattern is None else pattern(draw, layer)


def multiple(factors: st.SearchStrategy[Fraction]) -> Pattern:
    """The second unit a multiple of the first: the same hyperplane, seen from the same or from the other side."""

    def pattern(draw: st.DrawFn, layer: Rowed) -> Rowed:
        first, factor = nonzero(layer.rows[0]), draw(factors)
        second = tuple(factor * entry for entry in first)
        offset = factor * layer.offsets[0]
        return Rowed((first, second, *layer.rows[2:]), (layer.offsets[0], offset, *layer.offsets[2:]))

    return pattern


def _zero_row(draw: st.DrawFn, layer: Rowed) -> Rowed:
    """A unit that is constant: 0, positive or negative."""
    offset = draw(st.sampled_from((0, 1, -1)).map(Fraction))
    return Rowed(((Fraction(0),) * len(layer.rows[0]), *layer.rows[1:]), (offset, *layer.offsets[1:]))


def _parallel(draw: st.DrawFn, layer: Rowed) -> Rowed:
    """All rows multiples of one, the offsets apart."""
    first = nonzero(layer.rows[0])
    factors = [Fraction(1), *(draw(rationals(bound=2, nonzero=True)) for _ in layer.rows[1:])]
    rows = tuple(tuple(factor * entry for entry in first) for factor in factors)
    return Rowed(rows, tuple(factor * index for index, factor in enumerate(factors)))


def _concurrent(draw: st.DrawFn, layer: Rowed) -> Rowed:
    """Every hyperplane through one point."""
    point = draw(points(len(layer.rows[0]), rationals(bound=1)))
    rows = tuple(map(nonzero, layer.rows))
    return Rowed(rows, tuple(-dot(row, point) for row in rows))


def _along_a_side(draw: st.DrawFn, layer: Rowed) -> Rowed:
    """The first row a multiple of a coordinate."""
    inputs = len(layer.rows[0])
    axis, factor = draw(st.integers(0, inputs - 1)), draw(rationals(bound=2, nonzero=True))
    first = tuple(factor if index == axis else Fraction(0) for index in range(inputs))
    return Rowed((first, *layer.rows[1:]), layer.offsets)


def _through_a_corner(draw: st.DrawFn, layer: Rowed) -> Rowed:
    del draw
    return Rowed((nonzero(layer.rows[0]), *layer.rows[1:]), layer.offsets)


def _bias_free(draw: st.DrawFn, layer: Rowed) -> Rowed:
    del draw
    return Rowed(layer.rows, (Fraction(0),) * len(layer.offsets))


PATTERNS: Mapping[str, Pattern] = {
    "duplicate rows": multiple(st.just(Fraction(1))),
    "opposite rows": multiple(st.just(Fraction(-1))),
    "scaled rows": multiple(st.sampled_from((2, 3, -2)).map(Fraction) | rationals(bound=2, nonzero=True)),
    "zero row": _zero_row,
    "parallel family": _parallel,
    "concurrent hyperplanes": _concurrent,
    "hyperplane through a corner": _through_a_corner,
    "hyperplane along a side": _along_a_side,
    "bias-free": _bias_free,
}


def unit_row(inputs: int, index: int, factor: Fraction = Fraction(1)) -> Point:
    """factor * e_index."""
    return tuple(factor if place == index else Fraction(0) for place in range(inputs))


def dot(row: Point, point: Point) -> Fraction:
    """The scalar product."""
    return sum((a * b for a, b in zip(row, point, strict=True)), Fraction(0))


def nonzero(row: Point) -> Point:
    """The row itself, or e_0 for the zero row."""
    return row if any(row) else unit_row(len(row), 0)
