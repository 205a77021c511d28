"""The normals, and the angles, of a folded hyperplane F of layer 2 on two adjacent regions of layer 1.

Let unit j of layer 2 have g(x) = <w_2, z_1(x)> + c_2, F = {g = mu}; unit m of layer 1 gives
z_{1,m} = q_m (phi_m (<w_m, x> + c_m - mu_m) + beta_m) + const on a region, phi_m = gamma_m / sigma_m and q_m the slope
of its piece (Eq. 23). Two regions share a wall, on the hyperplane H of the units i that change their piece there.

1. On a region g is affine; the term of unit m is d_m <w_m, x> + const with d_m = q_m phi_m w_{2,m}. So the
   gradient is n = sum_m d_m w_m = W_1^T D w_2.
2. Only the units i have another slope on the other side: the other terms of n and n' are the same, and
   n - n' = sum_i (q_i - q_i') gamma_i w_{2,i} / sigma_i w_i.
3. Where g is not constant F is in a region part of a hyperplane with the normal n. The angle of two hyperplanes is that
   of their normals, cos = |<n, n'>| / (||n|| ||n'||), and the same with w_i for H (Eq. 24-26).
   With one unit i, n = d w + r, a = <w, w>, b = <r, w>, c = <r, r>: <n, w> = d a + b, <n, n> = d^2 a + 2 d b + c,
   <n, n'> = d d' a + (d + d') b + c, and a <n, n> - <n, w>^2 = a c - b^2, which no slope changes.
4. Let u be the unit normal of H, pointing into the first region. g is continuous, so n and n' have the same part along
   H; let e be its direction and p > 0 its length (p = 0 would make F parallel to H, and they meet in a ridge):
   n = p e + h u, n' = p e + h' u. In the plane of e and u, orthogonal to the ridge, the half-facets point along
   v = p u - h e and v' = h' e - p u: they are orthogonal to n and n', <v, u> = p > 0 enters the first region and
   <v', u> = -p the second.
5. <v, v'> = -<n, n'>, <v, v> = <n, n>, <v', v'> = <n', n'>: the half-facets meet at
   pi - arccos(<n, n'> / (||n|| ||n'||)).
"""

import sympy

from polybn.proof import Argued, Identity, Proof

phi, q, q2, w2, t, mu, beta = sympy.symbols("phi q q' w_2 t mu beta", real=True)
a, b, c, d, d2, p, h, h2 = sympy.symbols("a b c d d' p h h'", real=True)

Vector = tuple[sympy.Expr, sympy.Expr]
"""Coordinates: by w and r with the Gram entries a, b, c, or by the orthonormal e and u."""


def product(first: Vector, second: Vector) -> sympy.Expr:
    """<x, y> of x = x_1 w + x_2 r and y = y_1 w + y_2 r."""
    return a * first[0] * second[0] + b * (first[0] * second[1] + first[1] * second[0]) + c * first[1] * second[1]


def flat(first: Vector, second: Vector) -> sympy.Expr:
    """<x, y> in the orthonormal coordinates e, u."""
    return first[0] * second[0] + first[1] * second[1]


def coefficient(slope: sympy.Expr) -> sympy.Expr:
    """d: how fast w_2 times a unit's output grows in its projection t."""
    return sympy.diff(w2 * slope * (phi * (t - mu) + beta), t)


ONE = sympy.Integer(1)
W: Vector = (ONE, sympy.Integer(0))
N, N2 = (d, ONE), (d2, ONE)
NORMAL, NORMAL2 = (p, h), (p, h2)
HALF, HALF2 = (-h, p), (h2, -p)
U: Vector = (sympy.Integer(0), ONE)

PROOF = Proof(
    claim="theorem-3",
    steps=(
        Argued("On a region every unit of layer 1 is on one piece, so g is affine, a sum of one term a unit."),
        Identity("d = q phi w_2, phi = gamma / sigma", coefficient(q), q * phi * w2),
        Identity("d - d' = (q - q') phi w_2", coefficient(q) - coefficient(q2), (q - q2) * phi * w2),
        Argued("The terms of the units that keep their slope cancel in n - n'; the others add."),
        Argued("F crosses a region in part of a hyperplane with the normal n != 0; angles are those of normals."),
        Identity("<n, w> = d a + b", product(N, W), d * a + b),
        Identity("<n, n> = d^2 a + 2 d b + c", product(N, N), d**2 * a + 2 * d * b + c),
        Identity("<n, n'> = d d' a + (d + d') b + c", product(N, N2), d * d2 * a + (d + d2) * b + c),
        Identity("a <n, n> - <n, w>^2 = a c - b^2", a * product(N, N) - product(N, W) ** 2, a * c - b**2),
        Argued("g is continuous: n and n' have one part p e along H, and at a ridge it is not 0: let p > 0."),
        Identity("<v, n> = 0", flat(HALF, NORMAL), sympy.Integer(0)),
        Identity("<v', n'> = 0", flat(HALF2, NORMAL2), sympy.Integer(0)),
        Identity("<v, u> = p", flat(HALF, U), p),
        Identity("<v', u> = -p", flat(HALF2, U), -p),
        Identity("<v, v'> = -<n, n'>", flat(HALF, HALF2), -flat(NORMAL, NORMAL2)),
        Identity("<v, v> = <n, n>", flat(HALF, HALF), flat(NORMAL, NORMAL)),
        Identity("<v', v'> = <n', n'>", flat(HALF2, HALF2), flat(NORMAL2, NORMAL2)),
    ),
    conclusion="phi = gamma / sigma where layer 1 is normalised, and 1 where not. By 'n != 0' "
    "and 'd >= 2' F crosses the regions in facets of dimension d - 1; n and n' are gradients of g there, whatever the "
    "offset. A unit that stays on a breakpoint on a whole region has the gradient 0, so its slope is no matter. This "
    "holds for every dimension d >= 2, width, activation and location.",
)
