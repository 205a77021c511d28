"""The modules of a drawn network, layer by layer, with the batch repaired where a statistic would be zero."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from hypothesis import strategies as st

from polybn.drawing.numbers import (
    Point,
    Rows,
    batches,
    points,
    rationals,
    whole_numbers,
    with_constant_feature,
    with_repeated_samples,
)
from polybn.drawing.repair import repaired, varied
from polybn.drawing.strata import (
    CARRIED_BY_THE_BATCH,
    PATTERNS,
    SEVERAL_UNITS,
    Demands,
    Rowed,
    cut,
    generic,
    multiple,
    planted,
    unit_row,
)
from polybn.exact.matrix import Vector, vector
from polybn.exact.rational import fraction
from polybn.networks.activation import PiecewiseLinear
from polybn.networks.layer import Linear, Module, Stage
from polybn.networks.normalization import FrozenNormalization, Normalization, fitted

PATTERNED = PATTERNS.keys() | {"vanishing unit"}
COPY = multiple(st.just(Fraction(1)))
LARGEST_BATCH = 5


class Material(NamedTuple):
    """The numbers of one layer at its widest, before they are cut to size."""

    layer: Rowed
    gamma: Point | None
    beta: Point | None


class Builder:
    """Draws one network of a stratum; `modules` and `batch` are the result."""

    def __init__(self, draw: st.DrawFn, demands: Demands, stratum: str) -> None:
        self.draw = draw
        self.demands = demands
        self.stratum = stratum
        self.activation = draw(demands.activation)
        self.dimension = 1 if stratum == "dimension one" else draw(st.sampled_from(demands.dimensions))
        self.units = self._units()
        self.target = self._target()
        self.material = [self._material(index) for index in range(demands.depth[1] + 1)]
        self.held = draw(st.integers(0, self.dimension - 1)) if stratum == "constant feature" else None
        self.batch = self._batch()
        self.modules: list[Module] = []
        self._values: list[Vector] = []

    def build(self) -> None:
        """Draw all layers and the output."""
        self._values = [vector(sample) for sample in self.batch]
        inputs: Sequence[int] = range(self.dimension)
        for index, units in enumerate(self.units):
            self._add(index, self._layer(index, units, inputs), self.activation)
            inputs = units
        self._add(len(self.units), self._output(inputs), None)

    def _units(self) -> list[tuple[int, ...]]:
        """For each hidden layer, which units of the widest layer it keeps: a shrinker drops any one of them."""
        least, most = self.demands.depth
        least = max(least, 2 if self.stratum == "vanishing unit" else self.stratum not in ("generic", "dimension one"))
        depth = self.draw(st.integers(least, most))
        if self.stratum == "width one":
            return [(0,)] * depth
        low = 2 if self.stratum in SEVERAL_UNITS else 1
        flags = st.tuples(*[st.sampled_from((False, True, True))] * self.demands.max_width)
        return [_chosen(self.draw(flags), low) for _ in range(most)][:depth]

    def _material(self, index: int) -> Material:
        """All that one layer may need, in the largest size, so that fewer units are a smaller number and no redraw."""
        demands = self.demands
        inputs = demands.max_width if index else max(demands.dimensions)
        layer = generic(self.draw, demands.max_width, inputs, tiny=self.stratum == "tiny integers")
        if demands.normalization is None:
            return Material(layer, None, None)
        scale = rationals(bound=2, nonzero=demands.gamma == "nonzero")
        if demands.gamma == "nonnegative":
            scale = scale.map(abs)
        gamma = self.draw(st.none() | points(demands.max_width, scale))
        shift = st.none() if demands.beta == "zero" else st.none() | points(demands.max_width, rationals(bound=2))
        return Material(layer, gamma, self.draw(shift))

    def _target(self) -> int:
        """The hidden layer that carries the pattern."""
        if self.stratum == "vanishing unit":
            return self.draw(st.integers(1, len(self.units) - 1))
        if self.stratum in PATTERNS and not self.stratum.startswith("hyperplane "):
            return self.draw(st.integers(0, len(self.units) - 1))
        return 0

    def _batch(self) -> Rows:
        numbers = whole_numbers(2) if self.stratum == "tiny integers" else rationals()
        if self.stratum == "batch of one":
            return (self.draw(points(self.dimension, numbers)),)
        least = max(self.demands.min_batch, 1 if self.demands.normalization is None else 2)
        widest = max(self.demands.dimensions)
        drawn = self.draw(batches(widest, min_size=least, max_size=LARGEST_BATCH, numbers=numbers))
        batch = tuple(sample[: self.dimension] for sample in drawn)
        if self.held is not None:
            return with_constant_feature(batch, self.held)
        if self.stratum == "repeated samples":
            return with_repeated_samples(batch)
        if self.stratum == "bias-free":
            return (*batch, *(tuple(-entry for entry in sample) for sample in batch))
        return batch

    def _layer(self, index: int, units: Sequence[int], inputs: Sequence[int]) -> Rowed:
        layer = cut(self.material[index].layer, units, inputs, nonzero_rows=self.demands.nonzero_rows)
        if self.stratum == "vanishing unit":
            return self._around_a_vanishing_unit(index, layer, len(inputs))
        if index == 0 and self.held is not None and self.draw(st.booleans()):
            return replace(layer, rows=(unit_row(len(inputs), self.held), *layer.rows[1:]))
        if index != self.target and self.stratum != "bias-free":
            return layer
        layer = planted(self.draw, self.stratum, layer)
        if self.stratum in ("concurrent hyperplanes", "zero row"):
            kink = fraction(self.activation.breakpoints[0])
            return replace(layer, offsets=tuple(offset + kink for offset in layer.offsets))
        return layer

    def _around_a_vanishing_unit(self, index: int, layer: Rowed, inputs: int) -> Rowed:
        """Unit 0 of the target layer sits on its breakpoint wherever unit 0 before is off, or else everywhere.

        Off needs an activation with a piece that is 0; for others two copies of a unit are subtracted.
        """
        kink = fraction(self.activation.breakpoints[0])
        if index == self.target - 1:
            if not self._dies:
                return COPY(self.draw, layer)
            first = layer.rows[0] if any(layer.rows[0]) else unit_row(inputs, 0)
            return Rowed((first, *layer.rows[1:]), (kink, *layer.offsets[1:]))
        if index != self.target:
            return layer
        factor = self.draw(rationals(bound=2, nonzero=True))
        row = unit_row(inputs, 0, factor)
        if not self._dies:
            row = (row[0], -factor, *row[2:])
        return Rowed((row, *layer.rows[1:]), (kink, *layer.offsets[1:]))

    @property
    def _dies(self) -> bool:
        """Whether the vanishing unit vanishes because a unit before it is off."""
        pieces = zip(self.activation.slopes, self.activation.intercepts, strict=True)
        return self.demands.normalization is None and any(slope == 0 == value for slope, value in pieces)

    def _output(self, inputs: Sequence[int]) -> Rowed:
        width = self.draw(st.integers(1, min(2, self.demands.max_width)))
        material = self.material[-1 if self.units else 0]
        layer = cut(material.layer, range(width), inputs, nonzero_rows=True)
        if self.stratum == "bias-free" or self.demands.output_bias == "zero":
            return planted(self.draw, "bias-free", layer)
        return layer

    def _add(self, index: int, layer: Rowed, activation: PiecewiseLinear | None) -> None:
        normalized = activation is not None or self.demands.normalized_output
        if self.demands.normalization is None or not normalized:
            self._append(Linear(layer.rows, layer.offsets), None, None, activation)
            return
        method = self._method(index, len(layer.rows), activation)
        if index == 0 and self.stratum not in CARRIED_BY_THE_BATCH:
            self.batch = varied(method, layer.rows, self.batch)
            self._values = [vector(sample) for sample in self.batch]
        stays = self.stratum in CARRIED_BY_THE_BATCH or self.stratum in PATTERNED
        rows = repaired(method, layer.rows, self._values, stays=stays)
        affine = Linear(rows)
        frozen = fitted(method, [affine.map.apply(value) for value in self._values], layer=index)
        self._append(affine, method, frozen, activation)

    def _append(
        self,
        affine: Linear,
        method: Normalization | None,
        frozen: FrozenNormalization | None,
        activation: PiecewiseLinear | None,
    ) -> None:
        self.modules += [module for module in (affine, method, activation) if module is not None]
        stage = Stage(affine.map, frozen, activation)
        self._values = [stage.apply(value) for value in self._values]

    def _method(self, index: int, width: int, activation: PiecewiseLinear | None) -> Normalization:
        """The normalisation of one layer, with few bits of sigma so that shrunk numbers stay small."""
        given = self.demands.normalization
        method = given() if isinstance(given, type) else copy.copy(given)
        assert method is not None
        gamma, beta = self._gamma_beta(index, width, activation)
        bits = self.draw(st.integers(3, 6))
        # The class may be frozen, or declare its parameters as plain attributes: this serves both. What an instance
        # sets itself is kept: it is what was asked about.
        for name, value in (("gamma", gamma), ("beta", beta)):
            if isinstance(given, type) or getattr(given, name) is None:
                object.__setattr__(method, name, value)
        object.__setattr__(method, "sigma_bits", bits)
        return method

    def _gamma_beta(self, index: int, width: int, activation: PiecewiseLinear | None) -> tuple[object, object]:
        carries = index in (self.target, self.target - 1) if self.stratum == "vanishing unit" else index == self.target
        if (carries and self.stratum in PATTERNED) or self.stratum == "bias-free":
            return None, self._pattern_beta(index, width, activation)
        units = self.units[index] if index < len(self.units) else range(width)
        _, gamma, beta = self.material[index]
        return (
            None if gamma is None else tuple(gamma[unit] for unit in units),
            None if beta is None else tuple(beta[unit] for unit in units),
        )

    def _pattern_beta(self, index: int, width: int, activation: PiecewiseLinear | None) -> object:
        if self.demands.beta == "zero" or activation is None or self.stratum == "bias-free":
            return None
        if self.stratum == "parallel family":
            return tuple(map(Fraction, range(width)))
        on_the_kink = self.stratum == "concurrent hyperplanes" or (
            self.stratum == "vanishing unit" and index == self.target
        )
        return fraction(activation.breakpoints[0]) if on_the_kink else None


def _chosen(flags: Sequence[bool], least: int) -> tuple[int, ...]:
    """The places flagged, and the first others as long as there are too few."""
    by_preference = sorted(range(len(flags)), key=lambda unit: not flags[unit])
    return tuple(sorted(by_preference[: max(least, sum(flags))]))
