"""With one last hidden unit, whose activation keeps signs, the batch is separated if and only if sigma^2 > 0.

Let t_n be the projections of the one unit of layer L - 1 over N >= 1 samples, whatever the layers before, and
p_n = gamma (t_n - mu) / s + beta, mu = E[t], beta = 0, gamma != 0, s > 0 (Eq. 2-4; s^2 = sigma^2 + eps). The output is
f_n = w a(p_n), w != 0, without bias.

1. E[p] = beta = 0, whatever gamma, s and N are.
2. If no p_n is negative, each is at most the sum N E[p] = 0 of all, so all are 0; the same for -p if none is positive.
3. sigma^2 is the biased variance, (1/2) E E' (t - t')^2 = E[t^2] - E[t]^2 (Eq. 3), and sigma^2 = s^2 E[p^2] / gamma^2.
   So the p_n have both signs strictly if and only if sigma^2 > 0; else all are 0.
4. For p != 0 let a(p) = e p, e > 0 by t a(t) > 0. Then w f p = e (w p)^2 > 0: f has the sign of w p. For p = 0
   a(0) = 0, a being continuous. So the f_n have both signs strictly if and only if the p_n have.
"""

import sympy

from polybn.proof import Argued, Identity, Nonnegative, Proof, expectation

t, other, m1, m2, gamma, beta, s, p, e, w, bias = sympy.symbols("t t' m1 m2 gamma beta s p e w c_L", real=True)

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


def output(bias: sympy.Expr) -> sympy.Expr:
    """f where a(p) = e p."""
    return w * (e * p) + bias


PROOF = Proof(
    claim="proposition-3-width-one",
    given={"normalised last hidden layer": (s,), "gamma != 0": (gamma**2,), "t a(t) > 0": (e,)},
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
        Argued("'t a(t) > 0': a(p) = e p with e > 0 for p != 0, and a(0) = 0, a being continuous."),
        Nonnegative("w f p = e (w p)^2 >= 0, and = 0 only where w p = 0", w * output(ZERO) * p, ((e, w * p),)),
    ),
    conclusion="'width one', 'linear output' and 'c_L = 0' make each output w a(p) with one number w, not 0 by "
    "'w_L != 0'. So it has both signs strictly over the batch if and only if p has, if and only if sigma^2 > 0. This "
    "holds for every batch size and whatever the layers before.",
)
