"""The regions of one layer are the cells of a power diagram: argmin_J ||z - P_J||^2 - tau_J, sites P and weights tau.

Let unit k have the pre-activation h_k(z) = <v_k, z> + o_k, and let phi be a continuous piecewise-affine function with
pieces s_j t + c_j that is strictly convex at each of its breakpoints, which are those of the activation. Off them
phi(t) = max_j (s_j t + c_j) is attained by the active piece alone, so sum_k phi(h_k(z)) is the maximum over all choices
J = (j_k) of <A_J, z> + B_J, A_J = sum_k s_{j_k} v_k, B_J = sum_k (s_{j_k} o_k + c_{j_k}), attained only by the choice
that is active in every unit. With P_J = A_J and tau_J = ||A_J||^2 + 2 B_J the power ||z - P_J||^2 - tau_J is
||z||^2 - 2 (<A_J, z> + B_J), least where that is largest.

A convex activation may serve as phi itself; sum_i |t - b_i| serves for every activation, and then A_J is the sum of
the v_k times the entries of the region's code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from math import prod

from flint import fmpq, fmpq_mat

from polybn.errors import ActivationError, InputError
from polybn.exact.matrix import Vector, rows_of
from polybn.networks.activation import PiecewiseLinear
from polybn.networks.network import HiddenLayer

MAX_SITES = 1 << 20


@dataclass(frozen=True, repr=False)
class PowerDiagram:
    """Sites and weights, one of each for every choice of a piece a unit; `codes` names the choice as regions do.

    A choice that no region has is a site with an empty cell. Where a unit stays on a breakpoint everywhere the choices
    of its two pieces have one site and weight, so they tie. `sites` has shape (choices, inputs of the layer).
    """

    codes: tuple[tuple[int, ...], ...]
    sites: tuple[Vector, ...]
    weights: Vector

    def __repr__(self) -> str:
        return f"PowerDiagram({len(self)} sites in R^{len(self.sites[0])})"

    def __len__(self) -> int:
        """The number of sites."""
        return len(self.sites)

    def powers(self, points: Sequence[Vector]) -> list[Vector]:
        """||z - P_J||^2 - tau_J, for each point z (rows) and each site (entries)."""
        products = self.inner_products(points)
        norms = [sum((value**2 for value in site), fmpq(0)) for site in self.sites]
        squares = [sum((value**2 for value in point), fmpq(0)) for point in points]
        return [
            tuple(
                square - 2 * inner + norm - weight for inner, norm, weight in zip(row, norms, self.weights, strict=True)
            )
            for square, row in zip(squares, products, strict=True)
        ]

    def inner_products(self, vectors: Sequence[Vector]) -> list[Vector]:
        """<P_J, u>, for each vector u (rows) and each site (entries)."""
        if not vectors:
            return []
        left = fmpq_mat(len(vectors), len(vectors[0]), [entry for one in vectors for entry in one])
        right = fmpq_mat(len(self), len(self.sites[0]), [entry for site in self.sites for entry in site])
        return rows_of(left * right.transpose())

    def nearest(self, point: Vector) -> tuple[int, ...]:
        """The indices of all sites of least power at the point."""
        (powers,) = self.powers([point])
        least = min(powers)
        return tuple(index for index, power in enumerate(powers) if power == least)


def power_diagram(layer: HiddenLayer, *, potential: PiecewiseLinear | None = None) -> PowerDiagram:
    """Sites and weights whose cells are the regions of one layer, as in `net.hidden[0]`, in the layer's input space.

    `potential` is phi, by default the activation where it is strictly convex at each breakpoint, else
    `breakpoint_distances`. The sites are in the order of their codes. Raises `ActivationError` for a phi with other
    breakpoints, or not strictly convex at one, `InputError` for more than `MAX_SITES` sites. Cost: one site for each
    choice of a piece a unit.

    >>> from polybn.networks.network import Network
    >>> net = Network.from_arrays([([[1], [1]], [0, -2]), ([[1, 1]], [0])], activation="relu")
    >>> diagram = power_diagram(net.hidden[0])
    >>> [[str(entry) for entry in site] for site in diagram.sites], [str(weight) for weight in diagram.weights]
    ([['0'], ['1'], ['1'], ['2']], ['0', '-3', '1', '0'])
    """
    function = layer.activation
    if potential is None:
        potential = function if is_strictly_convex(function) else breakpoint_distances(function)
    if potential.breakpoints != function.breakpoints or not is_strictly_convex(potential):
        raise ActivationError(
            f"{potential.name} is not strictly convex at each breakpoint of {function.name}, and at these alone. "
            "Leave potential out, or give breakpoint_distances(activation).",
            potential,
        )
    return diagram_of(layer, potential)


def diagram_of(layer: HiddenLayer, potential: PiecewiseLinear) -> PowerDiagram:
    """The sites and weights that the formulas give for any phi; those of the regions only as `power_diagram` says."""
    units, pieces = layer.affine.outputs, len(potential.slopes)
    if prod([pieces] * units) > MAX_SITES:
        raise InputError(
            f"{units} units with {pieces} pieces each make {pieces}^{units} sites, more than {MAX_SITES}. "
            "Take fewer units.",
            layer,
        )
    rows = rows_of(layer.affine.linear)
    choices = list(product(range(pieces), repeat=units))
    sites: list[Vector] = []
    weights: list[fmpq] = []
    for choice in choices:
        slopes = [potential.slopes[piece] for piece in choice]
        site = tuple(
            sum((slope * row[axis] for slope, row in zip(slopes, rows, strict=True)), fmpq(0))
            for axis in range(layer.affine.inputs)
        )
        offset = sum(
            (
                slope * shift + potential.intercepts[piece]
                for slope, shift, piece in zip(slopes, layer.affine.offset, choice, strict=True)
            ),
            fmpq(0),
        )
        sites.append(site)
        weights.append(sum((entry**2 for entry in site), 2 * offset))
    count = pieces - 1
    codes = tuple(tuple(2 * piece - count for piece in choice) for choice in choices)
    return PowerDiagram(codes, tuple(sites), tuple(weights))


def is_strictly_convex(function: PiecewiseLinear) -> bool:
    """Whether the slopes increase strictly, so that the active piece alone is the largest off the breakpoints."""
    return all(below < above for below, above in pairwise(function.slopes))


def breakpoint_distances(function: PiecewiseLinear) -> PiecewiseLinear:
    """phi(t) = sum_i |t - b_i| over the breakpoints b_i: its slope is the code of t."""
    points = function.breakpoints
    slopes = [2 * piece - len(points) for piece in range(len(points) + 1)]
    first = sum((point - points[0] for point in points), fmpq(0))
    return PiecewiseLinear(points, slopes, first, name=f"distances to the breakpoints of {function.name}")
