"""a(t) = s_i t + c_i between the breakpoints t_{i-1} and t_i: continuous piecewise-affine activations."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from flint import fmpq

from polybn.errors import ActivationError
from polybn.exact.matrix import Vector, vector
from polybn.exact.rational import brief, rational, short, sign
from polybn.files import closest

MAX_BREAKPOINTS = 127


@dataclass(frozen=True, init=False)
class PiecewiseLinear:
    """The continuous function with the given breakpoints, one slope a piece, and its value at the first breakpoint.

    The *code* of t is sum_i sign(t - t_i): -1, 0, 1 for one breakpoint; -m, ..., m for m of them. Codes of the same
    parity as m are the m + 1 pieces, the others are the breakpoints.

    >>> hard_tanh = PiecewiseLinear(breakpoints=[-1, 1], slopes=[0, 1, 0], first_value=-1)
    >>> [str(hard_tanh.value(rational(t))) for t in (-7, "1/3", 7)]
    ['-1', '1/3', '1']
    """

    breakpoints: Vector
    slopes: Vector
    intercepts: Vector
    name: str = field(compare=False)

    def __init__(
        self, breakpoints: Sequence[object], slopes: Sequence[object], first_value: object = 0, *, name: str = ""
    ) -> None:
        points = vector(breakpoints, "breakpoints")
        steps = vector(slopes, "slopes")
        _check(points, steps)
        intercepts = [rational(first_value, "first_value") - steps[0] * points[0]]
        for index, point in enumerate(points):
            intercepts.append(intercepts[-1] + (steps[index] - steps[index + 1]) * point)
        object.__setattr__(self, "breakpoints", points)
        object.__setattr__(self, "slopes", steps)
        object.__setattr__(self, "intercepts", tuple(intercepts))
        object.__setattr__(self, "name", name or _describe(points, steps))

    def value(self, argument: fmpq) -> fmpq:
        """a(t)."""
        piece = bisect_right(self.breakpoints, argument)
        return self.slopes[piece] * argument + self.intercepts[piece]

    def code(self, argument: fmpq) -> int:
        """sum_i sign(t - t_i)."""
        return sum(sign(argument - point) for point in self.breakpoints)

    def piece(self, code: int) -> int:
        """The index of the piece with this code; on a breakpoint, the piece above it (both agree there)."""
        return (code + len(self.breakpoints) + 1) // 2


def ReLU() -> PiecewiseLinear:
    """max(t, 0)."""
    return PiecewiseLinear([0], [0, 1], name="relu")


def LeakyReLU(slope: object) -> PiecewiseLinear:
    """t for t >= 0 and slope * t for t < 0; any rational slope (0 is ReLU, -1 the absolute value)."""
    negative = rational(slope, "slope")
    return PiecewiseLinear([0], [negative, 1], name=f"leaky_relu({short(negative)})")


def Abs() -> PiecewiseLinear:
    """|t|."""
    return PiecewiseLinear([0], [-1, 1], name="abs")


def HardTanh() -> PiecewiseLinear:
    """min(max(t, -1), 1)."""
    return PiecewiseLinear([-1, 1], [0, 1, 0], -1, name="hard_tanh")


def ReLU6() -> PiecewiseLinear:
    """min(max(t, 0), 6)."""
    return PiecewiseLinear([0, 6], [0, 1, 0], name="relu6")


NAMED = {"relu": ReLU, "abs": Abs, "hard_tanh": HardTanh, "relu6": ReLU6}


def activation(given: object) -> PiecewiseLinear:
    """The activation itself, or the one that a name in "relu", "abs", "hard_tanh", "relu6" stands for."""
    if isinstance(given, PiecewiseLinear):
        return given
    if isinstance(given, str) and given in NAMED:
        return NAMED[given]()
    raise ActivationError(
        f"{brief(given)} is not an activation that polybn knows.{_hint(given)} "
        f"Write one of {', '.join(map(repr, NAMED))}, pb.LeakyReLU('1/10'), "
        "or pb.PiecewiseLinear(breakpoints, slopes, first_value).",
        given,
    )


def uncalled(given: object) -> str:
    """ " Write pb.ReLU()." for the function itself where its value is meant, else nothing."""
    calls = {make: f"{make.__name__}()" for make in NAMED.values()}
    calls |= {LeakyReLU: "LeakyReLU('1/10')", PiecewiseLinear: "PiecewiseLinear(breakpoints, slopes, first_value)"}
    call = next((call for make, call in calls.items() if make is given), None)
    return f" It must be called: write pb.{call}." if call else ""


def _hint(given: object) -> str:
    if not isinstance(given, str):
        return uncalled(given)
    word = given.strip().lower().replace("-", "_").replace(" ", "_")
    near = closest(word, [*NAMED, "leaky_relu"]) or closest(word.replace("_", ""), ["leakyrelu", "hardtanh"])
    return " Did you mean pb.LeakyReLU('1/10')?" if "leaky" in near else near.replace("hardtanh", "hard_tanh")


def _check(points: Vector, slopes: Vector) -> None:
    if not 1 <= len(points) <= MAX_BREAKPOINTS:
        raise ActivationError(
            f"{len(points)} breakpoints were given; 1 to {MAX_BREAKPOINTS} are needed. "
            "A function without breakpoints is a Linear layer.",
            points,
        )
    if len(slopes) != len(points) + 1:
        raise ActivationError(
            f"{len(points)} breakpoints need {len(points) + 1} slopes, {len(slopes)} were given. One slope a piece.",
            slopes,
        )
    for index, (left, right) in enumerate(pairwise(points)):
        if left >= right:
            raise ActivationError(
                f"breakpoints[{index}] is {short(left)} and the next is {short(right)}; they must increase strictly. "
                "Sort them and drop repeats.",
                points,
            )


def _describe(points: Vector, slopes: Vector) -> str:
    return f"piecewise_linear(at {', '.join(map(short, points))}; slopes {', '.join(map(short, slopes))})"
