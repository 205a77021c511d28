"""If mu lies between g(x) and mu', the folded hyperplane of mu is the nearer one, on the line.

On the line every g(x) = <w_k, z_{l-1}(x)> + c_k is continuous and piecewise affine. A piece whose line has a slope
other than 0 has one place y where the line is at the level mu, a point of F if y is on the piece; a flat piece belongs
to F if its level is mu, and of it the point next to x counts. So finitely many candidates decide: where F is not empty,
d(x, F) < d(x, F') if and only if some candidate for F is nearer to x than every one for F', as it is for an empty F'.

Asked for two pieces that meet at b in the value e, the slopes q to the left and p to the right, such as
v a((w x - mu_1) / sigma_1) with leaky ReLU or absolute value: any slopes but 0, and then q = 0 (ReLU). Asked for three
pieces of slopes other than 0, with b = 0 and e = 0: x counts from the first bend, and g from its value there.
"""

from itertools import pairwise
from typing import NamedTuple

from z3 import And, If, Implies, Or, Real, Reals, RealVal

from polybn.smt import Valid

x, mu, other = Reals("x mu mu'")


class Piece(NamedTuple):
    """height + slope (y - anchor) between two ends; None is no end."""

    slope: object
    anchor: object
    height: object
    low: object = None
    high: object = None

    def line(self, place):
        """The value of the line."""
        return self.height + self.slope * (place - self.anchor)

    def holds(self, place):
        """Whether a place is on the piece."""
        above = [place >= self.low] if self.low is not None else []
        return And(*above, *([place <= self.high] if self.high is not None else []))


def pieces(bends, slopes, height):
    """The pieces from left to right, g being `height` at the first bend."""
    found = [Piece(slopes[0], bends[0], height, high=bends[0])]
    for slope, (low, high) in zip(slopes[1:], pairwise([*bends, None]), strict=True):
        found.append(Piece(slope, low, height, low, high))
        height = found[-1].line(high) if high is not None else height
    return found


def value(place, parts):
    """g."""
    found = parts[0].line(place)
    for part in parts[1:]:
        found = If(place >= part.low, part.line(place), found)
    return found


def candidates(level, name, parts):
    """(place, whether it is a point of the folded hyperplane) for each piece, and what the places mean."""
    places, meanings = [], []
    for index, part in enumerate(parts, start=1):
        if part.slope is FLAT:
            places.append((If(x <= part.high, x, part.high), part.height == level))
            continue
        place = Real(f"{name}_{index}")
        places.append((place, part.holds(place)))
        meanings.append(part.line(place) == level)
    return places, And(meanings)


def modulus(t):
    """|t|."""
    return If(t >= 0, t, -t)


def question(words, bends, slopes, height):
    """For a g with these bends and slopes."""
    parts = pieces(bends, slopes, height)
    here = value(x, parts)
    near, near_meaning = candidates(mu, "y", parts)
    far, far_meaning = candidates(other, "y'", parts)
    bends_in_order = {"bends in order": And([low < high for low, high in pairwise(bends)])} if bends[1:] else {}
    return Valid(
        "d(x, F) < d(x, F')",
        f"{words}, dimension 1",
        Or([And(met, *(Implies(on, modulus(x - y) < modulus(x - z)) for z, on in far)) for y, met in near]),
        given={
            "same side": Or(And(here <= mu, mu < other), And(here >= mu, mu > other)),
            "F not empty": Or([met for _, met in near]),
        },
        where={
            "slopes other than 0": And([slope != 0 for slope in slopes if slope is not FLAT]),
            "y is where a line has the level mu": near_meaning,
            "y' is where a line has the level mu'": far_meaning,
            **bends_in_order,
        },
        telling={"F' not empty": Or([on for _, on in far]), "x is not on F": here != mu},
    )


ZERO = FLAT = RealVal(0)
b, b_2, e, q, p, p_2 = Reals("b b_2 e q p p_2")

QUESTIONS = (
    question("two pieces", [b], [q, p], e),
    question("two pieces, one flat", [b], [FLAT, p], e),
    question("three pieces", [ZERO, b_2], [q, p, p_2], ZERO),
)
