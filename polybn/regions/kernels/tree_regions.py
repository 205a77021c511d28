"""The compiled sign-vector tree from Python: regions with certified witnesses, chunk by chunk, by increasing code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from polybn.errors import InternalError
from polybn.exact.farkas import Farkas
from polybn.exact.feasibility import strictly_feasible
from polybn.exact.row import Point
from polybn.networks.integer import IntegerNetwork
from polybn.regions.domain import Domain
from polybn.regions.kernels.floats import FloatNetwork, Floats, Integers, float_network
from polybn.regions.kernels.scaling import scales_of
from polybn.regions.kernels.tree_arrays import (
    ANSWER,
    ASK_POINT,
    ASK_SIDE,
    ASK_START,
    BEGIN,
    COUNTS,
    CUTS,
    DONE,
    FOUND,
    FROM,
    FULL,
    GROW,
    LEAF_DEPTH,
    LEAVES,
    LIST_END,
    PHASE,
    POOL,
    PROGRAMS,
    ROWS,
    SETTLED,
    SHARED,
    TOP,
    UNTIL,
    Output,
    Search,
    Signs,
    Tables,
    enlarged,
    free_rows,
    search_of,
    tables_of,
)
from polybn.regions.kernels.tree_frames import walk
from polybn.regions.kernels.tree_rationals import Outside

CHUNK = 4096
_KEPT: WeakKeyDictionary[IntegerNetwork, dict[Domain, tuple[Integers, FloatNetwork, Tables]]] = WeakKeyDictionary()


class Regions(NamedTuple):
    """Some regions in increasing order of code."""

    codes: Signs
    """(regions, units of the layers asked for)"""
    witnesses: Floats
    """(regions, d) in scaled coordinates: x_i = 2^scales[i] y_i."""
    exact: Integers
    """(regions,): -1 where the float witness is strictly inside, else the number of the rational point that is."""


class SignTree:
    """One enumeration in progress, in any dimension.

    ``last`` is the hidden layer to stop after (the last one by default); ``chunk`` regions are made at a time.
    With ``depth``, the leaves are the cells of the first layer that so many of its hyperplanes cut out: many processes
    walk the few cuts above, and share the rest.
    Memory is that of a chunk and of one path: hyperplanes squared times rows at most.
    """

    def __init__(
        self,
        network: IntegerNetwork,
        domain: Domain,
        *,
        last: int | None = None,
        chunk: int = CHUNK,
        depth: int = -1,
    ) -> None:
        self.network = network
        self.domain = domain
        self.last = network.depth - 1 if last is None else last
        if chunk < 1 or not (0 <= self.last < max(network.depth, 1) or network.depth == 0):
            raise ValueError(f"chunk is {chunk} and last is {last}; write chunk >= 1 and 0 <= last < {network.depth}.")
        self.chunk = chunk
        self.scales, self.floats, self.tables = prepared(network, domain)
        self.search: Search = search_of(
            self.floats, *_scaled(domain, self.scales), free_rows(network, len(domain.rows))
        )
        self.search.numbers[LEAF_DEPTH] = depth
        self.start: Point | None = None
        self.out = self._chunk(0)
        self.outside = Outside(network, domain.rows, self.floats, self.scales)

    @property
    def counts(self) -> list[int]:
        """Cells found so far after each layer; those of given cells' finished layers are not counted again."""
        return self.search.numbers[COUNTS:].tolist()

    @property
    def leaves(self) -> int:
        """Leaves passed so far, in a share or not."""
        return int(self.search.numbers[LEAVES])

    @property
    def programs(self) -> int:
        """Linear programs so far."""
        return int(self.search.numbers[PROGRAMS])

    @property
    def settled(self) -> int:
        """Questions so far that floats left open, answered in rationals."""
        return int(self.search.numbers[SETTLED])

    def witness(self, regions: Regions, index: int) -> Point:
        """The exact witness of one region of a chunk."""
        return self.outside.point_of(regions.witnesses[index].tolist(), int(regions.exact[index]))

    def regions(self, cells: Iterable[tuple[Signs, Point]] | None = None) -> Iterator[Regions]:
        """All regions, or those in given cells: the code of some finished layers each, with a strictly interior point.

        Cells in increasing order of code give regions in increasing order. A tree runs one enumeration.
        """
        if cells is None:
            start = strictly_feasible(self.domain.rows)
            if isinstance(start, Farkas):
                return
            cells = [(np.zeros(0, dtype=np.int8), start)]
        for code, point in cells:
            if self.network.depth == 0:
                yield self._alone(point)
                continue
            layer = int(np.searchsorted(self.floats.unit_start, len(code)))
            if layer > self.last or self.floats.unit_start[layer] != len(code):
                raise ValueError(
                    f"a cell has a code of length {len(code)}, which is not that of layers before {self.last}"
                )
            self.start = point
            self._begin(code, layer)
            yield from self._chunks()

    def share(self, start: int, stop: int) -> Iterator[Regions]:
        """The regions in the leaves from `start` to `stop` - 1, which come after those of the shares before."""
        self.search.numbers[[FROM, UNTIL]] = start, stop
        return self.regions() if self.start is None else self._chunks()

    def _begin(self, code: Signs, layer: int) -> None:
        """The first frame: a cell of the layers before, with its point to come."""
        S, d = self.search, self.network.dimension
        extra = np.arange(2 * d, len(self.tables.domain))
        ids = int(self.floats.plane_start[-1])
        S.frames[0] = 0
        S.frames[0, [PHASE, ROWS, CUTS, LIST_END]] = BEGIN, len(extra), layer, 1
        S.signs[ids : ids + len(code)] = code
        S.signs[extra] = 1
        S.rows[:, : len(extra)] = self.tables.domain[extra].T
        S.error[:, : len(extra)] = S.error[:, len(S.reach) + extra]
        S.ids[: len(extra)] = extra
        S.spans[0, 0] = S.numbers[TOP] = S.numbers[ANSWER] = 0
        S.numbers[POOL] = 1

    def _chunks(self) -> Iterator[Regions]:
        status = FULL
        while status == FULL:
            first = int(self.search.numbers[FOUND])
            status = self._run()
            found, out = slice(first, int(self.search.numbers[FOUND])), self.out
            if found.stop > found.start:
                yield Regions(out.codes[found], out.witnesses[found], out.exact[found])
            if status == FULL:
                self.out = self._chunk(self.chunk)
                self.search.numbers[FOUND] = 0

    def _chunk(self, size: int) -> Output:
        units = int(self.floats.unit_start[self.last + 1]) if self.network.depth else 0
        codes, witnesses = np.empty((size, units), dtype=np.int8), np.empty((size, self.network.dimension))
        return Output(codes, witnesses, np.empty(size, dtype=np.int64))

    def _run(self) -> int:
        """Until the end of the share or of all, or until the chunk is full."""
        while True:
            status = walk(self.tables, self.search, self.out, self.last)
            if status in (DONE, FULL, SHARED):
                return status
            if status == GROW:
                self.search = enlarged(self.search)
            elif status == ASK_SIDE:
                self.outside.side(self.search)
            elif status == ASK_POINT:
                self.outside.point(self.search)
            elif status == ASK_START and self.start is not None:
                self.outside.start(self.search, self.start)
            else:
                raise InternalError(f"the walk stopped for the unknown reason {status}", self.network)

    def _alone(self, point: Point) -> Regions:
        """The one region of a network without hidden layers."""
        self.outside.points.append(point)
        number = np.array([len(self.outside.points) - 1], dtype=np.int64)
        return Regions(np.zeros((1, 0), dtype=np.int8), np.zeros((1, self.network.dimension)), number)


def prepared(network: IntegerNetwork, domain: Domain) -> tuple[Integers, FloatNetwork, Tables]:
    """Scales, floats and tables, made once and kept."""
    kept = _KEPT.setdefault(network, {})
    if domain not in kept:
        scales = scales_of(domain.lower, domain.upper)
        floats = float_network(network, domain.rows, scales)
        kept.clear()
        kept[domain] = scales, floats, tables_of(network, floats)
    return kept[domain]


def _scaled(domain: Domain, scales: Integers) -> tuple[Floats, Floats]:
    """The floats next to the bounds in scaled coordinates."""
    powers = [Fraction(2) ** scale for scale in scales.tolist()]
    lower, upper = (
        np.array([float(bound / power) for bound, power in zip(bounds, powers, strict=True)])
        for bounds in (domain.lower, domain.upper)
    )
    return lower, upper
