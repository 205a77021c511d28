"""With beta at the breakpoint b the folded hyperplane {p = b} of every unit meets the convex hull of the batch.

Let t_n be the unit's projections of the batch, E the mean over it, p = gamma (t - mu) / sigma + beta the
pre-activation as a function of the input x, beta = b, and f = p - b.

1. mu = E[t], so E[f(x_n)] = 0: the f(x_n) add to 0.
2. Numbers that are all positive have a positive sum, and likewise for negative ones. So f(x) <= 0 at some sample x,
   and f(y) >= 0 at some sample y, perhaps the same.
3. Along the segment from x to y, which is in the hull, f is affine between finitely many nodes, as each layer before is
   affine on pieces.
4. Take the first node after x with f >= 0; y is such a node. If f = 0 there, it is in F. Else the piece that ends there
   begins with f = u <= 0 and ends with f = u + R > 0: at the share -u / R of it, in [0, 1), f = 0.
5. A point at a share of a piece from x + i (y - x) to x + j (y - x) is again on the segment, hence in the hull.
"""

import sympy

from polybn.proof import Argued, Cases, Identity, Infeasible, Nonnegative, Proof, expectation

t, m, gamma, beta, sigma, total, term = sympy.symbols("t m gamma beta sigma S f", real=True)
u, climb, i, j, x, y, c = sympy.symbols("u R i j x y c", real=True)
w, o, s, k, z0, z1, tau = sympy.symbols("w o s k z0 z1 tau", real=True)

ZERO, ONE = sympy.Integer(0), sympy.Integer(1)
MOMENTS = (ONE, m)
location = expectation(t + c, t, MOMENTS)
share = -u / climb


def above(location: sympy.Expr, breakpoint: sympy.Expr) -> sympy.Expr:
    """f = p - b at the projection t + c."""
    return gamma * (t + c - location) / sigma + beta - breakpoint


def mean_above(location: sympy.Expr, breakpoint: sympy.Expr) -> sympy.Expr:
    """E[f], the projections of the batch being t_n + c with E[t] = m."""
    return expectation(above(location, breakpoint), t, MOMENTS)


def along(fraction: sympy.Expr) -> sympy.Expr:
    """f at a fraction of a piece on which it rises by R."""
    return u + climb * fraction


def on_segment(fraction: sympy.Expr) -> sympy.Expr:
    """A coordinate of x + fraction (y - x)."""
    return x + fraction * (y - x)


found = Cases(
    "u <= 0 and u + R > 0: the piece rises",
    climb,
    negative=(Infeasible("it does not fall", ((ONE, -u),), ((ONE, along(ONE)), (ONE, -climb))),),
    zero=(Infeasible("it is not level", ((ONE, -u),), ((ONE, along(ONE)),)),),
    positive=(
        Identity("f = 0 at the share -u / R of the piece", along(share), ZERO),
        Infeasible("the share is not < 0", ((ONE, -u),), ((climb, -share),)),
        Infeasible("the share is not >= 1", ((climb, share - 1),), ((ONE, along(ONE)),)),
        Identity(
            "the point at that share is on the segment, between the nodes i and j",
            on_segment(i) + share * (on_segment(j) - on_segment(i)),
            on_segment(i + share * (j - i)),
        ),
    ),
)

PROOF = Proof(
    claim="folded-meets-hull",
    given={"a normalised layer": (sigma,)},
    facts=("location-is-mean",),
    steps=(
        Identity("f = gamma (t - E[t]) / sigma for beta = b", above(location, beta), gamma * (t - m) / sigma),
        Identity("E[f] = 0 for mu the mean and beta = b", mean_above(location, beta), ZERO),
        Infeasible(
            "a sum S > 0 and a term f > 0 have a positive sum",
            ((ONE, -(total + term)),),
            ((ONE, total), (ONE, term)),
        ),
        Argued("So the f(x_n), which add to 0, are not all > 0; nor are the -f(x_n): f(x) <= 0 and f(y) >= 0."),
        Identity(
            "an affine stage is affine along the segment: it keeps z0 + tau z1 so, term by term",
            w * (z0 + tau * z1) + o,
            (w * z0 + o) + tau * (w * z1),
        ),
        Identity("so is a piece s t + k of an activation", s * (z0 + tau * z1) + k, (s * z0 + k) + tau * (s * z1)),
        Argued(
            "A piece of the segment, affine in every unit of a layer, has finitely many breakpoints to cross: layer by "
            "layer the nodes are finitely many."
        ),
        Cases(
            "a piece that begins with f = u <= 0 and ends with f = u + R",
            along(ONE),
            negative=(Nonnegative("the next piece begins so too: -f >= 0", -along(ONE), ((-along(ONE), ONE),)),),
            zero=(Identity("f = 0 at its end", along(ONE), ZERO),),
            positive=(found,),
        ),
        Argued("The first piece begins with f(x) <= 0 and the last one ends with f(y) >= 0: one of them has f = 0."),
    ),
    conclusion="So f, that is p - b, is 0 somewhere on a segment between two samples; for x = y at that sample. This "
    "holds for every depth, width, dimension, batch size, activation of the layers before, gamma and sigma.",
)
