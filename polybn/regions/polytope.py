"""{x : every row >= 0} by its vertices and facets, cut by hyperplanes in integers; the only predicate is a sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from flint import fmpz

from polybn.errors import InternalError
from polybn.exact.matrix import primitive
from polybn.exact.row import Row, evaluate

if TYPE_CHECKING:
    from polybn.regions.domain import Domain

MAX_WITNESS_BITS = 4096


class Facet(NamedTuple):
    """A facet: its inward row (>= 0 on the polytope, 0 on the facet) and the ids of all hyperplanes that contain it."""

    row: Row
    owners: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CellPolytope:
    """A full-dimensional bounded polytope.

    `vertices` are homogeneous integers; `masks[i]` has bit f set when vertex i lies on facet f; `facets` maps f (the
    id of the hyperplane that made it) to the facet. Coincident hyperplanes share one facet, so this is the true face
    lattice whatever the degeneracy.
    """

    dimension: int
    vertices: list[Row]
    masks: list[int]
    facets: dict[int, Facet]

    def values(self, row: Row) -> list[fmpz]:
        """The row at each vertex, times the vertex's positive denominator."""
        return [evaluate(row, vertex) for vertex in self.vertices]

    def owned(self, facet: int, owner: int) -> CellPolytope:
        """The same polytope with one more hyperplane recorded on a facet."""
        row, owners = self.facets[facet]
        return CellPolytope(
            self.dimension, self.vertices, self.masks, {**self.facets, facet: Facet(row, (*owners, owner))}
        )

    def facet_on(self, values: list[fmpz]) -> int | None:
        """The facet on which these values (>= 0 or <= 0 at every vertex, not all 0) vanish, if there is one."""
        common = -1
        zeros = 0
        for value, mask in zip(values, self.masks, strict=True):
            if value == 0:
                common &= mask
                zeros += 1
        if zeros < self.dimension:
            return None
        for facet in bits(common):
            if sum(mask >> facet & 1 for mask in self.masks) == zeros:
                return facet
        return None

    def cut(self, row: Row, owner: int, values: list[fmpz]) -> tuple[CellPolytope, CellPolytope]:
        """The parts where the row is >= 0 and <= 0, given its values at the vertices, of which both signs occur."""
        bit = 1 << owner
        fresh = self._crossings(values, bit)
        negated = tuple(-entry for entry in row)
        return (
            self._side([(value > 0) - (value < 0) for value in values], Facet(row, (owner,)), bit, fresh),
            self._side([(value < 0) - (value > 0) for value in values], Facet(negated, (owner,)), bit, fresh),
        )

    def interior_point(self) -> Row:
        """A strictly interior rational point: the mean of the vertices, rounded as coarsely as stays interior."""
        shift = 8
        while shift <= MAX_WITNESS_BITS:
            point = self._rounded_mean(shift)
            if all(evaluate(row, point) > 0 for row, _ in self.facets.values()):
                return primitive(point)
            shift *= 2
        return self._mean()

    def _crossings(self, values: list[fmpz], bit: int) -> list[tuple[Row, int]]:
        """The points where the hyperplane meets the relative interior of an edge, with their masks."""
        above = [index for index, value in enumerate(values) if value > 0]
        below = [index for index, value in enumerate(values) if value < 0]
        found: list[tuple[Row, int]] = []
        for p in above:
            for n in below:
                common = self.masks[p] & self.masks[n]
                if self._is_edge(p, n, common):
                    up, down = values[p], -values[n]
                    pairs = zip(self.vertices[p], self.vertices[n], strict=True)
                    found.append((primitive([down * x + up * y for x, y in pairs]), common | bit))
        return found

    def _is_edge(self, first: int, second: int, common: int) -> bool:
        """Whether two vertices span an edge: d - 1 common facets, and no third vertex on all of them."""
        masks, d = self.masks, self.dimension
        if common.bit_count() < d - 1:
            return False
        if masks[first].bit_count() == d or masks[second].bit_count() == d:
            return True
        return not any(
            mask & common == common and index != first and index != second for index, mask in enumerate(masks)
        )

    def _side(self, signs: list[int], facet: Facet, bit: int, fresh: list[tuple[Row, int]]) -> CellPolytope:
        alive = bit
        for sign, mask in zip(signs, self.masks, strict=True):
            if sign > 0:
                alive |= mask
        vertices: list[Row] = []
        masks: list[int] = []
        for sign, vertex, mask in zip(signs, self.vertices, self.masks, strict=True):
            if sign >= 0:
                vertices.append(vertex)
                masks.append(mask & alive if sign else mask & alive | bit)
        for vertex, mask in fresh:
            vertices.append(vertex)
            masks.append(mask & alive)
        facets = {index: kept for index, kept in self.facets.items() if alive >> index & 1}
        facets[facet.owners[0]] = facet
        return CellPolytope(self.dimension, vertices, masks, facets)

    def _rounded_mean(self, shift: int) -> list[fmpz]:
        scale = fmpz(1) << shift
        count = len(self.vertices)
        coordinates = range(self.dimension)
        return [*(sum((v[i] * scale // v[-1] for v in self.vertices), fmpz(0)) // count for i in coordinates), scale]

    def _mean(self) -> Row:
        total = [fmpz(0)] * self.dimension + [fmpz(1)]
        for vertex in self.vertices:
            total = [a * vertex[-1] + b * total[-1] for a, b in zip(total, (*vertex[:-1], fmpz(0)), strict=True)]
        total[-1] *= len(self.vertices)
        if not all(evaluate(row, total) > 0 for row, _ in self.facets.values()):
            raise InternalError("The mean of a polytope's vertices is not interior.", self)
        return primitive(total)


def bits(mask: int) -> list[int]:
    """The positions of the ones, in increasing order."""
    found: list[int] = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def polytope_of(domain: Domain) -> CellPolytope:
    """The domain as a polytope; a facet has the id of its first row."""
    corners, rows = domain.corners, domain.rows
    facets = {index: Facet(rows[index], owners) for index, owners in domain.facets.items()}
    return CellPolytope(domain.dimension, [vertex for vertex, _ in corners], [mask for _, mask in corners], facets)


def simplex(dimension: int, reach: fmpz) -> CellPolytope:
    """A simplex around [-reach, reach]^d and more, with the facets 0, ..., d: few vertices in any dimension."""
    low = -reach - 1
    facets: dict[int, Facet] = {}
    for axis in range(dimension):
        facets[axis] = Facet((*(fmpz(int(i == axis)) for i in range(dimension)), -low), (axis,))
    facets[dimension] = Facet((*[fmpz(-1)] * dimension, -dimension * low), (dimension,))
    everything = (1 << (dimension + 1)) - 1
    vertices = [(*[low] * dimension, fmpz(1))]
    masks = [everything ^ (1 << dimension)]
    for axis in range(dimension):
        far = low - (2 * dimension) * low
        vertices.append((*(far if i == axis else low for i in range(dimension)), fmpz(1)))
        masks.append(everything ^ (1 << axis))
    return CellPolytope(dimension, vertices, masks, facets)


def clipped(polytope: CellPolytope, row: Row, owner: int) -> CellPolytope | None:
    """The part where the row is >= 0, or None when it has no interior; a row that is zero changes nothing."""
    if not any(row):
        return polytope
    values = polytope.values(row)
    sign = common_sign(values)
    if sign is None:
        return polytope.cut(row, owner, values)[0]
    return touched(polytope, values, sign, owner) if sign > 0 else None


def touched(polytope: CellPolytope, values: list[fmpz], sign: int, owner: int) -> CellPolytope:
    """The polytope with a hyperplane that does not cut it recorded on the facet that it contains, if any."""
    if sign == 0 or 0 not in values:
        return polytope
    facet = polytope.facet_on(values)
    return polytope if facet is None else polytope.owned(facet, owner)


def common_sign(values: list[fmpz]) -> int | None:
    """The sign of an affine function inside, from its values at the vertices; None when both signs occur."""
    above = below = False
    for value in values:
        if value > 0:
            above = True
        elif value < 0:
            below = True
    return None if above and below else above - below
