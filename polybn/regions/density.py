"""Regions per unit volume near given points, against the whole domain and against boxes of the same size elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from polybn.errors import DomainError, InputError
from polybn.exact.matrix import rows_of
from polybn.exact.rational import brief, fraction, rational
from polybn.networks.network import Network
from polybn.regions.domain import box
from polybn.regions.linear import require_complete

if TYPE_CHECKING:
    from polybn.regions.partition import Partition


@dataclass(frozen=True)
class Density:
    """How many regions meet the open box {y : |y_i - x_i| < radius} around each point x, and what that compares with.

    `counts`: one count a point. `elsewhere`: the counts at the points given for comparison, or empty. `near` and
    `other`: mean count divided by the volume (2 radius)^d of a box. `whole`: regions of the domain divided by its
    volume. A box that nothing cuts counts one region, so `near` is at least (2 radius)^-d: for small boxes compare it
    with `other`, which has the same floor, rather than with `whole`.
    """

    radius: Fraction
    dimension: int
    counts: tuple[int, ...]
    elsewhere: tuple[int, ...]
    whole: Fraction

    @property
    def near(self) -> Fraction:
        """Regions per unit volume in the boxes around the points."""
        return self._per_volume(self.counts)

    @property
    def other(self) -> Fraction | None:
        """Regions per unit volume in the boxes elsewhere; None when none were given."""
        return self._per_volume(self.elsewhere) if self.elsewhere else None

    def _per_volume(self, counts: tuple[int, ...]) -> Fraction:
        return Fraction(sum(counts), len(counts)) / (2 * self.radius) ** self.dimension


def density(
    part: Partition, points: object, radius: object, *, elsewhere: object = None, engine: str = "auto"
) -> Density:
    """Exact counts and densities of regions around the points, elsewhere, and in the whole domain; see `Density`.

    `points` and `elsewhere`: lists of exact points or arrays (samples, d); the boxes around them are not clipped to the
    domain. A region that meets several boxes counts in each. Raises `IncompleteError` for a partition that was stopped,
    `InputError` for a radius that is not positive, `BatchError` without points, and `DomainError` when the domain has
    no finite volume. Cost: one small enumeration a point.
    """
    require_complete(part, "Densities")
    size = _positive(radius)
    near = regions_around(part.network, points, size, engine=engine)
    other = () if elsewhere is None else regions_around(part.network, elsewhere, size, engine=engine)
    domain = part.hyperplanes.domain
    if domain.is_frame:
        raise DomainError("R^d has no volume, so no regions per unit volume. Enumerate in a box or a polytope.", part)
    return Density(size, part.network.dimension, near, other, Fraction(len(part)) / domain.volume)


def regions_around(network: Network, points: object, radius: object, *, engine: str = "auto") -> tuple[int, ...]:
    """For each point x, the number of regions of the network that meet the open box {y : |y_i - x_i| < radius}.

    A region is convex, so its part in the box is one region of the box: the count is that of an enumeration there.
    """
    from polybn.regions.enumerate import enumerate_regions

    size = _positive(radius)
    counts: list[int] = []
    for point in rows_of(network.batch(points)):
        centre = [fraction(value) for value in point]
        around = box([value - size for value in centre], [value + size for value in centre])
        counts.append(len(enumerate_regions(network, around, engine=engine)))
    return tuple(counts)


def _positive(radius: object) -> Fraction:
    size = fraction(rational(radius, "radius"))
    if size <= 0:
        raise InputError(f"radius is {brief(size)}; a number above 0 is needed: half of the side of a box.", radius)
    return size
