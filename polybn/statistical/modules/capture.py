"""What the normalisation layers of any torch module read, through forward hooks; the module need not be traceable."""

from __future__ import annotations

import weakref
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from polybn.errors import InputError, ShapeError
from polybn.exact.rational import brief
from polybn.statistical.enclosures.tracing import UnsupportedModuleError, require_evaluation
from polybn.statistical.memory import plainly
from polybn.statistical.whole_numbers import whole

NORMALISING = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
WEIGHTED = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


@dataclass(frozen=True, eq=False)
class Captured:
    """The inputs of one normalisation layer for one chunk of a batch, as the module computes them.

    `name` is the layer's in the module; its second use in one pass is called "name (use 2)". `inputs` are
    (samples, channels, places), one place after a linear layer. `preceding` is the linear layer or convolution whose
    output is normalised as it stands, so that an input is <w_k, patch> + c_k; None where that cannot be told.
    """

    name: str
    inputs: Tensor
    normalisation: nn.Module
    preceding: nn.Module | None


def normalisations_of(module: nn.Module) -> dict[str, nn.Module]:
    """The normalisation layers by name; raises `UnsupportedModuleError` when there are none."""
    found: dict[str, nn.Module] = {}
    found.update((name, layer) for name, layer in module.named_modules() if isinstance(layer, NORMALISING))
    if not found:
        raise UnsupportedModuleError(
            f"{type(module).__name__} has no normalisation layer; looked for were {_known()} among its modules. "
            "A normalisation that its forward computes by a function cannot be seen: make it one of these layers.",
            module,
        )
    return found


def captured(module: nn.Module, batch: Tensor, *, chunk: int | None = None) -> Iterator[Captured]:
    """What each normalisation layer reads, in order of execution, for each `chunk` samples of the batch in turn.

    Memory: the inputs of all normalisation layers for one chunk. The samples are moved to the module's device. Raises
    `UnsupportedModuleError` for a module in training mode, where the layers would use the chunk at hand, without
    normalisation layers, or whose forward calls none of them; `InputError` and `ShapeError` for the batch; and
    `MemoryLimitError` when a chunk does not fit: what was given already stands, so the chunk is not changed here.
    """
    layers = normalisations_of(module)
    require_evaluation(module)
    parts = chunks(module, batch, chunk)
    return (one for part in parts for one in _one_pass(module, layers, part))


def chunks(module: nn.Module, batch: Tensor, chunk: int | None) -> Iterator[Tensor]:
    """The batch in pieces of `chunk` samples (None: all at once), each moved to the module's device."""
    size = pass_size(batch, chunk)
    tensors = [*module.parameters(), *module.buffers()]
    types = {one.dtype for one in tensors if one.is_floating_point()}
    if batch.is_floating_point() and len(types) == 1 and batch.dtype not in types:
        (needed,) = types
        raise InputError(
            f"The batch is of {batch.dtype} and the module of {needed}. Write batch.to({needed}), or module.double().",
            batch,
        )
    device = tensors[0].device if tensors else batch.device
    return (part.to(device) for part in batch.split(size))


def pass_size(batch: Tensor, chunk: int | None) -> int:
    """The samples of one pass, all for None; raises `InputError` and `ShapeError` for what is no batch or chunk."""
    if not isinstance(batch, Tensor):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"The batch is {brief(batch)}; a torch tensor (samples, ...) is needed.", batch)
    if batch.dim() == 0 or batch.numel() == 0:
        raise ShapeError(
            f"The batch has the shape {tuple(batch.shape)}; (samples, ...) is needed, with at least one sample.", batch
        )
    return len(batch) if chunk is None else whole("chunk", chunk, "the batch")


@contextmanager
def hooked(module: nn.Module, before: Any, after: Any) -> Generator[None, None, None]:
    """`before(layer, input)` runs ahead of each normalisation layer, `after(layer, output)` after each weighted one."""

    def ahead(layer: nn.Module, args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        before(layer, args[0] if args else named["input"])

    handles: list[Any] = []
    try:
        for layer in module.modules():
            if isinstance(layer, NORMALISING):
                handles.append(layer.register_forward_pre_hook(ahead, with_kwargs=True))
            elif isinstance(layer, WEIGHTED):
                handles.append(layer.register_forward_hook(lambda layer, _, output: after(layer, output)))
        yield
    finally:
        for handle in handles:
            handle.remove()


def by_channels(x: Tensor) -> Tensor:
    """(samples, channels, ...) as (samples, channels, places)."""
    return x.reshape(*x.shape[:2], -1)


def not_called(module: nn.Module, layers: Mapping[str, nn.Module]) -> UnsupportedModuleError:
    """The error of a module with normalisation layers of which none runs."""
    return UnsupportedModuleError(
        f"The forward of {type(module).__name__} calls none of its normalisation layers ({', '.join(sorted(layers))}), "
        "or calls them past their hooks. Call a layer as self.layer(x), not self.layer.forward(x).",
        module,
    )


def _one_pass(module: nn.Module, layers: Mapping[str, nn.Module], samples: Tensor) -> list[Captured]:
    names = {id(layer): name for name, layer in layers.items()}
    uses: dict[int, int] = {}
    outputs: list[tuple[weakref.ref[Tensor], int, nn.Module]] = []
    found: list[Captured] = []

    def before(layer: nn.Module, x: Tensor) -> None:
        uses[id(layer)] = use = uses.get(id(layer), 0) + 1
        name = names[id(layer)] if use == 1 else f"{names[id(layer)]} (use {use})"
        # An operation in place keeps the object and raises its version: then it is no longer the layer's output.
        makers = [maker for output, version, maker in outputs if output() is x and version == x._version]
        found.append(Captured(name, by_channels(x).clone(), layer, makers[-1] if makers else None))

    def after(layer: nn.Module, output: Tensor) -> None:
        # The channels of a normalisation are the second axis; a linear layer's units are the last one.
        if not isinstance(layer, nn.Linear) or output.dim() == 2:
            outputs.append((weakref.ref(output), output._version, layer))

    smaller = f"Write a chunk smaller than {len(samples)}" if len(samples) > 1 else "Give smaller samples"
    with plainly(f"a pass of {len(samples)} samples", smaller), hooked(module, before, after), torch.no_grad():
        module(samples)
    if not found:
        raise not_called(module, layers)
    return found


def _known() -> str:
    return ", ".join(f"nn.{kind.__name__}" for kind in NORMALISING)
