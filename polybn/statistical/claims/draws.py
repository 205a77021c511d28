"""Independent draws of what theorem 2 and corollary 1 speak of: a normalised layer, a unit of it, points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from polybn.errors import InputError
from polybn.statistical.distances.projections import Projections
from polybn.statistical.distances.queries import Queries
from polybn.statistical.enclosures.operations import Normalization
from polybn.statistical.enclosures.tracing import Step, Traced
from polybn.statistical.seeds import generator
from polybn.statistical.whole_numbers import whole

AT_ONCE = 256
"""Draws of a layer that are searched together, which bounds memory and changes no answer."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Draws of one layer: a point and a unit each, two other points, and which draws of the seed they are."""

    projections: Projections
    numbers: Tensor
    points: Tensor
    units: Tensor
    others: tuple[Tensor, Tensor]

    def queries(self, levels: Tensor, chunk: int, cells: int = 1024) -> Queries:
        """The distances of the points to the folded hyperplanes of a level each."""
        return Queries(self.projections, self.points, self.units, levels, chunk, cells)

    def levels_at_others(self, chunk: int) -> tuple[Tensor, Tensor]:
        """The unit's values at the two other points, in floats: so neither folded hyperplane is far from the data."""
        zero = torch.zeros(len(self.points), dtype=torch.float64, device=self.points.device)
        first, second = (self.queries(zero, chunk).at(points).slopes(points)[0] for points in self.others)
        return first, second

    @property
    def locations(self) -> Tensor:
        """The normalisation's own mu for each unit."""
        step = next(step for step in self.projections.traced.steps if step.name == self.projections.layer)
        assert isinstance(step.operation, Normalization)
        location = step.operation.location
        places = self.projections.width(self.points[0]) // len(location)
        return location[self.units // places].double()


def later_normalizations(traced: Traced) -> tuple[Step, ...]:
    """The normalisations of layers l > 1, whose inputs depend on an activation; raises `InputError` without one."""
    folded, found = set[str](), list[Step]()
    for step in traced.steps:
        if folded.intersection(step.reads) or step in traced.activations:
            folded.add(step.name)
        if isinstance(step.operation, Normalization) and folded.intersection(step.reads):
            found.append(step)
    return _some(found, "normalisation after an activation", traced)


def all_normalizations(traced: Traced) -> tuple[Step, ...]:
    """All of them; raises `InputError` without one."""
    return _some(traced.normalizations, "normalisation", traced)


def drawn(traced: Traced, layers: Sequence[Step], points: Tensor, draws: int, *, seed: int) -> Iterator[Drawn]:
    """Layer, unit and three points of each draw uniform, the points distinct if there are three, layer by layer.

    Numbers come from the processor's generator, so they are the same on any device.
    """
    whole("draws", draws, "the claim")
    if points.dim() < 2 or not len(points):
        raise InputError(
            f"Points of shape {tuple(points.shape)} were given; (points, ...) is needed, at least one.", points
        )
    source = generator(seed, "folded distances")
    layer = torch.randint(len(layers), (draws,), generator=source)
    share = torch.rand(draws, dtype=torch.float64, generator=source)
    picks = torch.stack([torch.randperm(len(points), generator=source).repeat(3)[:3] for _ in range(draws)])
    for number, step in enumerate(layers):
        projections = Projections(traced, step.name, tuple(points.shape[1:]))
        for own in (layer == number).nonzero()[:, 0].split(AT_ONCE):
            if len(own):
                # Queries say in words what does not fit, and ask for a width later.
                Queries(projections, points[:1], own[:1] * 0, points.new_zeros(1))
                width = projections.width(points[0])
                units = (share[own] * width).long().to(points.device)
                first, *others = (points[pick] for pick in picks[own].to(points.device).T)
                yield Drawn(projections, own, first, units, (others[0], others[1]))


def _some(steps: Sequence[Step], what: str, traced: Traced) -> tuple[Step, ...]:
    if not steps:
        raise InputError(
            f"The module has no {what}, and the claim speaks of one. Give a module with batch normalisations, such as "
            "mlp([2, 16, 16, 1], normalised=True, seed=0), from polybn.statistical.modules.architectures.",
            traced,
        )
    return tuple(steps)
