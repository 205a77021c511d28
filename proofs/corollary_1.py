"""z_{l-1}(x) is on H = {<w, z> + c = mu} exactly if x is on F = {g = mu}: d(z, H) = 0 if and only if d(x, F) = 0.

g(x) = <w, z_{l-1}(x)> + c, and R = g(x) - mu.

1. R = 0: x is in F and z_{l-1}(x) in H, so both distances are 0.
2. R != 0: let s be its sign. F is empty and infinitely far away, or it has a point y, and y != x. The segment from x to
   y is cut into finitely many pieces on which g is affine, with the slope <n, v>, v its unit direction, n one of
   finitely many gradients (codes are finitely many).
3. Let M > 0 with M^2 >= <n, n> for all of those n, and for n = w. By ||n + s M v||^2 >= 0 no slope of s g is below -M.
4. So s (g - g(x)) >= -M T at the distance T from x, piece by piece, and at y: |R| = s (g(x) - mu) <= M ||x - y||.
5. So ||x - y|| >= |R| / M for every y in F: d(x, F) > 0.
6. H is {z : p(z) = mu} for p(z) = <w, z> + c, affine with the gradient w on all of space: steps 2 to 5 with one piece
   give d(z, H) > 0, for w = 0 as well. So each of the distances is 0 exactly if R = 0.
"""

import sympy

from polybn.proof import Argued, Cases, Chosen, Identity, Infeasible, Nonnegative, Proof

M, nn, c, T, S, length, g, mu, D = sympy.symbols("M n.n n.v T S l g(x) mu D", real=True)
w, o, s, k, z0, z1, tau = sympy.symbols("w o s k z0 z1 tau", real=True)

ZERO, ONE, TWO = sympy.Integer(0), sympy.Integer(1), sympy.Integer(2)

gap = g - mu
"""R."""


def squared(p: sympy.Expr, q: sympy.Expr) -> sympy.Expr:
    """||p n + q v||^2, from <n, v> = c and <v, v> = 1."""
    return nn * p**2 + 2 * c * p * q + q**2


def slope(sign: int) -> Infeasible:
    """s <n, v> >= -M."""
    return Infeasible(
        f"for s = {sign}: the slope s <n, v> is not below -M",
        ((ONE, squared(ONE, sign * M)), (ONE, M**2 - nn)),
        ((2 * M, -sign * c - M),),
    )


def fall(sign: int) -> Infeasible:
    """s (g - g(x)) is S at the distance T, and S + s <n, v> l after a piece of length l."""
    return Infeasible(
        f"for s = {sign}: s (g - g(x)) = S >= -M T falls to no less than -M (T + l)",
        ((ONE, M * T + S), (length, M + sign * c)),
        ((ONE, -(S + sign * c * length) - M * (T + length)),),
    )


def away(sign: int) -> tuple[Infeasible, Nonnegative]:
    """d(x, F) > 0 where R has the sign: a bound of D = ||x - y|| for all y in F, which is positive."""
    bound = sign * gap / M
    return (
        Infeasible(
            "s (g(y) - g(x)) = s (mu - g(x)) >= -M D, so not D < |R| / M",
            ((ONE, M * D + sign * (mu - g)),),
            ((M, bound - D),),
        ),
        Nonnegative("|R| / M > 0", bound, ((bound, ONE),)),
    )


apart = Cases(
    "R = g(x) - mu",
    gap,
    negative=away(-1),
    zero=(Identity("g(x) = mu: x is in F, z_{l-1}(x) in H", g, mu),),
    positive=away(1),
)

PROOF = Proof(
    claim="corollary-1",
    steps=(
        Identity(
            "an affine stage is affine along the segment: it keeps z0 + tau z1 so, term by term",
            w * (z0 + tau * z1) + o,
            (w * z0 + o) + tau * (w * z1),
        ),
        Identity("so is a piece s t + k of an activation", s * (z0 + tau * z1) + k, (s * z0 + k) + tau * (s * z1)),
        Argued(
            "A piece of the segment, affine in every unit of a layer, has finitely many breakpoints to cross: layer by "
            "layer the nodes are finitely many. g has the slope <n, v> there, n its gradient in the code of the piece."
        ),
        Chosen(
            "M > 0, M^2 >= <n, n> for the n of all codes, which are finitely many, and for n = w",
            M,
            (
                slope(1),
                slope(-1),
                Chosen(
                    "a piece has a length l > 0",
                    length,
                    (
                        fall(1),
                        fall(-1),
                    ),
                ),
                apart,
            ),
        ),
        Argued("p(z) = <w, z> + c is affine: its slope on a segment is <w, v>, so all that is said of g is true of p."),
    ),
    conclusion="R = 0 makes both distances 0. R != 0 puts every point of F at least |R| / M > 0 away from x, and "
    "every point of H as far from z_{l-1}(x); an empty set is infinitely far away. This holds for every depth, l = 1 "
    "included, width, dimension, row, activation and normalisation.",
)
