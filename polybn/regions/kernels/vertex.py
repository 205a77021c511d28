"""A vertex is re-solved from d of its tight rows, with an a-posteriori bound on its error.

Let M y + b = 0 be the d true tight rows, M~, b~ the computed ones, C any matrix (here a float inverse of M~) and y~
any point. With E = I - C M,

    y - y~ = -C (M y~ + b) + E (y - y~).

If |E|_inf <= q < 1 then M is regular and |y - y~|_inf <= max_i sum_k |C_ik| rho_k / (1 - q), where rho_k bounds
|(M y~ + b)_k|: the float residual plus P_k |y~|_1 + Q_k of its row (`floats`). And |E|_inf is at most that of the float
product I - C M~ plus sum_k |C_ik| d P_k, because the row of M~ differs from that of M by at most e_k in each entry, and
the d + 2 roundings of a sum of d products and a one lose at most (d + 2) u A_k in each column: P_k covers both. The
errors of earlier vertices do not enter, so they do not accumulate along a chain of cuts.

Where q is not below 1/2 (or is NaN) the vertex is *loose*: every true vertex has |y_i| <= 1, so clipping y~ to that
box leaves an error of at most 2 d in the 1-norm, and every sign that this does not decide goes to the exact oracle.
"""

from __future__ import annotations

from polybn.regions.kernels.compiled import inlined, part
from polybn.regions.kernels.floats import Floats, Integers

WIDEN = 1.0 + 2.0**-20


@part
def solve(dims: tuple[int, ...], rows: Floats, tight: Integers, work: Floats, out: Floats) -> bool:
    """Writes (y~, |y~|_1, delta) of the vertex on the rows ``tight`` to ``out``; False where it is loose.

    ``rows`` is (d + 4, planes): the coefficients and the constant of each row, then P, Q and A; ``work`` is
    (2 d + 1, d) scratch.
    """
    d = len(dims)
    if d == 1:
        return _solve_1(rows, tight, out)
    if d == 2:
        return _solve_2(rows, tight, out)
    return _solve_any(dims, rows, tight, work, out)


@inlined
def _finish(d: int, out: Floats, reach: float, q: float) -> bool:
    """The norm and the error of the point in ``out``, which is clipped where the bound fails."""
    norm = 0.0
    if q < 0.5 and reach < 1.0:
        for i in range(d):
            norm += abs(out[i])
        out[d] = norm * WIDEN
        out[d + 1] = d * reach / (1.0 - q) * WIDEN
        return True
    for i in range(d):
        value = out[i]
        if not -1.0 <= value <= 1.0:
            value = 1.0 if value > 1.0 else -1.0 if value < -1.0 else 0.0
            out[i] = value
        norm += abs(value)
    out[d] = norm * WIDEN
    out[d + 1] = 2.0 * d
    return False


@inlined
def _solve_1(rows: Floats, tight: Integers, out: Floats) -> bool:
    g = tight[0]
    a, b = rows[0, g], rows[1, g]
    c = 1.0 / a
    y = -b * c
    norm = abs(y)
    out[0] = y
    rho = abs(a * y + b) + rows[2, g] * norm + rows[3, g]
    return _finish(1, out, abs(c) * rho * WIDEN, (abs(1.0 - c * a) + abs(c) * rows[2, g]) * WIDEN)


@inlined
def _solve_2(rows: Floats, tight: Integers, out: Floats) -> bool:
    g, h = tight[0], tight[1]
    a, b, e = rows[0, g], rows[1, g], rows[2, g]
    c, d, f = rows[0, h], rows[1, h], rows[2, h]
    inverse = 1.0 / (a * d - b * c)
    c00, c01, c10, c11 = d * inverse, -b * inverse, -c * inverse, a * inverse
    x, y = -(c00 * e + c01 * f), -(c10 * e + c11 * f)
    norm = abs(x) + abs(y)
    out[0], out[1] = x, y
    rho_g = abs(a * x + b * y + e) + rows[3, g] * norm + rows[4, g]
    rho_h = abs(c * x + d * y + f) + rows[3, h] * norm + rows[4, h]
    n00, n01, n10, n11 = abs(c00), abs(c01), abs(c10), abs(c11)
    reach = max(n00 * rho_g + n01 * rho_h, n10 * rho_g + n11 * rho_h)
    p_g, p_h = 2.0 * rows[3, g], 2.0 * rows[3, h]
    first = abs(1.0 - (c00 * a + c01 * c)) + abs(c00 * b + c01 * d) + n00 * p_g + n01 * p_h
    second = abs(c10 * a + c11 * c) + abs(1.0 - (c10 * b + c11 * d)) + n10 * p_g + n11 * p_h
    # A NaN makes every comparison false, so it cannot pass for a small bound.
    q = max(first, second) if first < 0.5 and second < 0.5 else 1.0
    return _finish(2, out, reach * WIDEN, q * WIDEN)


@part
def _solve_any(dims: tuple[int, ...], rows: Floats, tight: Integers, work: Floats, out: Floats) -> bool:
    d = len(dims)
    _invert(dims, rows, tight, work)
    norm = 0.0
    for i in range(d):
        value = 0.0
        for k in range(d):
            value -= work[i, k] * rows[d, tight[k]]
        out[i] = value
        norm += abs(value)
    for k in range(d):
        g = tight[k]
        value = rows[d, g]
        for j in range(d):
            value += rows[j, g] * out[j]
        work[2 * d, k] = abs(value) + rows[d + 1, g] * norm + rows[d + 2, g]
    reach, q = 0.0, 0.0
    for i in range(d):
        move, row = 0.0, 0.0
        for k in range(d):
            size = abs(work[i, k])
            move += size * work[2 * d, k]
            row += size * d * rows[d + 1, tight[k]]
        for j in range(d):
            entry = 1.0 if i == j else 0.0
            for k in range(d):
                entry -= work[i, k] * rows[j, tight[k]]
            row += abs(entry)
        if not (row < 0.5 and move < 1.0):
            return _finish(d, out, 1.0, 1.0)
        reach = max(reach, move)
        q = max(q, row)
    return _finish(d, out, reach * WIDEN, q * WIDEN)


@part
def _invert(dims: tuple[int, ...], rows: Floats, tight: Integers, work: Floats) -> None:
    """A float inverse of the matrix of linear parts in work[:d], by Gauss and Jordan with row pivots; or anything."""
    d = len(dims)
    for k in range(d):
        for j in range(d):
            work[k, j] = 1.0 if k == j else 0.0
            work[d + k, j] = rows[j, tight[k]]
    for column in range(d):
        pivot = column
        for k in range(column + 1, d):
            if abs(work[d + k, column]) > abs(work[d + pivot, column]):
                pivot = k
        if pivot != column:
            for j in range(d):
                work[column, j], work[pivot, j] = work[pivot, j], work[column, j]
                work[d + column, j], work[d + pivot, j] = work[d + pivot, j], work[d + column, j]
        inverse = 1.0 / work[d + column, column]
        for j in range(d):
            work[column, j] *= inverse
            work[d + column, j] *= inverse
        for k in range(d):
            if k != column:
                factor = work[d + k, column]
                for j in range(d):
                    work[k, j] -= factor * work[column, j]
                    work[d + k, j] -= factor * work[d + column, j]
