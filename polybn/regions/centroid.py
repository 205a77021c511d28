"""The centroid of a region: the mean of the centroids of the simplices that tile it, weighted by their volumes."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from flint import fmpq, fmpz, fmpz_mat

from polybn.errors import InternalError
from polybn.exact.rational import fraction
from polybn.regions.faces import facet_masks, facets_of_face, require_bounded

if TYPE_CHECKING:
    from polybn.regions.polytope import CellPolytope
    from polybn.regions.region import Region


def centroid(region: Region) -> tuple[Fraction, ...]:
    """The integral of x over the region divided by its volume: rational, strictly inside.

    Raises `DomainError` for an unbounded region. Cost: as for the volume, it grows with the face lattice.

    >>> import polybn as pb
    >>> net = pb.Network.from_arrays([([[1, 1]], [-1]), ([[1]], [0])])
    >>> centroid(pb.enumerate_regions(net, pb.box(0, 1, dim=2))[0])
    (Fraction(1, 3), Fraction(1, 3))
    """
    require_bounded(region)
    polytope = region.polytope
    moments = [fmpq(0)] * polytope.dimension
    total = fmpq(0)
    for simplex in triangulation(polytope):
        corners = [polytope.vertices[index] for index in simplex]
        weight = fmpq(
            abs(fmpz_mat([list(corner) for corner in corners]).det()), prod((c[-1] for c in corners), start=fmpz(1))
        )
        total += weight
        for axis in range(polytope.dimension):
            moments[axis] += weight * sum((fmpq(corner[axis], corner[-1]) for corner in corners), fmpq(0))
    if total == 0:
        raise InternalError(f"Region {region.index} has no volume.", region)
    return tuple(fraction(moment / (total * (polytope.dimension + 1))) for moment in moments)


def triangulation(polytope: CellPolytope) -> list[tuple[int, ...]]:
    """Simplices, as d + 1 indices of vertices each, that tile the polytope and overlap in their boundaries only.

    Each face is the union of the pyramids from its first vertex over its facets that miss that vertex.
    """
    return _tiled((1 << len(polytope.vertices)) - 1, facet_masks(polytope), polytope.dimension)


def _tiled(face: int, facets: list[int], dimension: int) -> list[tuple[int, ...]]:
    apex = face & -face
    first = apex.bit_length() - 1
    if dimension == 0:
        return [(first,)]
    return [
        (first, *simplex)
        for opposite in facets_of_face(face, facets)
        if not opposite & apex
        for simplex in _tiled(opposite, facets, dimension - 1)
    ]
