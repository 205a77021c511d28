"""Normalisation by the mean and the biased variance of the samples at hand, enclosed in floats.

h_n = (t_n - mu) / s with s^2 = var + eps. For exact inputs t and floats m with |t_n - m_n| <= r_n, the centred inputs
are c_n = d_n + e_n with d_n the floats' and |e_n| <= q_n = r_n + mean(r) + rounding; and s, as a Euclidean norm, moves
by rms(q) at most. So |c/s - d/S| <= (q + |d| rms(q) / S) / (S - rms(q)), S the floats' deviation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

import torch
from torch import Tensor

from polybn.statistical.enclosures.enclosure import Enclosure, exactly, gamma, least, unit
from polybn.statistical.enclosures.operations import Normalization, Operation
from polybn.statistical.enclosures.tracing import Traced


@dataclass(frozen=True, eq=False)
class OwnStatistics(Operation):
    """gamma (t - mu) / sqrt(var + eps) + beta with mean and biased variance of the samples (and places) at hand."""

    eps: float
    gamma: Tensor | None = None
    beta: Tensor | None = None

    def values(self, *inputs: Tensor) -> Tensor:
        """What a module in training mode computes, up to rounding."""
        return self.enclose(exactly(inputs[0])).midpoint

    def enclose(self, *inputs: Enclosure) -> Enclosure:
        """(q + |h| rms(q)) / (S - rms(q)) around h = d / S, then gamma and beta; not finite unless S > rms(q)."""
        middle, radius = inputs[0]
        axes = [axis for axis in range(middle.dim()) if axis != 1]
        u, terms = unit(middle), middle[:, 0].numel()
        g, room = gamma(terms, middle), 1 + 4 * gamma(terms, middle)
        centred = middle - middle.mean(axes, keepdim=True)
        moved = radius.mean(axes, keepdim=True) + g * middle.abs().mean(axes, keepdim=True)
        off = (radius + moved + 4 * u * centred.abs()) * room + least(middle)
        deviation = (centred.square().mean(axes, keepdim=True) + self.eps).sqrt()
        # Squares may underflow.
        spread = (off.square().mean(axes, keepdim=True).sqrt() + 2 * sqrt(least(middle))) * room + g * deviation
        h, below = centred / deviation, deviation - spread
        error = (off + h.abs() * spread) / torch.where(below > 0, below, torch.nan) * room + 8 * u * h.abs()
        shape = 1, -1, *[1] * (middle.dim() - 2)
        scale = 1.0 if self.gamma is None else self.gamma.reshape(shape)
        beta = 0.0 if self.beta is None else self.beta.reshape(shape)
        tail = 8 * u * ((h * scale).abs() + abs(beta)) + 4 * least(middle)
        return Enclosure(h * scale + beta, error * abs(scale) * (1 + 8 * u) + tail)


def with_own_statistics(traced: Traced) -> Traced:
    """The traced module with each normalisation's statistics replaced by those of the samples at hand."""
    return Traced(tuple(replace(step, operation=_own(step.operation)) for step in traced.steps))


def _own(operation: Operation) -> Operation:
    """The operation, with the statistics of the samples at hand if it is a normalisation."""
    is_frozen = isinstance(operation, Normalization)
    return OwnStatistics(operation.eps, operation.gamma, operation.beta) if is_frozen else operation
