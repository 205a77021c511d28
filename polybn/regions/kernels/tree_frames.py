"""The sign-vector tree, depth first and negative side first, stopped and resumed anywhere.

A frame is a cell with the hyperplanes of one layer that may cut it. Known interior points show some of them on both
sides; a side without a point is decided once, by a point or a refutation. A refuted side is empty in every sub-cell, so
the hyperplane is settled for the whole subtree, and its row, which cannot be tight inside the cell, is left out of
later systems. A point that is found is kept for the subtree: when the search comes to its cell it need not look again.
The first hyperplane that cuts splits the frame, so codes come out in lexicographic order.

Every side is asked for only when no known point lies there. So each point found is in a cell of the layer in which no
other known point lies: there are no more searches with a point than cells, and when all signs are settled exactly one
point is left. Its cell is emitted, or becomes the first frame of the next layer.
"""

from __future__ import annotations

from polybn.regions.kernels.compiled import compiled, once, part
from polybn.regions.kernels.tree_arrays import (
    ANSWER,
    ASK_POINT,
    ASK_SIDE,
    CURSOR,
    CUTS,
    CUTS_END,
    DECIDE,
    DONE,
    DRAW,
    EMPTY,
    FINISHED,
    FOUND,
    FROM,
    FULL,
    GROW,
    KEPT,
    LAYER,
    LEAF_DEPTH,
    LEAVES,
    LIST,
    LIST_END,
    NEGATIVE,
    NO_ANSWER,
    OPEN,
    PHASE,
    PLACE,
    PLANE,
    PLANE_ASKED,
    POINT_ASKED,
    POOL,
    POSITIVE,
    ROWS,
    RUNNING,
    SHARED,
    SIDE_ASKED,
    SPLITTER,
    TOP,
    UNTIL,
    Output,
    Search,
    Tables,
)
from polybn.regions.kernels.tree_entry import activate, draw
from polybn.regions.kernels.tree_layers import finish_layer
from polybn.regions.kernels.tree_points import place
from polybn.regions.kernels.tree_program import other_side


@compiled
def walk(T: Tables, S: Search, out: Output, last: int) -> int:
    """Go on until the chunk is full, the share or the search is done, or help is needed; no layer after ``last``."""
    while S.numbers[TOP] >= 0:
        s = S.numbers[TOP]
        status = RUNNING if _roomy(S, s) else GROW
        phase = S.frames[s, PHASE]
        if status == GROW:
            return GROW
        if phase == DECIDE:
            status = _advance(T, S, out, s, last)
        elif phase in (NEGATIVE, POSITIVE):
            _split(T, S, s, -1 if phase == NEGATIVE else 1)
            S.frames[s, PHASE] += 1
        elif phase == PLACE:
            status = RUNNING if place(T, S, s) else ASK_POINT
        elif phase == FINISHED:
            _leave(S, s)
        else:
            status = draw(T, S, s, phase)
        if status != RUNNING:
            return status
    return DONE


@once
def _advance(T: Tables, S: Search, out: Output, s: int, last: int) -> int:
    """Decide the candidates of frame s one after the other, then split its cell, or hand it on, or out."""
    if not _decide(T, S, s):
        S.numbers[ANSWER] = _ask(T, S, s)
        return ASK_SIDE if S.numbers[ANSWER] == NO_ANSWER else RUNNING
    layer, is_cut = S.frames[s, LAYER], S.frames[s, CUTS] < S.frames[s, CUTS_END]
    if not is_cut and layer == last and S.numbers[FOUND] == out.codes.shape[0]:
        return FULL
    if layer == 0 and (s == S.numbers[LEAF_DEPTH] or (s < S.numbers[LEAF_DEPTH] and not is_cut)):
        if S.numbers[LEAVES] >= max(S.numbers[FROM], S.numbers[UNTIL]):
            return SHARED
        S.numbers[LEAVES] += 1
        if S.numbers[LEAVES] <= S.numbers[FROM]:
            _leave(S, s)
            return RUNNING
    if is_cut:
        S.frames[s, SPLITTER] = S.spans[1, S.frames[s, CUTS]]
        S.frames[s, PHASE] = NEGATIVE
        return RUNNING
    finish_layer(T, S, layer)
    if layer < last:
        S.frames[s, PHASE] = DRAW
    else:
        _emit(S, out, s)
        _leave(S, s)
    return RUNNING


@once
def _ask(T: Tables, S: Search, s: int) -> int:
    """What floats can say about the side asked for."""
    g, side, y = S.numbers[PLANE_ASKED], S.numbers[SIDE_ASKED], S.numbers[POINT_ASKED]
    column = S.box.shape[1] + 1 + S.reach.shape[0] + g - T.layers[S.frames[s, LAYER], PLANE]
    return other_side(T, S, S.frames[s, LAYER], S.frames[s, ROWS], g, side, y, side * S.pool[y, column])


