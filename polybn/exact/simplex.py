"""The dual simplex method in integers: the maximum of an affine function over a box cut by half-spaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flint import fmpq, fmpz

from polybn.exact.row import Point, Row, evaluate


class Optimum(NamedTuple):
    """objective + sum multipliers_i row_i = value as affine functions, with multipliers_i >= 0.

    ``value > 0``: ``point`` is a vertex where every row is >= 0 and the objective is ``value``, the maximum.
    ``value <= 0``: the objective is positive nowhere where all rows are >= 0; ``point`` then need not satisfy the rows.
    """

    point: Point
    multipliers: dict[int, fmpq]
    value: fmpq


def maximize(objective: Row, rows: Sequence[Row]) -> Optimum:
    """Maximise an affine function over {row >= 0}, or bound it by 0, whichever comes first.

    ``rows[:2 d]`` are a box: x_i - lo_i, then hi_i - x_i, denominators cleared. Zero, constant, duplicate and
    opposite rows are ordinary rows. Starts at the vertex of the box that maximises the objective, which is
    dual feasible, and pivots by Bland's rule (violated row of least index, least basic index among equal
    ratios), so it ends on every input. The bound only falls, hence the stop as soon as it is not positive.
    """
    tableau = _Tableau(objective, rows)
    while True:
        value = fmpq(evaluate(objective, tableau.point()), tableau.determinant)
        if value <= 0:
            return Optimum(tableau.point(), tableau.multipliers(), value)
        violated = tableau.first_violated()
        if violated is None:
            return Optimum(tableau.point(), tableau.multipliers(), value)
        ray = tableau.enter(violated)
        if ray is not None:
            # The rows contradict each other: enough of the contradiction cancels the bound.
            return Optimum(tableau.point(), tableau.cancel(value, violated, ray), fmpq(0))


class _Tableau:
    """d rows tight at one point, with the inverse of their matrix over one common denominator.

    The matrix M of the basic rows has the inverse [column_1 ... column_d] / determinant; the point is
    vertex / determinant; -objective = sum_j prices_j / determinant * basic row_j. All are cofactors, so every
    division below is exact (Edmonds, Bareiss).
    """

    def __init__(self, objective: Row, rows: Sequence[Row]) -> None:
        dimension = len(objective) - 1
        self.rows = rows
        self.basis = [axis + dimension if objective[axis] > 0 else axis for axis in range(dimension)]
        self.determinant = fmpz(1)
        for axis, i in enumerate(self.basis):
            self.determinant *= abs(rows[i][axis])
        self.columns: list[list[fmpz]] = []
        self.vertex: list[fmpz] = []
        self.prices: list[fmpz] = []
        for axis, i in enumerate(self.basis):
            entry = self.determinant // rows[i][axis]
            self.columns.append([entry if k == axis else fmpz(0) for k in range(dimension)])
            self.vertex.append(-entry * rows[i][-1])
            self.prices.append(-entry * objective[axis])

    def point(self) -> Point:
        """The vertex of the basis."""
        return (*self.vertex, self.determinant)

    def multipliers(self) -> dict[int, fmpq]:
        """The dual solution of the basis, zeros left out."""
        return {i: fmpq(p, self.determinant) for i, p in zip(self.basis, self.prices, strict=True) if p != 0}

    def first_violated(self) -> int | None:
        """The first row that is negative at the vertex (Bland's rule), or None at the optimum."""
        point = self.point()
        return next((i for i, row in enumerate(self.rows) if evaluate(row, point) < 0), None)

    def enter(self, entering: int) -> list[fmpz] | None:
        """Make one violated row tight; None, or the row's coordinates in the basis when none of them is positive."""
        row = self.rows[entering]
        ray = [_dot(row, column) for column in self.columns]
        candidates = [j for j, y in enumerate(ray) if y > 0]
        if not candidates:
            return ray
        leaving = min(candidates, key=lambda j: (fmpq(self.prices[j], ray[j]), self.basis[j]))
        self._pivot(entering, leaving, ray, evaluate(row, self.point()))
        return None

    def _pivot(self, entering: int, leaving: int, ray: list[fmpz], slack: fmpz) -> None:
        pivot, old = ray[leaving], self.determinant
        moved, price = self.columns[leaving], self.prices[leaving]
        for j, y in enumerate(ray):
            if j != leaving:
                self.columns[j] = [(pivot * a - y * b) // old for a, b in zip(self.columns[j], moved, strict=True)]
                self.prices[j] = (pivot * self.prices[j] - y * price) // old
        self.vertex = [(pivot * a - slack * b) // old for a, b in zip(self.vertex, moved, strict=True)]
        self.determinant = pivot
        self.basis[leaving] = entering

    def cancel(self, value: fmpq, violated: int, ray: list[fmpz]) -> dict[int, fmpq]:
        """Multipliers of constant 0, from row - sum_j (ray_j / determinant) basic row_j = a negative constant."""
        slack = fmpq(evaluate(self.rows[violated], self.point()), self.determinant)
        weight = -value / slack
        result = self.multipliers()
        result[violated] = result.get(violated, fmpq(0)) + weight
        for i, y in zip(self.basis, ray, strict=True):
            result[i] = result.get(i, fmpq(0)) - weight * fmpq(y, self.determinant)
        return {i: lam for i, lam in result.items() if lam != 0}


def _dot(row: Row, column: Sequence[fmpz]) -> fmpz:
    """The linear part of a row at a direction; the row's constant is left out."""
    total = fmpz(0)
    for a, x in zip(row, column, strict=False):
        total += a * x
    return total
