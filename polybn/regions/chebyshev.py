"""min max_i |y_i - x_i| over a bounded polyhedron: one exact linear program in one more variable."""

from __future__ import annotations

from collections.abc import Sequence

from flint import fmpq, fmpz

from polybn.exact.matrix import Vector
from polybn.exact.rational import affine
from polybn.exact.row import Row
from polybn.exact.simplex import maximize
from polybn.regions.distance import Piece


def nearest_in_largest_coordinate(piece: Piece, start: Vector) -> tuple[Vector, fmpq] | None:
    """A point of the piece at the least l-infinity distance from `start`, and the distance; None when it is empty.

    ``piece.rows[:2 d]`` are a box: x_i - lo_i, then hi_i - x_i, denominators cleared. The nearest point need not be
    unique; the distance is. Maximises T - t over |y_i - x_i| <= t < T, where T is beyond every point of the box.
    """
    dimension = len(start)
    lower, upper = piece.rows[:dimension], piece.rows[dimension : 2 * dimension]
    low = [fmpq(-row[-1], row[axis]) for axis, row in enumerate(lower)]
    high = [fmpq(row[-1], -row[axis]) for axis, row in enumerate(upper)]
    reach = max(max(abs(x - lo), abs(hi - x)) for x, lo, hi in zip(start, low, high, strict=True)) + 1
    slack = [fmpz(0)] * dimension
    rows = [
        *(_lifted(row) for row in lower),
        (*slack, fmpz(1), fmpz(0)),
        *(_lifted(row) for row in upper),
        (*slack, -reach.q, reach.p),
        *(_lifted(row) for row in piece.rows[2 * dimension :]),
        *(row for equation in piece.equations for row in _both(equation)),
        *(row for axis, x in enumerate(start) for row in _bounds(axis, x, dimension)),
    ]
    optimum = maximize((*slack, -reach.q, reach.p), rows)
    if optimum.value <= 0:
        return None
    *point, distance = affine(optimum.point)
    return tuple(point), distance


def _lifted(row: Sequence[fmpz]) -> Row:
    """The row as a function of (y, t)."""
    return (*row[:-1], fmpz(0), row[-1])


def _both(equation: Row) -> tuple[Row, Row]:
    return _lifted(equation), _lifted([-a for a in equation])


def _bounds(axis: int, value: fmpq, dimension: int) -> tuple[Row, Row]:
    """t - (y_i - x_i) >= 0 and t + (y_i - x_i) >= 0."""
    rows: list[Row] = []
    for direction in (-1, 1):
        row = [fmpz(0)] * (dimension + 2)
        row[axis], row[-2], row[-1] = direction * value.q, value.q, -direction * value.p
        rows.append(tuple(row))
    return rows[0], rows[1]
