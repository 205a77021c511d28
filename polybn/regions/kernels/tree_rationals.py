"""Questions that floats leave open in the sign-vector tree, answered in rationals."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from flint import fmpq, fmpz, fmpz_mat

from polybn.exact.farkas import Farkas, from_basis
from polybn.exact.feasibility import positive_side, round_inside
from polybn.exact.rational import homogeneous
from polybn.exact.row import Point, Row, evaluate
from polybn.networks.integer import IntegerNetwork
from polybn.regions.kernels.floats import FloatNetwork, Integers
from polybn.regions.kernels.tree_arrays import (
    ANSWER,
    BOUND,
    EMPTY,
    HIGH_IN,
    LAYER,
    LOW_IN,
    OPEN,
    PLANE_ASKED,
    POINT,
    POINT_ASKED,
    POOL,
    ROWS,
    SETTLED,
    SIDE_ASKED,
    TINY,
    TOP,
    Search,
)


class Outside:
    """The exact network and the rational points of a search."""

    def __init__(
        self, network: IntegerNetwork, domain_rows: Sequence[Row], net: FloatNetwork, scales: Integers
    ) -> None:
        self.network = network
        self.domain_rows = tuple(domain_rows)
        self.net = net
        self.scales: list[int] = scales.tolist()
        self.points: list[Point] = []
        """Those that no float stands for, by number."""
        self._starts: list[int] = net.plane_start.tolist()
        depth = len(self._starts) - 1
        counts = [self._starts[0], *np.diff(net.plane_start).tolist()]
        self._layer_of: list[int] = np.repeat(np.arange(-1, depth), counts).tolist()
        self._drawn: dict[int, tuple[tuple[int, ...], list[Row], fmpz_mat]] = {}

    def point_of(self, scaled: Sequence[float], number: int) -> Point:
        """The rational point that a scaled float point or a number means."""
        if number >= 0:
            return self.points[number]
        powers = (fmpq(2) ** scale for scale in self.scales)
        ratios = (value.as_integer_ratio() for value in scaled)
        return homogeneous(tuple(fmpq(n, q) * power for (n, q), power in zip(ratios, powers, strict=True)))

    def start(self, S: Search, point: Point) -> None:
        """Make a point strictly inside the first frame's cell the first of the pool."""
        self._write(S, 0, point, 0, needed=False)

    def side(self, S: Search) -> None:
        """Answer whether the side asked for is empty, with the next point of the pool where it is not."""
        s, p = int(S.numbers[TOP]), int(S.numbers[POINT_ASKED])
        S.numbers[SETTLED] += 1
        plane, sign = int(S.numbers[PLANE_ASKED]), int(S.numbers[SIDE_ASKED])
        layer = int(S.frames[s, LAYER])
        side = _times(sign, self._layer(S, layer)[plane - self._starts[layer]])
        basis: list[int] = S.ids[len(S.reach) :].tolist()
        found = self._rows(S, s, basis)
        tight = [found[index] for index in basis]
        if from_basis(range(len(tight)), tight, side) is not None:
            S.numbers[ANSWER] = EMPTY
            return
        rows = [row for row in self._rows(S, s).values() if any(row)]
        witness = self.point_of(S.pool[p, : self.network.dimension].tolist(), int(S.exact[p]))
        answer = positive_side(rows, side, witness)
        if isinstance(answer, Farkas):
            S.numbers[ANSWER] = EMPTY
            return
        self._write(S, int(S.numbers[POOL]), self._generic(S, s, (*rows, side), answer), s, needed=True)
        S.numbers[ANSWER] = POINT

    def point(self, S: Search) -> None:
        """Move the point asked for off every hyperplane of its layer, inside its cell; zero rows get the sign 0."""
        s, p = int(S.numbers[TOP]), int(S.numbers[POINT_ASKED])
        S.numbers[SETTLED] += 1
        layer, first = int(S.frames[s, LAYER]), int(self.net.plane_start[S.frames[s, LAYER]])
        for index, row in enumerate(self._layer(S, layer)):
            if not any(row):
                S.signs[first + index] = 0
        place = self.point_of(S.pool[p, : self.network.dimension].tolist(), int(S.exact[p]))
        self._write(S, p, self._generic(S, s, list(self._rows(S, s).values()), place), s, needed=True)
        S.numbers[ANSWER] = POINT

    def _layer(self, S: Search, layer: int) -> list[Row]:
        """The rows of a layer on the current code, not signed."""
        ids = int(self.net.plane_start[-1])
        code: list[int] = S.signs[ids : ids + self.net.unit_start[layer]].tolist()
        found = self._drawn.get(layer)
        if found is None or found[0] != tuple(code):
            state = self.network.start()
            if layer > 0:
                start = int(self.net.unit_start[layer - 1])
                self._layer(S, layer - 1)
                state = self.network.activate(layer - 1, self._drawn[layer - 1][2], code[start:])
            preactivations = self.network.preactivations(layer, state)
            rows = [tuple(row) for row in self.network.hyperplanes(layer, preactivations).tolist()]
            self._drawn[layer] = found = (tuple(code), rows, preactivations)
        return found[1]

    def _rows(self, S: Search, s: int, wanted: Sequence[int] | None = None) -> dict[int, Row]:
        """The rows of frame s, or those wanted, as the kernel numbers them: the box, then the active rows."""
        drawn = [self._layer(S, layer) for layer in range(int(S.frames[s, LAYER]) + 1)]
        box = 2 * self.network.dimension
        rows: dict[int, Row] = {}
        for index in range(box + int(S.frames[s, ROWS])) if wanted is None else wanted:
            g = index if index < box else int(S.ids[index - box])
            layer = self._layer_of[g]
            if layer < 0:
                rows[index] = self.domain_rows[g]
            else:
                rows[index] = _times(int(S.signs[g]), drawn[layer][g - self._starts[layer]])
        return rows

    def _generic(self, S: Search, s: int, rows: Sequence[Row], point: Point) -> Point:
        """A point near this one where rows stay positive and no hyperplane of the layer that may cut is zero."""
        layer = int(S.frames[s, LAYER])
        first = int(self.net.plane_start[layer])
        cuts = [row for k, row in enumerate(self._layer(S, layer)) if S.signs[first + k] == OPEN and any(row)]
        touching = [row for row in cuts if evaluate(row, point) == 0]
        if not touching:
            return point
        signed = [_times(1 if evaluate(row, point) > 0 else -1, row) for row in cuts if evaluate(row, point) != 0]
        direction = _transversal(touching)
        ends = [*(row for row in rows if any(row)), *signed]
        moved = _stepped(ends, point, direction)
        sides = [_times(1 if evaluate(row, moved) > 0 else -1, row) for row in touching]
        return round_inside((*ends, *sides), moved)

    def _write(self, S: Search, p: int, point: Point, s: int, *, needed: bool) -> None:
        """Pool point p: the float point next to a rational one where that will do, else the rational one.

        With ``needed``, the signs of the layer's hyperplanes that may still cut must be certain.
        """
        d, layer, m = self.network.dimension, int(S.frames[s, LAYER]), int(S.frames[s, ROWS])
        scaled = [Fraction(int(n), int(point[-1])) / Fraction(2) ** e for n, e in zip(point, self.scales, strict=False)]
        near = [float(value) for value in scaled]
        S.pool[p, :d] = near
        S.pool[p, d], S.exact[p] = 0.0, -1
        inside, certain = self._read(S, layer, m, p)
        signs = np.array([_sign(evaluate(row, point)) for row in self._layer(S, layer)], dtype=np.int8)
        first, n = int(self.net.plane_start[layer]), len(signs)
        opened = S.signs[first : first + n] == OPEN
        if inside and (not needed or (certain and np.array_equal(S.seen[p, :n][opened], signs[opened]))):
            return
        distance = sum((abs(value - Fraction(guess)) for value, guess in zip(scaled, near, strict=True)), Fraction(0))
        S.pool[p, d] = float(distance) * (1 + 2.0**-50) + TINY if distance else 0.0
        S.exact[p] = len(self.points)
        self.points.append(point)
        S.seen[p, :n] = signs
        slack, value = S.pool[p, d + 1 : d + 1 + m], S.pool[p, d + 1 + len(S.reach) :][:n]
        slack[:] = np.maximum(slack, TINY)
        value[:] = np.maximum(np.abs(value), TINY) * signs

    def _read(self, S: Search, layer: int, m: int, p: int) -> tuple[bool, bool]:
        """Reads pool point p as the kernel does: is it certainly in the cell, are the signs needed certain there?"""
        d, rows = self.network.dimension, len(S.reach)
        first, end = int(self.net.plane_start[layer]), int(self.net.plane_start[layer + 1])
        y = S.pool[p, :d]
        slack = S.pool[p, d + 1 : d + 1 + m] = y @ S.rows[:d, :m] + S.rows[d, :m]
        inside = np.all(slack > S.error[BOUND, :m]) and np.all(y > S.box[LOW_IN]) and np.all(y < S.box[HIGH_IN])
        here = slice(rows + first, rows + end)
        value = S.pool[p, d + 1 + rows :][: end - first] = y @ S.rows[:d, here] + S.rows[d, here]
        S.seen[p, : end - first] = np.sign(value) * (np.abs(value) > S.error[BOUND, here])
        return bool(inside), not np.any((S.seen[p, : end - first] == 0) & (S.signs[first:end] == OPEN))


