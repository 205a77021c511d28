"""Which hyperplanes are one and the same in every region, because their parameters are proportional.

Hyperplanes h = t of one layer with proportional (w, b - t), w != 0, vanish together whatever the layers before do; rows
of the domain and hyperplanes of the first layer are compared as hyperplanes of the input space. Such a group acts as
its first member. Hyperplanes that coincide in some regions only are not told here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from flint import fmpz

from polybn.exact.matrix import primitive
from polybn.exact.row import Row
from polybn.networks.integer import IntegerLayer, IntegerNetwork
from polybn.regions.kernels.floats import Integers

NO_COLUMN = -1


class Groups(NamedTuple):
    """Groups of coinciding hyperplanes by id, rows of the domain first."""

    leaders: Integers
    """(planes,): the first member of each hyperplane's group."""
    following: Integers
    """(planes,): the next member of the group, or -1."""
    columns: Integers
    """(planes,): the column of the hyperplane's unit in a code, ``NO_COLUMN`` for rows of the domain."""

    def members(self, leader: int) -> tuple[int, ...]:
        """The ids of a group, increasing."""
        found: list[int] = []
        while leader >= 0:
            found.append(leader)
            leader = int(self.following[leader])
        return tuple(found)


def groups_of(network: IntegerNetwork, domain_rows: Sequence[Row]) -> Groups:
    """The groups of a network over a domain, decided exactly."""
    keys: list[tuple[int, Row] | None] = [_key(0, row) for row in domain_rows]
    columns = [NO_COLUMN] * len(domain_rows)
    for index, layer in enumerate(network.layers):
        start = max(columns, default=NO_COLUMN) + 1
        keys += [_key(index, row) for row in _rows(layer)]
        columns += [start + unit for unit in range(layer.units) for _ in layer.breakpoints]
    leaders, following = np.arange(len(keys)), np.full(len(keys), -1)
    last: dict[tuple[int, Row], int] = {}
    for g, key in enumerate(keys):
        if key is not None:
            if key in last:
                leaders[g] = leaders[last[key]]
                following[last[key]] = g
            last[key] = g
    return Groups(leaders.astype(np.int64), following.astype(np.int64), np.array(columns, dtype=np.int64))


def _rows(layer: IntegerLayer) -> Iterator[Row]:
    """(w, b - t) of each hyperplane, denominators cleared."""
    *units, last = layer.weights.tolist()
    for *weights, bias in units:
        for point in layer.breakpoints:
            yield (*(entry * point.q for entry in weights), bias * point.q - last[-1] * point.p)


def _key(layer: int, row: Row) -> tuple[int, Row] | None:
    """The same for proportional rows of a layer; None where no hyperplane is."""
    first = next((entry for entry in row[:-1] if entry != 0), fmpz(0))
    if first == 0:
        return None
    scaled = primitive(row)
    return layer, scaled if first > 0 else tuple(-entry for entry in scaled)
