"""Where a folded hyperplane crosses two adjacent regions of the earlier layers: the angles at which it folds there.

The layers before cut space into regions, a region's walls are its facets, and on each region the pre-activation g of a
unit of the next layer is affine. So F = {g = t} has in each region that it crosses one facet, and at a wall two such
facets may meet in a ridge: F folds. Everything here is read off vertices and rays, and off values of g there by the
forward pass; no formula for a normal enters, so that formulas can be compared with it (Theorem 3, Eq. 23-26).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from flint import fmpq, fmpz

from polybn.errors import InputError
from polybn.exact.matrix import Vector, inner
from polybn.exact.rational import fraction, sign
from polybn.exact.row import Row
from polybn.networks.network import Network
from polybn.regions.enumerate import enumerate_regions
from polybn.regions.folded import folded_hyperplane
from polybn.regions.hyperplanes import Unit
from polybn.regions.level_facets import LevelFacet, level_facet, orthogonal, step
from polybn.regions.partition import Partition
from polybn.regions.walls import Ground, Wall
from polybn.regions.whole_space import whole_space


class SignedCosine(NamedTuple):
    """A cosine by its sign and its square, both exact; the unsigned angle between lines is that of the square."""

    sign: int
    square: Fraction

    @property
    def opposite(self) -> SignedCosine:
        """The cosine of pi minus the angle."""
        return SignedCosine(-self.sign, self.square)

    @property
    def unsigned(self) -> SignedCosine:
        """The cosine of the angle between the lines, at most a right one."""
        return SignedCosine(abs(self.sign), self.square)

    def __str__(self) -> str:
        return f"{'-' if self.sign < 0 else ''}sqrt({self.square})"


def cosine(left: Sequence[fmpz] | Vector, right: Sequence[fmpz] | Vector) -> SignedCosine:
    """<left, right> / (||left|| ||right||), neither of them zero.

    >>> cosine([fmpz(1), fmpz(0)], [fmpz(-1), fmpz(1)])
    SignedCosine(sign=-1, square=Fraction(1, 2))
    """
    product = inner(left, right)
    return SignedCosine(sign(product), fraction(product**2 / (inner(left, left) * inner(right, right))))


class Crease(NamedTuple):
    """A folded hyperplane on both sides of a wall that it crosses the regions of.

    `facets` are those in the first and in the second region. `halves`: where they meet in a ridge, of dimension d - 2
    on the wall, the vectors in them that are orthogonal to the ridge and point away from it; else None, as in one
    dimension, where F is points.
    """

    wall: Wall
    unit: Unit
    level: Fraction
    facets: tuple[LevelFacet, LevelFacet]
    halves: tuple[Row, Row] | None

    @property
    def with_wall(self) -> tuple[SignedCosine, SignedCosine]:
        """cos(F_omega, H) and cos(F_omega', H) (Eq. 24, 25 are their absolute values), of oriented normals."""
        first, second = (cosine(facet.normal, self.wall.normal) for facet in self.facets)
        return first, second

    @property
    def between(self) -> SignedCosine:
        """cos(F_omega, F_omega') (Eq. 26 is its absolute value), of the normals towards larger g."""
        return cosine(self.facets[0].normal, self.facets[1].normal)

    @property
    def dihedral(self) -> SignedCosine | None:
        """The cosine of the angle between the two half-facets at their ridge; None where there is no ridge."""
        return None if self.halves is None else cosine(*self.halves)


class Creases(NamedTuple):
    """The creases of one folded hyperplane, and the adjacent pairs where it has no normal.

    `full`: F contains one of the two regions. `constant`: g is constant on one of them at another level, so F is not
    there. The pairs in neither list, and with no crease, F does not cross both regions of.
    """

    creases: tuple[Crease, ...]
    full: tuple[tuple[int, int], ...]
    constant: tuple[tuple[int, int], ...]


class Folds:
    """Regions of the layers before `layer`, and the values of that layer's pre-activations on them.

    `network` may have other parameters than the network of the regions, as long as it has the same regions.
    """

    def __init__(self, ground: Ground, network: Network, layer: int) -> None:
        self.ground = ground
        self.network = network
        self.layer = layer
        self._values: dict[int, tuple[list[Vector], list[Vector]]] = {}
        self._facets: dict[tuple[int, int, fmpq], LevelFacet | None] = {}

    def facet(self, region: int, unit: int, level: fmpq) -> LevelFacet | None:
        """Where {g = level} crosses the region, g the unit's pre-activation; None where it does not."""
        key = region, unit, level
        if key not in self._facets:
            at, along = self.values(region)
            heights = [values[unit] - level for values in at]
            slopes = [values[unit] for values in along]
            self._facets[key] = level_facet(self.ground.spreads[region], heights, slopes)
        return self._facets[key]

    def crease(self, wall: Wall, unit: int, level: fmpq) -> Crease | None:
        """Where {g = level} crosses both regions of a wall; None where it crosses at most one."""
        first = self.facet(wall.regions[0], unit, level)
        second = first and self.facet(wall.regions[1], unit, level)
        if first is None or second is None:
            return None
        halves = self._half(wall, first), self._half(wall, second)
        both = None if halves[0] is None or halves[1] is None else (halves[0], halves[1])
        return Crease(wall, Unit(self.layer, unit), fraction(level), (first, second), both)

    def is_constant(self, region: int, unit: int) -> bool:
        """Whether the unit's pre-activation is constant on the region."""
        at, along = self.values(region)
        return all(values[unit] == at[0][unit] for values in at) and not any(slopes[unit] for slopes in along)

    def creases(self, unit: int, level: fmpq) -> Creases:
        """All creases of {g = level}, wall by wall, and the pairs where it has no normal."""
        found: list[Crease] = []
        full: list[tuple[int, int]] = []
        constant: list[tuple[int, int]] = []
        still = {region for region in range(len(self.ground.part)) if self.is_constant(region, unit)}
        for wall in self.ground.walls:
            flat = still.intersection(wall.regions)
            if any(self.values(region)[0][0][unit] == level for region in flat):
                full.append(wall.regions)
            elif flat:
                constant.append(wall.regions)
            elif crease := self.crease(wall, unit, level):
                found.append(crease)
        return Creases(tuple(found), tuple(full), tuple(constant))

    def values(self, region: int) -> tuple[list[Vector], list[Vector]]:
        """(pre-activations of all units at the region's vertices, their slopes along its directions)."""
        if region not in self._values:
            spread = self.ground.spreads[region]
            at = [self.preactivations(vertex) for vertex in spread.vertices]
            start = spread.vertices[0]
            ends = (tuple(a + b for a, b in zip(start, move, strict=True)) for move in spread.directions)
            along = [tuple(b - a for a, b in zip(at[0], self.preactivations(end), strict=True)) for end in ends]
            self._values[region] = at, along
        return self._values[region]

    def preactivations(self, point: Vector) -> Vector:
        """What the activations of the layer are applied to, by the forward pass."""
        for hidden in self.network.hidden[: self.layer]:
            point = tuple(map(hidden.activation.value, hidden.affine.apply(point)))
        return self.network.hidden[self.layer].affine.apply(point)

    def _half(self, wall: Wall, facet: LevelFacet) -> Row | None:
        """The vector in the facet, orthogonal to its ridge on the wall and away from it, or None without a ridge."""
        ridge = [vertex for vertex in facet.vertices if wall.holds(vertex)]
        if not ridge:
            return None
        along = [direction for direction in facet.directions if wall.follows(direction)]
        along += [step(ridge[0], vertex) for vertex in ridge[1:]]
        found = orthogonal([tuple(map(fmpq, facet.normal)), *along], len(wall.normal))
        if found is None:
            return None
        away = [step(ridge[0], vertex) for vertex in facet.vertices] + list(facet.directions)
        side = next(value for value in (inner(found, direction) for direction in away) if value)
        return found if side > 0 else tuple(-entry for entry in found)


def creases(part: Partition, layer: int, unit: int, *, breakpoint: int | None = None) -> Creases:
    """The angles at which a unit's folded hyperplane folds on the walls of the layers before, each by its vertices.

    `part` gives network and domain; layers and units are counted from 0, `breakpoint` is as in `folded_hyperplane`.
    Raises `InputError` for the first layer, which folds nothing. Cost: an enumeration of the layers before.

    >>> import polybn as pb
    >>> layers = [([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [-1]), ([[1]], [0])]
    >>> net = pb.Network.from_arrays(layers, activation=pb.LeakyReLU("1/2"))
    >>> found = creases(pb.enumerate_regions(net, pb.box(-4, 4, dim=2)), 1, 0).creases
    >>> [(crease.wall.regions, str(crease.between), str(crease.dihedral)) for crease in found]
    [((1, 3), 'sqrt(9/10)', '-sqrt(9/10)'), ((2, 3), 'sqrt(9/10)', '-sqrt(9/10)')]
    """
    folded = folded_hyperplane(part, layer, unit, breakpoint=breakpoint)
    if folded.unit.layer == 0:
        raise InputError("The hyperplanes of layer 0 are not folded; choose a later layer.", layer)
    network = part.network
    domain = whole_space(network.dimension) if part.frame.is_frame else part.frame
    earlier = enumerate_regions(network.prefix(layer), domain, exact=True)
    level = folded.level
    return Folds(Ground(earlier), network, layer).creases(folded.unit.unit, fmpq(level.numerator, level.denominator))
