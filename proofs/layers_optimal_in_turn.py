"""Other locations cost more at the first layer where they differ: the batch means are optimal layer by layer, in turn.

Take any other locations, every sigma kept, and the first normalised layer where one differs. Nothing before it has
changed, so its inputs are the same. Let t_n be the projections of one of its units over N >= 1 samples,
g = ||w||^2 > 0, E the mean over the batch, E[t] = m1, E[t^2] = m2.

1. The unit's mean squared distance to {<w, z> + c = mu} is L(mu) = E[(t - mu)^2] / g (Eq. 7-8).
2. L(mu) - L(m1) = (mu - m1)^2 / g: > 0 where mu is not the batch mean m1, and 0 where it is.
3. The layer's distance (Eq. 9) adds one such term a unit, each in its own mu. So it is larger as soon as one differs.
"""

import sympy

from polybn.proof import Argued, Identity, Nonnegative, Proof, expectation

t, mu, m1, m2, g = sympy.symbols("t mu m1 m2 g", real=True)


def loss(offset: sympy.Expr) -> sympy.Expr:
    """L(offset) of one unit."""
    return expectation((t - offset) ** 2, t, (sympy.Integer(1), m1, m2)) / g


gap = loss(mu) - loss(m1)

PROOF = Proof(
    claim="layers-optimal-in-turn",
    given={"w != 0": (g,)},
    facts=("location-is-mean",),
    steps=(
        Argued("A layer's inputs depend on the layers before it alone, whose locations and sigmas are kept."),
        Argued("The squared distance of z to {<w, z> + c = mu} is (<w, z> + c - mu)^2 / ||w||^2, g = ||w||^2."),
        Identity("L(mu) - L(m1) = (mu - m1)^2 / g", gap, (mu - m1) ** 2 / g),
        Nonnegative("L(mu) - L(m1) >= 0, and = 0 only at mu = m1", gap, ((1 / g, mu - m1),)),
    ),
    conclusion="The layer's locations are its units' batch means m1 by the fact. Its distance grows by the sum of "
    "these gaps, each >= 0, and > 0 for a unit whose location differs. This holds for every depth, width, batch size "
    "and dimension.",
)
