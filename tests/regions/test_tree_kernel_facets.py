"""Facets in bulk by floats with proofs, against the exact path region by region; the proofs attacked."""

import math
import os
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from flint import fmpz
from hypothesis import given, settings
from hypothesis import strategies as st

from polybn.drawing.strategies import Drawn, cases, strata_for
from polybn.exact.row import Row
from polybn.networks.activation import LeakyReLU
from polybn.networks.integer import IntegerNetwork
from polybn.networks.network import Network
from polybn.regions.domain import Box, box
from polybn.regions.facet_table import FacetTable, Owners
from polybn.regions.hyperplanes import Hyperplanes
from polybn.regions.kernels.facet_bulk import BulkFacets, bulk_facets
from polybn.regions.kernels.facet_groups import groups_of
from polybn.regions.kernels.floats import FloatNetwork, Floats, float_network
from polybn.regions.kernels.scaling import scales_of
from polybn.regions.redundancy import facets_of
from polybn.regions.tree import tree


class Case:
    """The regions of a network by the exact tree, and their facets by the exact path."""

    def __init__(self, network: Network, domain: Box) -> None:
        integer = IntegerNetwork(network)
        cells = sorted(tree(integer, domain, [0] * integer.depth), key=lambda cell: cell.code)
        self.scales = scales_of(domain.lower, domain.upper)
        self.floats = float_network(integer, domain.rows, self.scales)
        self.groups = groups_of(integer, domain.rows)
        self.hyperplanes = Hyperplanes(network, domain)
        self.codes = np.array([cell.code for cell in cells], dtype=np.int8).reshape(len(cells), -1)
        self.witnesses = [cell.witness for cell in cells]
        self.points = np.array([self._scaled(witness) for witness in self.witnesses])
        self.asked: list[int] = []

    def _scaled(self, point: Row) -> list[float]:
        ratios = (Fraction(int(n), int(point[-1])) for n in point[:-1])
        return [float(x / Fraction(2) ** int(scale)) for x, scale in zip(ratios, self.scales, strict=True)]

    def exactly(self, index: int) -> Owners:
        rows = self.hyperplanes.inward_rows(self.codes[index])
        first = self.hyperplanes.first
        return facets_of(rows[first:], rows[:first], self.witnesses[index], exact=True)

    def expected(self) -> FacetTable:
        return FacetTable.of(self.exactly(index) for index in range(len(self.codes)))

    def found(self, *, complete: bool = True, floats: FloatNetwork | None = None, **other: Floats) -> BulkFacets:
        points = other.get("points", self.points)
        return bulk_facets(floats or self.floats, self.groups, self.codes, points, self.exactly, complete=complete)


def same(left: FacetTable, right: FacetTable) -> bool:
    return all(
        np.array_equal(getattr(left, name), getattr(right, name)) for name in ("facet_starts", "owner_starts", "owners")
    )


def check(case: Case, share: float = 1.0) -> None:
    """The same table with and without neighbours; at most this share of the regions left to exact arithmetic."""
    expected = case.expected()
    for complete in (True, False):
        found = case.found(complete=complete)
        assert same(found.table, expected)
        assert found.table.owners.dtype == np.int32
        assert found.doubtful <= share * len(case.codes)


def random_network(widths: list[int], seed: int, activation: Any = "relu") -> Network:
    rng = np.random.default_rng(seed)
    layers = []
    for inputs, outputs in pairwise(widths):
        weights = rng.standard_normal((outputs, inputs)) / math.sqrt(inputs)
        layers.append((weights, rng.standard_normal(outputs) * 0.5))
    return Network.from_arrays(layers, activation=activation)


@pytest.mark.parametrize("stratum", strata_for(dimensions=(1, 2, 3)))
@settings(max_examples=15)
@given(data=st.data())
def test_every_stratum(stratum: str, data: st.DataObject) -> None:
    drawn: Drawn = data.draw(cases(stratum=stratum, dimensions=(1, 2, 3), max_width=3))
    if drawn.network.hidden:
        check(Case(drawn.network, drawn.domain))


