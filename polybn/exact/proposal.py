"""Floating-point proposals for many small linear programs at once; nothing they say is trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np
from flint import fmpz
from numpy.typing import NDArray

from polybn.exact.farkas import Farkas, absorb, from_basis
from polybn.exact.feasibility import dyadic
from polybn.exact.row import Point, Row

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_PIVOTS = 200
MOST_BITS = 48
_KEPT_BITS = 62
_NEGLIGIBLE = 1e-11
_WORTHWHILE = 1e-2


class Proposals(NamedTuple):
    """One guess per linear program: a point strictly inside, or the rows and multipliers of a refutation."""

    inside: NDArray[np.bool_]
    """(programs,): a point is proposed."""
    point: Floats
    """(programs, d): where ``inside``, the point, about as far from the rows as coordinate steps can bring it."""
    bits: Integers
    """(programs,): binary places that keep the point inside when rounded; above ``MOST_BITS``: floats cannot tell."""
    basis: Integers
    """(programs, d): indices of the tight rows."""
    multipliers: Floats
    """(programs, d): of the scaled rows, against the scaled objective."""


def scaled(rows: Iterable[Sequence[fmpz]]) -> tuple[list[list[float]], list[int]]:
    """Rows / 2^exponent with largest entry in [1/2, 1), as floats: integers of any size neither overflow nor vanish.

    A zero row keeps exponent 0. Entries are cut to the leading 62 bits of the row.
    """
    floats: list[list[float]] = []
    exponents: list[int] = []
    for row in rows:
        exponent = max(map(fmpz.bit_length, row))
        shift = max(exponent - _KEPT_BITS, 0)
        unit = 2.0 ** (shift - exponent)
        floats.append([int(a >> shift) * unit for a in row] if shift else [int(a) * unit for a in row])
        exponents.append(exponent)
    return floats, exponents


def propose(rows: Floats, objective: Floats, interior: Floats) -> Proposals:
    """Guess for each program whether objective > 0 somewhere in {row > 0}, by a batched dual simplex.

    ``rows`` (programs, m, d + 1), the first 2 d a box as in `maximize`; ``objective`` (programs, d + 1), negative
    at ``interior`` (programs, d), which is inside the rows. Each program starts at the vertex of the box that maximises
    its objective, makes the most violated row tight, and ends when the bound is not positive, when the segment from
    the interior point towards the current vertex holds points with objective > 0, or when nothing is violated.
    """
    with np.errstate(all="ignore"):
        return _Programs(rows, objective, interior).run()


class _Programs:
    """The unfinished programs of a batch, compressed now and then, and the answers of the finished ones."""

    def __init__(self, rows: Floats, objective: Floats, interior: Floats) -> None:
        count, _, width = rows.shape
        dimension = width - 1
        axes: Integers = np.arange(dimension, dtype=np.int64)
        self.all_rows, self.all_objectives = rows, objective
        self.answers = Proposals(
            np.zeros(count, dtype=np.bool_),
            np.zeros((count, dimension)),
            np.full(count, MOST_BITS + 1, dtype=np.int64),
            np.zeros((count, dimension), dtype=np.int64),
            np.zeros((count, dimension)),
        )
        self.index: Integers = np.arange(count, dtype=np.int64)
        self.linear, self.constant = rows[:, :, :dimension], rows[:, :, dimension]
        self.interior = interior
        self.slack = _values(self.linear, self.constant, interior)
        self.objective = objective
        self.start = np.minimum(_at(objective, interior), -1e-300)
        self.basis: Integers = np.where(objective[:, :dimension] > 0, axes + dimension, axes)
        entry = rows[np.arange(count)[:, None], self.basis, axes]
        self.inverse = np.zeros((count, dimension, dimension))
        self.inverse[:, axes, axes] = 1 / entry
        self.vertex = -np.take_along_axis(self.constant, self.basis, axis=1) / entry
        self.prices = -objective[:, :dimension] / entry

    def run(self) -> Proposals:
        """Pivot all programs in step until each is settled or the pivots run out."""
        for _ in range(MOST_PIVOTS):
            bound = _at(self.objective, self.vertex)
            values = _values(self.linear, self.constant, self.vertex)
            worst = values.argmin(axis=1)
            lowest = np.take_along_axis(values, worst[:, None], axis=1)[:, 0]
            refuted = bound <= 0
            optimal = lowest >= -_NEGLIGIBLE
            first = self.start / (self.start - bound)
            last = np.where(values < 0, self.slack / (self.slack - values), 1.0).min(axis=1)
            inside = ~refuted & ((last - first > _WORTHWHILE) | (optimal & (last > first)))
            stuck = self._pivot(worst, lowest, refuted | optimal | inside)
            finished = refuted | optimal | inside | stuck
            if self._finish(finished, inside, (first + last) / 2):
                break
        self._centre()
        return self.answers

    def _pivot(self, worst: NDArray[np.intp], lowest: Floats, finished: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Make the worst row tight where the program goes on; True where no pivot is possible."""
        each = np.arange(len(worst))
        ray = np.matmul(self.linear[each, worst][:, None, :], self.inverse)[:, 0, :]
        ratio = np.where(ray > _NEGLIGIBLE, self.prices / ray, np.inf)
        leaving = ratio.argmin(axis=1)
        step = ratio[each, leaving]
        stuck = ~np.isfinite(step)
        go = np.flatnonzero(~(finished | stuck))
        if len(go) == 0:
            return stuck
        leave, ray, step = leaving[go], ray[go], step[go]
        column = self.inverse[go, :, leave] / ray[np.arange(len(go)), leave][:, None]
        self.vertex[go] -= lowest[go, None] * column
        self.inverse[go] -= column[:, :, None] * ray[:, None, :]
        self.inverse[go, :, leave] = column
        self.prices[go] = np.maximum(self.prices[go] - step[:, None] * ray, 0)
        self.prices[go, leave] = step
        self.basis[go, leave] = worst[go]
        return stuck

    def _finish(self, finished: NDArray[np.bool_], inside: NDArray[np.bool_], reach: Floats) -> bool:
        """Write the finished programs' answers and drop them from the batch; True when none is left."""
        done = np.flatnonzero(finished)
        if len(done):
            here = self.index[done]
            answers = self.answers
            answers.inside[here] = inside[done]
            start = self.interior[done]
            answers.point[here] = start + reach[done, None] * (self.vertex[done] - start)
            answers.basis[here] = self.basis[done]
            answers.multipliers[here] = self.prices[done]
            keep = np.flatnonzero(~finished)
            self.index, self.linear, self.constant = self.index[keep], self.linear[keep], self.constant[keep]
            self.interior, self.slack = self.interior[keep], self.slack[keep]
            self.objective, self.start = self.objective[keep], self.start[keep]
            self.basis, self.inverse = self.basis[keep], self.inverse[keep]
            self.vertex, self.prices = self.vertex[keep], self.prices[keep]
        return len(self.index) == 0

    def _centre(self) -> None:
        """Move the proposed points to the middle of their chords, axis by axis, and read off the bits they need."""
        here = np.flatnonzero(self.answers.inside)
        if len(here) == 0:
            return
        rows = np.concatenate([self.all_rows[here], self.all_objectives[here, None, :]], axis=1)
        dimension = rows.shape[2] - 1
        linear, point = rows[:, :, :dimension], self.answers.point[here]
        values = _values(linear, rows[:, :, dimension], point)
        for axis in range(dimension):
            slope = linear[:, :, axis]
            ratio = -values / slope
            ahead = np.where(slope < -_NEGLIGIBLE, ratio, np.inf).min(axis=1)
            behind = np.where(slope > _NEGLIGIBLE, ratio, -np.inf).max(axis=1)
            move = (ahead + behind) / 2
            point[:, axis] += move
            values += move[:, None] * slope
        norm = np.abs(linear).sum(axis=2)
        margin = np.where(norm > 0, values / norm, np.inf).min(axis=1)
        bits = np.where(margin > 0, np.floor(-np.log2(np.maximum(margin, 1e-300))), MOST_BITS + 1)
        self.answers.point[here] = point
        self.answers.bits[here] = np.maximum(bits, 0).astype(np.int64)


