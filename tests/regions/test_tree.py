"""The sign-vector tree against closed forms, reference counts, and itself without floats."""

import math
import random
from collections.abc import Callable, Sequence
from math import comb
from typing import Any

import numpy as np
import pytest
from flint import fmpz

from polybn.exact.farkas import Farkas
from polybn.exact.proposal import Floats, Proposals
from polybn.exact.row import Row, evaluate
from polybn.networks.integer import IntegerNetwork
from polybn.networks.network import Network
from polybn.regions.cell import Cell
from polybn.regions.chamber import Chamber
from polybn.regions.domain import Box, box
from polybn.regions.tree import tree


def integer_network(layers: Sequence[tuple[Any, Any]], activation: str = "relu") -> IntegerNetwork:
    return IntegerNetwork(Network.from_arrays(layers, activation=activation))


def arrangement(normals: Sequence[Sequence[int]], offsets: Sequence[int | str]) -> IntegerNetwork:
    """One hidden layer: the hyperplanes alone."""
    return integer_network([(normals, offsets), ([[1] * len(normals)], [0])])


def rows_of_code(network: IntegerNetwork, code: Sequence[int]) -> list[Row]:
    """The signed rows of the region of a code (one breakpoint a unit), by its own forward pass; zero rows left out."""
    rows: list[Row] = []
    state, start = network.start(), 0
    for layer in range(network.depth):
        preactivations = network.preactivations(layer, state)
        part = code[start : start + network.hyperplane_count(layer)]
        for sign, entries in zip(part, network.hyperplanes(layer, preactivations).tolist(), strict=True):
            assert (sign == 0) == (not any(entries))
            rows += [tuple(sign * fmpz(entry) for entry in entries)] if sign else []
        state = network.activate(layer, preactivations, part)
        start += len(part)
    return rows


def enumerate_cells(network: IntegerNetwork, domain: Box, **options: Any) -> tuple[list[Cell], list[int]]:
    """All cells, each with its witness checked against its own rows, no code twice."""
    counts = [0] * network.depth
    cells = list(tree(network, domain, counts, **options))
    assert len({cell.code for cell in cells}) == len(cells)
    assert counts[-1:] == [len(cells)][: len(counts)]
    for cell in cells:
        rows = [*domain.rows, *rows_of_code(network, cell.code)]
        assert all(evaluate(row, cell.witness) > 0 for row in rows)
        assert cell.witness[-1] > 0
        assert cell.facets is None
    return cells, counts


