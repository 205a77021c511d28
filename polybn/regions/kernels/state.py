"""The arrays that the subdivision works on: the network as tables, a stack of cells, the rows of the current path."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from polybn.regions.kernels.floats import FloatNetwork, Floats, Integers

Codes = NDArray[np.int8]
Ids32 = NDArray[np.int32]

SLOTS = 62
"""The most facets of one cell: a vertex is a mask in one non-negative word."""

UNITS, INPUTS, BREAKS, UNIT_START, PLANE_START, COLUMNS, BIASES, SLOPES, INTERCEPTS, POINTS = range(10)
"""Columns of the layer table: counts, the first column and the first hyperplane, where parameters begin."""

CROSSINGS, STAMP, BASED, UPDATES_MADE, FOUND_CELLS = range(5)
"""Columns of the path table, one row a layer: hyperplanes that cross the current cell, how often the rows were
computed, the stamp of the layer before on which they rest, corrections since they were computed afresh, cells found."""

START, COUNT, LEVEL, NEXT, PLANE, PAIR_START, PAIRS, ALIVE, WIDTH = range(9)
"""Columns of a stack entry: its vertices, the layer it is in, the next crossing hyperplane, the hyperplane whose upper
side it is (-1 for none), its coincident owners, the mask of its facets."""

DEPTH, FOUND, FACETS, OWNERS, DOUBTS, LOOSE, LEAVES, LEAF_LAYER, LEAF_NEXT, FROM, UNTIL, NUMBERS = range(12)
"""Single numbers: height of the stack, what the chunk holds, signs that floats left open, vertices that they left
loose; then the share of the work. The leaves are the cells of layer `LEAF_LAYER` that wait for their crossing
hyperplane number `LEAF_NEXT`, or for none if fewer cross them; they are counted in `LEAVES`, and only those from `FROM`
to `UNTIL` - 1 are subdivided; at the next one the work stops."""


AFTER_ALL = 1 << 62
"""A share from this leaf on is empty, and the walk passes all leaves."""


class Tables(NamedTuple):
    """The network for kernels, as two arrays: `layers` (layers + 1, 10) and `parameters`."""

    layers: Integers
    parameters: Floats


class Path(NamedTuple):
    """What belongs to the cells on the current path."""

    rows: Floats
    """(d + 4, planes): coefficients, constant, then P, Q and A of every hyperplane, domain rows first."""
    units: Floats
    """(d + 1, units): the pre-activation of every unit."""
    code: Codes
    """(2, units): the current code, and the one for which the next layer's pre-activations were computed."""
    signs: Codes
    """(planes,)"""
    crossing: Integers
    """(planes,): for each layer, from its first id on, the hyperplanes that cross its current cell."""
    table: Integers
    """(layers, 5)"""


class Stack(NamedTuple):
    """Cells that wait, and room to cut one."""

    entries: Integers
    """(stack, WIDTH)"""
    vertices: Floats
    """(vertices, d + 2): coordinates, their 1-norm, the bound on their error in the 1-norm."""
    masks: Integers
    """(vertices,): bit s is set when the vertex lies on the facet in slot s."""
    slots: Integers
    """(stack, SLOTS): the hyperplane of each slot."""
    pairs: Ids32
    """(owners, 2): slot and hyperplane, for hyperplanes that share a facet with that of the slot; -1 for none."""
    seen: Codes
    """(vertices,): signs at the vertices of the cell on top."""


class Root(NamedTuple):
    """The domain as a cell."""

    vertices: Floats
    masks: Integers
    slots: Integers
    """(facets,): the hyperplane of each slot."""
    pairs: Ids32


class Regions(NamedTuple):
    """A chunk of finished regions in increasing order of code."""

    codes: Codes
    witnesses: Floats
    """(regions, d) over the scaled coordinates; NaN where floats do not certify one."""
    facets: Ids32
    """(regions,): facets of each."""
    owners: Ids32
    """(facets,): owners of each."""
    ids: Ids32
    """(owners,)"""


def tables_of(network: FloatNetwork) -> Tables:
    """The parameters in one array, and where each layer's begin."""
    layers = len(network.units)
    table = np.zeros((layers + 1, 10), dtype=np.int64)
    parts = (network.columns, network.biases, network.slopes, network.intercepts, network.breakpoints)
    columns, biases, slopes, intercepts, points = np.cumsum([0, *(len(part) for part in parts[:-1])]).tolist()
    for column, counts in ((UNITS, network.units), (INPUTS, network.inputs), (BREAKS, network.breaks)):
        table[:layers, column] = counts
    table[:, UNIT_START], table[:, PLANE_START] = network.unit_start, network.plane_start
    table[:layers, COLUMNS] = columns + network.weight_start
    table[:, BIASES] = biases + network.unit_start
    table[:layers, SLOPES] = slopes + network.slope_start
    table[:layers, INTERCEPTS] = intercepts + network.intercept_start
    table[:, POINTS] = points + network.plane_start
    return Tables(table, np.concatenate(parts))


def path_of(network: FloatNetwork, dimension: int) -> Path:
    """Nothing computed yet but the rows of the domain."""
    planes, units, layers = int(network.plane_start[-1]), int(network.unit_start[-1]), len(network.units)
    d, first = dimension, int(network.plane_start[0])
    rows = np.zeros((d + 4, planes))
    rows[: d + 1, :first] = network.domain.T
    rows[d + 1], rows[d + 2], rows[d + 3] = network.slope_error, network.offset_error, network.size
    signs = np.zeros(planes, dtype=np.int8)
    signs[:first] = 1
    table = np.zeros((layers, 5), dtype=np.int64)
    table[:, BASED] = -1
    return Path(
        rows,
        np.zeros((d + 1, units)),
        np.zeros((2, units), dtype=np.int8),
        signs,
        np.zeros(planes, dtype=np.int64),
        table,
    )


def stack_of(planes: int, dimension: int, root: Root) -> Stack:
    """The domain on the stack, with room for ordinary cells; the driver enlarges what runs out."""
    corners = len(root.masks)
    vertices, stack = max(1 << 12, 64 * corners), 2 * planes + 64
    made = Stack(
        np.zeros((stack, WIDTH), dtype=np.int64),
        np.empty((vertices, dimension + 2)),
        np.empty(vertices, dtype=np.int64),
        np.empty((stack, SLOTS), dtype=np.int64),
        np.empty((64 + 4 * planes + len(root.pairs), 2), dtype=np.int32),
        np.empty(vertices, dtype=np.int8),
    )
    made.vertices[:corners], made.masks[:corners] = root.vertices, root.masks
    made.slots[0, : len(root.slots)], made.pairs[: len(root.pairs)] = root.slots, root.pairs
    made.entries[0, [COUNT, LEVEL, PLANE, PAIRS, ALIVE]] = corners, -1, -1, len(root.pairs), (1 << len(root.slots)) - 1
    return made


def enlarged(stack: Stack) -> Stack:
    """The same stack with twice the room."""
    return Stack._make(np.concatenate([array, np.empty_like(array)]) for array in stack)
