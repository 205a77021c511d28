"""The facets of a cell: which of its rows are irredundant, each proved by a point or refuted by Farkas multipliers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from flint import fmpz, fmpz_mat

from polybn.exact.farkas import Farkas
from polybn.exact.feasibility import positive_side
from polybn.exact.matrix import primitive
from polybn.exact.proposal import propose, refutation, rounded, scaled
from polybn.exact.row import Point, Row, evaluate
from polybn.regions.frontier import floats


def facets_of(
    rows: Sequence[Row], domain_rows: Sequence[Row], witness: Point, *, exact: bool = False
) -> tuple[tuple[int, ...], ...]:
    """For each facet of the cell {domain_rows > 0, rows > 0}, the indices of the rows whose hyperplane contains it.

    Index i < len(domain_rows) is a row of the domain, whose first 2 d rows are a box; index len(domain_rows) + j is
    ``rows[j]``. Rows are signed to be positive at the witness; zero rows are allowed and never contain a facet.
    A hyperplane carries a facet iff some point violates its rows and no others. Rays from the witness along the
    normals find most facets: a ray that meets exactly one hyperplane first proves it. One linear program each
    settles the rest. Sorted by smallest index.

    Raises `ValueError` when the witness is not strictly inside.
    """
    everything = (*domain_rows, *rows)
    hyperplanes: dict[Row, list[int]] = {}
    for index, row in enumerate(everything):
        if any(row):
            if evaluate(row, witness) <= 0:
                raise ValueError(f"row {index} is not positive at the witness {witness}. Sign the rows of the cell.")
            if any(row[:-1]):
                hyperplanes.setdefault(primitive(row), []).append(index)
    # Every bound of the box is a group of its own or joins a row that repeats it, so the box leads in its order.
    distinct = list(hyperplanes)
    groups = list(hyperplanes.values())
    facets = _first_hits(distinct, witness)
    doubtful = [i for i in range(len(distinct)) if i not in facets]
    facets.update(_irredundant(distinct, doubtful, witness, exact))
    return tuple(tuple(groups[i]) for i in sorted(facets))


def _first_hits(rows: Sequence[Row], witness: Point) -> set[int]:
    """The hyperplanes that some ray from the witness against a row's normal meets strictly before all others."""
    normals = fmpz_mat([row[:-1] for row in rows])
    values = [evaluate(row, witness) for row in rows]
    found: set[int] = set()
    for slopes in (normals * normals.transpose()).tolist():
        first, value, slope, alone = -1, fmpz(1), fmpz(0), False
        for i, a in enumerate(slopes):
            if a <= 0:
                continue
            order = values[i] * slope - value * a
            if first < 0 or order < 0:
                first, value, slope, alone = i, values[i], a, True
            elif order == 0:
                alone = False
        if alone:
            found.add(first)
    return found


def _irredundant(rows: Sequence[Row], doubtful: Sequence[int], witness: Point, exact: bool) -> list[int]:
    """Those doubtful rows i for which {row_j > 0 for j != i, row_i < 0} has a solution."""
    if not doubtful:
        return []
    sides = [tuple(-a for a in rows[i]) for i in doubtful]
    answers = [None] * len(doubtful) if exact else _proposed(rows, doubtful, sides, witness)
    return [
        i
        for i, side, answer in zip(doubtful, sides, answers, strict=True)
        if not isinstance(answer or positive_side(_without(rows, i), side, witness), Farkas)
    ]


def _without(rows: Sequence[Row], index: int) -> list[Row]:
    """The system without one row, at its old length: a bound of the box moves out by one, any other becomes a bound.

    The side asked for starts at the row's own hyperplane, so the part of it within distance one decides.
    """
    result = list(rows)
    box = 2 * (len(rows[0]) - 1)
    *linear, constant = rows[index]
    result[index] = (*linear, constant + sum(map(abs, linear), fmpz(0))) if index < box else rows[0]
    return result


def _proposed(
    rows: Sequence[Row], doubtful: Sequence[int], sides: Sequence[Row], witness: Point
) -> list[Point | Farkas | None]:
    """The float proposals that exact arithmetic confirms; None for the others."""
    systems = [_without(rows, i) for i in doubtful]
    shared, exponents = scaled(rows)
    changed, changed_exponents = scaled([system[i] for i, system in zip(doubtful, systems, strict=True)])
    side_floats, side_exponents = scaled(sides)
    stack = np.repeat(np.array(shared)[None], len(doubtful), axis=0)
    stack[np.arange(len(doubtful)), doubtful] = changed
    guesses = propose(stack, np.array(side_floats), np.array([floats(witness)] * len(doubtful)))
    answers: list[Point | Farkas | None] = []
    for j, (i, system, side) in enumerate(zip(doubtful, systems, sides, strict=True)):
        if guesses.inside[j]:
            point = rounded(guesses.point[j], int(guesses.bits[j]))
            proved = point is not None and all(evaluate(row, point) > 0 for row in (*system, side))
            answers.append(point if proved else None)
        else:
            basis: list[int] = guesses.basis[j].tolist()
            scales = [changed_exponents[j] if b == i else exponents[b] for b in basis]
            multipliers: list[float] = guesses.multipliers[j].tolist()
            answers.append(refutation(system, side, scales, side_exponents[j], basis, multipliers))
    return answers
