"""docs/partition-format.md says what is in a saved partition: its own reader, with numpy and json alone, agrees."""

import re
import zipfile
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import polybn as pb
from polybn.errors import IncompleteError, IncompleteWarning
from polybn.exact.rational import MAX_DIGITS
from polybn.networks.activation import MAX_BREAKPOINTS
from polybn.regions.storage import DESCRIPTION, FORMAT, MAX_BYTES, VERSION
from polybn.regions.stored_arrays import KINDS, LARGEST_SCALE, OPTIONAL, SAMPLE

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "partition-format.md").read_text(encoding="utf-8")
[READER] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
ACTIVATIONS: dict[str, tuple[list[int], Callable[..., Fraction]]] = {
    "relu": ([0], lambda x: max(x, Fraction(0))),
    "leaky_relu": ([0], lambda x, slope: x if x > 0 else x * Fraction(slope)),
    "hard_tanh": ([-1, 1], lambda x: max(Fraction(-1), min(x, Fraction(1)))),
    "relu6": ([0, 6], lambda x: max(Fraction(0), min(x, Fraction(6)))),
}
"""Breakpoints and values, of docs/network-format.md."""

FITTED = pb.Network(
    [
        pb.Linear([[1, 0], [0, 1], [1, 1], [2, 2]]),
        pb.BatchNorm(),
        pb.HardTanh(),
        pb.Linear([[1, 1, -1, 0], [1, -1, 0, 1]]),
        pb.BatchNorm(),
        pb.LeakyReLU("1/10"),
        pb.Linear([[1, 2]], ["1/7"]),
    ]
).fit([[0, 0], [2, 1], [1, 4], ["1/3", -1]])
# Duplicate, opposite and zero rows, all through one corner, and a layer that vanishes where they are off.
PLAIN = pb.Network.from_arrays(
    [([[1, 1], [-2, -2], [0, 0], [1, -1], [1, 0]], [0, 0, 1, 0, 0]), ([[1, 1, 0, 1, 0]], [0]), ([[1]], [0])]
)
WIDE = pb.Network.from_arrays([([[1, 2, -1], [0, 1, 1], [3, 0, 1]], [0, 1, -1]), ([[1, 1, 1]], [-1]), ([[1]], [0])])
NARROW = pb.Network.from_arrays([([[1], [1], [-3]], [0, 1, 1]), ([[1, 1, 1]], [0])], activation="relu6")
PARTS: dict[str, Callable[[], pb.Partition]] = {
    "box": lambda: pb.enumerate_regions(FITTED, pb.box(["-7/3", -3], [3, "5/2"])),
    "box, integers": lambda: pb.enumerate_regions(FITTED, pb.box(-3, 3, dim=2), exact=True),
    "sides of the box": lambda: pb.enumerate_regions(PLAIN, pb.box(0, 1, dim=2), exact=True),
    "degenerate": lambda: pb.enumerate_regions(PLAIN, pb.box(-1, 1, dim=2), exact=True),
    "polytope": lambda: pb.enumerate_regions(
        FITTED, pb.Polytope([[1, 1], [2, 2], [-1, 0], [0, -1], [1, 0]], ["7/3", 9, 1, 1, 40]), exact=True
    ),
    "whole space": lambda: pb.enumerate_regions(FITTED, pb.whole_space(2)),
    "line": lambda: pb.enumerate_regions(WIDE, pb.line_through([0, "1/2", 0], [1, 1, 3])),
    "plane": lambda: pb.enumerate_regions(WIDE, pb.plane_through([0, 0, 0], [1, 0, 2], [0, 3, 1]), exact=True),
    "part of a plane": lambda: pb.enumerate_regions(
        WIDE, pb.affine_slice([1, 0, 0], [[1, 1, 0], [0, "1/2", 1]]).within(pb.box(-2, "3/2", dim=2)), exact=True
    ),
    "triangle in a plane": lambda: pb.enumerate_regions(
        WIDE,
        pb.affine_slice([1, 0, 0], [[1, 1, 0], [0, 2, 1]]).within(pb.Polytope([[-1, 0], [0, -1], [1, 1]], [0, 0, 1])),
    ),
    "one input": lambda: pb.enumerate_regions(NARROW, pb.box(-9, 9, dim=1)),
    "no hidden layer": lambda: pb.enumerate_regions(pb.Network.from_arrays([([[1, 2]], [0])]), pb.box(-1, 1, dim=2)),
    "tree": lambda: pb.enumerate_regions(FITTED, pb.box(-3, 3, dim=2), engine="tree"),
    "tree, whole space": lambda: pb.enumerate_regions(FITTED, pb.whole_space(2), engine="tree"),
    "tree, integers": lambda: pb.enumerate_regions(FITTED, pb.whole_space(2), engine="tree", exact=True),
}  # fmt: skip


