"""Are two piecewise-affine maps equal on all of R^d? On each region of the common refinement both are affine.

Any unit a(t) with breakpoints b_1 < ... < b_m and slopes s_0, ..., s_m is affine in relu(b_1 - t), relu(t - b_1), ...,
relu(t - b_m), whose hyperplanes are its own. So both networks become ReLU networks with the same regions, and these
are run side by side; the shallower one waits, since relu(r) = r for r >= 0, and cuts nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise

from flint import fmpq, fmpq_mat

from polybn.errors import InternalError, ShapeError
from polybn.exact.matrix import Vector, rows_of, vector
from polybn.exact.rational import fraction
from polybn.networks.activation import PiecewiseLinear, ReLU
from polybn.networks.affine import AffineMap, identity
from polybn.networks.code import affine_of_code
from polybn.networks.layer import Stage
from polybn.networks.network import HiddenLayer, Network
from polybn.regions.enumerate import enumerate_regions
from polybn.regions.partition import Partition
from polybn.regions.whole_space import whole_space


def equal_maps(first: Network, second: Network, *, exact: bool = False) -> tuple[Fraction, ...] | None:
    """None when the two networks are the same function on all of R^d, else a point at which they differ.

    Nothing is sampled: every region of the common refinement is visited, the unbounded ones too. `exact` as in
    `enumerate_regions`. Raises `ShapeError` when the networks differ in inputs or outputs, `UnfittedError` before
    `fit`. Cost: that of the regions of both networks together.

    >>> import polybn as pb
    >>> twice = pb.Network.from_arrays([([[2]], [0]), ([[1]], [0])])
    >>> later = pb.Network.from_arrays([([[1]], [0]), ([[2]], [0])])
    >>> equal_maps(twice, later) is None
    True
    """
    if (first.dimension, first.outputs) != (second.dimension, second.outputs):
        raise ShapeError(
            f"The first network takes {first.dimension} coordinates and gives {first.outputs}, the second takes "
            f"{second.dimension} and gives {second.outputs}. Only maps between the same spaces can be equal.",
            (first, second),
        )
    if not first.hidden and not second.hidden:
        return _apart(first.output, second.output, (fmpq(0),) * first.dimension, lambda _: True)
    for region in common_refinement(first, second, exact=exact):
        point = vector(region.witness)
        pieces = [affine_of_code(network, network.code(point)) for network in (first, second)]
        found = _apart(pieces[0], pieces[1], point, region.contains)
        if found is None:
            continue
        if first(found) == second(found):
            raise InternalError(f"The pieces differ at {found} and the networks do not.", (first, second))
        return found
    return None


def common_refinement(first: Network, second: Network, *, exact: bool = False) -> Partition:
    """A partition of R^d on each region of which both networks are affine, cut by their own boundaries alone.

    The partition is that of the two networks side by side, of `_rectified` units. At least one has a hidden layer.
    """
    chains = [_rectified(network) for network in (first, second) if network.hidden]
    stages: list[Stage] = []
    for layer in range(max(map(len, chains))):
        maps = [chain[layer] if layer < len(chain) else identity(chain[-1].outputs) for chain in chains]
        stages.append(Stage(_beside(maps, layer), None, ReLU()))
    return enumerate_regions(Network(stages), whole_space(first.dimension), exact=exact)


def _rectified(network: Network) -> list[AffineMap]:
    """The pre-activations of the same network written with ReLUs, each layer after the ReLUs of the one before."""
    found: list[AffineMap] = []
    before = identity(network.dimension)
    for layer in network.hidden:
        found.append(_hinges(layer).after(before))
        before = _values(layer)
    return found


def _arms(function: PiecewiseLinear) -> list[tuple[int, fmpq, fmpq]]:
    """(direction, breakpoint, coefficient) of each ReLU: a(t) = a(b_1) + sum of coefficient relu(direction (t - b))."""
    points, slopes = function.breakpoints, function.slopes
    jumps = [slopes[1], *(above - below for below, above in pairwise(slopes[1:]))]
    upwards = [(1, point, jump) for point, jump in zip(points, jumps, strict=True)]
    return [(-1, points[0], -slopes[0]), *upwards] if slopes[0] else upwards


def _hinges(layer: HiddenLayer) -> AffineMap:
    """direction (t - b) for each unit's t and each of its ReLUs, from the layer's input."""
    arms = _arms(layer.activation)
    linear: list[fmpq] = []
    offset: list[fmpq] = []
    for row, shift in zip(rows_of(layer.affine.linear), layer.affine.offset, strict=True):
        for direction, point, _ in arms:
            linear += [direction * entry for entry in row]
            offset.append(direction * (shift - point))
    return AffineMap(fmpq_mat(len(offset), layer.affine.inputs, linear), tuple(offset))


def _values(layer: HiddenLayer) -> AffineMap:
    """a(t) of each unit from the values of its ReLUs."""
    function, units = layer.activation, layer.affine.outputs
    coefficients = [coefficient for _, _, coefficient in _arms(function)]
    width = units * len(coefficients)
    linear = fmpq_mat(units, width)
    for unit in range(units):
        for place, coefficient in enumerate(coefficients):
            linear[unit, unit * len(coefficients) + place] = coefficient
    return AffineMap(linear, (function.value(function.breakpoints[0]),) * units)


def _beside(maps: Sequence[AffineMap], layer: int) -> AffineMap:
    """Maps one below the other: of the same input in the first layer, each of its own afterwards."""
    inputs = maps[0].inputs if layer == 0 else sum(one.inputs for one in maps)
    rows: list[list[fmpq]] = []
    start = 0
    for one in maps:
        for row in rows_of(one.linear):
            rows.append([fmpq(0)] * start + list(row) + [fmpq(0)] * (inputs - start - len(row)))
        start += one.inputs if layer else 0
    offset = tuple(entry for one in maps for entry in one.offset)
    return AffineMap(fmpq_mat(len(rows), inputs, [entry for row in rows for entry in row]), offset)


def _apart(
    first: AffineMap, second: AffineMap, point: Vector, contains: Callable[[Vector], bool]
) -> tuple[Fraction, ...] | None:
    """A point of a set around `point` where two affine maps differ, or None when they are one map."""
    if first == second:
        return None
    if first.apply(point) == second.apply(point):
        # The slopes differ: some coordinate's step, small enough to stay inside, separates the maps.
        columns = (first.linear - second.linear).transpose().tolist()
        axis = next(index for index, column in enumerate(columns) if any(column))
        step = fmpq(1)
        while not contains(_moved(point, axis, step)):
            step /= 2
        point = _moved(point, axis, step)
    return tuple(fraction(value) for value in point)


def _moved(point: Vector, axis: int, step: fmpq) -> Vector:
    return tuple(value + step if index == axis else value for index, value in enumerate(point))
