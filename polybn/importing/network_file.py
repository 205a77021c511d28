"""A network in a JSON file (docs/network-format.md): read exactly, written so that it reads back the same."""

from __future__ import annotations

import json
from typing import cast

from polybn.files import StrPath, read_json, shown, write_text_atomically
from polybn.networks.network import Network
from polybn.networks.serial import network_from_data, network_to_data
from polybn.normalizations import NORMALIZATIONS


def read_network(path: StrPath) -> Network:
    """The network in a file; normalisations are named as in `polybn.normalizations.NORMALIZATIONS`.

    Raises `FileFormatError`, `NumberError` or `ShapeError` with the file and the place in it, and `ZeroSigmaError`.
    """
    return network_from_data(read_json(path), normalizations=NORMALIZATIONS, where=shown(path))


def write_network(net: Network, path: StrPath) -> None:
    """Writes the file that `read_network` reads back as an equal network, one layer a line; all of it or nothing."""
    write_text_atomically(path, network_text(net))


def network_text(net: Network) -> str:
    """The text of a network file."""
    data = network_to_data(net)
    layers = ",\n".join(f"    {json.dumps(layer)}" for layer in cast("list[object]", data["layers"]))
    head = f'"format": {json.dumps(data["format"])},\n  "version": {data["version"]}'
    return f'{{\n  {head},\n  "layers": [\n{layers}\n  ]\n}}\n'
