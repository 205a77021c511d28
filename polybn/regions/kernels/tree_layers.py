"""The hyperplanes of a layer on the current code, and their signs at a point, certain or unknown."""

from __future__ import annotations

from polybn.regions.kernels.compiled import once, part
from polybn.regions.kernels.tree_arrays import (
    BIASES,
    BOUND,
    BREAKS,
    COLUMNS,
    COUNTS,
    HIGH_IN,
    INPUTS,
    INTERCEPTS,
    LOW_IN,
    OPEN,
    PLANE,
    POINTS,
    SIZE,
    SLOPES,
    UNIT,
    UNITS,
    WEIGHTS,
    Search,
    Tables,
)


@part
def draw_layer(T: Tables, S: Search, layer: int) -> None:
    """Writes h = W a(h) + b for the layer and one row h - t for each breakpoint, and opens every hyperplane.

    A row that is zero term by term gets the sign 0 instead of `OPEN`.
    """
    d, first = S.box.shape[1], S.reach.shape[0]
    ids = S.error.shape[1] - first
    units = S.rows.shape[1] - first - ids
    start, n, inputs = T.layers[layer, UNIT], T.layers[layer, UNITS], T.layers[layer, INPUTS]
    h = first + ids + start
    for k in range(n):
        for i in range(d):
            S.rows[i, h + k] = T.parameters[T.layers[0, WEIGHTS] + k * inputs + i] if layer == 0 else 0.0
        S.rows[d, h + k] = T.parameters[T.layers[layer, BIASES] + k]
    if layer > 0:
        _accumulate(T, S, layer, h)
    m, g, point = T.layers[layer, BREAKS], T.layers[layer, PLANE], T.layers[layer, POINTS]
    for k in range(n):
        vanishes = _vanishes(T, S, layer, k)
        S.signs[ids + units + start + k] = vanishes
        for t in range(k * m, k * m + m):
            for i in range(d):
                S.rows[i, first + g + t] = S.rows[i, h + k]
            S.rows[d, first + g + t] = S.rows[d, h + k] - T.parameters[point + t]
            S.signs[g + t] = 0 if vanishes == 1 and T.zeros[point + t] == 1 else OPEN


@once
def _accumulate(T: Tables, S: Search, layer: int, h: int) -> None:
    """h += W (s h' + c), one column of W at a time."""
    d, ids = S.box.shape[1], S.error.shape[1] - S.reach.shape[0]
    n, m, before = T.layers[layer, UNITS], T.layers[layer - 1, BREAKS], T.layers[layer - 1, UNIT]
    for j in range(T.layers[layer, INPUTS]):
        piece = (S.signs[ids + before + j] + m + 1) // 2
        slope = T.parameters[T.layers[layer - 1, SLOPES] + piece]
        shift = T.parameters[T.layers[layer - 1, INTERCEPTS] + j * (m + 1) + piece]
        if slope == 0.0 and shift == 0.0:
            continue
        at = T.layers[layer, COLUMNS] + j * n
        column = T.parameters[at : at + n]
        for i in range(d + 1):
            factor = slope * S.rows[i, S.error.shape[1] + before + j] + (shift if i == d else 0.0)
            target = S.rows[i, h : h + n]
            for k in range(n):
                target[k] += factor * column[k]


@once
def _vanishes(T: Tables, S: Search, layer: int, k: int) -> int:
    """1 where every term of the pre-activation is zero, so that it is zero without rounding."""
    inputs, ids = T.layers[layer, INPUTS], S.error.shape[1] - S.reach.shape[0]
    units = S.rows.shape[1] - S.error.shape[1]
    if T.zeros[T.layers[layer, BIASES] + k] == 0:
        return 0
    row = T.layers[layer, WEIGHTS] + k * inputs
    for j in range(inputs):
        if T.zeros[row + j] == 1:
            continue
        if layer == 0:
            return 0
        unit, m = ids + T.layers[layer - 1, UNIT] + j, T.layers[layer - 1, BREAKS]
        piece = (S.signs[unit] + m + 1) // 2
        flat = T.zeros[T.layers[layer - 1, SLOPES] + piece] == 1 or S.signs[unit + units] == 1
        if not flat or T.zeros[T.layers[layer - 1, INTERCEPTS] + j * (m + 1) + piece] == 0:
            return 0
    return 1


@part
def finish_layer(T: Tables, S: Search, layer: int) -> None:
    """Counts a cell of the layer and writes its code: the sum of the signs of each unit's hyperplanes."""
    m, first, ids = T.layers[layer, BREAKS], T.layers[layer, PLANE], S.error.shape[1] - S.reach.shape[0]
    for k in range(T.layers[layer, UNITS]):
        total = 0
        for t in range(m):
            total += S.signs[first + k * m + t]
        S.signs[ids + T.layers[layer, UNIT] + k] = total
    S.numbers[COUNTS + layer] += 1


@part
def read_signs(T: Tables, S: Search, layer: int, p: int) -> bool:
    """Values and certain signs of the layer's hyperplanes at pool point p: |true - computed| <= P |y|_1 + Q + A delta.

    The answer is whether they are certain for every hyperplane that may still cut.
    """
    d, plane, rows = S.box.shape[1], T.layers[layer, PLANE], S.reach.shape[0]
    n, first = T.layers[layer + 1, PLANE] - plane, rows + plane
    value, radius = S.pool[p, d + 1 + rows : d + 1 + rows + n], S.pool[p, d]
    constants = S.rows[d, first : first + n]
    for k in range(n):
        value[k] = constants[k]
    for i in range(d):
        y, row = S.pool[p, i], S.rows[i, first : first + n]
        for k in range(n):
            value[k] += y * row[k]
    known = True
    for k in range(n):
        bound = S.error[BOUND, first + k]
        if radius > 0.0:
            bound = (bound + S.error[SIZE, first + k] * radius) * (1.0 + 1e-9)
        sign = 1 if value[k] > bound else -1 if value[k] < -bound else 0
        S.seen[p, k] = sign
        if sign == 0 and S.signs[plane + k] == OPEN:
            known = False
    return known


@part
def read_slacks(S: Search, m: int, p: int) -> bool:
    """Active rows at pool point p; whether it is a float point in the domain with the first m of them certainly > 0."""
    d = S.box.shape[1]
    inside = S.pool[p, d] == 0.0
    for i in range(d):
        if not (S.box[LOW_IN, i] < S.pool[p, i] < S.box[HIGH_IN, i]):
            inside = False
    slack, constants = S.pool[p, d + 1 : d + 1 + m], S.rows[d, :m]
    for k in range(m):
        slack[k] = constants[k]
    for i in range(d):
        y, row = S.pool[p, i], S.rows[i, :m]
        for k in range(m):
            slack[k] += y * row[k]
    for k in range(m):
        if not slack[k] > S.error[BOUND, k]:
            inside = False
    return inside
