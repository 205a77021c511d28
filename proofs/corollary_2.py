"""The centroid of a layer's inputs is on the boundary of every unit, so the layer's arrangement is central.

Let z_1, ..., z_N be the inputs of a normalised layer, zbar their centroid, u_n = <w, z_n> and t_n = u_n + c the
projections of one unit, E the mean over the batch, m = E[u]. The unit's pre-activation at z is
p(z) = gamma (<w, z> + c - mu) / sigma + beta, sigma > 0 (Eq. 2-4).

1. <w, zbar> = m, since the inner product is linear.
2. mu = E[t] = m + c (Eq. 3), whatever N and the dimension of z.
3. So p(zbar) = gamma (m + c - mu) / sigma + beta = beta, whatever w, gamma and sigma are. By another way: p is affine,
   so p(zbar) is the mean of the p(z_n), which is beta.
4. Thus p(zbar) - b = 0 for beta = b = 0, with b the one breakpoint: zbar is on the boundary {p = b} (Eq. 5-6).
"""

import sympy

from polybn.proof import Argued, Identity, Proof, expectation

u, m, c, gamma, beta, sigma = sympy.symbols("u m c gamma beta sigma", real=True)

ZERO = sympy.Integer(0)

location = expectation(u + c, u, (sympy.Integer(1), m))


def preactivation(t: sympy.Expr, mu: sympy.Expr, beta: sympy.Expr) -> sympy.Expr:
    """p at a point with the projection t."""
    return gamma * (t - mu) / sigma + beta


def at_centroid(mu: sympy.Expr, beta: sympy.Expr) -> sympy.Expr:
    """p(zbar), with <w, zbar> = m."""
    return preactivation(m + c, mu, beta)


def mean_preactivation(mu: sympy.Expr) -> sympy.Expr:
    """E[p(z_n)] over the batch."""
    return expectation(preactivation(u + c, mu, beta), u, (sympy.Integer(1), m))


PROOF = Proof(
    claim="corollary-2",
    given={"a normalised layer": (sigma,)},
    facts=("location-is-mean",),
    steps=(
        Argued("<w, zbar> = m, the mean of <w, z_n>: an inner product is linear."),
        Argued("The mean over N >= 1 samples is a linear functional E with E[1] = 1."),
        Identity("mu = m + c", location, m + c),
        Identity("p(zbar) = beta", at_centroid(location, beta), beta),
        Identity("E[p(z_n)] = beta, which is p(zbar) again, p being affine", mean_preactivation(location), beta),
        Identity("p(zbar) = 0, the breakpoint, for beta = 0", at_centroid(location, ZERO), ZERO),
    ),
    conclusion="'beta = 0' and 'breakpoint at 0' make the boundary of each unit {p = 0} with beta = 0 in p; without an "
    "activation it is {p = 0} too. So zbar is on the boundary of every unit of every normalised layer, for every "
    "batch size, width and dimension, and whatever w, gamma and sigma are.",
)