@pytest.fixture
def reader() -> dict[str, Any]:
    """The functions of the page."""
    scope: dict[str, Any] = {"__name__": "reader"}
    exec(compile(READER, "partition-format.md", "exec"), scope)
    return scope


def saved(name: str, folder: Path) -> tuple[pb.Partition, Path]:
    part = PARTS[name]()
    part.save(folder / "part.npz")
    return part, folder / "part.npz"


def table(header: str) -> list[list[str]]:
    """The rows of the table of the page that begins so, cell by cell."""
    lines = PAGE[PAGE.index(header) :].splitlines()[2:]
    rows = [line.strip("|").split("|") for line in lines[: next(i for i, line in enumerate(lines) if line[:1] != "|")]]
    return [[cell.strip() for cell in row] for row in rows]


def breakpoints_of(network: dict[str, Any]) -> list[list[int]]:
    """The breakpoints of each unit, from the JSON of the network."""
    found: list[list[int]] = []
    for before, layer in pairwise(network["layers"]):
        if layer["kind"] in ACTIVATIONS:  # after a linear layer, or the normalisation behind it
            found += [ACTIVATIONS[layer["kind"]][0]] * len(before.get("weights") or before["location"])
    return found


def preactivations(network: dict[str, Any], value: list[Fraction]) -> list[Fraction]:
    """h of every hidden unit at a point, from the JSON of the network and Fractions alone."""
    found: list[Fraction] = []
    for layer in network["layers"]:
        if layer["kind"] == "linear":
            rows = zip(map(rationals, layer["weights"]), rationals(layer["biases"]), strict=True)
            value = [sum((a * x for a, x in zip(row, value, strict=True)), bias) for row, bias in rows]
        elif layer["kind"] == "frozen":
            statistics = (rationals(layer[key]) for key in ("location", "scale", "gamma", "beta"))
            value = [g * (x - m) / s + b for x, m, s, g, b in zip(value, *statistics, strict=True)]
        else:
            found += value
            value = [ACTIVATIONS[layer["kind"]][1](x, *[layer[key] for key in layer if key == "slope"]) for x in value]
    return found


def rationals(texts: list[str]) -> list[Fraction]:
    return [Fraction(text) for text in texts]


def is_inside(domain: dict[str, Any], point: list[Fraction]) -> bool:
    """Strictly, by the words of the page."""
    if domain["kind"] == "box":
        bounds = zip(rationals(domain["lower"]), point, rationals(domain["upper"]), strict=True)
        return all(low < x < high for low, x, high in bounds)
    if domain["kind"] == "polytope":
        rows = map(rationals, domain["rows"])
        return all(sum(c * x for c, x in zip(row, [*point, 1], strict=True)) > 0 for row in rows)
    if domain["kind"] == "slice":
        assert len(domain["directions"]) == len(point)
        return is_inside(domain["within"], point)
    return int(domain["dimension"]) == len(point)


