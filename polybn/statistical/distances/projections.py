"""g(x) = <w_k, z_{l-1}(x)> + c_k for all units k, and places, of one layer of a traced module: what the layer reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from polybn.errors import InputError
from polybn.exact.rational import brief
from polybn.statistical.enclosures.enclosure import Enclosure, exactly, plain_sums, unit
from polybn.statistical.enclosures.layers import RELU
from polybn.statistical.enclosures.lipschitz import lipschitz_constants
from polybn.statistical.enclosures.operations import Affine
from polybn.statistical.enclosures.tracing import Step, Traced


@dataclass(frozen=True, eq=False)
class Projections:
    """What the step `layer` reads, a normalisation or an activation, by name, for inputs of `shape` without batch.

    Units of all places are numbered together, channels first. Raises `InputError` for another step.
    """

    traced: Traced
    layer: str
    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        names = [step.name for step in (*self.traced.normalizations, *self.traced.activations)]
        if self.layer not in names:
            raise InputError(
                f"{brief(self.layer)} is no normalisation or activation of the module; write one of {sorted(names)}.",
                self.layer,
            )

    def values(self, points: Tensor, units: Tensor) -> Tensor:
        """In floats, for every point a value of every unit asked: (points, units)."""
        with torch.no_grad():
            return self._read(points)[:, units]

    def width(self, point: Tensor) -> int:
        """The number of units, of all places."""
        with torch.no_grad():
            return self._read(point[None]).shape[1]

    def slopes(self, points: Tensor, units: Tensor) -> tuple[Tensor, Tensor]:
        """The value, (n,), and the gradient, (n, ...), of one unit for each point, in floats."""
        with torch.enable_grad():
            leaf = points.detach().clone().requires_grad_()
            values = self._read(leaf).gather(1, units[:, None])[:, 0]
            (slope,) = torch.autograd.grad(values.sum(), leaf)
        return values.detach(), slope

    def enclosed(self, points: Tensor, units: Tensor, radii: Tensor | None = None) -> Enclosure:
        """One unit for each point, on the closed Euclidean ball of a radius around it; at the point itself without."""
        with torch.no_grad(), plain_sums():
            if radii is None:
                found = self._before.enclosed(points, at=(self._probe,))[self.layer]
            else:
                found = self._on_balls(points, radii)
        return Enclosure(*(part.flatten(1).gather(1, units[:, None])[:, 0] for part in found))

    @cached_property
    def constants(self) -> Tensor:
        """A Lipschitz constant of each unit, (units,), on all of R^d."""
        return lipschitz_constants(self._before, self.shape)[self.layer].flatten()

    def _read(self, points: Tensor) -> Tensor:
        return self._before.read(points, at=(self._probe,))[self.layer].flatten(1)

    def _on_balls(self, points: Tensor, radii: Tensor) -> Enclosure:
        """As `Traced.enclosed` does with one radius for all."""
        each = radii.reshape(-1, *[1] * (points.dim() - 1))

        def enclose(step: Step, inputs: Sequence[Enclosure]) -> Enclosure:
            if step.reads != ("",) or not isinstance(step.operation, Affine):
                return step.operation.enclose(*inputs)
            still, moved = step.operation.enclose(exactly(points)), step.operation.enclose_ball(points, 1.0)
            spread = radii.reshape(-1, *[1] * (moved.radius.dim() - 1)) * moved.radius
            return Enclosure(still.midpoint, (still.radius + spread) * (1 + 8 * unit(points)))

        start = Enclosure(points, each.expand_as(points))
        return self._before.walk(start, enclose, (self._probe,))[self.layer]

    @cached_property
    def _probe(self) -> Step:
        """An activation in the layer's place, since those have Lipschitz constants."""
        step = next(step for step in self.traced.steps if step.name == self.layer)
        return Step(self.layer, RELU, step.reads)

    @cached_property
    def _before(self) -> Traced:
        place = next(place for place, step in enumerate(self.traced.steps) if step.name == self.layer)
        return Traced((*self.traced.steps[:place], self._probe))
