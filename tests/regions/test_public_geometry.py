"""Each question asked as a user asks it, on one network small enough for paper: |x| + |y| folded at 1."""

from fractions import Fraction
from pathlib import Path

import pytest

import polybn as pb
from polybn.errors import IncompleteError, IncompleteWarning

DIAMOND = pb.Network.from_arrays([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [-1]), ([[1]], [0])], activation="abs")


@pytest.fixture
def part() -> pb.Partition:
    return pb.enumerate_regions(DIAMOND, pb.box(-2, 2, dim=2))


def test_everything_about_a_diamond(part: pb.Partition) -> None:
    assert (len(part), part.layer_counts, part.f_vector()) == (8, (4, 8), (13, 20, 8))
    assert part.adjacency().number_of_edges() == 12
    fold = part.folded_hyperplane(1, 0)
    assert fold.vertices == ((-1, 0), (0, -1), (0, 1), (1, 0))
    assert fold.squared_distance([0, 0]) == Fraction(1, 2)
    assert part.squared_lipschitz().upper == 2
    assert len(part.linear_regions()) == 8
    inner = part.region_of(["1/4", "1/4"])
    assert (inner.volume(), inner.centroid()) == (Fraction(1, 2), (Fraction(1, 3), Fraction(1, 3)))
    assert inner.inradius().lower <= Fraction(2929, 10000) <= inner.inradius().upper * Fraction(1001, 1000)
    assert [piece.vertices for piece in part.decision_boundary("1/2").pieces]


def test_dead_units_merge_into_one_linear_region() -> None:
    net = pb.Network.from_arrays([([[1], [-1]], [-1, -1]), ([[1, 1]], [0])])  # max(x - 1, 0) + max(-x - 1, 0)
    assert len(pb.enumerate_regions(net, pb.box(-3, 3, dim=1)).linear_regions()) == 3
    blind = pb.Network.from_arrays([([[1], [-1]], [-1, -1]), ([[1, 0]], [0])])
    assert len(pb.enumerate_regions(blind, pb.box(-3, 3, dim=1)).linear_regions()) == 2


def test_near_a_point_without_the_rest() -> None:
    near = list(pb.regions_near(DIAMOND, ["1/4", "1/4"], "1/3"))
    assert {region.code for region in near} == {(1, 1, -1), (1, -1, -1), (-1, 1, -1)}
    assert near[0].squared_distance == 0


def test_a_file_gives_the_partition_back(part: pb.Partition, tmp_path: Path) -> None:
    part.save(tmp_path / "diamond.npz")
    other = pb.load_partition(tmp_path / "diamond.npz")
    assert other.codes.tolist() == part.codes.tolist()
    assert [region.facets for region in other] == [region.facets for region in part]
    assert [region.witness for region in other] == [region.witness for region in part]


def test_a_point_in_a_region_not_found_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polybn.regions.collect.CELLS", 2)
    with pytest.warns(IncompleteWarning):
        part = pb.enumerate_regions(DIAMOND, pb.box(-2, 2, dim=2), exact=True, budget=2)
    places = [[x, y] for x in ("3/2", "-3/2", "1/4", "-1/4") for y in ("7/4", "-7/4", "1/8", "-1/8")]
    missing = 0
    for place in places:
        try:
            part.region_of(place)
        except IncompleteError:
            missing += 1
    assert 0 < missing < len(places)
