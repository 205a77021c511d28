"""Is a row positive somewhere in a cell? A dual simplex in floats whose answer is proved, or not given.

The cell is {y in the box: active_p(y) > 0 for p < m}; c is the row asked for, negative at an interior point y_0. The
method starts at the vertex of the box that maximises c and makes violated rows tight, so the bound c(vertex) falls.

*Refuted.* Let lam_p >= 0 be the multipliers of the active rows in the basis. For y in the cell, with computed rows,

    c(y) <= c(y) + sum_p lam_p active_p(y) = r . y + r_0 <= r_0 + sum_i max(r_i lo_i, r_i hi_i),

so the box absorbs whatever rounding left in r (Neumaier and Shcherbina 2004). Let E = error_c + sum_p lam_p margin_p
bound the errors P d + Q of the rows themselves. Each r_i is a sum of at most d + 1 products and the right-hand side one
of d + 1 products; both lose at most (d + 2) u times the sum of the absolute values of their terms, which is at most
E / u / (d + 3) up to second order, since P >= (d + 3) u A and Q >= (d + 3) u B. Together the loss is below 3 E, and
r_0 + sum_i max(...) + 4 E <= 0 proves c <= 0 on the cell; the 1 in reserve pays for the roundings of E and the sum.

*Found.* Points of the segment from y_0 to the vertex beyond c = 0 and before the first violated row are proposed; one
is accepted when every row exceeds its error bound at it, and it is then exactly the float point.
"""

from __future__ import annotations

from polybn.regions.kernels.compiled import once, part
from polybn.regions.kernels.tree_arrays import (
    BOUND,
    EMPTY,
    HIGH,
    HIGH_OUT,
    INVERSE,
    LOW,
    LOW_OUT,
    NO_ANSWER,
    OBJECTIVE,
    PIVOTS,
    POINT,
    POOL,
    PRICES,
    PROGRAMS,
    RAY,
    RESIDUAL,
    VERTEX,
    Search,
    Tables,
)
from polybn.regions.kernels.tree_cone import refuted_in_cone
from polybn.regions.kernels.tree_layers import read_signs, read_slacks

REFUTATION = 4.0
"""How often E is subtracted; see above."""
_NEGLIGIBLE = 1e-11
_WORTHWHILE = 0.02


@part
def other_side(T: Tables, S: Search, layer: int, m: int, g: int, side: int, y: int, start: float) -> int:
    """`EMPTY` or `POINT` or `NO_ANSWER`: is ``side`` times hyperplane g positive in the cell of m active rows?

    Pool point y is in the cell, with the value ``start`` < 0. A point found is written after the last one of the pool,
    off every hyperplane of the layer that may still cut.
    """
    d, column = S.box.shape[1], S.reach.shape[0] + g
    S.numbers[PROGRAMS] += 1
    bound = _start(S, column, side)
    start = min(start, -1e-300)
    for _ in range(40 + 10 * d):
        if bound < 0.0 and _refuted(S, S.error[BOUND, column]):
            return EMPTY
        last, worst = _blocked(S, m, y)
        first = start / (start - bound) if bound > 0.0 else 1.0
        promising = last - first > _WORTHWHILE or (worst < 0 and last > first)
        if promising and _accept(T, S, layer, m, y, S.error[BOUND, column], first, last):
            return POINT
        if worst < 0 or not _pivot(S, worst):
            break
        S.numbers[PIVOTS] += 1
        bound = S.program[OBJECTIVE, d]
        for i in range(d):
            bound += S.program[OBJECTIVE, i] * S.program[VERTEX, i]
    return EMPTY if refuted_in_cone(S, column) else NO_ANSWER


@once
def _start(S: Search, column: int, side: int) -> float:
    """The vertex of the box that maximises the objective, and the maximum."""
    d, rows = S.box.shape[1], S.reach.shape[0]
    bound = side * S.rows[d, column]
    S.program[OBJECTIVE, d] = bound
    for i in range(d):
        c = side * S.rows[i, column]
        for j in range(d):
            S.program[INVERSE + i, j] = 0.0
        upper = c > 0.0
        S.ids[rows + i] = d + i if upper else i
        S.program[INVERSE + i, i] = -1.0 if upper else 1.0
        S.program[VERTEX, i] = S.box[HIGH if upper else LOW, i]
        S.program[PRICES, i] = abs(c)
        S.program[OBJECTIVE, i] = c
        bound += c * S.program[VERTEX, i]
    return bound