def general_position(count: int, dimension: int) -> tuple[list[list[int]], list[int]]:
    """Hyperplanes a(t).x = b on a moment curve with small offsets: every vertex lies well inside a large box."""
    normals = [[(t - count // 2) ** power for power in range(dimension)] for t in range(count)]
    return normals, [(t - count // 2) ** dimension for t in range(count)]


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(("count", "dimension"), [(1, 1), (7, 1), (7, 2), (6, 3), (6, 4), (6, 5), (3, 5), (5, 8)])
def test_hyperplanes_in_general_position(count: int, dimension: int, exact: bool) -> None:
    normals, offsets = general_position(count, dimension)
    cells, _ = enumerate_cells(arrangement(normals, offsets), box(-(10**4), 10**4, dim=dimension), exact=exact)
    assert len(cells) == sum(comb(count, i) for i in range(dimension + 1))


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("centre", ["0", "1/3"])
@pytest.mark.parametrize(("count", "dimension"), [(3, 1), (7, 2), (6, 3), (6, 4), (6, 5), (4, 6)])
def test_hyperplanes_through_one_point(count: int, dimension: int, centre: str, exact: bool) -> None:
    normals, _ = general_position(count, dimension)
    third = centre == "1/3"
    offsets = [f"{-sum(normal)}/3" if third else 0 for normal in normals]
    cells, _ = enumerate_cells(arrangement(normals, offsets), box(-3, 3, dim=dimension), exact=exact)
    distinct = count if dimension > 1 else 1
    assert len(cells) == 2 * sum(comb(distinct - 1, i) for i in range(dimension))


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    ("normals", "offsets", "expected"),
    [
        ([[0, 0]], [0], 1),
        ([[0, 0]], [-1], 1),
        ([[1, 1], [1, 1], [2, 2], [-1, -1]], [0, 0, 0, 0], 2),
        ([[1, 0], [1, 0], [1, 0]], [0, 1, 5], 3),
        ([[1, 0], [0, 1], [1, 1]], [3, -3, 6], 1),
        ([[1, 1], [1, -1], [1, 0], [0, 1]], [-3, -3, -3, 0], 4),
    ],
    ids=["zero row", "constant row", "one line four times", "parallel", "touching the box", "meeting on a side"],
)
def test_degenerate_arrangements(
    normals: list[list[int]], offsets: list[int | str], expected: int, exact: bool
) -> None:
    cells, _ = enumerate_cells(arrangement(normals, offsets), box(-3, 3, dim=2), exact=exact)
    assert len(cells) == expected


def test_every_impossible_side_comes_with_a_certificate_and_the_leaves_are_complete() -> None:
    rng = random.Random(3)
    layers = [
        ([[rng.randint(-2, 2) for _ in range(2)] for _ in range(5)], [rng.randint(-2, 2) for _ in range(5)]),
        ([[rng.randint(-2, 2) for _ in range(5)] for _ in range(4)], [rng.randint(-2, 2) for _ in range(4)]),
        ([[1] * 4], [0]),
    ]
    network, domain = integer_network(layers), box(-3, 3, dim=2)
    for exact in (False, True):
        refuted: set[tuple[int, ...]] = set()

        def on_impossible(signs: tuple[int, ...], rows: tuple[Row, ...], farkas: Farkas) -> None:
            assert farkas.verify(rows)
            assert rows[:4] == domain.rows
            assert len(rows) == 4 + len(signs)
            assert not farkas.verify((*rows[:-1], tuple(-a for a in rows[-1]))), "the other side is not empty"
            refuted.add(signs)  # noqa: B023

        cells, _ = enumerate_cells(network, domain, exact=exact, on_impossible=on_impossible)
        codes = {cell.code for cell in cells}
        for code in codes:
            for k, sign in enumerate(code):
                if sign:
                    other = (*code[:k], -sign)
                    assert (other in refuted) != any(found[: k + 1] == other for found in codes)


def lies(kind: str) -> Callable[[Floats, Floats, Floats], Proposals]:
    """Proposals that are all wrong in one way."""

    def propose(rows: Floats, objective: Floats, interior: Floats) -> Proposals:
        count, dimension = interior.shape
        inside, bits = np.full(count, kind != "refuted"), np.full(count, 20)
        point = {"witness": interior, "outside": interior + 100, "nan": interior * np.nan}.get(kind, interior)
        return Proposals(inside, point, bits, np.tile(np.arange(dimension), (count, 1)), np.ones((count, dimension)))

    return propose


@pytest.mark.parametrize("kind", ["witness", "outside", "nan", "refuted"])
def test_proposals_are_not_trusted(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    normals, offsets = general_position(5, 2)
    network, domain = arrangement(normals, offsets), box(-(10**4), 10**4, dim=2)
    honest = {cell.code for cell in enumerate_cells(network, domain)[0]}
    monkeypatch.setattr("polybn.regions.tree.propose", lies(kind))
    assert {cell.code for cell in enumerate_cells(network, domain)[0]} == honest


def test_a_point_on_the_boundary_is_not_inside() -> None:
    network, domain = arrangement([[1, 0], [1, 1]], [0, 0]), box(-3, 3, dim=2)
    root = Chamber.root(network, domain.rows)
    assert root.signs_at((fmpz(1), fmpz(-1), fmpz(1))) == [1, 0]
    assert root.signs_at((fmpz(3), fmpz(0), fmpz(1))) is None
    assert root.signs_at((fmpz(4), fmpz(0), fmpz(1))) is None


def test_batches_of_any_size_visit_the_same_cells() -> None:
    normals, offsets = general_position(6, 3)
    network, domain = arrangement(normals, offsets), box(-(10**4), 10**4, dim=3)
    everything = {cell.code for cell in enumerate_cells(network, domain)[0]}
    for size in (1, 3, 7):
        assert {cell.code for cell in enumerate_cells(network, domain, batch=size)[0]} == everything
    with pytest.raises(ValueError, match="at least 1 node"):
        next(tree(network, domain, [0], batch=0))


@pytest.mark.parametrize("scale", [10**40, 1])
def test_slivers_and_huge_integers_are_settled(scale: int) -> None:
    # Two lines 1e-40 apart: no float tells them from one, yet the strip between them is a region.
    normals, offsets = [[scale, scale], [10**40, 10**40]], ["0", "1"]
    cells, _ = enumerate_cells(arrangement(normals, offsets), box(-3, 3, dim=2))
    assert len(cells) == 3


def test_a_box_far_from_the_origin() -> None:
    far = 10**30
    network = arrangement([[1, 0], [0, 1], [1, 1]], [-far, -far, -2 * far])
    cells, _ = enumerate_cells(network, box([far - 1, far - 1], [far + 1, far + 1]))
    assert len(cells) == 6


def test_breakpoints_of_one_unit_are_parallel_hyperplanes() -> None:
    network = integer_network([([[1, 0], [1, 1]], [0, 0]), ([[1, 1]], [0])], activation="hard_tanh")
    cells = list(tree(network, box(-3, 3, dim=2), counts := [0]))
    assert counts == [9]
    assert {cell.code for cell in cells} == {(a, b) for a in (-2, 0, 2) for b in (-2, 0, 2)}


def test_witnesses_are_small_dyadics() -> None:
    rng = np.random.default_rng(0)
    layers = [(rng.standard_normal((8, 3)), rng.standard_normal(8)), (rng.standard_normal((1, 8)), [0])]
    cells, _ = enumerate_cells(integer_network([(w, np.asarray(b, dtype=float)) for w, b in layers]), box(-3, 3, dim=3))
    for cell in cells:
        assert cell.witness[-1].bit_length() <= 20
        assert cell.witness[-1] & (cell.witness[-1] - 1) == 0


def reference_layers(case: dict[str, Any]) -> list[tuple[Any, Any]]:
    """The recipe of reference.json, or its rational weights."""
    if case["kind"] == "degenerate":
        return list(zip(case["weights"], case["biases"], strict=True))
    rng = np.random.default_rng(case["seed"])
    sizes = zip(case["widths"], case["widths"][1:], strict=False)
    return [(rng.standard_normal((n, m)) / math.sqrt(m), rng.standard_normal(n) * 0.5) for m, n in sizes]


DEGENERATE = [
    "K1", "K1_third", "K1_thirdf", "K", "K_third", "K_thirdf", "K_nobias", "K21", "K21_third", "K21_thirdf", "K2",
    "K2_third", "K2_thirdf", "dup", "zero", "parallel", "triple", "integer", "integer3", "boxtouch", "bn",
]  # fmt: skip


@pytest.mark.parametrize("name", [*DEGENERATE, "A", "B", "D"])
def test_reference_counts(reference_networks: dict[str, Any], name: str) -> None:
    case = reference_networks["cases"][name]
    network = integer_network(reference_layers(case))
    _, counts = enumerate_cells(network, box(-3, 3, dim=network.dimension))
    assert counts == case["regions_by_layer"]


@pytest.mark.parametrize("name", [*DEGENERATE, "A"])
def test_without_floats_the_codes_are_the_same(reference_networks: dict[str, Any], name: str) -> None:
    network = integer_network(reference_layers(reference_networks["cases"][name]))
    domain = box(-3, 3, dim=network.dimension)
    fast, exact = (enumerate_cells(network, domain, exact=exact)[0] for exact in (False, True))
    assert {cell.code for cell in fast} == {cell.code for cell in exact}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["C", "E", "F", "G", "H", "I"])
def test_reference_counts_of_the_large_networks(reference_networks: dict[str, Any], name: str) -> None:
    case = reference_networks["cases"][name]
    network = integer_network(reference_layers(case))
    counts = [0] * network.depth
    codes = {cell.code for cell in tree(network, box(-3, 3, dim=network.dimension), counts)}
    assert counts == case["regions_by_layer"]
    assert len(codes) == case["regions"]
