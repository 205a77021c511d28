"""The partition of a domain into the regions of a network: arrays, with one view a region made on demand."""

from __future__ import annotations

import warnings
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from operator import index as to_index
from typing import TYPE_CHECKING, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from polybn.errors import BoundaryError, IncompleteError, IncompleteWarning, InputError, InternalError, OutsideError
from polybn.exact.matrix import Vector
from polybn.exact.rational import brief, short
from polybn.networks.network import Network
from polybn.regions.adjacency import graph
from polybn.regions.cell import Cell
from polybn.regions.collect import Budget, Gathering, Progress, budget_of
from polybn.regions.domain import Box
from polybn.regions.facet_table import FacetTable, Owners
from polybn.regions.halfspaces import Polytope
from polybn.regions.hyperplanes import Hyperplanes
from polybn.regions.redundancy import facets_of
from polybn.regions.region import Region
from polybn.regions.slice import Slice
from polybn.regions.whole_space import WholeSpace

if TYPE_CHECKING:
    import networkx as nx


class Partition:
    """All regions of a network in a domain, in increasing order of code.

    `codes` is int8 of shape (regions, units), read-only. `layer_counts[l]` is the number of regions of the first
    l + 1 hidden layers. A unit's entry is the sum over its breakpoints of sign(h - t); 0 on a region of a ReLU
    network means that the unit's pre-activation vanishes on all of it, a full-dimensional piece of its folded
    hyperplane. `network` and all coordinates are those of the slice where `domain` is one; `frame` is the bounded
    domain that was enumerated.
    """

    def __init__(
        self,
        network: Network,
        domain: Box | Polytope | WholeSpace | Slice,
        frame: Box | Polytope,
        gathering: Gathering,
        stopped: str,
        engine: str,
    ) -> None:
        self.network = network
        self.domain = domain
        self.frame = frame
        self.engine = engine
        self._take(gathering, stopped)

    @classmethod
    def of_cells(
        cls, network: Network, domain: Box | Polytope, cells: Sequence[Cell], layer_counts: Sequence[int], engine: str
    ) -> Partition:
        """The partition of these cells, complete, taken as they are."""
        gathering = Gathering(iter([list(cells)]), np.zeros(domain.dimension, dtype=np.int64), lambda: layer_counts)
        return cls(network, domain, domain, gathering, gathering.go_on(Budget()), engine)

    def _take(self, gathering: Gathering, stopped: str) -> None:
        """The regions gathered so far as arrays."""
        self._gathering = gathering if stopped else None
        self.stopped = stopped
        self.layer_counts = tuple(gathering.counts())
        self.codes, self._witnesses, self._table = gathering.arrays(self.network.units, self.network.dimension)
        self.codes.flags.writeable = False
        self._found: dict[int, Owners] = {}
        if stopped:
            warnings.warn(f"{self._unfinished()} Go on with part.resume(budget=...).", IncompleteWarning, stacklevel=3)

    @property
    def complete(self) -> bool:
        """Whether every region is listed; not after a budget or an interrupt, which `stopped` names."""
        return not self.stopped

    def resume(self, budget: Budget | int | None = None, progress: Callable[[Progress], None] | None = None) -> None:
        """Goes on with an enumeration that was stopped, in place: regions are added and numbered anew.

        Raises `IncompleteError` where the work left is not at hand any more, as in a copy or a file.
        """
        if self.complete:
            return
        if self._gathering is None:
            raise IncompleteError(f"{self._unfinished()} What was left is not in a copy; enumerate again.", self)
        stopped = self._gathering.go_on(budget_of(budget), progress)
        for name in ("_signs", "hyperplanes"):
            self.__dict__.pop(name, None)
        self._take(self._gathering, stopped)

    def _unfinished(self) -> str:
        return f"{len(self.codes)} regions are listed and there may be more: {self.stopped}."

    def __getstate__(self) -> dict[str, object]:
        """All but the work left, which no copy can go on with."""
        return {**self.__dict__, "_gathering": None}

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
        code = self.codes[position]
        return Region(position, self.network, self.hyperplanes, code, self._witnesses[position], self.owners_of)

    def __iter__(self) -> Iterator[Region]:
        """The regions in increasing order of code."""
        return (self[index] for index in range(len(self)))

    @cached_property
    def hyperplanes(self) -> Hyperplanes:
        """The ids that facets refer to."""
        return Hyperplanes(self.network, self.frame)

    @property
    def facet_table(self) -> FacetTable:
        """The facets of all regions; found now, exactly, where the engine left them."""
        if self._table is None:
            self._table = self._all_facets()
            self._found.clear()
        return self._table

    def _all_facets(self) -> FacetTable:
        floats = self._witnesses.floats
        if not len(self) or not self.network.hidden or bool(np.isnan(floats).any()):
            return FacetTable.of(self.owners_of(index) for index in range(len(self)))
        from polybn.regions.kernels.facet_bulk import bulk_facets
        from polybn.regions.kernels.facet_groups import groups_of
        from polybn.regions.kernels.floats import float_network

        integer, rows = self.network.integer, self.frame.rows
        network = float_network(integer, rows, self._witnesses.scales)
        groups = groups_of(integer, rows)
        return bulk_facets(network, groups, self.codes, floats, self.owners_of, complete=self.complete).table

    def owners_of(self, index: int) -> Owners:
        """The facets of one region, each as the ids of the hyperplanes that contain it."""
        if self._table is not None:
            return self._table.of_region(index)
        if index not in self._found:
            rows = self.hyperplanes.inward_rows(self.codes[index])
            witness = self._witnesses[index]
            if witness is None:
                raise InternalError(f"Region {index} has neither facets nor a witness.", self)
            self._found[index] = facets_of(rows[self.hyperplanes.first :], self.frame.rows, witness)
        return self._found[index]

    def adjacency(self) -> nx.Graph[int]:
        """A networkx graph over region indices, one edge a shared facet; `units` names the facet's owners."""
        return graph(self.codes, self.facet_table, self.hyperplanes, is_complete=self.complete)

    def region_of(self, point: Sequence[object]) -> Region:
        """The region that contains the point in its interior (relative to the domain).

        Raises `OutsideError` outside the domain, `BoundaryError` on the boundary between regions (`touching` lists
        them then).
        """
        values = self._inside(point)
        index = self._index_of(self._code(values))
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

    def _index_of(self, code: NDArray[np.int8]) -> int | None:
        """The region with this code, by bisection; None when there is none."""
        index = bisect_left(range(len(self)), _key(code), key=lambda place: _key(self.codes[place]))
        return index if index < len(self) and bool((self.codes[index] == code).all()) else None

    def _code(self, values: Vector) -> NDArray[np.int8]:
        return np.array(self.network.code(values), dtype=np.int8)

    def _inside(self, point: Sequence[object]) -> Vector:
        values = self.network.point(point)
        if not self.frame.contains(values):
            raise OutsideError(f"The point ({', '.join(map(short, values))}) is outside {self.domain}.", point)
        return values


def _key(code: NDArray[np.int8]) -> bytes:
    """Bytes in the order of codes."""
    return (code.view(np.uint8) ^ 128).tobytes()
