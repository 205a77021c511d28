"""How each peer is asked for the regions of a ReLU network in a cube: run by the interpreter that has the peers.

`python peers.py` prints which peers it finds and their versions; `python peers.py NAME` reads a network from
stdin and prints what the peer found, both as JSON. Only numpy and the peer are imported, nothing of polybn.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import itertools
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cost import peak_megabytes, processor_seconds

Layers = list[tuple[np.ndarray, np.ndarray]]
Question = tuple[Callable[[], Any], Callable[[Any], int]]
"""The peer's own call, which is timed and may be repeated, and the number of regions in what it returned."""


@dataclass(frozen=True)
class Peer:
    """A program that enumerates linear regions: how it is found, what it can read, how it is asked."""

    module: str
    adapter: Callable[[Layers, float], Question]
    precision: str = "float64"
    """What it rounds weights to."""
    dimension: int | None = None
    """The only dimension of the input that it takes."""


def _relucent(layers: Layers, radius: float) -> Question:
    """Facet search from a random point among the cells that meet the cube, certified as by default; its pip wheel."""
    from relucent import Complex
    from relucent.model import LinearLayer, ReLULayer, ReLUNetwork

    modules = [module for weights, bias in layers[:-1] for module in (LinearLayer(weights, bias), ReLULayer())]
    modules.append(LinearLayer(*layers[-1]))
    start = np.random.default_rng(0).uniform(-radius / 2, radius / 2, layers[0][0].shape[1])

    def search() -> Any:
        found = Complex(ReLUNetwork(modules))
        found.bfs(start, nworkers=1, cube_radius=radius, cube_mode="intersect", verbose=0)
        return found

    return search, len


def _regioncam(layers: Layers, radius: float) -> Question:
    """Faces of the plane cut unit by unit; its pip wheel."""
    from regioncam import Regioncam

    hidden = [(np.ascontiguousarray(weights.T), bias) for weights, bias in layers[:-1]]

    def cut() -> Any:
        plane = Regioncam(size=radius)
        for weights, bias in hidden:
            plane.linear(weights, bias)
            plane.relu()
        return plane

    return cut, lambda plane: plane.num_faces


def _affinitree(layers: Layers, radius: float) -> Question:
    """Leaves of the decision tree that is left when infeasible branches are cut; its pip wheel."""
    from affinitree import AffFunc, AffTree, Architecture, Polytope, builder

    dimension = layers[0][0].shape[1]

    def grow() -> Any:
        cube = Polytope.hyperrectangle(dimension, [(-radius, radius)] * dimension)
        network = Architecture(dimension)
        for index, layer in enumerate(layers):
            network.linear(AffFunc.from_mats(*layer))
            if index < len(layers) - 1:
                network.relu()
        return builder.from_layers(network, AffTree.from_poly(cube, AffFunc.identity(dimension), None), None)

    return grow, lambda tree: tree.num_terminals()


def _nnenum(layers: Layers, radius: float) -> Question:
    """Star sets of the exact enumeration, in one process; `pip install` of a clone of its repository."""
    from nnenum.enumerate import enumerate_network
    from nnenum.network import FullyConnectedLayer, NeuralNetwork, ReluLayer
    from nnenum.settings import Settings

    Settings.NUM_PROCESSES = 1
    Settings.PRINT_OUTPUT = False
    Settings.BRANCH_MODE = Settings.BRANCH_EXACT
    dimension = layers[0][0].shape[1]
    cube = np.array([[-radius, radius]] * dimension)

    def enumerate_stars() -> Any:
        modules: list[Any] = []
        for weights, bias in layers:
            modules.append(FullyConnectedLayer(len(modules), weights, bias, (weights.shape[1],)))
            modules.append(ReluLayer(len(modules), (len(bias),)))
        found = enumerate_network(cube, NeuralNetwork(modules[:-1]))
        if found.result_str != "none":  # what it says when nothing was to be verified and nothing went wrong
            raise RuntimeError(f"its enumeration ended with '{found.result_str}'")
        return found

    return enumerate_stars, lambda found: found.total_stars


