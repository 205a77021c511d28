"""One region: code, witness, facets, vertices, volume and affine map, made on demand from a partition's arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from polybn.errors import DomainError, InternalError
from polybn.exact.rational import affine, brief, fraction, homogeneous, short
from polybn.exact.row import Row, evaluate
from polybn.networks.affine import AffineMap
from polybn.networks.code import affine_of_code
from polybn.networks.network import Network
from polybn.regions.facet_table import Owners
from polybn.regions.generators import Generators, generators_of
from polybn.regions.hyperplanes import Hyperplanes, Inequality, Unit, inequality
from polybn.regions.polytope import CellPolytope, Facet, polytope_of
from polybn.regions.volume import volume

if TYPE_CHECKING:
    from polybn.regions.inradius import Inradius


class RegionFacet(NamedTuple):
    """A facet of a region: its inward inequality; every unit that is at a breakpoint all along it, and not on all of
    the region; whether it lies on the boundary of the domain (where there is no region on the other side)."""

    inequality: Inequality
    units: tuple[Unit, ...]
    on_domain_boundary: bool


@dataclass(frozen=True, eq=False, repr=False)
class Region:
    """A full-dimensional set on which every unit keeps its sign, intersected with the domain.

    A region may stand where its index is meant: `part[region]`, `part.codes[region]`, `graph.neighbors(region)`.
    Regions compare as their indices do, so compare regions of one partition only.
    """

    index: int
    network: Network
    hyperplanes: Hyperplanes
    _code: NDArray[np.int8]
    _known_witness: Row | None
    _facets_of: Callable[[int], Owners]

    def __repr__(self) -> str:
        place = ", ".join(map(short, affine(self._witness)))
        return f"Region({self.index}: code {brief(self.code)}, witness ({place}))"

    def __index__(self) -> int:
        """The region's number in its partition."""
        return self.index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SupportsIndex) and self.index == other.__index__()

    def __hash__(self) -> int:
        return hash(self.index)

    @cached_property
    def _witness(self) -> Row:
        return self._clipped.interior_point() if self._known_witness is None else self._known_witness

    @property
    def code(self) -> tuple[int, ...]:
        """q: one entry a hidden unit; 0 marks a unit whose pre-activation vanishes on the whole region."""
        return tuple(self._code.tolist())

    @property
    def witness(self) -> tuple[Fraction, ...]:
        """A rational point strictly inside."""
        return tuple(fraction(value) for value in affine(self._witness))

    @cached_property
    def affine(self) -> AffineMap:
        """The affine map that the network is on this region (Eq. 15-18)."""
        return affine_of_code(self.network, self.code)

    @cached_property
    def _owners(self) -> Owners:
        """Without the sides of a frame, which stands for infinity."""
        first = self.hyperplanes.first if self.hyperplanes.domain.is_frame else 0
        return tuple(owners for owners in self._facets_of(self.index) if owners[0] >= first)

    @cached_property
    def facets(self) -> tuple[RegionFacet, ...]:
        """The facets, each once, with every unit that owns it."""
        first = self.hyperplanes.first
        found: list[RegionFacet] = []
        for owners, row in zip(self._owners, self.facet_rows, strict=True):
            units = dict.fromkeys(self.hyperplanes.units[owner - first] for owner in owners if owner >= first)
            found.append(RegionFacet(inequality(row), tuple(units), owners[0] < first))
        return tuple(found)

    @property
    def is_bounded(self) -> bool:
        """Whether the region has neither rays nor lines."""
        return not (self.hyperplanes.domain.is_frame and (self.generators.rays or self.generators.lines))

    @cached_property
    def generators(self) -> Generators:
        """Vertices, rays and lines: the closed region is conv(vertices) + cone(rays) + span(lines)."""
        return generators_of(self.facet_rows, self.network.dimension)

    @property
    def rays(self) -> tuple[tuple[int, ...], ...]:
        """The directions of the extreme rays, coprime integers; none for a bounded region."""
        if not self.hyperplanes.domain.is_frame:
            return ()
        return tuple(tuple(int(entry) for entry in ray) for ray in self.generators.rays)

    @property
    def lines(self) -> tuple[tuple[int, ...], ...]:
        """A basis of the directions in which the region is unbounded both ways, coprime integers."""
        if not self.hyperplanes.domain.is_frame:
            return ()
        return tuple(tuple(int(entry) for entry in line) for line in self.generators.lines)

    @property
    def inequalities(self) -> tuple[Inequality, ...]:
        """The irredundant inequalities: the closed region is exactly the set where all of them hold."""
        return tuple(facet.inequality for facet in self.facets)

    @cached_property
    def facet_rows(self) -> tuple[Row, ...]:
        """The facets' inward rows, in the order of `facets`."""
        rows = self.hyperplanes.inward_rows(self._code)
        return tuple(rows[owners[0]] for owners in self._owners)

    @property
    def polytope(self) -> CellPolytope:
        """The closed region with vertices and incidences; raises `DomainError` for an unbounded one."""
        if not self.is_bounded:
            raise DomainError(
                f"Region {self.index} is unbounded: it has no volume and is no polytope. See region.vertices, "
                "region.rays and region.lines, or enumerate on a box.",
                self,
            )
        return self._clipped

    @cached_property
    def _clipped(self) -> CellPolytope:
        """Cut out of the domain (or of the frame that stands for R^d) by its facets."""
        domain, first = self.hyperplanes.domain, self.hyperplanes.first
        result = polytope_of(domain)
        everything = self._facets_of(self.index)
        rows = self.hyperplanes.inward_rows(self._code)
        for owners in everything:
            if owners[0] >= first:
                values = result.values(rows[owners[0]])
                if any(value < 0 for value in values):
                    result, _ = result.cut(rows[owners[0]], owners[0], values)
        facets = {owners[0]: Facet(rows[owners[0]], owners) for owners in everything}
        if set(facets) != set(result.facets):
            raise InternalError(f"Region {self.index}: facets and vertices disagree.", self)
        return CellPolytope(result.dimension, result.vertices, result.masks, facets)

    @property
    def vertices(self) -> tuple[tuple[Fraction, ...], ...]:
        """The vertices, sorted; of a region with lines one point of each minimal face."""
        if self.hyperplanes.domain.is_frame:
            return tuple(tuple(fraction(value) for value in vertex) for vertex in self.generators.vertices)
        points = [tuple(fraction(value) for value in affine(vertex)) for vertex in self.polytope.vertices]
        return tuple(sorted(points))

    def volume(self) -> Fraction:
        """The exact d-dimensional volume; raises `DomainError` for an unbounded region."""
        return volume(self.polytope)

    def centroid(self) -> tuple[Fraction, ...]:
        """The exact centroid of a bounded region."""
        from polybn.regions.centroid import centroid

        return centroid(self)

    def inradius(self, *, bits: int = 20) -> Inradius:
        """Rational bounds on the radius of the largest ball inside, lower <= r <= upper <= lower (1 + 2^-bits)."""
        from polybn.regions.inradius import inradius

        return inradius(self, bits=bits)

    def contains(self, point: Sequence[object]) -> bool:
        """Whether the closed region contains the point; raises `ShapeError` when it has another dimension."""
        place = homogeneous(self.network.point(point))
        return all(evaluate(row, place) >= 0 for row in self.facet_rows)
