"""The facets of many regions at once: each row of a region is proved to carry a facet of its own, or to carry none.

A row of the network whose flipped code is absent from the complete list carries no facet, once it is certain that no
other row is its multiple (`facet_neighbours`). Where the flipped code is present the two regions may still be apart
(|h| > 1 has two sides), so the facet is proved by a point just beyond, or refuted (`facet_proofs`). Rows of the domain,
and all rows where a unit vanishes or the list is incomplete, are decided like this without neighbours. A row of the
domain that the cell of the earlier layers does not reach is not reached by its parts: it is refuted once for them all.

Hyperplanes that always coincide are one row (`facet_groups`). A region with any doubt, or with a facet where others
coincide, is left out: its count is -1.
"""

from __future__ import annotations

from typing import NamedTuple

from polybn.regions.kernels.compiled import compiled, once, part
from polybn.regions.kernels.facet_groups import Groups
from polybn.regions.kernels.facet_neighbours import NOBODY, Table, look_across
from polybn.regions.kernels.facet_program import DOUBT, FACET, OPEN, REDUNDANT, beyond
from polybn.regions.kernels.facet_proofs import OBJECTIVE, PLACE, RAY, distinct, values_at, violates_one
from polybn.regions.kernels.facet_rows import enter, invert, sign
from polybn.regions.kernels.floats import Floats, Integers
from polybn.regions.kernels.state import PLANE_START, Codes, Ids32, Path, Tables


class Scratch(NamedTuple):
    """Room to work on one region; the first rows of `status` and what follows are written anew each time."""

    active: Floats
    """(d + 3, planes): rows > 0 on the region, signed, and their P and Q."""
    inverse: Floats
    """(planes,): one over the values at the region's witness."""
    value: Floats
    """(planes,)"""
    simplex: Floats
    """(d + 6, d + 1)"""
    basis: Integers
    """(d,)"""
    status: Codes
    """(2, planes): what is known of each row; of those of the domain, on the cell of all layers but the last."""
    neighbours: Integers
    """(planes,): the region across each row, or ``NOBODY``."""
    flipped: Codes
    """(units,)"""
    axes: Codes
    """(d,): as long as the dimension."""


@compiled
def find_facets(
    d: int,
    tables: Tables,
    path: Path,
    table: Table,
    groups: Groups,
    complete: bool,
    first: int,
    scratch: Scratch,
    counts: Ids32,
    ids: Ids32,
) -> int:
    """Facets of regions first, first + 1, ... as long as ``ids`` has room; returns the next region.

    ``counts`` gets the number of facets of each region or -1, ``ids`` the leaders of their owners, increasing.
    """
    net, par = tables.layers, tables.parameters
    layers, planes, domain = net.shape[0] - 1, scratch.active.shape[1], net[0, PLANE_START]
    active, inverse, status = scratch.active, scratch.inverse, scratch.status
    simplex, basis, value = scratch.simplex, scratch.basis, scratch.value
    found = 0
    for region in range(first, len(table.codes)):
        if found + planes > len(ids):
            return region
        changed = enter(scratch.axes, net, par, path, table.codes, region)
        whole = sign(d, net, path, groups.leaders, changed, active)
        invert(d, active, planes, table.points, region, inverse, value)
        if changed < layers - 1:
            count = net[layers - 1, PLANE_START]
            for g in range(domain):
                status[1, g] = OPEN
                if layers > 1:
                    status[1, g] = beyond(
                        d, active, count, 2 * d, g, table.points[region], inverse, simplex, basis, value
                    )
        for g in range(planes):
            silent = path.signs[g] == 0 or groups.leaders[g] != g
            status[0, g] = REDUNDANT if silent or (g < domain and status[1, g] == REDUNDANT) else OPEN
        if whole and complete:
            look_across(path.signs, groups, table, region, scratch.flipped, domain, scratch.neighbours)
            for g in range(domain, planes):
                if scratch.neighbours[g] == NOBODY and groups.leaders[g] >= domain:
                    status[0, g] = REDUNDANT
            _cross(d, domain, table, region, scratch)
        sure = _decide(d, path, groups.leaders, table, region, scratch)
        counts[region] = -1
        if sure:
            counts[region] = 0
            for g in range(planes):
                if status[0, g] == FACET:
                    ids[found] = g
                    found += 1
                    counts[region] += 1
    return len(table.codes)


