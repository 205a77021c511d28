"""A network as JSON data and back: exactly the same network, and broken data are refused with their place."""

import json
import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

import polybn as pb
from polybn.errors import (
    BatchError,
    FileFormatError,
    InputError,
    NonFiniteError,
    NumberError,
    ShapeError,
    ZeroSigmaError,
)
from polybn.files import parse_json, read_json, write_text_atomically
from polybn.importing.network_file import network_text, read_network, write_network
from polybn.networks.normalization import Semantics
from polybn.networks.serial import network_from_data, network_to_data
from polybn.normalizations import NORMALIZATIONS

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "network-format.md"
NUMBERS = st.fractions(max_denominator=50) | st.integers(-(10**30), 10**30).map(Fraction)
ACTIVATIONS = (
    st.sampled_from([pb.ReLU(), pb.Abs(), pb.HardTanh(), pb.ReLU6()])
    | st.builds(pb.LeakyReLU, NUMBERS)
    | st.tuples(st.lists(NUMBERS, min_size=1, max_size=3, unique=True).map(sorted), NUMBERS).flatmap(
        lambda drawn: st.lists(NUMBERS, min_size=len(drawn[0]) + 1, max_size=len(drawn[0]) + 1).map(
            lambda slopes: pb.PiecewiseLinear(drawn[0], slopes, drawn[1])
        )
    )
)


@st.composite
def networks(draw: st.DrawFn) -> pb.Network:
    """Networks of every kind of layer, fitted or frozen, activations before and after normalisations."""
    widths = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    modules: list[Any] = []
    for inputs, outputs in pairwise(widths):
        numbers = st.lists(NUMBERS, min_size=outputs, max_size=outputs)
        row = st.lists(NUMBERS, min_size=inputs, max_size=inputs)
        modules.append(pb.Linear(draw(st.lists(row, min_size=outputs, max_size=outputs)), draw(numbers)))
        choice = draw(st.integers(0, 3))
        if choice == 1:
            scale = [abs(value) + 1 for value in draw(numbers)]
            modules.append(pb.frozen(draw(numbers), scale, draw(numbers), draw(numbers)))
        elif choice == 2:
            modules.append(draw(st.sampled_from([pb.BatchNorm, pb.MedianNorm]))(eps=1, gamma=draw(numbers)))
        modules.extend(draw(st.lists(ACTIVATIONS, max_size=2)))
    net = pb.Network(modules)
    batch = draw(st.lists(st.lists(NUMBERS, min_size=widths[0], max_size=widths[0]), min_size=1, max_size=3))
    return net.fit(batch)


@given(networks())
def test_the_round_trip_through_text_is_exact(net: pb.Network) -> None:
    assert network_from_data(parse_json(network_text(net), where="text")) == net


@given(networks())
def test_the_data_are_plain(net: pb.Network) -> None:
    data = network_to_data(net)
    assert json.loads(json.dumps(data)) == data


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (pb.ReLU(), "relu"),
        (pb.LeakyReLU("1/10"), "leaky_relu"),
        (pb.LeakyReLU(-2), "leaky_relu"),
        (pb.Abs(), "abs"),
        (pb.HardTanh(), "hard_tanh"),
        (pb.ReLU6(), "relu6"),
        (pb.PiecewiseLinear([0], [0, 1], 1), "piecewise_linear"),
        (pb.PiecewiseLinear([1], [0, 1]), "piecewise_linear"),
        (pb.PiecewiseLinear([-1, 0, "1/3"], [0, 2, "1/2", 0], "5/7"), "piecewise_linear"),
    ],
)
def test_every_activation_has_its_kind_and_comes_back(function: pb.PiecewiseLinear, kind: str) -> None:
    net = pb.Network([pb.Linear([[1]]), function])
    data: Any = network_to_data(net)
    assert data["layers"][1]["kind"] == kind
    assert network_from_data(data).stages[0].activation == function


def test_unfitted_normalisations_come_back_unfitted_and_fit_the_same() -> None:
    net = pb.Network([pb.Linear([[1], [2]]), pb.BatchNorm(eps="1/3", gamma=[1, "-1/2"], sigma_bits=8), pb.ReLU()])
    data = network_to_data(net)
    again = network_from_data(data, normalizations=NORMALIZATIONS)
    assert not again.is_fitted
    assert network_to_data(again) == data
    assert again.fit([[0], [1], [3]]) == net.fit([[0], [1], [3]])


def test_the_documented_example_is_what_it_says() -> None:
    example = re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert len(example) == 1
    net = network_from_data(parse_json(example[0], where="the page"), normalizations=NORMALIZATIONS)
    assert net.widths == (3, 2)
    assert net.stages[0].affine.linear[1, 0] == fmpq(66, 5)
    assert net.stages[0].semantics is Semantics.SLACK
    assert net.stages[1].semantics is Semantics.FROZEN
    assert net.stages[2].affine.bias == (0,)
    assert len(pb.enumerate_regions(net, pb.box(-3, 3, dim=2))) > 10


