"""An instance in one line that a person can read: the batch, the network layer by layer, the points and offsets."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flint import fmpq

from polybn.claims.verdict import Counterexample
from polybn.claims.view import Instance
from polybn.exact.matrix import rows_of
from polybn.exact.rational import short
from polybn.networks.activation import PiecewiseLinear
from polybn.networks.layer import Stage
from polybn.networks.network import Network
from polybn.networks.normalization import FrozenNormalization

LONGEST = 360
"""A part of more characters is told by its sizes."""
NAMES = {"relu": "ReLU", "hard_tanh": "hard tanh", "relu6": "ReLU6", "abs": "abs"}

Number = Fraction | fmpq


def instance_words(instance: Instance) -> str:
    """The batch, the layers with their statistics, then the points and offsets that the claim asks about.

    Every number is there, so that the instance can be written down from the line, except where a part is longer than
    `LONGEST`: that part is told by its sizes. Layers are joined by an arrow; gamma is 1 and beta 0 where not named.
    """
    parts = [
        _batch(instance.batch),
        network_words(instance.network, instance.normalization),
        *([f"x = {_listed(instance.points)}"] if instance.points else []),
        *([f"offsets {_numbers(instance.offsets)}"] if instance.offsets else []),
        f"in {instance.domain}",
    ]
    return "; ".join(parts)


def refutation(found: Counterexample) -> tuple[str, str]:
    """Two lines that can be checked with pencil and paper: the instance, and the two sides that differ there."""
    failure = found.failure
    return instance_words(found.instance), f"{failure.left}  !=  {failure.right}; at {failure.where}"


def network_words(network: Network, normalization: str = "") -> str:
    """The layers from the input to the output; a network of many numbers is its shape and its activations."""
    whole = " -> ".join(_stage(stage, normalization) for stage in network.stages)
    if len(whole) <= LONGEST:
        return whole
    shape = "-".join(map(str, (network.dimension, *(stage.affine.outputs for stage in network.stages))))
    kinds = dict.fromkeys(activation_words(stage.activation) for stage in network.stages if stage.activation)
    normalized = [index for index, stage in enumerate(network.stages) if stage.normalization is not None]
    marks = [f"{normalization or 'normalised'} at layers {', '.join(map(str, normalized))}"] if normalized else []
    return ", ".join([f"a network {shape}", *kinds, *marks])


def activation_words(activation: PiecewiseLinear) -> str:
    """The name as it is said: leaky ReLU 1/10, hard tanh; a function without one by its breakpoints and slopes."""
    if activation.name.startswith("leaky_relu("):
        return f"leaky ReLU {activation.name.removeprefix('leaky_relu(').removesuffix(')')}"
    return NAMES.get(activation.name, activation.name)


def _stage(stage: Stage, normalization: str) -> str:
    affine = stage.affine
    rows = rows_of(affine.linear)
    words = [f"row{'s' * (len(rows) != 1)} {', '.join(_tuple(row) for row in rows)}"]
    if any(affine.offset):
        words.append(f"plus {_numbers(affine.offset)}")
    if stage.normalization is not None:
        words.append(_normalization(stage.frozen, normalization) if stage.frozen else normalization)
    if stage.activation is not None:
        words.append(activation_words(stage.activation))
    return ", ".join(words)


def _normalization(frozen: FrozenNormalization, name: str) -> str:
    parts = [f"mu {_numbers(frozen.location)}", f"sigma {_numbers(frozen.scale)}"]
    squares = frozen.stated_squares
    if any(scale**2 != square for scale, square in zip(frozen.scale, squares, strict=True)):
        parts.append(f"sigma^2 {_numbers(squares)} before eps and rounding")
    if any(gamma != 1 for gamma in frozen.gamma):
        parts.append(f"gamma {_numbers(frozen.gamma)}")
    if any(frozen.beta):
        parts.append(f"beta {_numbers(frozen.beta)}")
    return f"{name or 'normalised'} ({'; '.join(parts)})"


def _batch(batch: Sequence[Sequence[Fraction]]) -> str:
    words = f"batch {_listed(batch)}"
    return words if len(words) <= LONGEST else f"batch of {len(batch)} points in R^{len(batch[0])}"


def _listed(points: Sequence[Sequence[Number]]) -> str:
    """Points of the line as numbers, all others in parentheses."""
    return ", ".join(_numbers(point) if len(point) == 1 else _tuple(point) for point in points)


def _tuple(values: Sequence[Number]) -> str:
    return f"({_numbers(values)})"


def _numbers(values: Sequence[Number]) -> str:
    return ", ".join(map(short, values))
