"""Bounds on distances to folded hyperplanes hold the exact distances, and a wrong bound is found out by those."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise
from math import inf

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import polybn as pb  # noqa: E402
from polybn.errors import InputError, ShapeError  # noqa: E402
from polybn.statistical.distances.brackets import (  # noqa: E402
    distance_brackets,
    interval_bounds,
    lipschitz_bounds,
    upper_bounds,
)
from polybn.statistical.distances.cover import covered  # noqa: E402
from polybn.statistical.distances.projections import Projections  # noqa: E402
from polybn.statistical.distances.queries import Queries  # noqa: E402
from polybn.statistical.enclosures.tracing import trace  # noqa: E402
from polybn.statistical.modules.architectures import resnet9  # noqa: E402
from polybn.statistical.modules.initialisation import frozen  # noqa: E402

DOUBLE = torch.float64


class Absolute(torch.nn.Module):
    def forward(self, x):
        return torch.abs(x)


ACTIVATIONS = (
    (torch.nn.ReLU, pb.ReLU()),
    (lambda: torch.nn.LeakyReLU(0.1), pb.LeakyReLU(pb.exact_float(0.1))),
    (torch.nn.Hardtanh, pb.HardTanh()),
    (Absolute, pb.Abs()),
)


def drawn(seed, widths):
    """A normalised module; a row is doubled or zero, and with integers many points are on boundaries."""
    rng = np.random.default_rng(seed)
    layers = []
    for place, (inputs, outputs) in enumerate(pairwise([*widths, 1])):
        linear = torch.nn.Linear(inputs, outputs, dtype=DOUBLE)
        weight = rng.integers(-2, 3, (outputs, inputs)) if seed % 2 else rng.standard_normal((outputs, inputs))
        weight[-1] = weight[0] * rng.choice([1, -1, 0, 2])
        linear.weight.data = torch.tensor(weight, dtype=DOUBLE)
        linear.bias.data = torch.tensor(rng.integers(-1, 2, outputs), dtype=DOUBLE)
        layers.append(linear)
        if place + 1 < len(widths):
            norm = torch.nn.BatchNorm1d(outputs, dtype=DOUBLE)
            norm.running_mean.data = torch.tensor(rng.integers(-1, 2, outputs), dtype=DOUBLE)
            norm.running_var.data = torch.tensor(rng.integers(1, 5, outputs) / 3, dtype=DOUBLE)
            norm.weight.data = torch.tensor(rng.choice([1.0, -1.0, 0.5, 0.0], outputs), dtype=DOUBLE)
            norm.bias.data = torch.tensor(rng.integers(-1, 2, outputs), dtype=DOUBLE)
            layers += [norm, ACTIVATIONS[seed % 4][0]()]
    return torch.nn.Sequential(*layers).eval(), rng


def fractions(tensor):
    return [Fraction(entry) for entry in tensor.tolist()]


def exact(module, activation):
    """The same network over Q; the scale is the rational that the float stores."""
    layers, stages = list(module), []
    for linear, norm in zip(layers[0::3], [*layers[1::3], None], strict=False):
        stages.append(pb.Linear([fractions(row) for row in linear.weight.data], fractions(linear.bias.data)))
        if norm is not None:
            scale = fractions(norm.weight.data / torch.sqrt(norm.running_var + norm.eps))
            parts = zip(scale, fractions(norm.running_mean), fractions(norm.bias.data), strict=True)
            diagonal = [[s if i == k else 0 for i in range(len(scale))] for k, s in enumerate(scale)]
            stages += [pb.Linear(diagonal, [beta - s * mu for s, mu, beta in parts]), activation]
    return pb.Network(stages)


def square(value):
    return value if value == inf else Fraction(value) ** 2


def asked(seed):
    """For each layer of one drawn network: brackets for all folded hyperplanes and some points, and exact squares."""
    dimension = 1 + (seed // 4 + 1) % 3
    module, rng = drawn(seed, [dimension, 3, 2])
    net, traced = exact(module, ACTIVATIONS[seed % 4][1]), trace(module)
    part = pb.enumerate_regions(net, pb.whole_space(dimension))
    points = torch.tensor(np.concatenate([rng.uniform(-3, 3, (2, dimension)), rng.integers(-2, 3, (2, dimension))]))
    towards = torch.tensor(rng.uniform(-6, 6, (15, dimension)))
    for number, step in enumerate(traced.activations):
        kinds = [(k, place) for k in range(net.widths[number]) for place in range(len(step.operation.breakpoints))]
        units, levels = zip(*((k, step.operation.breakpoints[place]) for k, place in kinds), strict=True)
        queries = Queries(
            Projections(traced, step.name, (dimension,)),
            points.repeat(len(kinds), 1),
            torch.tensor(units).repeat_interleave(len(points)),
            torch.tensor(levels, dtype=DOUBLE).repeat_interleave(len(points)),
            cells=64,
        )
        folded = [part.folded_hyperplane(number, k, breakpoint=place) for k, place in kinds]
        yield (
            distance_brackets(queries, towards),
            [one.squared_distance(fractions(x)) for one in folded for x in points],
        )


@pytest.mark.parametrize("share", range(4))
def test_the_bracket_holds_the_exact_distance(share):
    """Share by activation, in one, two and three dimensions."""
    found = Counter()
    for seed in range(share, 24, 4):
        for (lower, upper), squares in asked(seed):
            for low, high, true in zip(lower.tolist(), upper.tolist(), squares, strict=True):
                assert square(low) <= true <= square(high)
                away = 0 < true < inf
                found["finite"] += true < inf
                found["found"] += high < inf
                found["away"] += away
                found["upper close"] += away and high < inf and square(high) <= Fraction(1.0001) * true
                found["lower close"] += away and square(low) >= Fraction(8, 10) * true
                found["zero"] += true == 0
                found["surely empty"] += low == inf
                # Planted: bounds that are off by a tenth.
                found["upper too small"] += away and high < inf and square(0.9 * high) < true
                found["lower too large"] += away and square(1.1 * low) > true
    assert found["found"] > 0.7 * found["finite"]
    assert found["upper close"] > 0.7 * found["away"]
    assert found["lower close"] > 0.4 * found["away"]
    assert min(found["zero"], found["surely empty"]) > 0
    assert found["upper too small"] > 0.7 * found["away"]
    assert found["lower too large"] > 0.3 * found["away"]


def linear_unit(weight, bias):
    layer = torch.nn.Linear(len(weight[0]), len(weight), dtype=DOUBLE)
    layer.weight.data, layer.bias.data = (torch.tensor(part, dtype=DOUBLE) for part in (weight, bias))
    return Projections(trace(torch.nn.Sequential(layer, torch.nn.ReLU()).eval()), "1", (len(weight[0]),))


def bracket(projections, point, level, towards=((9.0, 9.0),)):
    x = torch.tensor([point], dtype=DOUBLE)
    queries = Queries(projections, x, torch.tensor([0]), torch.tensor([level], dtype=DOUBLE))
    lower, upper = distance_brackets(queries, torch.tensor(towards, dtype=DOUBLE))
    return float(lower), float(upper)


def test_a_hyperplane_is_at_its_distance_and_the_lower_bound_of_a_point_on_it_zero():
    lower, upper = bracket(linear_unit([[3.0, 4.0]], [10.0]), [0.0, 0.0], 0.0)
    assert 2 * (1 - 1e-9) < lower < 2 < upper < 2 * (1 + 1e-6)
    lower, upper = bracket(linear_unit([[3.0, 4.0]], [-7.0]), [1.0, 1.0], 0.0)
    assert lower == 0
    assert 0 < upper < 1e-11


def test_an_empty_one_is_not_found():
    lower, upper = bracket(linear_unit([[0.0, 0.0]], [1.0]), [1.0, 1.0], 0.0)
    assert (lower, upper) == (inf, inf)
    assert bracket(linear_unit([[0.0, 0.0]], [1.0]), [1.0, 1.0], 1.0) == (0, inf)


def bent():
    """g(x) = a(x), a leaky ReLU: the steep way to 1 is shorter than the flat way to -1/2."""
    first, second = (torch.nn.Linear(1, 1, bias=False, dtype=DOUBLE) for _ in range(2))
    for layer in (first, second):
        layer.weight.data.fill_(1.0)
    net = torch.nn.Sequential(first, torch.nn.LeakyReLU(0.1), second, torch.nn.LeakyReLU(0.1)).eval()
    return Projections(trace(net), "3", (1,))


def test_the_cover_sees_what_the_lipschitz_constant_cannot():
    x, levels = torch.zeros(2, 1, dtype=DOUBLE), torch.tensor([-0.5, 1.0], dtype=DOUBLE)
    queries = Queries(bent(), x, torch.zeros(2).long(), levels)
    upper = upper_bounds(queries, torch.tensor([[-9.0], [9.0]], dtype=DOUBLE))
    assert upper.tolist() == pytest.approx([5.0, 1.0], rel=1e-6)
    assert lipschitz_bounds(queries).tolist() == pytest.approx([0.5, 1.0], rel=1e-6)
    assert covered(queries, upper).tolist() == pytest.approx([5.0, 1.0], rel=0.01)
    # From x = -1 the ball of radius 1 is on one piece, where an enclosure knows the slope 1/10.
    local = Queries(bent(), x[:1] - 5, torch.tensor([0]), levels.new_tensor([-0.6]))
    free = float(interval_bounds(local, lipschitz_bounds(local), levels.new_tensor([2.0])))
    assert 0.99 <= free <= 1


def test_more_cubes_bring_the_bound_nearer():
    projections, rng = Projections(trace(drawn(0, [2, 4, 2])[0]), "4", (2,)), np.random.default_rng(0)
    points = torch.tensor(rng.uniform(-3, 3, (10, 2)))
    levels = projections.values(points, torch.tensor([0]))[:, 0].roll(1)
    lower = []
    for cells in (4, 32, 256):
        queries = Queries(projections, points, torch.zeros(10).long(), levels, cells=cells)
        lower.append(covered(queries, upper_bounds(queries, points)))
    assert (lower[0] <= lower[1]).all()
    assert (lower[1] <= lower[2]).all()
    assert float(lower[0].sum()) < 0.9 * float(lower[2].sum())


def test_images_and_convolutions_have_brackets_too():
    images = torch.randn(6, 3, 8, 8, dtype=DOUBLE, generator=torch.Generator().manual_seed(0))
    traced = trace(frozen(resnet9(3, 2, seed=0, width=2, side=8, dtype=DOUBLE), images))
    projections = Projections(traced, traced.normalizations[2].name, (3, 8, 8))
    units = torch.arange(5) * 3
    levels = projections.values(images[5:], units)[0]
    lower, upper = distance_brackets(Queries(projections, images[:5], units, levels), images)
    assert (lower > 0).all()
    assert (lower < upper).all()
    assert (upper <= torch.linalg.vector_norm((images[:5] - images[5]).flatten(1), dim=1) + 1e-6).all()


def test_the_answer_does_not_depend_on_the_chunk_or_on_the_other_queries():
    projections = Projections(trace(drawn(5, [2, 4, 2])[0]), "4", (2,))
    points = torch.tensor(np.random.default_rng(1).uniform(-3, 3, (5, 2)))
    units, levels = torch.arange(5) % 2, torch.zeros(5, dtype=DOUBLE)
    whole = distance_brackets(Queries(projections, points, units, levels, cells=16), points)
    parts = distance_brackets(Queries(projections, points, units, levels, chunk=3, cells=16), points)
    alone = distance_brackets(Queries(projections, points[4:5], units[4:5], levels[4:5], cells=16), points)
    for one, other, fifth in zip(whole, parts, alone, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)
        torch.testing.assert_close(one[4:5], fifth, rtol=1e-9, atol=1e-12)
    assert not len(distance_brackets(Queries(projections, points[:0], units[:0], levels[:0]), points).lower)


def test_bad_input_is_named():
    projections, x, unit = linear_unit([[1.0, 0.0]], [0.0]), torch.zeros(1, 2, dtype=DOUBLE), torch.tensor([0])
    levels = torch.zeros(1, dtype=DOUBLE)
    with pytest.raises(InputError, match="no normalisation or activation"):
        Projections(projections.traced, "7", (2,))
    for wrong, match in (
        ((x.float(), unit, levels), "float64"),
        ((x, unit, levels.expand(2)), "one of each"),
        ((x, unit + 1, levels), "not in 0"),
        ((x, unit, levels * inf), "not finite"),
        ((x, unit, levels, 0), "chunk"),
        ((x, unit, levels, 1, 0), "cells"),
    ):
        with pytest.raises(InputError, match=match):
            Queries(projections, *wrong)
    with pytest.raises(ShapeError, match="does not take"):
        Queries(projections, torch.zeros(1, 3, dtype=DOUBLE), unit, levels)
