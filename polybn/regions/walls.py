"""The walls of a partition: the facets between adjacent regions, each with its normal from its own vertices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple, cast

import numpy as np
from flint import fmpq

from polybn.errors import IncompleteError, InternalError
from polybn.exact.matrix import Vector, inner
from polybn.exact.rational import homogeneous
from polybn.exact.row import Row, evaluate
from polybn.regions.adjacency import shared_facets
from polybn.regions.hyperplanes import Unit
from polybn.regions.level_facets import Spread, orthogonal, spread_of, step
from polybn.regions.partition import Partition


class Wall(NamedTuple):
    """The facet between two adjacent regions.

    `units`: those whose entry in the code changes across it, several where hyperplanes coincide. `normal`: coprime
    integers orthogonal to the wall's own vertices, towards the second region. `point`: in its relative interior.
    `row`: an affine function that vanishes on it.
    """

    regions: tuple[int, int]
    units: tuple[Unit, ...]
    normal: Row
    point: Vector
    row: Row

    def holds(self, point: Vector) -> bool:
        """Whether the point is on the wall's hyperplane."""
        return evaluate(self.row, homogeneous(point)) == 0

    def follows(self, direction: Vector) -> bool:
        """Whether the direction is along the wall's hyperplane."""
        return inner(self.row[:-1], direction) == 0


class Ground:
    """The regions of a complete partition by their generators, and the walls between them."""

    def __init__(self, part: Partition) -> None:
        if not part.complete:
            raise IncompleteError(
                "Not all regions are listed, so walls may be missing. Call part.resume() first.", part
            )
        self.part = part

    @cached_property
    def spreads(self) -> tuple[Spread, ...]:
        """The generators of each region."""
        return tuple(map(spread_of, self.part))

    @cached_property
    def walls(self) -> tuple[Wall, ...]:
        """The facets between adjacent regions, by region."""
        return _walls(self.part, self.spreads)


def _walls(part: Partition, spreads: Sequence[Spread]) -> tuple[Wall, ...]:
    pairs, sides = shared_facets(part.codes, part.facet_table, part.hyperplanes)
    # Facets are numbered region by region, so the lower number is the lower region's.
    found = cast("list[list[int]]", np.column_stack([pairs, sides.min(axis=1)]).tolist())
    return tuple(_wall(part, spreads[low], (low, high), facet) for low, high, facet in found)


def _wall(part: Partition, spread: Spread, regions: tuple[int, int], facet: int) -> Wall:
    low, high = regions
    row = part.hyperplanes.inward_rows(part.codes[low])[int(part.facet_table.owners_of(facet)[0])]
    vertices = [vertex for vertex in spread.vertices if evaluate(row, homogeneous(vertex)) == 0]
    directions = [direction for direction in spread.directions if not inner(row[:-1], direction)]
    normal = orthogonal([*(step(vertices[0], vertex) for vertex in vertices[1:]), *directions], len(row) - 1)
    if normal is None:
        raise InternalError(f"The wall between regions {low} and {high} is not a facet of region {low}.", part)
    # The row is >= 0 on the first region.
    outwards = normal if inner(normal, row[:-1]) < 0 else tuple(-entry for entry in normal)
    mean = tuple(sum(entries, fmpq(0)) / len(vertices) for entries in zip(*vertices, strict=True))
    point = tuple(sum((direction[axis] for direction in directions), entry) for axis, entry in enumerate(mean))
    return Wall(regions, _changed(part, low, high), outwards, point, row)


def _changed(part: Partition, low: int, high: int) -> tuple[Unit, ...]:
    columns = dict(zip(part.hyperplanes.columns.tolist(), part.hyperplanes.units, strict=True))
    return tuple(columns[column] for column in np.flatnonzero(part.codes[low] != part.codes[high]).tolist())
