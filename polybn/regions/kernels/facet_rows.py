"""The rows of one region after another: computed where the code changed, signed to be positive on the region."""

from __future__ import annotations

from polybn.regions.kernels.compiled import once
from polybn.regions.kernels.facet_proofs import values_at
from polybn.regions.kernels.floats import Floats, Integers
from polybn.regions.kernels.rows import compute_rows
from polybn.regions.kernels.state import BREAKS, PLANE_START, STAMP, UNIT_START, UNITS, Codes, Path


@once
def enter(axes: Codes, net: Integers, par: Floats, path: Path, codes: Codes, region: int) -> int:
    """Computes the rows of the region; returns the first layer whose signs may have changed, -1 if none was known."""
    layers = net.shape[0] - 1
    fresh = path.table[0, STAMP] == 0
    changed = 0
    while not fresh and changed < layers - 1:
        same = True
        for k in range(net[changed, UNIT_START], net[changed + 1, UNIT_START]):
            same &= path.code[0, k] == codes[region, k]
        if not same:
            break
        changed += 1
    for k in range(codes.shape[1]):
        path.code[0, k] = codes[region, k]
    for layer in range(0 if fresh else changed + 1, layers):
        compute_rows(axes, net, par, path.rows, path.units, path.code, path.table, layer)
    return -1 if fresh else changed


@once
def sign(d: int, net: Integers, path: Path, leaders: Integers, changed: int, active: Floats) -> bool:
    """Writes the rows of the changed layers so that they are positive on the region; whether none vanishes on it.

    A row that vanishes says nothing, nor does one that another stands for: the constant 1 takes its place, which is
    positive as rows are.
    """
    layers, whole = net.shape[0] - 1, True
    for layer in range(max(changed, 0), layers):
        breaks = net[layer, BREAKS]
        for k in range(net[layer, UNITS]):
            entry = path.code[0, net[layer, UNIT_START] + k] + breaks - 1
            for t in range(breaks):
                g, position = net[layer, PLANE_START] + k * breaks + t, entry - 2 * t
                sign = 1 if position > 0 else -1 if position < 0 else 0
                path.signs[g] = sign
                sign = sign if leaders[g] == g else 0
                for j in range(d + 1):
                    active[j, g] = sign * path.rows[j, g]
                active[d + 1, g], active[d + 2, g] = abs(sign) * path.rows[d + 1, g], abs(sign) * path.rows[d + 2, g]
                if sign == 0:
                    active[d, g] = 1.0
    for g in range(net[0, PLANE_START], net[layers, PLANE_START]):
        whole &= path.signs[g] != 0
    return whole


@once
def invert(d: int, active: Floats, count: int, points: Floats, region: int, inverse: Floats, value: Floats) -> None:
    """One over the values of all rows at the region's witness; it guides the search, so rounding does no harm."""
    values_at(d, active, count, points, region, value)
    for i in range(count):
        inverse[i] = 1.0 / max(value[i], 1e-250)
