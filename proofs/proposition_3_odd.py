"""With odd activations a batch that is its own mirror image is separated strictly, or has the output 0 throughout.

Every sample x has a mirror image x' in the centroid of the batch. Let a unit of a normalised layer have the
projections t and t' there, and p = gamma (t - mu) / sigma + beta, mu the mean over the batch, beta = 0.

1. If the layer's inputs are mirror images in their centroid, z + z' = 2 zbar, then t + t' = 2 m with m = t(zbar), as t
   is affine. The mean over the batch is that of the pairs, mu = (t + t') / 2 = m.
2. So p' = -p for beta = 0, and a(p') = -a(p) for an odd a.
3. The next layer's inputs are thus mirror images in 0, which is their centroid: by induction so it is in every layer.
4. The last layer is linear without bias: f' = -f. So f is 0 throughout, or has both signs strictly.
"""

import sympy

from polybn.proof import Argued, Identity, Proof, expectation

t, m, gamma, beta, sigma, z, w, bias = sympy.symbols("t m gamma beta sigma z w c_L", real=True)

ZERO, ONE = sympy.Integer(0), sympy.Integer(1)
mirror = 2 * m - t
half_mean = sympy.symbols("E[t]", real=True)
location = (expectation(t, t, (ONE, half_mean)) + expectation(mirror, t, (ONE, half_mean))) / 2


def preactivation(t: sympy.Expr, mu: sympy.Expr, beta: sympy.Expr) -> sympy.Expr:
    """p at a sample with the projection t."""
    return gamma * (t - mu) / sigma + beta


def output(z: sympy.Expr, bias: sympy.Expr) -> sympy.Expr:
    """What one feature z and the bias add to f."""
    return w * z + bias


PROOF = Proof(
    claim="proposition-3-odd",
    given={"normalised hidden layers": (sigma,)},
    facts=("location-is-mean",),
    steps=(
        Argued("t is affine and z + z' = 2 zbar: t' = 2 m - t with m = t(zbar)."),
        Identity("mu = m, the mean over samples t and images 2 m - t, whatever E[t] is", location, m),
        Identity("p' = -p for beta = 0", preactivation(mirror, m, ZERO), -preactivation(t, m, ZERO)),
        Argued("'odd activations': a(p') = a(-p) = -a(p), so the next layer's inputs are mirror images in 0."),
        Identity("f' = -f without a bias", output(-z, ZERO), -output(z, ZERO)),
        Argued("If f is not 0 at a sample, it is not 0 at its image, with the other sign."),
    ),
    conclusion="By induction over the layers every hidden layer is odd in this sense, and the output of 'linear "
    "output' and 'c_L = 0', a sum of such terms, is too. This holds for every depth, width, batch size and sigma.",
)
