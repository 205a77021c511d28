"""Small exact numbers, matrices, points, batches, boxes and activations; everything shrinks to small whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from hypothesis import strategies as st

from polybn.networks.activation import Abs, HardTanh, LeakyReLU, PiecewiseLinear, ReLU, ReLU6
from polybn.regions.domain import Box

Point = tuple[Fraction, ...]
Rows = tuple[Point, ...]

ACTIVATIONS = ("relu", "leaky relu", "abs", "steep leaky relu", "hard tanh", "relu6", "piecewise linear")
LEAKY_SLOPES = (Fraction(1, 10), Fraction(1, 2), Fraction(1, 100))
STEEP_SLOPES = (Fraction(2), Fraction(-1, 2), Fraction(-2))
"""Below 0 or above 1: leaky ReLUs that most statements do not mean."""


@lru_cache
def rationals(*, bound: int = 4, nonzero: bool = False, positive: bool = False) -> st.SearchStrategy[Fraction]:
    """Rationals up to `bound`: whole numbers first (0, 1, -1, 2, ...), then fractions with denominators 2, 3, 5."""
    sizes = [Fraction(whole) for whole in range(bound + 1)]
    sizes += [Fraction(top, bottom) for bottom in (2, 3, 5) for top in (1, 2, 3, 4) if top % bottom]
    signed = [sign * size for size in sizes for sign in ((1, -1) if size and not positive else (1,))]
    # One choice a number, from the simplest on: quick to draw, and shrunk by its place in the list.
    return st.sampled_from([value for value in signed if value or not (nonzero or positive)])


def whole_numbers(bound: int = 1) -> st.SearchStrategy[Fraction]:
    """Whole numbers of size at most `bound`: ties and coincidences are common."""
    return st.sampled_from([Fraction(sign * size) for size in range(bound + 1) for sign in ((1, -1) if size else (1,))])


def points(dimension: int, numbers: st.SearchStrategy[Fraction] | None = None) -> st.SearchStrategy[Point]:
    """Points of Q^dimension."""
    return st.tuples(*[rationals() if numbers is None else numbers] * dimension)


def matrices(
    rows: int, columns: int, numbers: st.SearchStrategy[Fraction] | None = None, *, nonzero_rows: bool = False
) -> st.SearchStrategy[Rows]:
    """Matrices of shape (rows, columns) as tuples of rows; with `nonzero_rows` no row is zero."""
    row = points(columns, numbers)
    return st.tuples(*[row.map(_nonzero) if nonzero_rows else row] * rows)


def _nonzero(row: Point) -> Point:
    return row if any(row) else (Fraction(1), *row[1:])


def batches(
    dimension: int,
    *,
    min_size: int = 2,
    max_size: int = 5,
    degenerate: bool = False,
    numbers: st.SearchStrategy[Fraction] | None = None,
) -> st.SearchStrategy[Rows]:
    """Batches of min_size to max_size points; `degenerate` ones repeat samples or hold a feature constant."""
    sample = points(dimension, numbers)
    plain = st.lists(sample, min_size=min_size, max_size=max(min_size, max_size)).map(tuple)
    if not degenerate:
        return plain
    held = st.builds(with_constant_feature, plain, st.integers(0, dimension - 1))
    return st.builds(with_repeated_samples, plain) | held


def with_constant_feature(batch: Rows, feature: int) -> Rows:
    """The batch with one feature set to its first sample's value."""
    value = batch[0][feature]
    return tuple((*sample[:feature], value, *sample[feature + 1 :]) for sample in batch)


def with_repeated_samples(batch: Rows) -> Rows:
    """The batch with its first sample once more."""
    return (batch[0], *batch)


@st.composite
def piecewise_linear(draw: st.DrawFn) -> PiecewiseLinear:
    """A random continuous piecewise-linear function with one to three breakpoints."""
    breakpoints = sorted(draw(st.lists(rationals(), min_size=1, max_size=3, unique=True)))
    slopes = draw(st.tuples(*[rationals(bound=2)] * (len(breakpoints) + 1)))
    return PiecewiseLinear(breakpoints, slopes, draw(rationals(bound=2)))


def activations(kinds: Sequence[str] = ACTIVATIONS) -> st.SearchStrategy[PiecewiseLinear]:
    """Activations of the kinds named (see `ACTIVATIONS`); the slope of a leaky ReLU is between 0 and 1."""
    drawn: dict[str, st.SearchStrategy[PiecewiseLinear]] = {
        "relu": st.just(ReLU()),
        "leaky relu": st.sampled_from(LEAKY_SLOPES).map(LeakyReLU),
        "abs": st.just(Abs()),
        "steep leaky relu": st.sampled_from(STEEP_SLOPES).map(LeakyReLU),
        "hard tanh": st.just(HardTanh()),
        "relu6": st.just(ReLU6()),
        "piecewise linear": piecewise_linear(),
    }
    return st.sampled_from(tuple(kinds)).flatmap(drawn.__getitem__)


@st.composite
def boxes(draw: st.DrawFn, dimension: int, *, around: Rows = ()) -> Box:
    """Boxes: [-n, n]^dimension large enough for the points `around` in their inside, or one with sides of its own."""
    if draw(st.booleans()):
        lows = [min((p[axis] for p in around), default=Fraction(0)) for axis in range(dimension)]
        highs = [max((p[axis] for p in around), default=Fraction(0)) for axis in range(dimension)]
        margin = points(dimension, rationals(positive=True))
        below, above = draw(margin), draw(margin)
        return Box(
            tuple(low - step for low, step in zip(lows, below, strict=True)),
            tuple(high + step for high, step in zip(highs, above, strict=True)),
        )
    least = max((abs(entry) for point in around for entry in point), default=Fraction(0))
    half = Fraction(int(least) + draw(st.integers(1, 3)))
    return Box((-half,) * dimension, (half,) * dimension)
