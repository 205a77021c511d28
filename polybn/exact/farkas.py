"""Farkas multipliers: non-negative combinations of rows that show a strict system impossible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flint import fmpq, fmpq_mat, fmpz, fmpz_mat

from polybn.exact.row import Row


@dataclass(frozen=True, slots=True)
class Farkas:
    """Multipliers lam_i >= 0, not all zero, with sum lam_i row_i = constant <= 0: no x has every row_i(x) > 0.

    A solution of the strict system would make the sum positive, because some lam_i is positive and no term is
    negative. Hence a constant of exactly 0 refutes too (hyperplanes that touch), and a zero row, which is
    its own multiplier 1, refutes itself. The system of a *side* is the rows of a cell and one more row, the
    objective: once the objective's multiplier is positive the others may all be zero.
    """

    multipliers: Mapping[int, fmpq]

    def verify(self, rows: Sequence[Row]) -> bool:
        """Whether the combination, recomputed exactly, refutes {row > 0 for every row}.

        False, never an exception, for an index outside the rows, a negative multiplier, no positive one,
        or a sum that is not a constant <= 0.
        """
        support = {i: lam for i, lam in self.multipliers.items() if lam != 0}
        if not support or any(lam < 0 or not 0 <= i < len(rows) for i, lam in support.items()):
            return False
        *linear, constant = combination(support, rows)
        return constant <= 0 and all(a == 0 for a in linear)


def combination(multipliers: Mapping[int, fmpq], rows: Sequence[Row]) -> list[fmpq]:
    """sum lam_i row_i, exactly, over at least one row."""
    total = [fmpq(0)] * len(rows[next(iter(multipliers))])
    for i, lam in multipliers.items():
        total = [t + lam * a for t, a in zip(total, rows[i], strict=True)]
    return total


def absorb(multipliers: Iterable[tuple[int, fmpz]], scale: fmpz, rows: Sequence[Row], objective: Row) -> Farkas | None:
    """Farkas multipliers from any guess lam >= 0: the box absorbs the residual of scale * objective + sum lam_i row_i.

    Neumaier and Shcherbina (2004): whatever the guess, a residual r.x + r_0 plus |r_i| / q times the box row
    that bounds r_i x_i from above is a constant, so a rounded guess needs no linear solve. ``rows[:2 d]``
    are the box, x_i - lo_i and then hi_i - x_i, denominators cleared; ``objective`` gets index ``len(rows)`` and
    the multiplier ``scale > 0``. None when the constant is positive: this guess proves nothing.
    """
    residual = [scale * c for c in objective]
    result: dict[int, fmpq] = {len(rows): fmpq(scale)}
    for i, lam in multipliers:
        result[i] = result[i] + lam if i in result else fmpq(lam)
        for axis, a in enumerate(rows[i]):
            residual[axis] += lam * a
    constant = fmpq(residual.pop())
    dimension = len(residual)
    for axis, r in enumerate(residual):
        if r == 0:
            continue
        i = axis + dimension if r > 0 else axis
        lam = fmpq(abs(r), abs(rows[i][axis]))
        constant += lam * rows[i][-1]
        result[i] = result[i] + lam if i in result else lam
    return Farkas(result) if constant <= 0 else None


def from_basis(basis: Sequence[int], rows: Sequence[Row], objective: Row) -> Farkas | None:
    """The multipliers of d independent rows that cancel the objective: lam M = -c, solved exactly.

    None when the rows are dependent, a multiplier is negative or the constant is positive. This is what
    settles a hyperplane that touches a cell: the constant is then exactly 0, which no rounded guess attains.
    """
    dimension = len(objective) - 1
    columns = fmpz_mat([[rows[i][axis] for i in basis] for axis in range(dimension)])
    try:
        target = fmpz_mat(dimension, 1, [-c for c in objective[:-1]])
        solution = (fmpq_mat(columns).solve(fmpq_mat(target))).entries()
    except ZeroDivisionError:
        return None
    multipliers = dict(zip(basis, solution, strict=True))
    if any(lam < 0 for lam in multipliers.values()):
        return None
    constant = fmpq(objective[-1])
    for i, lam in multipliers.items():
        constant += lam * rows[i][-1]
    return Farkas({**multipliers, len(rows): fmpq(1)}) if constant <= 0 else None
