"""The decision boundary of a two-class network on a square of the plane: exact pieces, or certified grid crossings.

The classes of a network with outputs f_0, f_1 are the signs of the margin f_1 - f_0; of one with a single output f,
those of f. A narrow network is rebuilt in rationals and its boundary is the exact one. A wider network is asked at the
nodes of a grid, and each edge with opposite signs is halved until they are close.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, inf, log2
from typing import NamedTuple

import torch
from torch import Tensor, nn

from polybn.errors import InputError, ShapeError
from polybn.exact.rational import brief, exact_float
from polybn.networks.layer import Module
from polybn.networks.network import Network
from polybn.regions.domain import box
from polybn.regions.enumerate import enumerate_regions
from polybn.statistical.enclosures.operations import Activation, Affine, Normalization, Operation
from polybn.statistical.enclosures.rational import SIGMA_BITS, activation_of, linear_of, normalisation_of
from polybn.statistical.enclosures.tracing import Step, Traced, UnsupportedModuleError, trace
from polybn.statistical.whole_numbers import whole

CHUNK = 4096
"""Points that a network is asked at a time."""


class Boundary(NamedTuple):
    """Segments of a decision boundary: `pieces` (pieces, 4) as x0, y0, x1, y1 in float64.

    `sure` (pieces,) says where both ends are known to be on the boundary, up to what `method` says, which also names
    the number that stands for sigma. `degenerate` counts the full-dimensional parts of the square on which the classes
    tie; a grid does not look for them.
    """

    pieces: Tensor
    sure: Tensor
    degenerate: int
    method: str


@dataclass(frozen=True, eq=False)
class Margin:
    """f_1 - f_0, or f where there is one output, of a module in the plane, and where it is computed."""

    traced: Traced
    device: torch.device

    def asked(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """For points (n, 2) the proved sign, 0 where rounding leaves it open, and the class by float, margin > 0."""
        if not len(points):
            return torch.zeros(0, dtype=torch.int8), torch.zeros(0, dtype=torch.bool)
        found = [self.traced.enclosed(part.to(self.device), at=())[""] for part in points.split(CHUNK)]
        signs, above = [one.signs() for one in found], [one.midpoint > 0 for one in found]
        return torch.cat(signs).flatten().cpu(), torch.cat(above).flatten().cpu()


def margin(module: nn.Module) -> Margin:
    """The margin of a module in float64 and in evaluation mode, its parameters as they are now.

    Raises `ShapeError` unless it takes two numbers and gives one or two, `InputError` for another float type.
    """
    traced = trace(module)
    for name, part in module.named_parameters():
        if part.dtype != torch.float64:
            raise InputError(f"{name!r} is of {part.dtype}; proofs of signs need float64. Write module.double().", part)
    device = next((part.device for part in module.parameters()), torch.device("cpu"))
    inputs = _inputs(traced)
    last = traced.read(torch.zeros(1, inputs, dtype=torch.float64, device=device), at=())[""]
    _check_sizes(inputs, last.shape[-1], module)
    if last.shape[-1] == 1:
        return Margin(traced, device)
    difference = Affine(torch.tensor([[-1.0, 1.0]], dtype=torch.float64, device=device), None)
    return Margin(Traced((*traced.steps, Step("margin", difference, (traced.steps[-1].name,)))), device)


def exact_network(module: nn.Module) -> Network:
    """The module in evaluation mode as a network over Q: every float is the dyadic that it stores.

    sigma = sqrt(variance + eps) is a root: the dyadic within a relative 2^-SIGMA_BITS above it is used, as a given
    number (semantics "frozen"). Nothing is folded in floats. Raises `UnsupportedModuleError` unless the module is a
    chain of linear layers, batch normalisations and activations, `InputError` where sigma is 0.
    """
    traced = trace(module)
    before = ""
    for step in traced.steps:
        if step.reads != (before,):
            raise UnsupportedModuleError(f"{step.name!r} reads {step.reads}, not the step before it alone.", module)
        before = step.name
    return Network([_rational(step.name, step.operation) for step in traced.steps])


def exact_boundary(module: nn.Module, reach: float) -> Boundary:
    """The decision boundary of `exact_network(module)` on the square [-reach, reach]^2; its ends are rounded to floats.

    For narrow networks: the work grows with the number of regions, about the square of the number of units. Raises
    `ShapeError` unless the module takes two numbers and gives one or two.
    """
    network, side = exact_network(module), _checked(reach, "reach", "3.0")
    _check_sizes(network.dimension, network.outputs, module)
    square = box(-exact_float(side), exact_float(side), dim=2)
    found = enumerate_regions(network, square).decision_boundary()
    ends = [[float(entry) for vertex in piece.vertices for entry in vertex] for piece in found.pieces]
    pieces = torch.tensor(ends, dtype=torch.float64).reshape(-1, 4)
    method = f"exact pieces; {network.semantics}; sigma within a relative 2^-{SIGMA_BITS} above sqrt(variance + eps)"
    return Boundary(pieces, torch.ones(len(pieces), dtype=torch.bool), len(found.degenerate), method)


def grid_boundary(module: nn.Module, reach: float, *, cells: int = 128, tolerance: float = 1e-6) -> Boundary:
    """Marching squares on cells x cells squares: crossings of grid edges, joined by straight segments.

    A crossing is the middle of two points on its edge, at most `tolerance` apart, whose margins are proved to have
    opposite signs, so the boundary passes within tolerance / 2 of it; where rounding leaves a sign open, its pieces are
    not sure. Between crossings a segment is an approximation, and parts of the boundary that meet no edge with
    opposite signs, such as a closed curve inside one cell, are missed. Raises what `margin` does.
    """
    whole("cells", cells, "the grid")
    apart, side, asked = _checked(tolerance, "tolerance", "1e-6"), _checked(reach, "reach", "3.0"), margin(module)
    places = torch.linspace(-side, side, cells + 1, dtype=torch.float64)
    nodes = torch.cartesian_prod(places, places)
    signs, above = asked.asked(nodes)
    edges = _edges(cells)
    crossing = above[edges[:, 0]] != above[edges[:, 1]]
    found = edges[crossing]
    points, sure = _refined(asked, nodes[found], signs[found], above[found[:, 1]], apart)
    number = torch.cumsum(crossing, 0) - 1
    ends = number[_joined(cells, crossing, above, lambda corners: asked.asked(nodes[corners].mean(1))[1])]
    method = f"grid of {cells} x {cells} cells, crossings within {apart / 2:g}; sigma is sqrt(variance + eps)"
    return Boundary(points[ends].reshape(-1, 4), sure[ends].all(1), 0, method)


def _rational(name: str, operation: Operation) -> Module:
    match operation:
        case Affine(stride=None):
            return linear_of(operation, name)
        case Normalization():
            return normalisation_of(operation)
        case Activation():
            return activation_of(operation)
        case _:
            raise UnsupportedModuleError(
                f"{name!r} is a {type(operation).__name__}; linear layers, batch normalisations and activations "
                "can be rebuilt in rationals.",
                operation,
            )


def _refined(asked: Margin, ends: Tensor, signs: Tensor, above: Tensor, apart: float) -> tuple[Tensor, Tensor]:
    """The middles of edges `ends` (edges, 2, 2), halved until their ends are near, and whether signs there are proved.

    `signs` (edges, 2) are those at the ends; `above` (edges,) the class by float at the second, the other at the first.
    """
    ends, signs, every = ends.clone(), signs.clone(), torch.arange(len(ends))
    length = float((ends[:, 1] - ends[:, 0]).abs().amax()) if len(ends) else 0.0
    for _ in range(ceil(log2(max(length / apart, 1)))):
        middle = ends.mean(1)
        sign, class_there = asked.asked(middle)
        same = (class_there == above).long()
        ends[every, same], signs[every, same] = middle, sign
    near = (ends[:, 1] - ends[:, 0]).abs().amax(1) <= apart * (1 + 1e-9)
    return ends.mean(1), near & (signs.prod(1) == -1)


def _edges(cells: int) -> Tensor:
    """The two nodes of every edge: number i (cells + 1) + j in x from node (i, j), then i cells + j in y from it."""
    nodes = torch.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    in_x, in_y = torch.stack([nodes[:-1], nodes[1:]], dim=2), torch.stack([nodes[:, :-1], nodes[:, 1:]], dim=2)
    return torch.cat([in_x.reshape(-1, 2), in_y.reshape(-1, 2)])


def _joined(cells: int, crossing: Tensor, above: Tensor, centres: Callable[[Tensor], Tensor]) -> Tensor:
    """The pairs of edges (pieces, 2) between which a cell has a piece; `centres` gives the class amid four nodes.

    A cell has 0, 2 or 4 edges with a crossing. With 4, the class at its centre says which two corners are cut off.
    """
    i, j = torch.cartesian_prod(torch.arange(cells), torch.arange(cells)).unbind(1)
    bottom, left = i * (cells + 1) + j, cells * (cells + 1) + i * cells + j
    around = torch.stack([bottom, left + cells, bottom + 1, left], dim=1)  # bottom, right, top, left
    crossed = crossing[around]
    two, four = crossed.sum(1) == 2, crossed.sum(1) == 4
    simple = around[two][crossed[two]].reshape(-1, 2)
    corner = (i * (cells + 1) + j)[four]
    corners = torch.stack([corner, corner + 1, corner + cells + 1, corner + cells + 2], dim=1)
    kept = centres(corners) == above[corner]
    saddles = torch.where(kept[:, None], around[four], around[four].roll(1, 1))
    return torch.cat([simple, saddles.reshape(-1, 2)])


def _inputs(traced: Traced) -> int:
    """How many numbers the first step that fixes it takes; two where none does."""
    for step in traced.steps:
        if isinstance(step.operation, Affine):
            return step.operation.weight.shape[1]
        if isinstance(step.operation, Normalization):
            return len(step.operation.location)
    return 2


def _check_sizes(inputs: int, outputs: int, module: nn.Module) -> None:
    if inputs != 2 or outputs not in (1, 2):
        raise ShapeError(
            f"{type(module).__name__} takes {inputs} numbers and gives {outputs}; a boundary between two classes in "
            "the plane needs 2, and 1 or 2.",
            module,
        )


def _checked(number: object, name: str, example: str) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < inf:
        raise InputError(f"{name} is {brief(number)}; a positive number is needed, such as {example}.", number)
    return float(number)
