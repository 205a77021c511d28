"""Partitions and regions as values: what they contain, how they are written, indexed, copied and pickled."""

import copy
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import polybn as pb
from polybn.errors import ExactnessError, InputError, ShapeError

NET = pb.Network.from_arrays([([[1, 2], [3, -1], [1, 1]], [0, 1, 0]), ([[1, 1, 1]], [0])])
WAYS: list[Callable[[Any], Any]] = [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))]


@pytest.fixture
def part() -> pb.Partition:
    return pb.enumerate_regions(NET, pb.box(-3, 3, dim=2))


def test_a_region_contains_its_closure(part: pb.Partition) -> None:
    for region in part:
        assert region.contains(region.witness)
        assert all(region.contains(vertex) for vertex in region.vertices)
        others = [other for other in part if other != region]
        assert not any(other.contains(region.witness) for other in others)
    assert [region for region in part if region.contains([0, 0])] == part.touching([0, 0])
    assert not any(region.contains([4, 0]) for region in part)


def test_a_point_is_given_as_elsewhere(part: pb.Partition) -> None:
    home = part.region_of(["1/2", "1/4"])
    assert home.contains(["1/2", "0.25"])
    assert home.contains((Fraction(1, 2), Fraction(1, 4)))
    assert home.contains(np.array([0.5, 0.25], dtype="f4"))
    with pytest.raises(ShapeError, match="point has 1 coordinates and the network takes 2"):
        home.contains([0])
    with pytest.raises(ShapeError, match=r"shape \(1, 2\)"):
        home.contains(np.array([[0, 0]]))
    with pytest.raises(ExactnessError, match=r"point\[1\]: 0.5 is a float"):
        home.contains([0, 0.5])


def test_a_region_is_written_with_code_and_witness(part: pb.Partition) -> None:
    region = part[3]
    place = ", ".join(map(str, region.witness))
    assert repr(region) == f"Region(3: code {region.code}, witness ({place}))"
    wide = pb.enumerate_regions(pb.Network([pb.Linear([[1]] * 99), pb.ReLU()]), pb.box(1, 2, dim=1))[0]
    assert len(repr(wide)) < 120


@pytest.mark.parametrize("index", [7, -8, pytest.param(10 ** (10**5), id="huge")])
def test_an_index_beyond_says_how_many_there_are(part: pb.Partition, index: int) -> None:
    with pytest.raises(IndexError, match=r"the partition has 7 regions, numbered from 0\.") as caught:
        part[index]
    assert len(str(caught.value)) < 120


def test_indices(part: pb.Partition) -> None:
    assert part[-1] == part[np.int64(6)] == part[part[6]]
    for wrong in ("a", 1.5, slice(1, 3), [0], np.array([0, 1]), None):
        with pytest.raises(InputError, match="takes one index"):
            part[wrong]  # type: ignore[index]


@pytest.mark.parametrize("engine", ["split", "tree"])
@pytest.mark.parametrize("used", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_a_copied_partition_is_the_same(way: Callable[[Any], Any], used: bool, engine: str) -> None:
    part = pb.enumerate_regions(NET, pb.box(-3, 3, dim=2), engine=engine)
    if used:  # what is derived is stored by now, and travels too
        part.adjacency()
        part.region_of(["1/2", "1/4"])
    other = way(part)
    assert (other.network, other.domain, other.engine) == (part.network, part.domain, part.engine)
    assert other.codes.tolist() == part.codes.tolist()
    assert other.codes.dtype == np.int8
    assert not other.codes.flags.writeable
    assert other.layer_counts == part.layer_counts
    assert [region.facets for region in other] == [region.facets for region in part]
    assert [region.witness for region in other] == [region.witness for region in part]
    assert dict(other.adjacency().edges) == dict(part.adjacency().edges)
    assert other.region_of(["1/2", "1/4"]) == part.region_of(["1/2", "1/4"])


@pytest.mark.parametrize("way", [*WAYS, copy.copy])
def test_a_copied_region_is_the_same(part: pb.Partition, way: Callable[[Any], Any]) -> None:
    region = part[2]
    assert region.volume() > 0
    other = way(region)
    assert (other, other.code, other.affine) == (region, region.code, region.affine)
    assert (other.facets, other.vertices, other.volume()) == (region.facets, region.vertices, region.volume())


def test_copied_hyperplanes_name_the_same_units(part: pb.Partition) -> None:
    other = pickle.loads(pickle.dumps(part.hyperplanes))
    assert (other.units, other.first) == (part.hyperplanes.units, part.hyperplanes.first)
    assert other.inward_rows(part.codes[0]) == part.hyperplanes.inward_rows(part.codes[0])
