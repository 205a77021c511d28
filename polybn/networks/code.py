"""z_l = A x + b on the region of a code, A = D_l W_l ... D_1 W_1 in closed form (Eq. 15-18)."""

from __future__ import annotations

from collections.abc import Sequence

from polybn.errors import ShapeError
from polybn.networks.affine import AffineMap, identity
from polybn.networks.network import Network


def affine_of_code(network: Network, code: Sequence[int], *, layers: int | None = None) -> AffineMap:
    """The affine map that the network is on the region with this code, or of its first `layers` hidden layers.

    Raises `ShapeError` when the code does not have one entry a hidden unit. A code that no region has gives the map
    that the closed form names; it describes the network nowhere.
    """
    if len(code) != network.units:
        raise ShapeError(f"The code has {len(code)} entries and the network {network.units} hidden units.", code)
    result = identity(network.dimension)
    start = 0
    for index in range(len(network.hidden) if layers is None else layers):
        result = activated(network, index, preactivation_after(network, index, result), code[start:])
        start += network.widths[index]
    return network.output.after(result) if layers is None else result


def preactivation(network: Network, code: Sequence[int], layer: int) -> AffineMap:
    """h_{l}(z_{l-1}(x)) as an affine map on the region of the code, for hidden layer `layer` (counted from 0)."""
    return preactivation_after(network, layer, affine_of_code(network, code, layers=layer))


def preactivation_after(network: Network, layer: int, before: AffineMap) -> AffineMap:
    """The pre-activations of a hidden layer after the affine map `before`."""
    return network.hidden[layer].affine.after(before)


def activated(network: Network, layer: int, before: AffineMap, code: Sequence[int]) -> AffineMap:
    """D (A x + b) + c: the layer's activation on the pieces that its part of the code names (the first entries)."""
    function = network.hidden[layer].activation
    pieces = [function.piece(int(code[unit])) for unit in range(before.outputs)]
    return before.scaled(
        tuple(function.slopes[piece] for piece in pieces), tuple(function.intercepts[piece] for piece in pieces)
    )
