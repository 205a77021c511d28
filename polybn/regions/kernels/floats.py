"""The network in float64, with constants that bound the error of every sign: |true - computed| <= P |y| + Q + A delta.

Units and coordinates are scaled by powers of two, exactly, so that sizes are near 1: x_i = 2^s_i y_i with |y_i| <= 1 on
the domain, and a unit of size 2^e is divided by 2^e while the weights that read it are multiplied by 2^e. Signs and
codes do not change. No operation below can then overflow, and an underflow costs at most ``TINY``.

*Rows.* Let u = 2^-53, let a layer have n inputs z_j = s_j h_j + c_j with |s_j| <= S, and let the true coefficients and
constants of h_j on any code be at most A_j and B_j in absolute value. Those of h_k = sum_j w_kj z_j + b_k are then at
most A_k = sum_j |w_kj| S A_j and B_k = sum_j |w_kj| (S B_j + C_j) + |b_k|. A computed row differs in each coefficient
by at most

    e_k = sum_j |w_kj| S e_j + (n + 5 + 9 UPDATES) u A_k:

n + 1 roundings in a sum of n products and a constant, in any order, one for each stored weight, slope and intercept,
one for z_j; and in a chain of at most ``UPDATES`` corrections h += w_kj (s'_j - s_j) h_j, each of size at most
2 |w_kj| S A_j <= 2 A_k with four roundings, and one rounding of the sum. Constants go the same way. Everything is
computed in floats and widened by ``SLACK``, which exceeds the (n + 10) u that these sums of non-negative terms lose.
Numbers below 2^-1000 beside the others of their row are stored as +-2^-1000, never as 0, so that no structural zero is
invented; after the layers of any network that fits a machine the error of that stays below ``TINY``.

*Values.* At a float point y~, v~ = a~.y~ + b~ with d + 1 roundings, so for a true point y with |y - y~|_1 <= delta,

    |v - v~| <= |a - a~|_inf |y~|_1 + |b - b~| + |a|_inf delta + (d + 2) u (|a~|_inf |y~|_1 + |b~|)
             <= P |y~|_1 + Q + A delta,      P = e + (d + 3) u A,   Q = e' + (d + 3) u B.

A unit whose weights and biases are all zero has P = Q = A = 0, and a row without a constant has Q = 0: structural
zeros stay certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from flint import fmpq

from polybn.exact.row import Row
from polybn.networks.integer import IntegerLayer, IntegerNetwork
from polybn.regions.kernels.scaling import (
    LEAST,
    Floats,
    Integers,
    domain_rows_of,
    floats_of,
    kept,
    scaled_weights,
    size_exponents,
)

U = 2.0**-53
UPDATES = 32
SLACK = 1 + 2.0**-16
TINY = 2.0**-900


class FloatNetwork(NamedTuple):
    """Hidden layers and domain rows as float64; hyperplanes are numbered as in `Hyperplanes`, domain rows first."""

    units: Integers
    """(layers,)"""
    inputs: Integers
    """(layers,)"""
    breaks: Integers
    """(layers,): breakpoints a unit, m."""
    unit_start: Integers
    """(layers + 1,): the first column of each layer in a code."""
    plane_start: Integers
    """(layers + 1,): the id of each layer's first hyperplane."""
    weight_start: Integers
    """(layers,): where the layer's block begins in `weights` and in `columns`."""
    weights: Floats
    """(units x inputs) row by row."""
    columns: Floats
    """(inputs x units) row by row: the same blocks transposed."""
    biases: Floats
    """by column of the code."""
    slope_start: Integers
    """(layers,): where the layer's m + 1 slopes begin."""
    slopes: Floats
    intercept_start: Integers
    """(layers,): where the layer's (units x (m + 1)) intercepts begin."""
    intercepts: Floats
    breakpoints: Floats
    """by id."""
    domain: Floats
    """(domain rows, d + 1)"""
    size: Floats
    """by id: A."""
    slope_error: Floats
    """by id: P."""
    offset_error: Floats
    """by id: Q."""


def float_network(network: IntegerNetwork, domain_rows: Sequence[Row], scales: Integers) -> FloatNetwork:
    """The network over coordinates y with x_i = 2^scales[i] y_i."""
    rows = domain_rows_of(domain_rows, scales)
    d = network.dimension
    builder = _Builder(d, scales, len(rows))
    for layer in network.layers:
        builder.add(layer)
    size = np.concatenate([np.abs(rows[:, :d]).max(axis=1), *builder.size])
    offset = np.concatenate([np.abs(rows[:, d]), *builder.offset])
    slope_error = np.concatenate([2 * U * size[: len(rows)], *builder.slope_error])
    offset_error = np.concatenate([2 * U * offset[: len(rows)], *builder.offset_error])
    return FloatNetwork(
        *builder.tables(),
        breakpoints=np.concatenate([np.zeros(len(rows)), *builder.breakpoints]),
        domain=rows,
        size=size * SLACK,
        slope_error=(slope_error + (d + 3) * U * size) * SLACK + TINY * (size > 0),
        offset_error=(offset_error + (d + 3) * U * offset) * SLACK + TINY * (offset > 0),
    )


