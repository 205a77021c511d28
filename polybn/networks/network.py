"""x -> z_L(x): a network of stages, fitted on a batch, evaluated exactly (Eq. 1-4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, cast

from flint import fmpq_mat

from polybn.errors import BatchError, InputError, ShapeError
from polybn.exact.matrix import Vector, matrix, rows_of, vector
from polybn.exact.rational import brief, fraction
from polybn.networks.activation import PiecewiseLinear
from polybn.networks.activation import activation as activation_of
from polybn.networks.affine import AffineMap, identity
from polybn.networks.layer import Linear, Module, Stage, stages_of
from polybn.networks.normalization import Normalization, Semantics, fitted

if TYPE_CHECKING:
    from polybn.networks.integer import IntegerNetwork


@dataclass(frozen=True)
class HiddenLayer:
    """z -> a(A z + b), every normalisation folded in exactly: what splits space."""

    affine: AffineMap
    activation: PiecewiseLinear


@dataclass(frozen=True, init=False, repr=False)
class Network:
    """A continuous piecewise-affine map with rational parameters.

    Built from modules: `Linear`, a normalisation (fitted by `fit`, or frozen), an activation, in any order that
    starts with `Linear`. Layers and units are counted from 0.

    >>> net = Network.from_arrays([([[1], [-1]], [0, 0]), ([[1, 1]], [0])], activation="relu")
    >>> net(["-1/2"])
    (Fraction(1, 2),)
    """

    stages: tuple[Stage, ...]

    def __init__(self, modules: Iterable[Module] | Sequence[Stage]) -> None:
        if not isinstance(cast("object", modules), Iterable):
            raise InputError(f"A network is made of a list of modules; {brief(modules)} is none. Write [...].", modules)
        given = tuple(modules)
        is_staged = bool(given) and all(isinstance(module, Stage) for module in given)
        stages = cast("tuple[Stage, ...]", given) if is_staged else stages_of(cast("tuple[Module, ...]", given))
        object.__setattr__(self, "stages", stages)

    @classmethod
    def from_arrays(cls, layers: Iterable[tuple[object, object]], *, activation: object = "relu") -> Network:
        """Pairs (W, b), the activation after each but the last; float arrays are the dyadics that they store."""
        if not isinstance(cast("object", layers), Iterable):
            raise InputError(f"The layers are {brief(layers)}; a list of pairs (weights, biases) is needed.", layers)
        pairs = list(layers)
        function = activation_of(activation)
        modules: list[Module] = []
        for index, pair in enumerate(pairs):
            try:
                weights, biases = pair
            except (TypeError, ValueError) as problem:
                raise ShapeError(f"Layer {index} is not a pair; (weights, biases) is needed.", pair) from problem
            modules.append(Linear(weights, biases, name=f"layer {index}"))
            if index < len(pairs) - 1:
                modules.append(function)
        return cls(modules)

    @property
    def dimension(self) -> int:
        """d, the dimension of the input."""
        return self.stages[0].affine.inputs

    @property
    def outputs(self) -> int:
        """The dimension of the output."""
        return self.stages[-1].affine.outputs

    @property
    def is_fitted(self) -> bool:
        """Whether every normalisation has its statistics."""
        return not any(isinstance(stage.normalization, Normalization) for stage in self.stages)

    @property
    def semantics(self) -> str:
        """Which number stands for sigma, over all layers."""
        used = {stage.semantics for stage in self.stages} - {Semantics.NONE}
        return "; ".join(meaning.value for meaning in Semantics if meaning in used) or Semantics.NONE.value

    @cached_property
    def hidden(self) -> tuple[HiddenLayer, ...]:
        """The layers that split space; affine stages without an activation are composed into the next."""
        return self._lowered[0]

    @cached_property
    def output(self) -> AffineMap:
        """The affine map after the last activation (the identity when there is none)."""
        return self._lowered[1]

    @cached_property
    def integer(self) -> IntegerNetwork:
        """The hidden layers over Z, for the engines."""
        from polybn.networks.integer import IntegerNetwork

        return IntegerNetwork(self)

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """The number of units of each hidden layer."""
        return tuple(layer.affine.outputs for layer in self.hidden)

    @property
    def units(self) -> int:
        """The number of hidden units, the length of a code."""
        return sum(self.widths)

    def __repr__(self) -> str:
        widths = "-".join(map(str, (self.dimension, *(stage.affine.outputs for stage in self.stages))))
        kinds = dict.fromkeys(stage.activation.name for stage in self.stages if stage.activation)
        return f"Network({widths}{''.join(f', {kind}' for kind in kinds)})"

    def __call__(self, point: Sequence[object]) -> tuple[Fraction, ...]:
        """The exact forward pass, layer by layer as written; a point is a list of exact numbers or a numpy array."""
        return tuple(fraction(value) for value in self.apply(self.point(point)))

    def point(self, given: object, name: str = "point") -> Vector:
        """The rational point given, checked to have d coordinates."""
        values = vector(given, name)
        if len(values) != self.dimension:
            raise ShapeError(f"The {name} has {len(values)} coordinates and the network takes {self.dimension}.", given)
        return values

    def apply(self, point: Vector) -> Vector:
        """The forward pass on rationals."""
        for stage in self.stages:
            point = stage.apply(point)
        return point

    def batch(self, given: object) -> fmpq_mat:
        """A batch as a rational matrix (samples, d), checked."""
        if not isinstance(given, fmpq_mat) and hasattr(given, "__len__") and len(cast("list[object]", given)) == 0:
            raise BatchError("The batch is empty; give at least one sample, as a list of points.", given)
        points = matrix(given, "batch")
        if points.ncols() != self.dimension:
            raise ShapeError(
                f"The batch has samples of {points.ncols()} coordinates and the network takes {self.dimension}.", given
            )
        return points

    def fit(self, batch: object) -> Network:
        """The network with every unfitted normalisation frozen at its statistics of the batch, layer by layer.

        Normalisations that are frozen already keep their statistics, so a second `fit` changes nothing.
        """
        values = rows_of(self.batch(batch))
        stages: list[Stage] = []
        for index, stage in enumerate(self.stages):
            frozen = stage.normalization
            if isinstance(frozen, Normalization):
                frozen = fitted(frozen, [stage.affine.apply(value) for value in values], layer=index)
            stages.append(Stage(stage.affine, frozen, stage.activation))
            values = [stages[-1].apply(value) for value in values]
        return Network(stages)

    def layer_inputs(self, batch: object, layer: int) -> list[Vector]:
        """z_{l-1} of each sample: what stage `layer` takes in, 0 <= layer < number of stages."""
        if not 0 <= layer < len(self.stages):
            raise InputError(f"The network has layers 0 to {len(self.stages) - 1}; there is no layer {layer}.", layer)
        values = rows_of(self.batch(batch))
        for stage in self.stages[:layer]:
            values = [stage.apply(value) for value in values]
        return values

    def restricted(self, embedding: AffineMap) -> Network:
        """The network after an affine map into its input space, exactly: x(t) -> z_L(x(t))."""
        if embedding.outputs != self.dimension:
            raise ShapeError(
                f"The map gives {embedding.outputs} coordinates and the network takes {self.dimension}.", embedding
            )
        first, *others = self.stages
        return Network([Stage(first.affine.after(embedding), first.normalization, first.activation), *others])

    def prefix(self, layers: int) -> Network:
        """The network of the first `layers` hidden layers, 1 <= layers <= their number."""
        if not 1 <= layers <= len(self.hidden):
            raise InputError(f"The network has {len(self.hidden)} hidden layers; a prefix of {layers} is none.", layers)
        cut = [index for index, stage in enumerate(self.stages) if stage.activation is not None][layers - 1]
        return Network(self.stages[: cut + 1])

    def code(self, point: Sequence[object]) -> tuple[int, ...]:
        """q(x): for each hidden unit the sum over breakpoints of sign(h - t); 0 marks a point on a boundary."""
        value = self.point(point)
        code: list[int] = []
        for layer in self.hidden:
            value = layer.affine.apply(value)
            code.extend(layer.activation.code(entry) for entry in value)
            value = tuple(layer.activation.value(entry) for entry in value)
        return tuple(code)

    def __getstate__(self) -> dict[str, object]:
        """The stages alone: what is derived from them is derived anew."""
        return {"stages": self.stages}

    @cached_property
    def _lowered(self) -> tuple[tuple[HiddenLayer, ...], AffineMap]:
        hidden: list[HiddenLayer] = []
        pending = identity(self.dimension)
        for stage in self.stages:
            pending = stage.folded.after(pending)
            if stage.activation is not None:
                hidden.append(HiddenLayer(pending, stage.activation))
                pending = identity(stage.affine.outputs)
        return tuple(hidden), pending
