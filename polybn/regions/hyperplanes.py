"""Ids of hyperplanes: the domain's rows first, then each layer's pairs (unit, breakpoint); rows and signs of a code."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from polybn.exact.matrix import primitive
from polybn.exact.rational import text
from polybn.exact.row import Row
from polybn.networks.network import Network
from polybn.regions.domain import Domain


class Unit(NamedTuple):
    """A hidden unit, both counted from 0: layer among the hidden layers, unit within the layer."""

    layer: int
    unit: int


class Inequality(NamedTuple):
    """normal . x + offset >= 0, scaled to coprime integers."""

    normal: tuple[Fraction, ...]
    offset: Fraction

    def __str__(self) -> str:
        terms = " + ".join(f"{text(entry)} x{axis}" for axis, entry in enumerate(self.normal) if entry)
        return f"{terms or 0} + {text(self.offset)} >= 0".replace("+ -", "- ")


def inequality(row: Row) -> Inequality:
    """The row as an inequality."""
    entries = [Fraction(int(entry)) for entry in primitive(row)]
    return Inequality(tuple(entries[:-1]), entries[-1])


class Hyperplanes:
    """What the ids of a network's hyperplanes over a domain stand for.

    Ids below `first` are the rows of the domain; id `first + h` is hyperplane h of the network.
    """

    def __init__(self, network: Network, domain: Domain) -> None:
        self.network = network
        self.integer = network.integer
        self.domain = domain
        self.first = len(domain.rows)
        self._widths = network.widths

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuilt from network and domain: flint's matrices do not pickle themselves."""
        return Hyperplanes, (self.network, self.domain)

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The unit of each network hyperplane."""
        return tuple(
            Unit(index, unit)
            for index, layer in enumerate(self.integer.layers)
            for unit in range(layer.units)
            for _ in layer.breakpoints
        )

    @cached_property
    def columns(self) -> NDArray[np.int64]:
        """The position in a code of each network hyperplane's unit."""
        starts = np.concatenate([[0], np.cumsum(self._widths)]).astype(np.int64)
        return np.array([starts[unit.layer] + unit.unit for unit in self.units], dtype=np.int64)

    @cached_property
    def breakpoints(self) -> NDArray[np.int64]:
        """The index of each network hyperplane's breakpoint within its unit."""
        per_layer = [list(range(len(layer.breakpoints))) * layer.units for layer in self.integer.layers]
        return np.array([index for layer in per_layer for index in layer], dtype=np.int64)

    @cached_property
    def breakpoint_counts(self) -> NDArray[np.int64]:
        """The number of breakpoints of each network hyperplane's unit."""
        counts = [[len(layer.breakpoints)] * layer.hyperplanes for layer in self.integer.layers]
        return np.array([count for layer in counts for count in layer], dtype=np.int64)

    def signs(self, code: NDArray[np.int8]) -> NDArray[np.int8]:
        """The sign of every network hyperplane under a code, or under each code of an array (regions, units)."""
        return self.signs_of(np.arange(len(self.columns)), code[..., self.columns])

    def signs_of(self, hyperplanes: NDArray[np.int64], entries: NDArray[np.int8]) -> NDArray[np.int8]:
        """The sign of each of these network hyperplanes where its unit has this entry in the code."""
        position = entries.astype(np.int64) + self.breakpoint_counts[hyperplanes] - 1
        return np.sign(position - 2 * self.breakpoints[hyperplanes]).astype(np.int8)

    def rows(self, code: Sequence[int]) -> list[Row]:
        """The row of every network hyperplane on the region of a code, up to positive factors."""
        state = self.integer.start()
        start = 0
        found: list[Row] = []
        for layer, kind in enumerate(self.integer.layers):
            preactivations = self.integer.preactivations(layer, state)
            found.extend(tuple(row) for row in self.integer.hyperplanes(layer, preactivations).tolist())
            own = [int(entry) for entry in code[start : start + kind.units]]
            state = self.integer.activate(layer, preactivations, own)
            start += kind.units
        return found

    def inward_rows(self, code: NDArray[np.int8]) -> list[Row]:
        """By id, the row that is >= 0 on the region of a code (the zero row where a unit vanishes on all of it)."""
        signs = self.signs(code).tolist()
        signed = [
            tuple(-entry for entry in row) if sign < 0 else row
            for row, sign in zip(self.rows(code.tolist()), signs, strict=True)
        ]
        return [*self.domain.rows, *signed]
