"""All small integer networks of two shapes, to be gone through to the last one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, combinations_with_replacement, product

from polybn.claims.claim import Family
from polybn.claims.view import Instance, Points
from polybn.errors import ZeroSigmaError
from polybn.networks.activation import HardTanh, LeakyReLU, PiecewiseLinear
from polybn.networks.layer import Linear, Module
from polybn.networks.network import Network
from polybn.networks.normalization import Normalization
from polybn.regions.domain import box

SIGNS = (-1, 1)
ROWS = ((1, 0), (0, 1), (1, 1), (1, -1))
STEPS = ((1, 0), (0, 1), (1, 1), (1, 2), (2, 1))

Weights = Sequence[Sequence[int]]


def _instance(
    method: Normalization, layers: Sequence[Weights], activation: PiecewiseLinear, batch: Points
) -> Iterator[Instance]:
    """The network with these weights, all layers but the last normalised; nothing where a sigma is 0."""
    modules: list[Module] = []
    for weights in layers[:-1]:
        modules += [Linear(weights), method, activation]
    try:
        network = Network([*modules, Linear(layers[-1])]).fit(batch)
    except ZeroSigmaError:
        return
    yield Instance(network, batch, box(-4, 4, dim=len(batch[0])), method.name, method=method)


def _width_one(method: Normalization) -> Iterator[Instance]:
    """1-2-1-1 networks: rows of -1, 0, 1, batches of two or three numbers from 0 to 3."""
    activation = LeakyReLU("1/2")
    numbers = [batch for size in (2, 3) for batch in combinations_with_replacement(range(4), size)]
    batches = [tuple((Fraction(number),) for number in batch) for batch in numbers if len(set(batch)) > 1]
    for batch, first, second in product(batches, product(SIGNS, repeat=2), product((-1, 0, 1), repeat=2)):
        # Of a last row and its negative one is enough: the outputs are negated.
        yield from _instance(method, ([[first[0]], [first[1]]], [second], [[1]]), activation, batch)


def _odd(method: Normalization) -> Iterator[Instance]:
    """2-2-1 networks with hard-tanh, on two points of {-1, 0, 1}^2, or on two of `STEPS` with their negatives."""
    pairs = list(combinations(product((-1, 0, 1), repeat=2), 2))
    crosses = [(p, q, _negative(p), _negative(q)) for p, q in combinations(STEPS, 2)]
    batches = [tuple(tuple(map(Fraction, point)) for point in points) for points in (*pairs, *crosses)]
    for batch, first, last in product(batches, combinations_with_replacement(ROWS, 2), ((1, 1), (1, -1), (1, 2))):
        yield from _instance(method, (first, [last]), HardTanh(), batch)


def _negative(point: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(-entry for entry in point)


WIDTH_ONE_NETWORKS = Family(
    "1-2-1-1 networks with weights -1, 0, 1, leaky ReLU of slope 1/2, batches of 2 or 3 numbers out of 0, 1, 2, 3",
    _width_one,
)
ODD_NETWORKS = Family(
    "2-2-1 networks with hard-tanh, rows out of (1, 0), (0, 1), (1, 1), (1, -1), last rows (1, 1), (1, -1), (1, 2), on "
    "2 points of {-1, 0, 1}^2 or on 2 out of (1, 0), (0, 1), (1, 1), (1, 2), (2, 1) and their negatives",
    _odd,
)
