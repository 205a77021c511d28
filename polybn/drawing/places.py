"""Where a point lies: inside a region, on the boundary of a unit or of several, within 2^-k of one; built, not found
by chance."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import ceil
from typing import NamedTuple

from flint import fmpz
from hypothesis import strategies as st

from polybn.drawing.numbers import Point, Rows
from polybn.errors import DomainError, InputError
from polybn.exact.matrix import vector
from polybn.exact.rational import homogeneous, sign
from polybn.exact.row import Row, evaluate
from polybn.networks.network import Network
from polybn.regions.hyperplanes import Unit
from polybn.regions.partition import Partition
from polybn.regions.region import Region

PLACES = ("inside", "on a boundary", "on several boundaries", "near a boundary", "on the domain's side")
"""Strictly inside a region; at a breakpoint of one unit or more, on a facet; of two or more; off a facet by at most
2^-k; on the boundary of the domain."""

EXPONENTS = (1, 2, 4, 10, 24, 53, 60, 200)
"""The k of "near a boundary": around the rounding of floats, and far below it."""
FINENESS = (1, 2, 3, 4, 6, 0)
"""Denominators that a point is rounded to, the first that keeps its place; 0 leaves it as it is."""


class Face(NamedTuple):
    """A closed face of a region by its vertices; the row that vanishes on it where it is a facet."""

    region: Region
    vertices: Rows
    row: Row | None = None


def boundary_units(network: Network, point: Point) -> tuple[Unit, ...]:
    """The hidden units that are at a breakpoint at x, whether h crosses it there or stays on it around x."""
    code = network.code(point)
    found: list[Unit] = []
    start = 0
    for layer, (width, hidden) in enumerate(zip(network.widths, network.hidden, strict=True)):
        breaks = len(hidden.activation.breakpoints)
        found += [Unit(layer, unit) for unit in range(width) if (code[start + unit] + breaks) % 2]
        start += width
    return tuple(found)


def places_for(partition: Partition) -> tuple[str, ...]:
    """The places that the partition has; "inside" is always one of them."""
    _require_bounded(partition)
    return tuple(place for place in PLACES if any(faces(region, place) for region in partition))


def points_in(partition: Partition, *, place: str | None = None) -> st.SearchStrategy[Point]:
    """Points of the domain of a partition at the place named, or at any that the partition has; see `PLACES`.

    Raises `InputError` at once when the partition has no such place. Cost: the vertices of the regions, until one has
    the place.
    """
    known = places_for(partition) if place is None else (checked_place(place),)
    if not any(faces(region, known[0]) for region in partition):
        raise InputError(f"{partition} has no point {place}; it has points {', '.join(places_for(partition))}.", place)
    return st.sampled_from(known).flatmap(lambda wanted: _points_at(partition, wanted))


def checked_place(place: str) -> str:
    """The place; raises `InputError` when there is no such place."""
    if place not in PLACES:
        raise InputError(f"{place!r} is no place; choose among {', '.join(PLACES)}.", place)
    return place


def point_at(draw: st.DrawFn, partition: Partition, place: str) -> Point | None:
    """A point at the place, in the first region from a drawn one on that has it; None when none has."""
    _require_bounded(partition)
    start = draw(st.integers(0, len(partition) - 1))
    for step in range(len(partition)):
        found = faces(partition[(start + step) % len(partition)], place)
        if found:
            face = found[draw(st.integers(0, len(found) - 1))]
            return _near(draw, face) if place == "near a boundary" else _on(draw, face)
    return None


def faces(region: Region, place: str) -> list[Face]:
    """The faces of a closed region whose points have the place: all of it, its facets, or where two of them meet."""
    if place == "inside":
        return [Face(region, region.vertices)]
    pairs = list(zip(region.facets, region.facet_rows, strict=True))
    if place == "on the domain's side":
        return [_facet(region, row) for facet, row in pairs if facet.on_domain_boundary]
    if place != "on several boundaries":
        return [_facet(region, row) for facet, row in pairs if facet.units]
    found = [_facet(region, row) for facet, row in pairs if len(facet.units) > 1]
    for (first, row), (second, other) in combinations([pair for pair in pairs if pair[0].units], 2):
        common = tuple(v for v in _facet(region, row).vertices if not evaluate(other, homogeneous(vector(v))))
        if common and len({*first.units, *second.units}) > 1:
            found.append(Face(region, common))
    return found


@st.composite
def _points_at(draw: st.DrawFn, partition: Partition, place: str) -> Point:
    point = point_at(draw, partition, place)
    assert point is not None
    return point


def _facet(region: Region, row: Row) -> Face:
    return Face(region, tuple(v for v in region.vertices if not evaluate(row, homogeneous(vector(v)))), row)


def _on(draw: st.DrawFn, face: Face) -> Point:
    """sum_i a_i v_i with a_i > 0: a point of the face's relative interior, rounded as far as it stays there."""
    weights = draw(st.tuples(*[st.integers(1, 3)] * len(face.vertices)))
    total = sum(weights)
    axes = zip(*face.vertices, strict=True)
    point = tuple(sum((w * x for w, x in zip(weights, axis, strict=True)), Fraction(0)) / total for axis in axes)
    first = draw(st.integers(0, len(FINENESS) - 1))
    signs = _signs(face.region, point)
    roundings = (_rounded(point, parts, face.row) for parts in FINENESS[first:-1])
    return next((near for near in roundings if _signs(face.region, near) == signs), point)


def _near(draw: st.DrawFn, face: Face) -> Point:
    """p + t (w - p), p on the facet and w strictly inside: inside too, and within t |w - p|_1 <= 2^-k of the facet."""
    point, inside = _on(draw, face), face.region.witness
    steps = tuple(b - a for a, b in zip(point, inside, strict=True))
    reach = ceil(sum(map(abs, steps), Fraction(0))) * 2 ** draw(st.sampled_from(EXPONENTS))
    return tuple(a + step / reach for a, step in zip(point, steps, strict=True))


def _rounded(point: Point, parts: int, row: Row | None) -> Point:
    """The point with each coordinate a multiple of 1/parts; on a facet, one is solved for instead."""
    near = [Fraction(round(x * parts), parts) for x in point]
    if row is not None:
        axis = max(range(len(point)), key=lambda place: abs(row[place]))
        entries = [Fraction(int(entry)) for entry in row]
        rest = sum((a * x for at, (a, x) in enumerate(zip(entries, near, strict=False)) if at != axis), entries[-1])
        near[axis] = -rest / entries[axis]
    return tuple(near)


def _signs(region: Region, point: Point) -> tuple[int, ...]:
    place: tuple[fmpz, ...] = homogeneous(vector(point))
    return tuple(sign(evaluate(row, place)) for row in region.facet_rows)


def _require_bounded(partition: Partition) -> None:
    if partition.frame.is_frame:
        raise DomainError(
            f"{partition.domain} is unbounded, and points are drawn in bounded domains. "
            "Enumerate on a box: pb.enumerate_regions(net, pb.box(-3, 3, dim=2)).",
            partition,
        )
