"""y_k = gamma_k (t_k - mu_k) / sigma_k + beta_k: what a normalisation is, and what it is once frozen (Eq. 2-4)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import isqrt
from typing import ClassVar, cast

from flint import fmpq

from polybn.errors import BatchError, InputError, ShapeError, ZeroSigmaError
from polybn.exact.matrix import Vector, vector
from polybn.exact.rational import brief, fraction, rational, short

SIGMA_BITS = 24
MAX_SIGMA_BITS = 4096


class Semantics(StrEnum):
    """Which number stands for sigma; every result names it."""

    NONE = "no normalisation"
    FROZEN = "frozen: mu and sigma are given numbers"
    EXACT = "exact: sigma^2 = var + eps with rational sigma"
    SLACK = "slack: rational sigma, sigma^2 = var + eps_k with eps_k >= eps, one eps_k a unit"


class Normalization(ABC):
    """A location and a squared scale of each unit's projections over a batch.

    A new normalisation is a subclass with the two methods below; the attributes are its parameters. `gamma` and
    `beta` are None (ones and zeros), one number for all units, or one number a unit. `facts` names the structural
    facts it declares ("location-is-mean", "squared-scale-is-biased-variance"); an audit checks each. `name` is the
    class's own name unless it sets one.
    """

    name: ClassVar[str] = ""
    facts: ClassVar[frozenset[str]] = frozenset()
    gamma: object = None
    beta: object = None
    eps: object = 0
    sigma_bits: int = SIGMA_BITS

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "name" not in cls.__dict__:
            cls.name = cls.__name__

    @abstractmethod
    def location(self, values: tuple[Fraction, ...]) -> Fraction:
        """mu of one unit's projections over the batch (never empty); any exact number will do."""

    @abstractmethod
    def squared_scale(self, values: tuple[Fraction, ...]) -> Fraction:
        """sigma^2 of one unit's projections over the batch, before eps is added; any exact number >= 0 will do."""


@dataclass(frozen=True)
class FrozenNormalization:
    """t -> gamma (t - mu) / sigma + beta with given rational statistics, sigma > 0; one entry a unit.

    `squared_scale` is sigma_k^2 as the normalisation states it, before eps is added and the root is rounded; None
    where sigma is a given number.
    """

    location: Vector
    scale: Vector
    gamma: Vector
    beta: Vector
    semantics: Semantics = Semantics.FROZEN
    squared_scale: Vector | None = None

    @property
    def stated_squares(self) -> Vector:
        """sigma_k^2 as stated: `squared_scale`, or the square of the given sigma."""
        return tuple(scale**2 for scale in self.scale) if self.squared_scale is None else self.squared_scale

    @property
    def units(self) -> int:
        """The number of units."""
        return len(self.location)

    @property
    def factors(self) -> Vector:
        """gamma_k / sigma_k."""
        return tuple(gamma / scale for gamma, scale in zip(self.gamma, self.scale, strict=True))

    @property
    def shifts(self) -> Vector:
        """beta_k - gamma_k mu_k / sigma_k."""
        parts = zip(self.beta, self.factors, self.location, strict=True)
        return tuple(beta - factor * location for beta, factor, location in parts)

    def apply(self, values: Vector) -> Vector:
        """The normalised values of one sample, straight from the definition."""
        parts = zip(values, self.location, self.scale, self.gamma, self.beta, strict=True)
        return tuple(gamma * ((value - mean) / scale) + beta for value, mean, scale, gamma, beta in parts)


def frozen(
    location: object, scale: object, gamma: object = None, beta: object = None, *, squared_scale: object = None
) -> FrozenNormalization:
    """A normalisation whose mu and sigma are given numbers (semantics "frozen").

    `squared_scale` states the sigma^2 that sigma rounds, between 0 and sigma^2, where it is known.

    >>> frozen(location=[0, "1/2"], scale=[1, 2]).units
    2
    """
    means, scales = vector(location, "location"), vector(scale, "scale")
    if len(means) != len(scales):
        raise ShapeError(f"location has {len(means)} entries and scale has {len(scales)}; one of each a unit.", scale)
    for unit, value in enumerate(scales):
        if value <= 0:
            raise InputError(f"scale[{unit}] is {short(value)}; sigma must be positive.", scale)
    squares = None if squared_scale is None else vector(squared_scale, "squared_scale")
    if squares is not None and (
        len(squares) != len(scales)
        or any(not 0 <= square <= scale**2 for square, scale in zip(squares, scales, strict=True))
    ):
        raise InputError("squared_scale needs one number a unit, from 0 to the square of its scale.", squared_scale)
    width = len(means)
    return FrozenNormalization(
        means,
        scales,
        _parameter(gamma, width, 1, "gamma"),
        _parameter(beta, width, 0, "beta"),
        squared_scale=squares,
    )


