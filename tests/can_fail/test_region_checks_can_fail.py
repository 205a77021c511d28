"""Each question asked of a partition refutes a planted wrong engine: facets, witnesses, codes, maps, volumes."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from flint import fmpz

import polybn as pb
from polybn.auditing import inspection
from polybn.auditing.inspection import QUESTIONS, faults
from polybn.errors import InternalError
from polybn.networks.integer import IntegerNetwork
from polybn.regions import region as region_module
from polybn.regions.cell import Cell
from polybn.regions.split import split

BOX = pb.box(-3, 3, dim=2)
# x and x again (one facet, two owners), y, x + y - 1; then a layer that folds.
NET = pb.Network.from_arrays(
    [([[1, 0], [2, 0], [0, 1], [1, 1]], [0, 0, 0, -1]), ([[1, 0, 1, -1], [0, 1, -2, 1]], [-1, 1]), ([[1, 1]], [0])],
    activation=pb.LeakyReLU("1/10"),
)
BATCH = np.random.default_rng(0).standard_normal((16, 2))
WEIGHTS = np.random.default_rng(1).standard_normal((6, 2))

Cells = list[Cell]


def cells_of(network: pb.Network, domain: pb.Box = BOX) -> tuple[Cells, list[int]]:
    counts = [0] * len(network.hidden)
    return list(split(IntegerNetwork(network), domain, counts)), counts


def planted(change: Callable[[Cells], Iterable[Cell]], counts: Iterable[int] | None = None) -> pb.Partition:
    """The partition of `NET` by an engine whose cells are changed on the way."""
    cells, right = cells_of(NET)
    changed = list(change(cells))
    return pb.Partition.of_cells(NET, BOX, changed, list(counts or (*right[:-1], len(changed))), "planted")


def found(part: pb.Partition) -> set[str]:
    """The names of the questions that find a fault; an invariant that breaks on the way is one found too."""
    names: set[str] = set()
    for question in QUESTIONS:
        try:
            if list(question(part)):
                names.add(question.__name__)
        except InternalError:
            names.add("invariant")
    return names


def interior(cell: Cell) -> int:
    """The place of a facet inside the domain."""
    assert cell.facets is not None
    return next(place for place, owners in enumerate(cell.facets) if owners[0] >= 4)


def without_facet(cell: Cell, place: int) -> Cell:
    assert cell.facets is not None
    return cell._replace(facets=(*cell.facets[:place], *cell.facets[place + 1 :]))


def on_domain(cell: Cell) -> bool:
    assert cell.facets is not None
    return cell.facets[0][0] < 4


def drop_a_facet(cells: Cells) -> Cells:
    return [without_facet(cells[0], interior(cells[0])), *cells[1:]]


def drop_a_side_of_the_box(cells: Cells) -> Cells:
    place = next(index for index, cell in enumerate(cells) if on_domain(cell))
    return [without_facet(cell, 0) if index == place else cell for index, cell in enumerate(cells)]


def forget_the_second_owner(cells: Cells) -> Cells:
    return [cell._replace(facets=tuple(owners[:1] for owners in cell.facets or ())) for cell in cells]


def name_another_owner(cells: Cells) -> Cells:
    """The facet on x = 0 is said to lie on y = 0 as well."""
    return [
        cell._replace(facets=tuple((*owners, 6) if owners == (4, 5) else owners for owners in cell.facets or ()))
        for cell in cells
    ]


def witness_of_the_next(cells: Cells) -> Cells:
    return [cells[0]._replace(witness=cells[1].witness), cells[1]._replace(witness=cells[0].witness), *cells[2:]]


def witness_on_the_boundary(cells: Cells) -> Cells:
    """(0, y) is on the hyperplane of the first two units."""
    return [*cells[:-1], cells[-1]._replace(witness=(fmpz(0), *cells[-1].witness[1:]))]


def lose_a_region(cells: Cells) -> Cells:
    return cells[1:]


def list_a_region_twice(cells: Cells) -> Cells:
    return [*cells, cells[0]]


def invent_a_region(cells: Cells) -> Cells:
    return [*cells, cells[0]._replace(code=tuple(-entry for entry in cells[0].code))]


def wrong_code(cells: Cells) -> Cells:
    return [cells[0]._replace(code=(*cells[0].code[:-1], -cells[0].code[-1])), *cells[1:]]


def test_the_right_partition_has_no_fault() -> None:
    part = planted(lambda cells: cells)
    assert found(part) == set()
    assert faults(part) == []
    assert part.layer_counts == (7, 12)
    assert any(len(facet.units) == 2 for region in part for facet in region.facets)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        (drop_a_facet, "vertices"),
        (drop_a_side_of_the_box, "invariant"),
        (forget_the_second_owner, "facets"),
        (name_another_owner, "facets"),
        (witness_of_the_next, "witnesses"),
        (witness_on_the_boundary, "witnesses"),
        (lose_a_region, "volumes"),
        (list_a_region_twice, "codes"),
        (invent_a_region, "witnesses"),
        (wrong_code, "witnesses"),
    ],
)
def test_a_wrong_engine_is_caught(change: Callable[[Cells], Cells], by: str) -> None:
    assert by in found(planted(change))


def test_a_lost_region_shows_in_the_plane_too() -> None:
    """One region less, and no vertex or edge less: vertices - edges + regions is 0."""
    assert {"volumes", "euler"} <= found(planted(lose_a_region))


@pytest.mark.parametrize("counts", [(8, 99), (99, 17), (1,)])
def test_wrong_layer_counts_are_caught(counts: tuple[int, ...]) -> None:
    assert "codes" in found(planted(lambda cells: cells, counts))


def test_an_engine_that_folds_in_floats_is_caught() -> None:
    """It counts the regions of the rounded network: 22 in place of 12, ten of them nowhere in the true one."""
    net = pb.Network([pb.Linear(WEIGHTS), pb.BatchNorm(), pb.ReLU(), pb.Linear([[1] * 6])]).fit(BATCH)
    projections = BATCH @ WEIGHTS.T
    sigma, mu = projections.std(axis=0), projections.mean(axis=0)
    rounded = pb.Network.from_arrays([(WEIGHTS / sigma[:, None], -mu / sigma), ([[1] * 6], [0])])
    cells, counts = cells_of(rounded)
    assert (counts, len(pb.enumerate_regions(net, BOX))) == ([22], 12)
    assert "witnesses" in found(pb.Partition.of_cells(net, BOX, cells, counts, "rounded"))


def test_a_wrong_slope_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slope of the leaky part off by the least that can be: as if 1/10 were the float nearest to it."""
    leaky = pb.LeakyReLU(pb.exact_float(0.1))
    nearly = pb.Network([replace(stage, activation=leaky) if stage.activation else stage for stage in NET.stages])
    right = region_module.affine_of_code
    monkeypatch.setattr(region_module, "affine_of_code", lambda network, code: right(nearly, code))
    assert found(planted(lambda cells: cells)) == {"affine_maps"}


def test_a_wrong_volume_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    right = region_module.volume
    monkeypatch.setattr(region_module, "volume", lambda body: right(body) + Fraction(1, 10**30))
    assert found(planted(lambda cells: cells)) == {"volumes"}


@pytest.mark.parametrize("wrong", ["one edge less", "one edge more"])
def test_a_wrong_graph_is_caught(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    part = planted(lambda cells: cells)
    graph = part.adjacency()
    if wrong == "one edge less":
        graph.remove_edge(*next(iter(graph.edges)))
    else:
        graph.add_edge(*next((a, b) for a in graph for b in graph if a < b and not graph.has_edge(a, b)))
    monkeypatch.setattr(pb.Partition, "adjacency", lambda self: graph)
    assert found(part) == {"neighbours"}


def test_a_redundant_inequality_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A facet listed that the others imply: the row of the box that is far from the region."""
    part = planted(lambda cells: cells)
    first = part[0]
    spare = inspection.Inequality((Fraction(1), Fraction(1)), Fraction(100))
    facets = (*first.facets, first.facets[0]._replace(inequality=spare))

    monkeypatch.setattr(region_module.Region, "facets", property(lambda self: facets if self.index == 0 else ()))
    assert "redundant" in next(iter(inspection.facets(part)))