@once
def _cross(d: int, domain: int, table: Table, region: int, scratch: Scratch) -> None:
    """Facets met on the way to the neighbours; rows without one are open again where they may be multiples."""
    planes, status = scratch.active.shape[1], scratch.status
    for g in range(domain, planes):
        if status[0, g] == OPEN:
            for j in range(d):
                other = table.points[scratch.neighbours[g], j]
                scratch.simplex[d + RAY, j] = other - table.points[region, j]
            _shoot(d, table.points, region, scratch)
    for g in range(domain, planes):
        if status[0, g] == REDUNDANT:
            for i in range(planes):
                both = status[0, i] == REDUNDANT and i >= domain and i < g
                if i != g and status[0, i] != FACET and not both and not distinct(d, scratch.active, g, i):
                    status[0, g] = OPEN
                    break


@part
def _shoot(d: int, points: Floats, region: int, scratch: Scratch) -> None:
    """Marks the row that the ray in the scratch meets first as one with a facet, where that is certain."""
    count = scratch.active.shape[1]
    simplex, value, active = scratch.simplex, scratch.value, scratch.active
    constants = active[d, :count]
    values_at(d, active, count, simplex, d + RAY, value)
    first, nearest, second = -1, 0.0, 0.0
    for i in range(count):
        ratio = (value[i] - constants[i]) * scratch.inverse[i]
        if ratio < nearest:
            first, second, nearest = i, nearest, ratio
        elif ratio < second:
            second = ratio
    if first < 0 or scratch.status[0, first] == FACET:
        return
    length = -0.5 / nearest - 0.5 / second if 3.0 * second < nearest else -2.0 / nearest
    for j in range(d):
        simplex[d + PLACE, j] = points[region, j] + length * simplex[d + RAY, j]
    for j in range(d + 1):
        simplex[d + OBJECTIVE, j] = -active[j, first]
    p, q = active[d + 1, first], active[d + 2, first]
    if violates_one(d, active, count, first, simplex, value, p, q):
        scratch.status[0, first] = FACET


@once
def _decide(d: int, path: Path, leaders: Integers, table: Table, region: int, scratch: Scratch) -> bool:
    """Every row still open, by a ray against its normal or by a linear program; False for a doubt."""
    active, status = scratch.active, scratch.status
    planes = active.shape[1]
    for g in range(planes):
        if status[0, g] == OPEN:
            for j in range(d):
                scratch.simplex[d + RAY, j] = -active[j, g]
            _shoot(d, table.points, region, scratch)
        if status[0, g] == OPEN:
            status[0, g] = beyond(
                d, active, planes, 2 * d, g, table.points[region], scratch.inverse,
                scratch.simplex, scratch.basis, scratch.value,
            )  # fmt: skip
        if status[0, g] == DOUBT:
            if not _empty_beyond_all(d, path, leaders, table, region, g, scratch):
                return False
            status[0, g] = REDUNDANT
    return True


@part
def _empty_beyond_all(
    d: int, path: Path, leaders: Integers, table: Table, region: int, g: int, scratch: Scratch
) -> bool:
    """Whether row g carries no facet although rows like it may be multiples: none of them is needed to refute it."""
    active = scratch.active
    planes = active.shape[1]
    for i in range(2 * d, planes):
        if i != g and not distinct(d, active, g, i):
            for j in range(d + 3):
                active[j, i] = 1.0 if j == d else 0.0
    answer = beyond(
        d, active, planes, 2 * d, g, table.points[region], scratch.inverse,
        scratch.simplex, scratch.basis, scratch.value,
    )  # fmt: skip
    for i in range(2 * d, planes):
        if path.signs[i] != 0 and leaders[i] == i:
            for j in range(d + 3):
                active[j, i] = path.rows[j, i] * (path.signs[i] if j <= d else 1)
    return answer == REDUNDANT
