"""A number is p/q: what may enter polybn as a number, and how it leaves."""

from __future__ import annotations

import re
from fractions import Fraction
from math import isfinite
from numbers import Rational
from typing import cast

import numpy as np
from flint import fmpq, fmpz

from polybn.errors import ExactnessError, NonFiniteError, NumberError

Number = int | Fraction | str | fmpq | fmpz
"""What polybn reads as an exact number; floats enter through `exact_float` or as float arrays."""

MAX_DIGITS = 4000
MAX_EXPONENT = 400

_RATIO = re.compile(r"([+-]?[0-9]+)(?:/([0-9]+))?", re.ASCII)
_DECIMAL = re.compile(r"([+-]?)([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]+))?", re.ASCII)


def rational(value: object, name: str = "value") -> fmpq:
    """The rational number that `value` denotes: int, Fraction, flint number, or text "p/q", "12", "1.25", "1e-3".

    Decimal text means the decimal (13.2 is 66/5). Floats are refused with `ExactnessError`: a float is a dyadic
    rational that is seldom the number meant.
    """
    if isinstance(value, fmpq):
        return value
    if isinstance(value, np.generic):
        value = cast(object, value.item())
    if isinstance(value, bool):
        raise NumberError(f"{name} is the truth value {value}; a number is needed. Write 0 or 1.", value)
    if isinstance(value, int):
        return fmpq(value)
    if isinstance(value, fmpz):
        return fmpq(value)
    if isinstance(value, str):
        return _parse(value, name)
    if isinstance(value, float):
        raise _float_refused(value, name)
    if isinstance(value, Rational):
        return fmpq(int(value.numerator), int(value.denominator))
    raise NumberError(
        f"{name} is {_shorten(repr(value))} of type {type(value).__name__}; an exact number is needed. "
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
    given = cast("object", value)
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise NumberError(f"exact_float takes a float, and {given!r} is none. Write exact numbers as they are.", given)
    number = float(given)
    if not isfinite(number):
        raise NonFiniteError(f"{number} is not a number of the real line. Give a finite float.", value)
    return Fraction(*number.as_integer_ratio())


def text(value: fmpq | fmpz | Fraction | int) -> str:
    """The canonical text "p/q" (or "p"), as stored in files.

    >>> text(Fraction(6, 4)), text(-2)
    ('3/2', '-2')
    """
    exact = Fraction(value) if isinstance(value, int | Fraction) else fraction(value)
    return str(exact)


def sign(value: fmpq | fmpz) -> int:
    """-1, 0 or 1."""
    return (value > 0) - (value < 0)


def homogeneous(point: tuple[fmpq, ...]) -> tuple[fmpz, ...]:
    """(p_1/q_1, ..., p_d/q_d) as integers (n_1, ..., n_d, q) with q > 0 the least common denominator."""
    denominator = fmpz(1)
    for coordinate in point:
        denominator = denominator * coordinate.q // denominator.gcd(coordinate.q)
    return (*(coordinate.p * (denominator // coordinate.q) for coordinate in point), denominator)


def affine(point: tuple[fmpz, ...]) -> tuple[fmpq, ...]:
    """The rational point that homogeneous integers (n_1, ..., n_d, q) stand for."""
    return tuple(fmpq(coordinate, point[-1]) for coordinate in point[:-1])


def _parse(given: str, name: str) -> fmpq:
    written = given.strip()
    if sum(character.isdigit() for character in written[: 2 * MAX_DIGITS + 2]) > MAX_DIGITS:
        raise NumberError(
            f"{name} has more than {MAX_DIGITS} digits ({len(written)} characters, '{_shorten(written)}'); "
            "polybn reads shorter numbers. Round it to a rational that you mean.",
            given,
        )
    ratio = _RATIO.fullmatch(written)
    if ratio:
        return _ratio(int(ratio[1]), int(ratio[2] or 1), given, name)
    decimal = _DECIMAL.fullmatch(written)
    if decimal and (decimal[2] or decimal[3]):
        exponent = int(decimal[4] or 0)
        if abs(exponent) > MAX_EXPONENT:
            raise NumberError(
                f"{name} is '{_shorten(written)}', whose exponent is beyond +-{MAX_EXPONENT}. Write it as 'p/q'.", given
            )
        scale = exponent - len(decimal[3])
        digits = int(decimal[1] + decimal[2] + decimal[3])
        return fmpq(digits * 10 ** max(scale, 0), 10 ** max(-scale, 0))
    raise NumberError(
        f"{name} is '{_shorten(written)}', which is not a rational number. Write 'p/q', an integer or a decimal.", given
    )


def _ratio(numerator: int, denominator: int, given: str, name: str) -> fmpq:
    if denominator == 0:
        raise NumberError(f"{name} is '{given}', which divides by zero. Write a denominator other than 0.", given)
    return fmpq(numerator, denominator)


def _float_refused(value: float, name: str) -> Exception:
    if not isfinite(value):
        return NonFiniteError(f"{name} is {value}, not a number of the real line. Give a finite exact number.", value)
    stored = exact_float(value)
    return ExactnessError(
        f"{name}: {value!r} is a float and polybn is exact. Write '{Fraction(repr(value))}', or "
        f"pb.exact_float({value!r}) for the number the machine stored ({_shorten(str(stored))}).",
        value,
    )


def _shorten(written: str, limit: int = 60) -> str:
    return written if len(written) <= limit else written[: limit - 3] + "..."
