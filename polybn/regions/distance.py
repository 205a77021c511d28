"""min ||y - x||^2 over {y : every row >= 0, every equation = 0}, exactly: the nearest point and what holds it there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flint import fmpq, fmpq_mat, fmpz, fmpz_mat

from polybn.exact.matrix import Vector
from polybn.exact.rational import homogeneous
from polybn.exact.row import Row, evaluate


class Piece(NamedTuple):
    """{y : every row >= 0, every equation = 0}, a closed convex polyhedron; it may be empty or unbounded."""

    rows: Sequence[Row]
    equations: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest point y, with the multipliers that prove it: y - x = sum_i multipliers_i normal_i.

    Index i < len(rows) is a row, index len(rows) + j is equation j; zeros are left out.
    """

    point: Vector
    squared_distance: fmpq
    multipliers: Mapping[int, fmpq]

    def verify(self, piece: Piece, start: Vector) -> bool:
        """Whether y is in the piece, y - x is the combination of normals, each row's multiplier is >= 0, and a row
        with a positive one vanishes at y: the conditions of Karush, Kuhn and Tucker, which suffice here.

        False, never an exception, for an index that is neither a row nor an equation.
        """
        everything = (*piece.rows, *piece.equations)
        count, place = len(piece.rows), homogeneous(self.point)
        if any(not 0 <= i < len(everything) or (i < count and lam < 0) for i, lam in self.multipliers.items()):
            return False
        values = [evaluate(row, place) for row in everything]
        if min(values[:count], default=0) < 0 or any(values[count:]) or any(values[i] for i in self.multipliers):
            return False
        moved = [y - x for y, x in zip(self.point, start, strict=True)]
        *linear, _ = _sum(self.multipliers, everything, len(start) + 1)
        return linear == moved and self.squared_distance == _norm(moved)


@dataclass(frozen=True, slots=True)
class Empty:
    """Multipliers whose combination of rows (each >= 0) and equations is a negative constant: the piece is empty."""

    multipliers: Mapping[int, fmpq]

    def verify(self, piece: Piece) -> bool:
        """Whether the combination, recomputed exactly, contradicts the piece."""
        everything, count = (*piece.rows, *piece.equations), len(piece.rows)
        if any(not 0 <= i < len(everything) or (i < count and lam < 0) for i, lam in self.multipliers.items()):
            return False
        if not self.multipliers:
            return False
        *linear, constant = _sum(self.multipliers, everything, len(everything[0]))
        return constant < 0 and not any(linear)


def nearest_point(piece: Piece, start: Vector, *, within: fmpq | None = None) -> Nearest | Empty | None:
    """The point of the piece nearest to `start`; `Empty` when it has no point, None when none is nearer than `within`.

    `within` is a squared distance; without it the answer is never None. Rows may be redundant, repeated, opposite,
    constant or zero, equations dependent, and the piece of any dimension. No floats.

    The dual active-set method (Goldfarb and Idnani 1983) in rationals. It holds the nearest point of the
    intersection of a few half-spaces, whose normals are independent, and lets one violated row enter at a time;
    rows whose multiplier would turn negative leave. Each row that enters makes the distance strictly larger, and
    between two entries rows only leave, so no set of rows comes twice: it ends on every input, and it is a lower
    bound all along, which is what lets `within` stop it early.
    """
    search = _ActiveSet(piece, start)
    empty = search.enforce_equations()
    while empty is None:
        if within is not None and search.squared_distance() >= within:
            return None
        violated = search.most_violated()
        if violated is None:
            return search.found()
        empty = search.enter(violated)
    return empty


def nearest_of(pieces: Iterable[tuple[int, Piece]], start: Vector) -> tuple[int, Nearest] | None:
    """The nearest point of a union of pieces, with the key of its piece; None when all are empty.

    Pieces are tried in the order of the distance to their equations, which is a lower bound, and given up as soon as
    a lower bound reaches the best distance so far. Among equally near pieces the first tried is named.
    """
    place = homogeneous(start)
    order = sorted(((_lower_bound(piece, place), key, piece) for key, piece in pieces), key=lambda entry: entry[:2])
    best: tuple[int, Nearest] | None = None
    for bound, key, piece in order:
        if best is not None and bound >= best[1].squared_distance:
            break
        found = nearest_point(piece, start, within=None if best is None else best[1].squared_distance)
        if isinstance(found, Nearest):
            best = key, found
    return best


def _lower_bound(piece: Piece, place: Row) -> fmpq:
    """The largest squared distance to one equation's hyperplane."""
    bounds = [squared_distance_to_hyperplane(row, place) for row in piece.equations if any(row[:-1])]
    return max(bounds, default=fmpq(0))


def squared_distance_to_hyperplane(row: Row, place: Row) -> fmpq:
    """(a.x + b)^2 / ||a||^2 (Eq. 7, squared); the row's linear part must not vanish."""
    value = fmpq(evaluate(row, place), place[-1])
    return value * value / _norm([fmpq(a) for a in row[:-1]])


