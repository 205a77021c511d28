"""Shares of the tree of cuts: at every level the leaves' regions follow each other and are all regions, each once."""

from itertools import pairwise

import numpy as np
import pytest

import polybn as pb
from polybn.regions.kernels.driver import Leaves, Subdivision, leaves_of, prepared
from polybn.regions.kernels.residues import residues_of
from polybn.regions.kernels.state import AFTER_ALL, Regions


def random_network(widths: list[int], activation: object = "relu", seed: int = 0) -> pb.Network:
    rng = np.random.default_rng(seed)
    layers = [(rng.integers(-4, 5, (m, n)), rng.integers(-3, 4, m)) for n, m in pairwise(widths)]
    return pb.Network.from_arrays(layers, activation=activation)


NETWORKS = {
    "generic": random_network([2, 6, 5, 1]),
    "one layer": random_network([3, 7, 1]),
    "dimension one": random_network([1, 5, 4, 1]),
    "width one": random_network([2, 1, 1, 4, 1]),
    "hard tanh": random_network([2, 4, 3, 1], pb.HardTanh()),
    "zero, duplicate and opposite rows": pb.Network.from_arrays(
        [
            ([[0, 0], [1, 2], [1, 2], [-1, -2], [2, -1]], [1, 0, 0, 0, 1]),
            ([[1, 1, 0, 1, 1]] * 3, [-1, -1, 2]),
            ([[1, 1, 1]], [0]),
        ]
    ),
    "no hyperplane crosses": pb.Network.from_arrays([([[1, 0], [0, 1]], [9, 9]), ([[1, 1]], [0])]),
}


def joined(found: list[Regions]) -> list[list[object]]:
    names = ("codes", "facets", "owners", "ids")
    return [[entry for part in found for entry in getattr(part, name).tolist()] for name in names]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_leaves_of_every_level_make_up_the_partition(name: str) -> None:
    network = NETWORKS[name]
    domain = pb.box(-3, 3, dim=network.dimension)
    tables = prepared(network.integer, domain)

    def run(leaves: Leaves) -> Subdivision:
        return Subdivision(tables, lambda: residues_of(network.integer, domain.rows), leaves)

    whole = run(Leaves(-2, 0))
    expected = joined(list(whole.regions()))
    layers = tables.tables.layers
    for layer in range(len(network.widths)):
        for level in range(int(layers[layer + 1, 4] - layers[layer, 4]) + 2):
            leaves = Leaves(layer, level)
            empty = run(leaves)
            assert list(empty.share(AFTER_ALL, AFTER_ALL)) == []
            bounds = list(pairwise([0, 1, empty.leaves // 2 + 1, empty.leaves + 3]))
            apart = [run(leaves) for _ in bounds]
            parts = [list(one.share(*share)) for one, share in zip(apart, bounds, strict=True)]
            assert joined([part for share in parts for part in share]) == expected
            assert sum(one.counts for one in apart)[layer:].tolist() == whole.counts[layer:].tolist()
            in_turn = run(leaves)
            assert joined([part for share in bounds for part in in_turn.share(*share)]) == expected
            skipping = run(leaves)
            for one, part in ((apart[0], parts[0]), (skipping, list(skipping.share(*bounds[0])))):
                assert joined(part) == joined(parts[0])
                assert joined(list(one.share(*bounds[2]))) == joined(parts[2])
            for done in (apart[0], apart[2], in_turn, skipping):
                assert done.counts[:layer].tolist() == whole.counts[:layer].tolist()
                assert done.leaves == empty.leaves
            assert in_turn.counts.tolist() == whole.counts.tolist()


def test_a_level_with_enough_leaves_is_found_or_else_the_last() -> None:
    network = NETWORKS["generic"]
    tables = prepared(network.integer, pb.box(-3, 3, dim=2))
    first, few = leaves_of(tables, lambda: residues_of(network.integer, ()), 5)
    assert first.layer == 0
    assert few >= 5
    last, most = leaves_of(tables, lambda: residues_of(network.integer, ()), 10**6)
    assert last.layer == 1
    assert most == len(pb.enumerate_regions(network, pb.box(-3, 3, dim=2)))
