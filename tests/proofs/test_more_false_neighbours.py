"""False neighbours of the steps of proofs about folded hyperplanes and regions."""

from math import comb

import pytest
import sympy

from polybn.errors import ProofError
from polybn.proof import Cases, Exhausted, Identity, Infeasible, Nonnegative

ZERO, ONE = sympy.Integer(0), sympy.Integer(1)
NOT_IDENTITY, SIGN = "is not an identity", "nothing declared makes"


def identity(left, right):
    return Identity("altered", left, right)


def nonnegative(expression, *squares):
    return Nonnegative("altered", expression, squares)


def infeasible(nonnegative, strict, squares=()):
    return Infeasible("altered", tuple(nonnegative), tuple(strict), tuple(squares))


def where_positive(amount, step, *others):
    """The step where the amount, and the others, are positive by choice."""
    inner = where_positive(others[0], step, *others[1:]) if others else step
    below = infeasible((), ((ONE, amount), (ONE, -amount)))
    return Cases("altered", amount, (below,), (infeasible((), ((ONE, amount),)),), (inner,))


def in_affine_position(n, d):
    return sum(comb(n, i) for i in range(d + 1))


# claim, what is altered, the altered step, why it fails.
ALTERED = [
    (
        "theorem-2-same-side",
        "mu' is on the other side: Theorem 2 as stated",
        lambda p: where_positive(p.climb, infeasible(((ONE, p.u),), ((p.climb, -p.share),))),
        NOT_IDENTITY,
    ),
    (
        "theorem-2-same-side",
        "mu' = mu",
        lambda p: nonnegative(p.above(p.mu) - p.above(p.mu - p.e * p.h**2), (p.r, ONE), (ONE, p.h)),
        NOT_IDENTITY,
    ),
    (
        "theorem-2-same-side",
        "z is no nearer than y",
        lambda p: where_positive(
            p.M,
            infeasible(
                ((ONE, p.M * p.T - p.r), (p.M, p.D - p.near), (p.M, p.near - p.far)),
                ((ONE, p.r - p.M * (p.D - p.far)),),
            ),
        ),
        NOT_IDENTITY,
    ),
    (
        "theorem-2-same-side",
        "slopes without a bound",
        lambda p: where_positive(p.M, infeasible(((ONE, p.squared(ONE, -p.M)),), ((2 * p.M, p.c - p.M),))),
        NOT_IDENTITY,
    ),
    (
        "theorem-2-lipschitz",
        "half of the constant",
        lambda p: where_positive(
            p.M, infeasible(((ONE, p.squared_gap(1)), (ONE, p.M**2 - p.nn)), ((2 * p.M, p.c - p.M / 2),))
        ),
        NOT_IDENTITY,
    ),
    (
        "theorem-2-lipschitz",
        "M is not the largest",
        lambda p: where_positive(
            p.M, infeasible(((ONE, p.squared_gap(1)), (ONE, p.nn - p.M**2)), ((2 * p.M, p.c - p.M),))
        ),
        NOT_IDENTITY,
    ),
    (
        "theorem-2-lipschitz",
        "a larger constant does not serve",
        lambda p: where_positive(
            p.M,
            infeasible(((ONE, p.k**2 * (p.q - p.j**2) - p.M * p.q),), ((p.q, p.k**2 - p.M),), ((ONE, p.k * p.j),)),
            p.q,
        ),
        NOT_IDENTITY,
    ),
    (
        "theorem-2-lipschitz",
        "a step across the gradient is as good",
        lambda p: where_positive(p.M, p.smaller(p.k**2, ZERO), p.q),
        NOT_IDENTITY,
    ),
    (
        "corollary-1",
        "d(x, F) > 0 for x on F",
        lambda p: where_positive(p.M, Cases("altered", p.gap, p.away(-1), p.away(1), p.away(1))),
        SIGN,
    ),
    (
        "corollary-1",
        "F is at least 2 |R| / M away",
        lambda p: where_positive(p.M, infeasible(((ONE, p.M * p.D + p.mu - p.g),), ((p.M, 2 * p.gap / p.M - p.D),))),
        NOT_IDENTITY,
    ),
    (
        "corollary-1",
        "g falls to -M T, a piece later no further",
        lambda p: where_positive(
            p.M,
            infeasible(((ONE, p.M * p.T + p.S), (p.length, p.M + p.c)), ((ONE, -(p.S + p.c * p.length) - p.M * p.T),)),
            p.length,
        ),
        NOT_IDENTITY,
    ),
    (
        "folded-meets-hull",
        "beta is not the breakpoint",
        lambda p: identity(p.mean_above(p.location, p.beta + 1), ZERO),
        NOT_IDENTITY,
    ),
    (
        "folded-meets-hull",
        "mu is not the mean",
        lambda p: identity(p.mean_above(p.location + 1, p.beta), ZERO),
        NOT_IDENTITY,
    ),
    (
        "folded-meets-hull",
        "the piece ends on the side where it begins",
        lambda p: where_positive(p.climb, infeasible(((p.climb, p.share - 1),), ((ONE, -p.along(ONE)),))),
        NOT_IDENTITY,
    ),
    (
        "folded-meets-hull",
        "a sum of numbers that are >= 0 is > 0",
        lambda p: infeasible(((ONE, p.total), (ONE, p.term), (ONE, -(p.total + p.term))), ()),
        "no contradiction",
    ),
    (
        "translation-towards-data",
        "moved to the further end",
        lambda p: nonnegative((p.outside - p.mu) ** 2 - (p.outside - p.other_end) ** 2, (2 * p.r, p.h), (ONE, p.h**2)),
        NOT_IDENTITY,
    ),
    (
        "translation-towards-data",
        "the offset is inside the range",
        lambda p: infeasible(((ONE, p.e * p.value - p.e * p.mu),), ((ONE, p.above(p.value)),)),
        NOT_IDENTITY,
    ),
    (
        "translation-towards-data",
        "moved half of the way",
        lambda p: identity(p.above(p.mu + p.e * p.r / 2), ZERO),
        NOT_IDENTITY,
    ),
    (
        "affine-pieces",
        "the bias is not multiplied by the slope",
        lambda p: identity(p.piece(p.product + p.offset), p.s * p.product + (p.offset + p.k)),
        NOT_IDENTITY,
    ),
    (
        "affine-pieces",
        "mu is left out",
        lambda p: identity(p.normalised(p.rest + p.c), p.f * p.rest + (p.f * p.c + p.beta)),
        NOT_IDENTITY,
    ),
    (
        "affine-pieces",
        "the activation jumps",
        lambda p: identity(p.next_piece(p.t, p.t) + p.rise, p.piece(p.t)),
        NOT_IDENTITY,
    ),
    (
        "subdivision",
        "f is not affine on the region",
        lambda p: identity(p.between(p.t, p.u, p.v) ** 2, p.between(p.t, p.u**2, p.v**2)),
        NOT_IDENTITY,
    ),
    (
        "subdivision",
        "f rises against its gradient",
        lambda p: where_positive(p.nn, nonnegative(p.moved(ZERO, -p.t), (p.t * p.nn, ONE)), p.t),
        NOT_IDENTITY,
    ),
    (
        "subdivision",
        "f without a gradient",
        lambda p: where_positive(p.t, nonnegative(p.moved(ZERO, p.t), (p.t * p.nn, ONE))),
        SIGN,
    ),
    (
        "subdivision",
        "the sign is kept all the way to y",
        lambda p: infeasible(
            ((ONE, -p.between(p.tau**2, p.u, p.j**2 - p.w**2)),), ((ONE, p.u),), ((ONE, p.tau * p.j),)
        ),
        NOT_IDENTITY,
    ),
    (
        "subdivision",
        "closures of parts have no common point",
        lambda p: infeasible(((ONE, p.f), (ONE, -p.f)), ()),
        "no contradiction",
    ),
    (
        "corollary-2-count",
        "mu is not the mean",
        lambda p: identity(p.preactivation(p.gamma, p.t - 1), p.gamma * (p.t - p.m) / p.sigma),
        NOT_IDENTITY,
    ),
    (
        "corollary-2-count",
        "rows before that are not made orthogonal to w",
        lambda p: identity(p.kw, ZERO),
        NOT_IDENTITY,
    ),
    (
        "corollary-2-count",
        "u and u' on one side of w",
        lambda p: identity(p.q * p.p + p.p * p.q, ZERO),
        NOT_IDENTITY,
    ),
    (
        "corollary-2-count",
        "the count of hyperplanes that do not meet",
        lambda p: Exhausted(
            "altered",
            tuple((n, d) for n in range(1, 7) for d in range(1, 7)),
            36,
            lambda member: p.in_general_position(*member) == in_affine_position(*member),
        ),
        "fails for",
    ),
]


def test_a_false_neighbour_does_not_check(neighbour, names):
    claim, _, make, why = neighbour
    module = names(claim)
    with pytest.raises(ProofError, match=why):
        make(module).check(module.PROOF.positive, module.PROOF.zero)
