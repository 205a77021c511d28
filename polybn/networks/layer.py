"""z -> W z + c, and the stages (affine, normalisation, activation) that a network is made of (Eq. 1-2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from flint import fmpq

from polybn.errors import InputError, ShapeError, UnfittedError
from polybn.exact.matrix import Vector, matrix, vector
from polybn.exact.rational import brief
from polybn.networks.activation import PiecewiseLinear, uncalled
from polybn.networks.affine import AffineMap, identity
from polybn.networks.normalization import FrozenNormalization, Normalization, Semantics


@dataclass(frozen=True, init=False)
class Linear:
    """z -> W z + c with W of shape (outputs, inputs); c is zero when it is not given."""

    map: AffineMap

    def __init__(self, weights: object, biases: object = None, *, name: str = "Linear") -> None:
        linear = matrix(weights, f"{name} weights")
        offset = (fmpq(0),) * linear.nrows() if biases is None else vector(biases, f"{name} biases")
        if len(offset) != linear.nrows():
            raise ShapeError(
                f"{name} has {linear.nrows()} rows of weights and {len(offset)} biases. Give one bias a row.", biases
            )
        object.__setattr__(self, "map", AffineMap(linear, offset))


Module = Linear | Normalization | FrozenNormalization | PiecewiseLinear


@dataclass(frozen=True)
class Stage:
    """One layer: rows w_k and c (`affine`), then a normalisation or none, then an activation or none."""

    affine: AffineMap
    normalization: Normalization | FrozenNormalization | None = None
    activation: PiecewiseLinear | None = None

    @property
    def frozen(self) -> FrozenNormalization | None:
        """The normalisation with its statistics; raises `UnfittedError` before `fit`."""
        if isinstance(self.normalization, Normalization):
            raise UnfittedError(
                f"{type(self.normalization).__name__} has no statistics yet. Call net.fit(batch) first, "
                "or give frozen ones with pb.frozen(location, scale).",
                self.normalization,
            )
        return self.normalization

    @property
    def folded(self) -> AffineMap:
        """The affine part with the frozen normalisation folded in, exactly."""
        normalization = self.frozen
        return self.affine if normalization is None else self.affine.scaled(normalization.factors, normalization.shifts)

    @property
    def semantics(self) -> Semantics:
        """Which number stands for sigma in this layer."""
        return Semantics.NONE if self.frozen is None else self.frozen.semantics

    def apply(self, point: Vector) -> Vector:
        """The layer's value, one operation after the other as the paper writes them."""
        value = self.affine.apply(point)
        if self.frozen is not None:
            value = self.frozen.apply(value)
        return value if self.activation is None else tuple(self.activation.value(entry) for entry in value)


def stages_of(modules: Iterable[Module]) -> tuple[Stage, ...]:
    """Modules grouped into stages; consecutive linear modules are composed, widths are checked to chain."""
    stages: list[Stage] = []
    for position, module in enumerate(modules):
        if isinstance(module, Linear):
            _add_linear(stages, module, position)
        elif not stages:
            raise InputError(
                f"Module 0 is {type(module).__name__}; a network starts with Linear, which fixes its input dimension. "
                "Put an identity Linear in front to act on the inputs themselves.",
                module,
            )
        elif isinstance(module, Normalization | FrozenNormalization):
            _add_normalization(stages, module, position)
        else:
            _add_activation(stages, module, position)
    if not stages:
        raise InputError("The network has no modules; at least one Linear is needed.", modules)
    return tuple(stages)


def _add_linear(stages: list[Stage], module: Linear, position: int) -> None:
    if stages and module.map.inputs != stages[-1].affine.outputs:
        raise ShapeError(
            f"Layer {len(stages) - 1} gives {stages[-1].affine.outputs} values and layer {len(stages)} "
            f"(module {position}, Linear) takes {module.map.inputs}. Make the two agree.",
            module,
        )
    if stages and stages[-1].normalization is None and stages[-1].activation is None:
        stages[-1] = Stage(module.map.after(stages[-1].affine))
    else:
        stages.append(Stage(module.map))


def _add_normalization(stages: list[Stage], module: Normalization | FrozenNormalization, position: int) -> None:
    last = stages[-1]
    width = last.affine.outputs
    if isinstance(module, FrozenNormalization) and module.units != width:
        raise ShapeError(
            f"Module {position} normalises {module.units} units and layer {len(stages) - 1} has {width}.", module
        )
    if last.normalization is None and last.activation is None:
        stages[-1] = Stage(last.affine, module)
    else:
        stages.append(Stage(identity(width), module))


def _add_activation(stages: list[Stage], module: object, position: int) -> None:
    if not isinstance(module, PiecewiseLinear):
        raise InputError(
            f"Module {position} is {brief(module)}, not a module.{_unmade(module)} "
            "Use Linear, a normalisation such as BatchNorm(), or an activation such as LeakyReLU('1/10').",
            module,
        )
    last = stages[-1]
    if last.activation is None:
        stages[-1] = Stage(last.affine, last.normalization, module)
    else:
        stages.append(Stage(identity(last.affine.outputs), None, module))


def _unmade(module: object) -> str:
    """A hint where a class or function stands for what it makes."""
    if isinstance(module, type) and issubclass(module, Normalization):
        return f" It must be made: write {module.__name__}()."
    return uncalled(cast("object", module))
