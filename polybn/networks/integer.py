"""The network over Z: every row a positive integer multiple of a pre-activation, for the enumeration engines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flint import fmpq, fmpz, fmpz_mat

from polybn.exact.rational import common_denominator
from polybn.networks.network import HiddenLayer, Network


class IntegerLayer:
    """One hidden layer with denominators cleared.

    `weights` is ((units + 1) x (inputs + 1)): q [W c] with a last row (0, ..., 0, q) that carries the denominator.
    A hyperplane is a pair (unit, breakpoint); pairs are ordered by unit, then breakpoint.
    """

    def __init__(self, layer: HiddenLayer) -> None:
        self.units = layer.affine.outputs
        self.weights = _homogeneous_weights(layer)
        self.breakpoints = tuple(layer.activation.breakpoints)
        self.hyperplanes = self.units * len(self.breakpoints)
        self.splits_at_zero = self.breakpoints == (fmpq(0),)
        slopes, intercepts = layer.activation.slopes, layer.activation.intercepts
        common = common_denominator((*slopes, *intercepts))
        self.common = common
        self.slopes = [(slope * common).p for slope in slopes]
        self.intercepts = [(intercept * common).p for intercept in intercepts]


class IntegerNetwork:
    """The hidden layers of a network, in the form that engines consume.

    A *state* is the homogeneous integer map z_l(x) = (rows 0..n-1) / (row n) over a region; a row (a_1..a_d, b) is the
    affine function a.x + b up to a positive factor.
    """

    def __init__(self, network: Network) -> None:
        self.dimension = network.dimension
        self.layers = tuple(IntegerLayer(layer) for layer in network.hidden)
        self.depth = len(self.layers)

    def start(self) -> fmpz_mat:
        """The identity: z_0 = x."""
        size = self.dimension + 1
        return fmpz_mat(size, size, [int(row == column) for row in range(size) for column in range(size)])

    def hyperplane_count(self, layer: int) -> int:
        """Units times breakpoints."""
        return self.layers[layer].hyperplanes

    def preactivations(self, layer: int, state: fmpz_mat) -> fmpz_mat:
        """((units + 1) x (d + 1)) integer rows of the layer's pre-activations on the region of `state`."""
        return self.layers[layer].weights * state

    def hyperplanes(self, layer: int, preactivations: fmpz_mat) -> fmpz_mat:
        """One integer row for each (unit, breakpoint): a positive multiple of h_k - t."""
        kind = self.layers[layer]
        width = self.dimension + 1
        entries = preactivations.entries()
        if kind.splits_at_zero:
            return fmpz_mat(kind.units, width, entries[:-width])
        scale = entries[-1]
        rows: list[fmpz] = []
        for unit in range(kind.units):
            row = entries[unit * width : (unit + 1) * width]
            for point in kind.breakpoints:
                rows.extend(entry * point.q for entry in row[:-1])
                rows.append(row[-1] * point.q - scale * point.p)
        return fmpz_mat(kind.hyperplanes, width, rows)

    def code(self, layer: int, signs: Sequence[int]) -> tuple[int, ...]:
        """One entry a unit: the sum of its hyperplanes' signs."""
        count = len(self.layers[layer].breakpoints)
        if count == 1:
            return tuple(signs)
        return tuple(sum(signs[start : start + count]) for start in range(0, len(signs), count))

    def activate(self, layer: int, preactivations: fmpz_mat, code: Sequence[int]) -> fmpz_mat:
        """The state after the layer: slope * row + intercept on the piece that each unit's code names."""
        kind = self.layers[layer]
        width = self.dimension + 1
        entries = preactivations.entries()
        scale = entries[-1]
        offset = len(kind.breakpoints) + 1
        result: list[fmpz] = []
        for unit, entry in enumerate(code):
            piece = (entry + offset) // 2
            slope, intercept = kind.slopes[piece], kind.intercepts[piece]
            row = entries[unit * width : (unit + 1) * width]
            result.extend(row if slope == 1 else [slope * value for value in row])
            if intercept != 0:
                result[-1] += intercept * scale
        result.extend(kind.common * value for value in entries[-width:])
        return fmpz_mat(kind.units + 1, width, result)


def _homogeneous_weights(layer: HiddenLayer) -> fmpz_mat:
    linear, offset = layer.affine.linear, layer.affine.offset
    denominator = common_denominator((*linear.entries(), *offset))
    entries: list[fmpz] = []
    for row, bias in zip(linear.tolist(), offset, strict=True):
        entries.extend((value * denominator).p for value in (*row, bias))
    entries.extend([fmpz(0)] * linear.ncols() + [denominator])
    return fmpz_mat(linear.nrows() + 1, linear.ncols() + 1, entries)


def row_bits(network: IntegerNetwork) -> list[int]:
    """For each hyperplane an integer k such that its integer row has norm at most 2^k on every code."""
    found: list[int] = []
    state = network.start()
    for layer in network.layers:
        bound = _absolute(layer.weights) * state
        rows = [tuple(row) for row in bound.tolist()]
        scale = rows[-1][-1]
        for row in rows[:-1]:
            for t in layer.breakpoints:
                found.append(norm_bits((*(entry * t.q for entry in row[:-1]), row[-1] * t.q + scale * abs(t.p))))
        state = _activated_bound(layer, rows)
    return found


def _activated_bound(layer: IntegerLayer, rows: list[tuple[fmpz, ...]]) -> fmpz_mat:
    steepest, highest = max(map(abs, layer.slopes)), max(map(abs, layer.intercepts))
    scale = rows[-1][-1]
    after = [[*(steepest * entry for entry in row[:-1]), steepest * row[-1] + highest * scale] for row in rows[:-1]]
    return fmpz_mat([*after, [layer.common * entry for entry in rows[-1]]])


def _absolute(matrix: fmpz_mat) -> fmpz_mat:
    return fmpz_mat(matrix.nrows(), matrix.ncols(), [abs(entry) for entry in matrix.entries()])


def norm_bits(row: Iterable[fmpz]) -> int:
    """An integer k with norm <= 2^k: the squared norm is below 2^length for its bit length."""
    return (sum((entry * entry for entry in row), fmpz(0)).bit_length() + 1) // 2
