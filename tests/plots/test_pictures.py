"""Pictures: the same bytes each time, every region and facet once, the areas drawn fill the domain."""

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

import polybn as pb
from polybn.errors import DomainError, InputError, InternalError, ShapeError
from polybn.plots.cells import cells_of
from polybn.plots.palette import levels, region_colours
from polybn.plots.partition import draw_partition, picture, picture_format
from polybn.regions.cell import Cell
from polybn.regions.partition import Partition


def drawn_network(seed: int, widths: Sequence[int] = (4, 3), *, dimension: int = 2) -> pb.Network:
    """Small integer weights, so that degenerate networks come up; normalised every other time."""
    rng = random.Random(seed)
    modules: list[Any] = []
    inputs = dimension
    for width in widths:
        rows = [[rng.randint(-2, 2) for _ in range(inputs)] for _ in range(width)]
        modules += [pb.Linear(rows, [rng.randint(-1, 1) for _ in rows])]
        modules += [pb.BatchNorm(eps=1)] if seed % 2 else []
        modules += [rng.choice([pb.ReLU(), pb.Abs(), pb.LeakyReLU("1/10"), pb.HardTanh()])]
        inputs = width
    batch = [[rng.randint(-3, 3) for _ in range(dimension)] for _ in range(5)]
    return pb.Network([*modules, pb.Linear([[1] * inputs])]).fit(batch)


def drawn_partition(seed: int, *, dimension: int = 2) -> Partition:
    return pb.enumerate_regions(drawn_network(seed, dimension=dimension), pb.box(-2, "7/3", dim=dimension))


def fills_of(partition: Partition) -> list[np.ndarray[Any, Any]]:
    """The polygons that matplotlib was given, without the repeated first corner."""
    axes = Figure().add_subplot()
    draw_partition(axes, partition)
    (fills,) = [one for one in axes.collections if isinstance(one, PolyCollection)]
    return [np.asarray(path.vertices)[:-1] for path in fills.get_paths()]


def area(corners: np.ndarray[Any, Any]) -> float:
    """The signed area: positive when the corners go counterclockwise."""
    x, y = corners.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def fills_the_domain(partition: Partition, polygons: list[np.ndarray[Any, Any]]) -> bool:
    return abs(sum(map(area, polygons)) - float(partition.domain.volume)) < 1e-9


@given(st.integers(0, 10**6))
def test_every_region_is_drawn_once_as_it_is(seed: int) -> None:
    partition = drawn_partition(seed)
    polygons = fills_of(partition)
    assert len(polygons) == len(partition)
    assert fills_the_domain(partition, polygons)
    for region, polygon in zip(partition, polygons, strict=True):
        exact = {tuple(float(value) for value in vertex) for vertex in region.vertices}
        assert {tuple(corner) for corner in polygon.tolist()} == exact
        assert len(polygon) == len(region.vertices)
        assert abs(area(polygon) - float(region.volume())) < 1e-9


@given(st.integers(0, 10**6))
def test_every_facet_is_drawn_once_with_its_layer(seed: int) -> None:
    partition = drawn_partition(seed)
    cells = cells_of(partition)
    graph = partition.adjacency()
    assert sorted(map(tuple, cells.pairs.tolist())) == sorted(tuple(sorted(edge)) for edge in graph.edges)
    for (low, high), ends, layer in zip(cells.pairs.tolist(), cells.facets, cells.layers.tolist(), strict=True):
        corners = [{tuple(corner) for corner in cells.polygons[region].tolist()} for region in (low, high)]
        # A neighbour may have no corner where a facet ends, but its owner always has both.
        assert any({tuple(end) for end in ends.tolist()} <= own for own in corners)
        assert layer == min(unit.layer for unit in graph.edges[low, high]["units"])


def test_a_missing_region_is_noticed() -> None:
    partition = drawn_partition(4)
    polygons = fills_of(partition)
    assert not fills_the_domain(partition, polygons[1:])
    assert not fills_the_domain(partition, [*polygons, polygons[0]])
    assert not fills_the_domain(partition, [polygons[0][::-1], *polygons[1:]])
    cells = [Cell(one.code, one._witness, one._owners) for one in partition][1:]  # pyright: ignore[reportPrivateUsage]
    short = Partition.of_cells(partition.network, partition.domain, cells, partition.layer_counts, "split")
    with pytest.raises(InternalError, match="two regions"):
        cells_of(short)


@given(st.integers(0, 10**6))
def test_adjacent_regions_differ_in_colour(seed: int) -> None:
    cells = cells_of(drawn_partition(seed))
    found = levels(len(cells.polygons), cells.pairs)
    assert all(found[low] != found[high] for low, high in cells.pairs.tolist())
    colours = region_colours(np.full((len(found), 2), 0.7), np.zeros(len(found), dtype=np.int64), cells.pairs)
    assert all(colours[low] != colours[high] for low, high in cells.pairs.tolist())


