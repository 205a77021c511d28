"""The least value of a quadratic sum found from its values alone, with a bound on the rounding, in float64."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from polybn.statistical.enclosures.enclosure import gamma, least, unit
from polybn.statistical.modules.channel_moments import in_float64


@dataclass(frozen=True, eq=False)
class SquaredDistances:
    """S(mu) = sum_n (t_n - mu)^2 for every channel at some trial points: `points` and `sums` (trials, channels).

    A sum of n squares, in any order, is off by the factor 1 +- `slack`, and by `lost` where squares underflow.
    """

    points: Tensor
    sums: Tensor
    terms: int = 0

    def with_inputs(self, inputs: Tensor) -> SquaredDistances:
        """With the samples (samples, channels, places) added; one trial at a time, to hold one copy of them."""
        x = in_float64(inputs)
        added = [(x - point[:, None]).square().sum((0, 2)) for point in self.points]
        return SquaredDistances(self.points, self.sums + torch.stack(added), self.terms + x.shape[0] * x.shape[2])

    @property
    def slack(self) -> float:
        """Each square has three roundings, and the sum one a term."""
        return gamma(self.terms + 4, self.sums)

    @property
    def lost(self) -> float:
        """What underflow may hide in a sum."""
        return self.terms * least(self.sums)

    @property
    def errors(self) -> Tensor:
        """|float - exact| for each sum is at most this."""
        return self.slack * self.sums + self.lost

    def below(self, one: int, other: int) -> tuple[Tensor, Tensor]:
        """For each channel: surely S(one) < S(other), and surely S(one) > S(other); neither is "unsure"."""
        difference = self.sums[other] - self.sums[one]
        doubt = (self.errors[one] + self.errors[other]) * (1 + 4 * unit(self.sums))
        return difference > doubt, difference < -doubt

    def vertex(self) -> tuple[Tensor, Tensor]:
        """Where the parabola through the first three trials, in increasing order, is least; and a bound on its error.

        With f the divided difference of the outer two points p < q and c the second one, the vertex is
        (p + q) / 2 - f / 2c. The formula knows neither the mean nor that c is the number of terms. A channel without
        a sure curvature has the bound infinity.
        """
        p, middle, q = self.points[:3]
        low, centre, high = self.sums[:3]
        below, between, above = self.errors[:3]
        width = q - p
        outer = (high - low) / width
        curvature = ((high - centre) / (q - middle) - (centre - low) / (middle - p)) / width
        # Each difference, quotient and step of the points is rounded: 16 u of the sizes that enter.
        rounding = 16 * unit(low)
        outer_error = (below + above + rounding * (high + low)) / width
        slopes = (above + between + rounding * (high + centre)) / (q - middle)
        slopes = slopes + (between + below + rounding * (centre + low)) / (middle - p)
        doubt = slopes / width
        shift = outer / (2 * curvature)
        smallest = curvature - doubt
        error = (outer_error + 2 * shift.abs() * doubt) / (2 * smallest)
        error = error + rounding * (p.abs() + q.abs() + shift.abs())
        found = (p / 2 + q / 2) - shift
        sure = (smallest > 0) & torch.isfinite(error) & torch.isfinite(found)
        return found, torch.where(sure, error * (1 + rounding), torch.inf)


def at(points: Tensor) -> SquaredDistances:
    """No sample yet, at trial points (trials, channels)."""
    return SquaredDistances(points, torch.zeros_like(points))
