"""A given cell on the empty stack, with the rows of the layers that made it; signs to codes and back."""

from __future__ import annotations

from polybn.regions.kernels.compiled import once, part
from polybn.regions.kernels.floats import Floats, Integers
from polybn.regions.kernels.rows import compute_rows
from polybn.regions.kernels.state import (
    ALIVE,
    BREAKS,
    CELL_PAIRS,
    CELL_VERTICES,
    COUNT,
    CROSSINGS,
    CURSOR,
    DEPTH,
    LEVEL,
    NEXT,
    PAIR_START,
    PAIRS,
    PLANE,
    PLANE_START,
    SLOTS,
    START,
    UNIT_START,
    UNITS,
    Cells,
    Codes,
    Ids32,
)


@once
def load(
    dims: tuple[int, ...],
    net: Integers,
    par: Floats,
    rows: Floats,
    units: Floats,
    code: Codes,
    signs: Codes,
    table: Integers,
    entries: Integers,
    vertices: Floats,
    masks: Integers,
    slots: Integers,
    pairs: Ids32,
    numbers: Integers,
    cells: Cells,
    level: int,
) -> None:
    """Puts the next given cell, finished up to layer ``level``, on the empty stack."""
    c = numbers[CURSOR]
    v, p = numbers[CELL_VERTICES], numbers[CELL_PAIRS]
    count, more = cells.sizes[c, 0], cells.sizes[c, 1]
    for i in range(count):
        masks[i] = cells.masks[v + i]
        for j in range(len(dims) + 2):
            vertices[i, j] = cells.vertices[v + i, j]
    for i in range(more):
        pairs[i, 0] = cells.pairs[p + i, 0]
        pairs[i, 1] = cells.pairs[p + i, 1]
    for s in range(SLOTS):
        slots[0, s] = cells.slots[c, s]
    for k in range(code.shape[1]):
        code[0, k] = cells.codes[c, k]
    for layer in range(level + 1):
        compute_rows(dims, net, par, rows, units, code, table, layer)
        _signs_of_code(net, code, signs, layer)
        table[layer, CROSSINGS] = 0
    entries[0, START] = 0
    entries[0, COUNT] = count
    entries[0, LEVEL] = level
    entries[0, NEXT] = 1  # not 0: the cell was counted when it was found
    entries[0, PLANE] = -1
    entries[0, PAIR_START] = 0
    entries[0, PAIRS] = more
    entries[0, ALIVE] = cells.sizes[c, 2]
    numbers[CELL_VERTICES] += count
    numbers[CELL_PAIRS] += more
    numbers[CURSOR] += 1
    numbers[DEPTH] = 1


@part
def code_of_signs(net: Integers, code: Codes, signs: Codes, layer: int) -> None:
    """The layer's part of the current code: the sum of signs over the breakpoints of each unit."""
    start, n, breaks, plane = net[layer, UNIT_START], net[layer, UNITS], net[layer, BREAKS], net[layer, PLANE_START]
    if breaks == 1:
        target, source = code[0, start : start + n], signs[plane : plane + n]
        for k in range(n):
            target[k] = source[k]
        return
    for k in range(n):
        total = 0
        for t in range(breaks):
            total += signs[plane + k * breaks + t]
        code[0, start + k] = total


@once
def _signs_of_code(net: Integers, code: Codes, signs: Codes, layer: int) -> None:
    start, n, breaks, plane = net[layer, UNIT_START], net[layer, UNITS], net[layer, BREAKS], net[layer, PLANE_START]
    for k in range(n):
        for t in range(breaks):
            position = code[0, start + k] + breaks - 1 - 2 * t
            signs[plane + k * breaks + t] = 1 if position > 0 else -1 if position < 0 else 0
