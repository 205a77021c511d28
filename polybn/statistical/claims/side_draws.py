"""What proposition 3 is sampled from: random networks of a setting, each with a random mini-batch of its own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import inf, sqrt

import torch
from torch import Tensor

from polybn.errors import BatchError, InputError, ShapeError
from polybn.exact.rational import brief
from polybn.statistical.claims.own_statistics import OwnStatistics
from polybn.statistical.enclosures.layers import leaky
from polybn.statistical.enclosures.operations import Affine, Operation
from polybn.statistical.enclosures.tracing import Step, Traced
from polybn.statistical.seeds import generator
from polybn.statistical.whole_numbers import whole


@dataclass(frozen=True)
class Setting:
    """Random networks: hidden layers of `widths`, normalised, leaky ReLU; one output; and random mini-batches.

    Weights and the `inputs` entries of a sample are independent and normal. The last layer is linear without bias; with
    `normalised_output` it is normalised too. Raises `InputError` and `BatchError` for what is out of range.
    """

    widths: tuple[int, ...]
    batch: int = 2
    slope: float = 0.01
    inputs: int = 8
    eps: float = 1e-5
    normalised_output: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.widths, tuple | list):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InputError(f"widths is {brief(self.widths)}; write one width a layer, such as (64,).", self.widths)
        if not self.widths:
            raise ShapeError("widths is empty; one hidden layer at least is needed, such as widths=(64,).", self.widths)
        for name, given in (*(("a width", one) for one in self.widths), ("inputs", self.inputs)):
            whole(name, given, "the network")
        if whole("batch", self.batch, "the draw") < 2:
            raise BatchError("A mini-batch of one sample has no two sides; write batch=2 or more.", self.batch)
        if not _is_number(self.slope) or not 0 < self.slope < 1:
            raise InputError(f"The slope is {brief(self.slope)}; a number with 0 < slope < 1 is needed.", self.slope)
        if not _is_number(self.eps) or not 0 <= self.eps < inf:
            raise InputError(f"eps is {brief(self.eps)}; a finite number >= 0 is needed.", self.eps)

    @property
    def claim(self) -> str:
        """The id of the claim that speaks of such networks."""
        if self.normalised_output:
            return "proposition-3-normalized-output"
        return "proposition-3-width-one" if self.widths[-1] == 1 else "proposition-3"


@dataclass(frozen=True, eq=False)
class Draw:
    """One network and one mini-batch (samples, inputs), in float64, which are meant as they are."""

    setting: Setting
    weights: tuple[Tensor, ...]
    batch: Tensor

    @property
    def network(self) -> Traced:
        """The network with the statistics of whatever it is given."""
        own, function = OwnStatistics(self.setting.eps), leaky(self.setting.slope)
        operations: list[Operation] = []
        for weight in self.weights[:-1]:
            operations += [Affine(weight, None), own, function]
        operations += [Affine(self.weights[-1], None), *([own] if self.setting.normalised_output else [])]
        names = ["", *map(str, range(len(operations)))]
        return Traced(tuple(map(Step, names[1:], operations, ((name,) for name in names))))


def draw(setting: Setting, *, seed: int, number: int, device: torch.device | None = None) -> Draw:
    """Draw `number` of a seed: the same on any device, and whichever others are drawn."""
    source = generator(seed, f"sidedness {whole('number', number, 'the draw', smallest=0)}")
    sizes = (setting.inputs, *setting.widths, 1)
    shapes = [(setting.batch, setting.inputs), *((out, into) for into, out in pairwise(sizes))]
    batch, *weights = (torch.randn(shape, dtype=torch.float64, generator=source).to(device) for shape in shapes)
    return Draw(setting, tuple(weight / sqrt(weight.shape[1]) for weight in weights), batch)


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)
