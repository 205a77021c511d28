"""A normalised output is constant on the batch or has both signs strictly.

An output has the projections t_n over N samples, their mean mu, and the values p_n = gamma (t_n - mu) r + beta with
beta = 0 and r = 1 / sigma any positive number; gamma may be 0. No activation follows: f_n = p_n, written here as
up p_n for p_n >= 0 and down p_n for p_n < 0 with up = down = 1. Either all f_n are the same, or one is negative and one
is positive. Asked for N = 2, 3, 4 with all t_n, gamma and r free, so for every dimension and width, and whatever the
layers before.
"""

from z3 import And, If, Or, Real, Reals

from polybn.smt import Valid

mu, r, gamma, beta, up, down = Reals("mu r gamma beta up down")


def mean(values):
    """The mean."""
    return sum(values[1:], values[0]) / len(values)


def two_sided(values):
    """One is negative and one is positive."""
    return And(Or([value < 0 for value in values]), Or([value > 0 for value in values]))


def question(count):
    """For a batch of this size."""
    projections = [Real(f"t_{n}") for n in range(1, count + 1)]
    outputs = [gamma * (t - mu) * r + beta for t in projections]
    outputs = [If(p >= 0, up * p, down * p) for p in outputs]
    constant = And([f == outputs[0] for f in outputs[1:]])
    return Valid(
        "all f_n are the same, or some f_n < 0 and some f_n > 0",
        f"N = {count}, any dimension",
        Or(constant, two_sided(outputs)),
        given={
            "normalised output": And(mu == mean(projections), r > 0),
            "beta_L = 0": beta == 0,
            "no output activation": And(up == 1, down == 1),
        },
        telling={"not all f_n are the same": Or([f != outputs[0] for f in outputs[1:]])},
    )


QUESTIONS = tuple(question(count) for count in (2, 3, 4))
