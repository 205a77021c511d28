"""The rows of a layer on one cell: dot products, or corrections for the units of the layer before that flipped."""

from __future__ import annotations

from polybn.regions.kernels.compiled import once, part
from polybn.regions.kernels.floats import UPDATES, Floats, Integers
from polybn.regions.kernels.state import (
    BASED,
    BIASES,
    BREAKS,
    COLUMNS,
    INPUTS,
    INTERCEPTS,
    PLANE_START,
    POINTS,
    SLOPES,
    STAMP,
    UNIT_START,
    UNITS,
    UPDATES_MADE,
    Codes,
)


@part
def compute_rows(
    dims: tuple[int, ...],
    net: Integers,
    par: Floats,
    rows: Floats,
    units: Floats,
    code: Codes,
    table: Integers,
    layer: int,
) -> None:
    """Writes the layer's pre-activations and hyperplane rows for the current code.

    Corrections start from the pre-activations of the last cell with the same layer before, at most ``UPDATES`` in a
    row: what the error constants of `floats` allow.
    """
    if layer == 0:
        if table[0, STAMP] > 0:
            return
        _first(dims, net, par, units)
    elif table[layer, BASED] != table[layer - 1, STAMP] or not _corrected(dims, net, par, units, code, table, layer):
        _afresh(dims, net, par, units, code, layer)
        table[layer, UPDATES_MADE] = 0
        table[layer, BASED] = table[layer - 1, STAMP]
    table[layer, STAMP] += 1
    _hyperplanes(dims, net, par, rows, units, layer)


@once
def _first(dims: tuple[int, ...], net: Integers, par: Floats, units: Floats) -> None:
    d, n = len(dims), net[0, UNITS]
    for k in range(n):
        for i in range(d):
            units[i, k] = par[net[0, COLUMNS] + i * n + k]
        units[d, k] = par[net[0, BIASES] + k]


@once
def _afresh(dims: tuple[int, ...], net: Integers, par: Floats, units: Floats, code: Codes, layer: int) -> None:
    """h = W z + b, one column of W at a time."""
    d = len(dims)
    start, before, n, breaks = (
        net[layer, UNIT_START],
        net[layer - 1, UNIT_START],
        net[layer, UNITS],
        net[layer - 1, BREAKS],
    )
    for i in range(d):
        units[i, start : start + n] = 0.0
    for k in range(n):
        units[d, start + k] = par[net[layer, BIASES] + k]
    for j in range(net[layer, INPUTS]):
        code[1, before + j] = code[0, before + j]
        piece = (code[0, before + j] + breaks + 1) // 2
        slope = par[net[layer - 1, SLOPES] + piece]
        shift = par[net[layer - 1, INTERCEPTS] + j * (breaks + 1) + piece]
        if slope != 0.0 or shift != 0.0:
            _add(d, units, start, n, par, net[layer, COLUMNS] + j * n, slope, before + j, shift)


@once
def _corrected(
    dims: tuple[int, ...], net: Integers, par: Floats, units: Floats, code: Codes, table: Integers, layer: int
) -> bool:
    """Whether the pre-activations could be corrected for the units of the layer before that flipped."""
    d = len(dims)
    start, before, n, breaks = (
        net[layer, UNIT_START],
        net[layer - 1, UNIT_START],
        net[layer, UNITS],
        net[layer - 1, BREAKS],
    )
    inputs = net[layer, INPUTS]
    flips = 0
    for j in range(before, before + inputs):
        if code[0, j] != code[1, j]:
            flips += 1
    if table[layer, UPDATES_MADE] + flips > UPDATES or 4 * flips > inputs:
        return False
    for j in range(inputs):
        if code[0, before + j] != code[1, before + j]:
            piece, was = (code[0, before + j] + breaks + 1) // 2, (code[1, before + j] + breaks + 1) // 2
            code[1, before + j] = code[0, before + j]
            first = net[layer - 1, SLOPES]
            slope = par[first + piece] - par[first + was]
            first = net[layer - 1, INTERCEPTS] + j * (breaks + 1)
            shift = par[first + piece] - par[first + was]
            _add(d, units, start, n, par, net[layer, COLUMNS] + j * n, slope, before + j, shift)
    table[layer, UPDATES_MADE] += flips
    return True


@part
def _add(
    d: int, units: Floats, start: int, n: int, par: Floats, column: int, slope: float, unit: int, shift: float
) -> None:
    """h += column (slope h_unit + shift)."""
    source = par[column : column + n]
    for i in range(d + 1):
        factor = slope * units[i, unit]
        if i == d:
            factor += shift
        if factor != 0.0:
            target = units[i, start : start + n]
            for k in range(n):
                target[k] += source[k] * factor


@once
def _hyperplanes(dims: tuple[int, ...], net: Integers, par: Floats, rows: Floats, units: Floats, layer: int) -> None:
    """One row h - t for each breakpoint t of each unit."""
    d = len(dims)
    start, n, breaks, plane = net[layer, UNIT_START], net[layer, UNITS], net[layer, BREAKS], net[layer, PLANE_START]
    points = par[net[layer, POINTS] : net[layer, POINTS] + n * breaks]
    if breaks == 1:
        for i in range(d):
            target, source = rows[i, plane : plane + n], units[i, start : start + n]
            for k in range(n):
                target[k] = source[k]
        target, source = rows[d, plane : plane + n], units[d, start : start + n]
        for k in range(n):
            target[k] = source[k] - points[k]
        return
    for k in range(n):
        for t in range(breaks):
            g = plane + k * breaks + t
            for i in range(d):
                rows[i, g] = units[i, start + k]
            rows[d, g] = units[d, start + k] - points[k * breaks + t]
