"""Files that are damaged, hostile or of another make are refused with the file's name and a reason."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import polybn as pb
from polybn.errors import FileFormatError
from polybn.regions.storage import DESCRIPTION, load, save

NET = pb.Network.from_arrays(
    [([[1, 2], [3, -1], [1, 1], [-2, -4]], [0, 1, 0, 0]), ([[1, 1, 1, 0]], [-1]), ([[1]], [0])]
)
"""Units 0 and 3 have one hyperplane, with ids 4 and 7, so some facets have two owners."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "part.npz"
    save(pb.enumerate_regions(NET, pb.box(-3, 3, dim=2)), path)
    return path


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path: Path, content: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def array(content: dict[str, bytes], name: str) -> np.ndarray[Any, Any]:
    return np.load(io.BytesIO(content[f"{name}.npy"])).copy()


def put(content: dict[str, bytes], name: str, value: Any, *, allow_pickle: bool = False) -> None:
    buffer = io.BytesIO()
    np.save(buffer, value, allow_pickle=allow_pickle)
    content[f"{name}.npy"] = buffer.getvalue()


def changed(name: str, change: Callable[[Any], Any]) -> Callable[[dict[str, bytes]], None]:
    """One array replaced."""

    def apply(content: dict[str, bytes]) -> None:
        put(content, name, change(array(content, name)))

    return apply


def edited(key: str, value: Any) -> Callable[[dict[str, bytes]], None]:
    """One entry of the description replaced."""

    def apply(content: dict[str, bytes]) -> None:
        data = json.loads(content[DESCRIPTION])
        data[key] = value
        content[DESCRIPTION] = json.dumps(data).encode()

    return apply


def without(name: str) -> Callable[[dict[str, bytes]], None]:
    def apply(content: dict[str, bytes]) -> None:
        del content[name]

    return apply


def with_member(name: str, data: bytes) -> Callable[[dict[str, bytes]], None]:
    def apply(content: dict[str, bytes]) -> None:
        content[name] = data

    return apply


def at(place: Any, value: Any) -> Callable[[Any], Any]:
    def change(given: Any) -> Any:
        given[place] = value
        return given

    return change


def exchanged(owners: Any) -> Any:
    """The owners 4 and 7 of the facets that have both, in the wrong order."""
    place = np.flatnonzero((owners[:-1] == 4) & (owners[1:] == 7))
    owners[place], owners[place + 1] = 7, 4
    return owners