@settings(max_examples=15)
@given(data=st.data())
def test_more_dimensions(data: st.DataObject) -> None:
    drawn: Drawn = data.draw(cases(dimensions=(4, 5, 6), max_width=3))
    if drawn.network.hidden:
        check(Case(drawn.network, drawn.domain))


@pytest.mark.parametrize("activation", ["relu", LeakyReLU("1/10"), "abs", "hard_tanh", "relu6"])
@pytest.mark.parametrize(
    ("widths", "side"), [([1, 4, 3, 1], 3), ([3, 5, 4, 1], 3), ([4, 4, 3, 2, 1], 2), ([6, 4, 1], 3)]
)
def test_random_networks_leave_nothing_to_exact_arithmetic(activation: Any, widths: list[int], side: int) -> None:
    check(Case(random_network(widths, 3, activation), box(-side, side, dim=widths[0])), share=0.0)


@pytest.mark.parametrize("bits", [20, 24, 40, 48, 52, 56, 60, 80])
def test_nearly_equal_hyperplanes(bits: int) -> None:
    """Three hyperplanes, a hair apart or at a hair's angle, and a second layer that folds at them."""
    near = Fraction(1, 2**bits)
    rows = [["1/3", "1/7", "-1/5"], [Fraction(1, 3) + near, "1/7", "-1/5"], ["1/3", "1/7", Fraction(-1, 5)]]
    layers: list[Any] = [
        (rows, ["1/10", "1/10", Fraction(1, 10) + near]),
        ([[1, -1, 2], ["1/2", "1/3", -1]], ["-1/9", near]),
        ([[1, 1]], [0]),
    ]
    check(Case(Network.from_arrays(layers, activation="relu"), box(-3, 3, dim=3)))


@pytest.mark.parametrize("exponent", [-900, -60, 0, 60, 900])
def test_scales_change_nothing(exponent: int) -> None:
    """Facets of a network seen in a box 2^exponent times as large, weights divided by as much."""
    factor = Fraction(2) ** exponent
    weights = [[Fraction(3, 7) / factor, Fraction(-2, 5) / factor], [1 / factor, Fraction(1, 3) / factor]]
    network = Network.from_arrays([(weights, ["1/4", "-1/2"]), ([[1, -2], [3, 1]], ["1/8", -1]), ([[1, 1]], [0])])
    check(Case(network, box(-3 * factor, 3 * factor, dim=2)), share=0.0)


DEGENERATE = ["K1", "K1_third", "K_third", "K_nobias", "dup", "zero", "parallel", "triple", "integer", "boxtouch", "bn"]


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_reference_networks(reference_networks: dict[str, Any], name: str) -> None:
    given_case = reference_networks["cases"][name]
    layers = list(zip(given_case["weights"], given_case["biases"], strict=True))
    network = Network.from_arrays(layers, activation="relu")
    check(Case(network, box(-3, 3, dim=network.dimension)))


def cancelled() -> Case:
    """Two units of the second layer are one hyperplane, each by its own cancellation of large terms."""
    first = ([["1/3", "1/7"], ["2/3", "-1/11"], [1, "4/77"]], [10, 11, 21])
    second = ([[1000001, 1000000, -1000000], [7000003, 7000000, -7000000]], [-9, -27])
    return Case(Network.from_arrays([first, second, ([[1, 1]], [0])], activation="relu"), box(-3, 3, dim=2))


def test_hyperplanes_that_always_coincide_are_one_row() -> None:
    """In both layers a unit three times, once backwards, and one on a side of the box: no exact arithmetic is asked."""
    first = ([["1/3", "1/7"], [-1, "-3/7"], [2, "6/7"], [1, 0], [0, 1]], ["1/11", "-3/11", "6/11", -3, "1/2"])
    second = ([["1/3", 1, 2, 1, -1], [-1, -3, -6, -3, 3]], ["1/5", "-3/5"])
    network = Network.from_arrays([first, second, ([[1, 1]], [0])], activation="relu")
    case = Case(network, box(-3, 3, dim=2))
    assert [case.groups.members(g) for g in (2, 4, 9)] == [(2, 7), (4, 5, 6), (9, 10)]
    assert case.groups.leaders.tolist() == [0, 1, 2, 3, 4, 4, 4, 2, 8, 9, 9]
    check(case, share=0.0)
    alone = case.groups._replace(leaders=np.arange(11), following=np.full(11, -1))
    slow = bulk_facets(case.floats, alone, case.codes, case.points, case.exactly, complete=True)
    assert slow.doubtful == len(case.codes)
    assert same(slow.table, case.expected())


