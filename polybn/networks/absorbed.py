"""a(v) = lambda a(v') + (1 - lambda) a(b) where v - b = lambda (v' - b), lambda > 0: gamma moves into the next layer.

Let the activation bend at b alone. For t = <w, z> + c, v = gamma (t - mu) / sigma + beta and s the sign of gamma, the
unit with the row s w, gamma = 1 and its own statistics mu', sigma' of s t has v' = (s t - mu') / sigma' + beta'. With
lambda = |gamma| sigma' / sigma and a suitable beta' the first identity holds for all z, so column k of W_{l+1} times
lambda, and (1 - lambda) a(b) times that column in the offset, leave everything after as it was. For the mean and the
variance mu' = s mu and sigma' = sigma: lambda = |gamma|, beta' = b + (beta - b) / |gamma|. A unit with gamma = 0 is the
constant a(beta), which is all offset. (Proposition 1.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from flint import fmpq

from polybn.errors import InputError, ZeroSigmaError
from polybn.exact.matrix import Vector
from polybn.exact.rational import short, sign
from polybn.networks.activation import PiecewiseLinear
from polybn.networks.affine import AffineMap, identity
from polybn.networks.layer import Stage
from polybn.networks.network import Network
from polybn.networks.normalization import (
    FrozenNormalization,
    Normalization,
    Semantics,
    location_of,
    rational_root_above,
    squared_scale_of,
)


class Carried(NamedTuple):
    """What the old value of a unit is in terms of the new one: factor * new + constant."""

    factor: fmpq
    constant: fmpq


@dataclass(frozen=True)
class _Unit:
    """One unit with gamma = 1: the sign of its row, its statistics and beta, and what the next layer takes over."""

    sign: int
    location: fmpq
    scale: fmpq
    squared_scale: fmpq
    beta: fmpq
    carried: Carried


def bends(activation: PiecewiseLinear | None) -> Vector:
    """The breakpoints at which the slope changes; none for the identity, which has no activation."""
    if activation is None:
        return ()
    steps = zip(activation.breakpoints, activation.slopes[:-1], activation.slopes[1:], strict=True)
    return tuple(point for point, below, above in steps if below != above)


def absorbed(network: Network, normalization: Normalization, batch: Sequence[Vector]) -> Network:
    """The same function on all of R^d with every gamma = 1, widths kept, statistics of the same batch.

    `network` is fitted, `normalization` the one whose statistics of `batch` it has; each unit keeps its own slack
    sigma^2 - stated square. Raises `InputError` where a factor other than 1 meets an activation with several bends, or
    the last layer, after which nothing can take it over; `ZeroSigmaError` where a negated row has no scale.
    """
    values = [network.point(point, "sample") for point in batch]
    stages: list[Stage] = []
    before = identity(network.dimension)
    for index, stage in enumerate(network.stages):
        affine = stage.affine.after(before)
        frozen = stage.frozen
        before = identity(stage.affine.outputs)
        if frozen is None:
            stages.append(Stage(affine, None, stage.activation))
        else:
            projections = list(zip(*(stage.affine.apply(value) for value in values), strict=True))
            units = [
                _unit(stage, frozen, (index, unit), normalization, column) for unit, column in enumerate(projections)
            ]
            before = _carried(units, index, is_last=index == len(network.stages) - 1)
            signs = tuple(fmpq(unit.sign) for unit in units)
            stages.append(
                Stage(affine.scaled(signs, (fmpq(0),) * len(signs)), _normalization(frozen, units), stage.activation)
            )
        values = [stage.apply(value) for value in values]
    return Network(stages)


def _unit(
    stage: Stage, frozen: FrozenNormalization, place: tuple[int, int], normalization: Normalization, column: Vector
) -> _Unit:
    """The unit at `place` (layer, unit), whose projections over the batch are `column`."""
    unit, function = place[1], stage.activation
    gamma, beta, mu, scale = frozen.gamma[unit], frozen.beta[unit], frozen.location[unit], frozen.scale[unit]
    square = frozen.stated_squares[unit]
    bent = bends(function)
    kink = bent[0] if bent else fmpq(0)
    if gamma == 0:
        return _Unit(1, mu, scale, square, kink, Carried(fmpq(0), _value(function, beta)))
    new_mu, new_scale, new_square = mu, scale, square
    if gamma < 0:
        mirrored = tuple(-value for value in column)
        new_mu, new_square = location_of(normalization, mirrored), squared_scale_of(normalization, mirrored)
        new_scale = _root(new_square + scale**2 - square, place)
    factor = abs(gamma) * new_scale / scale
    if factor != 1 and function is not None and len(bent) > 1:
        raise InputError(
            f"Layer {place[0]}, unit {unit}: gamma = {short(gamma)} asks for the factor {short(factor)}, and "
            f"{function.name} bends at {len(bent)} points, so no factor leaves it. Only an activation with one bend "
            "absorbs every gamma.",
            function,
        )
    new_beta = kink + (beta - kink + abs(gamma) * (new_mu - sign(gamma) * mu) / scale) / factor
    constant = (1 - factor) * _value(function, kink)
    return _Unit(sign(gamma), new_mu, new_scale, new_square, new_beta, Carried(factor, constant))


def _value(function: PiecewiseLinear | None, argument: fmpq) -> fmpq:
    return argument if function is None else function.value(argument)


def _root(square: fmpq, place: tuple[int, int]) -> fmpq:
    if square <= 0:
        raise ZeroSigmaError(
            f"Layer {place[0]}, unit {place[1]}: gamma < 0 asks for the row -w, whose projections have the squared "
            "scale 0 under this normalisation. It must be that of the negated values.",
            layer=place[0],
            unit=place[1],
        )
    return rational_root_above(square)


def _carried(units: Sequence[_Unit], layer: int, *, is_last: bool) -> AffineMap:
    """The old values of a layer from the new ones."""
    for unit, one in enumerate(units):
        if is_last and one.carried != (1, 0):
            raise InputError(
                f"Layer {layer}, unit {unit}, is the last layer and normalised: its gamma and constant have no layer "
                "after it to go to. Add a Linear.",
                one.carried,
            )
    factors = tuple(one.carried.factor for one in units)
    return identity(len(units)).scaled(factors, tuple(one.carried.constant for one in units))


def _normalization(frozen: FrozenNormalization, units: Sequence[_Unit]) -> FrozenNormalization:
    scales = tuple(unit.scale for unit in units)
    semantics = frozen.semantics if scales == frozen.scale else Semantics.SLACK
    return replace(
        frozen,
        location=tuple(unit.location for unit in units),
        scale=scales,
        gamma=(fmpq(1),) * len(units),
        beta=tuple(unit.beta for unit in units),
        semantics=semantics,
        squared_scale=tuple(unit.squared_scale for unit in units),
    )
