"""What one sigma of layer 1 does to the folded hyperplanes F of layer 2 beside H, as it goes to 0 or to infinity.

Beside H = H_{1,i} the facet of F has the normal n = (P / s) w + r, with s = sigma_{1,i}, w = w_{1,i},
P = q_i gamma_i w_{2,j,i}, r the sum of the other units' terms (chain rule), and n' = (P' / s) w + r' on the other side.
Let a = <w, w> = k^2, k = ||w|| != 0 as H is a hyperplane, b = <r, w>, c = <r, r>, and likewise b', c', f = <r, r'>.

1. By beta = 0 and the breakpoint 0 layer 1 has its boundaries where gamma (t - mu) / s = 0; another s multiplies that
   by a positive number. So the regions of layer 1 do not depend on s.
2. P = 0: n = r for every s.
3. P != 0: 1 - cos^2 = (a <n, n> - <n, w>^2) / (a <n, n>) = (a c - b^2) / (a <n, n>) is at most c s^2 / (P^2 a), since
   c s^2 <n, n> - P^2 (a c - b^2) = (b P + c s)^2 >= 0. The bound goes to 0 with s, and cos^2 to 1: the facet aligns.
4. s^2 <n, n'> = P P' a + s (P b' + P' b) + s^2 f, s^2 <n, n> = P^2 a + 2 s P b + s^2 c. As s -> 0+ these go to P P' a
   and P^2 a != 0: cos(n, n')^2 goes to 1, and cos(n, n') has the sign of P P', which is that of q_i q_i'.
5. With H the hyperplane of unit i alone r' = r: as s -> infinity <n, n'>, <n, n> and <n', n'> go to c, so cos(n, n')
   goes to 1 where r != 0.
6. The half-facets at a ridge meet at pi - arccos(cos(n, n')): with n = p e + h u, n' = p e + h' u, u the normal of H
   and p e the common part along H, they point along v = p u - h e, v' = h' e - p u, and <v, v'> = -<n, n'>,
   <v, v> = <n, n>, <v', v'> = <n', n'>. So the angle goes to 0 where cos(n, n') goes to -1, and to pi
   where it goes to 1.
"""

import sympy

from polybn.proof import Argued, Cases, Identity, Infeasible, Limit, Nonnegative, Proof

s, other, gamma, t, mu = sympy.symbols("sigma sigma' gamma t mu", real=True)
P, P2, k, b, b2, c, c2, f, q, q2, w2 = sympy.symbols("P P' k b b' c c' f q q' w_2", real=True)
p, h, h2 = sympy.symbols("p h h'", real=True)

ZERO, ONE = sympy.Integer(0), sympy.Integer(1)
a = k**2
GRAM = ((a, b, b2), (b, c, f), (b2, f, c2))
"""The inner products of w, r, r'."""

Vector = tuple[sympy.Expr, sympy.Expr, sympy.Expr]
"""x w + y r + z r'."""


def product(first: Vector, second: Vector) -> sympy.Expr:
    """<x, y>."""
    entries = zip(GRAM, first, strict=True)
    return sympy.Add(*(x * y * entry for row, x in entries for entry, y in zip(row, second, strict=True)))


def squared(push: sympy.Expr) -> sympy.Expr:
    """s^2 <n, n> for P = push."""
    return product((push, s, ZERO), (push, s, ZERO))


def along(push: sympy.Expr) -> sympy.Expr:
    """s <n, w>."""
    return product((push, s, ZERO), (ONE, ZERO, ZERO))


def between(push: sympy.Expr, push2: sympy.Expr) -> sympy.Expr:
    """s^2 <n, n'>."""
    return product((push, s, ZERO), (push2, ZERO, s))


def squared_beyond(push: sympy.Expr) -> sympy.Expr:
    """s^2 <n', n'> for P' = push."""
    return product((push, ZERO, s), (push, ZERO, s))


def alone(expression: sympy.Expr) -> sympy.Expr:
    """The expression for r' = r."""
    return expression.subs({b2: b, c2: c, f: c})


def excess(push: sympy.Expr) -> sympy.Expr:
    """c s^2 <n, n> - P^2 (a c - b^2): >= 0 is the bound times P^2 a <n, n>."""
    return c * squared(push) - push**2 * (a * c - b**2)


def preactivation(scale: sympy.Expr) -> sympy.Expr:
    """The pre-activation of unit i for beta = 0."""
    return gamma * (t - mu) / scale


v, v2, n, n2 = (-h, p), (h2, -p), (p, h), (p, h2)


