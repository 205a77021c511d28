"""c (A x + b) mod p for the affine maps of many codes: modulo enough primes, equal residues prove equal maps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from flint import fmpz, fmpz_mat, nmod_mat
from numpy.typing import NDArray

from polybn.networks.activation import ReLU
from polybn.networks.integer import IntegerLayer
from polybn.networks.network import HiddenLayer, Network

Integers = NDArray[np.int64]

LARGEST_PRIME = 2**31 - 1
BLOCK = 1 << 13
TERMS = 32
"""2^31 (a residue) times 2^16 (half of one) times so many terms is below 2^53: float products are then exact."""


class _Layer(NamedTuple):
    """One hidden layer mod p."""

    weights: Integers
    slopes: Integers
    intercepts: Integers
    common: int
    breakpoints: int

    @staticmethod
    def of(layer: IntegerLayer, prime: int) -> _Layer:
        """The layer's integers reduced."""
        pieces = _reduced(fmpz_mat([layer.slopes, layer.intercepts]), prime)
        common = int(layer.common % prime)
        return _Layer(_reduced(layer.weights, prime), pieces[0], pieces[1], common, len(layer.breakpoints))

    def after(self, state: Integers, entries: Integers, prime: int) -> Integers:
        """The state after the layer, from the one before and the units' entries of the codes; one row a state."""
        values = _product(state, self.weights, prime)
        pieces = (entries + self.breakpoints + 1) // 2
        scale = values[:, -1:]
        own = (self.slopes[pieces] * values[:, :-1] % prime + self.intercepts[pieces] * scale) % prime
        return np.concatenate([own, scale * self.common % prime], axis=1)


def integer_output(network: Network) -> fmpz_mat:
    """The output's affine map as ((outputs + 1) x (inputs + 1)) integers, the last row its denominator."""
    return IntegerLayer(HiddenLayer(network.output, ReLU())).weights


def residues(network: Network, codes: NDArray[np.int8], points: Integers, prime: int) -> Integers:
    """c (A x + b) mod prime for each code and homogeneous point: (codes, points times outputs); prime < 2^31.

    The scale c is one integer for all codes: the product of the layers' denominators.
    """
    layers = [_Layer.of(layer, prime) for layer in network.integer.layers]
    output = _reduced(integer_output(network), prime)[:-1]
    found: list[Integers] = [np.zeros((0, len(points) * len(output)), dtype=np.int64)]
    for start in range(0, len(codes), BLOCK):
        block = np.repeat(codes[start : start + BLOCK].astype(np.int64), len(points), axis=0)
        state = np.tile(points % prime, (len(block) // len(points), 1))
        stop = 0
        for layer in layers:
            units = len(layer.weights) - 1
            state = layer.after(state, block[:, stop : stop + units], prime)
            stop += units
        found.append(_product(state, output, prime).reshape(-1, len(points) * len(output)))
    return np.concatenate(found)


def _product(values: Integers, weights: Integers, prime: int) -> Integers:
    """values @ weights.T mod prime, by float products of parts so small that they are exact."""
    total = np.zeros((len(values), len(weights)), dtype=np.int64)
    for start in range(0, values.shape[1], TERMS):
        part = values[:, start : start + TERMS].astype(np.float64)
        own = weights[:, start : start + TERMS]
        high = (part @ (own >> 16).astype(np.float64).T).astype(np.int64) % prime
        low = (part @ (own & 0xFFFF).astype(np.float64).T).astype(np.int64)
        total = (total + (high << 16) + low) % prime
    return total


def _reduced(matrix: fmpz_mat, prime: int) -> Integers:
    entries = [int(entry) for entry in nmod_mat(matrix, prime).entries()]
    return np.array(entries, dtype=np.int64).reshape(matrix.nrows(), matrix.ncols())


def prime_below(number: int) -> int:
    """The largest prime below an odd number > 3."""
    return next(candidate for candidate in range(number - 2, 2, -2) if fmpz(candidate).is_prime())


def largest_entry(network: Network) -> fmpz:
    """A bound on every |entry| of c [A b], c the scale of `residues`, whatever the code."""
    bounds = [fmpz(1)] * (network.dimension + 1)
    for layer in network.integer.layers:
        values = _bounds(layer.weights, bounds)
        slope, intercept = max(map(abs, layer.slopes)), max(map(abs, layer.intercepts))
        bounds = [*(slope * value + intercept * values[-1] for value in values[:-1]), layer.common * values[-1]]
    return max(_bounds(integer_output(network), bounds))


def _bounds(weights: fmpz_mat, bounds: list[fmpz]) -> list[fmpz]:
    return [sum((abs(a) * b for a, b in zip(row, bounds, strict=True)), fmpz(0)) for row in weights.tolist()]