def test_the_page_names_every_kind() -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    with pytest.raises(FileFormatError) as caught:
        network_from_data(broken(lambda data: data["layers"][0].update(kind="?")), normalizations=NORMALIZATIONS)
    kinds = re.findall(r"'(\w+)'", str(caught.value).partition("Known kinds:")[2])
    assert len(kinds) == 10
    assert all(f"`{kind}`" in page for kind in kinds)


def test_files_hold_the_network(tmp_path: Path) -> None:
    net = pb.Network([pb.Linear([["1/3", 2]]), pb.LeakyReLU("1/10")])
    write_network(net, tmp_path / "net.json")
    assert read_network(tmp_path / "net.json") == net
    assert [file.name for file in tmp_path.iterdir()] == ["net.json"]


def broken(change: Any) -> Any:
    """A sound network's data with one change."""
    data: dict[str, Any] = {
        "format": "polybn-network",
        "version": "1",
        "layers": [
            {"kind": "linear", "weights": [["1", "2"], ["3", "4"]], "biases": ["0", "0"]},
            {"kind": "batchnorm"},
            {"kind": "leaky_relu", "slope": "1/10"},
            {"kind": "linear", "weights": [["1", "2"]]},
            {"kind": "frozen", "location": ["0"], "scale": ["1"]},
            {"kind": "piecewise_linear", "breakpoints": ["0"], "slopes": ["0", "1"]},
        ],
        "batch": [["0", "1"], ["1", "0"], ["2", "5"]],
    }
    change(data)
    return data


def layer(index: int, **changes: object) -> Any:
    return lambda data: data["layers"][index].update(changes)


def without(index: int, key: str) -> Any:
    return lambda data: data["layers"][index].pop(key)


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        (lambda d: d.pop("format"), FileFormatError, "net has no format"),
        (lambda d: d.update(format="onnx"), FileFormatError, "net has the format 'onnx'"),
        (lambda d: d.update(version="2"), FileFormatError, "version '2'"),
        (lambda d: d.pop("version"), FileFormatError, "net has no 'version'"),
        (lambda d: d.pop("layers"), FileFormatError, "net has no 'layers'"),
        (lambda d: d.update(layers=[]), FileFormatError, "net: layers is empty"),
        (lambda d: d.update(layers={}), FileFormatError, "net: layers is an object; a list"),
        (lambda d: d.update(layer=[]), FileFormatError, "unknown key 'layer'. Did you mean 'layers'?"),
        (lambda d: d["layers"].insert(0, "relu"), FileFormatError, "net: layers[0] is 'relu'; an object"),
        (lambda d: d["layers"].insert(0, {}), FileFormatError, "net: layers[0] has no 'kind'"),
        (lambda d: d["layers"].insert(0, {"kind": "relu"}), FileFormatError, "net: layers[0] comes before"),
        (layer(1, kind="batchnrom"), FileFormatError, "layers[1].kind is 'batchnrom', which polybn does not read. Did"),
        (layer(1, kind=["relu"]), FileFormatError, "layers[1].kind is ['relu']"),
        (layer(1, momentum="1"), FileFormatError, "net: layers[1] has the unknown key 'momentum'"),
        (layer(1, gamma=["1"]), ShapeError, "net: layers[1].gamma has 1 entries for 2 units"),
        (layer(1, eps="x"), NumberError, "net: layers[1].eps is 'x'"),
        (layer(1, sigma_bits="1/2"), FileFormatError, "net: layers[1].sigma_bits is '1/2'"),
        (layer(1, sigma_bits="9999999999"), FileFormatError, "net: layers[1].sigma_bits is"),
        (layer(1, eps="-1"), InputError, "eps is -1"),
        (layer(2, slop="1"), FileFormatError, "unknown key 'slop'. Did you mean 'slope'?"),
        (without(2, "slope"), FileFormatError, "net: layers[2] has no 'slope'"),
        (layer(2, slope=None), NumberError, "net: layers[2].slope is None"),
        (layer(2, slope=True), NumberError, "net: layers[2].slope is the truth value"),
        (without(0, "weights"), FileFormatError, "net: layers[0] has no 'weights'"),
        (layer(0, weights=[["1", "2"], ["3"]]), ShapeError, "net: layers[0].weights is ragged"),
        (layer(0, weights=[["1", "2"], "34"]), FileFormatError, "net: layers[0].weights[1] is '34'; a list"),
        (layer(0, weights=[["1", "2"], ["3", "1/0"]]), NumberError, "net: layers[0].weights[1][1] is '1/0'"),
        (layer(0, weights=[]), ShapeError, "net: layers[0].weights is empty"),
        (layer(0, weights=[[]]), ShapeError, "net: layers[0].weights is empty"),
        (layer(0, weights=[["9" * 5000, "1"]]), NumberError, "net: layers[0].weights[0][0] has more than 4000 digits"),
        (layer(0, biases=["0"]), ShapeError, "net: layers[0] has 2 rows of weights and 1 biases"),
        (layer(0, biases={"0": 1, "1": 2}), FileFormatError, "net: layers[0].biases is an object; a list"),
        (layer(3, weights=[["1", "2", "3"]]), ShapeError, "net: layers[3].weights[0] has 3 entries and the layer"),
        (layer(4, scale=["0"]), FileFormatError, "net: layers[4]: scale[0] is 0; sigma must be positive"),
        (layer(4, location=["0", "1"]), FileFormatError, "net: layers[4]: location has 2 entries and scale has 1"),
        (layer(4, location=["0", "1"], scale=["1", "1"]), ShapeError, "layers[4].location has 2 entries for 1 units"),
        (layer(4, semantics="Frozen"), FileFormatError, "net: layers[4].semantics is 'Frozen'; write one of 'frozen'"),
        (layer(5, slopes=["1"]), FileFormatError, "net: layers[5]: 1 breakpoints need 2 slopes"),
        (layer(5, breakpoints=[]), FileFormatError, "net: layers[5]: 0 breakpoints"),
        (lambda d: d.update(batch=[]), BatchError, "net: batch: The batch is empty; give at least one sample"),
        (lambda d: d.update(batch=[["1", "2"], ["1"]]), ShapeError, "net: batch[1] has 1 coordinates"),
        (lambda d: d.update(batch=[["1", "2"]]), ZeroSigmaError, "net: batch: sigma = 0 for unit 0 of layer 0"),
    ],
)
def test_broken_data_are_refused_with_their_place(change: Any, kind: type[InputError], message: str) -> None:
    with pytest.raises(kind) as caught:
        network_from_data(broken(change), normalizations=NORMALIZATIONS, where="net")
    assert message in str(caught.value)


