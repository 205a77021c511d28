"""Points of cells that lie on no hyperplane of the layer to come, moved a little where they do."""

from __future__ import annotations

from polybn.regions.kernels.compiled import once, part
from polybn.regions.kernels.tree_arrays import (
    ANSWER,
    DECIDE,
    HIGH,
    LAYER,
    LIST,
    LOW,
    NO_ANSWER,
    PHASE,
    POINT,
    POINT_ASKED,
    POOL,
    ROWS,
    SEED,
    Search,
    Tables,
)
from polybn.regions.kernels.tree_layers import read_signs, read_slacks

_ATTEMPTS = 6


@once
def place(T: Tables, S: Search, s: int) -> bool:
    """Certain signs of the layer at the frame's point, which may be moved a little; False: another one is needed."""
    layer, m, p = S.frames[s, LAYER], S.frames[s, ROWS], S.spans[0, S.frames[s, LIST]]
    known = S.numbers[ANSWER] == POINT or read_signs(T, S, layer, p)
    S.numbers[ANSWER] = NO_ANSWER
    if not known and S.pool[p, S.box.shape[1]] == 0.0:
        q, share = S.numbers[POOL], 0.5
        S.pool[q, S.box.shape[1]], S.exact[q] = 0.0, -1
        for _ in range(_ATTEMPTS):
            _nudge(S, m, p, q, share)
            share /= 2.0
            if not known and read_slacks(S, m, q):
                known = read_signs(T, S, layer, q)
                if known:
                    copy_point(S, m, q, p)
                    read_signs(T, S, layer, p)
    if known:
        S.frames[s, PHASE] = DECIDE
    S.numbers[POINT_ASKED] = p
    return known


@once
def _nudge(S: Search, m: int, p: int, q: int, share: float) -> None:
    """Point q: a step from p in some direction, that share of the way to the first row."""
    d = S.box.shape[1]
    length = 1e300
    for i in range(d):
        S.numbers[SEED] = (S.numbers[SEED] * 1103515245 + 12345) % 2147483648
        v = S.numbers[SEED] / 1073741824.0 - 1.0
        S.pool[q, i] = v
        room = S.box[HIGH, i] - S.pool[p, i] if v > 0.0 else S.pool[p, i] - S.box[LOW, i]
        length = min(length, room / max(abs(v), 1e-300))
    for k in range(m):
        slope = 0.0
        for i in range(d):
            slope += S.rows[i, k] * S.pool[q, i]
        if slope < 0.0:
            length = min(length, S.pool[p, d + 1 + k] / -slope)
    for i in range(d):
        S.pool[q, i] = S.pool[p, i] + share * length * S.pool[q, i]


@part
def copy_point(S: Search, m: int, q: int, p: int) -> None:
    """Point p becomes what point q is, with the first m active rows; the layer's hyperplanes are left to be read."""
    for i in range(S.box.shape[1] + 1 + m):
        S.pool[p, i] = S.pool[q, i]
    S.exact[p] = S.exact[q]
