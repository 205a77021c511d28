"""On each region the network is x -> A x + b, with A, b the closed form of the region's code (Eq. 15-18).

A code says for each unit on which piece s t + k of the activation its pre-activation t is, all over the region; at a
breakpoint both neighbours may be said. D is the diagonal matrix of the slopes s of a layer, K the vector of the k.

1. A layer's affine map and frozen normalisation are one affine map, with the rows v = f w, f = gamma / sigma, and the
   offsets o = f (c - mu) + beta: h = V z + o.
2. Before the first layer z_0 = x: A_0 = I, b_0 = 0.
3. Let z = A x + b on the region. Then h = V z + o = (V A) x + (V b + o), coordinate by coordinate of z and of x.
4. On its piece a unit gives s h + k: row s v A, offset s (v b + o) + k. At a breakpoint t both of its pieces give the
   same, so the code may name either.
5. So z_l = A_l x + b_l with A_l = D_l V_l A_{l-1}, b_l = D_l (V_l b_{l-1} + o_l) + K_l: the closed form, which depends
   on the code alone. A layer without an activation has D = I, K = 0.
"""

import sympy

from polybn.proof import Argued, Identity, Proof

f, w, z, rest, c, mu, beta = sympy.symbols("f w z Q c mu beta", real=True)
v, a, x, b, s, k, t, rise = sympy.symbols("v a x b s k t rise", real=True)
product, offset, row = sympy.symbols("P B R", real=True)


def normalised(projection: sympy.Expr) -> sympy.Expr:
    """gamma h + beta, with f = gamma / sigma."""
    return f * (projection - mu) + beta


def piece(t: sympy.Expr) -> sympy.Expr:
    """The piece of the activation that the code names."""
    return s * t + k


def next_piece(t: sympy.Expr, breakpoint: sympy.Expr) -> sympy.Expr:
    """The piece after it, which has another slope and meets it at the breakpoint."""
    return (s + rise) * t + k - rise * breakpoint


PROOF = Proof(
    claim="affine-pieces",
    steps=(
        Identity("f (<w, z> + c - mu) + beta is f <w, z> + o", normalised(rest + c), f * rest + (f * (c - mu) + beta)),
        Identity(
            "each coordinate of z adds v_j z_j to that, v = f w",
            normalised(rest + w * z) - normalised(rest),
            (f * w) * z,
        ),
        Identity(
            "h = <v, z> + o: a coordinate z_j = R + b adds v_j R to (V A) x and v_j b to the offset",
            product + offset + v * (row + b),
            (product + v * row) + (offset + v * b),
        ),
        Identity("a coordinate of x adds v_j a_ji x_i to v_j R", v * (row + a * x), v * row + (v * a) * x),
        Identity("s (P + B) + k = s P + (s B + k)", piece(product + offset), s * product + (s * offset + k)),
        Identity("each coordinate of x is multiplied by s a", piece(rest + a * x) - piece(rest), (s * a) * x),
        Identity("neighbouring pieces agree at their breakpoint", next_piece(t, t), piece(t)),
        Argued("The code says on which piece each unit is, all over the region: there a(h) = s h + k with its s, k."),
    ),
    conclusion="By induction over the coordinates step 3 is h = (V A) x + (V b + o), by induction over the layers "
    "A and b are the closed form of the code, on the closed region too. This holds for every depth, width, dimension, "
    "activation, gamma, beta and normalisation whose statistics are fixed.",
)
