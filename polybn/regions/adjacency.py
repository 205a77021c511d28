"""Two regions are adjacent when they share a facet: when a facet of each carries the same face code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from polybn.errors import InputError, InternalError
from polybn.exact.rational import brief
from polybn.regions.facet_table import FacetTable
from polybn.regions.hyperplanes import Hyperplanes

if TYPE_CHECKING:
    import networkx as nx
    from scipy.sparse import csr_array

    from polybn.regions.partition import Partition

BLOCK = 1 << 15
WIDE_BLOCK = 1 << 12
"""Rows at a time where their entries are 64 bits wide: as many as a cache holds."""

AdjacencyMatrix: TypeAlias = "csr_array"
"""What `adjacency_matrix` gives: scipy.sparse.csr_array."""


def shared_facets(
    codes: NDArray[np.int8], table: FacetTable, hyperplanes: Hyperplanes, *, is_complete: bool = True
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(pairs, facets): for each facet inside the domain its two regions (low, high) and its two table indices.

    The *face code* of a facet is the code on its relative interior: the region's code with every unit that owns the
    facet moved onto its breakpoint. Sets of points with one full sign vector are convex, so a face code names at most
    one facet, and both of its regions compute the same one, however many units own it or vanish beside it. (The set
    of one face code is never full-dimensional: in the first layer with an owner, the owner's row is one affine
    function on all of the set, and not zero.)
    """
    inside = np.flatnonzero(~table.on_domain_boundary(hyperplanes.first))
    if len(inside) == 0:
        return np.zeros((0, 2), dtype=np.int64), np.zeros((0, 2), dtype=np.int64)
    moves = _moves(codes, table, hyperplanes, inside)
    hashes = _hashes(codes, table.regions[inside], moves)
    order = np.argsort(hashes, kind="stable")
    first = np.flatnonzero(hashes[order[:-1]] == hashes[order[1:]])
    sides = np.stack([order[first], order[first + 1]], axis=1)
    is_paired = len(first) * 2 == len(inside) and bool((np.diff(first) > 1).all())
    if not is_complete and not is_paired:
        sides = sides[np.diff(first, prepend=-2) > 1]
        is_paired = True
    if not is_paired or not _same_faces(codes, table.regions[inside], moves, sides):
        raise InternalError("A facet inside the domain does not have exactly two regions.", table)
    pairs = np.sort(table.regions[inside][sides], axis=1)
    arrange = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return pairs[arrange], inside[sides][arrange]


def _moves(
    codes: NDArray[np.int8], table: FacetTable, hyperplanes: Hyperplanes, inside: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int8]]:
    """(starts, slots, columns, signs): the entries of the code that a facet's owners move, facet by facet."""
    counts = np.diff(table.owner_starts)
    is_inside = np.zeros(table.count, dtype=np.bool_)
    is_inside[inside] = True
    owners = table.owners[np.repeat(is_inside, counts)].astype(np.int64) - hyperplanes.first
    slots = np.repeat(np.arange(len(inside)), counts[inside])
    columns = hyperplanes.columns[owners]
    signs = hyperplanes.signs_of(owners, codes[table.regions[inside][slots], columns])
    return np.concatenate([[0], np.cumsum(counts[inside])]), slots, columns, signs


def _hashes(codes: NDArray[np.int8], regions: NDArray[np.int64], moves: tuple[NDArray[Any], ...]) -> NDArray[np.int64]:
    """Equal for equal face codes: a sum of fixed random numbers, one a unit, each times the unit's entry, mod 2^64."""
    _, slots, columns, signs = moves
    random = np.random.default_rng(0)
    numbers = np.frombuffer(random.bytes(8 * codes.shape[1]), dtype=np.int64)
    whole = np.zeros(len(codes), dtype=np.int64)
    for start in range(0, len(codes), WIDE_BLOCK):
        whole[start : start + WIDE_BLOCK] = codes[start : start + WIDE_BLOCK].astype(np.int64) @ numbers
    result = whole[regions]
    np.subtract.at(result, slots, signs * numbers[columns])
    return result


def _same_faces(
    codes: NDArray[np.int8],
    regions: NDArray[np.int64],
    moves: tuple[NDArray[Any], ...],
    sides: NDArray[np.int64],
) -> bool:
    """Whether the face codes of each pair of facets agree, entry by entry: equal hashes only suggest it."""
    starts, _, columns, signs = moves
    for start in range(0, len(sides), BLOCK):
        faces: list[NDArray[np.int8]] = []
        for side in sides[start : start + BLOCK].T:
            counts = starts[side + 1] - starts[side]
            rows = np.repeat(np.arange(len(side)), counts)
            places = np.arange(len(rows)) + np.repeat(starts[side] - np.cumsum(counts) + counts, counts)
            face = codes[regions[side]]
            np.subtract.at(face, (rows, columns[places]), signs[places])
            faces.append(face)
        if not bool((faces[0] == faces[1]).all()):
            return False
    return True


def graph(
    codes: NDArray[np.int8], table: FacetTable, hyperplanes: Hyperplanes, *, is_complete: bool = True
) -> nx.Graph[int]:
    """The adjacency graph over region indices; each edge has the attribute `units`, its owners from either side."""
    import networkx as nx

    pairs, facets = shared_facets(codes, table, hyperplanes, is_complete=is_complete)
    result: nx.Graph[int] = nx.Graph()
    result.add_nodes_from(range(len(codes)))
    for (low, high), sides in zip(pairs.tolist(), facets.tolist(), strict=True):
        # A unit that vanishes on all of one region owns the facet from the other side only.
        owners = np.concatenate([table.owners_of(facet) for facet in sides]) - hyperplanes.first
        units = {hyperplanes.units[owner] for owner in cast("list[int]", owners.tolist())}
        result.add_edge(low, high, units=tuple(sorted(units)))
    return result


def matrix(
    codes: NDArray[np.int8], table: FacetTable, hyperplanes: Hyperplanes, *, is_complete: bool = True
) -> AdjacencyMatrix:
    """M[i, j] is True where regions i and j share a facet: the same graph, symmetric, its diagonal empty.

    Made from the arrays of facets; two regions, both convex, share at most one. Raises `InputError` without scipy.
    """
    try:
        from scipy.sparse import coo_array
    except ImportError as error:
        raise InputError(
            "A sparse adjacency is a scipy array, and scipy is not installed. Write pip install scipy, or "
            "part.adjacency() for the networkx graph.",
            table,
        ) from error
    pairs, _ = shared_facets(codes, table, hyperplanes, is_complete=is_complete)
    count = len(codes)
    # Most of what reads such a matrix takes 32-bit indices only. The pairs are sorted, so each row comes out sorted:
    # its lower neighbours first, then the higher ones.
    pairs = pairs.astype(np.int32 if count <= np.iinfo(np.int32).max else np.int64)
    rows, columns = np.concatenate([pairs[:, ::-1], pairs]).T
    return coo_array((np.ones(len(rows), dtype=np.bool_), (rows, columns)), shape=(count, count)).tocsr()


def adjacency(part: Partition, *, sparse: bool) -> nx.Graph[int] | AdjacencyMatrix:
    """The graph of a partition, or its matrix; raises `InputError` unless `sparse` is True or False."""
    if not isinstance(cast("object", sparse), bool):
        raise InputError(
            f"sparse is {brief(sparse)}; write True for a scipy.sparse array, or False for a networkx graph.", sparse
        )
    make = matrix if sparse else graph
    return make(part.codes, part.facet_table, part.hyperplanes, is_complete=part.complete)
