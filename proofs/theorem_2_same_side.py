"""If mu lies between g(x) and mu', and F = {g = mu} is not empty, then d(x, F) < d(x, F') for F' = {g = mu'}.

Let e = 1 where g(x) <= mu < mu' and e = -1 in the mirror image, f = e (g - mu), r = e (mu' - mu) > 0. So f(x) <= 0,
F = {f = 0}, F' = {f = r}. An empty F' is infinitely far away, F is not. Else let y be any point of F'.

1. f(y) - f(x) >= r > 0, so y != x. Walk from x to y with unit speed; D = ||y - x||.
2. Each layer before is affine on pieces, so the walk has finitely many nodes, f being affine between them: its slope
   there is <n, v>, e n one of finitely many gradients of g (codes are finitely many), v the unit direction of the walk.
3. Let M > 0 with M^2 >= <n, n> for all of those n. By ||n - M v||^2 >= 0 every slope is at most M, so over a distance T
   f rises by at most M T, piece by piece.
4. Some piece begins with f = u <= 0 and ends with f > 0, since f(x) <= 0 < r = f(y): the first whose end is above 0.
   It rises, and at the share -u / R of it, R its rise, in [0, 1), f = 0: a point z of F.
5. z is at a distance T >= 0 before y on the walk, so ||z - x|| = D - T, and r = f(y) - f(z) <= M T by step 3.
6. So d(x, F) <= D - T, M (D - d(x, F)) >= r, whatever y is. If d(x, F') <= d(x, F), a y with M (D - d(x, F')) < r
   contradicts that, and there is one: d(x, F') is the infimum of D, and r / M > 0. No nearest point is needed.
"""

import sympy

from polybn.proof import Argued, Cases, Chosen, Identity, Infeasible, Nonnegative, Proof

e, mu, r, h, u, climb, c, nn, M, T, S, D, length = sympy.symbols("e mu r h u R c n.n M T S D l", real=True)
w, o, s, k, z0, z1, tau, near, far = sympy.symbols("w o s k z0 z1 tau d d'", real=True)

ZERO, ONE = sympy.Integer(0), sympy.Integer(1)
SIDE = e**2 - 1
beyond = mu + e * r
"""mu'."""

share = -u / climb


def above(value: sympy.Expr) -> sympy.Expr:
    """f where g has the value."""
    return e * (value - mu)


def squared(p: sympy.Expr, q: sympy.Expr) -> sympy.Expr:
    """||p n + q v||^2, from <n, n> = nn, <n, v> = c and <v, v> = 1."""
    return nn * p**2 + 2 * c * p * q + q**2


def along(fraction: sympy.Expr) -> sympy.Expr:
    """f at a fraction of a piece on which it rises by R."""
    return u + climb * fraction


slope = Infeasible("a slope is at most M", ((ONE, squared(ONE, -M)), (ONE, M**2 - nn)), ((2 * M, c - M),))
rise = Infeasible(
    "f rises by at most M T on the pieces before, so by at most M (T + l) with this one",
    ((ONE, M * T - S), (length, M - c)),
    ((ONE, S + c * length - M * (T + length)),),
)
crossing = Cases(
    "u <= 0 and u + R > 0: the piece rises",
    climb,
    negative=(Infeasible("it does not fall", ((ONE, -u),), ((ONE, along(ONE)), (ONE, -climb))),),
    zero=(Infeasible("it is not level", ((ONE, -u),), ((ONE, along(ONE)),)),),
    positive=(
        Identity("f = 0 at the share -u / R of the piece", along(share), ZERO),
        Infeasible("the share is not < 0", ((ONE, -u),), ((climb, -share),)),
        Infeasible("the share is not >= 1", ((climb, share - 1),), ((ONE, along(ONE)),)),
    ),
)
nearer = Infeasible(
    "not d(x, F') <= d(x, F) where r <= M T, d(x, F) <= D - T, and y has M (D - d(x, F')) < r",
    ((ONE, M * T - r), (M, D - T - near), (M, near - far)),
    ((ONE, r - M * (D - far)),),
)

PROOF = Proof(
    claim="theorem-2-same-side",
    given={"same side": (r,)},
    where={"e is 1 or -1, the side of mu' that the premise speaks of": (SIDE,)},
    steps=(
        Identity("F' = {f = r}: f is r where g is mu' = mu + e r", above(beyond), r),
        Identity("f(x) = -h^2 where g(x) = mu - e h^2", above(mu - e * h**2), -(h**2)),
        Nonnegative("f(y) - f(x) = r + h^2 > 0, so y != x", above(beyond) - above(mu - e * h**2), ((r, ONE), (ONE, h))),
        Identity(
            "an affine stage is affine along the walk: it keeps z0 + tau z1 so, term by term",
            w * (z0 + tau * z1) + o,
            (w * z0 + o) + tau * (w * z1),
        ),
        Identity("so is a piece s t + k of an activation", s * (z0 + tau * z1) + k, (s * z0 + k) + tau * (s * z1)),
        Argued(
            "A piece of the walk, affine in every unit of a layer, has finitely many breakpoints to cross: layer by "
            "layer the nodes are finitely many. f has the slope <n, v> there, e n the gradient of g in its code."
        ),
        Chosen("M > 0, M^2 >= <n, n> for the n of all codes, which are finitely many", M, (slope,)),
        Chosen("M as before", M, (Chosen("a piece has a length l > 0", length, (rise,)),)),
        Cases(
            "a piece that begins with f = u <= 0 and ends with f = u + R",
            along(ONE),
            negative=(Nonnegative("the next piece begins so too: -f >= 0", -along(ONE), ((-along(ONE), ONE),)),),
            zero=(Identity("the next piece begins so too: f = 0", along(ONE), ZERO),),
            positive=(crossing,),
        ),
        Argued("The first piece begins with f(x) <= 0 and the last one ends with r > 0: one of them is that of z."),
        Identity("z = x + (D - T) v is at the distance D - T from x", squared(ZERO, D - T), (D - T) ** 2),
        Chosen("M as before", M, (nearer,)),
    ),
    conclusion="||z - x|| = D - T with z in F makes d(x, F) <= D - T; a y in F' with D < d(x, F') + r / M is there as "
    "d(x, F') is the infimum of D. So d(x, F) < d(x, F'); for an empty F' because 'F not empty'. The premise "
    "d(z, H) < d(z, H') follows from 'same side' and is not used. This holds for every depth, width, dimension, "
    "activation and normalisation.",
)
