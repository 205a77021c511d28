"""Two engines that share no geometry describe the same partition, and it is a partition by the network's definition."""

from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

import polybn as pb
from polybn.auditing.inspection import faults
from polybn.drawing.strategies import STRATA, Drawn, cases, strata_for
from polybn.errors import BoundaryError, OutsideError

NORMALIZATIONS = (None, pb.BatchNorm)
# 31 runs of 7 are 217 networks in the ci profile.
PER_RUN = max(2, settings().max_examples * 7 // 100)
RUNS = [(stratum, kind) for kind in NORMALIZATIONS for stratum in strata_for(normalization=kind)]


def described(part: pb.Partition) -> dict[str, Any]:
    """All that a partition says about itself, witnesses aside: those are the engine's choice."""
    table = part.facet_table
    return {
        "codes": part.codes.tolist(),
        "layer counts": part.layer_counts,
        "facet starts": table.facet_starts.tolist(),
        "owner starts": table.owner_starts.tolist(),
        "owners": table.owners.tolist(),
        "adjacency": sorted((min(a, b), max(a, b), units) for a, b, units in part.adjacency().edges(data="units")),
    }


@pytest.mark.parametrize(("stratum", "normalization"), RUNS)
def test_split_and_tree_describe_one_partition(stratum: str, normalization: Any) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=PER_RUN)
    @given(cases(stratum=stratum, normalization=normalization, depth=(1, 3), max_width=5))
    def compare(case: Drawn) -> None:
        split = pb.enumerate_regions(case.network, case.domain, engine="split")
        tree = pb.enumerate_regions(case.network, case.domain, engine="tree")
        exact = pb.enumerate_regions(case.network, case.domain, engine="tree", exact=True)
        assert described(split) == described(tree) == described(exact)
        assert faults(split) == []
        seen[case.stratum] += 1

    compare()
    assert seen[stratum] >= PER_RUN, seen


def test_every_stratum_is_compared_often_enough() -> None:
    """The runs above fail when they see too few; together they are at least 200 networks in the ci profile."""
    assert {stratum for stratum, _ in RUNS} == set(STRATA)
    if settings().max_examples >= 100:
        assert len(RUNS) * PER_RUN >= 200


@given(cases(dimensions=(4,), depth=(1, 2), max_width=3), cases(dimensions=(5,), depth=(1, 1), max_width=4))
@settings(max_examples=max(5, settings().max_examples // 10))
def test_higher_dimensions(four: Drawn, five: Drawn) -> None:
    for case in (four, five):
        split = pb.enumerate_regions(case.network, case.domain, engine="split")
        tree = pb.enumerate_regions(case.network, case.domain, engine="tree")
        assert described(split) == described(tree)


@given(cases(normalization=pb.BatchNorm, beta="zero", depth=(1, 2)))
def test_the_tree_witnesses_are_inside_too(case: Drawn) -> None:
    part = pb.enumerate_regions(case.network, case.domain, engine="tree")
    assert faults(part) == []


@given(cases(dimensions=(1, 2), depth=(1, 2)))
def test_a_boundary_point_belongs_to_no_region_and_an_outer_one_is_outside(case: Drawn) -> None:
    part = pb.enumerate_regions(case.network, case.domain)
    corners = {vertex for region in part for vertex in region.vertices}
    for vertex in corners:
        touching = part.touching(vertex)
        assert touching == [region.index for region in part if vertex in region.vertices]
        if len(touching) > 1:
            with pytest.raises(BoundaryError, match=r"touching") as caught:
                part.region_of(vertex)
            assert caught.value.offender == vertex
        else:
            assert part.region_of(vertex) == touching[0]
    outside = [bound + 1 for bound in case.domain.upper]
    for ask in (part.region_of, part.touching):
        with pytest.raises(OutsideError, match="outside"):
            ask(outside)


def test_a_hyperplane_that_touches_the_domain_makes_no_boundary() -> None:
    """x + 1 vanishes at the end x = -1 of [-1, 1], whose only region has that end in its interior (in the domain)."""
    part = pb.enumerate_regions(pb.Network.from_arrays([([[1]], [1]), ([[1]], [0])]), pb.box(-1, 1, dim=1))
    assert len(part) == 1
    assert part.region_of([-1]) == 0


@pytest.mark.parametrize("engine", ["split", "tree"])
def test_one_worked_example(engine: str) -> None:
    """|x| and |y| in a square, by hand: four quadrants of volume 9, in a ring."""
    net = pb.Network.from_arrays([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])], activation="abs")
    part = pb.enumerate_regions(net, pb.box(-3, 3, dim=2), engine=engine)
    assert part.codes.tolist() == [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    assert sorted(tuple(sorted(edge)) for edge in part.adjacency().edges) == [(0, 1), (0, 2), (1, 3), (2, 3)]
    assert [region.volume() for region in part] == [9] * 4
    assert part[3].vertices == ((0, 0), (0, 3), (3, 0), (3, 3))
    assert part[0].affine.slope == ((Fraction(-1), Fraction(-1)),)
    assert {str(row) for row in part[3].inequalities} == {
        "1 x0 + 0 >= 0", "1 x1 + 0 >= 0", "-1 x0 + 3 >= 0", "-1 x1 + 3 >= 0"
    }  # fmt: skip
    assert part.touching([0, 0]) == [0, 1, 2, 3]
    assert part.region_of([1, -1]) == 2