def test_wrong_groups_give_wrong_facets() -> None:
    case = Case(random_network([2, 4, 1], 0), box(-3, 3, dim=2))
    leaders, following = case.groups.leaders.copy(), case.groups.following.copy()
    leaders[5], following[4] = 4, 5
    wrong = case.groups._replace(leaders=leaders, following=following)
    found = bulk_facets(case.floats, wrong, case.codes, case.points, case.exactly, complete=False)
    assert not same(found.table, case.expected())


def test_rows_of_the_domain_that_repeat_cut_or_do_not_matter() -> None:
    plain = box(-3, 3, dim=3)

    class Cut:
        lower, upper, dimension = plain.lower, plain.upper, 3
        rows = (*plain.rows, *(tuple(map(fmpz, row)) for row in ([2, 0, 0, 6], [-1, -1, 1, 4], [1, 1, 1, 90])))

    case = Case(random_network([3, 5, 4, 1], 7), cast(Box, Cut()))
    assert case.groups.members(0) == (0, 6)
    check(case, share=0.0)
    owners = {ids for index in range(len(case.codes)) for ids in case.found().table.of_region(index)}
    assert (0, 6) in owners
    assert (7,) in owners
    assert not any(8 in ids for ids in owners)


def test_without_error_bounds_the_facets_are_wrong() -> None:
    case = cancelled()
    check(case)
    assert (np.diff(case.found().table.owner_starts) == 2).any(), (
        "units 0 and 1 of the second layer own facets together"
    )
    careless = case.floats._replace(slope_error=case.floats.slope_error * 0, offset_error=case.floats.offset_error * 0)
    assert not same(case.found(floats=careless).table, case.expected())


@pytest.mark.parametrize("kind", ["nan", "zero", "outside", "shuffled"])
def test_points_guide_and_prove_nothing(kind: str) -> None:
    case = Case(random_network([3, 5, 4, 1], 5), box(-3, 3, dim=3))
    p = case.points
    points = {"nan": p * np.nan, "zero": p * 0, "outside": p + 5, "shuffled": p[::-1].copy()}[kind]
    for complete in (True, False):
        assert same(case.found(points=points, complete=complete).table, case.expected())


def test_neighbours_that_are_apart_share_no_facet() -> None:
    """|x| > 1 has two sides with codes one flip apart, and no facet between them."""
    network = Network.from_arrays([([[1]], [0]), ([[1]], [-1]), ([[1]], [0])], activation="abs")
    case = Case(network, box(-3, 3, dim=1))
    assert case.codes.tolist() == [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    check(case, share=0.0)


def test_a_list_of_some_regions() -> None:
    case = Case(random_network([3, 6, 4, 1], 2), box(-3, 3, dim=3))
    table = case.expected()
    kept = np.arange(0, len(case.codes), 3)
    codes, points = case.codes[kept], case.points[kept]

    def exactly(index: int) -> Owners:
        return case.exactly(int(kept[index]))

    part = bulk_facets(case.floats, case.groups, codes, points, exactly, complete=False)
    assert [part.table.of_region(i) for i in range(len(kept))] == [table.of_region(i) for i in kept.tolist()]
    wrong = bulk_facets(case.floats, case.groups, codes, points, exactly, complete=True)
    assert not same(wrong.table, part.table), "neighbours that are not listed must be missed, or the flag says nothing"


def test_the_kernel_runs_without_compilation() -> None:
    code = (
        "from tests.regions.test_tree_kernel_facets import Case, check, random_network\n"
        "from polybn.regions.domain import box\n"
        "import numba\n"
        "assert numba.config.DISABLE_JIT\n"
        "check(Case(random_network([2, 3, 2, 1], 0), box(-3, 3, dim=2)), share=0.0)\n"
    )
    root, environment = Path(__file__).resolve().parents[2], {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True, text=True, cwd=root
    )
    assert run.returncode == 0, run.stderr
