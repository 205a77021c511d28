"""The compiled sign-vector tree against the exact one: the same codes in order, each with a certified witness."""

import math
import os
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import polybn as pb
from polybn.drawing.strategies import Drawn, cases, strata_for
from polybn.exact.row import evaluate
from polybn.networks.integer import IntegerNetwork
from polybn.networks.network import Network
from polybn.regions.domain import Domain, box
from polybn.regions.hyperplanes import Hyperplanes
from polybn.regions.kernels.state import AFTER_ALL
from polybn.regions.kernels.tree_arrays import Search
from polybn.regions.kernels.tree_regions import SignTree
from polybn.regions.tree import tree

NORMALIZATIONS = (None, pb.BatchNorm)
PER_RUN = max(3, settings().max_examples * 7 // 100)
RUNS = [(stratum, kind) for kind in NORMALIZATIONS for stratum in strata_for(normalization=kind)]
ACTIVATIONS = (
    "relu",
    pb.LeakyReLU("1/10"),
    "abs",
    "hard_tanh",
    "relu6",
    pb.PiecewiseLinear(["-1", "0", "1/3"], [1, 0, 2, -1], 0),
)
DEGENERATE = [
    "K1", "K1_third", "K1_thirdf", "K", "K_third", "K_thirdf", "K_nobias", "K21", "K21_third", "K21_thirdf", "K2",
    "K2_third", "K2_thirdf", "dup", "zero", "parallel", "triple", "integer", "integer3", "boxtouch", "bn",
]  # fmt: skip


def listed(
    search: SignTree, network: Network, share: tuple[int, int] | None = None, **options: Any
) -> list[tuple[int, ...]]:
    """The codes as they come, each witness checked against the exact rows of its code."""
    hyperplanes = Hyperplanes(network, search.domain)
    found: list[tuple[int, ...]] = []
    for chunk in search.share(*share) if share else search.regions(**options):
        assert 1 <= len(chunk.codes) <= search.chunk
        for index, code in enumerate(chunk.codes):
            witness = search.witness(chunk, index)
            full = np.zeros(network.units, dtype=np.int8)
            full[: len(code)] = code
            rows = hyperplanes.inward_rows(full)[: len(search.domain.rows) + planes_of(search, len(code))]
            assert all(evaluate(row, witness) > 0 for row in rows if any(row))
            found.append(tuple(code.tolist()))
    assert found == sorted(set(found))
    return found


def planes_of(search: SignTree, columns: int) -> int:
    """Hyperplanes of the layers that a code of so many columns covers."""
    layers = int(np.searchsorted(search.floats.unit_start, columns))
    return int(search.floats.plane_start[layers] - search.floats.plane_start[0])


def truth(network: Network, domain: Domain) -> tuple[list[tuple[int, ...]], list[int]]:
    """The exact tree's codes in order, and its counts."""
    integer = IntegerNetwork(network)
    counts = [0] * integer.depth
    return sorted(cell.code for cell in tree(integer, domain, counts)), counts


def agree(network: Network, domain: Domain, **options: Any) -> SignTree:
    """The compiled tree after it listed what the exact one lists."""
    search = SignTree(IntegerNetwork(network), domain, **options)
    codes, counts = truth(network, domain)
    assert listed(search, network) == codes
    assert search.counts == counts
    return search


def random_network(widths: list[int], seed: int = 0, activation: Any = "relu") -> Network:
    rng = np.random.default_rng(seed)
    layers = [(rng.standard_normal((n, m)) / math.sqrt(m), rng.standard_normal(n) * 0.5) for m, n in pairwise(widths)]
    return Network.from_arrays(layers, activation=activation)


def reference_network(case: dict[str, Any]) -> Network:
    if case["kind"] == "degenerate":
        return Network.from_arrays(list(zip(case["weights"], case["biases"], strict=True)), activation="relu")
    return random_network(case["widths"], case["seed"])


@pytest.mark.parametrize(("stratum", "normalization"), RUNS)
def test_every_stratum(stratum: str, normalization: Any) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=PER_RUN)
    @given(
        cases(stratum=stratum, normalization=normalization, depth=(1, 3), max_width=5, dimensions=(1, 2, 3, 4, 5, 6))
    )
    def compare(case: Drawn) -> None:
        agree(case.network, case.domain, chunk=7)
        seen[case.stratum] += 1

    compare()
    assert seen[stratum] >= PER_RUN, seen


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda kind: getattr(kind, "name", kind).split("(")[0])
def test_every_activation(activation: Any) -> None:
    agree(random_network([3, 5, 4, 1], 1, activation), box(-3, 3, dim=3))
    integers = [([[2, -1], [1, 1], [0, 3]], [1, 0, -2]), ([[1, 1, -1], [2, 0, 1]], [0, 1]), ([[1, 1]], [0])]
    agree(Network.from_arrays(integers, activation=activation), box(-8, 8, dim=2))