def _times(sign: int, row: Row) -> Row:
    return row if sign >= 0 else tuple(-entry for entry in row)


def _sign(value: fmpz) -> int:
    return (value > 0) - (value < 0)


def _transversal(rows: Sequence[Row]) -> tuple[fmpz, ...]:
    """A direction (1, t, t^2, ...) in which no row is constant: each excludes at most d - 1 values of t."""
    d = len(rows[0]) - 1
    for t in range(1, d * len(rows) + 2):
        direction = tuple(fmpz(t) ** power for power in range(d))
        if all(_slope(row, direction) != 0 for row in rows):
            return direction
    raise ValueError("a row without a linear part is zero at no point")


def _slope(row: Row, direction: Sequence[fmpz]) -> fmpz:
    return sum((a * v for a, v in zip(row, direction, strict=False)), fmpz(0))


def _stepped(rows: Sequence[Row], point: Point, direction: Sequence[fmpz]) -> Point:
    """Half of the way from an interior point to the first row met."""
    reaches = [fmpq(evaluate(row, point), -slope * point[-1]) for row in rows if (slope := _slope(row, direction)) < 0]
    length = min(reaches) / 2
    scale = point[-1] * length.q
    return (*(x * length.q + length.p * v * point[-1] for x, v in zip(point, direction, strict=False)), scale)
