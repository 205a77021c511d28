"""Partitions written to a file and read back are the same, whatever the engine and the domain."""

import json
import zipfile
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import polybn as pb
from polybn.drawing.strategies import Drawn, cases
from polybn.errors import FileFormatError, IncompleteError, InputError
from polybn.regions.halfspaces import Polytope
from polybn.regions.slice import affine_slice, line_through
from polybn.regions.storage import DESCRIPTION, load, save
from polybn.regions.whole_space import whole_space

NET = pb.Network.from_arrays([([[1, 2], [3, -1], [1, 1]], [0, 1, 0]), ([[1, 1, 1]], [-1]), ([[1]], [0])])


def described(part: pb.Partition) -> dict[str, Any]:
    """All that a partition says about itself."""
    return {
        "network": part.network,
        "domain": part.domain,
        "engine": part.engine,
        "stopped": part.stopped,
        "codes": part.codes.tolist(),
        "counts": part.layer_counts,
        "facets": [region.facets for region in part],
        "witnesses": [region.witness for region in part],
        "edges": sorted(part.adjacency().edges.data("units")),
    }


@pytest.mark.parametrize("engine", ["split", "tree"])
@given(case=cases(dimensions=(1, 2, 3), depth=(0, 2), max_width=3), used=st.booleans())
def test_drawn_partitions_come_back(tmp_path_factory: Any, engine: str, case: Drawn, used: bool) -> None:
    path = tmp_path_factory.mktemp("stored") / "part.npz"
    part = pb.enumerate_regions(case.network, case.domain, engine=engine)
    if used:
        _ = part.facet_table
    save(part, path)
    other = load(path)
    assert described(other) == described(part)
    assert (other.codes.dtype, other.codes.flags.writeable, other.complete) == (np.int8, False, True)
    assert [region.volume() for region in other] == [region.volume() for region in part]


@pytest.mark.parametrize(
    "domain",
    [
        pb.box(["-1/3", 0], [1, "22/7"]),
        Polytope([[-1, 0], [0, -1], [1, 1], [2, 2], [5, 6]], ["1/3", 0, "7/5", 5, 50]),
        whole_space(2),
        line_through([0, "1/2"], [1, 1]),
        line_through([0, "1/2"], [1, 1]).within(pb.box(-1, "1/3", dim=1)),
        affine_slice([1, 2], [["1/3", 1], [0, 2]]).within(Polytope([[-1, 0], [0, -1], [1, 1]], [0, 0, 1])),
    ],
    ids=str,
)
@pytest.mark.parametrize("engine", ["split", "tree"])
def test_every_kind_of_domain_comes_back(tmp_path: Path, domain: Any, engine: str) -> None:
    part = pb.enumerate_regions(NET, domain, engine=engine)
    save(part, tmp_path / "part.npz")
    other = load(tmp_path / "part.npz")
    assert described(other) == described(part)
    assert other.frame == part.frame


def test_one_partition_gives_one_file(tmp_path: Path) -> None:
    for name in "ab":
        save(pb.enumerate_regions(NET, pb.box(-3, 3, dim=2)), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    save(load(tmp_path / "a"), tmp_path / "c")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "c").read_bytes()


def test_a_stopped_partition_stays_stopped(tmp_path: Path) -> None:
    part = pb.enumerate_regions(NET, pb.box(-3, 3, dim=2))
    part.stopped = "the budget is spent"
    save(part, tmp_path / "part.npz")
    other = load(tmp_path / "part.npz")
    assert (other.complete, other.stopped) == (False, part.stopped)
    with pytest.raises(IncompleteError):
        other.resume()


def test_a_witness_that_is_no_float_is_kept_as_text(tmp_path: Path) -> None:
    net = pb.Network.from_arrays([([[1]] * 2, ["-1/3", f"{-(10**30) - 3}/{3 * 10**30}"]), ([[1, 1]], [0])])
    part = pb.enumerate_regions(net, pb.box(0, 1, dim=1), engine="tree")
    save(part, tmp_path / "part.npz")
    texts = json.loads(zipfile.ZipFile(tmp_path / "part.npz").read(DESCRIPTION))["witnesses"]
    assert texts
    assert [region.witness for region in load(tmp_path / "part.npz")] == [region.witness for region in part]


def test_nothing_is_written_where_it_cannot_be(tmp_path: Path) -> None:
    part = pb.enumerate_regions(NET, pb.box(-3, 3, dim=2))
    with pytest.raises(InputError, match="no folder"):
        save(part, tmp_path / "none" / "part.npz")
    with pytest.raises(InputError, match="is a folder"):
        save(part, tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip", b"\x93NUMPY\x01\x00", bytes(1000)])
def test_other_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match="not a partition file"):
        load(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no file"):
        load(tmp_path / "none.npz")
    with pytest.raises(FileFormatError, match="not a partition file"):
        load(tmp_path)


def test_damage_anywhere_is_refused_or_harmless(tmp_path: Path) -> None:
    """Bytes changed, cut and doubled: a partition comes back only if it is the one that was saved."""
    file = tmp_path / "part.npz"
    save(pb.enumerate_regions(NET, pb.box(-3, 3, dim=2)), file)
    good, expected = file.read_bytes(), described(load(file))
    random, refused = Random(0), 0
    for _ in range(300):
        bad = bytearray(good)
        place = random.randrange(len(bad))
        kind = random.randrange(3)
        if kind == 0:
            bad[place] ^= 1 << random.randrange(8)
        elif kind == 1:
            del bad[place : place + random.randrange(1, 40)]
        else:
            bad[place:place] = bad[place : place + random.randrange(1, 40)]
        file.write_bytes(bytes(bad))
        try:
            found = load(file)
        except FileFormatError:
            refused += 1
        else:
            assert described(found) == expected
    assert refused > 250


def test_a_domain_with_numbers_longer_than_files_hold_is_refused_when_saved(tmp_path: Path) -> None:
    net = pb.Network.from_arrays([([[1]], [0]), ([[1]], [0])])
    part = pb.enumerate_regions(net, pb.box(-3, Fraction(10**5000 + 1, 10**5000), dim=1), exact=True)
    with pytest.raises(pb.errors.NumberError, match="the domain has over 4000 digits"):
        part.save(tmp_path / "part.npz")
    assert list(tmp_path.iterdir()) == []
