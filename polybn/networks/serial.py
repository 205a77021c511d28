"""A network as plain JSON data and back, exactly: every number is the text "p/q" (docs/network-format.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import partial
from typing import NamedTuple, cast

from flint import fmpq

from polybn.errors import FileFormatError, InputError, NumberError, ShapeError
from polybn.exact.matrix import Vector, matrix, rows_of, vector
from polybn.exact.rational import MAX_DIGITS, fraction, rational
from polybn.files import brief, closest, fields_of, list_of, object_of
from polybn.networks.activation import NAMED, LeakyReLU, PiecewiseLinear
from polybn.networks.layer import Linear, Module
from polybn.networks.network import Network
from polybn.networks.normalization import MAX_SIGMA_BITS, FrozenNormalization, Normalization, Semantics, frozen

FORMAT = "polybn-network"
VERSION = 1

_STATISTICS = ("location", "scale", "gamma", "beta", "squared_scale")
_SEMANTICS = {"frozen": Semantics.FROZEN, "exact": Semantics.EXACT, "slack": Semantics.SLACK}
_PARAMETERS = ("gamma", "beta", "eps", "sigma_bits")
_Fields = Mapping[str, object]
_Data = dict[str, object]


class _Kind(NamedTuple):
    """The keys of one kind of layer, and how it is built from them at a place."""

    needed: tuple[str, ...]
    optional: tuple[str, ...]
    build: Callable[[_Fields, str], Module]


def network_to_data(net: Network) -> _Data:
    """The network as dicts, lists and texts; `network_from_data` gives it back exactly."""
    layers: list[_Data] = []
    for stage in net.stages:
        biases = _written(stage.affine.offset)
        weights = [_written(row) for row in rows_of(stage.affine.linear)]
        layers.append({"kind": "linear", "weights": weights, "biases": biases})
        if stage.normalization is not None:
            layers.append(_normalization_data(stage.normalization))
        if stage.activation is not None:
            layers.append(_activation_data(stage.activation))
    return {"format": FORMAT, "version": VERSION, "layers": layers}


def network_from_data(
    data: object, *, normalizations: Mapping[str, type[Normalization]] | None = None, where: str = "network"
) -> Network:
    """The network that the data describe, its unfitted normalisations (by name) fitted on "batch" where there is one.

    Raises `FileFormatError`, `NumberError` or `ShapeError`, with the place such as "layers[2].weights[0]", and
    `ZeroSigmaError` when the batch gives a unit no scale.
    """
    _require_format(data, where)
    given = fields_of(data, where, needed=("format", "version", "layers"), optional=("batch",))
    kinds = {**_KINDS, **{name: _normalization_kind(kind) for name, kind in (normalizations or {}).items()}}
    layers = list_of(given["layers"], f"{where}: layers")
    places = [f"{where}: layers[{index}]" for index in range(len(layers))]
    if not layers:
        raise FileFormatError(f"{where}: layers is empty; at least one of kind 'linear' is needed.", data)
    modules = [_module(layer, place, kinds) for layer, place in zip(layers, places, strict=True)]
    _require_chain(modules, places)
    net = Network(modules)
    return net if "batch" not in given else _fitted(net, given["batch"], where)


def _fitted(net: Network, batch: object, where: str) -> Network:
    place = f"{where}: batch"
    rows = [list_of(row, f"{place}[{index}]") for index, row in enumerate(list_of(batch, place))]
    for index, row in enumerate(rows):
        if len(row) != net.dimension:
            raise ShapeError(f"{place}[{index}] has {len(row)} coordinates; the network takes {net.dimension}.", batch)
    points = matrix(rows, place) if rows else rows
    try:
        return net.fit(points)
    except InputError as error:
        error.args = (f"{place}: {error}",)
        raise


def _require_format(data: object, where: str) -> None:
    given = object_of(data, where)
    if given.get("format") != FORMAT:
        found = f"the format {brief(given['format'])}" if "format" in given else "no format"
        raise FileFormatError(f'{where} has {found}; "format": "{FORMAT}" is needed. See docs/network-format.md.', data)
    if str(given.get("version", VERSION)) != str(VERSION):
        raise FileFormatError(
            f"{where} has version {brief(given['version'])} of the format and this polybn reads version {VERSION}. "
            "Write it anew, or update polybn.",
            data,
        )


def _module(layer: object, where: str, kinds: Mapping[str, _Kind]) -> Module:
    anything = tuple(object_of(layer, where))
    name = fields_of(layer, where, needed=("kind",), optional=anything)["kind"]
    if not isinstance(name, str) or name not in kinds:
        raise FileFormatError(
            f"{where}.kind is {brief(name)}, which polybn does not read.{closest(name, list(kinds))} "
            f"Known kinds: {', '.join(map(repr, kinds))}.",
            layer,
        )
    kind = kinds[name]
    given = fields_of(layer, where, needed=("kind", *kind.needed), optional=kind.optional)
    try:
        return kind.build(given, where)
    except InputError as error:
        if where in str(error):
            raise
        raise FileFormatError(f"{where}: {error}", layer) from error


def _require_chain(modules: Sequence[Module], places: Sequence[str]) -> None:
    width = 0
    for module, place in zip(modules, places, strict=True):
        if isinstance(module, Linear):
            if width and module.map.inputs != width:
                raise ShapeError(
                    f"{place}.weights[0] has {module.map.inputs} entries and the layer before gives {width} values. "
                    "Make the two agree.",
                    module,
                )
            width = module.map.outputs
        elif not width:
            raise FileFormatError(f"{place} comes before any layer of kind 'linear'. Put one first.", module)
        elif not isinstance(module, PiecewiseLinear):
            for name in ("location", "gamma", "beta"):
                entries = getattr(module, name, None)
                if isinstance(entries, tuple) and (count := len(cast(Vector, entries))) != width:
                    raise ShapeError(f"{place}.{name} has {count} entries for {width} units. Give one a unit.", module)


def _linear(given: _Fields, where: str) -> Module:
    rows = list_of(given["weights"], f"{where}.weights")
    checked = [list_of(row, f"{where}.weights[{index}]") for index, row in enumerate(rows)]
    weights = matrix(checked, f"{where}.weights")
    return Linear(weights, _numbers(given, "biases", where) if "biases" in given else None, name=where)


def _frozen(given: _Fields, where: str) -> Module:
    parts = {key: _numbers(given, key, where) for key in _STATISTICS if key in given}
    semantics = given.get("semantics", "frozen")
    if not isinstance(semantics, str) or semantics not in _SEMANTICS:
        raise FileFormatError(
            f"{where}.semantics is {brief(semantics)}; write one of {', '.join(map(repr, _SEMANTICS))}.", given
        )
    return replace(frozen(**parts), semantics=_SEMANTICS[semantics])


def _leaky_relu(given: _Fields, where: str) -> Module:
    return LeakyReLU(rational(given["slope"], f"{where}.slope"))


def _piecewise_linear(given: _Fields, where: str) -> Module:
    first = rational(given.get("first_value", 0), f"{where}.first_value")
    return PiecewiseLinear(_numbers(given, "breakpoints", where), _numbers(given, "slopes", where), first)


def _named(name: str, given: _Fields, where: str) -> Module:
    return NAMED[name]()


def _normalization_kind(kind: type[Normalization]) -> _Kind:
    keys = _parameter_names(kind)

    def build(given: _Fields, where: str) -> Module:
        values = {key: _parameter(given[key], f"{where}.{key}") for key in keys if key in given}
        bits = values.get("sigma_bits", 1)
        if not isinstance(bits, int) or not 1 <= bits <= MAX_SIGMA_BITS:
            raise FileFormatError(
                f"{where}.sigma_bits is {brief(given['sigma_bits'])}; write an integer from 1 to {MAX_SIGMA_BITS}.",
                given,
            )
        return kind(**values)

    return _Kind((), keys, build)


def _parameter_names(kind: type[Normalization]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.init) if is_dataclass(kind) else ()


def _parameter(given: object, where: str) -> object:
    """A number (an int where it is integral), or a tuple of numbers."""
    if isinstance(given, list):
        return vector(cast("list[object]", given), where)
    exact = fraction(rational(given, where))
    return exact.numerator if exact.denominator == 1 else exact


def _numbers(given: _Fields, key: str, where: str) -> Vector:
    return vector(list_of(given[key], f"{where}.{key}"), f"{where}.{key}")


_KINDS = {
    "linear": _Kind(("weights",), ("biases",), _linear),
    "frozen": _Kind(("location", "scale"), ("gamma", "beta", "squared_scale", "semantics"), _frozen),
    "leaky_relu": _Kind(("slope",), (), _leaky_relu),
    "piecewise_linear": _Kind(("breakpoints", "slopes"), ("first_value",), _piecewise_linear),
    **{name: _Kind((), (), partial(_named, name)) for name in NAMED},
}


def _normalization_data(normalization: Normalization | FrozenNormalization) -> _Data:
    if isinstance(normalization, FrozenNormalization):
        parts = {key: _written(getattr(normalization, key)) for key in ("location", "scale", "gamma", "beta")}
        words = next(word for word, meaning in _SEMANTICS.items() if meaning is normalization.semantics)
        if normalization.squared_scale is not None:
            parts["squared_scale"] = _written(normalization.squared_scale)
        return {"kind": "frozen", **parts, "semantics": words}
    names = _parameter_names(type(normalization)) or _PARAMETERS
    parts = {name: _plain(value, name) for name in names if (value := getattr(normalization, name)) is not None}
    return {"kind": normalization.name, **parts}


def _plain(value: object, name: str) -> object:
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return file_text(rational(value, name))
    return _written(vector(value, name))


def _activation_data(function: PiecewiseLinear) -> _Data:
    for name, make in NAMED.items():
        if function == make():
            return {"kind": name}
    if function == LeakyReLU(function.slopes[0]):
        return {"kind": "leaky_relu", "slope": file_text(function.slopes[0])}
    first = function.slopes[0] * function.breakpoints[0] + function.intercepts[0]
    points, slopes = _written(function.breakpoints), _written(function.slopes)
    return {"kind": "piecewise_linear", "breakpoints": points, "slopes": slopes, "first_value": file_text(first)}


def _written(values: Vector) -> list[str]:
    return [file_text(value) for value in values]


def file_text(value: fmpq, owner: str = "network") -> str:
    """The number as files hold it; `NumberError` for one with more digits than they are read with."""
    written = str(value)  # flint's own digits: Python's int refuses to write more than 4300
    if sum(character.isdigit() for character in written) > MAX_DIGITS:
        raise NumberError(f"A number of the {owner} has over {MAX_DIGITS} digits, more than files hold.", value)
    return written
