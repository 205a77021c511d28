"""Depth-first subdivision of the domain by the layers of a network: the loop of the compiled engine for small d.

The cell on top of the stack is cut by the next hyperplane of its layer that crosses it, its part below first, so
regions come out in increasing order of code. When no hyperplane of the layer is left, the cell is finished for the
layer and becomes a cell of the next one. The loop can stop between any two steps and go on later: it stops when a chunk
of the output is full, an array is too small, or residues are needed. Of the cells at some level of the tree of cuts,
the leaves, it can subdivide a share only, and then a later one: many processes walk the same few cuts above, and share
the rest.
"""

from __future__ import annotations

from polybn.regions.kernels.compiled import compiled, inlined, once, part
from polybn.regions.kernels.cut import cut
from polybn.regions.kernels.emit import emit_region
from polybn.regions.kernels.floats import Floats, Integers
from polybn.regions.kernels.oracle import exact_sign
from polybn.regions.kernels.residues import Residues
from polybn.regions.kernels.rows import compute_rows
from polybn.regions.kernels.signs import UNKNOWN, classify, code_of_signs, float_sign, touch
from polybn.regions.kernels.state import (
    COUNT,
    CROSSINGS,
    DEPTH,
    DOUBTS,
    FOUND_CELLS,
    FROM,
    LEAF_LAYER,
    LEAF_NEXT,
    LEAVES,
    LEVEL,
    NEXT,
    PAIR_START,
    PAIRS,
    PLANE,
    PLANE_START,
    START,
    UNTIL,
    Codes,
    Ids32,
    Path,
    Regions,
    Stack,
    Tables,
)

DONE, FULL, GROW, NEED_RESIDUES, TOO_MANY_FACETS, SHARED = range(6)


@compiled
def subdivide(
    dims: tuple[int, ...],
    tables: Tables,
    path: Path,
    stack: Stack,
    T: Residues,
    scratch: Floats,
    work: Floats,
    tight: Integers,
    numbers: Integers,
    out: Regions,
) -> int:
    """Runs until the stack is empty, or until something is missing; says which. Finished regions go to ``out``."""
    net, par = tables
    rows, units, code, signs, crossing, table = path
    entries, vertices, masks, slots, pairs, seen = stack
    last = len(net) - 2
    while numbers[DEPTH] > 0:
        top = numbers[DEPTH] - 1
        layer = entries[top, LEVEL]
        if entries[top, PLANE] >= 0:
            signs[entries[top, PLANE]] = 1
            entries[top, PLANE] = -1
        is_leaf = _is_leaf(table, entries, numbers, top, layer)
        if is_leaf and numbers[LEAVES] < numbers[FROM]:
            numbers[LEAVES] += 1
            numbers[DEPTH] -= 1
            continue
        if is_leaf and numbers[LEAVES] >= numbers[UNTIL]:
            return SHARED
        if layer >= 0 and entries[top, NEXT] < table[layer, CROSSINGS]:
            g = crossing[net[layer, PLANE_START] + entries[top, NEXT]]
            status = _advance(dims, net, rows, code, signs, table, entries, vertices, masks, slots, pairs, seen,
                              T, work, tight, numbers, top, g)  # fmt: skip
            if status != DONE:
                return status
        else:
            if layer >= 0:
                code_of_signs(net, code, signs, layer)
            if layer == last:
                if not emit_region(dims, rows, code, signs, entries, vertices, slots, pairs, numbers, out, top):
                    return FULL
                numbers[DEPTH] -= 1
            else:
                compute_rows(dims, net, par, rows, units, code, table, layer + 1)
                status = _descend(dims, net, rows, code, signs, crossing, table, entries, vertices, masks, slots,
                                  pairs, seen, T, scratch, tight, numbers, top, layer + 1)  # fmt: skip
                if status != DONE:
                    return status
            if layer >= 0:
                table[layer, FOUND_CELLS] += 1
            entries[top, LEVEL] = layer + 1
            entries[top, NEXT] = 0
        if is_leaf:
            numbers[LEAVES] += 1
    return DONE


@inlined
def _is_leaf(table: Integers, entries: Integers, numbers: Integers, top: int, layer: int) -> bool:
    """Whether the cell on top is a leaf; on the way to its regions a cell is one exactly once."""
    if layer != numbers[LEAF_LAYER]:
        return False
    return entries[top, NEXT] == min(numbers[LEAF_NEXT], table[layer, CROSSINGS])


