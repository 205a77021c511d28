"""Which operation is a torch layer? A table by type, and the functions that modules call."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from polybn.errors import InputError
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

RELU = Activation((0.0,), (0.0, 1.0), (0.0,))
ABSOLUTE = Activation((0.0,), (-1.0, 1.0), (0.0,))


def leaky(slope: float) -> Activation:
    """t for t >= 0, slope * t for t < 0."""
    return Activation((0.0,), (slope, 1.0), (0.0,))


def clipped(lower: float, upper: float) -> Activation:
    """min(max(t, lower), upper): hard-tanh and ReLU6."""
    return Activation((lower, upper), (0.0, 1.0, 0.0), (lower, upper))


def _linear(module: nn.Linear) -> Operation:
    return Affine(_fixed(module.weight), _fixed(module.bias))


def _convolution(module: nn.Conv2d) -> Operation:
    if module.padding_mode != "zeros" or isinstance(module.padding, str):
        raise InputError("A convolution pads with something other than zeros, or by name; give its padding.", module)
    return Affine(
        _fixed(module.weight),
        _fixed(module.bias),
        _pair(module.stride),
        _pair(module.padding),
        _pair(module.dilation),
        groups=module.groups,
    )


def _pair(entries: tuple[int, ...]) -> tuple[int, int]:
    first, second = entries
    return first, second


def _normalization(module: nn.BatchNorm1d | nn.BatchNorm2d) -> Operation:
    if module.running_mean is None or module.running_var is None:
        raise InputError(
            "A normalisation keeps no statistics (track_running_stats=False), so it is no frozen map. "
            "Write polybn.statistical.modules.initialisation.frozen(module, batch).",
            module,
        )
    return Normalization(
        module.running_mean.detach(),
        module.running_var.detach(),
        module.eps,
        _fixed(module.weight),
        _fixed(module.bias),
    )


def _fixed(parameter: Tensor | None) -> Any:
    return None if parameter is None else parameter.detach()


def _max_pool(module: nn.MaxPool2d) -> Operation:
    if module.return_indices:
        raise InputError("A pooling returns places too; write return_indices=False.", module)
    names = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
    return MaxPool({name: getattr(module, name) for name in names})


def _average_pool(module: nn.AvgPool2d) -> Operation:
    names = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
    return AveragePool({name: getattr(module, name) for name in names})


def _whole(module: nn.AdaptiveAvgPool2d) -> Operation:
    if module.output_size not in (1, (1, 1)):
        raise InputError("An adaptive pooling keeps more than one place; write AvgPool2d with its windows.", module)
    return AveragePool(None)


def _flatten(module: nn.Flatten) -> Operation:
    if module.end_dim != -1:
        raise InputError("A Flatten ends before the last axis; write nn.Flatten(start).", module)
    return Reshape(module.start_dim)


def _nothing(_: nn.Module) -> None:
    return None


LAYERS: dict[type[nn.Module], Callable[[Any], Operation | None]] = {
    nn.Linear: _linear,
    nn.Conv2d: _convolution,
    nn.BatchNorm1d: _normalization,
    nn.BatchNorm2d: _normalization,
    nn.ReLU: lambda _: RELU,
    nn.LeakyReLU: lambda module: leaky(module.negative_slope),
    nn.Hardtanh: lambda module: clipped(module.min_val, module.max_val),
    nn.ReLU6: lambda _: clipped(0.0, 6.0),
    nn.MaxPool2d: _max_pool,
    nn.AvgPool2d: _average_pool,
    nn.AdaptiveAvgPool2d: _whole,
    nn.Flatten: _flatten,
    nn.Dropout: _nothing,
    nn.Dropout2d: _nothing,
    nn.Identity: _nothing,
}


def call_operation(node: fx.Node) -> Any:
    """The operation of a function or method that a module calls; NotImplemented for one that is not known."""
    if node.target in (operator.add, torch.add, operator.iadd) and _are_nodes(node, 2):
        return Add()
    if node.target in (torch.relu, functional.relu, "relu"):
        return RELU
    if node.target in (torch.abs, operator.abs, abs, "abs"):
        return ABSOLUTE
    if node.target is functional.leaky_relu:
        return leaky(float(_argument(node, 1, "negative_slope", 0.01)))
    if node.target in (torch.flatten, "flatten") and _argument(node, 2, "end_dim", -1) == -1:
        return Reshape(int(_argument(node, 1, "start_dim", 0)))
    return NotImplemented


def is_in_place(node: fx.Node, modules: Mapping[str, nn.Module]) -> bool:
    """Whether a node of a known operation writes its values over the first tensor that it reads."""
    if node.op == "call_module":
        return bool(getattr(modules[str(node.target)], "inplace", False))
    if node.target is functional.relu:
        return bool(_argument(node, 1, "inplace", False))
    if node.target is functional.leaky_relu:
        return bool(_argument(node, 2, "inplace", False))
    return node.target is operator.iadd


def _are_nodes(node: fx.Node, count: int) -> bool:
    return len(node.args) == count and not node.kwargs and all(isinstance(entry, fx.Node) for entry in node.args)


def _argument(node: fx.Node, place: int, name: str, default: Any) -> Any:
    return node.args[place] if len(node.args) > place else node.kwargs.get(name, default)
