"""Does a cell reach beyond one of its rows when that row is dropped? A dual simplex in floats that seeks the proof.

Row -g is maximised where the other rows are positive, from the vertex of the box that maximises it. Its bound falls
from pivot to pivot: once it is not positive, the multipliers of the basis are tried as a refutation; before that a
point on the segment from the witness to the vertex, between the hyperplane of g and the first other one, as the proof
of a facet (`facet_proofs`). What is neither is a doubt and left to exact arithmetic; no constant here decides anything.
"""

from __future__ import annotations

from polybn.regions.kernels.compiled import once, part
from polybn.regions.kernels.facet_proofs import (
    OBJECTIVE,
    PLACE,
    PRICES,
    RAY,
    VERTEX,
    refuted,
    values_at,
    violates_one,
)
from polybn.regions.kernels.floats import Floats, Integers

OPEN, FACET, REDUNDANT, DOUBT = range(4)
"""What is known of a row."""

MET = -(2.0**-34)
"""A row counts as violated, for the next pivot, below this multiple of its value at the witness."""
LEAST = 1e-11
NUDGE = 2.0**-24
"""Prices that start at zero, as for the sides of the box, would tie at every pivot; these are only compared."""

MOST_PIVOTS = 100


@part
def beyond(
    d: int,
    active: Floats,
    count: int,
    sides: int,
    g: int,
    point: Floats,
    inverse: Floats,
    simplex: Floats,
    basis: Integers,
    value: Floats,
) -> int:
    """``FACET``, ``REDUNDANT`` or ``DOUBT`` for row ``g`` of the first ``count`` rows of ``active`` (d + 3, rows).

    The first ``sides`` rows are the box, ``point`` is inside and ``inverse`` holds one over each row's value there.
    Row g is changed meanwhile and restored.
    """
    objective = d + OBJECTIVE
    for j in range(d + 1):
        simplex[objective, j] = -active[j, g]
    p, q = active[d + 1, g], active[d + 2, g]
    reach = 3.0 if g < sides else 1.0
    _drop(d, active, sides, g)
    answer = _maximize(d, active, count, g, point, inverse, simplex, basis, value, p, q, reach)
    for j in range(d + 1):
        active[j, g] = -simplex[objective, j]
    active[d + 1, g], active[d + 2, g] = p, q
    return answer


@once
def _drop(d: int, active: Floats, sides: int, g: int) -> None:
    """A side of the box moves out by one, any other row becomes the constant 1."""
    if g < sides:
        for j in range(d):
            active[d, g] += abs(active[j, g])
    else:
        for j in range(d):
            active[j, g] = 0.0
        active[d, g] = 1.0
    active[d + 1, g] = active[d + 2, g] = 0.0


@once
def _maximize(
    d: int,
    active: Floats,
    count: int,
    g: int,
    point: Floats,
    inverse: Floats,
    simplex: Floats,
    basis: Integers,
    value: Floats,
    p: float,
    q: float,
    reach: float,
) -> int:
    """The dual simplex from the vertex of the box that maximises the objective."""
    vertex, prices, objective, place = d + VERTEX, d + PRICES, d + OBJECTIVE, d + PLACE
    here = bound = simplex[objective, d]
    for j in range(d):
        c = simplex[objective, j]
        i = j + d if c > 0.0 else j
        a = active[j, i]
        for k in range(d):
            simplex[j, k] = 0.0
        simplex[j, j] = 1.0 / a
        simplex[vertex, j] = -active[d, i] / a
        simplex[prices, j] = abs(c / a) + NUDGE * (1.0 + (j + 1) * 0.618 % 1.0)
        basis[j] = i
        here += c * point[j]
        bound += c * simplex[vertex, j]
    for _ in range(MOST_PIVOTS):
        if bound <= 0.0 and refuted(d, active, p, q, reach, simplex, basis):
            return REDUNDANT
        entering, worst = _first_met(d, active, count, inverse, simplex, basis, value)
        if bound > 0.0:
            end = 1.0 / (1.0 - worst) if entering >= 0 else 1.0
            start = -here / (bound - here) if here < 0.0 else 0.0
            if start < end:
                t = 0.5 * (start + end)
                for j in range(d):
                    simplex[place, j] = point[j] + t * (simplex[vertex, j] - point[j])
                if violates_one(d, active, count, g, simplex, value, p, q):
                    return FACET
        if entering < 0:
            return DOUBT
        step = _pivot(d, active, entering, simplex, basis)
        if step < 0.0:
            return DOUBT
        bound = simplex[objective, d]
        for j in range(d):
            bound += simplex[objective, j] * simplex[vertex, j]
    return DOUBT


@once
def _first_met(
    d: int,
    active: Floats,
    count: int,
    inverse: Floats,
    simplex: Floats,
    basis: Integers,
    value: Floats,
) -> tuple[int, float]:
    """The row that the segment from the witness to the vertex meets first, and its value over that at the witness."""
    values_at(d, active, count, simplex, d + VERTEX, value)
    for j in range(d):
        value[basis[j]] = 0.0
    entering, worst = -1, MET
    for i in range(count):
        ratio = value[i] * inverse[i]
        if ratio < worst:
            entering, worst = i, ratio
    return entering, worst


@once
def _pivot(d: int, active: Floats, entering: int, simplex: Floats, basis: Integers) -> float:
    """Makes a violated row tight; the step of the prices, or -1 where no basic row can leave."""
    vertex, prices, ray = d + VERTEX, d + PRICES, d + RAY
    leaving, step = -1, -1.0
    value = active[d, entering]
    for j in range(d):
        value += active[j, entering] * simplex[vertex, j]
        y = 0.0
        for k in range(d):
            y += active[k, entering] * simplex[j, k]
        simplex[ray, j] = y
        if y > LEAST:
            ratio = max(simplex[prices, j], 0.0) / y
            if leaving < 0 or ratio < step:
                leaving, step = j, ratio
    if leaving < 0:
        return -1.0
    scale = 1.0 / simplex[ray, leaving]
    for k in range(d):
        simplex[leaving, k] *= scale
        simplex[vertex, k] -= value * simplex[leaving, k]
    for j in range(d):
        if j != leaving:
            y = simplex[ray, j]
            simplex[prices, j] -= step * y
            for k in range(d):
                simplex[j, k] -= y * simplex[leaving, k]
    simplex[prices, leaving] = step
    basis[leaving] = entering
    return step