def test_the_unchanged_data_are_sound() -> None:
    assert network_from_data(broken(lambda data: None), normalizations=NORMALIZATIONS).is_fitted


@pytest.mark.parametrize("value", [None, 3, "x", [], ["layers"]])
def test_something_else_than_an_object_is_refused(value: object) -> None:
    with pytest.raises(FileFormatError, match="an object"):
        network_from_data(value)


def test_a_float_is_not_a_number() -> None:
    with pytest.raises(InputError, match="is a float and polybn is exact"):
        network_from_data(broken(layer(2, slope=0.1)), normalizations=NORMALIZATIONS)
    with pytest.raises(NonFiniteError):
        network_from_data(broken(layer(2, slope=float("nan"))), normalizations=NORMALIZATIONS)


def test_a_number_too_long_for_a_file_is_refused_when_written() -> None:
    with pytest.raises(NumberError, match="4000 digits"):
        network_to_data(pb.Network([pb.Linear([[fmpq(10) ** 5000 + 1]])]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON: expecting value at line 1, column 1"),
        ('{"a": }', "line 1, column 7"),
        ('{"a": NaN}', "contains NaN"),
        ('{"a": -Infinity}', "contains -Infinity"),
        ('{"a": 1, "a": 2}', "repeats the key 'a'"),
        ("[" * 200_000, "nested too deeply"),
        ('{"a":' * 200_000, "nested too deeply"),
    ],
)
def test_broken_json_is_refused(text: str, message: str) -> None:
    with pytest.raises(FileFormatError) as caught:
        parse_json(text, where="f.json")
    assert message in str(caught.value)


def test_json_numbers_are_decimals_of_any_length() -> None:
    assert parse_json(f"[13.2, {'7' * 6000}, -0.0]", where="text") == ["13.2", "7" * 6000, "-0.0"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b'{"a": "\xe9"}')
    (tmp_path / "long").write_text(" " * 100)
    for name, message in [("latin", "not UTF-8"), ("long", "more than 99 bytes"), ("none", "no file"), (".", "folder")]:
        with pytest.raises(FileFormatError, match=message):
            read_json(tmp_path / name, max_bytes=99)
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_json("nul\0byte")
    (tmp_path / "marked").write_bytes(b'\xef\xbb\xbf["1"]')
    assert read_json(tmp_path / "marked") == ["1"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "kept"
    write_text_atomically(target, "old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(InputError, match="No space left"):
        write_text_atomically(target, "new")
    assert target.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["kept"]


def test_a_write_goes_nowhere_but_to_a_file_in_a_folder(tmp_path: Path) -> None:
    for name in ("absent/file", "."):
        with pytest.raises(InputError, match="folder"):
            write_text_atomically(tmp_path / name, "x")
    assert list(tmp_path.iterdir()) == []