OTHER = {"format": "polybn-network", "version": 1, "layers": [{"kind": "linear", "weights": [["1", "1", "1"]]}]}
BOX = {"kind": "box", "lower": ["0"], "upper": ["1"]}
FAULTS: dict[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "codes swapped": (changed("codes", lambda codes: codes[::-1]), "codes do not increase"),
    "code repeated": (changed("codes", lambda codes: codes[[0, 0, *range(2, len(codes))]]), "codes do not increase"),
    "code out of range": (changed("codes", at((-1, 0), 2)), "entry that no unit takes"),
    "codes too narrow": (changed("codes", lambda codes: np.ascontiguousarray(codes[:, :-1])), "codes have shape"),
    "codes of another type": (changed("codes", lambda codes: codes.astype(np.int64)), "codes.npy holds"),
    "codes flat": (changed("codes", np.ravel), "codes have shape"),
    "codes in another order": (changed("codes", np.asfortranarray), "C order"),
    "a region less": (changed("codes", lambda codes: codes[:-1]), "are listed"),
    "a wrong bit": (changed("codes", at((1, 0), 1)), "file is damaged"),
    "layer counts": (changed("layer_counts", lambda counts: counts + 1), "are listed"),
    "layer counts fall": (changed("layer_counts", at(0, 10**6)), "fall"),
    "layer count missing": (changed("layer_counts", lambda counts: counts[1:]), "layer_counts have shape"),
    "witness infinite": (changed("witnesses", at((0, 0), np.inf)), "infinite"),
    "witness half unknown": (changed("witnesses", at((0, 0), np.nan)), "half unknown"),
    "witness elsewhere": (changed("witnesses", lambda points: points[::-1].copy()), "witness of region"),
    "witness outside": (changed("witnesses", lambda points: points * 1000), "witness of region"),
    "scale out of range": (changed("witness_scales", at(0, -(2**63))), "scale is out of range"),
    "scales missing": (changed("witness_scales", lambda scales: scales[1:]), "witness_scales have shape"),
    "facet starts": (changed("facet_starts", at(1, 10**9)), "facet_starts"),
    "owner starts": (changed("owner_starts", at(1, 0)), "owner_starts"),
    "owner unknown": (changed("owners", at(-1, 99)), "an owner is no hyperplane"),
    "owner negative": (changed("owners", at(0, -1)), "an owner is no hyperplane"),
    "owners fall": (changed("owners", exchanged), "owners of a facet do not increase"),
    "owner wrong": (changed("owners", lambda owners: np.where(owners == 4, 5, owners).astype(np.int32)), "facet"),
    "no facets but starts": (without("owners.npy"), "lacks 'owners.npy'"),
    "no codes": (without("codes.npy"), "lacks 'codes.npy'"),
    "no description": (without(DESCRIPTION), f"lacks '{DESCRIPTION}'"),
    "another member": (with_member("evil.npy", b"x"), "unknown 'evil.npy'"),
    "a path": (with_member("../codes.npy", b"x"), "holds the unknown"),
    "not an array": (with_member("codes.npy", b"PK no array"), "damaged"),
    "empty array": (with_member("codes.npy", b""), "damaged"),
    "bytes after the array": (lambda c: c.update({"codes.npy": c["codes.npy"] + b"x"}), "codes.npy holds"),
    "bytes lacking": (lambda c: c.update({"codes.npy": c["codes.npy"][:-1]}), "codes.npy holds"),
    "not JSON": (with_member(DESCRIPTION, b"{"), "is not JSON"),
    "not text": (with_member(DESCRIPTION, b"\xff"), "not UTF-8"),
    "not an object": (with_member(DESCRIPTION, b"[]"), "an object"),
    "nested": (with_member(DESCRIPTION, b"[" * 10**5), "nested too deeply"),
    "another format": (edited("format", "polybn-network"), "'polybn-partition', version 1 is needed"),
    "another version": (edited("version", "2"), "version 1 is needed"),
    "an unknown key": (edited("extra", 1), "unknown key"),
    "an engine that is no text": (edited("engine", ["split"]), "are texts"),
    "another network": (edited("network", OTHER), "the network takes 3 coordinates"),
    "network broken": (edited("network", {}), "network has no format"),
    "another dimension": (edited("domain", BOX), "the domain has 1"),
    "domain broken": (edited("domain", {"kind": "ball"}), "domain.kind"),
    "domain empty": (edited("domain", {"kind": "box", "lower": ["1", "1"], "upper": ["0", "0"]}), "lower bound"),
    "domain a number": (edited("domain", 3), "an object"),
    "witness of nothing": (edited("witnesses", {"99": ["0", "0"]}), "no such region"),
    "witness named badly": (edited("witnesses", {"-1": ["0", "0"]}), "no such region"),
    "witness short": (edited("witnesses", {"0": ["0"]}), "is no point"),
    "witness divides by zero": (edited("witnesses", {"0": ["1/0", "0"]}), "is no point"),
    "witness a decimal": (edited("witnesses", {"0": ["0.5", "0"]}), "is no point"),
    "witness in another region": (edited("witnesses", {"0": ["299/100", "299/100"]}), "witness of region 0"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_are_named(file: Path, fault: str) -> None:
    change, message = FAULTS[fault]
    content = members(file)
    change(content)
    rewrite(file, content)
    with pytest.raises(FileFormatError) as caught:
        load(file)
    assert str(file) in str(caught.value)
    assert message in str(caught.value)


def test_without_facets_every_region_needs_a_witness(file: Path) -> None:
    content = {name: data for name, data in members(file).items() if "facet" not in name and "owner" not in name}
    rewrite(file, content)
    assert len(load(file)) == len(load(file).codes)
    changed("witnesses", at((2, slice(None)), np.nan))(content)
    rewrite(file, content)
    with pytest.raises(FileFormatError, match="region 2 has neither facets nor a witness"):
        load(file)


def test_a_repeated_member(file: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(file, "a") as archive:
        archive.writestr("codes.npy", b"x")
    with pytest.raises(FileFormatError, match=r"repeats 'codes\.npy'"):
        load(file)


class Trap:
    """Raises when it is unpickled."""

    sprung = False

    def __reduce__(self) -> Any:
        return (setattr, (Trap, "sprung", True))


def test_nothing_is_unpickled(file: Path) -> None:
    content = members(file)
    put(content, "codes", np.array([[Trap()]], dtype=object), allow_pickle=True)
    rewrite(file, content)
    with pytest.raises(FileFormatError, match=r"damaged|holds"):
        load(file)
    assert not Trap.sprung
    file.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(FileFormatError, match="not a partition file"):
        load(file)
    assert not Trap.sprung
    pickle.loads(pickle.dumps(Trap()))
    assert Trap.sprung


def test_a_bomb_is_not_unpacked(file: Path) -> None:
    content = members(file)
    rows = np.zeros((10**7, 5), dtype=np.int8)
    put(content, "codes", rows)
    rewrite(file, content)
    assert file.stat().st_size < 10**6
    with pytest.raises(FileFormatError, match=r"unpacks to 5.* bytes, and 1000000 are allowed"):
        load(file, max_bytes=10**6)


def test_a_header_that_promises_too_much(file: Path) -> None:
    content = members(file)
    put(content, "codes", array(content, "codes"))
    content["codes.npy"] = content["codes.npy"].replace(b"(", b"(9999999", 1)
    rewrite(file, content)
    with pytest.raises(FileFormatError):
        load(file)
