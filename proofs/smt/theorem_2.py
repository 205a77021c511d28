"""The nearer hyperplane does not fold to the nearer one: Theorem 2 is false as stated, on the line with two units.

Layer 1 has one unit of the row w on a batch {x_1, x_2} of numbers, with the mean mu_1 and the variance sigma_1^2 of its
projections (Eq. 3), eps = 0, so r = 1 / sigma_1 is the number r > 0 with r^2 sigma_1^2 = 1, and leaky ReLU of slope
eta, 0 < eta < 1. Layer 2 has one unit of the row v, v != 0: g(x) = v a((w x - mu_1) r). Then w != 0, and g is one to
one, so for any y and y' the folded hyperplanes of mu = g(y) and mu' = g(y') are the points y and y'. Asked for all of
these and an x with |g(x) - mu| < |g(x) - mu'|, that is d(z_1(x), H) < d(z_1(x), H'), and |x - y| >= |x - y'|: once so,
once with |x - y| > 2 |x - y'|. The point found becomes a network, normalised on the batch, with the point x and the
offsets mu and mu', and the claim, which finds F and F' by itself, fails on it.
"""

from z3 import And, If, Reals

from polybn import BatchNorm, LeakyReLU, Linear, Network, box
from polybn.claims.view import Instance
from polybn.smt import Satisfiable

x_1, x_2, w, r, eta, v, x, near, far = Reals("x_1 x_2 w r eta v x y y'")

mu_1 = (w * x_1 + w * x_2) / 2
variance = ((w * x_1 - mu_1) * (w * x_1 - mu_1) + (w * x_2 - mu_1) * (w * x_2 - mu_1)) / 2


def modulus(t):
    """|t|."""
    return If(t >= 0, t, -t)


def g(place):
    """v a((w x - mu_1) / sigma_1)."""
    h = (w * place - mu_1) * r
    return v * If(h >= 0, h, eta * h)


def instance(point):
    """The network, the batch, the point x and the two offsets."""
    batch = ((point["x_1"],), (point["x_2"],))
    method = BatchNorm()
    layers = [Linear([[point["w"]]]), method, LeakyReLU(point["eta"]), Linear([[point["v"]]])]
    projection = Network(layers).fit(batch)
    offsets = tuple(projection([point[name]])[0] for name in ("y", "y'"))
    network = Network([*layers, method]).fit(batch)
    return Instance(network, batch, box(-4, 4, dim=1), method.name, ((point["x"],),), offsets, method=method)


def question(words, farther):
    """With y farther from x than y' in this sense."""
    return Satisfiable(
        f"d(z_1(x), H) < d(z_1(x), H') and {words}",
        "N = 2, two layers of one unit, dimension 1",
        {
            "r = 1 / sigma_1 > 0": And(r > 0, r * r * variance == 1),
            "0 < eta < 1": And(eta > 0, eta < 1),
            "v != 0": v != 0,
            "d(z_1(x), H) < d(z_1(x), H')": modulus(g(x) - g(near)) < modulus(g(x) - g(far)),
            words: farther,
        },
        instance,
    )


QUESTIONS = (
    question("d(x, F) >= d(x, F')", modulus(x - near) >= modulus(x - far)),
    question("d(x, F) > 2 d(x, F')", modulus(x - near) > 2 * modulus(x - far)),
)