class _Builder:
    """Layers added one by one, with the sizes and errors of what the next layer reads."""

    def __init__(self, dimension: int, scales: Integers, first: int) -> None:
        self.units: list[int] = []
        self.inputs: list[int] = []
        self.breaks: list[int] = []
        self.plane_start = [first]
        self.weights: list[Floats] = []
        self.biases: list[Floats] = []
        self.slopes: list[Floats] = []
        self.intercepts: list[Floats] = []
        self.breakpoints: list[Floats] = []
        self.size: list[Floats] = []
        self.offset: list[Floats] = []
        self.slope_error: list[Floats] = []
        self.offset_error: list[Floats] = []
        self.exponents = scales
        """Of the scale of each input of the next layer."""
        self.a = np.ones(dimension)
        self.b = np.zeros(dimension)
        self.a_error = np.zeros(dimension)
        self.b_error = np.zeros(dimension)

    def add(self, layer: IntegerLayer) -> None:
        """One more layer."""
        count, n = layer.units, len(self.exponents)
        mantissa, exponent = scaled_weights(layer, n)
        weights, weight_exponent = mantissa[:, :n], exponent[:, :n] + self.exponents
        own = size_exponents(weights, weight_exponent, mantissa[:, n], exponent[:, n], self.a, self.b)
        weights = kept(weights, weight_exponent - own[:, None])
        biases = kept(mantissa[:, n], exponent[:, n] - own)
        # In the first layer every coefficient comes from one input; the sum over inputs bounds it in every layer.
        absolute = np.abs(weights)
        size = absolute.max(axis=1) if not self.units else _product(absolute, self.a)
        offset = _product(absolute, self.b) + np.abs(biases)
        rounding = (n + 5 + 9 * UPDATES) * U
        slope_error = (absolute @ self.a_error + rounding * size) * SLACK
        offset_error = (absolute @ self.b_error + rounding * offset) * SLACK
        points = floats_of([[point] for point in layer.breakpoints], -own)
        self.plane_start.append(self.plane_start[-1] + layer.hyperplanes)
        self.units.append(count)
        self.inputs.append(n)
        self.breaks.append(len(layer.breakpoints))
        self.weights.append(weights)
        self.biases.append(biases)
        self.breakpoints.append(points.T.ravel())
        self._record(layer, points, size, offset, slope_error, offset_error)
        self._activate(layer, own, size, offset, slope_error, offset_error)

    def _record(self, layer: IntegerLayer, points: Floats, *bounds: Floats) -> None:
        """Sizes and errors of the hyperplanes h - t: those of h, the constant with t added."""
        size, offset, slope_error, offset_error = (np.repeat(bound, len(layer.breakpoints)) for bound in bounds)
        shift = np.abs(points.T.ravel())
        self.size.append(size)
        self.offset.append(offset + shift)
        self.slope_error.append(slope_error)
        self.offset_error.append(offset_error + 3 * U * (offset + shift))

    def _activate(self, layer: IntegerLayer, own: Integers, *bounds: Floats) -> None:
        """Sizes and errors of a(h), which the next layer reads."""
        size, offset, slope_error, offset_error = bounds
        slopes = floats_of([[fmpq(slope, layer.common)] for slope in layer.slopes], np.zeros(1, dtype=np.int64))[:, 0]
        shifts = floats_of([[fmpq(shift, layer.common)] for shift in layer.intercepts], -own)
        self.slopes.append(slopes)
        self.intercepts.append(shifts.T.ravel())
        steepest, highest = float(np.abs(slopes).max()), np.abs(shifts).max(axis=0)
        self.exponents = own
        self.a = steepest * size * SLACK
        self.b = (steepest * offset + highest) * SLACK
        self.a_error = steepest * slope_error * SLACK
        self.b_error = steepest * offset_error * SLACK

    def tables(self) -> tuple[Any, ...]:
        """The first fields of a `FloatNetwork`."""
        lengths = [weights.size for weights in self.weights]
        return (
            _integers(self.units),
            _integers(self.inputs),
            _integers(self.breaks),
            _starts(self.units, whole=True),
            _integers(self.plane_start),
            _starts(lengths),
            _joined([weights.ravel() for weights in self.weights]),
            _joined([weights.T.ravel() for weights in self.weights]),
            _joined(self.biases),
            _starts([len(slopes) for slopes in self.slopes]),
            _joined(self.slopes),
            _starts([len(shifts) for shifts in self.intercepts]),
            _joined(self.intercepts),
        )


def _product(weights: Floats, sizes: Floats) -> Floats:
    """weights @ sizes, non-negative, and 0 only where every product is."""
    is_there = (weights > 0).astype(np.float64) @ (sizes > 0).astype(np.float64) > 0
    return np.maximum(weights @ sizes, np.where(is_there, LEAST, 0.0))


def _integers(values: Sequence[int]) -> Integers:
    return np.array(values, dtype=np.int64)


def _starts(lengths: Sequence[int], *, whole: bool = False) -> Integers:
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return starts if whole else starts[:-1]


def _joined(parts: Sequence[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)
