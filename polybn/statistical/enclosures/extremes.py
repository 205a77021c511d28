"""The least and the largest of each pre-activation over any number of points, kept while they are computed."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from polybn.statistical.enclosures.enclosure import Enclosure
from polybn.statistical.enclosures.operations import Activation, Operation
from polybn.statistical.enclosures.tracing import Step, Traced


class Extremes(NamedTuple):
    """The least and the largest float seen in each entry, (groups, ...); NaN once a NaN was seen."""

    least: Tensor
    largest: Tensor


def watched(traced: Traced, seen: dict[str, Extremes], groups: int) -> Traced:
    """The same network, which on each pass widens the extremes of what its activations read, by name, in `seen`.

    A batch is (samples * groups, ...), sample by sample; the extremes are those of each group. Memory: two numbers
    for each group, unit and place, whatever the number of samples.
    """

    def watch(step: Step) -> Step:
        if not isinstance(step.operation, Activation):
            return step
        return Step(step.name, _Watched(step.operation, step.name, seen, groups), step.reads)

    return Traced(tuple(map(watch, traced.steps)))


class _Watched(Operation):
    """An operation; what it reads is noted first."""

    def __init__(self, operation: Operation, name: str, seen: dict[str, Extremes], groups: int) -> None:
        self.operation = operation
        self.name = name
        self.seen = seen
        self.groups = groups

    def values(self, *inputs: Tensor) -> Tensor:
        """Those of the operation."""
        self._widen(inputs[0].unflatten(0, (-1, self.groups)))
        return self.operation.values(*inputs)

    def enclose(self, *inputs: Enclosure) -> Enclosure:
        """That of the operation; enclosures are not noted."""
        return self.operation.enclose(*inputs)

    def _widen(self, values: Tensor) -> None:
        """By values (samples, groups, ...)."""
        low, high = values.amin(0), values.amax(0)
        if self.name not in self.seen:
            self.seen[self.name] = Extremes(low, high)
            return
        found = self.seen[self.name]
        torch.minimum(found.least, low, out=found.least)
        torch.maximum(found.largest, high, out=found.largest)
