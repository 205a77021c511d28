"""Folded hyperplanes through balls against the radius, for sets of points: figure 4 with bands and a bracket."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from polybn.errors import InputError
from polybn.statistical.concentration import Band, Method, bonferroni, mean_band
from polybn.statistical.counting.crossings import Crossings, constants_of, crossings
from polybn.statistical.enclosures.tracing import Traced


@dataclass(frozen=True, eq=False)
class Curve:
    """Mean counts over one set of points by radius and layer, (radii, layers), with bands for the law of the points.

    `level` is that of all bands of all curves of one call together: with this probability, each `estimate` band holds
    the mean of the estimates, given the displacements drawn, and `lower` and `upper` hold the mean of the true counts.
    """

    name: str
    radii: tuple[float, ...]
    counts: tuple[Crossings, ...]
    estimate: Band
    lower: Tensor
    upper: Tensor
    level: float

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers' names."""
        return self.counts[0].layers

    @property
    def totals(self) -> tuple[int, ...]:
        """The hyperplanes of each layer."""
        return self.counts[0].totals


def crossing_curves(
    traced: Traced,
    points: Mapping[str, Tensor],
    radii: Sequence[float],
    samples: int,
    *,
    seed: int,
    level: float = 0.95,
    method: Method = "bernstein",
    chunk: int = 128,
    bracket: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Curve, ...]:
    """A curve for each named set of points, such as images and matched noise; see `crossings` and `mean_band`.

    The points of a set must be independent draws of one law, or the bands say nothing beyond the set itself. With few
    points a band is wide, since a count may be anything up to the total. `chunk` is halved when memory runs out.
    """
    if not points or not radii:
        raise InputError("A curve needs at least one set of points and one radius.", points)
    done, whole = 0, sum(len(centres) for centres in points.values()) * len(radii)
    # Two bands for each mean: of the estimates, and the outer ends of those of the proven counts.
    shared = 2 * len(points) * len(radii) * len(traced.activations)
    curves: list[Curve] = []
    for name, centres in points.items():
        lipschitz = constants_of(traced, centres) if bracket else None
        ask = partial(crossings, traced, centres, samples=samples, seed=seed, chunk=chunk, lipschitz=lipschitz)
        counts: list[Crossings] = []
        for radius in radii:
            counts.append(ask(radius, bracket=bracket, progress=_shifted(progress, done, whole)))
            done += len(centres)
        bands = [_band(counts, part, bonferroni(level, shared), method) for part in ("lower", "estimate", "upper")]
        curves.append(
            Curve(name, tuple(map(float, radii)), tuple(counts), bands[1], bands[0].lower, bands[2].upper, level)
        )
    return tuple(curves)


def _band(counts: Sequence[Crossings], part: str, level: float, method: Method) -> Band:
    values = torch.stack([getattr(one, part) for one in counts], dim=1)
    return mean_band(values, 0, torch.tensor(counts[0].totals), level=level, method=method)


def _shifted(progress: Callable[[int, int], None] | None, done: int, whole: int) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda balls, _: progress(done + balls, whole)