def _edge_subdivision(layers: Layers, radius: float) -> Question:
    """Vertices and edges of all cells, generic position demanded; a clone of its repository on PYTHONPATH."""
    import torch
    from edge_subdivision import skeletal_subdivision
    from NN import Net

    dimension = layers[0][0].shape[1]
    network = Net([dimension, *(len(bias) for _, bias in layers)])
    for module, (weights, bias) in zip(network.fcs, layers, strict=True):
        module.weight.data, module.bias.data = torch.from_numpy(weights), torch.from_numpy(bias)
    network.ls = network.ls[:-1]  # the output is not to cut

    def subdivide() -> Any:
        with torch.no_grad():
            return skeletal_subdivision(
                network, bbox=(-radius, radius), device=torch.device("cpu"), verbose=False, allow_non_generic=False
            )

    return subdivide, lambda found: _cells_around(found[2].numpy()[:, 2 * dimension :])


def _cells_around(signs: np.ndarray) -> int:
    """The number of cells around the vertices with these signs, (vertices, units): a zero lies between both signs."""
    zeros, cells = (signs == 0).sum(axis=1), set[bytes]()
    for count in map(int, np.unique(zeros)):
        rows = signs[zeros == count]
        places = np.nonzero(rows == 0)[1].reshape(len(rows), count)
        for sides in itertools.product((-1, 1), repeat=count):
            np.put_along_axis(rows, places, np.array([sides], dtype=rows.dtype), axis=1)
            cells.update(map(bytes, rows))
    return len(cells)


def _torchays(layers: Layers, radius: float) -> Question:
    """Neighbour search by linear programs; a clone of its repository on PYTHONPATH."""
    import torch
    from torchays import nn
    from torchays.cpa import CPA
    from torchays.cpa.handler import BaseHandler
    from torchays.cpa.model import Model

    class Stack(Model):
        def __init__(self) -> None:
            super().__init__()
            self.n_relu, self.relu = len(layers) - 1, nn.ReLU()
            for index, (weights, bias) in enumerate(layers):
                module = nn.Linear(*reversed(weights.shape), bias=True)
                module.weight.data, module.bias.data = torch.from_numpy(weights), torch.from_numpy(bias)
                self.add_module(str(index), module)

        def forward_layer(self, x: Any, depth: int) -> Any:
            for index in range(depth):
                x = self.relu(self.get_submodule(str(index))(x))
            return self.get_submodule(str(depth))(x)

    class Ignore(BaseHandler):
        def region(self, *given: object) -> None: ...
        def inner_hyperplanes(self, *given: object) -> None: ...

    def explore() -> Any:
        return CPA(logger=logging.getLogger("torchays")).start(
            Stack(),
            bounds=(-radius, radius),
            input_size=(layers[0][0].shape[1],),
            depth=len(layers) - 2,
            handler=Ignore(),
        )

    return explore, int


PEERS = {
    "relucent": Peer("relucent", _relucent),
    "regioncam": Peer("regioncam", _regioncam, "float32", 2),
    "affinitree": Peer("affinitree", _affinitree),
    "nnenum": Peer("nnenum", _nnenum),
    "relu_edge_subdivision": Peer("edge_subdivision", _edge_subdivision, "float32"),
    "torchays": Peer("torchays", _torchays, "float32"),
}


def installed() -> dict[str, str]:
    """The version of each peer that this interpreter finds; "source" where it was not installed by pip."""
    found: dict[str, str] = {}
    for name, peer in PEERS.items():
        if importlib.util.find_spec(peer.module) is not None:
            try:
                found[name] = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                found[name] = "source"
    return found


def answer(peer: Peer, given: dict[str, Any]) -> dict[str, Any]:
    """Regions, processor seconds of the fastest call, peak megabytes; or why there are none."""
    try:
        kind = peer.precision
        layers = [(np.array(weights, dtype=kind), np.array(bias, dtype=kind)) for weights, bias in given["layers"]]
        run, regions = peer.adapter(layers, float(given["radius"]))
        start, best, found = time.perf_counter(), float("inf"), None
        while time.perf_counter() - start < given["repeat"] or best == float("inf"):
            begin = processor_seconds()
            found = run()
            best = min(best, processor_seconds() - begin)
        count = regions(found)
    except Exception as problem:
        return {"refused": f"{type(problem).__name__}: {problem}"}
    return {"regions": count, "seconds": max(best, 1e-9), "megabytes": peak_megabytes()}


def main(arguments: list[str]) -> None:
    """Answers on what was stdout; whatever a peer prints goes to stderr."""
    sys.path[:] = [folder for folder in sys.path if Path(folder).resolve() != Path(__file__).resolve().parent]
    with os.fdopen(os.dup(1), "w") as out:
        os.dup2(2, 1)
        result = answer(PEERS[arguments[0]], json.load(sys.stdin)) if arguments else installed()
        json.dump(result, out)


if __name__ == "__main__":
    main(sys.argv[1:])
