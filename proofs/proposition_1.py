"""gamma adds no functions: with gamma = 1 other weights, biases and beta make the same function on all of R^d.

One unit has the projection t, v = gamma (t - mu) / sigma + beta, and a(v) goes into the next layer. Let gamma = s g
with a sign s = 1 or -1 and g = |gamma|. Give the unit the row and bias of s t, gamma = 1, and beta'.

1. The projections s t have the mean s mu and the variance of t, so with the same eps the same sigma (Eq. 3).
2. So the new pre-activation is v' = u + beta' with u = (s t - s mu) / sigma, and the old one v = g u + beta.
3. g > 0: let beta' solve g (beta' - b) = beta - b, where b is the point at which the activation bends. Then
   v - b = g (v' - b): v and v' are on the same side of b, so on the same piece a(x) = k + q (x - b), k = a(b).
4. On it a(v) = g a(v') + (1 - g) k.
5. So in the next layer w a(v) = (w g) a(v') + w (1 - g) k: its weights take g over, its bias the constant. The
   projections of that layer are the same numbers, hence its statistics are too, and so on to the last layer.
6. g = 0: v = beta, and w a(beta) is a constant in the next layer's bias, the weight being 0.
7. g = 1: v' = v with beta' = beta, so nothing is left for the next layer, and a may bend anywhere; this is how a
   normalised last layer, or one with several bends, is dealt with.
"""

import sympy

from polybn.proof import Argued, Identity, Proof, expectation

t, mu, sigma, u, beta, new, b, k, q, g, w, m1, m2 = sympy.symbols("t mu sigma u beta beta' b k q g w m1 m2", real=True)

ONE = sympy.Integer(1)
MOMENTS = (ONE, m1, m2)


def mean_of(sign: int) -> sympy.Expr:
    """The mean of s t."""
    return expectation(sign * t, t, MOMENTS)


def variance_of(sign: int) -> sympy.Expr:
    """The biased variance of s t."""
    return expectation((sign * t - mean_of(sign)) ** 2, t, MOMENTS)


def piece(x: sympy.Expr) -> sympy.Expr:
    """a(x) on a piece that ends at b."""
    return k + q * (x - b)


def old(x: sympy.Expr, shift: sympy.Expr) -> sympy.Expr:
    """v = g u + beta at u = x, with the beta that solves g (beta' - b) = beta - b."""
    return g * x + b + g * (shift - b)


PROOF = Proof(
    claim="proposition-1",
    given={"a normalised layer": (sigma,)},
    facts=("location-is-mean", "squared-scale-is-biased-variance"),
    steps=(
        Identity("mean(-t) = -mean(t)", mean_of(-1), -mean_of(1)),
        Identity("var(-t) = var(t)", variance_of(-1), variance_of(1)),
        Identity("gamma = g: v = g u + beta", g * (t - mu) / sigma + beta, g * ((t - mu) / sigma) + beta),
        Identity("gamma = -g: v = g u + beta", -g * (t - mu) / sigma + beta, g * ((-t - -mu) / sigma) + beta),
        Argued("g > 0: some beta' has g (beta' - b) = beta - b, and v = g u + beta is written with it."),
        Identity("v - b = g (v' - b)", old(u, new) - b, g * ((u + new) - b)),
        Argued("g > 0, so v and v' are on the same side of b; by 'one bend' a is there k + q (x - b), with k = a(b)."),
        Identity("a(v) = g a(v') + (1 - g) a(b)", piece(old(u, new)), g * piece(u + new) + (1 - g) * piece(b)),
        Identity(
            "w a(v) = (w g) a(v') + w (1 - g) a(b)", w * piece(old(u, new)), (w * g) * piece(u + new) + w * (1 - g) * k
        ),
        Identity("g = 1: v = v' with beta' = beta", old(u, new).subs(g, 1), u + new),
        Argued("g = 0: v = beta, and a(beta) is a constant that the next layer's bias takes over with the weight 0."),
    ),
    conclusion="Where 'one bend' allows several bends, g is 0 or 1, and where 'a linear last layer' allows a "
    "normalised one, g is 1 there: nothing is left to take over. Layer by layer the next layer's projections are the "
    "same on all of space, so on the batch, and so are its statistics with the same eps. Widths are kept, whatever "
    "they are; gamma and beta are any numbers.",
)
