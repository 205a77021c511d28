"""`part.adjacency(sparse=True)` is the networkx graph as a matrix, on every partition; typed refusals else."""

import sys
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, shortest_path

import polybn as pb
from polybn.drawing.strategies import Drawn, cases
from polybn.errors import IncompleteWarning, InputError, InternalError
from polybn.networks.integer import IntegerNetwork
from polybn.regions.split import split

ROWS: dict[str, tuple[list[list[Any]], list[Any]]] = {
    "one unit": ([[1, 2]], [0]),
    "a zero row": ([[0, 0], [1, 0]], [1, 0]),
    "duplicate, scaled and opposite rows": ([[1, 1], [1, 1], [3, 3], [-2, -2], [1, -1]], [0, 0, 0, 0, 0]),
    "parallel rows": ([[1, 0], [1, 0], [2, 0], [-1, 0]], [0, 1, -3, "1/2"]),
    "concurrent rows": ([[1, 0], [0, 1], [1, 1], [1, -1], [2, 1]], [0] * 5),
    "sides and corners of the domain": ([[1, 0], [0, 1], [1, 1]], [3, -3, -6]),
    "no row inside": ([[1, 0], [0, 1]], [30, 40]),
}
DOMAINS = (
    pb.box(-3, 3, dim=2),
    pb.Polytope([[1, 1], [-1, 0], [0, -1], [2, 2]], [2, 1, 1, 4]),
    pb.whole_space(2),
    pb.line_through([0, 0], [3, 1]),
    pb.affine_slice([1, 0], [[1, 1], [0, 2]]).within(pb.box(-1, 1, dim=2)),
)


def check(part: pb.Partition) -> csr_array:
    """The matrix, once it is that of the graph and in the form that is promised."""
    graph, matrix = part.adjacency(), part.adjacency(sparse=True)
    assert isinstance(matrix, csr_array)
    assert (matrix.shape, matrix.dtype) == ((len(part), len(part)), np.bool_)
    assert matrix.indices.dtype == matrix.indptr.dtype == np.int32
    assert matrix.data.all()
    assert all((np.diff(matrix.indices[a:b]) > 0).all() for a, b in zip(matrix.indptr, matrix.indptr[1:], strict=False))
    rows = np.repeat(np.arange(len(part)), np.diff(matrix.indptr))
    edges = set(zip(rows.tolist(), matrix.indices.tolist(), strict=True))
    assert edges == {pair for low, high in graph.edges for pair in ((low, high), (high, low))}
    assert matrix.nnz == 2 * graph.number_of_edges()
    assert not any(i == j for i, j in edges)
    return matrix


@pytest.mark.parametrize("engine", ["split", "tree"])
@given(case=cases(dimensions=(1, 2, 3), depth=(0, 2)))
def test_the_matrix_is_the_graph(engine: str, case: Drawn) -> None:
    check(pb.enumerate_regions(case.network, case.domain, engine=engine, exact=True))


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("domain", DOMAINS, ids=str)
def test_degenerate_networks_on_every_kind_of_domain(rows: str, domain: Any) -> None:
    weights, biases = ROWS[rows]
    ones = [[1] * len(weights)]
    layers = [(weights, biases), ([*ones, [*ones[0][:-1], -1]], [-1, 0]), ([[1, -1]], [0])]
    for activation in ("relu", "abs"):
        net = pb.Network.from_arrays(layers, activation=activation)
        check(pb.enumerate_regions(net, domain, exact=True))


def test_one_dimension_is_a_path() -> None:
    """x < -1, then up to 0, then up to 2, then beyond, by code: 0, 1, 3, 2."""
    net = pb.Network.from_arrays([([[1], [1], [2], [-1]], [0, 1, 0, 2]), ([[1, 1, 1, 1]], [0])])
    matrix = check(pb.enumerate_regions(net, pb.box(-3, 3, dim=1)))
    assert matrix.toarray().astype(int).tolist() == [
        [0, 1, 0, 0],
        [1, 0, 0, 1],
        [0, 0, 0, 1],
        [0, 1, 1, 0],
    ]


