"""The plain average of mu over successive batches of one size minimises the distance to all samples together.

Each batch has n samples. After j batches let A be the average of their means, made with momentum 1/t at batch t, and S
the sum of all their projections.

1. A_1 = S / n. If A = S / (n j), and the next batch has the sum B and so the mean B / n, then
   A + (B / n - A) / (j + 1) = (S + B) / (n (j + 1)): by induction A is the mean m1 of all projections so far.
2. Over all samples L(mu) = E[(t - mu)^2] / g is the mean squared distance to {<w, z> + c = mu}, g = ||w||^2 > 0
   (Eq. 7-8). L(mu) - L(m1) = (mu - m1)^2 / g > 0 unless mu = m1.
"""

import sympy

from polybn.proof import Argued, Identity, Nonnegative, Proof, expectation

A, S, B, n, j = sympy.symbols("A S B n j", real=True)
t, mu, m1, m2, g = sympy.symbols("t mu m1 m2 g", real=True)

ONE = sympy.Integer(1)


def updated(average: sympy.Expr, momentum: sympy.Expr) -> sympy.Expr:
    """The moving average after one more batch with the mean B / n."""
    return average + momentum * (B / n - average)


def loss(offset: sympy.Expr) -> sympy.Expr:
    """L(offset) over all samples."""
    return expectation((t - offset) ** 2, t, (ONE, m1, m2)) / g


PROOF = Proof(
    claim="cumulative-average-minimises",
    given={"a normalised layer": (n, j, j + 1), "w != 0": (g,)},
    facts=("location-is-mean",),
    steps=(
        Argued("The squared distance of z to {<w, z> + c = mu} is (<w, z> + c - mu)^2 / ||w||^2, g = ||w||^2."),
        Identity("A' = ((j A) + B / n) / (j + 1), a plain average", updated(A, 1 / (j + 1)), (j * A + B / n) / (j + 1)),
        Identity("A' is the mean of all", updated(S / (n * j), 1 / (j + 1)), (S + B) / (n * (j + 1))),
        Nonnegative("L(mu) - L(m1) >= 0, and = 0 only at mu = m1", loss(mu) - loss(m1), ((1 / g, mu - m1),)),
    ),
    conclusion="n and j count samples and batches, at least one of each. By induction over the batches the average is "
    "the mean of all projections, which alone minimises each unit's distance, for every number and size of batches, "
    "width and dimension.",
)