def rounded(point: Floats, bits: int) -> Point | None:
    """The float point as multiples of 2^-bits, or None where a float has no such precision."""
    if bits > MOST_BITS:
        return None
    numerators = np.rint(np.ldexp(point, bits))
    if not np.all(np.abs(numerators) < 2.0**53):
        return None
    return dyadic([fmpz(int(n)) for n in numerators], bits)


def refutation(
    rows: Sequence[Row],
    objective: Row,
    exponents: Sequence[int],
    objective_exponent: int,
    basis: Sequence[int],
    multipliers: Sequence[float],
) -> Farkas | None:
    """Exact Farkas multipliers from proposed ones: rounded and absorbed by the box, else solved from the basis.

    ``multipliers`` and ``exponents`` go with ``basis``: they belong to row / 2^exponent, with the objective scaled
    likewise. None when neither proves it.
    """
    used = [part for part in zip(basis, exponents, multipliers, strict=True) if part[2] > 0]
    if not all(isfinite(lam) for _, _, lam in used):
        return None
    scale = _KEPT_BITS + max([objective_exponent, *(exponent for _, exponent, _ in used)])
    integers: list[tuple[int, fmpz]] = []
    for i, exponent, lam in used:
        numerator, denominator = lam.as_integer_ratio()
        integers.append((i, (fmpz(numerator) << (scale - exponent)) // denominator))
    weight = scale - objective_exponent
    found = absorb(integers, fmpz(1) << weight, rows, objective)
    return found if found is not None else from_basis(basis, rows, objective)


def _values(linear: Floats, constant: Floats, point: Floats) -> Floats:
    """(programs, m): every row at its program's point."""
    return np.matmul(linear, point[:, :, None])[:, :, 0] + constant


def _at(objective: Floats, point: Floats) -> Floats:
    """(programs,): every objective at its program's point."""
    return (objective[:, :-1] * point).sum(axis=1) + objective[:, -1]