@part
def _roomy(S: Search, s: int) -> bool:
    """Whether there is room for as many new points and list entries as one frame can make at once."""
    return (
        S.numbers[POOL] + S.seen.shape[1] + 2 < S.exact.shape[0]
        and 2 * S.frames[s, LIST_END] - S.frames[s, LIST] + 2 * S.seen.shape[1] + 2 < S.spans.shape[1]
    )


@once
def _decide(T: Tables, S: Search, s: int) -> bool:
    """Sort the frame's candidates into those that cut its cell and those with one sign; False: a side is asked for.

    In the first frame of a layer the candidates are its hyperplanes, later those that cut the frame before, but one.
    """
    layer = S.frames[s, LAYER]
    first = T.layers[layer, PLANE]
    fresh = s == 0 or S.frames[s - 1, LAYER] != layer
    begin = 0 if fresh else S.frames[s - 1, CUTS] + 1
    count = T.layers[layer + 1, PLANE] - first if fresh else S.frames[s - 1, CUTS_END] - begin
    while S.frames[s, CURSOR] < count:
        g = first + S.frames[s, CURSOR] if fresh else S.spans[1, begin + S.frames[s, CURSOR]]
        if not fresh or S.signs[g] != 0:
            negative, positive = _known(S, s, g - first)
            if negative < 0 or positive < 0:
                side = -1 if negative < 0 else 1
                if S.numbers[ANSWER] == NO_ANSWER:
                    S.numbers[PLANE_ASKED], S.numbers[SIDE_ASKED] = g, side
                    S.numbers[POINT_ASKED] = max(negative, positive)
                    return False
                if S.numbers[ANSWER] == EMPTY:
                    S.signs[g] = -side
                else:
                    S.spans[0, S.frames[s, LIST_END]] = S.numbers[POOL]
                    S.frames[s, LIST_END] += 1
                    S.numbers[POOL] += 1
                S.numbers[ANSWER] = NO_ANSWER
            if S.signs[g] == OPEN:
                S.spans[1, S.frames[s, CUTS_END]] = g
                S.frames[s, CUTS_END] += 1
        S.frames[s, CURSOR] += 1
    return True


@once
def _known(S: Search, s: int, k: int) -> tuple[int, int]:
    """A known point of the frame on either side of the layer's hyperplane k, or -1: the one farthest from it."""
    negative, positive, low, high = -1, -1, 0.0, 0.0
    at = S.box.shape[1] + 1 + S.reach.shape[0] + k
    for e in range(S.frames[s, LIST], S.frames[s, LIST_END]):
        p = S.spans[0, e]
        v = S.pool[p, at]
        if S.seen[p, k] > 0:
            if positive < 0 or v < high:
                positive, high = p, v
        elif negative < 0 or v > low:
            negative, low = p, v
    return negative, positive


@once
def _split(T: Tables, S: Search, s: int, side: int) -> None:
    """A frame for one side of the hyperplane that splits frame s."""
    d, g, m, new = S.box.shape[1], S.frames[s, SPLITTER], S.frames[s, ROWS], s + 1
    k = g - T.layers[S.frames[s, LAYER], PLANE]
    S.frames[new, LAYER] = S.frames[s, LAYER]
    S.frames[new, PHASE] = DECIDE
    S.frames[new, ROWS] = m + 1
    S.frames[new, KEPT] = S.numbers[POOL]
    S.frames[new, LIST] = S.frames[new, LIST_END] = S.frames[s, LIST_END]
    for e in range(S.frames[s, LIST], S.frames[s, LIST_END]):
        p = S.spans[0, e]
        if S.seen[p, k] == side:
            S.pool[p, d + 1 + m] = side * S.pool[p, d + 1 + S.reach.shape[0] + k]
            S.spans[0, S.frames[new, LIST_END]] = p
            S.frames[new, LIST_END] += 1
    S.frames[new, CUTS] = S.frames[new, CUTS_END] = S.frames[s, CUTS_END]
    S.frames[new, CURSOR] = 0
    for e in range(S.frames[s, CUTS], S.frames[s, CUTS_END]):
        S.signs[S.spans[1, e]] = OPEN
    activate(S, g, side, m)
    S.numbers[TOP] = new


@once
def _emit(S: Search, out: Output, s: int) -> None:
    """The frame's cell and point."""
    row, p = S.numbers[FOUND], S.spans[0, S.frames[s, LIST]]
    ids = S.error.shape[1] - S.reach.shape[0]
    for k in range(out.codes.shape[1]):
        out.codes[row, k] = S.signs[ids + k]
    for i in range(S.box.shape[1]):
        out.witnesses[row, i] = S.pool[p, i]
    out.exact[row] = S.exact[p]
    S.numbers[FOUND] += 1


@part
def _leave(S: Search, s: int) -> None:
    """Drop the frame and the points that were found in it."""
    S.numbers[POOL] = S.frames[s, KEPT]
    S.numbers[TOP] = s - 1
