"""a(gamma t) != gamma a(t) for some gamma: Eq. 28 is false as stated.

The activation is a(t) = p t for t >= 0 and q t for t < 0. One unit of the row w on a batch {x_1, x_2} of numbers has
the mean mu and the variance sigma^2 (Eq. 3), eps = 0, so r = 1 / sigma is the number r > 0 with r^2 sigma^2 = 1. Asked
for w, p, q, gamma, an output weight v and an x with v a(gamma h) != (v gamma) a(h), where h = (w x - mu) r: for any
slopes, for leaky ReLU (p = 1, 0 < q < 1) and for ReLU. The point found becomes a network, normalised on the batch, and
the claim fails on it.
"""

from z3 import And, If, Reals

from polybn import BatchNorm, Linear, Network, PiecewiseLinear, box
from polybn.claims.view import Instance
from polybn.smt import Satisfiable

x_1, x_2, x, w, r, gamma, p, q, v = Reals("x_1 x_2 x w r gamma p q v")

mu = (w * x_1 + w * x_2) / 2
variance = ((w * x_1 - mu) * (w * x_1 - mu) + (w * x_2 - mu) * (w * x_2 - mu)) / 2
h = (w * x - mu) * r


def activation(t):
    """a(t)."""
    return If(t >= 0, p * t, q * t)


def instance(point):
    """The network and the batch that the point stands for."""
    batch = ((point["x_1"],), (point["x_2"],))
    method = BatchNorm(gamma=[point["gamma"]])
    function = PiecewiseLinear([0], [point["q"], point["p"]])
    network = Network([Linear([[point["w"]]]), method, function, Linear([[point["v"]]])])
    return Instance(network.fit(batch), batch, box(-4, 4, dim=1), method.name, method=method)


def question(words, slopes):
    """For activations of this kind."""
    return Satisfiable(
        f"v a(gamma h) != (v gamma) a(h), {words}",
        "N = 2, one unit, dimension 1",
        {
            "r = 1 / sigma > 0": And(r > 0, r * r * variance == 1),
            words: slopes,
            "v a(gamma h) != (v gamma) a(h)": v * activation(gamma * h) != (v * gamma) * activation(h),
        },
        instance,
    )


QUESTIONS = (
    question("any slopes", p != q),
    question("leaky ReLU", And(p == 1, q > 0, q < 1)),
    question("ReLU", And(p == 1, q == 0)),
)
