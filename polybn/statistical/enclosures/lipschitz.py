"""Lipschitz constants of pre-activations from above: |h_k(x) - h_k(y)| <= C_k ||x - y|| for all inputs x and y.

The length of what a layer reads grows from layer to layer by the layer's norm at most, and a row w adds a factor
||w||. Interval bounds lose about the square root of a row's length at each layer, this loses a factor of two or three.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf, isnan, prod, sqrt
from typing import NamedTuple

import torch
from torch import Tensor

from polybn.statistical.enclosures.enclosure import gamma, least, lengths, unit
from polybn.statistical.enclosures.operations import (
    Activation,
    Add,
    Affine,
    AveragePool,
    MaxPool,
    Normalization,
    Operation,
    Reshape,
)
from polybn.statistical.enclosures.operator_norms import affine_norm
from polybn.statistical.enclosures.tracing import Step, Traced


class _Constants(NamedTuple):
    """Of a whole tensor, in the Euclidean norm, and of each entry, (1, ...)."""

    whole: float
    each: Tensor


def lipschitz_constants(traced: Traced, shape: Sequence[int]) -> dict[str, Tensor]:
    """C for the inputs of each activation by name, (1, units, ...), for the module's inputs of `shape`, without batch.

    Rounding is covered, in the module's own float type. Cost: that of some products of each layer's matrix by itself;
    of a convolution, one for each frequency of its input's size.
    """
    example = _example(traced, shape)
    shapes = {name: tuple(value.shape) for name, value in traced.read(example, at=traced.steps).items()}
    found: dict[str, Tensor] = {}
    values = {"": _Constants(1.0, torch.ones_like(example))}
    for step, joined in _with_affine(traced):
        read = [values[name] for name in step.reads]
        if isinstance(step.operation, Activation):
            found[step.name] = read[0].each
        made = _passed(step.operation, read)
        if joined and _fits(*joined, shapes):
            affine, scale = joined
            assert isinstance(affine.operation, Affine)
            norm = affine_norm(affine.operation, scale, shapes[affine.name][1:])
            made = _Constants(min(made.whole, norm * values[affine.reads[0]].whole), made.each)
        values[step.name] = _rounded(made)
    return found


def _with_affine(traced: Traced) -> Iterator[tuple[Step, tuple[Step, Tensor | None] | None]]:
    """Each step, and where it completes an affine map whose norm matters, that map and the scale of its rows.

    A normalisation goes with the map before it, since rows of unequal lengths make norms larger than scaled ones. The
    norm of the last map matters to none.
    """
    steps = {step.name: step for step in traced.steps}
    normalised = {step.reads[0] for step in traced.normalizations}
    last = max((place for place, step in enumerate(traced.steps) if isinstance(step.operation, Affine)), default=0)
    for place, step in enumerate(traced.steps):
        before = steps.get(step.reads[0])
        if place >= last:
            yield step, None
        elif isinstance(step.operation, Normalization) and before and isinstance(before.operation, Affine):
            yield step, (before, step.operation.scale)
        elif isinstance(step.operation, Affine) and step.name not in normalised:
            yield step, (step, None)
        else:
            yield step, None


def _fits(affine: Step, scale: Tensor | None, shapes: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether a scale is one of the map's rows: of linear layers over sequences it is one of positions."""
    assert isinstance(affine.operation, Affine)
    return scale is None or affine.operation.stride is not None or len(shapes[affine.name]) == 2


def _example(traced: Traced, shape: Sequence[int]) -> Tensor:
    """An input of the module, zero, of its type and on its device."""
    weights = [step.operation.weight for step in traced.steps if isinstance(step.operation, Affine)]
    like = weights[0] if weights else torch.zeros((), dtype=torch.float64)
    return torch.zeros(1, *shape, dtype=like.dtype, device=like.device)


def _rounded(constants: _Constants) -> _Constants:
    """With room for the roundings of one step; the whole is at most the length of the entries. NaN bounds nothing.

    What underflow took is at most `least`; only entries of 0 are exact.
    """
    slack, lost = 128 * unit(constants.each), least(constants.each)
    each = _unless_zero(torch.nan_to_num(constants.each * (1 + slack), nan=inf, posinf=inf), constants.each)
    top = each.max().double()
    length = lengths(each.double().flatten(), (0,))
    room = 1 + gamma(each.numel() + 64, top) + slack
    bounds = [inf if isnan(bound) else bound * room + lost for bound in (constants.whole, float(length))]
    return _Constants(min(bounds) if float(length) else 0.0, each)


def _unless_zero(products: Tensor, *factors: Tensor) -> Tensor:
    """Products with room for underflow, except where a factor is 0."""
    is_product = torch.stack(torch.broadcast_tensors(*(factor != 0 for factor in factors))).all(0)
    return products + least(products) * is_product.to(products.dtype)


def _passed(operation: Operation, read: Sequence[_Constants]) -> _Constants:
    """The constants after an operation; of an affine one those of the entries alone."""
    whole, each = read[0]
    match operation:
        case Affine():
            return _affine(operation, whole, each)
        case Normalization():
            live = torch.ones_like(operation.variance) if operation.gamma is None else operation.gamma
            scale = _unless_zero(operation.scale.abs(), live)
            spread = scale.reshape(1, -1, *[1] * (each.dim() - 2))
            return _Constants(float(scale.max()) * whole, _unless_zero(each * spread, each, spread))
        case Activation():
            slope = max(map(abs, operation.slopes))
            return _Constants(slope * whole, _unless_zero(slope * each, each) if slope else slope * each)
        case MaxPool():
            return _Constants(sqrt(_windows_over_a_place(operation)) * whole, operation.values(each))
        case AveragePool():
            return _Constants(_average_norm(operation, each) * whole, operation.values(each).abs())
        case Add():
            total = operation.values(each, read[1].each)
            # A summand that is broadcast is there several times.
            wholes = (part.whole * sqrt(total.numel() / part.each.numel()) for part in read)
            return _Constants(sum(wholes), total)
        case Reshape():
            return _Constants(whole, operation.values(each))
        case _:
            raise NotImplementedError(type(operation).__name__)


def _affine(operation: Affine, whole: float, each: Tensor) -> _Constants:
    rows = operation.weight.flatten(1)
    length = lengths(rows, (1,))
    norms = length * whole * (1 + gamma(rows.shape[1] + 8, rows))
    norms = _unless_zero(norms, length, length.new_tensor(whole))
    return _Constants(inf, operation.by_row(norms).expand_as(operation.values(each)))


def _average_norm(operation: AveragePool, each: Tensor) -> float:
    """||A||^2 <= largest row sum * largest column sum, of a matrix without negative entries (Schur)."""
    with torch.inference_mode(False), torch.enable_grad():
        start = torch.ones(each.shape, dtype=torch.float64, device=each.device, requires_grad=True)
        rows = operation.values(start)
        (columns,) = torch.autograd.grad(rows.sum(), start)
    return sqrt(float(rows.detach().abs().max()) * float(columns.abs().max())) * (1 + 1e-9)


def _windows_over_a_place(operation: MaxPool) -> int:
    """How many windows hold one place, at most."""

    def pair(name: str) -> tuple[int, int]:
        given = operation.options.get(name)
        given = pair("kernel_size") if given is None else given
        return (given, given) if isinstance(given, int) else (given[0], given[1])

    dilations = pair("dilation") if "dilation" in operation.options else (1, 1)
    axes = zip(pair("kernel_size"), pair("stride"), dilations, strict=True)
    return prod(min(k, -(-((k - 1) * d + 1) // s)) for k, s, d in axes)
