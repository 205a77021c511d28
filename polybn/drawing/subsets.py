"""Polytopes, partitions and regions of drawn networks; nothing is rejected, coincidences are common."""

from __future__ import annotations

from fractions import Fraction
from typing import Unpack

from hypothesis import strategies as st

from polybn.drawing.numbers import Point, points, rationals
from polybn.drawing.strata import nonzero
from polybn.drawing.strategies import Drawn, Options, cases
from polybn.regions.enumerate import enumerate_regions
from polybn.regions.halfspaces import Polytope
from polybn.regions.partition import Partition
from polybn.regions.region import Region

MOST_CUTS = 3


@st.composite
def polytopes(draw: st.DrawFn, dimension: int) -> Polytope:
    """The cube [-n, n]^dimension cut by up to three half-spaces that hold the origin inside; some cuts repeat, or cut
    nothing off."""
    half = Fraction(draw(st.integers(1, 3)))
    cuts = draw(st.lists(st.tuples(points(dimension), rationals(positive=True)), max_size=MOST_CUTS))
    sides = [
        tuple(Fraction(sign * (at == axis)) for at in range(dimension)) for axis in range(dimension) for sign in (1, -1)
    ]
    rows: list[Point] = [*sides, *(nonzero(row) for row, _ in cuts)]
    bounds = [*[half] * len(sides), *(bound for _, bound in cuts)]
    if draw(st.booleans()):
        rows, bounds = [*rows, rows[-1]], [*bounds, bounds[-1]]
    return Polytope(rows, bounds)


def partition_of(case: Drawn) -> Partition:
    """The regions of a drawn network in its domain."""
    # Drawn networks are small: integers are done before compiled kernels are loaded.
    return enumerate_regions(case.network, case.domain, exact=True)


def partitions(*, stratum: str | None = None, **options: Unpack[Options]) -> st.SearchStrategy[Partition]:
    """Complete partitions of the domains of drawn networks; options as for `cases`."""
    return cases(stratum=stratum, **options).map(partition_of)


def regions(
    partition: Partition | None = None, *, stratum: str | None = None, **options: Unpack[Options]
) -> st.SearchStrategy[Region]:
    """Regions of a partition, or of drawn ones (options as for `cases`); shrinks to region 0 of a small network."""
    if partition is not None:
        return st.sampled_from(range(len(partition))).map(partition.__getitem__)
    return partitions(stratum=stratum, **options).flatmap(regions)
