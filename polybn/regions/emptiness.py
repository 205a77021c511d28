"""Why {row >= 0 for all rows} has no interior: positive multipliers of some rows that add up to a constant <= 0.

Take rows that no point makes all positive, of which none can be spared. By Motzkin's theorem the pointed cone of all
lam >= 0 with sum lam_i row_i = c, a constant <= 0, is more than {0}, and in it no lam_i is 0 except at the origin, else
row i could be spared. So it is as wide as the kernel of the normals. Were that of dimension two or more, the cone would
have two facets or more, at most one of them in c = 0, and another would hold some lam_i = 0. So the multipliers are
unique up to scale, and a kernel vector of the normals is all that has to be found. c < 0 says that the set is empty;
c = 0 says that each of these rows vanishes wherever all of them are >= 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flint import fmpq_mat, fmpz, fmpz_mat

from polybn.errors import InternalError
from polybn.exact.farkas import Farkas
from polybn.exact.feasibility import strictly_feasible
from polybn.exact.matrix import primitive
from polybn.exact.rational import common_denominator, short
from polybn.exact.row import Row

LISTED = 4
"""More inequalities or terms than this are counted, not written out."""


class Obstruction(NamedTuple):
    """sum multipliers_i row_i = constant <= 0 over these rows, none of which can be spared; multipliers are coprime."""

    rows: tuple[int, ...]
    multipliers: tuple[fmpz, ...]
    constant: fmpz


def obstruction(rows: Sequence[Row], reach: fmpz) -> Obstruction:
    """The rows that leave no interior point, with their multipliers, where there are such rows.

    No basic point of the rows has a coordinate beyond `reach`. Cost: a few exact feasibility questions.
    Raises `InternalError` when there is an interior point after all.
    """
    kept = list(range(len(rows)))
    first = _refuted(rows, kept, reach)
    if first is not None and _refuted(rows, first, reach) is not None:
        kept = first  # few rows, as a rule, so that few questions are left
    for index in tuple(kept):
        fewer = [other for other in kept if other != index]
        if _refuted(rows, fewer, reach) is not None:
            kept = fewer
    multipliers = _multipliers([rows[index] for index in kept])
    constant = sum((lam * rows[index][-1] for lam, index in zip(multipliers, kept, strict=True)), fmpz(0))
    if constant > 0 or not kept:
        raise InternalError("No rows were found that leave no interior point.", rows)
    return Obstruction(tuple(kept), multipliers, constant)


def _refuted(rows: Sequence[Row], kept: Sequence[int], reach: fmpz) -> list[int] | None:
    """Those of the kept rows that a proof uses that not all kept ones can be positive; None when they can."""
    dimension = len(rows[0]) - 1
    low = [(*(fmpz(int(i == axis)) for i in range(dimension)), reach + 1) for axis in range(dimension)]
    high = [(*(-entry for entry in row[:-1]), row[-1]) for row in low]
    answer = strictly_feasible((*low, *high, *(rows[index] for index in kept)))
    if not isinstance(answer, Farkas):
        return None
    used = sorted(index - 2 * dimension for index, lam in answer.multipliers.items() if lam != 0)
    return [kept[index] for index in used if index >= 0]


def reason(found: Obstruction, rows: Sequence[Row]) -> str:
    """The obstruction in words, for rows b - a.x of inequalities a.x <= b."""
    names = ", ".join(map(str, found.rows[:LISTED])) + (", ..." if len(found.rows) > LISTED else "")
    which = f"inequality {names}" if len(found.rows) == 1 else f"inequalities {names}"
    if len(found.rows) <= LISTED:
        pairs = zip(found.multipliers, found.rows, strict=True)
        total = " + ".join(f"{'' if lam == 1 else f'{short(lam)} '}({written(rows[i])})" for lam, i in pairs)
    else:
        total = f"a positive combination of {len(found.rows)} inequalities"
    if found.constant < 0:
        impossible = "cannot hold" if len(found.rows) == 1 else "cannot all hold"
        return f"it is empty, as {which} {impossible}: {total} reads 0 <= {short(found.constant)}"
    return f"it has no interior, as {which} hold with equality at all its points: {total} reads 0 <= 0"


def written(row: Row) -> str:
    """The row b - a.x as the inequality a.x <= b."""
    terms = [(axis, -entry) for axis, entry in enumerate(row[:-1]) if entry != 0]
    text = " + ".join(f"{_factor(entry)}x{axis}" for axis, entry in terms[:LISTED]).replace("+ -", "- ") or "0"
    return f"{text}{' + ...' if len(terms) > LISTED else ''} <= {short(row[-1])}"


def _factor(entry: fmpz) -> str:
    return {1: "", -1: "-"}.get(int(entry), f"{short(entry)} ")


def _multipliers(rows: Sequence[Row]) -> tuple[fmpz, ...]:
    """The coprime positive integers with which the normals of an irreducible obstruction add up to zero."""
    normals = fmpq_mat(fmpz_mat([[row[axis] for row in rows] for axis in range(len(rows[0]) - 1)]))
    reduced, rank = normals.rref()
    if rank != len(rows) - 1:
        raise InternalError("An obstruction has more rows than it needs.", rows)
    # One column is free; as no multiplier is zero, any column is, and the last one in echelon form.
    solution = [-reduced[index, rank] for index in range(rank)]
    scale = common_denominator(solution)
    found = primitive([*((entry * scale).p for entry in solution), scale])
    if any(entry <= 0 for entry in found):
        raise InternalError("The multipliers of an obstruction are not positive.", rows)
    return found
