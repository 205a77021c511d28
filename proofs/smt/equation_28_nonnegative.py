"""a(gamma t) = gamma a(t) for every gamma >= 0, so the next layer's weights take gamma over.

The activation has the one breakpoint b = 0 and the value a(0) = e = 0: a(t) = e + p (t - b) for t >= b and
e + q (t - b) for t < b, with any slopes p and q. The pre-activation is gamma h + beta with beta = 0. A unit of the next
layer that weighs this one with v gets v a(gamma h + beta), and (v gamma) a(h + beta) once gamma is moved. Asked for one
unit, with p, q, v, h and gamma free.
"""

from z3 import And, If, Reals

from polybn.smt import Valid

h, gamma, beta, b, e, p, q, v = Reals("h gamma beta b e p q v")


def activation(t):
    """a(t)."""
    return e + If(t >= b, p * (t - b), q * (t - b))


QUESTIONS = (
    Valid(
        "v a(gamma h) = (v gamma) a(h)",
        "one unit, two slopes",
        v * activation(gamma * h + beta) == (v * gamma) * activation(h + beta),
        given={
            "gamma >= 0": gamma >= 0,
            "beta = 0": beta == 0,
            "breakpoint at 0": b == 0,
            "a(0) = 0": activation(0 * h) == 0,
        },
        telling={
            "a bend": And(p != q, v != 0),
            "h on the side of q": h < 0,
            "gamma is not 1": And(gamma > 0, gamma != 1),
        },
    ),
)
