"""A number is p/q: what may enter polybn as a number, and how it leaves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from math import isfinite
from numbers import Rational
from types import FunctionType
from typing import Any, cast

import numpy as np
from flint import fmpq, fmpz

from polybn.errors import ExactnessError, NonFiniteError, NumberError

Number = int | Fraction | str | fmpq | fmpz
"""What polybn reads as an exact number; floats enter through `exact_float` or as float arrays."""

MAX_DIGITS = 4000
"""The longest number read from text."""
MAX_OBJECT_DIGITS = 100_000
"""The longest int or Fraction read: exact vertices and statistics of deep networks, handed back, are long."""
MAX_EXPONENT = 400

_RATIO = re.compile(r"([+-]?[0-9]+)(?:/([0-9]+))?", re.ASCII)
_DECIMAL = re.compile(r"([+-]?)([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?", re.ASCII)


def rational(value: object, name: str = "value", *, max_digits: int | None = MAX_OBJECT_DIGITS) -> fmpq:
    """The rational number that `value` denotes: int, Fraction, flint number, or text "p/q", "12", "1.25", "1e-3".

    Decimal text means the decimal (13.2 is 66/5). Floats are refused with `ExactnessError`: a float is a dyadic
    rational that is seldom the number meant. Text of more than `MAX_DIGITS` digits is refused, and ints and Fractions
    of more than `max_digits` (None for no bound); flint numbers, which polybn made itself, have no bound.
    """
    if isinstance(value, fmpq | fmpz):
        return fmpq(value)
    value = _python_number(value)
    if isinstance(value, bool):
        raise NumberError(f"{name} is the truth value {value}; a number is needed. Write 0 or 1.", value)
    if isinstance(value, str):
        return _parse(value, name)
    if isinstance(value, float):
        raise _float_refused(value, name)
    if isinstance(value, Rational) and not isinstance(value, np.generic):
        parts = int(value.numerator), int(value.denominator)
        if max_digits is not None and _is_longer(*parts, max_digits):
            raise _too_long(f"of type {type(value).__name__}", max_digits, name, value)
        return fmpq(*parts)
    raise NumberError(
        f"{name} is {brief(value)} of type {type(value).__name__}; an exact number is needed. "
        "Write an int, a Fraction, or text such as '3/4' or '0.75'.",
        value,
    )


def fraction(value: fmpq | fmpz) -> Fraction:
    """The same number as a `fractions.Fraction`."""
    exact = fmpq(value)
    return Fraction(int(exact.p), int(exact.q))


def exact_float(value: float) -> Fraction:
    """The dyadic rational that the machine stored for this float.

    >>> exact_float(0.1)
    Fraction(3602879701896397, 36028797018963968)
    """
    given = _python_number(value)
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise NumberError(
            f"exact_float takes a float, and {brief(given)} is none. Write exact numbers as they are.", given
        )
    if isinstance(given, float) and not isfinite(given):
        raise NonFiniteError(f"{given} is not a number of the real line. Give a finite float.", value)
    return Fraction(given)


def text(value: fmpq | fmpz | Fraction | int) -> str:
    """The canonical text "p/q" (or "p"), as stored in files; of any length.

    >>> text(Fraction(6, 4)), text(-2)
    ('3/2', '-2')
    """
    # flint writes the digits: Python refuses to write an int of more than 4300.
    return str(fmpq(value.numerator, value.denominator) if isinstance(value, int | Fraction) else value)


def tuple_text(values: Iterable[fmpq | fmpz | Fraction | int]) -> str:
    """Numbers as the text "(p/q, ...)".

    >>> tuple_text([fmpq(1, 2), -3])
    '(1/2, -3)'
    """
    return f"({', '.join(map(text, values))})"


def short(value: fmpq | fmpz | Fraction | int, limit: int = 40) -> str:
    """The text of a number for a message, cut where it is long.

    >>> short(Fraction(6, 4)), short(10**390)
    ('3/2', '10000000000000000000... (391 characters)')
    """
    written = text(value)
    return written if len(written) <= limit else f"{written[:20]}... ({len(written)} characters)"


def brief(value: object, limit: int = 60) -> str:
    """Anything for a message: a number as its text, else its repr on one line, cut where it is long."""
    if isinstance(value, fmpq | fmpz | Fraction) or type(value) is int:
        return short(value)
    if isinstance(value, type | FunctionType):
        return f"the {'class' if isinstance(value, type) else 'function'} {value.__name__}"
    try:
        written = " ".join(repr(value).split())
    except ValueError:  # it holds an int that Python refuses to write
        written = f"<{type(value).__name__}>"
    return written if len(written) <= limit else f"{written[: limit - 3]}..."


def sign(value: fmpq | fmpz) -> int:
    """-1, 0 or 1."""
    return (value > 0) - (value < 0)


def common_denominator(values: Iterable[fmpq]) -> fmpz:
    """The least positive integer that clears every denominator."""
    denominator = fmpz(1)
    for value in values:
        denominator = denominator * (value.q // denominator.gcd(value.q))
    return denominator


def homogeneous(point: tuple[fmpq, ...]) -> tuple[fmpz, ...]:
    """(p_1/q_1, ..., p_d/q_d) as integers (n_1, ..., n_d, q) with q > 0 the least common denominator."""
    denominator = common_denominator(point)
    return (*(coordinate.p * (denominator // coordinate.q) for coordinate in point), denominator)


def affine(point: tuple[fmpz, ...]) -> tuple[fmpq, ...]:
    """The rational point that homogeneous integers (n_1, ..., n_d, q) stand for."""
    return tuple(fmpq(coordinate, point[-1]) for coordinate in point[:-1])


def _python_number(value: object) -> object:
    """A numpy scalar as the Python value; not a date, whose value can be an int, the number of nothing."""
    is_scalar = isinstance(value, np.generic) and not isinstance(value, np.datetime64 | np.timedelta64)
    return cast("np.generic[Any]", value).item() if is_scalar else cast("object", value)


def _parse(given: str, name: str) -> fmpq:
    written = given.strip()
    if sum(character.isdigit() for character in written[: 2 * MAX_DIGITS + 2]) > MAX_DIGITS:
        raise _too_long(f"{len(written)} characters, {brief(written)}", MAX_DIGITS, name, given)
    ratio = _RATIO.fullmatch(written)
    if ratio:
        return _ratio(int(ratio[1]), int(ratio[2] or 1), given, name)
    decimal = _DECIMAL.fullmatch(written)
    if decimal and (decimal[2] or decimal[3]):
        exponent = int(decimal[4] or 0)
        if abs(exponent) > MAX_EXPONENT:
            raise NumberError(
                f"{name} is {brief(written)}, whose exponent is beyond +-{MAX_EXPONENT}. Write it as 'p/q'.", given
            )
        scale = exponent - len(decimal[3])
        digits = int(decimal[1] + decimal[2] + decimal[3])
        return fmpq(digits * 10 ** max(scale, 0), 10 ** max(-scale, 0))
    raise NumberError(
        f"{name} is {brief(written)}, which is not a rational number. Write 'p/q', an integer or a decimal.", given
    )


def _ratio(numerator: int, denominator: int, given: str, name: str) -> fmpq:
    if denominator == 0:
        written = brief(given.strip())
        raise NumberError(f"{name} is {written}, which divides by zero. Write a denominator other than 0.", given)
    return fmpq(numerator, denominator)


def _is_longer(numerator: int, denominator: int, digits: int) -> bool:
    """Whether p/q has more digits than this; the bits tell for all but a few numbers."""
    bits = numerator.bit_length() + (denominator.bit_length() if denominator > 1 else 0)
    if 3 * digits < bits <= 4 * digits:
        return sum(character.isdigit() for character in text(fmpq(numerator, denominator))) > digits
    return bits > 4 * digits


def _too_long(described: str, max_digits: int, name: str, given: object) -> NumberError:
    return NumberError(
        f"{name} has more than {max_digits} digits ({described}); polybn reads shorter numbers. "
        "Round it to a rational that you mean.",
        given,
    )


def _float_refused(value: float, name: str) -> Exception:
    if not isfinite(value):
        return NonFiniteError(f"{name} is {value}, not a number of the real line. Give a finite exact number.", value)
    decimal = text(Fraction(repr(value)))
    return ExactnessError(
        f"{name}: {value!r} is a float and polybn is exact. Write '{decimal if len(decimal) <= 40 else value}', or "
        f"pb.exact_float({value!r}) for the number the machine stored ({short(exact_float(value), 60)}).",
        value,
    )