class _ActiveSet:
    """y = x + sum of multipliers times normals of the active rows, on which they vanish at y."""

    def __init__(self, piece: Piece, start: Vector) -> None:
        self.count = len(piece.rows)
        self.everything = (*piece.rows, *piece.equations)
        self.start = start
        self.point = list(start)
        self.matrix = fmpz_mat([list(row) for row in self.everything]) if self.everything else None
        self.active: list[int] = []
        self.multipliers: list[fmpq] = []

    def squared_distance(self) -> fmpq:
        """||y - x||^2."""
        return _norm([y - x for y, x in zip(self.point, self.start, strict=True)])

    def found(self) -> Nearest:
        """The answer, once nothing is violated."""
        kept = {i: lam for i, lam in zip(self.active, self.multipliers, strict=True) if lam != 0}
        return Nearest(tuple(self.point), self.squared_distance(), kept)

    def enforce_equations(self) -> Empty | None:
        """Project on all equations; the ones that follow from those before are left out."""
        for index in range(self.count, len(self.everything)):
            value = self._value(index)
            coordinates, rest = self._resolved(index)
            if any(rest):
                step = -value / _norm(rest)
                self._move(step, coordinates, rest)
                self.active.append(index)
                self.multipliers.append(step)
            elif value != 0:
                return self._contradiction(index, coordinates, 1 if value < 0 else -1)
        return None

    def most_violated(self) -> int | None:
        """The row whose hyperplane is farthest among those with the point on the wrong side; None when there is none.

        Any violated row would do; this one takes the fewest steps as a rule.
        """
        if self.matrix is None:
            return None
        place = homogeneous(tuple(self.point))
        values = (self.matrix * fmpz_mat(len(place), 1, list(place))).entries()
        violated = [index for index in range(self.count) if values[index] < 0]
        return max(violated, key=lambda index: self._depth(index, values[index]), default=None)

    def enter(self, index: int) -> Empty | None:
        """Move to the nearest point with one more row satisfied; rows that pull the wrong way leave."""
        weight = fmpq(0)
        while True:
            coordinates, rest = self._resolved(index)
            full = -self._value(index) / _norm(rest) if any(rest) else None
            leaving = self._first_to_leave(coordinates)
            if full is not None and (leaving is None or full <= leaving[0]):
                self._move(full, coordinates, rest)
                self.active.append(index)
                self.multipliers.append(weight + full)
                return None
            if leaving is None:
                return self._contradiction(index, coordinates, 1)
            step, _, position = leaving
            self._move(step, coordinates, rest)
            weight += step
            del self.active[position], self.multipliers[position]

    def _first_to_leave(self, coordinates: Sequence[fmpq]) -> tuple[fmpq, int, int] | None:
        """(step, row, position) of the first multiplier that would reach zero; equations never leave."""
        ratios = [
            (lam / c, i, position)
            for position, (i, lam, c) in enumerate(zip(self.active, self.multipliers, coordinates, strict=True))
            if i < self.count and c > 0
        ]
        return min(ratios, default=None)

    def _resolved(self, index: int) -> tuple[list[fmpq], list[fmpq]]:
        """The normal of a row as a combination of the active normals plus a rest that is orthogonal to them."""
        normal = self.everything[index][:-1]
        if not self.active:
            return [], [fmpq(a) for a in normal]
        active = fmpz_mat([list(self.everything[i][:-1]) for i in self.active])
        transposed = active.transpose()
        target = active * fmpz_mat(len(normal), 1, list(normal))
        solution = fmpq_mat(active * transposed).solve(fmpq_mat(target))
        spanned = fmpq_mat(transposed) * solution
        return solution.entries(), [a - s for a, s in zip(normal, spanned.entries(), strict=True)]

    def _move(self, step: fmpq, coordinates: Sequence[fmpq], rest: Sequence[fmpq]) -> None:
        self.point = [y + step * z for y, z in zip(self.point, rest, strict=True)]
        self.multipliers = [lam - step * c for lam, c in zip(self.multipliers, coordinates, strict=True)]

    def _contradiction(self, index: int, coordinates: Sequence[fmpq], sign: int) -> Empty:
        """row - sum_j coordinates_j active row_j is a constant, of the sign opposite to `sign`."""
        found = {i: -sign * c for i, c in zip(self.active, coordinates, strict=True) if c != 0}
        return Empty({**found, index: fmpq(sign)})

    def _value(self, index: int) -> fmpq:
        *linear, constant = self.everything[index]
        return sum((a * y for a, y in zip(linear, self.point, strict=True)), fmpq(constant))

    def _depth(self, index: int, value: fmpz) -> fmpq:
        """The squared distance to a violated row's hyperplane, up to one factor; the rank of a contradiction is 1."""
        square = sum((a * a for a in self.everything[index][:-1]), fmpz(0))
        return fmpq(value * value, square) if square else fmpq(1)


def _norm(vector: Iterable[fmpq]) -> fmpq:
    return sum((a * a for a in vector), fmpq(0))


def _sum(multipliers: Mapping[int, fmpq], rows: Sequence[Row], width: int) -> list[fmpq]:
    total = [fmpq(0)] * width
    for i, lam in multipliers.items():
        total = [t + lam * a for t, a in zip(total, rows[i], strict=True)]
    return total
