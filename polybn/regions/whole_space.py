"""R^d as a domain: a box so large that nothing but the way to infinity lies outside.

Let the row of hyperplane i, on every code, be an integer row of Euclidean norm at most 2^{k_i}, k_i >= 0. Take a region
of R^d, a non-empty open polyhedron {a_i.x + b_i > 0}. Its closure has a minimal face, the solution set of some r <= d
independent equations a_i.x + b_i = 0 of r hyperplanes; with all but r suitable coordinates zero, Cramer's rule gives a
point of it whose coordinates are quotients of integers: numerators at most the product of r norms by Hadamard,
denominators at least 1. So with s the sum of the d largest k_i and R = 2^{s + 1} every region of R^d has a point of its
closure strictly inside the box [-R, R]^d, hence points of its own, and regions of R^d and of the box correspond, with
the same codes. The same holds for the facets of a region, whose minimal faces are among its own, so facets and
adjacencies correspond too, the sides of the box apart. By the same bound every vertex of a region is strictly inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Integral
from typing import TYPE_CHECKING

from polybn.errors import DomainError
from polybn.exact.rational import brief
from polybn.networks.integer import row_bits
from polybn.regions.domain import MAX_DIMENSION, Box, place_of

if TYPE_CHECKING:
    from polybn.networks.network import Network


@dataclass(frozen=True)
class WholeSpace:
    """All of R^d; make one with `whole_space`."""

    dimension: int

    def prepared(self, network: Network) -> tuple[Network, Box]:
        """The network, and the box that stands for R^d with this network."""
        return network, self.frame(network)

    def frame(self, network: Network) -> Box:
        """The box that stands for R^d with this network; raises `UnfittedError` before `fit`."""
        bits = sum(sorted(row_bits(network.integer), reverse=True)[: self.dimension])
        bound = Fraction(1 << (bits + 1))
        return Box((-bound,) * self.dimension, (bound,) * self.dimension, is_frame=True)

    def contains(self, point: Sequence[object]) -> bool:
        """True; raises `ShapeError` when the point has another dimension."""
        return bool(place_of(point, self.dimension))

    def __str__(self) -> str:
        return f"R^{self.dimension}"


def whole_space(dimension: int) -> WholeSpace:
    """R^d as a domain; its regions may be unbounded, with rays beside vertices.

    >>> print(whole_space(2))
    R^2
    """
    given: object = dimension
    if isinstance(given, bool) or not isinstance(given, Integral) or not 1 <= int(given) <= MAX_DIMENSION:
        raise DomainError(
            f"The dimension is {brief(dimension)}; a whole number from 1 to {MAX_DIMENSION} is needed, "
            "the number of the network's inputs.",
            dimension,
        )
    return WholeSpace(int(given))