def test_one_region_and_none() -> None:
    affine = pb.Network.from_arrays([([[1, 2]], [0])])
    assert check(pb.enumerate_regions(affine, pb.box(-3, 3, dim=2))).toarray().tolist() == [[False]]
    net = pb.Network.from_arrays([([[1, 2]], [0]), ([[1]], [0])])
    empty = check(pb.Partition.of_cells(net, pb.box(-3, 3, dim=2), [], [0], "planted"))
    assert (empty.shape, empty.nnz) == ((0, 0), 0)


@pytest.mark.parametrize("budget", range(1, 9))
def test_a_stopped_enumeration_has_the_edges_that_it_has_found(budget: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where no two of its regions are adjacent: the facets inside have no other side yet."""
    monkeypatch.setattr("polybn.regions.collect.CELLS", 1)
    net = pb.Network.from_arrays([([[1, 0], [0, 1], [1, 1], [1, -1]], [0, 0, 1, 0]), ([[1, 1, 1, 1]], [0])])
    with pytest.warns(IncompleteWarning):
        part = pb.enumerate_regions(net, pb.box(-3, 3, dim=2), exact=True, budget=budget)
    assert len(part) == budget
    check(part)
    whole = pb.enumerate_regions(net, pb.box(-3, 3, dim=2), exact=True)
    places = [whole.region_of(region.witness).index for region in part]
    expected = whole.adjacency().subgraph(places)
    assert {tuple(sorted((places[a], places[b]))) for a, b in part.adjacency().edges} == {
        tuple(sorted(edge)) for edge in expected.edges
    }


def test_stopped_where_nothing_is_adjacent() -> None:
    """Of three intervals the first and the last: two facets inside, and neither has its other side yet."""
    net = pb.Network.from_arrays([([[1], [1]], [0, 1]), ([[1, 1]], [0])])
    domain = pb.box(-3, 3, dim=1)
    cells = sorted(split(IntegerNetwork(net), domain, [0]), key=lambda cell: cell.code)
    assert len(cells) == 3
    part = pb.Partition.of_cells(net, domain, [cells[0], cells[2]], [2], "planted")
    with pytest.raises(InternalError, match="does not have exactly two regions"):
        part.adjacency(sparse=True)
    part.stopped = "the budget is spent"
    assert (check(part).nnz, part.adjacency().number_of_nodes()) == (0, 2)


def test_what_scipy_makes_of_it() -> None:
    """Degrees, steps and components: sums are counts, not truth values, and csgraph takes the matrix."""
    net = pb.Network.from_arrays(
        [([[1, 0], [0, 1], [1, 1], [1, -2]], [0, 0, 1, 1]), ([[1, -1, 1, 1], [1, 1, -1, 0]], [-1, 0]), ([[1, 1]], [0])]
    )
    part = pb.enumerate_regions(net, pb.box(-3, 3, dim=2), exact=True)
    graph, matrix = part.adjacency(), check(part)
    assert matrix.sum(axis=1).tolist() == [graph.degree[index] for index in range(len(part))]
    assert connected_components(matrix, directed=False)[0] == 1
    steps = shortest_path(matrix, unweighted=True)
    assert steps.max() == nx.diameter(graph)
    assert ((matrix != nx.to_scipy_sparse_array(graph, nodelist=range(len(part)), dtype=bool)).nnz) == 0


@pytest.mark.parametrize("wrong", [1, 0, None, "csr", [True]])
def test_sparse_is_true_or_false(wrong: Any) -> None:
    net = pb.Network.from_arrays([([[1, 2]], [0]), ([[1]], [0])])
    part = pb.enumerate_regions(net, pb.box(-3, 3, dim=2), exact=True)
    with pytest.raises(InputError, match=r"sparse is .*; write True for a scipy\.sparse array") as caught:
        part.adjacency(sparse=wrong)
    assert caught.value.offender == wrong


def test_without_scipy_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    net = pb.Network.from_arrays([([[1, 2]], [0]), ([[1]], [0])])
    part = pb.enumerate_regions(net, pb.box(-3, 3, dim=2), exact=True)
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    with pytest.raises(InputError, match=r"scipy is not installed\. Write pip install scipy"):
        part.adjacency(sparse=True)
    assert part.adjacency().number_of_edges() == 1
