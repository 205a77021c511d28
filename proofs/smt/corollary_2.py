"""The centroid of the layer's inputs lies on the boundary of every unit.

A unit of a normalised layer has the projections t_n = <w, z_n> + c, the location mu = (1/N) sum_n t_n, and its boundary
where gamma (<w, z> + c - mu) r + beta is the breakpoint b of the activation, r = 1 / sigma any positive number. With
beta = 0 and b = 0 the centroid zbar of the inputs is on it. Asked for N = 2, 3, 4 in the plane, with all z_n, w, c,
gamma and r free; a layer's units are separate, so this is for every width.
"""

from z3 import And, Or, Reals

from polybn.smt import Valid

w_1, w_2, c, mu, r, gamma, beta, b = Reals("w_1 w_2 c mu r gamma beta b")


def mean(values):
    """The mean."""
    return sum(values[1:], values[0]) / len(values)


def projection(point):
    """<w, z> + c."""
    return w_1 * point[0] + w_2 * point[1] + c


def question(count):
    """For a batch of this size."""
    inputs = [Reals(f"z_{n}1 z_{n}2") for n in range(1, count + 1)]
    centroid = [mean(column) for column in zip(*inputs, strict=True)]
    projections = [projection(z) for z in inputs]
    return Valid(
        "gamma (<w, zbar> + c - mu) / sigma + beta = b",
        f"N = {count}, dimension 2",
        gamma * (projection(centroid) - mu) * r + beta == b,
        given={"a normalised layer": mu == mean(projections), "beta = 0": beta == 0, "breakpoint at 0": b == 0},
        telling={
            "a boundary": And(r > 0, gamma != 0, Or(w_1 != 0, w_2 != 0)),
            "not all t_n the same": Or([t != projections[0] for t in projections[1:]]),
        },
    )


QUESTIONS = tuple(question(count) for count in (2, 3, 4))
