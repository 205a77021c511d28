"""Linear regions against the definition: exact maps of all regions, compared across every edge of the graph."""

from collections import Counter
from typing import Any

import networkx as nx
import numpy as np
import pytest
from flint import fmpz
from hypothesis import given, settings
from hypothesis import strategies as st

import polybn as pb
from polybn.drawing.strategies import STRATA, Drawn, cases, strata_for
from polybn.errors import IncompleteError
from polybn.regions import linear as module
from polybn.regions.linear import components, essential_codes, linear_regions
from polybn.regions.residues import LARGEST_PRIME, integer_output, largest_entry, prime_below, residues

PER_RUN = max(2, settings().max_examples // 20)


def by_definition(part: pb.Partition) -> list[tuple[int, ...]]:
    """The components of the graph without its edges between different maps, in Fractions."""
    maps = [tuple(region.affine) for region in part]
    graph = part.adjacency()
    graph.remove_edges_from([(a, b) for a, b in graph.edges if maps[a] != maps[b]])
    return sorted(tuple(sorted(group)) for group in nx.connected_components(graph))


def check(part: pb.Partition) -> int:
    """The regions saved by merging, once everything agrees with the definition."""
    found = linear_regions(part)
    assert list(found.groups) == by_definition(part)
    assert found.count == len(found) == len(found.groups)
    assert found.labels.dtype == np.int64
    for group, members in enumerate(found.groups):
        assert set(found.labels[list(members)].tolist()) == {group}
        assert all(part[member].affine == found.affine(group) for member in members)
    return len(part) - len(found)


@pytest.mark.parametrize("stratum", strata_for())
def test_drawn_networks(stratum: str) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=PER_RUN)
    @given(cases(stratum=stratum, depth=(1, 3)))
    def compare(case: Drawn) -> None:
        check(pb.enumerate_regions(case.network, case.domain))
        seen[case.stratum] += 1

    compare()
    assert seen[stratum] >= PER_RUN, seen


@given(cases(depth=(1, 2)), st.integers(0, 2), st.data())
def test_with_output_weights_that_hide_units(case: Drawn, outputs: int, data: st.DataObject) -> None:
    """Output rows with many zeros and opposite entries: most of the draws merge something."""
    hidden = [module for stage in case.network.stages[:-1] for module in (pb.Linear(*_pair(stage)), stage.activation)]
    width = case.network.stages[-1].affine.inputs
    row = st.lists(st.sampled_from([0, 0, 1, -1]), min_size=width, max_size=width)
    last = data.draw(st.lists(row, min_size=outputs + 1, max_size=outputs + 1))
    check(pb.enumerate_regions(pb.Network([*hidden, pb.Linear(last)]), case.domain))


def _pair(stage: Any) -> tuple[Any, Any]:
    return stage.folded.linear, stage.folded.offset


def test_the_strata_are_all_there() -> None:
    assert set(strata_for()) < set(STRATA)


def line(rows: list[Any], output: list[Any], activation: Any = "relu") -> pb.Partition:
    weights, biases = [[row[0]] for row in rows], [row[1] for row in rows]
    net = pb.Network.from_arrays([(weights, biases), ([output], [0])], activation=activation)
    return pb.enumerate_regions(net, pb.box(-3, 3, dim=1))


def test_a_sum_that_cancels_is_one_linear_region() -> None:
    """relu(x) - relu(-x) = x: the codes differ in essential entries, and the maps are equal."""
    part = line([(1, 0), (-1, 0)], [1, -1])
    assert len(set(map(tuple, essential_codes(part.network, part.codes).tolist()))) == 2
    found = linear_regions(part)
    assert (len(part), len(found), found.groups) == (2, 1, ((0, 1),))
    assert found.affine_maps[0].slope == ((1,),)


def test_equal_maps_that_are_apart_stay_apart() -> None:
    """A hat is zero on both sides: regions 0 and 3 have one map and share no facet."""
    found = linear_regions(line([(1, 0), (1, -1), (1, -2)], [1, -2, 1]))
    assert found.groups == ((0,), (1,), (2,), (3,))
    assert found.affine_maps[0] == found.affine_maps[3]


def test_a_unit_with_no_way_to_the_output_splits_nothing() -> None:
    layers = [([[1, 0], [0, 1]], [0, 0]), ([[1, 0], [1, 1]], [1, 0]), ([[1, 0]], [0])]
    part = pb.enumerate_regions(pb.Network.from_arrays(layers), pb.box(-1, 1, dim=2))
    found = linear_regions(part)
    assert (len(part), found.groups) == (4, ((0, 1), (2, 3)))


