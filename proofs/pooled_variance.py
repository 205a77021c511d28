"""The average of sigma^2 over batches of one size, plus the variance of their mu, is sigma^2 of all samples together.

Let a = mu of a batch and q the mean of t^2 over it, E the plain average over the batches.

1. Each batch has sigma^2 = q - a^2, the biased variance before eps is added, mu = a its mean (Eq. 3).
2. The batches have one size n: from j batches with the mean m and one more with the mean a, (j m + a) / (j + 1) is the
   mean of all n (j + 1) samples. So the mean of t over all samples is E[a], and that of t^2 is E[q].
3. E[q - a^2] + (E[a^2] - E[a]^2) = E[q] - E[a]^2, the biased variance of all samples.
"""

import sympy

from polybn.proof import Argued, Identity, Proof, expectation, joint_expectation

t, other, a, q, m1, m2, a2, m, n, j = sympy.symbols("t t' a q m1 m2 a2 m n j", real=True)

ONE = sympy.Integer(1)
OF_BATCHES = {(1, 0): m1, (0, 1): m2, (2, 0): a2}


def pairwise(first: sympy.Expr, second: sympy.Expr) -> sympy.Expr:
    """The biased variance (1/2) E E' (t - t')^2 where E[t], E[t^2] are the two arguments."""
    moments = (ONE, first, second)
    return expectation(expectation((t - other) ** 2, t, moments), other, moments) / 2


def over_batches(expression: sympy.Expr) -> sympy.Expr:
    """E, the plain average over the batches: E[a] = m1, E[q] = m2, E[a^2] = a2."""
    return joint_expectation(expression, (a, q), OF_BATCHES)


average = over_batches(pairwise(a, q))
between = over_batches((a - m1) ** 2)

PROOF = Proof(
    claim="pooled-variance",
    given={"a normalised layer": (n, j + 1)},
    facts=("location-is-mean", "squared-scale-is-biased-variance"),
    steps=(
        Identity("sigma^2 = q - a^2 in a batch", pairwise(a, q), q - a**2),
        Identity("the mean of all is the mean of means", (j * m + a) / (j + 1), (n * j * m + n * a) / (n * (j + 1))),
        Argued(
            "So over all samples, by induction over the batches, t has the mean E[a] = m1, and t^2 the mean E[q] = m2."
        ),
        Identity("Var(mu) = E[a^2] - E[a]^2", between, a2 - m1**2),
        Identity("E[sigma^2] + Var(mu) = sigma^2 of all", average + between, pairwise(m1, m2)),
    ),
    conclusion="n counts the samples of a batch and j + 1 batches, at least one of each. This holds for every number "
    "and size of batches, and for every unit, whatever its row.",
)
