"""All points of a batch can be on one side of the decision boundary: Proposition 3 is false as stated.

The batch is x_1, ..., x_N on the line. Layer 1 has two units of rows w_1, w_2, each with the mean mu_k and the variance
var_k of its projections (Eq. 3), sigma_k^2 = var_k + eps with one eps for both, r_k = 1 / sigma_k, and leaky ReLU of
slope eta, 0 < eta < 1. Layer 2 is linear without bias: f_n = v_1 a(h_n1) + v_2 a(h_n2), h_nk = (w_k x_n - mu_k) r_k.
Asked for f_n > 0 for every n: for N = 2 with eps = 0, once with eta = 1/100 and all f_n the same, and for N = 3, 4 with
any eps >= 0. The point found becomes a network, normalised on the batch, and the claim fails on it.
"""

from z3 import And, If, Q, Real, Reals

from polybn import BatchNorm, LeakyReLU, Linear, Network, box
from polybn.claims.view import Instance
from polybn.smt import Satisfiable

eta = Real("eta")
rows, weights = Reals("w_1 w_2"), Reals("v_1 v_2")
scales, inverses = Reals("sigma_1 sigma_2"), Reals("r_1 r_2")


def mean(values):
    """The mean."""
    return sum(values[1:], values[0]) / len(values)


def leaky(t):
    """t for t >= 0 and eta t for t < 0."""
    return If(t >= 0, t, eta * t)


def unit(inputs, k):
    """sigma_k^2 - var_k, and the features of unit k over the batch."""
    projections = [rows[k] * x for x in inputs]
    mu = mean(projections)
    variance = mean([(t - mu) * (t - mu) for t in projections])
    return scales[k] * scales[k] - variance, [leaky((t - mu) * inverses[k]) for t in projections]


def question(count, words, more):
    """For a batch of this size; `more` is asked of eps and the outputs besides."""
    inputs = [Real(f"x_{n}") for n in range(1, count + 1)]
    (eps, first), (other_eps, second) = unit(inputs, 0), unit(inputs, 1)
    outputs = [weights[0] * a + weights[1] * b for a, b in zip(first, second, strict=True)]

    def instance(point):
        """The network and the batch that the point stands for."""
        batch = tuple((point[str(x)],) for x in inputs)
        projections = tuple(point["w_1"] * x for (x,) in batch)
        method = BatchNorm(eps=point["sigma_1"] ** 2 - BatchNorm().squared_scale(projections))
        first, last = [[[point[str(row)]] for row in rows], [[point[str(weight)] for weight in weights]]]
        network = Network([Linear(first), method, LeakyReLU(point["eta"]), Linear(last)])
        return Instance(network.fit(batch), batch, box(-4, 4, dim=1), method.name, method=method)

    return Satisfiable(
        f"every output is > 0, {words}",
        f"N = {count}, one hidden layer of two units, dimension 1",
        {
            "0 < eta < 1": And(eta > 0, eta < 1),
            "r_k = 1 / sigma_k > 0": And([And(s > 0, r * s == 1) for s, r in zip(scales, inverses, strict=True)]),
            "sigma_k^2 = var_k + eps": eps == other_eps,
            "every output is > 0": And([output > 0 for output in outputs]),
            words: more(eps, outputs),
        },
        instance,
    )


QUESTIONS = (
    question(2, "eps = 0", lambda eps, outputs: eps == 0),
    question(2, "eps = 0, eta = 1/100, all the same", lambda eps, f: And(eps == 0, eta == Q(1, 100), f[0] == f[1])),
    question(3, "eps >= 0", lambda eps, outputs: eps >= 0),
    question(4, "eps >= 0", lambda eps, outputs: eps >= 0),
)
