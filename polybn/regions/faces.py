"""f_k, the number of k-dimensional faces that the regions have together, and sum_k (-1)^k f_k."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from polybn.errors import DomainError
from polybn.exact.matrix import primitive
from polybn.exact.row import Point
from polybn.regions.linear import require_complete

if TYPE_CHECKING:
    from polybn.regions.partition import Partition
    from polybn.regions.polytope import CellPolytope
    from polybn.regions.region import Region

Face = tuple[int, ...]
"""The increasing numbers of a face's vertices."""


@dataclass(frozen=True, eq=False)
class Faces:
    """The complex of all faces of all closed regions: vertices, and for each k the k-dimensional faces.

    `vertices` are homogeneous integers (n_1, ..., n_d, q) in lowest terms with q > 0, numbered as found;
    `by_dimension[k]` holds the faces of dimension k, sorted, as increasing numbers of vertices.
    """

    vertices: tuple[Point, ...]
    by_dimension: tuple[tuple[Face, ...], ...]

    @property
    def f_vector(self) -> tuple[int, ...]:
        """(f_0, ..., f_d)."""
        return tuple(map(len, self.by_dimension))

    @property
    def euler_characteristic(self) -> int:
        """f_0 - f_1 + f_2 - ...; 1 for a right partition of a bounded convex domain."""
        return sum((-1) ** k * count for k, count in enumerate(self.f_vector))


def faces(part: Partition) -> Faces:
    """All faces of the closed regions, each once however many regions share it.

    Two regions always meet in a common face of both, so a face is its set of vertices. Proof, by induction on the
    hyperplanes (unit, breakpoint) in the order of the layers: let K be the faces of the regions so far, which any two
    share or do not meet in more, and g = h - t the next pre-activation minus its breakpoint, continuous on the domain
    and affine on every region of K, because K settles the pieces of the layers before. The new regions are, for P in K,
    the sets P+ = {x in P : g >= 0} and P- = {x in P : g <= 0} that are full-dimensional. For two regions P and Q of K
    with the common face F, P+ and Q+ meet in {x in F : g >= 0}, and P+ and Q- in {x in F : g = 0}; g being affine on
    P, the first is a face of P+ and the second a face of the first, and the same holds in Q. A set P+ that is not
    full-dimensional is {g = 0} in P with g <= 0 on P, a face of P = P-, so nothing is lost; where g vanishes on all of
    P, P stays. Continuity is what decides: a cut that reaches a shared facet is seen from both its sides, folded or
    not. For the same reason the relative interiors of the faces are exactly the non-empty sets on which the signs of
    all rows of the domain and of all h - t are constant.

    Raises `IncompleteError` for a partition that was stopped, `DomainError` when a region is unbounded. Cost: the
    face lattice of every region, about a millisecond each in the plane and ten in dimension 4.
    """
    require_complete(part, "The faces")
    numbers: dict[Point, int] = {}
    found: list[set[Face]] = [set() for _ in range(part.network.dimension + 1)]
    for region in part:
        require_bounded(region)
        names = [numbers.setdefault(primitive(vertex), len(numbers)) for vertex in region.polytope.vertices]
        for dimension, own in enumerate(_lattice(region)):
            found[dimension].update(tuple(sorted(names[index] for index in _members(face))) for face in own)
    return Faces(tuple(numbers), tuple(tuple(sorted(own)) for own in found))


def f_vector(part: Partition) -> tuple[int, ...]:
    """(f_0, ..., f_d) of the complex that the closed regions make; see `faces`."""
    return faces(part).f_vector


def euler_characteristic(part: Partition) -> int:
    """sum_k (-1)^k f_k, which is 1 for a partition of a bounded convex domain and so tells a wrong one; see `faces`."""
    return faces(part).euler_characteristic


def boundary_facets(part: Partition) -> list[tuple[int, int]]:
    """(region, row): the facets on the boundary of the domain, each with the first row of the domain that contains it.

    Sorted. A facet of the domain is in general made of the facets of many regions. All of R^d has no boundary.
    """
    if part.hyperplanes.domain.is_frame:
        return []
    table = part.facet_table
    places = np.flatnonzero(table.on_domain_boundary(part.hyperplanes.first))
    rows = table.owners[table.owner_starts[places]]
    pairs: list[tuple[int, int]] = list(zip(table.regions[places].tolist(), rows.tolist(), strict=True))
    return sorted(pairs)


def require_bounded(region: Region) -> None:
    """Raises `DomainError` for an unbounded region."""
    if not getattr(region, "is_bounded", True):
        raise DomainError(
            f"Region {region.index} is unbounded, and this is asked of bounded regions. Enumerate in a box, as in "
            f"pb.box(-3, 3, dim={region.network.dimension}).",
            region,
        )


def _lattice(region: Region) -> list[set[int]]:
    """The faces of one region by dimension, as bit masks over its vertices."""
    polytope = region.polytope
    facets = facet_masks(polytope)
    levels: list[set[int]] = [{(1 << len(polytope.vertices)) - 1}]
    for _ in range(polytope.dimension):
        levels.append({below for face in levels[-1] for below in facets_of_face(face, facets)})
    return levels[::-1]


def facet_masks(polytope: CellPolytope) -> list[int]:
    """The facets of a polytope, as bit masks over its vertices."""
    return [
        sum(1 << index for index, mask in enumerate(polytope.masks) if mask >> facet & 1) for facet in polytope.facets
    ]


def facets_of_face(face: int, facets: list[int]) -> list[int]:
    """The facets of a face of dimension k > 0, so of dimension k - 1: its maximal proper intersections with facets.

    Every face of a polytope is an intersection of facets, and its face lattice is graded.
    """
    proper = {face & facet for facet in facets} - {face, 0}
    return sorted(one for one in proper if not any(one & other == one and one != other for other in proper))


def _members(face: int) -> list[int]:
    return [index for index in range(face.bit_length()) if face >> index & 1]
