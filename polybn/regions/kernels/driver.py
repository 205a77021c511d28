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
    DOUBTS,
    FACETS,
    FOUND,
    FOUND_CELLS,
    NUMBERS,
    OWNERS,
    SLOTS,
    Cells,
    Path,
    Regions,
    Tables,
    enlarged,
    path_of,
    stack_of,
    tables_of,
)
from polybn.regions.kernels.subdivide import DONE, FULL, GROW, NEED_RESIDUES, subdivide

CHUNK = 4096
LARGEST_CHUNK = 1 << 16


class Prepared(NamedTuple):
    """A network over a domain as kernels read it; made once and kept."""

    scales: Integers
    tables: Tables
    path: Path
    root: Cells


_KEPT: WeakKeyDictionary[IntegerNetwork, dict[Domain, Prepared]] = WeakKeyDictionary()


def prepared(network: IntegerNetwork, domain: Domain) -> Prepared:
    """The tables of a network over a domain."""
    kept = _KEPT.setdefault(network, {})
    if domain not in kept:
        scales = scales_of(domain.lower, domain.upper)
        floats = float_network(network, domain.rows, scales)
        units = int(floats.unit_start[-1])
        kept.clear()
        kept[domain] = Prepared(
            scales, tables_of(floats), path_of(floats, network.dimension), root_cell(domain, scales, units)
        )
    return kept[domain]


class Subdivision:
    """One compiled enumeration in progress."""

    def __init__(self, prepared: Prepared, cells: Cells, level: int, make_residues: Callable[[], Residues]) -> None:
        d, planes = len(prepared.scales), prepared.path.rows.shape[1]
        self.make_residues = make_residues
        self.dims = (0,) * d
        self.tables = prepared.tables
        self.path = Path(*(array.copy() for array in prepared.path))
        self.stack = stack_of(planes, d, int(cells.sizes[:, 0].max(initial=1)))
        self.residues: Residues = no_residues()
        self.scratch = np.empty((3, max(planes, 1)))
        self.work = np.empty((2 * d + 1, d))
        self.tight = np.zeros(2 * d + 2, dtype=np.int64)
        self.numbers = np.zeros(NUMBERS, dtype=np.int64)
        self.cells = cells
        self.level = level

    @property
    def counts(self) -> Integers:
        """Cells found after each layer."""
        return self.path.table[:, FOUND_CELLS]

    @property
    def doubts(self) -> int:
        """Signs that floats left to the exact oracle."""
        return int(self.numbers[DOUBTS])

    def regions(self) -> Iterator[Regions]:
        """Finished regions in chunks, in increasing order of code."""
        size, last = CHUNK, len(self.counts) - 1
        units = self.path.code.shape[1]
        while True:
            out = _chunk(size, units, len(self.dims))
            status = self._run(last, out, _no_cells(units, len(self.dims)))
            yield _cut(out, self.numbers)
            if status == DONE:
                return
            size = min(2 * size, LARGEST_CHUNK)

    def cells_after(self, layer: int) -> Cells:
        """All cells after some layer, whole, for work elsewhere."""
        units, d, size = self.path.code.shape[1], len(self.dims), CHUNK
        found: list[Cells] = []
        while True:
            parts = _room(size, units, d)
            status = self._run(layer, _chunk(0, units, d), parts)
            found.append(_filled(parts, self.numbers))
            if status == DONE:
                return Cells._make(np.concatenate(arrays) for arrays in zip(*found, strict=True))
            size *= 2

    def _run(self, last: int, out: Regions, parts: Cells) -> int:
        """Until the end, or until the chunk is full."""
        self.numbers[FOUND] = self.numbers[FACETS] = self.numbers[OWNERS] = 0
        while True:
            status = subdivide(
                self.dims, self.tables, self.path, self.stack, self.residues, self.scratch, self.work, self.tight,
                self.numbers, self.cells, self.level, last, out, parts,
            )  # fmt: skip
            if status in (DONE, FULL):
                return status
            if status == GROW:
                self.stack = enlarged(self.stack)
            elif status == NEED_RESIDUES and len(self.residues.primes) == 0:
                self.residues = self.make_residues()
            elif status == NEED_RESIDUES:
                raise InternalError("A vertex has no independent facets.", self)
            else:
                raise TooManyFacets


def root_cell(domain: Domain, scales: Integers, units: int) -> Cells:
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
    slots = np.zeros((1, SLOTS), dtype=np.int64)
    pairs: list[tuple[int, int]] = []
    for slot, (first, owners) in enumerate(facets):
        slots[0, slot] = first
        pairs.extend((slot, owner) for owner in owners if owner != first)
        for index, (_, mask) in enumerate(corners):
            masks[index] |= (mask >> first & 1) << slot
    return Cells(
        np.zeros((1, units), dtype=np.int8),
        np.array([[len(corners), len(pairs), (1 << len(facets)) - 1]], dtype=np.int64),
        vertices,
        masks,
        slots,
        np.array(pairs, dtype=np.int32).reshape(len(pairs), 2),
    )


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


def _no_cells(units: int, dimension: int) -> Cells:
    return _room(0, units, dimension)


def _room(size: int, units: int, dimension: int) -> Cells:
    """Room for so many cells, with vertices and owners enough for ordinary ones."""
    vertices = size * (1 << dimension) * 4
    return Cells(
        np.zeros((size, units), dtype=np.int8),
        np.zeros((size, 3), dtype=np.int64),
        np.zeros((vertices, dimension + 2)),
        np.zeros(vertices, dtype=np.int64),
        np.zeros((size, SLOTS), dtype=np.int64),
        np.zeros((4 * size, 2), dtype=np.int32),
    )


def _filled(parts: Cells, numbers: Integers) -> Cells:
    """What is filled of the room."""
    found, vertices, pairs = int(numbers[FOUND]), int(numbers[FACETS]), int(numbers[OWNERS])
    return Cells(
        parts.codes[:found],
        parts.sizes[:found],
        parts.vertices[:vertices],
        parts.masks[:vertices],
        parts.slots[:found],
        parts.pairs[:pairs],
    )


def _cut(out: Regions, numbers: Integers) -> Regions:
    found, facets, owners = int(numbers[FOUND]), int(numbers[FACETS]), int(numbers[OWNERS])
    return Regions(out.codes[:found], out.witnesses[:found], out.facets[:found], out.owners[:facets], out.ids[:owners])
