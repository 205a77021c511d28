"""A layer cuts its input space into the cells of a power diagram whatever its activation; the code gives the site.

Unit k has the pre-activation h_k(z) = <v_k, z> + o_k (normalisation folded in); its breakpoints are b_1 < ... < b_M,
and its code is q = sum_i sign(h - b_i). The regions of the layer depend on the breakpoints alone, so the activation may
be replaced by phi(t) = sum_i |t - b_i|, which has the same ones.

1. On the piece with j breakpoints below phi(t) = sum_{i<=j} (t - b_i) - sum_{i>j} (t - b_i): the slope is
   j - (M - j) = 2 j - M, which is the code q of the piece.
2. Crossing one breakpoint b upwards replaces -(t - b) by t - b: the next piece minus the one before is 2 (t - b),
   positive above b, where t = b + r^2, and negative below, where t = b - r^2. So off the breakpoints the active piece
   alone is the largest, and phi(t) is the maximum of its pieces.
3. sum_k phi(h_k(z)) is then the maximum over all choices J of pieces q_k t + c_k of the sum of q_k h_k(z) + c_k, that
   is of <P_J, z> + B_J with P_J = sum_k q_k v_k and B_J = sum_k (q_k o_k + c_k); off the boundaries only the active
   choice attains it.
4. With the weight tau = ||P||^2 + 2 B the power ||z - P||^2 - tau is ||z||^2 - 2 (<P, z> + B): least where
   <P, z> + B is largest. So the cell of J is the closed region where J is active, and its site is sum_k q_k v_k.
"""

import sympy

from polybn.proof import Argued, Identity, Nonnegative, Proof

t, b, r, j, M, q, c, o, rest = sympy.symbols("t b r j M q c o rest", real=True)
vz, zz, Pz, PP, B = sympy.symbols("v.z z.z P.z P.P B", real=True)

ZERO, ONE, TWO = sympy.Integer(0), sympy.Integer(1), sympy.Integer(2)


def below(t: sympy.Expr) -> sympy.Expr:
    """The piece of phi below b, `rest` being the other terms."""
    return rest - (t - b)


def above(t: sympy.Expr) -> sympy.Expr:
    """The piece of phi above b."""
    return rest + (t - b)


def slope(j: sympy.Expr) -> sympy.Expr:
    """The slope of phi with j of the M breakpoints below."""
    return j * sympy.diff(t - b, t) + (M - j) * sympy.diff(-(t - b), t)


def power(weight: sympy.Expr) -> sympy.Expr:
    """||z - P||^2 - weight."""
    return zz - 2 * Pz + PP - weight


PROOF = Proof(
    claim="power-diagram-any-activation",
    steps=(
        Argued("The regions of a layer depend on the breakpoints alone, not on the slopes: phi has the same regions."),
        Identity("the slope is the sum of j signs + and M - j signs -, the code", slope(j), j * ONE + (M - j) * -ONE),
        Identity("crossing a breakpoint adds 2 to the slope", slope(j + 1) - slope(j), TWO),
        Nonnegative(
            "above b the next piece is larger, equal only at b", above(b + r**2) - below(b + r**2), ((TWO, r),)
        ),
        Nonnegative(
            "below b the last piece is larger, equal only at b", below(b - r**2) - above(b - r**2), ((TWO, r),)
        ),
        Argued(
            "So the active piece is the largest, and off the breakpoints alone: next pieces fall on both sides of it."
        ),
        Identity("q (<v, z> + o) + c = <q v, z> + (q o + c)", q * (vz + o) + c, q * vz + (q * o + c)),
        Argued(
            "A sum of maxima is the maximum over the choices, attained only where each term is: J is the active choice."
        ),
        Identity("||z - P||^2 - tau = ||z||^2 - 2 (<P, z> + B)", power(PP + 2 * B), zz - 2 * (Pz + B)),
    ),
    conclusion="The power of J at z is least if and only if <P_J, z> + B_J is largest: off the boundaries for the "
    "active choice alone, and by continuity on the closed region. Where a unit stays on a breakpoint its two pieces "
    "have one site and weight. This holds for every width, dimension, activation and affine pre-activation, so for "
    "every normalisation.",
)