@pytest.mark.parametrize("name", PARTS)
def test_the_reader_of_the_page_finds_the_partition(name: str, reader: dict[str, Any], tmp_path: Path) -> None:
    part, path = saved(name, tmp_path)
    about, arrays = reader["read"](path)
    assert arrays["codes"].tolist() == part.codes.tolist() == sorted(part.codes.tolist())
    assert arrays["layer_counts"].tolist() == list(part.layer_counts)
    assert (about["engine"], about["stopped"]) == (part.engine, "")
    breakpoints = breakpoints_of(about["network"])
    assert len(breakpoints) == part.codes.shape[1]
    for region in part:
        point = reader["witness"](about, arrays, region.index)
        if point is None:
            continue
        assert tuple(point) == region.witness
        assert is_inside(about["domain"], point)
        values = preactivations(about["network"], point)
        signs = [[(h > t) - (h < t) for t in levels] for h, levels in zip(values, breakpoints, strict=True)]
        assert tuple(map(sum, signs)) == region.code
        for entry, own in zip(region.code, signs, strict=True):
            positions = [entry + len(own) - 1 - 2 * k for k in range(len(own))]
            assert own == [(position > 0) - (position < 0) for position in positions]


@pytest.mark.parametrize("name", PARTS)
def test_the_facets_of_the_page_are_the_facets(name: str, reader: dict[str, Any], tmp_path: Path) -> None:
    part, path = saved(name, tmp_path)
    about, arrays = reader["read"](path)
    if "owners" not in arrays:
        _ = part.facet_table
        part.save(path)
        about, arrays = reader["read"](path)
    counts = [len(levels) for levels in breakpoints_of(about["network"])]
    first = reader["domain_rows"](about["domain"])
    ids = [unit for unit, count in enumerate(counts) for _ in range(count)]
    ends = np.cumsum([0, *part.network.widths])
    for region in part:
        found = set()
        for owners in reader["facets"](arrays, region.index):
            if about["domain"]["kind"] == "polytope":
                assert owners[0] >= 2 * len(part[0].witness)
            is_infinity = part.frame.is_frame and owners[0] < first
            if not is_infinity:
                units = {ids[owner - first] for owner in owners if owner >= first}
                found.add((owners[0] < first, tuple(sorted(units))))
        expected = {
            (facet.on_domain_boundary, tuple(sorted(int(ends[u.layer]) + u.unit for u in facet.units)))
            for facet in region.facets
        }
        assert found == expected
    assert reader["adjacent"](about, arrays, counts) == sorted(tuple(sorted(e)) for e in part.adjacency().edges)


@pytest.mark.parametrize("name", ["line", "plane", "part of a plane", "triangle in a plane"])
def test_a_slice_is_embedded_as_the_page_says(name: str, reader: dict[str, Any], tmp_path: Path) -> None:
    part, path = saved(name, tmp_path)
    about, arrays = reader["read"](path)
    axes = zip(rationals(about["domain"]["origin"]), *map(rationals, about["domain"]["directions"]), strict=True)
    maps = list(axes)
    for region in part:
        t = reader["witness"](about, arrays, region.index) or region.witness
        x = [start + sum(a * b for a, b in zip(steps, t, strict=True)) for start, *steps in maps]
        assert WIDE.code(x) == tuple(arrays["codes"][region.index].tolist())


def test_rows_of_a_box_come_in_the_order_of_the_page(reader: dict[str, Any], tmp_path: Path) -> None:
    """x_i - lower_i for every i, then upper_i - x_i; the ids 4 and 5 are the two units."""
    net = pb.Network.from_arrays([([[1, 0], [1, 0]], [0, 1]), ([[1, 1]], [0])])
    pb.enumerate_regions(net, pb.box(-3, 3, dim=2), exact=True).save(tmp_path / "part.npz")
    _, arrays = reader["read"](tmp_path / "part.npz")
    assert arrays["codes"].tolist() == [[-1, -1], [-1, 1], [1, 1]]
    owners = [sorted(reader["facets"](arrays, region)) for region in range(3)]
    assert owners == [[[0], [1], [3], [5]], [[1], [3], [4], [5]], [[1], [2], [3], [4]]]