def test_essential_codes_see_through_dead_units() -> None:
    """relu(-relu(x) - 1) is never active: the first unit matters nowhere, on all codes."""
    net = pb.Network.from_arrays([([[1]], [0]), ([[-1]], [-1]), ([[1]], [0])])
    part = pb.enumerate_regions(net, pb.box(-1, 1, dim=1))
    assert part.codes.tolist() == [[-1, -1], [1, -1]]
    assert essential_codes(net, part.codes).tolist() == [[-1, -1], [-1, -1]]


def test_no_hidden_layer_is_one_linear_region() -> None:
    part = pb.enumerate_regions(pb.Network.from_arrays([([[1, 2]], [0])]), pb.box(-1, 1, dim=2))
    assert linear_regions(part).groups == ((0,),)


def primes(count: int) -> list[int]:
    found = [LARGEST_PRIME]
    while len(found) < count:
        found.append(prime_below(found[-1]))
    return found


@pytest.mark.parametrize("count", [1, 2, 3])
def test_maps_that_agree_modulo_the_first_primes_are_told_apart(count: int) -> None:
    weight = 1
    for prime in primes(count):
        weight *= prime
    assert len(linear_regions(line([(1, 0)], [weight]))) == 2
    assert len(linear_regions(line([(1, 0), (-1, 0)], [weight, -weight]))) == 1


def test_with_too_few_primes_they_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: a bound that is too small takes equal residues for equal maps."""
    monkeypatch.setattr(module, "largest_entry", lambda network: fmpz(0))
    assert len(linear_regions(line([(1, 0)], [LARGEST_PRIME]))) == 1


@given(cases(depth=(1, 3)), st.integers(0, 10**9))
def test_residues_are_those_of_the_exact_maps(case: Drawn, seed: int) -> None:
    part = pb.enumerate_regions(case.network, case.domain)
    points = np.random.default_rng(seed).integers(0, LARGEST_PRIME, (2, case.network.dimension + 1))
    for prime in (LARGEST_PRIME, 10007):
        found = residues(case.network, part.codes, points, prime)
        scale = integer_output(case.network).entries()[-1]
        for layer in case.network.integer.layers:
            scale *= layer.common * layer.weights.entries()[-1]
        for region, row in zip(part, found.tolist(), strict=True):
            expected: list[int] = []
            for *point, last in points.tolist():
                for entries, offset in zip(region.affine.slope, region.affine.bias, strict=True):
                    value = sum((a * x for a, x in zip(entries, point, strict=True)), offset * last) * int(scale)
                    assert value.denominator == 1
                    expected.append(value.numerator % prime)
            assert row == expected
            entries = [entry for slope in region.affine.slope for entry in slope] + list(region.affine.bias)
            assert max(abs(entry) for entry in entries) * int(scale) <= int(largest_entry(case.network))


def test_wide_products_are_exact() -> None:
    """Residues of full size over a thousand units: sums of float products are reduced in time."""
    first, last = np.random.default_rng(0).integers(0, LARGEST_PRIME, (2, 1000)).tolist()
    net = pb.Network.from_arrays([([[entry] for entry in first], [0] * 1000), ([last], [0])])
    found = residues(net, np.ones((1, 1000), dtype=np.int8), np.array([[12345678, 0]]), LARGEST_PRIME)
    assert found.tolist() == [[sum(a * b for a, b in zip(first, last, strict=True)) * 12345678 % LARGEST_PRIME]]


@given(st.integers(1, 12), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=12))
def test_components(count: int, links: list[tuple[int, int]]) -> None:
    pairs = [(a % count, b % count) for a, b in links]
    graph = nx.Graph(pairs)
    graph.add_nodes_from(range(count))
    expected = {node: min(group) for group in nx.connected_components(graph) for node in group}
    found = components(count, np.array(pairs, dtype=np.int64).reshape(-1, 2))
    assert found.tolist() == [expected[node] for node in range(count)]


@pytest.mark.parametrize("activation", ["relu", "abs", "hard_tanh", pb.LeakyReLU("1/10")])
def test_many_regions(activation: Any) -> None:
    rng = np.random.default_rng(3)
    rows = rng.standard_normal((6, 2))
    layers = [(np.concatenate([rows, -rows]), np.zeros(12)), (rng.standard_normal((3, 12)), rng.standard_normal(3))]
    net = pb.Network.from_arrays([*layers, ([[1, 0, 1]], [0])], activation=activation)
    part = pb.enumerate_regions(net, pb.box(-2, 2, dim=2))
    assert check(part) > 0


def test_a_stopped_partition_is_refused() -> None:
    part = line([(1, 0)], [1])
    part.stopped = "the budget is spent"
    with pytest.raises(IncompleteError, match="linear regions were asked of a partition that was stopped at 2 regions"):
        linear_regions(part)
