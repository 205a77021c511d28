"""Every unit of a normalised layer separates the batch strictly, if and only if sigma^2 > 0.

A unit has the projections t_n over N samples, their mean mu, and the pre-activations p_n = gamma (t_n - mu) r + beta
with beta = 0, gamma != 0 and r = 1 / sigma any positive number. Some p_n is negative and some is positive if and only
if the variance (1/N) sum_n (t_n - mu)^2 is positive. Asked for N = 2, 3, 4 with all t_n, gamma and r free, so for every
dimension and whatever the layers before.
"""

from z3 import And, Or, Real, Reals

from polybn.smt import Valid

mu, r, gamma, beta = Reals("mu r gamma beta")


def mean(values):
    """The mean."""
    return sum(values[1:], values[0]) / len(values)


def two_sided(values):
    """One is negative and one is positive."""
    return And(Or([value < 0 for value in values]), Or([value > 0 for value in values]))


def question(count):
    """For a batch of this size."""
    projections = [Real(f"t_{n}") for n in range(1, count + 1)]
    variance = mean([(t - mu) * (t - mu) for t in projections])
    return Valid(
        "some p_n < 0 and some p_n > 0 if and only if sigma^2 > 0",
        f"N = {count}, any dimension",
        two_sided([gamma * (t - mu) * r + beta for t in projections]) == (variance > 0),
        given={
            "a normalised layer": And(mu == mean(projections), r > 0),
            "beta = 0": beta == 0,
            "gamma != 0": gamma != 0,
        },
        telling={"sigma^2 > 0": variance > 0},
    )


QUESTIONS = tuple(question(count) for count in (2, 3, 4))
