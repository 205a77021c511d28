"""The batch mean is the unique minimiser of a layer's total least squares distance, and the least value is known.

Let t_n = <w, z_n> + c be the projections of one unit over any N >= 1 samples, g = ||w||^2 > 0, and E the mean over
the batch. With E[1] = 1, E[t] = m1, E[t^2] = m2 the loss of the offset mu is L(mu) = E[(t - mu)^2] / g (Eq. 7-8).

1. L(mu) is the quadratic (m2 - 2 mu m1 + mu^2) / g, whatever N and the dimension of z.
2. L(mu) - L(m1) = (mu - m1)^2 / g.
3. That is a positive multiple of a square, so it is > 0 unless mu = m1: a unique minimiser, the batch mean.
4. The second derivative is 2 / g, positive: L is strictly convex.
5. L(m1) = sigma^2 / g, where sigma^2 = E[(t - m1)^2] is the biased variance (Eq. 3), before eps is added.
6. A layer's loss (Eq. 9) adds one such term a unit, each in its own mu_k.
"""

import sympy

from polybn.proof import Argued, Identity, Nonnegative, Proof, expectation

mu, m1, m2, g, t = sympy.symbols("mu m1 m2 g t", real=True)

MOMENTS = (sympy.Integer(1), m1, m2)

loss = expectation((t - mu) ** 2, t, MOMENTS) / g
at_mean = loss.subs(mu, m1)
variance = expectation((t - m1) ** 2, t, MOMENTS)

PROOF = Proof(
    claim="theorem-1",
    given={"w != 0": (g,)},
    facts=("location-is-mean", "squared-scale-is-biased-variance"),
    steps=(
        Argued("The squared distance of z to {<w, z> + c = mu} is (<w, z> + c - mu)^2 / ||w||^2 (Eq. 7), g = ||w||^2."),
        Argued("The mean over N >= 1 samples is a linear functional E with E[1] = 1."),
        Identity("L(mu) = (m2 - 2 mu m1 + mu^2) / g", loss, (m2 - 2 * mu * m1 + mu**2) / g),
        Identity("L(mu) - L(m1) = (mu - m1)^2 / g", loss - at_mean, (mu - m1) ** 2 / g),
        Nonnegative("L(mu) - L(m1) >= 0, and = 0 only at mu = m1", loss - at_mean, ((1 / g, mu - m1),)),
        Nonnegative("L'' = 2 / g > 0", sympy.diff(loss, mu, 2), ((2 / g, sympy.Integer(1)),)),
        Identity("L(m1) = sigma^2 / g", at_mean, variance / g),
    ),
    conclusion="A layer's loss is the sum over its units of such terms, each in its own mu_k, so the differences add: "
    "the sum is 0 only where every mu_k is its unit's mean m1, which is the location by the first fact; the least "
    "value is the sum of sigma_k^2 / ||w_k||^2 by the second. This holds for every width.",
)