def test_without_hidden_layers_there_is_one_region() -> None:
    network = Network.from_arrays([([[1, 2]], [0])], activation="relu")
    assert listed(SignTree(IntegerNetwork(network), box(0, 1, dim=2)), network) == [()]


@pytest.mark.parametrize("name", [*DEGENERATE, "A", "B", "D"])
def test_reference_networks(reference_networks: dict[str, Any], name: str) -> None:
    case = reference_networks["cases"][name]
    network = reference_network(case)
    search = SignTree(IntegerNetwork(network), box(-3, 3, dim=network.dimension))
    assert len(listed(search, network)) == case["regions"]
    assert search.counts == case["regions_by_layer"]


@pytest.mark.parametrize("name", ["C", "E", "F", "G", "H", "I"])
def test_counts_of_large_reference_networks_that_floats_settle_alone(
    reference_networks: dict[str, Any], name: str
) -> None:
    case = reference_networks["cases"][name]
    network = reference_network(case)
    search = SignTree(IntegerNetwork(network), box(-3, 3, dim=network.dimension))
    codes = np.concatenate([chunk.codes for chunk in search.regions()])
    assert search.counts == case["regions_by_layer"]
    assert len(np.unique(codes, axis=0)) == len(codes) == case["regions"]
    assert search.settled <= len(codes) // 1000


@pytest.mark.parametrize("exponent", [24, 36, 48, 52, 53, 54, 60, 200])
@pytest.mark.parametrize("dimension", [1, 2, 5])
def test_hyperplanes_that_nearly_coincide_or_meet(exponent: int, dimension: int) -> None:
    tiny = Fraction(1, 2**exponent)
    diagonal = [1] * dimension
    normals = [diagonal, diagonal, [3] * dimension, *np.eye(dimension, dtype=int).tolist()]
    offsets = [Fraction(1, 3), Fraction(1, 3) + tiny, 1 - tiny, *[tiny * k for k in range(dimension)]]
    second = ([[1, -1, *[0] * (1 + dimension)], [1, 0, -1, *[1] * dimension]], [0, -tiny])
    layers = [(normals, offsets), second, ([[1, 1]], [0])]
    search = agree(Network.from_arrays(layers, activation="relu"), box(-3, 3, dim=dimension))
    assert exponent < 54 or search.settled > 0


@pytest.mark.parametrize("scale", [Fraction(10**40), Fraction(1, 10**40), Fraction(10**400), Fraction(1, 10**400)])
def test_huge_and_tiny_scales(scale: Fraction) -> None:
    weights = [[scale, 2 * scale], [scale, -scale], [Fraction(1, 3), 1]]
    layers = [(weights, [scale, 0, scale / 7]), ([[1, 1, scale], [1 / scale, -1, 1]], [-scale, 1]), ([[1, 1]], [0])]
    network = Network.from_arrays(layers, activation="relu")
    agree(network, box(-3, 3, dim=2))
    agree(network, box([-scale, 0], [scale, scale / 3]))


@pytest.mark.parametrize("seed", range(6))
def test_entries_of_wildly_different_sizes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    layers = [
        (
            [[Fraction(float(v)) * Fraction(10) ** int(rng.integers(-30, 30)) for v in row] for row in values],
            [Fraction(float(v)) for v in rng.standard_normal(len(values))],
        )
        for values in (rng.standard_normal((n, m)) for m, n in pairwise([3, 4, 3, 1]))
    ]
    agree(Network.from_arrays(layers, activation="abs"), box(-3, 3, dim=3))


def test_a_basis_that_floats_left_singular_is_no_proof_and_no_error() -> None:
    network = Network.from_arrays([([[1, 1], [2, 2]], [0, 0]), ([[1, 1]], [0])], activation="relu")
    search = SignTree(IntegerNetwork(network), box(-3, 3, dim=2))
    asked = 0
    side = search.outside.side

    def singular(S: Search) -> None:
        nonlocal asked
        S.ids[len(S.reach) :] = S.ids[len(S.reach)]
        asked += 1
        side(S)

    search.outside.side = singular  # type: ignore[method-assign]
    codes = listed(search, network)
    assert codes == [(-1, -1), (1, 1)]
    assert asked > 0


def test_a_box_far_from_the_origin_is_settled_exactly() -> None:
    far = 10**30
    layers = [([[1, 0], [0, 1], [1, 1]], [-far, -far, -2 * far]), ([[1, 1, 1]], [0])]
    agree(Network.from_arrays(layers, activation="relu"), box([far - 1, far - 1], [far + 1, far + 1]))


def test_a_polytope_and_the_whole_space_as_domains() -> None:
    simplex = pb.Polytope([[1, 1, 1], [-1, 0, 0], [0, -1, 0], [0, 0, -1], [2, 2, 2]], [3, 1, 1, 1, 6])
    for network in (random_network([3, 5, 4, 1], 1), random_network([3, 4, 4, 1], 2, "hard_tanh")):
        for domain in (simplex, pb.whole_space(3)):
            inner, frame = domain.prepared(network)
            agree(inner, frame)