@part
def _signs_on_cell(
    dims: tuple[int, ...],
    net: Integers,
    rows: Floats,
    code: Codes,
    table: Integers,
    entries: Integers,
    vertices: Floats,
    masks: Integers,
    slots: Integers,
    seen: Codes,
    T: Residues,
    tight: Integers,
    numbers: Integers,
    top: int,
    g: int,
) -> int:
    """The sign of a row at every vertex, to ``seen``; the sum of 1 (some -), 2 (some +), 4 (some 0); -1: unknown."""
    found = 0
    start, count = entries[top, START], entries[top, COUNT]
    for v in range(count):
        sign = float_sign(len(dims), rows, vertices, g, start + v)
        if sign == UNKNOWN:
            numbers[DOUBTS] += 1
            sign = exact_sign(dims, net, code, table, masks, slots, tight, T, top, g, start + v)
            if sign == UNKNOWN:
                return -1
        seen[v] = sign
        found |= 2 if sign > 0 else 1 if sign < 0 else 4
    return found


@once
def _advance(
    dims: tuple[int, ...],
    net: Integers,
    rows: Floats,
    code: Codes,
    signs: Codes,
    table: Integers,
    entries: Integers,
    vertices: Floats,
    masks: Integers,
    slots: Integers,
    pairs: Ids32,
    seen: Codes,
    T: Residues,
    work: Floats,
    tight: Integers,
    numbers: Integers,
    top: int,
    g: int,
) -> int:
    """One crossing hyperplane: the sign of the cell on top, or its two parts."""
    count = entries[top, COUNT]
    # At most (count / 2)^2 new vertices, and two copies of all.
    if entries[top, START] + 4 * count + count * count >= len(masks) or top + 2 >= len(entries):
        return GROW
    if entries[top, PAIR_START] + 2 * entries[top, PAIRS] + 2 >= len(pairs):
        return GROW
    found = _signs_on_cell(dims, net, rows, code, table, entries, vertices, masks, slots, seen, T, tight, numbers,
                           top, g)  # fmt: skip
    if found < 0:
        return NEED_RESIDUES
    if found & 3 == 3:
        if not cut(dims, rows, entries, vertices, masks, slots, pairs, seen, tight, work, numbers, top, g):
            return TOO_MANY_FACETS
        signs[g] = -1
        numbers[DEPTH] += 1
        return DONE
    signs[g] = 1 if found & 2 else -1 if found & 1 else 0
    if found & 4 and found & 3:
        touch(entries, masks, seen, pairs, top, g, len(dims))
    entries[top, NEXT] += 1
    return DONE


@once
def _descend(
    dims: tuple[int, ...],
    net: Integers,
    rows: Floats,
    code: Codes,
    signs: Codes,
    crossing: Integers,
    table: Integers,
    entries: Integers,
    vertices: Floats,
    masks: Integers,
    slots: Integers,
    pairs: Ids32,
    seen: Codes,
    T: Residues,
    scratch: Floats,
    tight: Integers,
    numbers: Integers,
    top: int,
    layer: int,
) -> int:
    """Sorts the layer's hyperplanes on the cell on top: a sign, or crossing."""
    plane, n = net[layer, PLANE_START], net[layer + 1, PLANE_START] - net[layer, PLANE_START]
    start, count, owned = entries[top, START], entries[top, COUNT], entries[top, PAIRS]
    if entries[top, PAIR_START] + owned + n > len(pairs) or start + count + 2 >= len(masks):
        return GROW
    classify(dims, rows, vertices, start, count, plane, n, scratch)
    number = 0
    for k in range(n):
        if scratch[0, k] > 0.0:
            signs[plane + k] = 1
        elif scratch[1, k] < 0.0:
            signs[plane + k] = -1
        else:
            found = _signs_on_cell(dims, net, rows, code, table, entries, vertices, masks, slots, seen, T, tight,
                                   numbers, top, plane + k)  # fmt: skip
            if found < 0:
                entries[top, PAIRS] = owned
                return NEED_RESIDUES
            if found & 3 == 3:
                crossing[plane + number] = plane + k
                number += 1
            else:
                signs[plane + k] = 1 if found & 2 else -1 if found & 1 else 0
                if found & 4 and found & 3:
                    touch(entries, masks, seen, pairs, top, plane + k, len(dims))
    table[layer, CROSSINGS] = number
    return DONE
