"""What proves that a row of a cell carries a facet of its own, that it carries none, that it is no other's multiple.

The cell is {y : a_i y + b_i > 0 for every row i}, w a point inside. Row g carries a facet of its own exactly when some
point violates g and satisfies all other rows: the segment from w to such a point crosses the hyperplane of g
strictly inside the others. Floats hold a~ and b~ with |a_i - a~_i|_oo <= P_i and |b_i - b~_i| <= Q_i (`floats`).

*A facet*: a float point p, exact as a dyadic, where the computed value of g is below -(P_g |p|_1 + Q_g) and that of
every other row above P_i |p|_1 + Q_i; by the definition of P and Q these bound the whole errors. Then no other row is
a positive multiple of g either, since it has another sign at p: the facet has one owner. Points are sought between
the first and the second hyperplane that a ray from w meets.

*No facet*: any multipliers lam_i >= 0 of the other rows (Neumaier and Shcherbina 2004). Write -g~ + sum_i lam_i (a~_i,
b~_i) = (r, r_0). Where the others are positive a~_i y + b~_i > -E_i, with E_i = P_i N + Q_i and |y|_1 <= N, so

    -(a_g y + b_g) < r y + r_0 + sum lam_i E_i + E_g <= r_0 + R |r|_1 + sum lam_i E_i + E_g,

given |y_j| <= R. Where the right side is <= 0, g is positive wherever the others are. The domain gives R = 1 and N = d.
If g itself is a side of the domain's box, it is moved out by its coefficient |a_gj|, so by one in y_j, and R = 3,
N = 3 d: a point beyond g, drawn towards w, comes as near to g as one likes, so one within distance one exists. The
moved side is whatever the float row says; no error belongs to it.

*Rounding*. Each of r_0, ..., r_d is a sum of d + 1 terms and has an error of at most (d + 2) u times the sum of their
absolute values; let T be the sum of all these. The last sum adds d + 4 numbers, none above T R + E. So (2 d + 8) u R T
is added, and positive parts are widened by ``SLACK``, which exceeds 1 + 8 (d + 8) u. NaN makes every comparison false.
"""

from __future__ import annotations

from polybn.regions.kernels.compiled import part
from polybn.regions.kernels.floats import SLACK, Floats, Integers, U
from polybn.regions.kernels.signs import FLOOR

VERTEX, PRICES, RAY, OBJECTIVE, RESIDUAL, PLACE = range(6)
"""Rows of the scratch (d + 6, d + 1) after the d columns of the inverse of the basis."""


@part
def values_at(d: int, active: Floats, count: int, places: Floats, row: int, value: Floats) -> None:
    """The values of the first ``count`` rows at the point ``places[row]``."""
    total, constant = value[:count], active[d, :count]
    for i in range(count):
        total[i] = constant[i]
    for j in range(d):
        x, coefficients = places[row, j], active[j, :count]
        for i in range(count):
            total[i] += coefficients[i] * x


@part
def refuted(d: int, active: Floats, p: float, q: float, reach: float, simplex: Floats, basis: Integers) -> bool:
    """Whether the multipliers of the basis, negative ones taken as 0, prove the objective positive nowhere."""
    objective, residual = d + OBJECTIVE, d + RESIDUAL
    norm = reach * d
    terms, errors = 0.0, p * norm + q
    for j in range(d + 1):
        simplex[residual, j] = simplex[objective, j]
        terms += abs(simplex[objective, j])
    for k in range(d):
        price, i = 0.0, basis[k]
        for j in range(d):
            price -= simplex[objective, j] * simplex[k, j]
        if price > 0.0:
            for j in range(d + 1):
                term = price * active[j, i]
                simplex[residual, j] += term
                terms += abs(term)
            errors += price * (active[d + 1, i] * norm + active[d + 2, i])
    total = 0.0
    for j in range(d):
        total += abs(simplex[residual, j])
    errors += (2 * d + 8) * U * reach * terms + FLOOR
    return simplex[residual, d] + (reach * total + errors) * SLACK <= 0.0


@part
def violates_one(
    d: int, active: Floats, count: int, g: int, simplex: Floats, value: Floats, p: float, q: float
) -> bool:
    """Whether at the place in the scratch the objective, -g, is certainly positive and so is every other row.

    ``p`` and ``q`` belong to g; what ``active`` holds of g is not read.
    """
    place, objective = d + PLACE, d + OBJECTIVE
    norm, opposite = 0.0, simplex[objective, d]
    for j in range(d):
        norm += abs(simplex[place, j])
        opposite += simplex[objective, j] * simplex[place, j]
    norm *= SLACK
    if not opposite > p * norm + q + FLOOR:
        return False
    values_at(d, active, count, simplex, place, value)
    slope_error, offset_error = active[d + 1, :count], active[d + 2, :count]
    sure = True
    for i in range(count):
        sure &= (value[i] > slope_error[i] * norm + offset_error[i] + FLOOR) | (i == g)
    return sure


@part
def distinct(d: int, active: Floats, g: int, i: int) -> bool:
    """Whether rows g and i are certainly no multiples of each other: some 2 x 2 minor is not zero.

    With entries a + e of row g and b + f of row i, |e| <= P_g, |f| <= P_i (Q for constants), the minor
    a_j b_k - a_k b_j is off by at most |a_j f_k| + |e_j| (|b_k| + |f_k|) + |a_k f_j| + |e_k| (|b_j| + |f_j|), and
    computed with three roundings.
    """
    j = 0
    for k in range(1, d):
        if abs(active[k, g]) + abs(active[k, i]) > abs(active[j, g]) + abs(active[j, i]):
            j = k
    a, b = active[j, g], active[j, i]
    e, f = active[d + 1, g], active[d + 1, i]
    for k in range(d, -1, -1):
        e_k, f_k = (active[d + 2, g], active[d + 2, i]) if k == d else (e, f)
        left, right = a * active[k, i], active[k, g] * b
        error = abs(a) * f_k + e * (abs(active[k, i]) + f_k) + abs(active[k, g]) * f + e_k * (abs(b) + f)
        if abs(left - right) > (error + 3 * U * (abs(left) + abs(right))) * SLACK + FLOOR:
            return True
    return False
