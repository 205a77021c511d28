"""|g(x) - mu| <= M d(x, F) for F = {g = mu}, M the largest ||grad g|| over the regions, and no smaller constant serves.

So M is the Lipschitz constant of g: the least C >= 0 with |g(x) - g(y)| <= C ||x - y|| for all x and y.

1. Closed regions of the layers before are convex, finitely many, and cover R^d. So the segment from x to a point y != x
   is cut into finitely many pieces, each in one region, where g is affine with the gradient n of that region: along
   the unit direction v of the segment it has the slope <n, v>.
2. M = 0: every n is 0, so every slope is 0 and g is constant.
3. M > 0: ||n - s M v||^2 >= 0 for s = 1 and s = -1, and <n, n> <= M^2, so s <n, v> <= M.
4. Piece by piece s (g - g(x)) is at most M times the distance from x. At y: |g(y) - g(x)| <= M ||y - x||.
5. For y in F this is |g(x) - mu| <= M ||x - y||; the infimum over y is |g(x) - mu| <= M d(x, F). An empty F is
   infinitely far away.
6. Sharp: let M > 0, x inside a region with <n, n> = M^2, and q > 0 so small that y = x + (q / M) n is in the region.
   Then ||y - x|| = q and g(y) - g(x) = M q. For mu = g(y): d(x, F) <= q, so a constant C >= 0 that serves has
   M q <= C q, C >= M. For M = 0 no C >= 0 is smaller.
"""

import sympy

from polybn.proof import Argued, Cases, Chosen, Identity, Infeasible, Proof

M, nn, c, T, S, length, q, k, j = sympy.symbols("M n.n n.v T S l q k j", real=True)

ZERO, ONE = sympy.Integer(0), sympy.Integer(1)

Vector = tuple[sympy.Expr, sympy.Expr]
"""x n + y v."""

NORMAL: Vector = (ONE, ZERO)
DIRECTION: Vector = (ZERO, ONE)


def product(first: Vector, second: Vector, square: sympy.Expr) -> sympy.Expr:
    """<x, y>, from <n, n> = square, <n, v> = c and <v, v> = 1."""
    cross = first[0] * second[1] + first[1] * second[0]
    return square * first[0] * second[0] + c * cross + first[1] * second[1]


def squared_gap(sign: int) -> sympy.Expr:
    """||n - s M v||^2."""
    gap = (ONE, -sign * M)
    return product(gap, gap, nn)


def slope(sign: int) -> Infeasible:
    """s <n, v> <= M."""
    return Infeasible(
        f"{'' if sign > 0 else '-'}<n, v> <= M as <n, n> <= M^2",
        ((ONE, squared_gap(sign)), (ONE, M**2 - nn)),
        ((2 * M, sign * c - M),),
    )


def growth(sign: int) -> Infeasible:
    """s (g - g(x)) is S at the distance T, and S + s c l after a piece of length l."""
    return Infeasible(
        f"for s = {sign}: s (g - g(x)) = S <= M T grows to at most M (T + l)",
        ((ONE, M * T - S), (length, M - sign * c)),
        ((ONE, S + sign * c * length - M * (T + length)),),
    )


def smaller(constant: sympy.Expr, rise: sympy.Expr) -> Infeasible:
    """A constant C = k^2 < M does not serve where g rises by as much over q, and d(x, F) = q - j^2."""
    return Infeasible(
        "C = k^2 < M does not serve: not g(y) - g(x) <= C d(x, F) where d(x, F) = q - j^2 <= q",
        ((ONE, constant * (q - j**2) - rise),),
        ((q, M - constant),),
        ((ONE, k * j),),
    )


step = (q / M, ZERO)

PROOF = Proof(
    claim="theorem-2-lipschitz",
    steps=(
        Argued(
            "The closed regions of the layers before are convex, finitely many and cover R^d, and g is affine on each "
            "(affine-pieces, subdivision): the segment is cut into pieces l > 0 with the slopes <n, v>."
        ),
        Cases(
            "M = ||n|| for some n, at least all others",
            M,
            negative=(Infeasible("a norm is not < 0", ((ONE, M),), ((ONE, -M),)),),
            zero=(
                Identity("every n is 0: <n, v> = 0, g is constant", product((ZERO, ZERO), DIRECTION, nn), ZERO),
                Infeasible("no C = k^2 >= 0 is smaller", ((ONE, k**2),), ((ONE, M - k**2),)),
            ),
            positive=(
                slope(1),
                slope(-1),
                Chosen(
                    "a piece has a length l > 0",
                    length,
                    (
                        growth(1),
                        growth(-1),
                    ),
                ),
                Identity("||(q / M) n|| = q where <n, n> = M^2", product(step, step, M**2), q**2),
                Identity("<n, (q / M) n> = M q", product(NORMAL, step, M**2), M * q),
                Chosen("q > 0, so small that y is in the region", q, (smaller(k**2, product(NORMAL, step, M**2)),)),
            ),
        ),
    ),
    conclusion="Step 4 at the end of the segment, T = ||y - x||, is |g(y) - g(x)| <= M ||y - x||, which is plain for "
    "x = y; its infimum over y in F is the bound. For mu = g(y) a smaller constant fails: M is the least that serves, "
    "for all pairs of points as for F. This holds for every depth, width, dimension, activation and "
    "normalisation.",
)
