"""Two regions are adjacent when they share a facet: when a facet of each carries the same face code."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from polybn.errors import InternalError
from polybn.regions.facet_table import FacetTable
from polybn.regions.hyperplanes import Hyperplanes

if TYPE_CHECKING:
    import networkx as nx


def shared_facets(
    codes: NDArray[np.int8], table: FacetTable, hyperplanes: Hyperplanes
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(pairs, facets): for each facet inside the domain its two regions (low, high) and its two table indices.

    The *face code* of a facet is the code on its relative interior: the region's code with every unit that owns the
    facet moved onto its breakpoint. Sets of points with one full sign vector are convex, so a face code names at most
    one facet, and both of its regions compute the same one, however many units own it or vanish beside it. (The set
    of one face code is never full-dimensional: in the first layer with an owner, the owner's row is one affine
    function on all of the set, and not zero.)
    """
    is_inside = ~table.on_domain_boundary(hyperplanes.first)
    inside = np.flatnonzero(is_inside)
    regions = table.regions[inside]
    face_codes = codes[regions]
    counts = np.diff(table.owner_starts)
    owners = table.owners[np.repeat(is_inside, counts)].astype(np.int64) - hyperplanes.first
    slots = np.repeat(np.arange(len(inside)), counts[inside])
    columns = hyperplanes.columns[owners]
    signs = hyperplanes.signs_of(owners, codes[regions[slots], columns])
    np.subtract.at(face_codes, (slots, columns), signs)
    order, starts = _groups(face_codes)
    if len(inside) and not bool((np.diff(starts) == 2).all()):
        raise InternalError("A facet inside the domain does not have exactly two regions.", table)
    sides = np.stack([order[starts[:-1]], order[starts[:-1] + 1]], axis=1)
    pairs = np.sort(regions[sides], axis=1)
    arrange = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return pairs[arrange], inside[sides][arrange]


def graph(codes: NDArray[np.int8], table: FacetTable, hyperplanes: Hyperplanes) -> nx.Graph[int]:
    """The adjacency graph over region indices; each edge has the attribute `units`, its owners from either side."""
    import networkx as nx

    pairs, facets = shared_facets(codes, table, hyperplanes)
    result: nx.Graph[int] = nx.Graph()
    result.add_nodes_from(range(len(codes)))
    for (low, high), sides in zip(pairs.tolist(), facets.tolist(), strict=True):
        # A unit that vanishes on all of one region owns the facet from the other side only.
        owners = np.concatenate([table.owners_of(facet) for facet in sides]) - hyperplanes.first
        units = {hyperplanes.units[owner] for owner in cast("list[int]", owners.tolist())}
        result.add_edge(low, high, units=tuple(sorted(units)))
    return result


def _groups(codes: NDArray[np.int8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """An order that brings equal rows together, and where each group starts in it (with the end appended)."""
    if len(codes) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64)
    packed = np.ascontiguousarray(codes).view(f"V{codes.shape[1]}").ravel()
    _, inverse = np.unique(packed, return_inverse=True)
    order = np.argsort(inverse, kind="stable").astype(np.int64)
    starts = np.flatnonzero(np.diff(inverse[order], prepend=-1))
    return order, np.append(starts, len(codes)).astype(np.int64)
