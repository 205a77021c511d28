"""With one last hidden unit, whose activation keeps signs, the batch is separated if and only if sigma^2 > 0.

The one unit of layer L - 1 has the projections t_n over N samples, their mean mu, and the pre-activations
p_n = gamma (t_n - mu) r + beta with beta = 0, gamma != 0 and r = 1 / sigma any positive number. Its values a_n have the
signs of the p_n, whatever the activation: a_n p_n > 0 for p_n != 0, and a_n = 0 for p_n = 0. The output is
f_n = v a_n + o_n + c with v != 0 and c = 0, where o_n, the part of all other units, is 0. One f_n is negative and one
is positive if and only if the variance (1/N) sum_n (t_n - mu)^2 is positive. Asked for N = 2, 3, 4 with all t_n, a_n,
v, gamma and r free, so for every dimension and whatever the layers before.
"""

from z3 import And, If, Or, Real, Reals

from polybn.smt import Valid

mu, r, gamma, beta, v, c = Reals("mu r gamma beta v c")


def mean(values):
    """The mean."""
    return sum(values[1:], values[0]) / len(values)


def two_sided(values):
    """One is negative and one is positive."""
    return And(Or([value < 0 for value in values]), Or([value > 0 for value in values]))


def question(count):
    """For a batch of this size."""
    samples = range(1, count + 1)
    projections, values, others = ([Real(f"{name}_{n}") for n in samples] for name in ("t", "a", "o"))
    variance = mean([(t - mu) * (t - mu) for t in projections])
    signs = [(gamma * (t - mu) * r + beta, a) for t, a in zip(projections, values, strict=True)]
    return Valid(
        "some f_n < 0 and some f_n > 0 if and only if sigma^2 > 0",
        f"N = {count}, any dimension",
        two_sided([v * a + o + c for a, o in zip(values, others, strict=True)]) == (variance > 0),
        given={
            "normalised last hidden layer": And(mu == mean(projections), r > 0),
            "beta = 0": beta == 0,
            "gamma != 0": gamma != 0,
            "t a(t) > 0": And([If(p == 0, a == 0, p * a > 0) for p, a in signs]),
            "width one": And([o == 0 for o in others]),
            "w_L != 0": v != 0,
            "c_L = 0": c == 0,
        },
        telling={"sigma^2 > 0": variance > 0},
    )


QUESTIONS = tuple(question(count) for count in (2, 3, 4))
