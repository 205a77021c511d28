"""The 31 reference networks: the number of regions, and after each layer, that three independent programs agree on."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import polybn as pb

RANDOM = tuple("ABCDEFGHIJ")
CENTRAL = ("K1", "K", "K21", "K2")
DEGENERATE = (
    *(f"{name}{kind}" for name in CENTRAL for kind in ("", "_third", "_thirdf")),
    "K_nobias", "dup", "zero", "parallel", "triple", "integer", "integer3", "boxtouch", "bn",
)  # fmt: skip
ENGINES = ("split", "tree")

# Minutes rather than seconds, measured: hundreds of lines in the plane for the tree, thousands of vertices in d >= 5
# for the split. I and J have no quicker engine, so they are counted in the long run only.
SLOW = {*((name, "tree") for name in "CEIJ"), *((name, "split") for name in "GHIJ")}

Layers = list[tuple[Any, Any]]


def runs(names: tuple[str, ...]) -> list[Any]:
    return [
        pytest.param(name, engine, marks=[pytest.mark.slow] if (name, engine) in SLOW else [])
        for name in names
        for engine in ENGINES
    ]


def layers_of(case: dict[str, Any]) -> Layers:
    """(W, b) layer by layer: drawn as `random_recipe` says, or the exact "p/q" of the file."""
    if case["kind"] == "degenerate":
        return list(zip(case["weights"], case["biases"], strict=True))
    rng = np.random.default_rng(case["seed"])
    layers: Layers = []
    for inputs, outputs in zip(case["widths"], case["widths"][1:], strict=False):
        weights = rng.standard_normal((outputs, inputs)) / math.sqrt(inputs)
        layers.append((weights, rng.standard_normal(outputs) * 0.5))
    return layers


def rounded(layers: Layers) -> Layers:
    """Every number as the float64 nearest to it."""
    nearest = np.vectorize(lambda entry: float(Fraction(entry)), otypes=[float])
    return [(nearest(np.array(weights)), nearest(np.array(biases))) for weights, biases in layers]


def same_numbers(first: Layers, second: Layers) -> bool:
    left, right = pb.Network.from_arrays(first), pb.Network.from_arrays(second)
    return [stage.affine for stage in left.stages] == [stage.affine for stage in right.stages]


def enumerated(layers: Layers, engine: str = "auto") -> pb.Partition:
    network = pb.Network.from_arrays(layers, activation="relu")
    return pb.enumerate_regions(network, pb.box(-3, 3, dim=network.dimension), engine=engine)


def test_these_are_all_the_reference_networks(reference_networks: dict[str, Any]) -> None:
    cases = reference_networks["cases"]
    assert {name for name, case in cases.items() if case["kind"] == "random"} == set(RANDOM)
    assert {name for name, case in cases.items() if case["kind"] == "degenerate"} == set(DEGENERATE)


@pytest.mark.parametrize(("name", "engine"), runs((*RANDOM, *DEGENERATE)))
def test_regions_are_counted_exactly(name: str, engine: str, reference_networks: dict[str, Any]) -> None:
    case = reference_networks["cases"][name]
    part = enumerated(layers_of(case), engine)
    assert (len(part), list(part.layer_counts)) == (case["regions"], case["regions_by_layer"])
    assert len(np.unique(part.codes, axis=0)) == len(part)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", DEGENERATE)
def test_regions_of_the_rounded_weights(name: str, engine: str, reference_networks: dict[str, Any]) -> None:
    """The file counts the rounded network exactly where rounding changes a number; elsewhere it is the same network.

    Rounding a central arrangement takes its hyperplanes apart: 32 regions become 119.
    """
    case = reference_networks["cases"][name]
    exact = layers_of(case)
    key = "regions_when_weights_are_rounded_to_float64"
    assert (key in case) == (not same_numbers(exact, rounded(exact)))
    if key in case:
        assert len(enumerated(rounded(exact), engine)) == case[key]


@pytest.mark.parametrize("name", DEGENERATE)
def test_the_engines_find_the_same_degenerate_partition(name: str, reference_networks: dict[str, Any]) -> None:
    layers = layers_of(reference_networks["cases"][name])
    split, tree = enumerated(layers, "split"), enumerated(layers, "tree")
    assert np.array_equal(split.codes, tree.codes)
    if len(split) <= 500:
        for field in ("facet_starts", "owner_starts", "owners"):
            assert np.array_equal(getattr(split.facet_table, field), getattr(tree.facet_table, field))
