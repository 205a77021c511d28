"""vol(P) = sum |det| / d! over a triangulation by apex and opposite faces, exactly."""

from __future__ import annotations

from fractions import Fraction
from math import factorial, prod

from flint import fmpz_mat

from polybn.regions.polytope import CellPolytope


def volume(polytope: CellPolytope) -> Fraction:
    """The d-dimensional volume of a bounded full-dimensional polytope, exact; cost grows with its face lattice."""
    everything = tuple(range(len(polytope.vertices)))
    total = Fraction(0)
    for simplex in _triangulation(polytope, everything, polytope.dimension):
        corners = [polytope.vertices[index] for index in simplex]
        determinant = fmpz_mat([list(corner) for corner in corners]).det()
        total += Fraction(abs(int(determinant)), prod(int(corner[-1]) for corner in corners))
    return total / factorial(polytope.dimension)


def _triangulation(polytope: CellPolytope, face: tuple[int, ...], dimension: int) -> list[tuple[int, ...]]:
    """Simplices (vertex indices) that tile a face: its first vertex joined to the tilings of the opposite faces."""
    if len(face) == dimension + 1:
        return [face]
    apex = face[0]
    return [
        (apex, *simplex)
        for opposite in _facets_of(polytope, face, dimension)
        if apex not in opposite
        for simplex in _triangulation(polytope, opposite, dimension - 1)
    ]


def _facets_of(polytope: CellPolytope, face: tuple[int, ...], dimension: int) -> list[tuple[int, ...]]:
    """The facets of a face: the inclusion-maximal proper intersections with facets of the polytope."""
    found: set[tuple[int, ...]] = set()
    for facet in polytope.facets:
        members = tuple(index for index in face if polytope.masks[index] >> facet & 1)
        if dimension <= len(members) < len(face):
            found.add(members)
    return sorted(one for one in found if not any(set(one) < set(other) for other in found))
