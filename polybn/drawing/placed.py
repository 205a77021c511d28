"""Drawn networks with a point at a place of interest; where the network drawn has no such place, one is planted."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Unpack

from hypothesis import strategies as st

from polybn.drawing.layers import Builder
from polybn.drawing.numbers import Point, boxes, points
from polybn.drawing.places import PLACES, boundary_units, checked_place, point_at
from polybn.drawing.strata import Demands
from polybn.drawing.strategies import Drawn, Options, cases, demands_of
from polybn.drawing.subsets import partition_of
from polybn.errors import InputError
from polybn.exact.rational import fraction
from polybn.networks.network import Network
from polybn.regions.hyperplanes import Unit
from polybn.regions.partition import Partition

PLANTED = {
    "on a boundary": "hyperplane through a corner",
    "near a boundary": "hyperplane through a corner",
    "on several boundaries": "duplicate rows",
}
"""The stratum whose first layer has such a place for certain: its first row is not zero, or stands there twice."""


@dataclass(frozen=True)
class Placed:
    """A drawn case, a point of its closed domain, and the place (see `PLACES`) that the point was built at."""

    case: Drawn
    point: Point
    place: str

    @property
    def network(self) -> Network:
        """The case's network."""
        return self.case.network

    @cached_property
    def partition(self) -> Partition:
        """The regions of the network in the domain."""
        return partition_of(self.case)

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The hidden units that are at a breakpoint at the point."""
        return boundary_units(self.network, self.point)


def placed(
    *, place: str | None = None, stratum: str | None = None, **options: Unpack[Options]
) -> st.SearchStrategy[Placed]:
    """Drawn cases (options as for `cases`) with a point at the place named, or at any; see `PLACES`.

    Nothing is rejected. A network without the place that is asked for makes room for one whose first layer has it: of
    the stratum "duplicate rows" for several boundaries, else of "generic". Raises `InputError` at once for an unknown
    place or stratum, and for options under which no network has the place.
    """
    demands = demands_of(options)
    if place is not None and checked_place(place) in PLANTED:
        demands.checked(PLANTED[place])
    return _placed(cases(stratum=stratum, **options), demands, place)


@st.composite
def _placed(draw: st.DrawFn, drawn: st.SearchStrategy[Drawn], demands: Demands, place: str | None) -> Placed:
    case = draw(drawn)
    wanted = draw(st.sampled_from(PLACES)) if place is None else place
    point = point_at(draw, partition_of(case), wanted)
    if point is None and place is None:
        wanted = "inside"
        point = point_at(draw, partition_of(case), wanted)
    if point is None:
        case = _planted(draw, demands, wanted)
        point = point_at(draw, partition_of(case), wanted)
    if point is None:
        raise InputError(f"The activation or normalisation leaves no unit a boundary: no point lies {wanted}.", case)
    return Placed(case, point, wanted)


def _planted(draw: st.DrawFn, demands: Demands, place: str) -> Drawn:
    """A case whose domain has a point of the first unit's hyperplane in its inside."""
    stratum = PLANTED[place]
    builder = Builder(draw, demands, stratum)
    builder.target = 0
    builder.build()
    network = Network(builder.modules).fit(builder.batch)
    origin = (Fraction(0),) * network.dimension
    domain = draw(boxes(network.dimension, around=(*builder.batch, origin, _foot(network))))
    label = stratum if place == "on several boundaries" else "generic"
    chosen = draw(st.tuples(*[points(network.dimension)] * demands.points))
    return Drawn(network, domain, builder.batch, label, chosen, draw(points(demands.offsets)))


def _foot(network: Network) -> Point:
    """The point of {h = t} that is closest to the origin, h the first unit and t its first breakpoint."""
    first = network.hidden[0]
    row = first.affine.slope[0]
    square = sum((entry**2 for entry in row), Fraction(0))
    if not square:
        raise InputError("gamma = 0 leaves the first unit no boundary; give a normalisation with gamma != 0.", network)
    height = fraction(first.activation.breakpoints[0]) - first.affine.bias[0]
    return tuple(height * entry / square for entry in row)