@once
def _blocked(S: Search, m: int, y: int) -> tuple[float, int]:
    """The first violated row on the segment from point y to the vertex: where, and which (-1: none).

    Rows i and d + i are the box, row 2 d + p is active row p.
    """
    d = S.box.shape[1]
    last, worst = 1.0, -1
    _read_vertex(S, m)
    values = S.reach[:m]
    for i in range(d):
        x, here = S.program[VERTEX, i], S.pool[y, i]
        if x < S.box[LOW, i] - _NEGLIGIBLE:
            ratio = (here - S.box[LOW, i]) / (here - x)
            if ratio < last:
                last, worst = ratio, i
        elif x > S.box[HIGH, i] + _NEGLIGIBLE:
            ratio = (S.box[HIGH, i] - here) / (x - here)
            if ratio < last:
                last, worst = ratio, d + i
    slack = S.pool[y, d + 1 : d + 1 + m]
    for k in range(m):
        # slack / (slack - value) < last, without the division
        if values[k] < -_NEGLIGIBLE and slack[k] < last * (slack[k] - values[k]):
            last, worst = max(slack[k], 0.0) / (max(slack[k], 0.0) - values[k]), 2 * d + k
    return last, worst


@once
def _read_vertex(S: Search, m: int) -> None:
    """The active rows at the vertex."""
    d = S.box.shape[1]
    values, constants = S.reach[:m], S.rows[d, :m]
    for k in range(m):
        values[k] = constants[k]
    for i in range(d):
        x, row = S.program[VERTEX, i], S.rows[i, :m]
        for k in range(m):
            values[k] += x * row[k]


@once
def _pivot(S: Search, worst: int) -> bool:
    """Make a violated row tight; False where its direction leaves nothing to exchange."""
    d, rows = S.box.shape[1], S.reach.shape[0]
    low = _aim(S, worst)
    ray, prices, vertex = S.program[RAY], S.program[PRICES], S.program[VERTEX]
    leave, step = -1, 0.0
    for r in range(d):
        if ray[r] > _NEGLIGIBLE and (leave < 0 or prices[r] < step * ray[r]):
            leave, step = r, prices[r] / ray[r]
    if leave < 0:
        return False
    scale = 1.0 / ray[leave]
    for i in range(d):
        row = S.program[INVERSE + i]
        column = row[leave] * scale
        vertex[i] -= low * column
        for r in range(d):
            row[r] -= column * ray[r]
        row[leave] = column
    for r in range(d):
        prices[r] = max(prices[r] - step * ray[r], 0.0)
    prices[leave] = step
    S.ids[rows + leave] = worst
    return True


@once
def _aim(S: Search, worst: int) -> float:
    """The coordinates of a row in the basis, to `RAY`, and its value at the vertex."""
    d = S.box.shape[1]
    ray = S.program[RAY]
    if worst < 2 * d:
        axis, side = worst % d, 1.0 if worst < d else -1.0
        for r in range(d):
            ray[r] = side * S.program[INVERSE + axis, r]
        low = side * (S.program[VERTEX, axis] - S.box[LOW if worst < d else HIGH, axis])
        return float(low)
    p = worst - 2 * d
    low = S.rows[d, p]
    for r in range(d):
        ray[r] = 0.0
    for i in range(d):
        a, row = S.rows[i, p], S.program[INVERSE + i]
        low += a * S.program[VERTEX, i]
        for r in range(d):
            ray[r] += a * row[r]
    return float(low)


@once
def _refuted(S: Search, error: float) -> bool:
    """Whether the multipliers prove the objective <= 0 on the cell."""
    d, rows = S.box.shape[1], S.reach.shape[0]
    residual = S.program[RESIDUAL]
    for i in range(d + 1):
        residual[i] = S.program[OBJECTIVE, i]
    for r in range(d):
        lam = S.program[PRICES, r]
        p = S.ids[rows + r] - 2 * d
        if p >= 0 and lam > 0.0:
            error += lam * S.error[BOUND, p]
            for i in range(d + 1):
                residual[i] += lam * S.rows[i, p]
    total = residual[d]
    for i in range(d):
        total += max(residual[i] * S.box[LOW_OUT, i], residual[i] * S.box[HIGH_OUT, i])
    # E < 1 keeps every number finite: lam_p A_p is then below 1 / u.
    return error < 1.0 and total + REFUTATION * error <= 0.0


@once
def _accept(T: Tables, S: Search, layer: int, m: int, y: int, error: float, first: float, last: float) -> bool:
    """Whether a point between the two ends is certainly in the cell, on the side, and off the layer's hyperplanes."""
    d, p = S.box.shape[1], S.numbers[POOL]
    S.pool[p, d], S.exact[p] = 0.0, -1
    for attempt in range(4):
        share = 0.5 + 0.11 * attempt * (1 - 2 * (attempt % 2))
        t = first + share * (last - first)
        value = S.program[OBJECTIVE, d]
        for i in range(d):
            S.pool[p, i] = S.pool[y, i] + t * (S.program[VERTEX, i] - S.pool[y, i])
            value += S.program[OBJECTIVE, i] * S.pool[p, i]
        if value > error and read_slacks(S, m, p) and read_signs(T, S, layer, p):
            return True
    return False
