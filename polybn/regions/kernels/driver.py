"""The compiled subdivision from Python: chunks of finished regions, arrays enlarged and residues made on request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from flint import fmpz

from polybn.errors import InternalError
from polybn.exact.rational import affine
from polybn.networks.integer import IntegerNetwork
from polybn.regions.cell import TooManyFacets
from polybn.regions.domain import Domain
from polybn.regions.kernels.floats import Integers, U, float_network
from polybn.regions.kernels.residues import Residues, no_residues
from polybn.regions.kernels.scaling import LEAST, scales_of
from polybn.regions.kernels.state import (
    AFTER_ALL,
    DEPTH,
    DOUBTS,
    FACETS,
    FOUND,
    FOUND_CELLS,
    FROM,
    LEAF_LAYER,
    LEAF_NEXT,
    LEAVES,
    NUMBERS,
    OWNERS,
    PLANE_START,
    SLOTS,
    UNTIL,
    Path,
    Regions,
    Root,
    Tables,
    enlarged,
    path_of,
    stack_of,
    tables_of,
)
from polybn.regions.kernels.subdivide import DONE, FULL, GROW, NEED_RESIDUES, SHARED, subdivide

CHUNK = 4096
LARGEST_CHUNK = 1 << 16


class Prepared(NamedTuple):
    """A network over a domain as kernels read it; made once and kept."""

    scales: Integers
    tables: Tables
    path: Path
    root: Root


class Leaves(NamedTuple):
    """The cells of one level of the tree of cuts: of hidden layer `layer`, before its crossing hyperplane `next`."""

    layer: int
    next: int


NONE = Leaves(-2, 0)
LEVELS = tuple(factor << power for power in range(28) for factor in (2, 3))
"""The levels to choose from in a layer, cut off at its number of hyperplanes."""
_KEPT: WeakKeyDictionary[IntegerNetwork, dict[Domain, Prepared]] = WeakKeyDictionary()


def prepared(network: IntegerNetwork, domain: Domain) -> Prepared:
    """The tables of a network over a domain."""
    kept = _KEPT.setdefault(network, {})
    if domain not in kept:
        scales = scales_of(domain.lower, domain.upper)
        floats = float_network(network, domain.rows, scales)
        kept.clear()
        kept[domain] = Prepared(scales, tables_of(floats), path_of(floats, network.dimension), _root(domain, scales))
    return kept[domain]


class Subdivision:
    """One compiled enumeration in progress: of the whole domain, or of one share of the leaves after the other."""

    def __init__(
        self,
        prepared: Prepared,
        make_residues: Callable[[], Residues],
        leaves: Leaves = NONE,
    ) -> None:
        d, planes = len(prepared.scales), prepared.path.rows.shape[1]
        self.make_residues = make_residues
        self.dims = (0,) * d
        self.tables = prepared.tables
        self.path = Path(*(array.copy() for array in prepared.path))
        self.stack = stack_of(planes, d, prepared.root)
        self.residues: Residues = no_residues()
        self.scratch = np.empty((3, max(planes, 1)))
        self.work = np.empty((2 * d + 1, d))
        self.tight = np.zeros(2 * d + 2, dtype=np.int64)
        self.numbers = np.zeros(NUMBERS, dtype=np.int64)
        self.numbers[[DEPTH, LEAF_LAYER, LEAF_NEXT]] = 1, *leaves
        self.size = CHUNK
        self.out = _chunk(0, self.path.code.shape[1], d)

    @property
    def counts(self) -> Integers:
        """Cells found after each layer."""
        return self.path.table[:, FOUND_CELLS]

    @property
    def doubts(self) -> int:
        """Signs that floats left to the exact oracle."""
        return int(self.numbers[DOUBTS])

    @property
    def leaves(self) -> int:
        """Leaves passed so far, in a share or not."""
        return int(self.numbers[LEAVES])

    def regions(self) -> Iterator[Regions]:
        """Finished regions in chunks, in increasing order of code."""
        status = FULL
        while status == FULL:
            first = self.numbers[[FOUND, FACETS, OWNERS]].tolist()
            status = self._run()
            found, facets, owners = (
                slice(*bounds) for bounds in zip(first, self.numbers[[FOUND, FACETS, OWNERS]].tolist(), strict=True)
            )
            out = self.out
            if found.stop > found.start:
                yield Regions(
                    out.codes[found], out.witnesses[found], out.facets[found], out.owners[facets], out.ids[owners]
                )
            if status == FULL:
                self.out = _chunk(self.size, self.path.code.shape[1], len(self.dims))
                self.numbers[[FOUND, FACETS, OWNERS]] = 0
                self.size = min(2 * self.size, LARGEST_CHUNK)

    def share(self, start: int, stop: int) -> Iterator[Regions]:
        """The regions in the leaves from `start` to `stop` - 1, which come after those of the shares before."""
        self.numbers[[FROM, UNTIL]] = start, stop
        return self.regions()

    def _run(self) -> int:
        """Until the end of the share or of all, or until the chunk is full."""
        out = self.out
        while True:
            status = subdivide(
                self.dims, self.tables, self.path, self.stack, self.residues, self.scratch, self.work, self.tight,
                self.numbers, out,
            )  # fmt: skip
            if status in (DONE, FULL, SHARED):
                return status
            if status == GROW:
                self.stack = enlarged(self.stack)
            elif status == NEED_RESIDUES and len(self.residues.primes) == 0:
                self.residues = self.make_residues()
            elif status == NEED_RESIDUES:
                raise InternalError("A vertex has no independent facets.", self)
            else:
                raise TooManyFacets


def leaves_of(prepared: Prepared, make_residues: Callable[[], Residues], wanted: int) -> tuple[Leaves, int]:
    """The first level of the tree of cuts with at least so many leaves, or the last level; and their number."""
    leaves, count = NONE, 0
    layers = prepared.tables.layers
    for layer in range(len(layers) - 1):
        planes = int(layers[layer + 1, PLANE_START] - layers[layer, PLANE_START])
        for next in dict.fromkeys(min(number, planes) for number in LEVELS):
            leaves = Leaves(layer, next)
            run = Subdivision(prepared, make_residues, leaves)
            for _ in run.share(AFTER_ALL, AFTER_ALL):
                pass
            count = run.leaves
            if count >= wanted:
                return leaves, count
    return leaves, count


def _root(domain: Domain, scales: Integers) -> Root:
    """The domain as one cell, its vertices rounded to floats once."""
    d = domain.dimension
    corners = domain.corners
    vertices = np.empty((len(corners), d + 2))
    masks = np.zeros(len(corners), dtype=np.int64)
    for index, (corner, _) in enumerate(corners):
        vertices[index, :d] = [
            _scaled(value.p, value.q, int(scale)) for value, scale in zip(affine(corner), scales, strict=True)
        ]
    vertices[:, d] = np.abs(vertices[:, :d]).sum(axis=1) * (1 + 2.0**-20)
    vertices[:, d + 1] = 2 * U * vertices[:, d] + LEAST
    facets = list(domain.facets.items())
    if len(facets) > SLOTS:
        raise TooManyFacets
    pairs: list[tuple[int, int]] = []
    for slot, (first, owners) in enumerate(facets):
        pairs.extend((slot, owner) for owner in owners if owner != first)
        for index, (_, mask) in enumerate(corners):
            masks[index] |= (mask >> first & 1) << slot
    slots = np.array([first for first, _ in facets], dtype=np.int64)
    return Root(vertices, masks, slots, np.array(pairs, dtype=np.int32).reshape(len(pairs), 2))


def _scaled(numerator: fmpz, denominator: fmpz, scale: int) -> float:
    n, q = int(numerator), int(denominator)
    return n / (q << scale) if scale >= 0 else (n << -scale) / q


def _chunk(size: int, units: int, dimension: int) -> Regions:
    facets = size * (4 * dimension + 2) + SLOTS
    return Regions(
        np.empty((size, units), dtype=np.int8),
        np.empty((size, dimension)),
        np.empty(size, dtype=np.int32),
        np.empty(facets, dtype=np.int32),
        np.empty(2 * facets, dtype=np.int32),
    )
