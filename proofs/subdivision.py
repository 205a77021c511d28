"""Every region up to layer l lies in one region up to layer l - 1, its parent, and the parts of a region tile it.

A code up to layer l gives for each unit and breakpoint p the sign -1, 0 or 1 of h - p, h the unit's pre-activation. A
region is the closure of the points with one code, where these have an interior; the domain is convex.

1. The code up to layer l begins with the code up to layer l - 1. So the points with the former have the latter, whose
   points have an interior too; it is a region, and the closure is in it. Points with another code up to layer l - 1 are
   others, so no other region has the same interior points.
2. On a closed region up to layer l - 1 each h of layer l is affine in x (`affine-pieces`), and so is each f = h - p. An
   f that is 0 on all of the region, or a constant, has one sign there. Any other has a gradient n != 0.
3. Such an f is 0 on no open set: where f = 0, f(y + t n) = t <n, n> is not 0 for t > 0. So, one f after the other and
   each time with a small step, some interior point y of the region has f(y) = v != 0 for all of them.
4. Let x be any point of the closed region, f(x) = u. On the way to y f is (1 - t) u + t v: it has for all small t > 0
   one sign and not 0, the sign of v where u = 0, else that of u. So one code up to layer l holds at all those
   points; they are interior, as y is, and their f are not 0, so points nearby have that code: it has an interior. x is
   in the closure of its points: in a region up to layer l, whose parent is this one. So the parts cover.
5. Two parts have other signs of some f, > 0 and < 0: their closures share points with f = 0 alone, a hyperplane, which
   has no interior and no volume. So the parts tile, and their volumes add.
"""

import sympy

from polybn.proof import Argued, Cases, Chosen, Identity, Infeasible, Nonnegative, Proof

y, n, total, nn, t, tau, u, v, w, j, f, q = sympy.symbols("y n S n.n t tau u v w j f q", real=True)

ZERO, ONE = sympy.Integer(0), sympy.Integer(1)


def moved(value: sympy.Expr, step: sympy.Expr) -> sympy.Expr:
    """f at y + step n, where f(y) = value and f has the gradient n."""
    return value + step * nn


def between(t: sympy.Expr, start: sympy.Expr, end: sympy.Expr) -> sympy.Expr:
    """f at (1 - t) x + t y, f being affine with the values start and end."""
    return (1 - t) * start + t * end


def kept(sign: int) -> Infeasible:
    """f has the sign s of u where t = tau^2 is small and s v = j^2 - w^2: w^2 bounds how far v is on the other side."""
    start, end, t = u, sign * (j**2 - w**2), tau**2
    return Infeasible(
        f"f has the sign s = {sign} of u while t (|u| + w^2) < |u|, where s v = j^2 - w^2",
        ((ONE, -sign * between(t, start, end)),),
        ((ONE, sign * u - t * (sign * u + w**2)),),
        ((ONE, tau * j),),
    )


PROOF = Proof(
    claim="subdivision",
    steps=(
        Argued("A code up to layer l begins with one up to layer l - 1: what has the first has the second."),
        Argued("On a closed region up to layer l - 1 each f = h - p is affine, by affine-pieces."),
        Identity(
            "f(y + t n) = f(y) + t <n, n>: each coordinate of the gradient adds its square, times t",
            (total + n * (y + t * n)) - (total + n * y),
            t * n**2,
        ),
        Chosen(
            "n != 0 makes <n, n> > 0",
            nn,
            (
                Chosen(
                    "a step t > 0",
                    t,
                    (Nonnegative("f > 0 at y + t n where f(y) = 0", moved(ZERO, t), ((t * nn, ONE),)),),
                ),
            ),
        ),
        Argued(
            "A small step keeps the finitely many f that are not 0 at y as they are, and y in the interior: so after "
            "finitely many steps no f but those that are 0 all over is 0 at y."
        ),
        Identity(
            "f at (1 - t) x + t y is (1 - t) u + t v: it keeps n x and n y so, coordinate by coordinate",
            n * between(t, u, v) + between(t, f, q),
            between(t, n * u + f, n * v + q),
        ),
        Cases(
            "the sign of f on the way from x, where f = u, to y, where f = v != 0",
            u,
            negative=(kept(-1),),
            zero=(Identity("f is t v, of the sign of v", between(t, u, v), t * v),),
            positive=(kept(1),),
        ),
        Infeasible("no point has f > 0 and f < 0: other codes, other points", (), ((ONE, f), (ONE, -f))),
        Cases(
            "a point in the closures of both, f >= 0 and -f >= 0",
            f,
            negative=(Infeasible("not there", ((ONE, f),), ((ONE, -f),)),),
            zero=(Identity("there f = 0", f, ZERO),),
            positive=(Infeasible("not there", ((ONE, -f),), ((ONE, f),)),),
        ),
        Argued("A hyperplane {f = 0}, n != 0, has no volume, and no interior by step 3."),
    ),
    conclusion="Containment is step 1. Steps 2 to 4 put every point of a region up to layer l - 1 in one of its parts, "
    "step 5 keeps the parts apart: they tile it. Codes are finitely many, so regions are. This holds for every "
    "depth, width, dimension, convex domain, activation and normalisation whose statistics are fixed.",
)
