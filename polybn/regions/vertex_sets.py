"""Faces as sets of vertices: their dimension, and which of them no other contains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from flint import fmpz_mat

from polybn.exact.rational import affine, fraction
from polybn.exact.row import Point

Corners = tuple[tuple[Fraction, ...], ...]
"""The vertices of a polytope at the public face, sorted."""

Vertices = frozenset[Point]
"""The vertices of a polytope, homogeneous integers without a common factor."""


def dimension_of(points: Iterable[Point]) -> int:
    """The dimension of the affine hull: the rank of the homogeneous coordinates, less one; -1 of no points."""
    rows = [list(point) for point in points]
    return fmpz_mat(rows).rank() - 1 if rows else -1


def maximal(faces: Iterable[Vertices], larger: Sequence[Vertices]) -> list[Vertices]:
    """The faces, each once, whose vertices are not all vertices of one of the larger ones or of another face.

    All are cells of one polyhedral complex, so this says that no other of them contains the face, nor does their union:
    relative interiors of cells are disjoint.
    """
    distinct = set(faces)
    others = [*larger, *distinct]
    kept = (face for face in distinct if face not in larger and not any(face < other for other in others))
    return sorted(kept, key=sorted)


def corners_of(face: Vertices) -> Corners:
    """The vertices as sorted Fractions."""
    return tuple(sorted(tuple(fraction(value) for value in affine(vertex)) for vertex in face))
