"""The facets of all regions of a partition: by the compiled search, and by exact arithmetic where it has a doubt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from polybn.regions.facet_table import FacetTable, Owners
from polybn.regions.kernels.facet_groups import Groups
from polybn.regions.kernels.facet_neighbours import NOBODY, Table, fill
from polybn.regions.kernels.facet_search import Scratch, find_facets
from polybn.regions.kernels.floats import FloatNetwork, Floats
from polybn.regions.kernels.state import Codes, Ids32, path_of, tables_of

ROOM = 1 << 16
"""Owners a call, at least."""


class BulkFacets(NamedTuple):
    """The table, and how many regions exact arithmetic had to do."""

    table: FacetTable
    doubtful: int


def bulk_facets(
    network: FloatNetwork,
    groups: Groups,
    codes: Codes,
    points: Floats,
    exactly: Callable[[int], Owners],
    *,
    complete: bool,
) -> BulkFacets:
    """The facets of every region, each with all its owners, as the exact path finds them one by one.

    ``groups`` are those of the network over the domain. ``codes`` (regions, units) increase; ``points`` (regions, d)
    are scaled coordinates, inside the regions or as near as floats come: they guide and prove nothing.
    ``exactly(index)`` are the facets of one region by exact arithmetic, asked for where floats leave a doubt or
    hyperplanes coincide on a facet that do not always. ``complete`` says that all regions of the domain are listed;
    neighbours then decide most rows. Cost: some microseconds a region, and the exact path for the doubtful ones.
    """
    counts, ids = _searched(network, groups, codes, points, complete)
    doubtful: list[int] = np.flatnonzero(counts < 0).tolist()
    return BulkFacets(_merged(counts, ids, groups, {index: exactly(index) for index in doubtful}), len(doubtful))


def _searched(
    network: FloatNetwork, groups: Groups, codes: Codes, points: Floats, complete: bool
) -> tuple[Ids32, Ids32]:
    """(regions,) numbers of facets, -1 where there is a doubt, and the first owner of each facet."""
    regions, d = points.shape
    planes = int(network.plane_start[-1])
    counts = np.zeros(regions, dtype=np.int32)
    found: list[Ids32] = []
    tables, path, scratch = tables_of(network), path_of(network, d), _scratch(network, groups, d)
    table = _table(codes, points)
    first = 0
    while first < regions:
        ids = np.empty(max(ROOM, 2 * planes), dtype=np.int32)
        after = find_facets(d, tables, path, table, groups, complete, first, scratch, counts, ids)
        found.append(ids[: int(np.maximum(counts[first:after], 0).sum())])
        first = after
    return counts, np.concatenate(found) if found else np.zeros(0, dtype=np.int32)


def _table(codes: Codes, points: Floats) -> Table:
    regions, units = codes.shape
    weights = np.random.default_rng(0).integers(1 << 44, size=units, dtype=np.int64)
    hashes = np.zeros(regions, dtype=np.int64)
    for column in range(units):
        hashes += weights[column] * codes[:, column].astype(np.int64)
    places = np.full(1 << max(4, (2 * regions).bit_length()), NOBODY, dtype=np.int64)
    fill(hashes, places)
    return Table(np.ascontiguousarray(codes), np.ascontiguousarray(points), hashes, weights, places)


def _scratch(network: FloatNetwork, groups: Groups, d: int) -> Scratch:
    planes, domain = int(network.plane_start[-1]), int(network.plane_start[0])
    active = np.zeros((d + 3, planes))
    active[: d + 1, :domain] = network.domain.T
    active[d + 1, :domain], active[d + 2, :domain] = network.slope_error[:domain], network.offset_error[:domain]
    spare = np.flatnonzero(groups.leaders[:domain] != np.arange(domain))
    active[:, spare] = 0.0
    active[d, spare] = 1.0
    return Scratch(
        active,
        np.zeros(planes),
        np.zeros(planes),
        np.zeros((d + 6, d + 1)),
        np.zeros(d, dtype=np.int64),
        np.zeros((2, planes), dtype=np.int8),
        np.full(planes, NOBODY, dtype=np.int64),
        np.zeros(int(network.unit_start[-1]), dtype=np.int8),
        np.zeros(d, dtype=np.int8),
    )


def _merged(counts: Ids32, ids: Ids32, groups: Groups, exact: Mapping[int, Owners]) -> FacetTable:
    """All members of the groups that own the facets, and the facets of some regions put in their places."""
    counts = np.maximum(counts, 0)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    owners: list[Ids32] = []
    widths: list[Ids32] = []
    last = 0
    for index, facets in exact.items():
        _add(owners, widths, ids[starts[last] : starts[index]], groups)
        counts[index] = len(facets)
        owners.append(np.array([g for owned in facets for g in owned], dtype=np.int32))
        widths.append(np.array([len(owned) for owned in facets], dtype=np.int32))
        last = index
    _add(owners, widths, ids[starts[last] :], groups)
    return FacetTable(
        np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64),
        np.concatenate([[0], np.cumsum(np.concatenate(widths))]).astype(np.int64),
        np.concatenate(owners).astype(np.int32),
    )


def _add(owners: list[Ids32], widths: list[Ids32], leaders: Ids32, groups: Groups) -> None:
    """The groups of these leaders, one after the other, and their sizes."""
    sizes = np.bincount(groups.leaders, minlength=len(groups.leaders)).astype(np.int32)
    width = sizes[leaders]
    starts = np.cumsum(width) - width
    members = np.empty(int(width.sum()), dtype=np.int32)
    current = leaders.astype(np.int64)
    places = starts.astype(np.int64)
    while len(current):
        members[places] = current
        current, places = groups.following[current], places + 1
        kept = current >= 0
        current, places = current[kept], places[kept]
    owners.append(members)
    widths.append(width)
