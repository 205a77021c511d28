"""The facets of a partition that lie on a folded hyperplane, with both regions and the gradients on them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from polybn.exact.matrix import primitive
from polybn.exact.row import Row
from polybn.networks.code import preactivation
from polybn.regions.adjacency import shared_facets
from polybn.regions.hyperplanes import Unit
from polybn.regions.vertex_sets import Corners

if TYPE_CHECKING:
    from polybn.regions.partition import Partition


class FoldedFacet(NamedTuple):
    """A facet of the partition that lies on a folded hyperplane.

    `regions`: its two regions, or its only one where the facet is on the boundary of the domain. `normal`: coprime
    integers, orthogonal to the facet and out of the first region. `gradients`: of h on each of the regions (Eq. 24, 25
    before the cosine), zero on a region where h is constant. The facet is conv(vertices) + cone(rays); a bounded one
    has no rays, and `vertices` are sorted.
    """

    regions: tuple[int, ...]
    normal: tuple[int, ...]
    gradients: tuple[tuple[Fraction, ...], ...]
    vertices: Corners
    rays: tuple[tuple[int, ...], ...]


def facets_on(part: Partition, unit: Unit, owner: int) -> tuple[FoldedFacet, ...]:
    """The facets that the hyperplane with the id `owner` owns from one side at least, each once, by region.

    A unit that vanishes on all of one region owns a facet of it from the other side only. Facets on the domain's
    boundary have one side and are the last. The partition must be complete.
    """
    table, hyperplanes = part.facet_table, part.hyperplanes
    owned = np.zeros(table.count, dtype=np.bool_)
    owned[np.searchsorted(table.owner_starts, np.flatnonzero(table.owners == owner), side="right") - 1] = True
    pairs, sides = shared_facets(part.codes, table, hyperplanes)
    inside = np.flatnonzero(owned[sides].any(axis=1))
    outer = np.flatnonzero(owned & table.on_domain_boundary(hyperplanes.first))
    # Facets are numbered region by region, so the lower number is the lower region's.
    shared = zip(pairs[inside].tolist(), sides[inside].min(axis=1).tolist(), strict=True)
    alone = zip(table.regions[outer].tolist(), outer.tolist(), strict=True)
    return (
        *(_facet(part, unit, tuple(pair), facet) for pair, facet in shared),
        *(_facet(part, unit, (region,), facet) for region, facet in alone),
    )


def _facet(part: Partition, unit: Unit, regions: tuple[int, ...], facet: int) -> FoldedFacet:
    region = part[regions[0]]
    owner = int(part.facet_table.owners_of(facet)[0])
    *linear, constant = part.hyperplanes.inward_rows(part.codes[region.index])[owner]
    normal = tuple(-int(a) for a in primitive(linear))
    both = [direction for line in region.lines for direction in (line, tuple(-a for a in line))]
    along = (ray for ray in (*region.rays, *both) if not sum(a * b for a, b in zip(normal, ray, strict=True)))
    corners = vertices_on((*linear, constant), region.vertices)
    gradients = tuple(_gradient(part, unit, index) for index in regions)
    return FoldedFacet(regions, normal, gradients, tuple(corners), tuple(along))


def _gradient(part: Partition, unit: Unit, region: int) -> tuple[Fraction, ...]:
    return preactivation(part.network, part.codes[region].tolist(), unit.layer).slope[unit.unit]


def vertices_on(row: Row, vertices: Corners) -> list[tuple[Fraction, ...]]:
    """The vertices at which a row vanishes."""
    *linear, constant = (int(a) for a in row)
    return [v for v in vertices if sum((a * x for a, x in zip(linear, v, strict=True)), Fraction(constant)) == 0]
