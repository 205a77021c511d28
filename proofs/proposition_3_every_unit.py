"""The folded hyperplane h = 0 of a unit separates the batch strictly if and only if sigma^2 > 0 before eps is added.

Let t_n be the projections of one unit of a normalised layer over N >= 1 samples, whatever the layers before, and
p_n = gamma (t_n - mu) / s + beta, mu = E[t], beta = 0, gamma != 0, s > 0 (Eq. 2-4; s^2 = sigma^2 + eps).

1. E[p] = beta = 0, whatever gamma, s and N are.
2. If no p_n is negative, each is at most the sum N E[p] = 0 of all, so all are 0; the same for -p if none is positive.
   So the p_n are all 0, or one is negative and one is positive.
3. sigma^2 is the biased variance, (1/2) E E' (t - t')^2 = E[t^2] - E[t]^2 (Eq. 3), and E[p^2] = gamma^2 sigma^2 / s^2.
   So all p_n are 0 if and only if sigma^2 = s^2 E[p^2] / gamma^2 is 0.
"""

import sympy

from polybn.proof import Argued, Identity, Proof, expectation

t, other, m1, m2, gamma, beta, s = sympy.symbols("t t' m1 m2 gamma beta s", real=True)

ZERO, ONE = sympy.Integer(0), sympy.Integer(1)
MOMENTS = (ONE, m1, m2)
location = expectation(t, t, MOMENTS)
variance = expectation(expectation((t - other) ** 2, t, MOMENTS), other, MOMENTS) / 2


def preactivation(mu: sympy.Expr, beta: sympy.Expr) -> sympy.Expr:
    """p at a sample with the projection t."""
    return gamma * (t - mu) / s + beta


def mean(expression: sympy.Expr) -> sympy.Expr:
    """E over the batch."""
    return expectation(expression, t, MOMENTS)


PROOF = Proof(
    claim="proposition-3-every-unit",
    given={"a normalised layer": (s,), "gamma != 0": (gamma**2,)},
    facts=("location-is-mean", "squared-scale-is-biased-variance"),
    steps=(
        Identity("E[p] = beta", mean(preactivation(location, beta)), beta),
        Identity("E[p] = 0 for beta = 0", mean(preactivation(location, ZERO)), ZERO),
        Argued("If no p_n is negative, each is at most the sum N E[p] = 0 of all, so each is 0; the same for -p."),
        Identity("sigma^2 = E[t^2] - E[t]^2", variance, m2 - m1**2),
        Identity(
            "sigma^2 = s^2 E[p^2] / gamma^2 for beta = 0",
            variance,
            s**2 * mean(preactivation(location, ZERO) ** 2) / gamma**2,
        ),
        Argued("E[p^2] is 0 if and only if every p_n is."),
    ),
    conclusion="So the p_n have both signs strictly if and only if they are not all 0, that is if and only if "
    "sigma^2 > 0. The folded hyperplane is p = 0, as gamma is not 0. This holds for every batch size, width and "
    "activation, and whatever the layers before.",
)
