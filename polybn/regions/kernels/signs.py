"""The only predicate: the sign of a hyperplane's row at a vertex, by floats where their bound is certain of it."""

from __future__ import annotations

from polybn.regions.kernels.compiled import inlined, once, part
from polybn.regions.kernels.floats import Floats, Integers
from polybn.regions.kernels.state import (
    BREAKS,
    COUNT,
    PAIR_START,
    PAIRS,
    PLANE_START,
    SLOTS,
    START,
    UNIT_START,
    UNITS,
    Codes,
    Ids32,
)

FLOOR = 2.0**-960
"""Exceeds what underflow can take from a value or from its bound."""

UNKNOWN = 2
"""The sign is not decided: by floats, or while there are no residues."""


@inlined
def float_sign(d: int, rows: Floats, vertices: Floats, g: int, v: int) -> int:
    """-1, 0 or 1 where floats are certain, else ``UNKNOWN``; NaN makes every comparison false."""
    value = rows[d, g]
    for i in range(d):
        value += rows[i, g] * vertices[v, i]
    p, q, a = rows[d + 1, g], rows[d + 2, g], rows[d + 3, g]
    norm, delta = vertices[v, d], vertices[v, d + 1]
    bound = p * norm + q + a * delta + FLOOR
    if value > bound:
        return 1
    if value < -bound:
        return -1
    # Exact zeros: a row without a constant at the origin, or a row that is zero whatever the code.
    if q == 0.0 and (norm == 0.0 or p == 0.0) and (delta == 0.0 or a == 0.0):
        return 0
    return UNKNOWN


@once
def classify(
    dims: tuple[int, ...], rows: Floats, vertices: Floats, start: int, count: int, plane: int, n: int, scratch: Floats
) -> None:
    """Bounds of n hyperplanes from ``plane`` on over the vertices of a cell, to the first two rows of ``scratch``.

    The first is the least lower bound of a value at a vertex, the second the greatest upper bound: where the first is
    positive the row is positive on the closed cell.
    """
    d = len(dims)
    low, high, value = scratch[0, :n], scratch[1, :n], scratch[2, :n]
    p, q, a = rows[d + 1, plane : plane + n], rows[d + 2, plane : plane + n], rows[d + 3, plane : plane + n]
    constant = rows[d, plane : plane + n]
    for k in range(n):
        low[k] = 1e300
        high[k] = -1e300
    for v in range(start, start + count):
        for k in range(n):
            value[k] = constant[k]
        for i in range(d):
            row, y = rows[i, plane : plane + n], vertices[v, i]
            for k in range(n):
                value[k] += row[k] * y
        norm, delta = vertices[v, d], vertices[v, d + 1]
        for k in range(n):
            bound = p[k] * norm + q[k] + a[k] * delta + FLOOR
            below, above = value[k] - bound, value[k] + bound
            low[k] = min(low[k], below)
            high[k] = max(high[k], above)


@part
def touch(entries: Integers, masks: Integers, seen: Codes, pairs: Ids32, top: int, g: int, dimension: int) -> None:
    """Records hyperplane ``g`` as an owner of the facet of the cell on which it vanishes, if there is one.

    ``seen`` holds its signs at the vertices, some 0, the others of one sign.
    """
    start, count = entries[top, START], entries[top, COUNT]
    zeros = 0
    common = -1
    for v in range(count):
        if seen[v] == 0:
            zeros += 1
            common &= masks[start + v]
    if zeros < dimension:
        return
    for slot in range(SLOTS):
        if common >> slot & 1:
            members = 0
            for v in range(count):
                members += masks[start + v] >> slot & 1
            if members == zeros:
                place = entries[top, PAIR_START] + entries[top, PAIRS]
                pairs[place, 0] = slot
                pairs[place, 1] = g
                entries[top, PAIRS] += 1
                return


@once
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
