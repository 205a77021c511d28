"""The first frame of a layer: in the cell that a search is given, or in a cell that the layer before has finished."""

from __future__ import annotations

from polybn.regions.kernels.compiled import once, part
from polybn.regions.kernels.tree_arrays import (
    ASK_START,
    BOUND,
    BREAKS,
    CURSOR,
    CUTS,
    CUTS_END,
    DRAW,
    FINISHED,
    FREE,
    KEPT,
    LAYER,
    LIST,
    LIST_END,
    PHASE,
    PLACE,
    PLANE,
    POOL,
    ROWS,
    RUNNING,
    TOP,
    UNIT,
    UNITS,
    Search,
    Tables,
)
from polybn.regions.kernels.tree_layers import draw_layer
from polybn.regions.kernels.tree_points import copy_point


@once
def draw(T: Tables, S: Search, s: int, phase: int) -> int:
    """The rows of the layer after frame s, with a frame for it, or those of the next layer of the given cell."""
    layer = S.frames[s, LAYER] + (1 if phase == DRAW else 0)
    draw_layer(T, S, layer)
    if phase == DRAW:
        S.frames[s, PHASE] = FINISHED
        _enter_layer(S, s)
        return RUNNING
    return ASK_START if _begun(T, S, layer) else RUNNING


@once
def _begun(T: Tables, S: Search, layer: int) -> bool:
    """The rows of a layer before the first frame's become active, by the code that is given; False for the frame's own.

    `CURSOR` of the frame is the layer to draw and `ROWS` counts the active rows; those that vanish are left out.
    """
    if layer == S.frames[0, CUTS]:
        _first_of_layer(S, 0, layer, S.frames[0, ROWS])
        S.frames[0, CUTS] = 0
        return True
    rows, m = S.reach.shape[0], T.layers[layer, BREAKS]
    for k in range(T.layers[layer, UNITS]):
        entry = S.signs[S.error.shape[1] - rows + T.layers[layer, UNIT] + k] + m - 1
        for t in range(m):
            g = T.layers[layer, PLANE] + k * m + t
            S.signs[g] = 0
            if entry != 2 * t:
                activate(S, g, 1 if entry > 2 * t else -1, S.frames[0, ROWS])
                S.frames[0, ROWS] += 1
    S.frames[0, LAYER] += 1
    return False


@once
def _enter_layer(S: Search, s: int) -> None:
    """A frame for the next layer in the finished cell of frame s, whose point is the first in its list."""
    new, p = s + 1, S.numbers[POOL]
    _first_of_layer(S, new, S.frames[s, LAYER] + 1, S.frames[s, ROWS])
    S.frames[new, KEPT] = p
    S.frames[new, LIST] = S.frames[s, LIST_END]
    S.frames[new, LIST_END] = S.frames[s, LIST_END] + 1
    S.frames[new, CUTS] = S.frames[new, CUTS_END] = S.frames[s, CUTS_END]
    # A copy, because the frames below still read the signs of this layer's hyperplanes.
    copy_point(S, S.frames[s, ROWS], S.spans[0, S.frames[s, LIST]], p)
    S.spans[0, S.frames[new, LIST]] = p
    S.numbers[POOL] += 1


@part
def _first_of_layer(S: Search, s: int, layer: int, m: int) -> None:
    S.frames[s, LAYER] = layer
    S.frames[s, PHASE] = PLACE
    S.frames[s, ROWS] = m
    S.frames[s, CURSOR] = 0
    S.numbers[TOP] = s


@part
def activate(S: Search, g: int, side: int, m: int) -> None:
    """Active row m: that side of hyperplane g."""
    rows = S.reach.shape[0]
    for i in range(S.box.shape[1] + 1):
        S.rows[i, m] = side * S.rows[i, rows + g]
    S.error[BOUND, m], S.error[FREE, m] = S.error[BOUND, rows + g], S.error[FREE, rows + g]
    S.ids[m] = g
    S.signs[g] = side