@pytest.mark.parametrize("format", ["png", "svg"])
@pytest.mark.parametrize("dimension", [1, 2])
def test_the_same_input_gives_the_same_bytes(format: str, dimension: int) -> None:
    points = [["1/3"] * dimension, [0] * dimension]
    made = [
        picture([drawn_partition(1, dimension=dimension)] * 2, ["a", "b"], points=points, format=format)
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert picture([drawn_partition(2, dimension=dimension)], ["a"], format=format) not in made


def test_nobodys_settings_change_a_picture() -> None:
    import matplotlib as mpl

    partition = drawn_partition(1)
    before = picture([partition], ["a"], format="svg")
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "lines.linewidth": 9}):
        assert picture([partition], ["a"], format="svg") == before
        assert mpl.rcParams["font.size"] == 30
    assert b"<dc:date>" not in before


def test_lines_have_one_collection_a_layer_and_the_first_is_on_top() -> None:
    axes = Figure().add_subplot()
    draw_partition(axes, drawn_partition(2), points=[[0, 0]])
    lines = {one.get_gid(): one for one in axes.collections if isinstance(one, LineCollection)}
    assert set(lines) == {"layer-0", "layer-1"}
    assert lines["layer-0"].get_zorder() > lines["layer-1"].get_zorder()
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["first layer", "second layer"]


def test_a_region_owned_by_numbers_of_many_digits_is_drawn() -> None:
    tiny = Fraction(1, 3**900)
    net = pb.Network([pb.Linear([[1, tiny], [tiny, 1 + tiny]], [tiny, -tiny]), pb.ReLU()])
    partition = pb.enumerate_regions(net, pb.box(-1, 1, dim=2))
    assert fills_the_domain(partition, fills_of(partition))
    assert picture([partition], ["many digits"])


def test_a_network_without_hidden_layers_is_one_region() -> None:
    partition = pb.enumerate_regions(pb.Network([pb.Linear([[1, 1]])]), pb.box(0, 1, dim=2))
    assert len(fills_of(partition)) == 1
    assert picture([partition], ["flat"], format="svg")


def test_a_flat_box_is_drawn_without_equal_axes() -> None:
    net = pb.Network([pb.Linear([[1, 1]]), pb.ReLU()])
    axes = Figure().add_subplot()
    draw_partition(axes, pb.enumerate_regions(net, pb.box([0, -1], [1000, 1])))
    assert axes.get_aspect() == "auto"
    assert axes.get_xlim() == (0, 1000)


def test_the_graph_of_a_network_of_one_input() -> None:
    net = pb.Network([pb.Linear([[1], [1]], [0, -1]), pb.ReLU(), pb.Linear([[1, -2]])])
    partition = pb.enumerate_regions(net, pb.box(-1, 2, dim=1))
    axes = Figure().add_subplot()
    draw_partition(axes, partition)
    graph = axes.collections[-1]
    assert isinstance(graph, LineCollection)
    drawn = [np.asarray(path.vertices).tolist() for path in graph.get_paths()]
    assert sorted(drawn) == [[[-1, 0], [0, 0]], [[0, 0], [1, 1]], [[1, 1], [2, 0]]]


def test_what_cannot_be_drawn_is_refused() -> None:
    partition = drawn_partition(0)
    cube = pb.enumerate_regions(drawn_network(0, dimension=3), pb.box(-1, 1, dim=3))
    with pytest.raises(DomainError, match="dimension 3; pictures are drawn of dimension 1 and 2"):
        picture([cube], ["a cube"])
    with pytest.raises(InputError, match="'pdf' is not a picture format"):
        picture([partition], ["a"], format="pdf")
    with pytest.raises(ShapeError, match="1 partitions and 0 titles"):
        picture([partition], [])
    with pytest.raises(ShapeError, match=r"points\[0\] has 3 coordinates"):
        picture([partition], ["a"], points=[[1, 2, 3]])
    far = pb.enumerate_regions(pb.Network([pb.Linear([[1]])]), pb.box([10**30], [10**30 + 1]))
    with pytest.raises(DomainError, match="cannot be drawn"):
        picture([far], ["a"])


def test_suffixes() -> None:
    assert (picture_format("a/b.SVG"), picture_format("b.x.png")) == ("svg", "png")
    for name in ("a.pdf", "svg", "a.svg/b", ""):
        with pytest.raises(InputError, match=r"has no suffix \.png or \.svg"):
            picture_format(name)
