"""One sigma_{1,i} as a variable, all else fixed: the normal r + p / sigma w, and the geometry at a given sigma."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from flint import fmpq, fmpq_poly

from polybn.claims.theorem_3 import TwoLayers, factors, folds_of, total, two_layers
from polybn.claims.view import ExactView
from polybn.exact.matrix import Vector, inner
from polybn.networks.network import Network
from polybn.networks.normalization import Semantics
from polybn.regions.dihedral import Folds, SignedCosine, cosine
from polybn.regions.level_facets import LevelFacet
from polybn.regions.walls import Wall


@dataclass(frozen=True)
class Side:
    """Region `region` beside a hyperplane H_{1,i}, as the closed form sees a unit j of layer 2 there.

    The normal of its folded hyperplanes is n(sigma) = rest + push / sigma row, with row = w_{1,i},
    push = q_i gamma_i w_{2,j,i} and `rest` the sum over the other units.
    """

    region: int
    unit: int
    code: tuple[int, ...]
    slope: fmpq
    push: fmpq
    rest: Vector
    row: Vector

    @property
    def squared_rate(self) -> fmpq:
        """C = ||rest||^2 / (push ||row||)^2, push != 0: the distance of push / sigma row to the line of n is at most
        ||rest||, so 1 - cos(n, row)^2 <= C sigma^2 for every sigma."""
        return inner(self.rest, self.rest) / (self.push**2 * inner(self.row, self.row))

    @property
    def products(self) -> tuple[fmpq_poly, fmpq_poly]:
        """<n, row> and ||n||^2 as polynomials in 1 / sigma."""
        a, b, c = inner(self.row, self.row), inner(self.rest, self.row), inner(self.rest, self.rest)
        return fmpq_poly([b, self.push * a]), fmpq_poly([c, 2 * self.push * b, self.push**2 * a])

    def limit(self) -> fmpq | None:
        """The limit of cos(n, row)^2 as sigma -> 0+; None where n = 0 for every sigma."""
        along, squared = self.products
        return ratio_at_infinity(along * along, squared * inner(self.row, self.row))


def ratio_at_infinity(top: fmpq_poly, bottom: fmpq_poly) -> fmpq | None:
    """The limit of a ratio of polynomials, the top of no higher degree, by leading coefficients; None for 0 / 0."""
    degree = bottom.degree()
    return None if degree < 0 else top[degree] / bottom[degree]


def ratio_at_zero(top: fmpq_poly, bottom: fmpq_poly) -> fmpq | None:
    """The limit at 0 of a ratio of polynomials whose top vanishes there to no lower order; None for 0 / 0."""
    lowest = next((index for index, entry in enumerate(bottom.coeffs()) if entry), None)
    return None if lowest is None else top[lowest] / bottom[lowest]


@dataclass(frozen=True)
class Bend:
    """A wall on H_{1,i}, the number i, a unit j of layer 2, and the two sides."""

    wall: Wall
    i: int
    unit: int
    sides: tuple[Side, Side]

    @property
    def is_single(self) -> bool:
        """Whether H_{1,i} is the hyperplane of no other unit that bends here."""
        return len(self.wall.units) == 1

    @property
    def place(self) -> str:
        """Where this is, in words."""
        first, second = (f"({', '.join(map(str, side.code))})" for side in self.sides)
        return f"i = {self.i}, unit {self.unit} of layer 1, on the regions of layer 0 with codes {first} and {second}"


class Scaling:
    """The instance with sigma_{1,i} set to any positive number: its networks, and the facets that they have."""

    def __init__(self, view: ExactView) -> None:
        self._base = folds_of(view)
        self._known: dict[tuple[int, fmpq], Folds] = {}
        self.layers = two_layers(view.network)

    def bends(self) -> Iterator[Bend]:
        """Every wall of layer 1, with every unit on it and every unit of layer 2."""
        for wall in self._base.ground.walls:
            for owner in wall.units:
                for unit in range(len(self.layers.weights)):
                    first, second = (self._side(region, owner.unit, unit) for region in wall.regions)
                    yield Bend(wall, owner.unit, unit, (first, second))

    def scale(self, i: int) -> fmpq:
        """The sigma_{1,i} that the instance has."""
        frozen = self.layers.first.frozen
        assert frozen is not None
        return frozen.scale[i]

    def at(self, i: int, scale: fmpq) -> Folds:
        """The same regions under the network with sigma_{1,i} = scale."""
        if (i, scale) not in self._known:
            network = with_scale(self._base.network, i, scale)
            self._known[i, scale] = Folds(self._base.ground, network, 1)
        return self._known[i, scale]

    def facet(self, side: Side, i: int, scale: fmpq) -> LevelFacet | None:
        """The facet, in the side's region, of the folded hyperplane through the region's witness."""
        folds = self.at(i, scale)
        point = tuple(fmpq(x.numerator, x.denominator) for x in folds.ground.part[side.region].witness)
        return folds.facet(side.region, side.unit, folds.preactivations(point)[side.unit])

    def squared_cosine(self, bend: Bend, side: Side, scale: fmpq) -> fmpq | None:
        """cos(F, H)^2 from the vertices of facet and wall; None where h is constant on the region."""
        facet = self.facet(side, bend.i, scale)
        return None if facet is None else squared(cosine(facet.normal, bend.wall.normal))

    def dihedral(self, bend: Bend, scale: fmpq) -> SignedCosine | None:
        """Between the half-facets of the folded hyperplane through the wall's point; None without a ridge."""
        folds = self.at(bend.i, scale)
        crease = folds.crease(bend.wall, bend.unit, folds.preactivations(bend.wall.point)[bend.unit])
        return crease and crease.dihedral

    def _side(self, region: int, i: int, unit: int) -> Side:
        layers: TwoLayers = self.layers
        code = tuple(map(int, self._base.ground.part.codes[region]))
        others = [term for index, term in enumerate(layers.terms(code, unit)) if index != i]
        rest = total(others) if others else (fmpq(0),) * len(layers.rows[i])
        slope = layers.slopes(code)[i]
        push = slope * factors(layers.first)[i] * self.scale(i) * layers.weights[unit][i]
        return Side(region, unit, code, slope, push, rest, layers.rows[i])


def squared(angle: SignedCosine) -> fmpq:
    """Its square, as a flint number."""
    return fmpq(angle.square.numerator, angle.square.denominator)


def with_scale(network: Network, i: int, scale: fmpq) -> Network:
    """The first two layers with sigma_{1,i} = scale and layer 2 not normalised: F_{2,j} = {<w_{2,j}, z_1> = t}.

    Which normals F has is no matter of the statistics of its own layer.
    """
    first, second = network.stages[:2]
    frozen = first.frozen
    assert frozen is not None
    scales = tuple(scale if index == i else kept for index, kept in enumerate(frozen.scale))
    changed = replace(frozen, scale=scales, semantics=Semantics.FROZEN, squared_scale=None)
    return Network([replace(first, normalization=changed), replace(second, normalization=None)])
