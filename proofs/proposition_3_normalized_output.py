"""With layer L normalised as well and beta = 0, an output is constant or has both signs strictly over the batch.

Let t_n be the projections of one unit of the last layer over N >= 1 samples, whatever the layers before, and
y_n = gamma (t_n - mu) / sigma + beta its outputs, mu = E[t] (Eq. 2-4). By beta = 0:

1. E[y] = beta = 0, whatever gamma, sigma and N are.
2. If no y_n is negative, each y_n is at most the sum N E[y] = 0 of all, so all are 0: the output is constant. The same
   for -y if none is positive.
3. Otherwise one is negative and one is positive.
"""

import sympy

from polybn.proof import Argued, Identity, Proof, expectation

t, m1, gamma, beta, sigma = sympy.symbols("t m1 gamma beta sigma", real=True)

ZERO, ONE = sympy.Integer(0), sympy.Integer(1)
location = expectation(t, t, (ONE, m1))


def mean_output(mu: sympy.Expr, beta: sympy.Expr) -> sympy.Expr:
    """E[y] over the batch."""
    return expectation(gamma * (t - mu) / sigma + beta, t, (ONE, m1))


PROOF = Proof(
    claim="proposition-3-normalized-output",
    given={"normalised output": (sigma,)},
    facts=("location-is-mean",),
    steps=(
        Argued("'no output activation': the outputs are y_n = gamma (t_n - mu) / sigma + beta."),
        Identity("E[y] = beta", mean_output(location, beta), beta),
        Identity("E[y] = 0 for beta = 0", mean_output(location, ZERO), ZERO),
        Argued("If no y_n is negative, each is at most the sum N E[y] = 0 of all, so each is 0; the same for -y."),
    ),
    conclusion="An output that is not constant over the batch is thus negative for one sample and positive for "
    "another, strictly. This holds for every batch size and width and whatever the layers before.",
)
