"""sigma = 0 although w != 0 and not all inputs are orthogonal to w: the remark after Eq. 4 is false as stated.

The inputs z_n are in the plane, the projections are t_n = <w, z_n>, and sigma^2 = (1/N) sum_n (t_n - m)^2 with their
mean m (Eq. 3). Asked for w and z_n with w != 0, some t_n != 0 and sigma^2 = 0, for N = 1, 2, 3. The point found becomes
a network of one unit, normalised with eps = 1, since without eps there is none, and the claim fails on it.
"""

from z3 import Or, Reals

from polybn import BatchNorm, Linear, Network, ReLU, box
from polybn.claims.view import Instance
from polybn.smt import Satisfiable

w = Reals("w_1 w_2")


def mean(values):
    """The mean."""
    return sum(values[1:], values[0]) / len(values)


def question(count):
    """For a batch of this size."""
    inputs = [Reals(f"z_{n}1 z_{n}2") for n in range(1, count + 1)]
    projections = [w[0] * z[0] + w[1] * z[1] for z in inputs]
    variance = mean([(t - mean(projections)) * (t - mean(projections)) for t in projections])

    def instance(point):
        """The unit and the batch that the point stands for."""
        batch = tuple(tuple(point[str(entry)] for entry in z) for z in inputs)
        method = BatchNorm(eps=1)
        network = Network([Linear([[point[str(entry)] for entry in w]]), method, ReLU(), Linear([[1]])])
        return Instance(network.fit(batch), batch, box(-4, 4, dim=2), method.name, method=method)

    return Satisfiable(
        "sigma = 0, w != 0 and some <w, z_n> != 0",
        f"N = {count}, dimension 2",
        {
            "w != 0": Or(w[0] != 0, w[1] != 0),
            "some <w, z_n> != 0": Or([t != 0 for t in projections]),
            "sigma^2 = 0": variance == 0,
        },
        instance,
    )


QUESTIONS = tuple(question(count) for count in (1, 2, 3))
