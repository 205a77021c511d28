"""A layer with a convex activation cuts its input space into the cells of a power diagram with known sites and weights.

Unit k has the pre-activation h_k(z) = <v_k, z> + o_k (normalisation folded in) and the activation a with pieces
s_j t + c_j, in order, strictly convex at each breakpoint: slopes increase.

1. Two neighbouring pieces s t + c, s' t + c' meet at their breakpoint b: c' = c - rise b with rise = s' - s > 0. So
   the upper minus the lower is rise (t - b): > 0 above b, where t = b + r^2, and < 0 below, where t = b - r^2.
2. So, from the active piece outwards, each next piece is smaller at t: the active piece alone is the largest off the
   breakpoints, a(t) = max_j (s_j t + c_j).
3. sum_k a(h_k(z)) is then the maximum, over all choices J of a piece for each unit, of the sum of the
   s_k h_k(z) + c_k. By s (<v, z> + o) + c = <s v, z> + (s o + c) that is <P_J, z> + B_J with P_J = sum_k s_k v_k and
   B_J = sum_k (s_k o_k + c_k), and off the boundaries only the choice that is active in every unit attains it.
4. With the weight tau = ||P||^2 + 2 B the power ||z - P||^2 - tau is ||z||^2 - 2 (<P, z> + B): least where
   <P, z> + B is largest. So the cell of J, where its power is least, is the closed region where J is active.
"""

import sympy

from polybn.proof import Argued, Identity, Nonnegative, Proof

s, rise, c, b, t, r, o = sympy.symbols("s rise c b t r o", real=True)
vz, zz, Pz, PP, B = sympy.symbols("v.z z.z P.z P.P B", real=True)

ONE = sympy.Integer(1)


def lower(t: sympy.Expr) -> sympy.Expr:
    """The piece below the breakpoint b."""
    return s * t + c


def upper(t: sympy.Expr) -> sympy.Expr:
    """The piece above it, equal to the lower one at b."""
    return (s + rise) * t + c - rise * b


def power(weight: sympy.Expr) -> sympy.Expr:
    """||z - P||^2 - weight."""
    return zz - 2 * Pz + PP - weight


PROOF = Proof(
    claim="power-diagram",
    given={"convex activation": (rise,)},
    steps=(
        Identity("the pieces meet at b", upper(b), lower(b)),
        Nonnegative(
            "above b the upper piece is larger, equal only at b",
            upper(b + r**2) - lower(b + r**2),
            ((rise, r),),
        ),
        Nonnegative(
            "below b the lower piece is larger, equal only at b",
            lower(b - r**2) - upper(b - r**2),
            ((rise, r),),
        ),
        Argued(
            "So the active piece is the largest, and off the breakpoints alone: next pieces fall on both sides of it."
        ),
        Identity("s (<v, z> + o) + c = <s v, z> + (s o + c)", lower(vz + o), s * vz + (s * o + c)),
        Argued(
            "A sum of maxima is the maximum over the choices, attained only where each term is: J is the active choice."
        ),
        Identity("||z - P||^2 - tau = ||z||^2 - 2 (<P, z> + B)", power(PP + 2 * B), zz - 2 * (Pz + B)),
    ),
    conclusion="The power of J at z is least if and only if <P_J, z> + B_J is largest: off the boundaries for the "
    "active choice alone, and by continuity on the closed region. So regions and non-empty cells are the same sets; "
    "cells of other choices have no interior, or belong to a unit that stays on a breakpoint, whose two pieces have "
    "one site and weight. This holds for every width, dimension and affine pre-activation, so for every normalisation.",
)
