"""Python expressions laid out: on one line where they fit, else one part a line."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 100
STEP = 4


@dataclass(frozen=True)
class Call:
    """`opening part, part closing`, as in f(x, y) or [x, y]."""

    opening: str
    parts: tuple[Expression, ...]
    closing: str = ")"


Expression = Call | str


def flat(given: Expression) -> str:
    """The expression on one line.

    >>> flat(Call("f(", ("1", Call("[", ("2", "3"), "]"))))
    'f(1, [2, 3])'
    """
    return given if isinstance(given, str) else f"{given.opening}{', '.join(map(flat, given.parts))}{given.closing}"


def laid_out(given: Expression, indent: int = 0) -> str:
    """The source of an expression whose first line starts `indent` blanks from the left."""
    line = flat(given)
    if isinstance(given, str) or indent + len(line) <= WIDTH:
        return line
    inside = indent + STEP
    lines = "".join(f"{' ' * inside}{laid_out(part, inside)},\n" for part in given.parts)
    return f"{given.opening}\n{lines}{' ' * indent}{given.closing.lstrip(',')}"


def named(name: str, given: Expression) -> Expression:
    """`name=...`, a keyword argument or a binding."""
    return f"{name}={given}" if isinstance(given, str) else Call(f"{name}={given.opening}", given.parts, given.closing)
