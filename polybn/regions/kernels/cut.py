"""One cell cut by one hyperplane: vertices by side, the edges that cross it, and a new vertex on each."""

from __future__ import annotations

from polybn.regions.kernels.choice import choose
from polybn.regions.kernels.compiled import inlined, once, part
from polybn.regions.kernels.floats import Floats, Integers
from polybn.regions.kernels.state import (
    ALIVE,
    COUNT,
    LEVEL,
    LOOSE,
    NEXT,
    PAIR_START,
    PAIRS,
    PLANE,
    SLOTS,
    START,
    Codes,
    Ids32,
)
from polybn.regions.kernels.vertex import solve


@once
def cut(
    dims: tuple[int, ...],
    rows: Floats,
    entries: Integers,
    vertices: Floats,
    masks: Integers,
    slots: Integers,
    pairs: Ids32,
    seen: Codes,
    tight: Integers,
    work: Floats,
    numbers: Integers,
    top: int,
    g: int,
) -> bool:
    """Replaces the cell on top by its part above ``g`` and, over it, its part below; False without a free slot.

    ``seen`` holds the signs at the vertices, both 1 and -1 among them; the arrays have room. A facet stays a facet of
    a part when one of its vertices is strictly inside the part. The vertices of the cut are those on it and one on
    each edge that crosses it.
    """
    start, count, alive = entries[top, START], entries[top, COUNT], entries[top, ALIVE]
    slot = 0
    while slot < SLOTS and alive >> slot & 1:
        slot += 1
    if slot == SLOTS:
        return False
    bit = 1 << slot
    fresh = _crossings(dims, rows, entries, vertices, masks, slots, seen, tight, work, numbers, top, g, bit)
    above, below = bit, bit
    for v in range(count):
        if seen[v] > 0:
            above |= masks[start + v]
        elif seen[v] < 0:
            below |= masks[start + v]
    place = start + count + fresh
    side = 1  # a variable, so that one compilation serves both sides
    upper = _part(dims, vertices, masks, seen, start, count, fresh, place, bit, above, side)
    side = -1
    lower = _part(dims, vertices, masks, seen, start, count, fresh, place + upper, bit, below, side)
    for v in range(upper + lower):
        masks[start + v] = masks[place + v]
        for i in range(len(dims) + 2):
            vertices[start + v, i] = vertices[place + v, i]
    over = top + 1
    for s in range(SLOTS):
        slots[over, s] = slots[top, s]
    slots[top, slot] = g
    slots[over, slot] = g
    entries[over, START] = start + upper
    entries[over, COUNT] = lower
    entries[over, LEVEL] = entries[top, LEVEL]
    entries[over, NEXT] = entries[top, NEXT] + 1
    entries[over, PLANE] = -1
    entries[over, ALIVE] = below
    entries[over, PAIR_START] = entries[top, PAIR_START] + entries[top, PAIRS]
    entries[over, PAIRS] = 0
    entries[top, COUNT] = upper
    entries[top, NEXT] += 1
    entries[top, PLANE] = g
    entries[top, ALIVE] = above
    if entries[top, PAIRS] > 0:
        _share_pairs(entries, pairs, top, over)
    return True


@part
def _part(
    dims: tuple[int, ...],
    vertices: Floats,
    masks: Integers,
    seen: Codes,
    start: int,
    count: int,
    fresh: int,
    place: int,
    bit: int,
    alive: int,
    side: int,
) -> int:
    """Copies the vertices of one side, the new ones (which follow the old) last; their number."""
    size = 0
    for v in range(count + fresh):
        sign = side if v >= count else seen[v]
        if sign == side or sign == 0:
            mask = masks[start + v] & alive
            masks[place + size] = mask | bit if sign == 0 else mask
            for i in range(len(dims) + 2):
                vertices[place + size, i] = vertices[start + v, i]
            size += 1
    return size


@once
def _share_pairs(entries: Integers, pairs: Ids32, top: int, over: int) -> None:
    """The coincident owners of the facets that each part keeps."""
    first, number = entries[top, PAIR_START], entries[top, PAIRS]
    kept = 0
    for p in range(first, first + number):
        if entries[over, ALIVE] >> pairs[p, 0] & 1:
            pairs[first + number + kept, 0] = pairs[p, 0]
            pairs[first + number + kept, 1] = pairs[p, 1]
            kept += 1
        # The list of the entry below keeps its length, so that what lies above it need not move.
        if not entries[top, ALIVE] >> pairs[p, 0] & 1:
            pairs[p, 1] = -1
    entries[over, PAIRS] = kept


@once
def _crossings(
    dims: tuple[int, ...],
    rows: Floats,
    entries: Integers,
    vertices: Floats,
    masks: Integers,
    slots: Integers,
    seen: Codes,
    tight: Integers,
    work: Floats,
    numbers: Integers,
    top: int,
    g: int,
    bit: int,
) -> int:
    """The points where the hyperplane meets an edge between its sides, after the vertices of the cell; their number."""
    d = len(dims)
    start, count = entries[top, START], entries[top, COUNT]
    fresh = start + count
    for p in range(start, start + count):
        if seen[p - start] <= 0:
            continue
        for n in range(start, start + count):
            if seen[n - start] >= 0:
                continue
            common = masks[p] & masks[n]
            number = ones(common)
            if number < d - 1 or not _is_edge(masks, start, count, p, n, common, d):
                continue
            masks[fresh] = common | bit
            choose(dims, rows, slots, tight, work, top, g, common, number)
            if not solve(dims, rows, tight, work, vertices[fresh]):
                numbers[LOOSE] += 1
            fresh += 1
    return fresh - start - count


@inlined
def _is_edge(masks: Integers, start: int, count: int, p: int, n: int, common: int, d: int) -> bool:
    """Whether two vertices with at least d - 1 common facets span an edge: no third vertex lies on all of them."""
    if ones(masks[p]) == d or ones(masks[n]) == d:
        return True
    for v in range(start, start + count):
        if masks[v] & common == common and v != p and v != n:
            return False
    return True


@inlined
def ones(mask: int) -> int:
    """The number of ones."""
    number = 0
    while mask:
        mask &= mask - 1
        number += 1
    return number