def test_terms_that_underflow_are_not_zero() -> None:
    tiny = Fraction(1, 10**700)
    layers = [([[1, tiny], [1, 0], [0, tiny]], [0, 0, 0]), ([[tiny, -tiny, 1], [1, 1, tiny]], [0, 0]), ([[1, 1]], [0])]
    agree(Network.from_arrays(layers, activation="relu"), box(-3, 3, dim=2))


@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_a_search_is_resumed_after_each_chunk(chunk: int) -> None:
    network, domain = random_network([4, 6, 5, 1], 2), box(-3, 3, dim=4)
    assert listed(SignTree(IntegerNetwork(network), domain, chunk=chunk), network) == truth(network, domain)[0]


def test_room_for_points_and_spans_grows() -> None:
    network, domain = random_network([2, 65, 1], 3), box(-3, 3, dim=2)
    room = len(SignTree(IntegerNetwork(network), domain).search.exact)
    assert len(agree(network, domain).search.exact) > room


@given(cases(depth=(2, 3), max_width=4, dimensions=(2, 3, 5)), st.integers(0, 1))
def test_work_is_split_over_cells_of_the_first_layers(case: Drawn, last: int) -> None:
    integer = IntegerNetwork(case.network)
    first = SignTree(integer, case.domain, last=last, chunk=5)
    cells = [
        (chunk.codes[index], first.witness(chunk, index))
        for chunk in first.regions()
        for index in range(len(chunk.codes))
    ]
    codes, counts = truth(case.network, case.domain)
    assert len(cells) == counts[last]
    if last + 1 < integer.depth:
        rest = SignTree(integer, case.domain, chunk=5)
        assert listed(rest, case.network, cells=cells) == codes
        alone = [listed(SignTree(integer, case.domain), case.network, cells=[cell]) for cell in cells]
        assert sorted(code for part in alone for code in part) == codes


@pytest.mark.parametrize("activation", ["relu", "hard_tanh"])
@pytest.mark.parametrize("depth", [0, 1, 3, 100])
def test_shares_of_the_leaves_follow_each_other(activation: str, depth: int) -> None:
    network, domain = random_network([3, 5, 4, 3, 1], 4, activation), box(-3, 3, dim=3)
    codes, counts = truth(network, domain)
    integer = IntegerNetwork(network)
    none = SignTree(integer, domain, depth=depth)
    assert list(none.share(AFTER_ALL, AFTER_ALL)) == []
    assert none.leaves == {0: 1, 100: counts[0]}.get(depth, none.leaves)
    shares = list(pairwise([0, 1, none.leaves // 2 + 1, none.leaves + 5]))
    parts: list[tuple[int, ...]] = []
    totals = np.zeros(len(counts), dtype=np.int64)
    for share in shares:
        search = SignTree(integer, domain, depth=depth, chunk=10)
        parts += listed(search, network, share=share)
        totals += search.counts
    assert search.leaves == none.leaves
    assert parts == codes
    assert totals.tolist() == list(counts)
    in_turn = SignTree(integer, domain, depth=depth, chunk=10)
    assert [code for share in shares for code in listed(in_turn, network, share=share)] == codes
    assert in_turn.counts == list(counts)
    skipping = SignTree(integer, domain, depth=depth, chunk=10)
    assert listed(skipping, network, share=shares[0]) + listed(skipping, network, share=shares[2]) == [
        code
        for share in (shares[0], shares[2])
        for code in listed(SignTree(integer, domain, depth=depth), network, share=share)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_cones_are_settled_without_rationals(seed: int) -> None:
    rng = np.random.default_rng(seed)
    layers = [(rng.standard_normal((n, m)), np.zeros(n)) for m, n in pairwise([4, 8, 1])]
    search = agree(Network.from_arrays(layers, activation="relu"), box(-3, 3, dim=4))
    assert search.settled == 0
    assert search.programs > sum(search.counts)


def test_wrong_arguments_are_refused() -> None:
    network = random_network([2, 3, 3, 1])
    with pytest.raises(ValueError, match="chunk >= 1"):
        SignTree(IntegerNetwork(network), box(0, 1, dim=2), chunk=0)
    with pytest.raises(ValueError, match="last < 2"):
        SignTree(IntegerNetwork(network), box(0, 1, dim=2), last=2)
    search = SignTree(IntegerNetwork(network), box(0, 1, dim=2))
    with pytest.raises(ValueError, match="code of length 2"):
        next(search.regions([(np.zeros(2, dtype=np.int8), box(0, 1, dim=2).rows[0])]))


def test_the_kernel_runs_uncompiled() -> None:
    program = (
        "import polybn as pb, sys; sys.path.insert(0, 'tests/regions')\n"
        "from test_tree_kernel import agree, random_network\n"
        "agree(random_network([3, 4, 3, 1]), pb.box(-3, 3, dim=3))\n"
        "layers = [([[1, 1], [2, 2], [0, 0]], [0, 0, 0]), ([[1, 1, 1]], [0])]\n"
        "agree(pb.Network.from_arrays(layers), pb.box(-3, 3, dim=2))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
