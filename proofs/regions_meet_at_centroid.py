"""Every closed region of a normalised layer contains the centroid of the layer's inputs.

Let zbar be the centroid of the inputs z_n, E the mean over the batch. A unit has
p(z) = gamma (t(z) - mu) / sigma + beta, t(z) = <w, z> + c, and beta = b is the one breakpoint of the
activation. A region of the layer is where each p_k - b has one sign: > 0, < 0, or 0 for a unit that is constant.

1. E[p(z_n)] = beta for mu = E[t]. p is affine, so p(zbar) = E[p(z_n)] = b.
2. Take x in a region and y = zbar + l (x - zbar), 0 < l <= 1. Then p(y) - b = l (p(x) - b): the sign of every unit is
   that at x, so y is in the region too.
3. As l -> 0+ y goes to zbar, which is therefore in the closure of the region.
"""

import sympy

from polybn.proof import Argued, Identity, Proof, expectation

u, m, c, gamma, beta, b, sigma, tx, tc, share = sympy.symbols("u m c gamma beta b sigma t(x) t(zbar) l", real=True)

MOMENTS = (sympy.Integer(1), m)
location = expectation(u + c, u, MOMENTS)


def preactivation(t: sympy.Expr, mu: sympy.Expr, beta: sympy.Expr) -> sympy.Expr:
    """p at a point with the projection t."""
    return gamma * (t - mu) / sigma + beta


def mean_preactivation(mu: sympy.Expr) -> sympy.Expr:
    """E[p(z_n)], where t_n = u_n + c and E[u] = m."""
    return expectation(preactivation(u + c, mu, beta), u, MOMENTS)


def towards(share: sympy.Expr) -> sympy.Expr:
    """The projection at zbar + share (x - zbar), which is affine in z."""
    return tc + share * (tx - tc)


PROOF = Proof(
    claim="regions-meet-at-centroid",
    given={"a normalised layer": (sigma,)},
    facts=("location-is-mean",),
    steps=(
        Argued("p is affine, so p(zbar) is the mean of the p(z_n); so is t, and t(zbar) = E[t] = mu."),
        Identity("E[p(z_n)] = beta, which is b", mean_preactivation(location), beta),
        Argued("'beta at the breakpoint': the region of x is where each p_k - b has the sign that it has at x."),
        Identity(
            "p(y) - b = l (p(x) - b) for mu = t(zbar), beta = b",
            preactivation(towards(share), tc, b) - b,
            share * (preactivation(tx, tc, b) - b),
        ),
        Argued("For l > 0 the signs are those at x; as l -> 0+ y goes to zbar."),
    ),
    conclusion="So zbar is a limit of points of every region. A layer without an activation has one region, all of "
    "space. This holds for every width, dimension, batch size, gamma and sigma; 'few units' is not used.",
)
