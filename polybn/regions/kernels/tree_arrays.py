"""The arrays of a sign-vector tree in progress: all that a search needs in order to stop anywhere and to go on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from polybn.networks.integer import IntegerNetwork
from polybn.regions.kernels.floats import FloatNetwork, Floats, Integers

Signs = NDArray[np.int8]

UNITS, INPUTS, BREAKS, UNIT, PLANE, WEIGHTS, COLUMNS, BIASES, SLOPES, INTERCEPTS, POINTS = range(11)
"""Columns of `Tables.layers`: counts, the first unit and hyperplane, and where the layer's parameters begin."""

TOP, POOL, FOUND, PROGRAMS, PIVOTS, SETTLED, PLANE_ASKED, SIDE_ASKED, POINT_ASKED, ANSWER, SEED = range(11)
"""Entries of `Search.numbers`: the frame on top, points in the pool, regions in the chunk, linear programs, pivots,
questions settled outside; the question (hyperplane, side, interior point) and its answer; a seed."""

LEAVES, LEAF_DEPTH, FROM, UNTIL, COUNTS = range(11, 16)
"""More entries: the share of the work, and cells by layer. The leaves are the cells of the first layer that
`LEAF_DEPTH` of its hyperplanes cut out, or fewer if no more cut; `LEAVES` counts them, and only those from `FROM` to
`UNTIL` - 1 are gone into; at the next one the walk stops. No share when `LEAF_DEPTH` is -1."""

LAYER, PHASE, SPLITTER, CURSOR, ROWS, KEPT, LIST, LIST_END, CUTS, CUTS_END, FRAME = range(11)
"""Columns of `Search.frames`: layer, what to do next, the hyperplane that splits the cell, candidates decided, active
rows, points that outlive the frame, and its spans in both rows of `Search.spans`."""

LOW_OUT, LOW, LOW_IN, HIGH_IN, HIGH, HIGH_OUT = range(6)
"""Rows of `Search.box`: the lower bounds from outside, as floats, from inside; the same for the upper bounds."""

BOUND, SIZE, FREE = range(3)
"""Rows of `Search.error`: at a point of the domain the computed value is off by less; the size A; 1 for a row whose
constant is exactly zero on every code."""

VERTEX, PRICES, RAY, RESIDUAL, OBJECTIVE, INVERSE = range(6)
"""Rows of `Search.program`; the inverse of the basis is in the last ones."""

RUNNING, DONE, FULL, GROW, ASK_SIDE, ASK_POINT, ASK_START, SHARED = range(8)
"""Why the walk stops: not yet; finished; the chunk is full; more room is needed; a question is to be answered
outside: is a side empty, a point off the layer's hyperplanes, the point of the first frame."""

BEGIN, DRAW, PLACE, DECIDE, NEGATIVE, POSITIVE, FINISHED = range(7)
"""Phases of a frame: the rows of the given cell; those of the next layer; the signs of the layer at the frame's point;
the candidates; either side of the hyperplane that splits it."""

NO_ANSWER, EMPTY, POINT = range(3)
"""What is known of a side: nothing yet; that it is empty; the next point of the pool is in it."""

OPEN = 2
"""The sign of a hyperplane that may still cut the cell on top."""

ROW_SLACK = 1 + 2.0**-20
EDGE = 2.0**-48
TINY = 2.0**-900
_POOL = 64
_SPANS = 1024


class Tables(NamedTuple):
    """A network for kernels: (layers, 11) counts and offsets, all parameters, and 1 for each that is exactly zero.

    What is zero is known from integers, because floats may underflow.
    """

    layers: Integers
    parameters: Floats
    zeros: Signs
    domain: Floats


class Search(NamedTuple):
    """d coordinates; M rows at most on a path, G ids of hyperplanes, U units, N hyperplanes in the widest layer."""

    numbers: Integers
    frames: Integers
    """(frames, FRAME)"""
    spans: Integers
    """(2, room): points of the frames' cells, and the hyperplanes that cut them."""
    rows: Floats
    """(d + 1, M + G + U): active rows, > 0 on the cell; hyperplanes; pre-activations. The last row is the constant."""
    error: Floats
    """(3, M + G)"""
    ids: Integers
    """(M + d,): the id of each active row, then the basis of the linear program."""
    signs: Signs
    """(G + 2 U,): by id; then the code; then 1 for units whose pre-activation is zero term by term."""
    box: Floats
    """(6, d)"""
    pool: Floats
    """(points, d + 1 + M + N): a point, its distance in the 1-norm from the one meant, active rows and the layer's
    hyperplanes at it."""
    seen: Signs
    """(points, N): certain signs of the layer's hyperplanes, 0 where unknown."""
    exact: Integers
    """(points,): the number of the rational point that is meant, or -1 for the float point itself."""
    program: Floats
    """(INVERSE + d, d + 1)"""
    reach: Floats
    """(M,): active rows at the vertex."""


