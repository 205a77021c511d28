"""The partition of a domain into the regions of a network: arrays, with one view a region made on demand."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from operator import index as to_index
from typing import TYPE_CHECKING, Literal, SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray

from polybn.errors import IncompleteError, IncompleteWarning, InputError, InternalError
from polybn.exact.rational import brief
from polybn.files import StrPath
from polybn.networks.network import Network
from polybn.regions.adjacency import AdjacencyMatrix, adjacency
from polybn.regions.all_facets import all_facets
from polybn.regions.cell import Cell
from polybn.regions.collect import Budget, Gathering, Progress, budget_of
from polybn.regions.decision import DecisionBoundary, decision_boundary
from polybn.regions.domain import Box
from polybn.regions.faces import boundary_facets, f_vector
from polybn.regions.facet_table import FacetTable, Owners
from polybn.regions.folded import FoldedHyperplane, folded_hyperplane
from polybn.regions.halfspaces import Polytope
from polybn.regions.hyperplanes import Hyperplanes
from polybn.regions.linear import LinearRegions, linear_regions
from polybn.regions.lipschitz import Maximum, lipschitz, squared_lipschitz, squared_lipschitz_of_unit
from polybn.regions.locate import region_of, touching
from polybn.regions.redundancy import facets_of
from polybn.regions.region import Region
from polybn.regions.slice import Slice
from polybn.regions.storage import save
from polybn.regions.whole_space import WholeSpace
from polybn.regions.witnesses import Witnesses

if TYPE_CHECKING:
    import networkx as nx


class Partition:
    """All regions of a network in a domain, in increasing order of code.

    `codes` is int8 of shape (regions, units), read-only. `layer_counts[l]` is the number of regions of the first
    l + 1 hidden layers. A unit's entry is the sum over its breakpoints of sign(h - t); 0 on a region of a ReLU
    network means that the unit's pre-activation vanishes on all of it, a full-dimensional piece of its folded
    hyperplane. `settled` counts the questions that floats left open and exact arithmetic answered (None where all were
    exact, or nobody counted). `network` and all coordinates are those of the slice where `domain` is one; `frame` is
    the bounded domain that was enumerated.
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
        self.settled = gathering.settled() if gathering.settled else None
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
        for name in ("signs", "hyperplanes"):
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

    @property
    def witnesses(self) -> Witnesses:
        """A strictly interior point of every region, as arrays."""
        return self._witnesses

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
            self._table = all_facets(self)
            self._found.clear()
        return self._table

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

    @overload
    def adjacency(self, *, sparse: Literal[False] = False) -> nx.Graph[int]: ...
    @overload
    def adjacency(self, *, sparse: Literal[True]) -> AdjacencyMatrix: ...
    def adjacency(self, *, sparse: bool = False) -> nx.Graph[int] | AdjacencyMatrix:
        """A networkx graph over region indices, one edge a shared facet; `units` names the facet's owners.

        `sparse=True` gives the symmetric matrix of the graph, straight from the arrays: a scipy.sparse.csr_array of
        bool, shape (regions, regions). Where the enumeration was stopped, edges are those among the regions listed.
        """
        return adjacency(self, sparse=sparse)

    def region_of(self, point: Sequence[object]) -> Region:
        """The region that contains the point in its interior (relative to the domain), by bisection over the codes.

        Raises `OutsideError` outside the domain, `BoundaryError` on the boundary between regions (`touching` lists
        them then), `IncompleteError` in a region that a stopped enumeration has not found.
        """
        return region_of(self, point)

    def touching(self, point: Sequence[object]) -> list[Region]:
        """All regions whose closure contains the point."""
        return touching(self, point)

    @cached_property
    def signs(self) -> NDArray[np.int8]:
        """(regions, hyperplanes): the sign of every hyperplane of the network on every region."""
        return self.hyperplanes.signs(self.codes)

    def linear_regions(self) -> LinearRegions:
        """The regions with adjacent ones of equal affine map merged, decided exactly."""
        return linear_regions(self)

    def folded_hyperplane(self, layer: int, unit: int, *, breakpoint: int | None = None) -> FoldedHyperplane:
        """F_{l,k} (Eq. 10-11): its facets with vertices, degenerate pieces, and exact distances to it."""
        return folded_hyperplane(self, layer, unit, breakpoint=breakpoint)

    def decision_boundary(self, threshold: object = 0, *, output: int | None = None) -> DecisionBoundary:
        """{f = threshold} for one output, the boundary of the argmax for several."""
        return decision_boundary(self, threshold, output=output)

    def squared_lipschitz(self, *, bits: int = 20) -> Maximum:
        """max |A|^2 over the regions, the square of the Lipschitz constant: exact for one output or input.

        Otherwise enclosed: upper - lower <= lower / 2^bits. Of a slice, in its coordinates t, as all constants here.
        """
        return squared_lipschitz(self, bits=bits)

    def squared_lipschitz_of_unit(self, layer: int, unit: int) -> Maximum:
        """max |grad h|^2 for the pre-activation h of a hidden unit, exact: h(x)^2 <= it times d(x, {h = 0})^2."""
        return squared_lipschitz_of_unit(self, layer, unit)

    def lipschitz(self, norm: Literal["l1", "linf"]) -> Maximum:
        """The Lipschitz constant from norm to norm, exact: the largest column ("l1") or row sum ("linf") of |A|."""
        return lipschitz(self, norm)

    def f_vector(self) -> tuple[int, ...]:
        """(f_0, ..., f_d): the faces of each dimension of the complex that the regions make."""
        return f_vector(self)

    def boundary_facets(self) -> list[tuple[int, int]]:
        """(region, row of the domain) for every facet on the boundary of the domain."""
        return boundary_facets(self)

    def save(self, path: StrPath) -> None:
        """Writes the partition to one file, which `pb.load_partition` reads."""
        save(self, path)
