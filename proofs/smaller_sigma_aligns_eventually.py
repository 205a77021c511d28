"""How cos(F, H)^2 moves as one sigma of layer 1 falls: it rises, except above a threshold on one side of the sign.

Beside H = H_{1,i} the facet of F has the normal n = P x w + r, with x = 1 / sigma_{1,i} > 0, w = w_{1,i},
P = q_i gamma_i w_{2,j,i} != 0, r the sum of the other units' terms (chain rule); a = <w, w> = k^2, k = ||w|| != 0 as H
is a hyperplane, b = <r, w>, c = <r, r>, G = a c - b^2. A smaller sigma is a larger x.

1. By beta = 0 and the breakpoint 0 the regions of layer 1 are made by the signs of gamma (t - mu) / sigma, which no
   positive sigma changes.
2. Let X = <n, w> = P a x + b. Then a <n, n> = X^2 + G, so cos^2 = X^2 / (X^2 + G).
3. a G = <a r - b w, a r - b w>: G >= 0, and G = 0 only where r is a multiple of w; there cos^2 = 1.
4. X^2 (Y^2 + G) - Y^2 (X^2 + G) = G (X^2 - Y^2): where G > 0, cos^2 is larger exactly where X^2 is.
5. P b >= 0: b = h^2 P for some h. From x = y^2 > 0 to x + d^2, X^2 grows by
   k^4 P^2 d^2 (2 y^2 + d^2) + 2 k^2 h^2 P^2 d^2, a sum of squares, > 0 for d != 0.
6. P b < 0: X = 0 at x* with P a x* = -b, x* = |b| / (|P| a) = 1 / sigma*. X^2 = (P a)^2 (x - x*)^2: 0 at x*, and it
   grows with the distance of x from x* on both sides.
"""

import sympy

from polybn.proof import Argued, Identity, Nonnegative, Proof

s, other, gamma, t, mu = sympy.symbols("sigma sigma' gamma t mu", real=True)
P, k, b, c, x, x0, X, Y, G, h, y, d = sympy.symbols("P k b c x x* X Y G h y d", real=True)

ZERO, ONE, TWO = sympy.Integer(0), sympy.Integer(1), sympy.Integer(2)
a = k**2
gram = a * c - b**2


Vector = tuple[sympy.Expr, sympy.Expr]
"""x w + y r."""


def product(first: Vector, second: Vector, b: sympy.Expr = b) -> sympy.Expr:
    """<x, y>, from <w, w> = a, <r, w> = b and <r, r> = c."""
    return a * first[0] * second[0] + b * (first[0] * second[1] + first[1] * second[0]) + c * first[1] * second[1]


def along(x: sympy.Expr, b: sympy.Expr) -> sympy.Expr:
    """X = <n, w> where <r, w> = b."""
    return product((P * x, ONE), (ONE, ZERO), b)


def squared(x: sympy.Expr) -> sympy.Expr:
    """<n, n>."""
    return product((P * x, ONE), (P * x, ONE))


def growth(b: sympy.Expr) -> sympy.Expr:
    """How much X^2 grows from x = y^2 to y^2 + d^2."""
    return along(y**2 + d**2, b) ** 2 - along(y**2, b) ** 2


def preactivation(scale: sympy.Expr) -> sympy.Expr:
    """The pre-activation of unit i for beta = 0."""
    return gamma * (t - mu) / scale


PROOF = Proof(
    claim="smaller-sigma-aligns-eventually",
    given={"sigma_1": (s, other)},
    steps=(
        Identity("another sigma multiplies h by sigma / sigma'", preactivation(other), s / other * preactivation(s)),
        Argued("'beta_1 = 0', 'breakpoint at 0': the signs of h, which no positive factor changes, make the regions."),
        Argued("Chain rule: n = P x w + r with x = 1 / sigma, P and r without sigma."),
        Identity("a <n, n> = X^2 + G", a * squared(x), along(x, b) ** 2 + gram),
        Identity("a G = <a r - b w, a r - b w>", a * gram, product((-b, a), (-b, a))),
        Identity(
            "X^2 (Y^2 + G) - Y^2 (X^2 + G) = G (X^2 - Y^2)", X**2 * (Y**2 + G) - Y**2 * (X**2 + G), G * (X**2 - Y**2)
        ),
        Argued("P b >= 0: b = h^2 P for a real h, since P != 0; x = y^2, and a larger x is y^2 + d^2."),
        Nonnegative(
            "P b >= 0: X^2 grows with x",
            growth(h**2 * P),
            ((TWO, k**2 * P * d * y), (ONE, k**2 * P * d**2), (TWO, k * h * P * d)),
        ),
        Identity("P b < 0: X^2 = (P a)^2 (x - x*)^2", along(x, -P * a * x0) ** 2, (P * a) ** 2 * (x - x0) ** 2),
    ),
    conclusion="Where G = 0 cos^2 is 1 wherever there is a facet. Where G > 0 step 4, divided by the positive "
    "(X^2 + G)(Y^2 + G), says that cos^2 rises and falls strictly with X^2, and X^2 with x as steps 5 and 6 say; "
    "P, k, d, y are not 0. This holds for every dimension d >= 2, width, activation with the breakpoint 0, gamma, and "
    "whatever mu and the other sigmas are.",
)
