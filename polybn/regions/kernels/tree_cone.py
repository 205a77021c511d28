"""Refutation in a cone: where no row has a constant the optimum is 0 at the origin, and signs of multipliers decide.

Let the basis be d active rows B* y > 0 without constants and c* y the row asked for, without a constant either. If
lam* = -c* (B*)^-1 >= 0, then c* y = -lam* (B* y) <= 0 wherever B* y > 0: the side is empty. No bound is subtracted, as
must be for cones that touch the hyperplane; it remains to prove the signs of lam*. With the computed inverse X,

    B* X = I + F,   mu = -c* X,   lam* = mu (I + F)^-1,   |lam*_r - mu_r| <= |mu|_1 phi / (1 - phi),

where phi < 1 bounds the sums of the rows of |F|. The computed B differs from B* by at most P <= error in each entry,
and a computed sum of d products by at most (d + 1) u times the sum of their absolute values, u (d + 3) |B_ri| <= error:
so F differs from the computed B X - I by at most 2 error sum_i |X_ir|, and mu likewise with the error of c. Below 3
stands for 2, which pays for the roundings of the bounds, and 2 phi for phi / (1 - phi), with phi < 1/4.
"""

from __future__ import annotations

from polybn.regions.kernels.compiled import once
from polybn.regions.kernels.tree_arrays import BOUND, FREE, INVERSE, OBJECTIVE, RESIDUAL, Search


@once
def refuted_in_cone(S: Search, column: int) -> bool:
    """Whether rows without constants prove that the objective, which is row ``column`` up to sign, is <= 0."""
    d, rows = S.box.shape[1], S.reach.shape[0]
    free = S.error[FREE, column] == 1.0
    for r in range(d):
        p = S.ids[rows + r] - 2 * d
        free = free and p >= 0 and S.error[FREE, max(p, 0)] == 1.0
    if not free:
        return False
    phi = _distance(S)
    mu, total, least = S.program[RESIDUAL], 0.0, 1e300
    for r in range(d):
        value, weight = 0.0, 0.0
        for i in range(d):
            value -= S.program[OBJECTIVE, i] * S.program[INVERSE + i, r]
            weight += abs(S.program[INVERSE + i, r])
        loss = 3.0 * S.error[BOUND, column] * weight
        mu[r] = value - loss
        total += abs(value) + loss
    for r in range(d):
        least = min(least, mu[r])
    return phi < 0.25 and least - 2.0 * phi * total > 0.0


@once
def _distance(S: Search) -> float:
    """phi: the largest sum of a row of bounds on |B* X - I|."""
    d, rows = S.box.shape[1], S.reach.shape[0]
    phi = 0.0
    for r in range(d):
        p = S.ids[rows + r] - 2 * d
        total = 0.0
        for s in range(d):
            entry, weight = -1.0 if r == s else 0.0, 0.0
            for i in range(d):
                x = S.program[INVERSE + i, s]
                entry += S.rows[i, p] * x
                weight += abs(x)
            total += abs(entry) + 3.0 * S.error[BOUND, p] * weight
        phi = max(phi, total)
    return phi