def test_members_types_and_shapes(tmp_path: Path) -> None:
    rows = table("| member |")
    assert [row[0].strip("`") for row in rows] == [DESCRIPTION, *(f"{name}.npy" for name in KINDS)]
    for name in PARTS:
        part, path = saved(name, tmp_path)
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
        names = [member.filename for member in members]
        listed = [row[0].strip("`") for row in rows]
        assert names == listed or names == listed[: -len(OPTIONAL)]
        assert {member.date_time[:3] for member in members} == {(1980, 1, 1)}
        sizes = {
            "regions": len(part), "units": sum(part.network.widths), "d": part.domain.dimension,
            "layers": len(part.network.widths), "regions + 1": len(part) + 1,
        }  # fmt: skip
        with np.load(path) as arrays:
            for member, kind, shape, _ in rows[1:]:
                if f"{member.strip('`')}" not in names:
                    continue
                array = arrays[member.strip("`").removesuffix(".npy")]
                assert array.dtype == np.dtype(kind.strip("`"))
                assert array.flags.c_contiguous
                words = [word for word in shape.strip("()").split(",") if word.strip()]
                assert array.ndim == len(words)
                for word, length in zip(words, array.shape, strict=True):
                    assert sizes.get(word.strip(), length) == length, (name, member, word)


def test_the_description_has_the_keys_of_the_page(reader: dict[str, Any], tmp_path: Path) -> None:
    keys = [key.strip("` ") for row in table("| key |") for key in row[0].split(",")]
    kinds = {row[0].strip("`"): {key.strip("` ") for key in row[1].split(",")} for row in table("| `kind` |")}
    seen = set()
    for name in PARTS:
        about, _ = reader["read"](saved(name, tmp_path)[1])
        assert sorted(about) == sorted(keys)
        domain: Any = about["domain"]
        while isinstance(domain, dict):
            assert set(domain) == {"kind", *kinds[domain["kind"]]}
            seen.add(domain["kind"])
            domain = domain.get("within")
        assert all(layer["kind"] not in ("batchnorm", "median") for layer in about["network"]["layers"])
    assert seen == set(kinds)


def test_a_stopped_partition_says_so(reader: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polybn.regions.collect.CELLS", 1)
    with pytest.warns(IncompleteWarning):
        part = pb.enumerate_regions(FITTED, pb.box(-3, 3, dim=2), exact=True, budget=5)
    part.save(tmp_path / "part.npz")
    about, arrays = reader["read"](tmp_path / "part.npz")
    assert about["stopped"] == part.stopped == "the budget is spent"
    assert len(arrays["codes"]) == len(part) == 5
    counts = [len(levels) for levels in breakpoints_of(about["network"])]
    assert reader["adjacent"](about, arrays, counts) == sorted(tuple(sorted(e)) for e in part.adjacency().edges)
    with pytest.raises(IncompleteError):
        pb.load_partition(tmp_path / "part.npz").resume()


def test_the_reader_refuses_another_version(reader: dict[str, Any], tmp_path: Path) -> None:
    _, path = saved("no hidden layer", tmp_path)
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content[DESCRIPTION] = content[DESCRIPTION].replace(b'"version": "1"', b'"version": "2"')
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    with pytest.raises(ValueError, match="another version"):
        reader["read"](path)


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    limits = [
        f'`"{FORMAT}"`, `"{VERSION}"`',
        f"from {-LARGEST_SCALE} to {LARGEST_SCALE}",
        f"\n  {MAX_BYTES} bytes in all",
        f"at most {MAX_DIGITS} digits",
        f"(at most {MAX_BREAKPOINTS})",
        f"\n  {SAMPLE} of them, evenly spread",
    ]
    assert [limit for limit in limits if limit not in PAGE] == []


def test_links_lead_somewhere() -> None:
    for page in (Path(__file__).resolve().parents[2] / "docs").glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).is_file(), (page.name, target)
