"""Is this a partition of the domain by the network? Asked of every region in Fractions, by the network's definition.

The questions use no engine: the forward pass, the inequalities of each region, and arithmetic. They find a region
that is missing, doubled, too large or too small, a wrong witness, code, affine map, facet, owner or neighbour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from polybn.regions.hyperplanes import Inequality
from polybn.regions.partition import Partition
from polybn.regions.region import Region, RegionFacet

Point = tuple[Fraction, ...]

MAX_VOLUME_DIMENSION = 3


def faults(partition: Partition) -> list[str]:
    """What is wrong with a partition, one sentence a fault; empty for a right one. Cost grows with all its vertices."""
    return [fault for question in QUESTIONS for fault in question(partition)]


def codes(partition: Partition) -> Iterator[str]:
    """Codes are distinct, as many as the last layer's count, and counts never fall from layer to layer."""
    listed = [region.code for region in partition]
    if len(set(listed)) != len(listed):
        yield "two regions have the same code"
    counts = partition.layer_counts
    if counts and counts[-1] != len(listed):
        yield f"the last layer counts {counts[-1]} regions and {len(listed)} are listed"
    if any(before > after for before, after in pairwise(counts)):
        yield f"the layer counts {counts} fall"


def witnesses(partition: Partition) -> Iterator[str]:
    """Each witness is strictly inside, has the region's code by the forward pass, and is found again."""
    for region in partition:
        if partition.network.code(region.witness) != region.code:
            yield f"region {region.index}: the code at the witness is not the region's"
        elif partition.region_of(region.witness) != region.index:
            yield f"region {region.index}: region_of(witness) is another region"
        if any(value(row, region.witness) <= 0 for row in region.inequalities):
            yield f"region {region.index}: the witness is not strictly inside"
        bounds = zip(partition.frame.lower, region.witness, partition.frame.upper, strict=True)
        if not all(low < x < high for low, x, high in bounds):
            yield f"region {region.index}: the witness is not inside the domain"


def affine_maps(partition: Partition) -> Iterator[str]:
    """The affine map of the code is the network at d + 1 affinely independent points and more."""
    for region in partition:
        points = (region.witness, *region.vertices)
        if any(region.affine(point) != partition.network(point) for point in points):
            yield f"region {region.index}: the affine map is not the network"


def vertices(partition: Partition) -> Iterator[str]:
    """At a vertex every inequality holds, every unit keeps its sign or is at a breakpoint, and d facets meet."""
    signs = partition.hyperplanes.signs
    for region in partition:
        own = signs(partition.codes[region.index])
        for vertex in region.vertices:
            values = [value(row, vertex) for row in region.inequalities]
            if min(values) < 0 or values.count(Fraction(0)) < len(vertex):
                yield f"region {region.index}: vertex {vertex} does not fit the inequalities"
            there = signs(_code(partition, vertex))
            if not bool(((there == own) | (there == 0)).all()):
                yield f"region {region.index} reaches into another region at {vertex}"


def facets(partition: Partition) -> Iterator[str]:
    """No inequality follows from the others; each facet's units, and no others, are at a breakpoint all along it."""
    for region in partition:
        for place, facet in enumerate(region.facets):
            centre = centre_of(region, facet)
            if centre is None or any(
                value(row, centre) <= 0 for other, row in enumerate(region.inequalities) if other != place
            ):
                yield f"region {region.index}: facet {place} is redundant"
            elif facet.units != _units_at(partition, region, centre):
                yield f"region {region.index}: facet {place} names the wrong units"
            elif facet.on_domain_boundary != _on_boundary(partition, centre):
                yield f"region {region.index}: facet {place} is wrong about the domain's boundary"


def volumes(partition: Partition) -> Iterator[str]:
    """Each volume is positive and they add up to the domain's."""
    if partition.network.dimension <= MAX_VOLUME_DIMENSION:
        parts = [region.volume() for region in partition]
        if any(part <= 0 for part in parts):
            yield "a region has no volume"
        if sum(parts, Fraction(0)) != partition.frame.volume:
            yield f"the volumes add up to {sum(parts, Fraction(0))}, not {partition.frame.volume}"


def neighbours(partition: Partition) -> Iterator[str]:
    """Each facet inside the domain touches two regions, adjacent ones; the graph has no other edge and is whole."""
    graph = partition.adjacency()
    expected: dict[tuple[int, ...], set[tuple[int, int]]] = {}
    inside = 0
    for region in partition:
        for facet in region.facets:
            centre = centre_of(region, facet)
            if facet.on_domain_boundary or centre is None:
                continue
            inside += 1
            touching = tuple(near.index for near in partition.touching(centre))
            expected.setdefault(touching, set()).update(facet.units)
            if len(touching) != 2 or region.index not in touching:
                yield f"region {region.index}: a facet touches the regions {touching}"
    edges = {(min(edge), max(edge)) for edge in graph.edges}
    if edges != expected.keys():
        lacks, extra = sorted(expected.keys() - edges), sorted(edges - expected.keys())
        yield f"the adjacency graph lacks {lacks} and has {extra} too many"
    for pair, owners in expected.items():
        named = graph.get_edge_data(*pair, default={}).get("units")
        if pair in edges and named != tuple(sorted(owners)):
            yield f"the edge {pair} names the units {named}"
    if inside != 2 * len(edges):
        yield f"{inside} sides of facets make {len(edges)} adjacencies"
    if not nx.is_connected(graph):
        yield "the adjacency graph is not connected"


def euler(partition: Partition) -> Iterator[str]:
    """In the plane, vertices - edges + regions = 1."""
    if partition.network.dimension == 2:
        corners = {vertex for region in partition for vertex in region.vertices}
        sides = [facet.on_domain_boundary for region in partition for facet in region.facets]
        edges = sides.count(True) + Fraction(sides.count(False), 2)
        if len(corners) - edges + len(partition) != 1:
            yield f"{len(corners)} vertices - {edges} edges + {len(partition)} regions is not 1"


QUESTIONS: tuple[Callable[[Partition], Iterator[str]], ...] = (
    codes, witnesses, affine_maps, vertices, facets, volumes, neighbours, euler,
)  # fmt: skip


def value(row: Inequality, point: Point) -> Fraction:
    """normal . x + offset."""
    return sum((a * x for a, x in zip(row.normal, point, strict=True)), row.offset)


def centre_of(region: Region, facet: RegionFacet) -> Point | None:
    """The mean of the facet's vertices, a point of its relative interior; None when it has fewer than d."""
    corners = [vertex for vertex in region.vertices if value(facet.inequality, vertex) == 0]
    return None if len(corners) < len(region.witness) else mean(corners)


def mean(points: Sequence[Point]) -> Point:
    """The mean, coordinate by coordinate."""
    return tuple(sum(column, Fraction(0)) / len(points) for column in zip(*points, strict=True))


def _units_at(partition: Partition, region: Region, centre: Point) -> tuple[tuple[int, int], ...]:
    """The units that are at a breakpoint at the centre and not in the region's interior."""
    there, own = _code(partition, centre), partition.codes[region.index]
    return tuple(
        dict.fromkeys(
            unit
            for unit, column in zip(partition.hyperplanes.units, partition.hyperplanes.columns, strict=True)
            if there[column] != own[column]
        )
    )


def _on_boundary(partition: Partition, point: Point) -> bool:
    bounds = zip(partition.frame.lower, point, partition.frame.upper, strict=True)
    return any(x in (low, high) for low, x, high in bounds)


def _code(partition: Partition, point: Point) -> NDArray[np.int8]:
    return np.array(partition.network.code(point), dtype=np.int8)
