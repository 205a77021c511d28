"""a(gamma t) = gamma a(t) for every gamma >= 0 and every t, so the next layer's weights take gamma over.

Let the activation have the one breakpoint 0 and a(0) = 0: a(t) = p t for t >= 0 and q t for t <= 0, any slopes p, q.

1. a(t) = (p + q) / 2 t + (p - q) / 2 |t|.
2. Every gamma >= 0 is c^2, and every t is r^2 or -r^2, with |t| = r^2.
3. |gamma t| = (c r)^2: that is a square, so it is >= 0, and its own square is (gamma t)^2.
4. For t = r^2 and for t = -r^2 then a(gamma t) = gamma a(t), as polynomials in c, r, p, q.
5. With beta = 0 the unit's pre-activation is gamma h, so its contribution v a(gamma h) to a unit of the next layer is
   (v gamma) a(h): column k of W_{l+1} times gamma_k, and gamma_k = 1.
"""

import sympy

from polybn.proof import Argued, Identity, Proof

p, q, c, r = sympy.symbols("p q c r", real=True)

HALF = sympy.Rational(1, 2)


def activation(t: sympy.Expr, modulus: sympy.Expr) -> sympy.Expr:
    """a(t), with |t| given."""
    return HALF * (p + q) * t + HALF * (p - q) * modulus


def homogeneous(gamma: sympy.Expr, t: sympy.Expr) -> tuple[sympy.Expr, sympy.Expr]:
    """a(gamma t) and gamma a(t), where |gamma t| = (c r)^2 and |t| = r^2."""
    return activation(gamma * t, (c * r) ** 2), gamma * activation(t, r**2)


PROOF = Proof(
    claim="equation-28-nonnegative",
    steps=(
        Argued(
            "'breakpoint at 0' and 'a(0) = 0': a(t) = p t for t >= 0 and q t for t <= 0; without an "
            "activation p = q = 1."
        ),
        Identity("a(t) = p t where |t| = t", activation(r**2, r**2), p * r**2),
        Identity("a(t) = q t where |t| = -t", activation(-(r**2), r**2), q * -(r**2)),
        Argued("'gamma >= 0': gamma = c^2 for some real c. Every real t is r^2 or -r^2, |t| = r^2."),
        Identity("((c r)^2)^2 = (gamma t)^2, so |gamma t| = (c r)^2", ((c * r) ** 2) ** 2, (c**2 * -(r**2)) ** 2),
        Identity("a(gamma t) = gamma a(t) for t >= 0", *homogeneous(c**2, r**2)),
        Identity("a(gamma t) = gamma a(t) for t <= 0", *homogeneous(c**2, -(r**2))),
    ),
    conclusion="'beta = 0' makes the pre-activation gamma h. Each unit's output with gamma is gamma times its output "
    "with gamma = 1, so multiplying column k of the next layer's weights by gamma_k gives that layer the same "
    "projections, and with the same statistics the same values; layer by layer the network is the same function. A "
    "normalised last layer has no layer after it and keeps its gamma. This holds for all widths and slopes.",
)
