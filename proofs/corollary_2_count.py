"""A layer has as many regions as the central arrangement of its rows: the sum over sets S of (-1)^(|S| - rank S).

S runs over the sets of rows w_k with gamma_k w_k != 0. For n >= 1 rows in general position in R^d, any min(n, d) of
them independent, that is 2 sum_{i<d} C(n-1, i).

1. mu = E[t] and beta = 0, so p(z) = gamma (t - mu) / sigma = (gamma / sigma) <w, u>, u = z - zbar, zbar the centroid.
   The breakpoint is 0. A unit with gamma w = 0 has p = 0 all over: no boundary. The sign of any other is that of
   <w, u>, up to that of gamma, and is 0 on no open set. So regions are the sign vectors s, s_k = 1 or -1, such that
   some u has s_k <w_k, u> > 0 for all k: those u are an open set. Let r be their number, of any list of rows, zero
   rows too.
2. r = 1 for no rows. With a zero row r = 0. Else let w be the last row, a = <w, w> > 0.
3. A vector s of the rows before has a u. <w, u + l w> = <w, u> + l a, and a small l keeps the other signs, so s goes on
   with 1, -1 or both: r of all rows is r of the rows before, plus the number of s that go on with both.
4. That is so if and only if s has a u with <w, u> = 0. From <w, u> = p > 0 and <w, u'> = -q < 0, q u + p u' is one.
   In the other direction u + l w and u - l w do it, for small l > 0.
5. On {<w, u> = 0}, of one dimension less, <w_k, u> = <w_k'', u> with w_k'' = w_k - (<w_k, w> / a) w. So
   r(all) = r(before) + r(before'').
6. Let W be the sum over sets S. W = 1 for no rows. With a zero row W = 0: S with and without it have the same rank,
   and opposite signs. Else <w_k'', w> = 0, so T and w have the rank 1 + rank T'', and are |T| + 1 rows: the sets S that
   have w add to W(before''), the others to W(before). So W = r, by induction over the number of rows.
7. General position, n >= 2, d >= 2: the rows before are in it, and the w_k'' are, in d - 1 dimensions. d = 1: the w_k''
   are 0. n = 1: r = 1 + 1. So r(n, d) = r(n-1, d) + r(n-1, d-1), r(n, 1) = r(1, d) = 2. The numbers
   2 sum_{i<d} C(n-1, i) satisfy that by C(n, i) + C(n, i-1) = C(n+1, i).
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import product
from math import comb
from typing import cast

import sympy
from flint import fmpq

from polybn.claims.corollary_2_count import central_count
from polybn.claims.hypotheses import MOST_UNITS
from polybn.exact.matrix import Vector, inner
from polybn.proof import Argued, Chosen, Exhausted, Identity, Infeasible, Nonnegative, Proof, expectation

t, m, c, gamma, sigma = sympy.symbols("t m c gamma sigma", real=True)
a, ku, kw, step, p, q, first, second = sympy.symbols("a <w_k\\,u> <w_k\\,w> l p q A B", real=True)
tau, j, h, size, rank, upper, i, binomial = sympy.symbols("tau j h |T| rank n i C", real=True)

ZERO, ONE = sympy.Integer(0), sympy.Integer(1)
location = expectation(t + c, t, (ONE, m))
"""mu, E[<w, z>] = <w, zbar> being m."""


def preactivation(gamma: sympy.Expr, t: sympy.Expr) -> sympy.Expr:
    """p at a point with <w, z> = t, for beta = 0."""
    return gamma * (t + c - location) / sigma


def restricted(with_row: sympy.Expr, with_w: sympy.Expr) -> sympy.Expr:
    """<w_k'', x> from <w_k, x> and <w, x>."""
    return with_row - kw / a * with_w


def moved(value: sympy.Expr, step: sympy.Expr) -> sympy.Expr:
    """<w, u + l w> where <w, u> has the value."""
    return value + step * a


def in_general_position(n: int, d: int) -> int:
    """2 sum_{i<d} C(n-1, i)."""
    return 2 * sum(comb(n - 1, i) for i in range(d))


def recurs(member: Hashable) -> bool:
    """Whether the numbers 2 sum C(n-1, i) satisfy what the numbers of regions do."""
    n, d = cast("tuple[int, int]", member)
    before = in_general_position(n - 1, d) + in_general_position(n - 1, d - 1) if n > 1 and d > 1 else 2
    return in_general_position(n, d) == before


def sums_recur(member: Hashable) -> bool:
    """W(all) = W(before) + W(before'') for integer rows, the last of them not zero."""
    *before, last = (tuple(map(fmpq, row)) for row in cast("tuple[tuple[int, ...], ...]", member))
    beside = [_restricted(row, last) for row in before]
    return central_count([*before, last]) == central_count(before) + central_count(beside)


def _restricted(row: Vector, last: Vector) -> Vector:
    factor = inner(row, last) / inner(last, last)
    return tuple(x - factor * y for x, y in zip(row, last, strict=True))


CORNERS = tuple(product((0, 1), repeat=3))
TRIPLES = tuple(rows for rows in product(CORNERS, repeat=3) if any(rows[-1]))

PROOF = Proof(
    claim="corollary-2-count",
    given={"a normalised layer": (sigma,)},
    facts=("location-is-mean",),
    steps=(
        Identity("p = gamma <w, u> / sigma, u = z - zbar", preactivation(gamma, t), gamma * (t - m) / sigma),
        Identity("gamma = 0: p = 0 all over", preactivation(ZERO, t), ZERO),
        Identity("w = 0: p = 0 all over", preactivation(gamma, m), ZERO),
        Argued(
            "A row w with gamma != 0 has the sign of p as that of <w, u> or its opposite: sign vectors, one to one."
        ),
        Chosen(
            "w != 0: a = <w, w> > 0",
            a,
            (
                Chosen(
                    "l > 0",
                    step,
                    (
                        Nonnegative("<w, u + l w> > 0 where <w, u> = 0", moved(ZERO, step), ((step * a, ONE),)),
                        Nonnegative("-<w, u - l w> > 0 where <w, u> = 0", -moved(ZERO, -step), ((step * a, ONE),)),
                    ),
                ),
                Identity("<w_k'', u> = <w_k, u> where <w, u> = 0", restricted(ku, ZERO), ku),
                Identity("<w_k'', w> = 0", restricted(kw, a), ZERO),
            ),
        ),
        Infeasible(
            "signs s_k <w_k, u> = A > 0 are kept at u + l w and u - l w for a small l = tau^2: they become A + l B "
            "where B = j^2 - h^2 is s_k <w_k, w> or its opposite, and l h^2 < A",
            ((ONE, -(first + tau**2 * (j**2 - h**2))),),
            ((ONE, first - tau**2 * h**2),),
            ((ONE, tau * j),),
        ),
        Chosen(
            "<w, u> = p > 0",
            p,
            (
                Chosen(
                    "<w, u'> = -q < 0",
                    q,
                    (
                        Identity("<w, q u + p u'> = 0", q * p + p * (-q), ZERO),
                        Infeasible(
                            "s_k <w_k, q u + p u'> > 0 where A = s_k <w_k, u> > 0 and B = s_k <w_k, u'> > 0",
                            ((ONE, -(q * first + p * second)),),
                            ((q, first), (p, second)),
                        ),
                    ),
                ),
            ),
        ),
        Argued("So r(all) = r(before) + r(before''), and r = 0 with a zero row: no u has <0, u> != 0."),
        Argued("w and the w_k'' orthogonal to it span what w and the w_k do: rank(T and w) = rank T'' + 1."),
        Identity("|T and w| - rank(T and w) = |T| - rank T''", (size + 1) - (rank + 1), size - rank),
        Identity("with a zero row more |S| - rank S is one more: opposite signs", (size + 1) - rank, (size - rank) + 1),
        Argued("So W(all) = W(before) + W(before''), and W = 0 with a zero row."),
        Exhausted(
            "W(all) = W(before) + W(before''), as polybn adds it up, for three rows with entries 0 and 1 in R^3",
            TRIPLES,
            8 * 8 * 7,
            sums_recur,
        ),
        Argued("In general position, d >= 2, any min(n-1, d-1) of the w_k'' are independent: with w the w_k are."),
        Identity(
            "i C(n, i) + i C(n, i-1) = i C(n+1, i), all three being C(n, i-1) = C times a factor",
            (upper - i + 1) * binomial + i * binomial,
            (upper + 1) * binomial,
        ),
        Exhausted(
            f"2 sum_{{i<d}} C(n-1, i) satisfies the recursion for all n, d <= {MOST_UNITS}",
            tuple(product(range(1, MOST_UNITS + 1), repeat=2)),
            MOST_UNITS**2,
            recurs,
        ),
    ),
    conclusion="r and W agree for no rows and satisfy one recursion, so r = W, by induction over the rows; so do r and "
    "2 sum_{i<d} C(n-1, i) in general position, as that recursion is Pascal's, summed over i < d, C(n, 0) = 1. The "
    "layer has r regions, r that of its rows w_k with gamma_k w_k != 0. This holds for every width, dimension, gamma, "
    "sigma and batch size; 'few units' is not used but in the last step, which the one before it does without.",
)
