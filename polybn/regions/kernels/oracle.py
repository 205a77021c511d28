"""The exact sign of a row at a vertex, from a determinant of integer rows modulo primes.

Let T (d x d) and c be the linear parts and constants of d independent integer rows that vanish at the vertex y, and
(a, b) another integer row. Then

    det [[T, c], [a, b]] = det(T) (a.y + b),

so the sign of a.y + b is that of the determinant times that of det T. Hadamard bounds both by products of Euclidean
norms, so their residues modulo enough primes tell their signs (`determinant`). Rows come from the integer network by
back-substitution along the code, so they are positive multiples of the true rows; nothing is rounded anywhere.
"""

from __future__ import annotations

import numpy as np

from polybn.regions.kernels.compiled import once, part
from polybn.regions.kernels.determinant import determinant_sign
from polybn.regions.kernels.floats import Integers
from polybn.regions.kernels.residues import (
    COMMON,
    DENOMINATORS,
    NUMERATORS,
    PIECES,
    PRIME_BITS,
    SHIFTS,
    SPARE_BITS,
    WEIGHTS,
    Residues,
)
from polybn.regions.kernels.signs import UNKNOWN
from polybn.regions.kernels.state import (
    BREAKS,
    INPUTS,
    PLANE_START,
    SLOTS,
    STAMP,
    UNIT_START,
    UNITS,
    Codes,
)

MOST_TERMS = 63


@part
def exact_sign(
    dims: tuple[int, ...],
    net: Integers,
    code: Codes,
    table: Integers,
    masks: Integers,
    slots: Integers,
    tight: Integers,
    T: Residues,
    top: int,
    g: int,
    v: int,
) -> int:
    """The sign of hyperplane ``g`` at vertex ``v`` of the cell on top; ``UNKNOWN`` while there are no residues."""
    d = np.int64(len(dims))  # no constant: one compilation of what follows serves every dimension
    if len(T.primes) == 0 or not _independent(d, net, code, table, slots, tight, T, top, masks[v]):
        return UNKNOWN
    tight[d] = g
    bits = SPARE_BITS
    for i in range(d + 1):
        bits += T.planes[tight[i], 0]
    count = bits // (PRIME_BITS - 1) + 1
    for i in range(d + 1):
        _require(d, net, code, table, T, tight[i], count)
    sign = determinant_sign(d + 1, T.primes, T.inverses, T.rows, tight, count, T.scratch)
    if sign == 0:
        return 0
    return sign * determinant_sign(d, T.primes, T.inverses, T.rows, tight, count, T.scratch)


@once
def _independent(
    d: int,
    net: Integers,
    code: Codes,
    table: Integers,
    slots: Integers,
    tight: Integers,
    T: Residues,
    top: int,
    mask: int,
) -> bool:
    """Writes d facets of the mask with independent rows to ``tight``: independent modulo a prime is independent."""
    number = 0
    for slot in range(SLOTS):
        if mask >> slot & 1:
            if number < d:
                tight[number] = slots[top, slot]
            number += 1
    if number == d:
        # A vertex lies on d independent facets, so these are they.
        return True
    for k in range(len(T.primes)):
        if _basis(d, net, code, table, slots, tight, T, top, mask, k):
            return True
    return False


@once
def _basis(
    d: int,
    net: Integers,
    code: Codes,
    table: Integers,
    slots: Integers,
    tight: Integers,
    T: Residues,
    top: int,
    mask: int,
    k: int,
) -> bool:
    """Greedy elimination modulo prime k."""
    p = T.primes[k]
    rank = 0
    work, pivots = T.scratch, T.scratch[d]
    for slot in range(SLOTS):
        if mask >> slot & 1 and rank < d:
            g = slots[top, slot]
            _require(d, net, code, table, T, g, k + 1)
            for j in range(d):
                work[rank, j] = T.rows[g, k, j]
            for r in range(rank):
                lead, factor = work[r, pivots[r]], work[rank, pivots[r]]
                if factor != 0:
                    for j in range(d):
                        work[rank, j] = (work[rank, j] * lead + (p - factor) * work[r, j]) % p
            for j in range(d):
                if work[rank, j] != 0:
                    pivots[rank] = j
                    tight[rank] = g
                    rank += 1
                    break
    return rank == d


@part
def _require(d: int, net: Integers, code: Codes, table: Integers, T: Residues, g: int, count: int) -> None:
    """The row of ``g`` on the current path modulo the first ``count`` primes, in ``T.rows``."""
    layer = T.planes[g, 1]
    stamp = 0 if layer < 0 else table[layer, STAMP]
    have = T.known[g, 1] if T.known[g, 0] == stamp else 0
    for k in range(have, count):
        if layer < 0:
            for j in range(d + 1):
                T.rows[g, k, j] = T.values[k, g * (d + 1) + j]
        else:
            _row(d, net, code, T, g, layer, k)
    if have < count:
        T.known[g, 0] = stamp
        T.known[g, 1] = count


@once
def _row(d: int, net: Integers, code: Codes, T: Residues, g: int, layer: int, k: int) -> None:
    """Back-substitution of one row through the layers below, modulo prime k."""
    p = T.primes[k]
    values = T.values[k]
    breaks, width = net[layer, BREAKS], net[layer, INPUTS] + 1
    unit, point = (g - net[layer, PLANE_START]) // breaks, (g - net[layer, PLANE_START]) % breaks
    numerator = values[T.starts[layer, NUMERATORS] + point]
    denominator = values[T.starts[layer, DENOMINATORS] + point]
    start = T.starts[layer, WEIGHTS]
    scale = values[start + (net[layer, UNITS] + 1) * width - 1]
    row, after = T.scratch[d + 2], T.scratch[d + 3]
    for j in range(width):
        row[j] = values[start + unit * width + j] * denominator % p
    row[width - 1] = (row[width - 1] + (p - scale) * numerator) % p
    while layer > 0:
        layer -= 1
        _activate(net, code, T, layer, k, row)
        width, start = net[layer, INPUTS] + 1, T.starts[layer, WEIGHTS]
        for j in range(width):
            after[j] = 0
        terms = 0
        for i in range(net[layer, UNITS] + 1):
            factor = row[i]
            if factor != 0:
                source = values[start + i * width : start + (i + 1) * width]
                for j in range(width):
                    after[j] += source[j] * factor
                terms += 1
                if terms == MOST_TERMS - 1:
                    for j in range(width):
                        after[j] %= p
                    terms = 0
        for j in range(width):
            row[j] = after[j] % p
    for j in range(d + 1):
        T.rows[g, k, j] = row[j]


@once
def _activate(net: Integers, code: Codes, T: Residues, layer: int, k: int, row: Integers) -> None:
    """Coefficients of z turned into coefficients of h: times the slope; intercepts go to the scale's coefficient."""
    p = T.primes[k]
    units, breaks, first = net[layer, UNITS], net[layer, BREAKS], net[layer, UNIT_START]
    values = T.values[k]
    slopes, shifts = T.starts[layer, PIECES], T.starts[layer, SHIFTS]
    scale = row[units] * values[T.starts[layer, COMMON]] % p
    for i in range(units):
        piece = (code[0, first + i] + breaks + 1) // 2
        scale = (scale + values[shifts + piece] * row[i]) % p
        row[i] = row[i] * values[slopes + piece] % p
    row[units] = scale
