"""The partition of a domain into the regions of a network: arrays, with one view a region made on demand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from operator import index as to_index
from typing import TYPE_CHECKING, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from polybn.errors import BoundaryError, InputError, OutsideError
from polybn.exact.matrix import Vector
from polybn.exact.rational import brief, homogeneous, short
from polybn.exact.row import Row, evaluate
from polybn.networks.network import Network
from polybn.regions.adjacency import graph
from polybn.regions.cell import Cell
from polybn.regions.domain import Box
from polybn.regions.facet_table import FacetTable, Owners
from polybn.regions.hyperplanes import Hyperplanes
from polybn.regions.redundancy import facets_of
from polybn.regions.region import Region

if TYPE_CHECKING:
    import networkx as nx


class Partition:
    """All regions of a network in a domain, in increasing order of code.

    `codes` is int8 of shape (regions, units), read-only. `layer_counts[l]` is the number of regions of the first
    l + 1 hidden layers. A unit's entry is the sum over its breakpoints of sign(h - t); 0 on a region of a ReLU
    network means that the unit's pre-activation vanishes on all of it, a full-dimensional piece of its folded
    hyperplane.
    """

    def __init__(
        self, network: Network, domain: Box, cells: Sequence[Cell], layer_counts: Sequence[int], engine: str
    ) -> None:
        self.network = network
        self.domain = domain
        self.layer_counts = tuple(layer_counts)
        self.engine = engine
        codes = np.array([cell.code for cell in cells], dtype=np.int8).reshape(len(cells), network.units)
        order: list[int] = (np.lexsort(codes.T[::-1]) if network.units else np.arange(len(cells))).tolist()
        self.codes: NDArray[np.int8] = codes[order]
        self.codes.flags.writeable = False
        self._witnesses: list[Row] = [cells[index].witness for index in order]
        given = [facets for index in order if (facets := cells[index].facets) is not None]
        self._table = FacetTable.of(given) if len(given) == len(cells) else None
        self._found: dict[int, Owners] = {}

    @property
    def complete(self) -> bool:
        """Whether every region is listed; an enumeration that cannot finish raises instead."""
        return True

    @property
    def semantics(self) -> str:
        """Which number stands for sigma in the network (MATH, section 0)."""
        return self.network.semantics

    def __setstate__(self, state: dict[str, object]) -> None:
        """A copy's codes are read-only too."""
        self.__dict__.update(state)
        self.codes.flags.writeable = False

    def __repr__(self) -> str:
        return f"Partition({len(self)} regions of {self.network} on {self.domain}, engine {self.engine!r})"

    def __len__(self) -> int:
        """The number of regions."""
        return len(self.codes)

    def __getitem__(self, index: SupportsIndex) -> Region:
        """Region number `index`, from the end when negative; raises `IndexError` beyond them."""
        try:
            position = range(len(self))[to_index(index)]
        except TypeError as error:
            raise InputError(
                "part[...] takes one index. Write [part[i] for i in range(start, stop)].", index
            ) from error
        except IndexError as error:
            raise IndexError(
                f"part[{brief(to_index(index))}]: the partition has {len(self)} regions, numbered from 0."
            ) from error
        code, witness = self.codes[position], self._witnesses[position]
        return Region(position, self.network, self.hyperplanes, code, witness, self.owners_of)

    def __iter__(self) -> Iterator[Region]:
        """The regions in increasing order of code."""
        return (self[index] for index in range(len(self)))

    @cached_property
    def hyperplanes(self) -> Hyperplanes:
        """The ids that facets refer to."""
        return Hyperplanes(self.network, self.domain)

    @property
    def facet_table(self) -> FacetTable:
        """The facets of all regions; found now, exactly, where the engine left them (milliseconds a region)."""
        if self._table is None:
            self._table = FacetTable.of(self.owners_of(index) for index in range(len(self)))
            self._found.clear()
        return self._table

    def owners_of(self, index: int) -> Owners:
        """The facets of one region, each as the ids of the hyperplanes that contain it."""
        if self._table is not None:
            return self._table.of_region(index)
        if index not in self._found:
            rows = self.hyperplanes.inward_rows(self.codes[index])
            self._found[index] = facets_of(rows[self.hyperplanes.first :], self.domain.rows, self._witnesses[index])
        return self._found[index]

    def adjacency(self) -> nx.Graph[int]:
        """A networkx graph over region indices, one edge a shared facet; `units` names the facet's owners."""
        return graph(self.codes, self.facet_table, self.hyperplanes)

    def region_of(self, point: Sequence[object]) -> Region:
        """The region that contains the point in its interior (relative to the domain).

        Raises `OutsideError` outside the domain, `BoundaryError` on the boundary between regions (`touching` lists
        them then).
        """
        values = self._inside(point)
        index = self._index.get(self._code(values).tobytes())
        if index is not None:
            return self[index]
        touching = self.touching(point)
        if len(touching) > 1:
            raise BoundaryError(
                f"The point ({', '.join(map(short, values))}) lies on the boundary of regions "
                f"{[region.index for region in touching]}. Use part.touching(point) for all of them.",
                point,
            )
        # A hyperplane may touch the domain at the point without cutting it: no other region is near.
        return touching[0]

    def touching(self, point: Sequence[object]) -> list[Region]:
        """All regions whose closure contains the point."""
        values = self._inside(point)
        own = self.hyperplanes.signs(self._code(values))
        candidates = np.flatnonzero(((self._signs == own) | (own == 0)).all(axis=1))
        regions = (self[index] for index in candidates.tolist())
        return [region for region in regions if region.contains(values)]

    @cached_property
    def _signs(self) -> NDArray[np.int8]:
        return self.hyperplanes.signs(self.codes)

    @cached_property
    def _index(self) -> dict[bytes, int]:
        return {code.tobytes(): index for index, code in enumerate(self.codes)}

    def _code(self, values: Vector) -> NDArray[np.int8]:
        return np.array(self.network.code(values), dtype=np.int8)

    def _inside(self, point: Sequence[object]) -> Vector:
        values = self.network.point(point)
        place = homogeneous(values)
        if any(evaluate(row, place) < 0 for row in self.domain.rows):
            raise OutsideError(f"The point ({', '.join(map(short, values))}) is outside {self.domain}.", point)
        return values
