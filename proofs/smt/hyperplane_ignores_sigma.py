"""The boundary of a unit in the layer's input space is the same set whatever sigma is.

A unit of a normalised layer has its boundary where gamma (<w, z> + c - mu) r + beta is the breakpoint b of the
activation, r = 1 / sigma. With beta = b a point z is on the boundary for r if and only if it is for r', both positive,
and all else the same. Asked in the plane, with z, w, c, mu, gamma, b, r and r' free.
"""

from z3 import And, Or, Reals

from polybn.smt import Valid

z_1, z_2, w_1, w_2, c, mu, gamma, beta, b, r, other = Reals("z_1 z_2 w_1 w_2 c mu gamma beta b r r'")


def on_boundary(factor):
    """gamma (<w, z> + c - mu) / sigma + beta = b."""
    return gamma * (w_1 * z_1 + w_2 * z_2 + c - mu) * factor + beta == b


QUESTIONS = (
    Valid(
        "z is on the boundary for sigma if and only if it is for sigma'",
        "dimension 2",
        on_boundary(r) == on_boundary(other),
        given={"a normalised layer": And(r > 0, other > 0), "beta at the breakpoint": beta == b},
        telling={"a boundary through z": And(on_boundary(r), r != other, gamma != 0, Or(w_1 != 0, w_2 != 0))},
    ),
)
