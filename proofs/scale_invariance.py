"""The row c w in the place of w, statistics taken anew, leaves h as it is for c > 0 and negates it for c < 0.

Let u = <w, z>, and e the unit's bias: t = u + e has the mean m1 + e and the variance var = m2 - m1^2 over the batch,
where E[u] = m1, E[u^2] = m2. With eps = 0 sigma is the root of var, h = (u + e - mu) / sigma (Eq. 3-4).

1. The projections c u + e have the mean c m1 + e and the variance c^2 var.
2. With eps = 0 their sigma' is thus |c| sigma: that is >= 0 and its square is c^2 sigma^2.
3. For c = k > 0: sigma (k u + e - mu') = (k sigma) (u + e - mu), that is h' = h.
4. For c = -k < 0: sigma (-k u + e - mu') = -(k sigma) (u + e - mu), that is h' = -h.
"""

import sympy

from polybn.proof import Argued, Identity, Proof, expectation

u, e, c, k, sigma, eps, m1 = sympy.symbols("u e c k sigma eps m1", real=True)


def moments(var: sympy.Expr) -> tuple[sympy.Expr, ...]:
    """The moments of u over the batch, when its variance is var."""
    return (sympy.Integer(1), m1, var + m1**2)


def location(factor: sympy.Expr) -> sympy.Expr:
    """The mean of the projections factor * u + e."""
    return expectation(factor * u + e, u, moments(sigma**2))


def squared_scale(factor: sympy.Expr, eps: sympy.Expr) -> sympy.Expr:
    """sigma'^2 of the projections factor * u + e, where sigma^2 is that of u + e and eps was added to both."""
    return expectation((factor * u + e - location(factor)) ** 2, u, moments(sigma**2 - eps)) + eps


def numerator(factor: sympy.Expr) -> sympy.Expr:
    """h' times sigma'."""
    return factor * u + e - location(factor)


ZERO, ONE = sympy.Integer(0), sympy.Integer(1)

PROOF = Proof(
    claim="scale-invariance",
    facts=("location-is-mean", "squared-scale-is-biased-variance"),
    steps=(
        Argued("The mean over N >= 1 samples is a linear functional E with E[1] = 1, and 'eps = 0': sigma^2 = var."),
        Identity("mu' = c m1 + e", location(c), c * m1 + e),
        Identity("sigma'^2 = c^2 sigma^2, so sigma' = |c| sigma", squared_scale(c, ZERO), (c * sigma) ** 2),
        Identity(
            "c = k: sigma (h' sigma') = sigma' (h sigma), sigma' = k sigma",
            sigma * numerator(k),
            k * sigma * numerator(ONE),
        ),
        Identity(
            "c = -k: sigma (h' sigma') = -sigma' (h sigma), sigma' = k sigma",
            sigma * numerator(-k),
            -(k * sigma) * numerator(ONE),
        ),
    ),
    conclusion="k = |c| > 0, and a normalised unit has sigma > 0, so sigma' = k sigma > 0: dividing by sigma sigma' "
    "gives h' = h or h' = -h at every z. This holds for every batch size and dimension.",
)
