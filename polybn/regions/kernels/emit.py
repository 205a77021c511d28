"""A finished cell leaves the stack as a region with code, certified witness and facets."""

from __future__ import annotations

import math

import numpy as np

from polybn.regions.kernels.compiled import once, part
from polybn.regions.kernels.floats import Floats, Integers
from polybn.regions.kernels.signs import float_sign
from polybn.regions.kernels.state import (
    ALIVE,
    COUNT,
    FACETS,
    FOUND,
    OWNERS,
    PAIR_START,
    PAIRS,
    SLOTS,
    START,
    Codes,
    Ids32,
    Regions,
)


@once
def emit_region(
    dims: tuple[int, ...],
    rows: Floats,
    code: Codes,
    signs: Codes,
    entries: Integers,
    vertices: Floats,
    slots: Integers,
    pairs: Ids32,
    numbers: Integers,
    out: Regions,
    top: int,
) -> bool:
    """Appends the region on top to the chunk; False, and nothing written, when it is full."""
    index, facets, ids = numbers[FOUND], numbers[FACETS], numbers[OWNERS]
    more = entries[top, PAIRS]
    if index == len(out.facets) or facets + SLOTS > len(out.owners) or ids + SLOTS + more > len(out.ids):
        return False
    target = out.codes[index]
    for k in range(len(target)):
        target[k] = code[0, k]
    _witness(dims, rows, signs, entries, vertices, slots, out.witnesses[index], top)
    if more == 0:
        number = _facets(entries, slots, out.owners[facets:], out.ids[ids:], top)
        numbers[OWNERS] += number
    else:
        number, written = _shared_facets(entries, slots, pairs, out.owners[facets:], out.ids[ids:], top)
        numbers[OWNERS] += written
    out.facets[index] = number
    numbers[FACETS] += number
    numbers[FOUND] += 1
    return True


@once
def _witness(
    dims: tuple[int, ...],
    rows: Floats,
    signs: Codes,
    entries: Integers,
    vertices: Floats,
    slots: Integers,
    witness: Floats,
    top: int,
) -> None:
    """The mean of the vertices, when it is certainly on the inner side of every facet; else NaN."""
    d = len(dims)
    start, count = entries[top, START], entries[top, COUNT]
    # The place after the last vertex is free. A float point is exact, so only the rows err.
    place = start + count
    norm = 0.0
    for i in range(d):
        total = 0.0
        for v in range(start, place):
            total += vertices[v, i]
        vertices[place, i] = total / count
        norm += abs(vertices[place, i])
    vertices[place, d] = norm * (1.0 + 2.0**-20)
    vertices[place, d + 1] = 0.0
    margin = _margin(dims, rows, signs, entries, vertices, slots, top, place)
    if margin > 0.0:
        # The coarsest point near it that the margin allows: half the grid, half the margin.
        grid = 2.0 ** (math.frexp(margin)[1] - 1)
        norm = 0.0
        for i in range(d):
            vertices[place + 1, i] = np.rint(vertices[place, i] / grid) * grid
            norm += abs(vertices[place + 1, i])
        vertices[place + 1, d] = norm * (1.0 + 2.0**-20)
        vertices[place + 1, d + 1] = 0.0
        if _margin(dims, rows, signs, entries, vertices, slots, top, place + 1) > 0.0:
            place += 1
    for i in range(d):
        witness[i] = vertices[place, i] if margin > 0.0 else float("nan")


@part
def _margin(
    dims: tuple[int, ...],
    rows: Floats,
    signs: Codes,
    entries: Integers,
    vertices: Floats,
    slots: Integers,
    top: int,
    place: int,
) -> float:
    """About the least distance, in the maximum norm, of a float point to the facets of the cell on top; 0 unless the
    point is certainly inside."""
    d = len(dims)
    margin = 4.0
    rest, slot = entries[top, ALIVE], 0
    while rest:
        if rest & 1:
            g = slots[top, slot]
            if float_sign(d, rows, vertices, g, place) != signs[g]:
                return 0.0
            value, norm = rows[d, g], 0.0
            for i in range(d):
                value += rows[i, g] * vertices[place, i]
                norm += abs(rows[i, g])
            margin = min(margin, abs(value) / norm)
        rest >>= 1
        slot += 1
    return margin


@once
def _facets(entries: Integers, slots: Integers, owners: Ids32, ids: Ids32, top: int) -> int:
    """The facets of a region without coincident owners, by increasing id; their number."""
    number = 0
    rest, slot = entries[top, ALIVE], 0
    while rest:
        if rest & 1:
            g = slots[top, slot]
            place = number
            while place > 0 and ids[place - 1] > g:
                ids[place] = ids[place - 1]
                place -= 1
            ids[place] = g
            owners[number] = 1
            number += 1
        rest >>= 1
        slot += 1
    return number


@once
def _shared_facets(
    entries: Integers, slots: Integers, pairs: Ids32, owners: Ids32, ids: Ids32, top: int
) -> tuple[int, int]:
    """Facets of which some have several owners: owners increase, facets go by their first owner; both numbers."""
    first, last = entries[top, PAIR_START], entries[top, PAIR_START] + entries[top, PAIRS]
    rest, number, written = entries[top, ALIVE], 0, 0
    while rest:
        # The facet with the least owner among those left.
        least, chosen = -1, 0
        for slot in range(SLOTS):
            if rest >> slot & 1:
                g = slots[top, slot]
                for p in range(first, last):
                    if pairs[p, 0] == slot and 0 <= pairs[p, 1] < g:
                        g = pairs[p, 1]
                if least < 0 or g < least:
                    least, chosen = g, slot
        rest &= ~(1 << chosen)
        owners[number] = _sorted_owners(pairs, first, last, chosen, slots[top, chosen], ids[written:])
        written += owners[number]
        number += 1
    return number, written


@once
def _sorted_owners(pairs: Ids32, first: int, last: int, slot: int, g: int, ids: Ids32) -> int:
    """Writes the owners of a facet in increasing order; their number."""
    ids[0] = g
    size = 1
    for p in range(first, last):
        if pairs[p, 0] == slot and pairs[p, 1] >= 0:
            at = size
            while at > 0 and ids[at - 1] > pairs[p, 1]:
                ids[at] = ids[at - 1]
                at -= 1
            ids[at] = pairs[p, 1]
            size += 1
    return size