def flat(first: tuple[sympy.Expr, sympy.Expr], second: tuple[sympy.Expr, sympy.Expr]) -> sympy.Expr:
    """<x, y> in the orthonormal coordinates e, u."""
    return first[0] * second[0] + first[1] * second[1]


cosine_squared = between(P, P2) ** 2 / (squared(P) * squared_beyond(P2))


def fold(sign: int) -> tuple[Limit | Nonnegative, ...]:
    """As s -> 0+, where P P' has the sign."""
    return (
        Limit("s^2 <n, n'> -> P P' a", between(P, P2), s, "0+", P * P2 * a),
        Nonnegative(f"which has the sign {sign}", sign * P * P2 * a, ((sign * P * P2, k),)),
        Limit("cos(n, n')^2 -> 1", cosine_squared, s, "0+", ONE),
    )


def beside(sign: int) -> tuple[Limit | Cases, ...]:
    """As s -> 0+, where P has the sign."""
    return (
        Limit("the bound c s^2 / (P^2 a) -> 0", c * s**2 / (P**2 * a), s, "0+", ZERO),
        Limit("cos(n, w)^2 -> 1", along(P) ** 2 / (a * squared(P)), s, "0+", ONE),
        Cases(
            "P' = q_i' gamma_i w_{2,j,i}",
            P2,
            negative=fold(-sign),
            zero=(Identity("P' = 0: <n', n'> = <r', r'> for every s", squared_beyond(P2), s**2 * c2),),
            positive=fold(sign),
        ),
    )


small = Cases(
    "P = q_i gamma_i w_{2,j,i}",
    P,
    negative=beside(-1),
    zero=(
        Identity("P = 0: <n, n> = <r, r> for every s", squared(P), s**2 * c),
        Identity("P = 0: <n, w> = <r, w> for every s", along(P), s * b),
    ),
    positive=beside(1),
)
large = Cases(
    "c = <r, r>, r' = r",
    c,
    negative=(Infeasible("not < 0, being <r, r>", ((ONE, c),), ((ONE, -c),)),),
    zero=(Argued("r = 0: of s -> infinity nothing is said."),),
    positive=(
        Limit("<n, n'> -> c > 0 as s -> infinity", alone(between(P, P2)) / s**2, s, "oo", c),
        Limit("cos(n, n')^2 -> 1 as s -> infinity", alone(cosine_squared), s, "oo", ONE),
    ),
)
hyperplane = Cases(
    "H is a hyperplane: k = ||w|| > 0",
    k,
    negative=(Infeasible("not < 0, being a norm", ((ONE, k),), ((ONE, -k),)),),
    zero=(Argued("w = 0: there is no H."),),
    positive=(small,),
)

PROOF = Proof(
    claim="theorem-3-limits",
    given={"sigma_1": (s, other)},
    steps=(
        Identity("another sigma multiplies h by sigma / sigma'", preactivation(other), s / other * preactivation(s)),
        Argued("'beta_1 = 0', 'breakpoint at 0': the signs of h, which no positive factor changes, make the regions."),
        Argued("Chain rule: n = (P / s) w + r and n' = (P' / s) w + r', r and r' without s."),
        Identity(
            "a s^2 <n, n> - (s <n, w>)^2 = s^2 (a c - b^2)", a * squared(P) - along(P) ** 2, s**2 * (a * c - b**2)
        ),
        Nonnegative("c s^2 <n, n> - P^2 (a c - b^2) = (b P + c s)^2 >= 0", excess(P), ((ONE, b * P + c * s),)),
        Identity("s^2 <n, n'>", between(P, P2), P * P2 * a + s * (P * b2 + P2 * b) + s**2 * f),
        Identity("P P' = q q' (gamma w_2)^2", (q * gamma * w2) * (q2 * gamma * w2), q * q2 * (gamma * w2) ** 2),
        hyperplane,
        large,
        Identity("<v, n> = 0", flat(v, n), ZERO),
        Identity("<v', n'> = 0", flat(v2, n2), ZERO),
        Identity("<v, v'> = -<n, n'>", flat(v, v2), -flat(n, n2)),
        Identity("<v, v> = <n, n>", flat(v, v), flat(n, n)),
        Identity("<v', v'> = <n', n'>", flat(v2, v2), flat(n2, n2)),
    ),
    conclusion="Dividing step 3 by P^2 a <n, n> > 0 gives the bound: a > 0, as H is a hyperplane, <n, n> > 0 where "
    "there is a facet, as there is for small s. gamma_i w_{2,j,i} != 0 where P P' is not 0, so its sign is that of "
    "q_i q_i'. The rest is step 6, arccos being continuous. This holds for every dimension d >= 2, width, activation "
    "with the breakpoint 0, gamma, and whatever mu and the other sigmas are.",
)
