"""{x : lo <= x <= hi}: the part of R^d in which regions are enumerated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import inf, isinf, isnan, prod
from numbers import Integral, Number
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
from flint import fmpq, fmpz

from polybn.errors import DomainError, ShapeError
from polybn.exact.matrix import vector
from polybn.exact.rational import brief, fraction, homogeneous, rational, short
from polybn.exact.row import Point, Row, evaluate

if TYPE_CHECKING:
    from polybn.networks.network import Network
    from polybn.regions.halfspaces import Polytope

MAX_DIMENSION = 64

_SINGLE: tuple[type, ...] = (str, Number, fmpq, fmpz, np.generic)
"""One bound for all coordinates."""


@dataclass(frozen=True, repr=False)
class Box:
    """The box with these corners, lower < upper in every coordinate; make one with `box`."""

    lower: tuple[Fraction, ...]
    upper: tuple[Fraction, ...]
    is_frame: bool = False
    """Whether it only stands for all of R^d: its sides are then no facets (`WholeSpace`)."""

    def __post_init__(self) -> None:
        sides = zip(self.lower, self.upper, strict=False)
        if not self.lower or len(self.lower) != len(self.upper) or any(low >= high for low, high in sides):
            raise DomainError(
                f"{brief(self.lower)} and {brief(self.upper)} are not the corners of a box. Use pb.box(...).",
                (self.lower, self.upper),
            )

    @property
    def dimension(self) -> int:
        """d."""
        return len(self.lower)

    @property
    def volume(self) -> Fraction:
        """The product of the side lengths."""
        return prod((hi - lo for lo, hi in zip(self.lower, self.upper, strict=True)), start=Fraction(1))

    def prepared(self, network: Network) -> tuple[Network, Box]:
        """The network and the bounded domain that engines enumerate."""
        return network, self

    def contains(self, point: Sequence[object]) -> bool:
        """Whether a point lies in the closed box; a frame contains all. Raises `ShapeError` for another dimension."""
        place = place_of(point, self.dimension)
        return self.is_frame or all(evaluate(row, place) >= 0 for row in self.rows)

    @property
    def facets(self) -> dict[int, tuple[int, ...]]:
        """The rows that own each facet, by the first of them."""
        return {index: (index,) for index in range(len(self.rows))}

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """2 d rows, each >= 0 on the box: x_i - lo_i for every i, then hi_i - x_i."""
        below = [self._row(axis, 1, -bound) for axis, bound in enumerate(self.lower)]
        above = [self._row(axis, -1, bound) for axis, bound in enumerate(self.upper)]
        return (*below, *above)

    @property
    def corners(self) -> list[tuple[Row, int]]:
        """Each vertex in homogeneous integers, with the bit mask of the rows that vanish at it."""
        d = self.dimension
        found: list[tuple[Row, int]] = []
        for choice in product((0, 1), repeat=d):
            point = tuple(fmpq(*self._bound(axis, side)) for axis, side in enumerate(choice))
            mask = sum(1 << (axis + d * side) for axis, side in enumerate(choice))
            found.append((homogeneous(point), mask))
        return found

    def __str__(self) -> str:
        sides = zip(self.lower, self.upper, strict=True)
        return " x ".join(f"[{short(lo)}, {short(hi)}]" for lo, hi in sides)

    def __repr__(self) -> str:
        return f"Box({self})"

    def _bound(self, axis: int, side: int) -> tuple[int, int]:
        bound = self.upper[axis] if side else self.lower[axis]
        return bound.numerator, bound.denominator

    def _row(self, axis: int, direction: int, offset: Fraction) -> Row:
        entries = [fmpz(0)] * self.dimension + [fmpz(offset.numerator)]
        entries[axis] = fmpz(direction * offset.denominator)
        return tuple(entries)


Domain: TypeAlias = "Box | Polytope"
"""A bounded full-dimensional polytope in which engines enumerate. Its `rows` are >= 0 inside and the first 2 d bound a
box; `facets` names the rows that own each facet by the first of them, `corners` the vertices with masks of facets."""


def place_of(point: Sequence[object], dimension: int) -> Point:
    """The point given, in homogeneous integers; raises `ShapeError` unless it has `dimension` coordinates."""
    values = vector(point, "point")
    if len(values) != dimension:
        raise ShapeError(f"The point has {len(values)} coordinates and the domain {dimension}.", point)
    return homogeneous(values)


def box(lower: object, upper: object, *, dim: int | None = None) -> Box:
    """The box [lower, upper]^dim, or the box with the given lists of lower and upper bounds.

    Raises `DomainError` when a side is empty, degenerate or unbounded, or the dimension is missing.

    >>> str(box(-3, 3, dim=2))
    '[-3, 3] x [-3, 3]'
    >>> str(box([0, "1/2"], [1, 1]))
    '[0, 1] x [1/2, 1]'
    """
    if dim is not None:
        _check_dimension(dim)
    low, high = _bounds(lower, dim, "lower"), _bounds(upper, dim, "upper")
    if len(low) != len(high):
        raise DomainError(
            f"The box has {len(low)} lower and {len(high)} upper bounds; give one pair a coordinate, "
            "or dim=... with single numbers.",
            (lower, upper),
        )
    _check_dimension(len(low))
    for axis, (start, end) in enumerate(zip(low, high, strict=True)):
        if start >= end:
            relation = "above" if start > end else "equal to"
            raise DomainError(
                f"Coordinate {axis}: lower bound {short(start)} is {relation} upper bound {short(end)}; "
                "a box needs lower < upper. Swap or widen them.",
                (lower, upper),
            )
    return Box(low, high)


def _check_dimension(dim: object) -> None:
    if isinstance(dim, bool) or not isinstance(dim, Integral) or not 1 <= int(dim) <= MAX_DIMENSION:
        raise DomainError(f"dim is {brief(dim)}; a box needs a dimension from 1 to {MAX_DIMENSION}.", dim)


def _bounds(given: object, dim: int | None, name: str) -> tuple[Fraction, ...]:
    _refuse_unbounded(given, name)
    if isinstance(given, _SINGLE):
        if dim is None:
            raise DomainError(f"The {name} bound is one number; say for how many coordinates: dim=2.", given)
        return (fraction(rational(given, name)),) * int(dim)
    bounds = tuple(fraction(bound) for bound in vector(given, name))
    if not bounds:
        raise DomainError(f"The list of {name} bounds is empty; a box needs at least one coordinate.", given)
    if dim is not None and len(bounds) != dim:
        raise DomainError(f"{len(bounds)} {name} bounds were given and dim={dim}.", given)
    return bounds


def _refuse_unbounded(given: object, name: str) -> None:
    for entry in _entries(given):
        number = _as_float(entry)
        if isnan(number):
            raise DomainError(f"The {name} bound is nan, which is not a number. Give finite numbers.", entry)
        if isinf(number):
            raise DomainError(
                f"The {name} bound is {entry}; polybn enumerates bounded boxes. Give finite numbers.", entry
            )


def _entries(given: object) -> list[object]:
    if isinstance(given, np.ndarray):
        return cast("np.ndarray[Any, Any]", given).ravel().tolist()
    return list(cast("list[object]", given)) if isinstance(given, list | tuple) else [given]


def _as_float(entry: object) -> float:
    """The value of a float, or of a text that names an infinity; 0 for anything else."""
    if isinstance(entry, float | np.floating):
        return float(cast(float, entry))
    is_infinite = isinstance(entry, str) and entry.strip().lstrip("+-").lower() in ("inf", "infinity", "oo")
    return inf if is_infinite else 0.0