class Output(NamedTuple):
    """One chunk: codes (regions, units), witnesses (regions, d) in scaled coordinates, and `Search.exact` of each."""

    codes: Signs
    witnesses: Floats
    exact: Integers


def tables_of(network: IntegerNetwork, net: FloatNetwork) -> Tables:
    """The network as tables."""
    depth = network.depth
    parts = (net.weights, net.columns, net.biases, net.slopes, net.intercepts, net.breakpoints)
    starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    first = (net.weight_start, net.weight_start, net.unit_start[:depth], net.slope_start, net.intercept_start)
    offsets = [part + start for part, start in zip((*first, net.plane_start[:depth]), starts, strict=False)]
    layers = np.zeros((depth + 1, POINTS + 1), dtype=np.int64)
    for column, values in enumerate((net.units, net.inputs, net.breaks, net.unit_start, net.plane_start, *offsets)):
        layers[: len(values), column] = values
    return Tables(layers, np.concatenate(parts), _zeros(network, int(net.plane_start[0])), net.domain)


def _zeros(network: IntegerNetwork, domain_rows: int) -> Signs:
    """The exact zeros among the parameters, in their order."""
    matrices = [layer.weights.tolist()[:-1] for layer in network.layers]
    weights = [entry for rows in matrices for row in rows for entry in row[:-1]]
    columns = [row[j] for rows in matrices for j in range(len(rows[0]) - 1) for row in rows]
    biases = [row[-1] for rows in matrices for row in rows]
    slopes = [slope for layer in network.layers for slope in layer.slopes]
    intercepts = [shift for layer in network.layers for shift in layer.intercepts * layer.units]
    points = [point for layer in network.layers for point in layer.breakpoints * layer.units]
    entries = (*weights, *columns, *biases, *slopes, *intercepts, *[0] * domain_rows, *points)
    return np.array([entry == 0 for entry in entries], dtype=np.int8)


def search_of(net: FloatNetwork, lower: Floats, upper: Floats, free: Floats) -> Search:
    """An empty search in the box whose scaled bounds are nearest to ``lower`` and ``upper``; ``free`` goes by id.

    The value of a row at a point of the domain, |y|_1 <= d, is off by at most P d + Q: `error`.
    """
    d, ids, units, depth = len(lower), int(net.plane_start[-1]), int(net.unit_start[-1]), len(net.units)
    widest, rows = int((net.units * net.breaks).max(initial=0)), ids + 1
    below, above = np.abs(lower) * EDGE + TINY, np.abs(upper) * EDGE + TINY
    error = np.zeros((FREE + 1, rows + ids))
    error[BOUND, rows:] = (net.slope_error * (d + EDGE) + net.offset_error) * ROW_SLACK
    error[SIZE, rows:] = net.size
    error[FREE, rows:] = free
    return Search(
        numbers=np.zeros(COUNTS + depth, dtype=np.int64),
        frames=np.zeros((ids + depth + 2, FRAME), dtype=np.int64),
        spans=np.zeros((2, _SPANS), dtype=np.int64),
        rows=np.zeros((d + 1, rows + ids + units)),
        error=error,
        ids=np.zeros(rows + d, dtype=np.int64),
        signs=np.zeros(ids + 2 * units, dtype=np.int8),
        box=np.stack([lower - below, lower, lower + below, upper - above, upper, upper + above]),
        pool=np.zeros((_POOL, d + 1 + rows + widest)),
        seen=np.zeros((_POOL, widest), dtype=np.int8),
        exact=np.full(_POOL, -1, dtype=np.int64),
        program=np.zeros((INVERSE + d, d + 1)),
        reach=np.zeros(rows),
    )


def enlarged(search: Search) -> Search:
    """The same search with twice the room for points and for spans."""
    wide = np.concatenate([search.spans, np.zeros_like(search.spans)], axis=1)
    pool, seen, exact = (
        np.concatenate([part, np.zeros_like(part)]) for part in (search.pool, search.seen, search.exact)
    )
    return search._replace(pool=pool, seen=seen, exact=exact, spans=wide)


def free_rows(network: IntegerNetwork, domain_rows: int) -> Floats:
    """(ids,): 1 for hyperplanes without a constant on any code, because no layer before and no bias adds one."""
    found, before = [0] * domain_rows, True
    for layer in network.layers:
        flat = [before and row[-1] == 0 for row in layer.weights.tolist()[:-1]]
        found += [int(unit and point == 0) for unit in flat for point in layer.breakpoints]
        before = all(flat) and not any(layer.intercepts)
    return np.array(found, dtype=np.float64)
