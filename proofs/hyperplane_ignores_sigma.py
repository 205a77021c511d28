"""The boundary of a unit in the layer's input space does not depend on sigma when beta is the breakpoint.

Let p(z) = gamma (t(z) - mu) / sigma + beta be the pre-activation of one unit, t(z) = <w, z> + c, mu kept, and let
r = gamma (t(z) - mu) / sigma' + beta be the same for another sigma' > 0. The boundary is {z : p(z) = b}, b the one
breakpoint of the activation (0 in the paper; 0 without an activation).

1. For beta = b: sigma (p - b) = gamma (t - mu), in which no sigma is left (Eq. 5).
2. So r - b = (sigma / sigma') (p - b).
3. sigma / sigma' > 0, so p - b and r - b vanish at the same z; they even have the same sign.
"""

import sympy

from polybn.proof import Argued, Identity, Proof

t, mu, gamma, beta, b, sigma, other = sympy.symbols("t mu gamma beta b sigma sigma'", real=True)


def preactivation(scale: sympy.Expr, beta: sympy.Expr) -> sympy.Expr:
    """p at a point with the projection t."""
    return gamma * (t - mu) / scale + beta


PROOF = Proof(
    claim="hyperplane-ignores-sigma",
    given={"a normalised layer": (sigma, other)},
    steps=(
        Argued("'beta at the breakpoint': the activation has one breakpoint b, 0 without one, and beta = b."),
        Identity("sigma (p - b) = gamma (t - mu)", sigma * (preactivation(sigma, b) - b), gamma * (t - mu)),
        Identity(
            "p with sigma' minus b is sigma / sigma' times p with sigma minus b",
            preactivation(other, b) - b,
            sigma / other * (preactivation(sigma, b) - b),
        ),
    ),
    conclusion="sigma and sigma' are any two positive numbers. The two boundaries are the zeros of functions that "
    "differ by the positive factor sigma / sigma', so they are one set: a hyperplane, the empty set or, for w = 0 or "
    "gamma = 0, possibly all of space. Nothing is used of mu, nor of the dimension.",
)
