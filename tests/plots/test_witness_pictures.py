"""Pictures of counterexamples: the unit at issue with its level sets, the batch and the points; the same bytes."""

import random
from fractions import Fraction
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import LineCollection

import polybn as pb
from polybn.errors import InputError, ShapeError
from polybn.plots import witness
from polybn.plots.sweep import sweep_picture
from polybn.plots.witness import boundaries, box_around, unit_network, witness_picture

SVG = "{http://www.w3.org/2000/svg}"


def rows(*points):
    return tuple(tuple(map(Fraction, point)) for point in points)


def fitted(dimension, batch, seed=0):
    rng = random.Random(seed)
    first = [[rng.randint(-2, 2) for _ in range(dimension)] for _ in range(3)]
    second = [[rng.randint(-2, 2) for _ in range(3)] for _ in range(2)]
    modules = [pb.Linear(first), pb.BatchNorm(eps=1), pb.LeakyReLU("1/3"), pb.Linear(second, [1, 0])]
    return pb.Network([*modules, pb.BatchNorm(eps=1), pb.ReLU(), pb.Linear([[1, -1]])]).fit(batch)


BATCH = {1: rows([-1], [1], [3]), 2: rows([-1, 0], [1, 2], [0, -2])}


@given(st.integers(0, 10**6), st.sampled_from([1, 2]))
def test_the_unit_drawn_is_its_projection_and_its_last_layer_the_level_sets(seed, dimension):
    net = fitted(dimension, BATCH[dimension], seed)
    levels = [Fraction(-1, 2), Fraction(2)]
    shown = unit_network(net, (1, seed % 2), levels)
    for point in BATCH[dimension]:
        [features] = net.layer_inputs([point], 1)
        assert shown.apply(shown.point(point))[0] == net.stages[1].affine.apply(features)[seed % 2]
    partition = pb.enumerate_regions(shown, pb.box(-3, 3, dim=dimension))
    for region in partition:
        for facet in region.facets:
            ends = [x for x in region.vertices if value(facet.inequality, x) == 0]
            if any(unit.layer == len(shown.hidden) - 1 for unit in facet.units):
                assert {shown(x)[0] for x in ends} <= set(levels)
                assert len({shown(x)[0] for x in ends}) == 1


def value(row, point):
    return sum((a * x for a, x in zip(row.normal, point, strict=True)), row.offset)


def test_boundaries_are_where_the_unit_bends():
    """h = 3 (t - mu) / sigma - 1 has its breakpoints -1 and 1 at t = mu and t = mu + 2 sigma / 3."""
    net = pb.Network([pb.Linear([[1]]), pb.frozen([5], [6], [3], [-1]), pb.HardTanh()])
    assert boundaries(net, 0, 0) == [5, 9]
    for t in boundaries(net, 0, 0):
        assert net.stages[0].folded.apply(net.point([t]))[0] in (-1, 1)
    assert boundaries(pb.Network([pb.Linear([[1]]), pb.frozen([5], [6], [0])]), 0, 0) == []
    assert boundaries(pb.Network([pb.Linear([[1]])]), 0, 0) == [0]


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.parametrize("unit", [None, (0, 1), (1, 0)])
@pytest.mark.parametrize("offsets", [(), (Fraction(1, 2), Fraction(-1), Fraction(-1))])
def test_the_same_witness_gives_the_same_svg(dimension, unit, offsets):
    net, batch = fitted(dimension, BATCH[dimension]), BATCH[dimension]

    def drawn():
        box = pb.box(-3, 3, dim=dimension)
        return witness_picture(net, box, batch=batch, points=batch[:1], offsets=offsets, unit=unit)

    first = drawn()
    assert first == drawn()
    assert ElementTree.fromstring(first).tag == f"{SVG}svg"


def test_everything_given_is_inside_the_picture():
    place = box_around(pb.box(0, 1, dim=2), rows([5, -3], [1, 1]))
    assert (place.lower, place.upper) == ((Fraction(-5, 4), Fraction(-4)), (Fraction(25, 4), Fraction(2)))


def test_a_graph_shows_the_batch_on_it_and_the_offsets_across(monkeypatch):
    seen = []
    monkeypatch.setattr(witness, "rendered", lambda make, format: seen.append(make()) or b"")
    net = pb.Network([pb.Linear([[1]]), pb.BatchNorm(), pb.LeakyReLU("1/3"), pb.Linear([[1]])]).fit([[-1], [1]])
    witness_picture(
        net, pb.box(-3, 3, dim=1), batch=BATCH[1][:2], points=rows([0]), offsets=(-1, 2), unit=(1, 0)
    )  # fmt: skip
    [axes] = seen[0].axes
    dots, star = (one.get_offsets().tolist() for one in axes.collections[-2:])
    assert np.allclose(dots, [[-1, -1 / 3], [1, 1]])
    assert star == [[0, 0]]
    walls = next(one for one in axes.collections if isinstance(one, LineCollection) and one.get_gid() == "layer-1")
    assert sorted(path.vertices[0][0] for path in walls.get_paths()) == [-3, 2], "F and F' of the offsets -1 and 2"
    assert [line.get_ydata()[0] for line in axes.lines] == [-1, 2]
    assert [text.get_text() for text in seen[0].legends[0].get_texts()] == [
        "first layer", "layer 1, unit 0 at -1, 2", "batch", "x",
    ]  # fmt: skip


def test_what_nobody_can_see_is_not_drawn():
    cube = pb.Network([pb.Linear([[1, 1, 1]]), pb.ReLU()])
    assert witness_picture(cube, pb.box(0, 1, dim=3)) is None
    wide = pb.Network([pb.Linear([[n] for n in range(65)]), pb.ReLU()])
    assert witness_picture(wide, pb.box(0, 1, dim=1)) is None
    line = pb.Network([pb.Linear([[1]]), pb.ReLU()])
    assert witness_picture(line, pb.box([10**30], [10**30 + 1])) is None
    assert witness_picture(line, pb.box(0, 1, dim=1)) is not None


@pytest.mark.parametrize("unit", [(2, 0), (0, 1), (-1, 0), (0, -1)])
def test_a_unit_that_is_not_there_is_refused(unit):
    with pytest.raises(InputError, match="has no unit"):
        unit_network(pb.Network([pb.Linear([[1]]), pb.ReLU(), pb.Linear([[1]])]), unit, [])


def test_a_sweep_has_one_panel_a_value():
    partitions = [pb.enumerate_regions(fitted(2, BATCH[2], seed), pb.box(-3, 3, dim=2)) for seed in range(4)]
    made = [sweep_picture(partitions, ["a", "b", "c", "d"], points=BATCH[2]) for _ in range(2)]
    assert made[0] == made[1]
    panels = [one for one in ElementTree.fromstring(made[0]).iter(f"{SVG}g") if one.get("id", "").startswith("axes_")]
    assert len(panels) == 4
    with pytest.raises(ShapeError, match="4 partitions and 1 titles"):
        sweep_picture(partitions, ["a"])
    with pytest.raises(ShapeError, match="0 partitions"):
        sweep_picture([], [])