def location_of(normalization: Normalization, values: Vector) -> fmpq:
    """mu of one unit's projections, checked to be an exact number."""
    found = cast("object", normalization.location(tuple(fraction(value) for value in values)))
    return rational(found, f"{type(normalization).__name__}.location", max_digits=None)


def squared_scale_of(normalization: Normalization, values: Vector) -> fmpq:
    """sigma^2 of one unit's projections before eps, checked to be an exact number >= 0."""
    name = f"{type(normalization).__name__}.squared_scale"
    given = cast("object", normalization.squared_scale(tuple(fraction(value) for value in values)))
    found = rational(given, name, max_digits=None)
    if found < 0:
        raise InputError(f"{name} is {short(found)}; a squared scale is >= 0.", normalization)
    return found


def fitted(normalization: Normalization, batch: Sequence[Vector], *, layer: int) -> FrozenNormalization:
    """The normalisation frozen at its statistics of `batch` (samples x units): Eq. 3.

    sigma is exact where var + eps is the square of a rational, else the least multiple of some 2^-k above the root,
    within a relative 2^-sigma_bits. Raises `ZeroSigmaError` when var + eps = 0.
    """
    if not batch:
        raise BatchError("The batch is empty; statistics need at least one sample.", batch)
    eps = rational(normalization.eps, "eps")
    if eps < 0:
        raise InputError(f"eps is {short(eps)}; it must be >= 0.", normalization)
    bits = cast("object", normalization.sigma_bits)
    if isinstance(bits, bool) or not isinstance(bits, int) or not 1 <= bits <= MAX_SIGMA_BITS:
        raise InputError(f"sigma_bits is {brief(bits)}; a whole number from 1 to {MAX_SIGMA_BITS} is needed.", bits)
    columns = [tuple(sample[unit] for sample in batch) for unit in range(len(batch[0]))]
    squares = tuple(squared_scale_of(normalization, column) for column in columns)
    scales: list[fmpq] = []
    semantics = Semantics.EXACT
    for unit, column in enumerate(columns):
        squared = squares[unit] + eps
        if squared == 0:
            raise _zero_sigma(layer, unit, column)
        scale = rational_root_above(squared, bits)
        semantics = semantics if scale * scale == squared else Semantics.SLACK
        scales.append(scale)
    width = len(columns)
    return FrozenNormalization(
        tuple(location_of(normalization, column) for column in columns),
        tuple(scales),
        _parameter(normalization.gamma, width, 1, "gamma"),
        _parameter(normalization.beta, width, 0, "beta"),
        semantics,
        squares,
    )


def rational_root_above(square: fmpq, bits: int = SIGMA_BITS) -> fmpq:
    """sqrt(square) when rational, else the least multiple of some 2^-k above it, within a relative 2^-bits; square > 0.

    >>> str(rational_root_above(fmpq(9, 4))), str(rational_root_above(fmpq(2), bits=3))
    ('3/2', '3/2')
    """
    # 2^k sqrt(square) >= 2^bits, so rounding up by at most one unit adds at most a relative 2^-bits: square is at
    # least 2^(length - 1), length the difference of bit lengths, and (length - 1) / 2 + k >= bits.
    numerator, denominator = int(square.p), int(square.q)
    exact = isqrt(numerator), isqrt(denominator)
    if exact[0] ** 2 == numerator and exact[1] ** 2 == denominator:
        return fmpq(*exact)
    shift = bits - (numerator.bit_length() - denominator.bit_length() - 1) // 2
    scaled = fmpq(numerator, denominator) * fmpq(4) ** shift
    above = isqrt(int(scaled.p // scaled.q)) + 1
    return fmpq(above) / fmpq(2) ** shift


def _parameter(given: object, width: int, default: int, name: str) -> Vector:
    if given is None:
        return (fmpq(default),) * width
    if isinstance(given, str | int | fmpq) or not hasattr(given, "__len__"):
        return (rational(given, name),) * width
    values = vector(given, name)
    if len(values) != width:
        raise ShapeError(f"{name} has {len(values)} entries for {width} units. Give one number a unit, or one.", given)
    return values


def _zero_sigma(layer: int, unit: int, column: Vector) -> ZeroSigmaError:
    if len(column) == 1:
        cause = "the batch has one sample"
    elif all(value == column[0] for value in column):
        cause = f"it is {short(column[0])} on all {len(column)} samples"
    else:
        cause = "its squared scale is 0 on the batch"
    return ZeroSigmaError(
        f"sigma = 0 for unit {unit} of layer {layer} (counted from 0): {cause}, so it cannot be normalised. "
        "Give a batch on which it varies, or eps > 0, as in pb.BatchNorm(eps='1/100000').",
        layer=layer,
        unit=unit,
    )
