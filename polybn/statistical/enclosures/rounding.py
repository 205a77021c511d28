"""How far floats are from exact values at all points where a network was evaluated, from the extremes seen there.

One pass bounds the rounding at thousands of points. If |f - x| <= e for the floats f that an operation reads and the
exact x, and |f| <= s, then W f in floats is within |W| (e + gamma s) + gamma |b| of W x (`Affine.enclose`), whose right
side grows with s and e: so it may be evaluated at the largest s seen. The same holds of normalisations, averages and
sums. An activation passes its steepest slope times e on, a maximum the largest e of its window.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from polybn.statistical.enclosures.enclosure import Enclosure, between, least, unit
from polybn.statistical.enclosures.extremes import Extremes
from polybn.statistical.enclosures.operations import Activation, MaxPool, Operation
from polybn.statistical.enclosures.tracing import Step, Traced


class _Floats(NamedTuple):
    """All floats seen are within `seen`, and each is within `error` of its exact value."""

    seen: Enclosure
    error: Tensor


def rounding_errors(traced: Traced, inputs: Extremes, extremes: Mapping[str, Extremes]) -> dict[str, Tensor]:
    """For each activation by name a bound on |float - exact| of all its inputs seen, for each ball, unit and place.

    `inputs` are the extremes of the network's inputs, which are meant as they are; `extremes` those of the inputs of
    each activation. All are of one float type, that of the evaluation.
    """
    found: dict[str, Tensor] = {}

    def passed(step: Step, read: Sequence[_Floats]) -> _Floats:
        if step.name in extremes:
            read = [_Floats(between(*extremes[step.name]), read[0].error)]
            found[step.name] = read[0].error
        return _passed(step.operation, read)

    traced.walk(_Floats(between(*inputs), torch.zeros_like(inputs.least)), passed)
    return found


def _passed(operation: Operation, read: Sequence[_Floats]) -> _Floats:
    """The floats after an operation; its enclosure of those before holds whatever torch computes."""
    after = operation.enclose(*(part.seen for part in read))
    if isinstance(operation, MaxPool):
        return _Floats(after, operation.values(read[0].error))
    if isinstance(operation, Activation):
        return _Floats(after, _activated(operation, *read[0]))
    sizes = (torch.maximum(part.seen.lower.abs(), part.seen.upper.abs()) for part in read)
    parts = (Enclosure(size, part.error) for size, part in zip(sizes, read, strict=True))
    # The radius has room for two roundings, the midpoint's and another's; here there is one.
    return _Floats(after, operation.enclose(*parts).radius)


def _activated(operation: Activation, seen: Enclosure, error: Tensor) -> Tensor:
    """Lip e and, unless floats make no error, the rounding of slope * (t - point) + offset."""
    slope = max(map(abs, operation.slopes))
    if operation.is_exact:
        return slope * error
    size = torch.maximum(seen.lower.abs(), seen.upper.abs()) + max(map(abs, operation.breakpoints))
    tail = slope * size + max(map(abs, operation.offsets))
    return error * (slope * (1 + 8 * unit(error))) + 8 * unit(error) * tail + 8 * least(error)
