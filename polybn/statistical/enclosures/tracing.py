"""A torch module as a list of piecewise-affine operations, found by symbolic tracing."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, fx, nn

from polybn.errors import InputError
from polybn.statistical.enclosures.enclosure import Enclosure, exactly, plain_sums
from polybn.statistical.enclosures.layers import LAYERS, call_operation, is_in_place
from polybn.statistical.enclosures.operations import Activation, Affine, Normalization, Operation, Reshape

Value = TypeVar("Value")


class UnsupportedModuleError(InputError):
    """A module does something that is not piecewise affine, or that polybn does not know; it says what and where."""


@dataclass(frozen=True, eq=False)
class Step:
    """One operation: its name in the module, and the names of the steps that it reads ("" is the input)."""

    name: str
    operation: Operation
    reads: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Traced:
    """A module in evaluation mode as steps, the last of which is its output."""

    steps: tuple[Step, ...]

    @property
    def activations(self) -> tuple[Step, ...]:
        """The steps whose inputs are pre-activations: of each unit at each place one."""
        return tuple(step for step in self.steps if isinstance(step.operation, Activation))

    @property
    def normalizations(self) -> tuple[Step, ...]:
        """The steps that normalise."""
        return tuple(step for step in self.steps if isinstance(step.operation, Normalization))

    def read(self, x: Tensor, *, at: Sequence[Step]) -> dict[str, Tensor]:
        """What each of the steps `at` reads, and under "" the output, for a batch of inputs."""
        return self.walk(x, lambda step, inputs: step.operation.values(*inputs), at)

    def enclosed(self, x: Tensor, *, at: Sequence[Step], radius: float = 0.0) -> dict[str, Enclosure]:
        """The same, enclosed: for the exact network, and all floats, on the Euclidean balls around the inputs.

        With radius 0 this is the rounding error of one pass. `x` should be float64: see `enclosures.enclosure`. Raises
        `InputError` for a radius that is not finite, or below 0.
        """
        if not 0 <= radius < inf:
            raise InputError(f"The radius is {radius}; a finite number of at least 0 is needed, such as 0.1.", radius)
        start = exactly(x) if radius == 0 else Enclosure(x, torch.full_like(x, radius))

        def enclose(step: Step, inputs: Sequence[Enclosure]) -> Enclosure:
            if radius > 0 and step.reads == ("",) and isinstance(step.operation, Affine):
                return step.operation.enclose_ball(x, radius)
            return step.operation.enclose(*inputs)

        with plain_sums():
            return self.walk(start, enclose, at)

    def walk(
        self, x: Value, apply: Callable[[Step, Sequence[Value]], Value], at: Sequence[Step] = ()
    ) -> dict[str, Value]:
        """What `apply` makes of each step and what it reads, step by step; a value is dropped after its last reader.

        Returned is what each of the steps `at` reads, and under "" the output.
        """
        last = {name: place for place, step in enumerate(self.steps) for name in step.reads}
        wanted = {step.name for step in at}
        values, found = {"": x}, dict[str, Value]()
        for place, step in enumerate(self.steps):
            inputs = [values[name] for name in step.reads]
            if step.name in wanted:
                found[step.name] = inputs[0]
            values[step.name] = apply(step, inputs)
            for name in set(step.reads):
                if last[name] == place:
                    del values[name]
        found[""] = values[self.steps[-1].name] if self.steps else x
        return found


def require_evaluation(module: nn.Module) -> None:
    """Raise `UnsupportedModuleError` that names the first part of the module in training mode, if one is."""
    training = [name or type(module).__name__ for name, one in module.named_modules() if one.training]
    if training:
        raise UnsupportedModuleError(
            f"{training[0]!r} is in training mode, where a normalisation uses the samples at hand and dropout is on. "
            "Write module.eval() first, or frozen(module, batch), from polybn.statistical.modules.initialisation, for "
            "the batch's statistics.",
            module,
        )


def trace(module: nn.Module) -> Traced:
    """The module's operations, with its parameters as they are now.

    Linear, convolution (2-D), batch normalisation, ReLU, leaky ReLU, hard-tanh, ReLU6, absolute value, pooling,
    flattening, sums and dropout that is off. Raises `UnsupportedModuleError` for anything else, by name, for a module
    in training mode, for a layer with hooks, and where a tensor is read after it was overwritten in place.
    """
    require_evaluation(module)
    try:
        # Inside another module, so that a layer by itself is a call of it.
        inside = nn.Sequential(module).eval() if fx.Tracer().is_leaf_module(module, "") else module
        graph = _Tracer().trace(inside)
    except Exception as error:  # whatever the module's own code raises on a proxy
        raise UnsupportedModuleError(
            f"{type(module).__name__} cannot be traced: {error}. Its forward must not branch on values.", module
        ) from error
    return Traced(tuple(_steps(graph, dict(inside.named_modules()))))


class _Proxy(fx.Proxy):
    """A value while tracing, in which += stays what it is."""

    def __iadd__(self, other: Any) -> fx.Proxy:
        return self.tracer.create_proxy("call_function", operator.iadd, (self, other), {})


class _Tracer(fx.Tracer):
    def proxy(self, node: fx.Node) -> fx.Proxy:
        return _Proxy(node, self)


def _steps(graph: fx.Graph, modules: Mapping[str, nn.Module]) -> list[Step]:
    names: dict[fx.Node, str] = {}
    steps: list[Step] = []
    memory = _Memory()
    for node in graph.nodes:
        if node.op == "placeholder":
            if names:
                raise UnsupportedModuleError(f"The module takes a second input, {node.name!r}; one is supported.", node)
            names[node] = ""
        elif node.op == "output":
            _check_output(node, names, steps)
        else:
            operation = _operation(node, modules)
            read = [entry for entry in (*node.args, *node.kwargs.values()) if isinstance(entry, fx.Node)]
            memory.passed(node, read, operation, modules)
            reads = tuple(names[entry] for entry in read)
            if operation is None:
                names[node] = reads[0]
                continue
            name = cast("str", node.target) if node.op == "call_module" else node.name
            name = name if all(step.name != name for step in steps) else node.name
            names[node] = name
            steps.append(Step(name, operation, reads))
    return steps


class _Memory:
    """Which values share memory, and which of them were overwritten in place and are no longer what they were."""

    def __init__(self) -> None:
        self.kept: dict[fx.Node, fx.Node] = {}
        self.overwritten: set[fx.Node] = set()

    def passed(
        self, node: fx.Node, read: Sequence[fx.Node], operation: Operation | None, modules: Mapping[str, nn.Module]
    ) -> None:
        """Note a node; raises `UnsupportedModuleError` where it reads what was overwritten."""
        if lost := self.overwritten.intersection(read):
            raise _stale(lost.pop(), node)
        writes = operation is not None and is_in_place(node, modules)
        shares = writes or operation is None or isinstance(operation, Reshape)
        owner = self.kept.get(read[0], read[0]) if shares and read else node
        if writes:
            same = {one for one, other in self.kept.items() if other is owner}
            self.overwritten |= same | {owner}
            if len(set(read)) < len(read) or self.overwritten.intersection(read[1:]):
                raise _stale(read[0], node)
        self.kept[node] = owner


def _stale(lost: fx.Node, node: fx.Node) -> UnsupportedModuleError:
    return UnsupportedModuleError(
        f"{node.name!r} reads {lost.name!r}, which was overwritten in place. Write inplace=False, and y = y + x for "
        "y += x.",
        node,
    )


def _operation(node: fx.Node, modules: Mapping[str, nn.Module]) -> Operation | None:
    """The operation of a node; None where it changes nothing."""
    if node.op == "call_module":
        module = modules[cast("str", node.target)]
        make = LAYERS.get(type(module))
        if make is None:
            raise _unsupported(f"{node.target!r} is a {type(module).__name__}", node)
        if any(vars(module)[name] for name in ("_forward_pre_hooks", "_forward_hooks")):
            raise UnsupportedModuleError(
                f"{node.target!r} has hooks, which may change its weights or values as it runs, such as those of "
                "pruning and weight normalisation. Remove them first, with torch.nn.utils.prune.remove, say.",
                module,
            )
        return make(module)
    if node.op == "get_attr":
        raise _unsupported(f"{node.target!r} is a parameter used by itself", node)
    found = call_operation(node)
    if found is NotImplemented:
        name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
        raise _unsupported(f"{node.name!r} calls {name}", node)
    return found


def _unsupported(what: str, node: fx.Node) -> UnsupportedModuleError:
    known = ", ".join(sorted({kind.__name__ for kind in LAYERS}))
    return UnsupportedModuleError(
        f"{what}, which is not piecewise affine or not known here. Supported are {known}, sums, flatten, relu, "
        "leaky_relu and abs; compose the module of these.",
        node,
    )


def _check_output(node: fx.Node, names: Mapping[fx.Node, str], steps: Sequence[Step]) -> None:
    (result,) = node.args
    if not isinstance(result, fx.Node) or (steps and names[result] != steps[-1].name):
        raise UnsupportedModuleError("The module's output is not its last operation's, one tensor.", node)
