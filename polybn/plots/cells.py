"""The regions of a partition as polygons (d = 2) or intervals (d = 1), exact until the corners become floats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cmp_to_key
from itertools import pairwise

import numpy as np
from flint import fmpz
from numpy.typing import NDArray

from polybn.errors import DomainError, InternalError
from polybn.exact.rational import affine, fraction
from polybn.exact.row import Row
from polybn.regions.adjacency import shared_facets
from polybn.regions.partition import Partition

Floats = NDArray[np.float64]
MOST = 1e100
"""Drawn coordinates stay below this, and sides of the domain above its inverse, so that no drawing step overflows."""


@dataclass(frozen=True)
class Cells:
    """What there is to draw.

    `polygons[r]` holds the corners of region r, counterclockwise, shape (corners, d). `pairs` holds the adjacent
    regions, shape (facets, 2); `facets` the ends of the facet between them, shape (facets, 2, d) for d = 2 and
    (facets, 1, 1) for d = 1, each facet once; `layers` the layer of each facet, the first of those that own it.
    """

    polygons: list[Floats]
    pairs: NDArray[np.int64]
    facets: Floats
    layers: NDArray[np.int64]

    @property
    def centres(self) -> Floats:
        """The mean of each region's corners, shape (regions, d)."""
        return np.array([polygon.mean(axis=0) for polygon in self.polygons])


def cells_of(partition: Partition) -> Cells:
    """The cells of a partition in one or two dimensions; raises `DomainError` in any other."""
    require_drawable(partition)
    polygons: list[Floats] = []
    ends: list[Floats] = []
    for region in partition:
        corners, edges = _corners(region.facet_rows)
        polygons.append(corners)
        ends.extend(edges)
    hyperplanes = partition.hyperplanes
    pairs, sides = shared_facets(partition.codes, partition.facet_table, hyperplanes)
    facets = sides[:, 0]
    layers = [
        hyperplanes.units[int(partition.facet_table.owners_of(int(facet))[0]) - hyperplanes.first].layer
        for facet in facets
    ]
    shape = (len(facets), partition.domain.dimension, partition.domain.dimension)
    segments = np.array([ends[facet] for facet in facets.tolist()], dtype=np.float64).reshape(shape)
    return Cells(polygons, pairs, segments, np.array(layers, dtype=np.int64))


def require_drawable(partition: Partition) -> None:
    """Raises `DomainError` unless d is 1 or 2, the domain is bounded, and floats can tell its sides apart."""
    domain = partition.frame
    if domain.is_frame:
        raise DomainError(
            f"The partition of {partition.domain} is unbounded; pictures are drawn of bounded domains. Enumerate on "
            "pb.box(-3, 3, dim=2), or bound a slice: pb.plane_through(p, q, r).within(pb.box(-3, 3, dim=2)).",
            partition,
        )
    if domain.dimension not in (1, 2):
        raise DomainError(
            f"The partition has dimension {domain.dimension}; pictures are drawn of dimension 1 and 2. "
            "Take a network of two inputs.",
            partition,
        )
    for low, high in zip(*window(partition), strict=True):
        largest, width = max(abs(low), abs(high)), high - low
        if largest > MOST or width * MOST < 1 or width * 10**9 < largest:
            raise DomainError(
                f"The domain {partition.domain} cannot be drawn: floats tell its points apart badly. "
                "Choose one that is wider, or nearer to 0.",
                partition,
            )


def window(partition: Partition) -> tuple[list[Fraction], list[Fraction]]:
    """The lower and upper corner of the smallest box around the domain."""
    points = [[fraction(entry) for entry in affine(corner)] for corner, _ in partition.frame.corners]
    return [min(side) for side in zip(*points, strict=True)], [max(side) for side in zip(*points, strict=True)]


def _corners(rows: Sequence[Row]) -> tuple[Floats, list[Floats]]:
    """The corners counterclockwise, and for each row the ends of its facet.

    The inward normals of irredundant rows, in order of angle, are those of the edges in order; two that follow each
    other meet in a corner, their cross product.
    """
    if len(rows[0]) == 2:
        points = [np.array([[_float(-b, a)]]) for a, b in rows]
        return np.sort(np.concatenate(points), axis=0), points
    order = sorted(range(len(rows)), key=cmp_to_key(lambda i, j: _turn(rows[i], rows[j])))
    cycle = [*order, order[0]]
    meets = [_meet(rows[first], rows[second]) for first, second in pairwise(cycle)]
    ends = [np.zeros((2, 2))] * len(rows)
    for position, row in enumerate(order):
        ends[row] = np.array([meets[position - 1], meets[position]])
    return np.array(meets), ends


def _turn(first: Row, second: Row) -> int:
    """-1 when the angle of the first normal, in [0, 2 pi), is less than that of the second."""
    low, high = _is_below(first), _is_below(second)
    if low != high:
        return -1 if high else 1
    cross = first[0] * second[1] - first[1] * second[0]
    return (cross < 0) - (cross > 0)


def _is_below(row: Row) -> bool:
    return row[1] < 0 or (row[1] == 0 and row[0] < 0)


def _meet(first: Row, second: Row) -> tuple[float, float]:
    (a, b, c), (p, q, r) = first, second
    denominator = a * q - b * p
    if denominator <= 0:
        raise InternalError("The facets of a bounded region do not turn around it.", (first, second))
    return _float(b * r - c * q, denominator), _float(c * p - a * r, denominator)


def _float(numerator: fmpz, denominator: fmpz) -> float:
    return int(numerator) / int(denominator)  # correctly rounded by Python, whatever the number of digits
