"""Folded hyperplanes through balls: the proven counts hold the exact ones, and the estimate is between them."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import polybn as pb  # noqa: E402
from polybn.errors import InputError, InternalError  # noqa: E402
from polybn.statistical.counting.crossings import crossings  # noqa: E402
from polybn.statistical.enclosures.extremes import Extremes, watched  # noqa: E402
from polybn.statistical.enclosures.rounding import rounding_errors  # noqa: E402
from polybn.statistical.enclosures.tracing import trace  # noqa: E402

ACTIVATIONS = (
    (torch.nn.ReLU(), pb.ReLU()),
    (torch.nn.LeakyReLU(0.1), pb.LeakyReLU(pb.exact_float(0.1))),
    (torch.nn.Hardtanh(), pb.HardTanh()),
)


def drawn(seed):
    """A normalised module; a row is doubled, another is zero, and with integers many points are on boundaries."""
    rng = np.random.default_rng(seed)
    dimension = 1 + seed % 3
    widths = [dimension, *rng.integers(2, 6 - dimension // 2, 1 + int(rng.integers(0, 2))).tolist(), 1]
    layers = []
    for place, (inputs, outputs) in enumerate(pairwise(widths)):
        linear = torch.nn.Linear(inputs, outputs, dtype=torch.float64)
        weight = rng.integers(-2, 3, (outputs, inputs)) if seed % 2 else rng.standard_normal((outputs, inputs))
        weight[-1] = weight[0] * rng.choice([1, -1, 0, 2])
        linear.weight.data = torch.tensor(weight, dtype=torch.float64)
        linear.bias.data = torch.tensor(rng.integers(-1, 2, outputs), dtype=torch.float64)
        layers.append(linear)
        if place + 2 < len(widths):
            layers += [normalization(rng, outputs), ACTIVATIONS[seed % len(ACTIVATIONS)][0]]
    return torch.nn.Sequential(*layers).eval(), rng


def normalization(rng, width):
    made = torch.nn.BatchNorm1d(width, dtype=torch.float64)
    made.running_mean.data = torch.tensor(rng.integers(-1, 2, width), dtype=torch.float64)
    made.running_var.data = torch.tensor(rng.integers(1, 5, width) / 3, dtype=torch.float64)
    made.weight.data = torch.tensor(rng.choice([1.0, -1.0, 0.5, 0.0], width), dtype=torch.float64)
    made.bias.data = torch.tensor(rng.integers(-1, 2, width), dtype=torch.float64)
    return made


def fractions(tensor):
    return [Fraction(entry) for entry in tensor.tolist()]


def exact(module, activation):
    """The same network over Q; the scale is the rational that the float stores."""
    layers = list(module)
    stages = []
    for linear, norm in zip(layers[0::3], [*layers[1::3], None], strict=False):
        weights, biases = [fractions(row) for row in linear.weight.data], fractions(linear.bias.data)
        stages.append(pb.Linear(weights, biases))
        if norm is not None:
            scale = fractions(norm.weight.data / torch.sqrt(norm.running_var + norm.eps))
            parts = zip(scale, fractions(norm.running_mean), fractions(norm.bias.data), strict=True)
            diagonal = [[s if i == k else 0 for i in range(len(scale))] for k, s in enumerate(scale)]
            stages += [pb.Linear(diagonal, [beta - s * mu for s, mu, beta in parts]), activation]
    return pb.Network(stages)


def true_counts(net, centres, radius):
    """For each layer and centre the folded hyperplanes within the radius, exactly; and those that fill no region."""
    part = pb.enumerate_regions(net, pb.box(-5, 5, dim=net.dimension))
    counts, thin = np.zeros((2, len(centres), len(net.widths)), dtype=int)
    for layer, width in enumerate(net.widths):
        for unit in range(width):
            for place in range(len(net.hidden[layer].activation.breakpoints)):
                folded = part.folded_hyperplane(layer, unit, breakpoint=place)
                for row, centre in enumerate(centres):
                    passes = folded.squared_distance(fractions(centre)) <= Fraction(radius) ** 2
                    counts[row, layer] += passes
                    thin[row, layer] += passes and not folded.degenerate
    return torch.tensor(counts), int(thin.sum())


@pytest.mark.parametrize("share", range(3))
def test_the_bracket_holds_the_exact_count(share):
    found = Counter()
    for seed in range(share, 36, 3):
        module, rng = drawn(seed)
        net = exact(module, ACTIVATIONS[seed % len(ACTIVATIONS)][1])
        points = np.concatenate([rng.uniform(-3, 3, (2, net.dimension)), rng.integers(-2, 3, (2, net.dimension))])
        centres = torch.tensor(points, dtype=torch.float64)
        radius = float(rng.choice([0.25, 1.0, 0.03125]))
        counts = crossings(trace(module), centres, radius, 300, seed=seed)
        true, thin = true_counts(net, centres, radius)
        assert counts.totals == tuple(layer.affine.outputs * len(layer.activation.breakpoints) for layer in net.hidden)
        assert (counts.lower <= true).all()
        assert (true <= counts.upper).all()
        assert (counts.lower <= counts.estimate).all()
        assert (counts.estimate <= counts.upper).all()
        for name, part in (("lower", counts.lower), ("true", true), ("upper", counts.upper)):
            found[name] += int(part.sum())
        found["thin"] += thin
        found["total"] += int(sum(counts.totals)) * len(centres)
    # The bracket says something: it is proven of most hyperplanes whether they pass.
    assert found["lower"] > 0.6 * found["thin"] > 0
    assert found["true"] > found["thin"]
    assert found["upper"] < 0.8 * found["total"]


def single(weight, bias, activation=None):
    linear = torch.nn.Linear(len(weight[0]), len(weight), dtype=torch.float64)
    linear.weight.data, linear.bias.data = (torch.tensor(part, dtype=torch.float64) for part in (weight, bias))
    return trace(torch.nn.Sequential(linear, activation or torch.nn.ReLU()).eval())


def counted(counts):
    return [part.tolist() for part in (counts.lower, counts.estimate, counts.upper)]


def test_in_one_layer_a_miss_is_proven_up_to_rounding():
    """||w|| = 5 and w x + b = 10 at the centre: the hyperplane is at the distance 2."""
    network = single([[3.0, 4.0]], [10.0])
    centre = torch.zeros(1, 2).double()
    assert counted(crossings(network, centre, 2 - 1e-12, 100, seed=0)) == [[[0]], [[0]], [[0]]]
    assert counted(crossings(network, centre, 2.0, 100, seed=0)) == [[[0]], [[0]], [[1]]]
    assert counted(crossings(network, centre, 3.0, 100, seed=0)) == [[[1]], [[1]], [[1]]]


def test_a_unit_that_is_zero_everywhere_is_neither_proven_to_pass_nor_to_miss():
    network = single([[0.0, 0.0]], [0.0])
    assert counted(crossings(network, torch.ones(1, 2).double(), 1.0, 50, seed=0)) == [[[0]], [[0]], [[1]]]


def test_each_breakpoint_folds_a_hyperplane():
    network = single([[1.0]], [0.0], torch.nn.ReLU6())
    centres = torch.tensor([[0.0], [6.0], [3.0], [20.0]]).double()
    counts = crossings(network, centres, 1.0, 50, seed=0)
    assert counts.totals == (2,)
    assert counts.estimate.flatten().tolist() == [1, 1, 0, 0]
    assert counted(crossings(network, centres, 5.0, 50, seed=0)) == [[[1], [1], [2], [0]]] * 3


def test_rounding_alone_never_proves_a_crossing():
    """0.1 x + 0.2 y - 0.3 z is of both signs around a tiny ball on its plane; floats there are noise."""
    network = single([[0.1, 0.2, -0.3]] * 2, [0.0, 2e-17])
    counts = crossings(network, torch.ones(1, 3).double(), 1e-15, 200, seed=0)
    assert counts.lower.tolist() == [[0]]
    assert counts.upper.tolist() == [[2]]
    assert counts.estimate.sum() > 0


def test_a_least_value_within_rounding_proves_nothing():
    """|x| + 1e-17 is least at the centre, where floats cannot tell it from 0, and vanishes nowhere."""
    first, second = torch.nn.Linear(1, 2, dtype=torch.float64), torch.nn.Linear(2, 1, dtype=torch.float64)
    first.weight.data, first.bias.data = torch.tensor([[1.0], [-1.0]]).double(), torch.zeros(2).double()
    second.weight.data, second.bias.data = torch.ones(1, 2).double(), torch.tensor([1e-17], dtype=torch.float64)
    module = torch.nn.Sequential(first, torch.nn.ReLU(), second, torch.nn.ReLU()).eval()
    counts = crossings(trace(module), torch.zeros(1, 1).double(), 1.0, 50, seed=0)
    assert counts.lower.tolist() == [[2, 0]]
    assert counts.upper.tolist() == [[2, 1]]


def convolutional(seed=0, width=4):
    torch.manual_seed(seed)

    class Residual(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = torch.nn.Sequential(
                torch.nn.Conv2d(3, width, 3, padding=1, bias=False),
                torch.nn.BatchNorm2d(width),
                torch.nn.LeakyReLU(0.1),
            )
            self.block = torch.nn.Sequential(
                torch.nn.Conv2d(width, width, 3, padding=1), torch.nn.BatchNorm2d(width), torch.nn.ReLU()
            )
            self.last = torch.nn.Sequential(
                torch.nn.MaxPool2d(2), torch.nn.Conv2d(width, width, 3), torch.nn.Hardtanh()
            )
            self.pool = torch.nn.AvgPool2d(2)
            self.linear = torch.nn.Linear(width, 2)

        def forward(self, x):
            z = self.first(x)
            return torch.relu(self.linear(self.pool(self.last(z + self.block(z))).flatten(1)))

    return Residual().double().eval()


def test_residual_networks_are_counted_by_unit_and_place():
    traced = trace(convolutional())
    counts = crossings(traced, torch.randn(5, 3, 8, 8).double(), 0.5, 40, seed=0)
    assert counts.totals == (4 * 64, 4 * 64, 2 * 4 * 4, 2)
    assert (counts.lower > 0)[:, :2].all()
    assert (counts.upper[:, 0] < 256).all()


def test_the_rounding_bound_holds_at_every_sampled_point():
    """Against the exact values that the enclosure of a single point brackets far more tightly than floats err."""
    traced = trace(convolutional(1).float())
    x = torch.randn(30, 3, 8, 8)
    seen = {}
    watched(traced, seen, 1).read(x, at=())
    inputs = Extremes(x.amin(0, keepdim=True), x.amax(0, keepdim=True))
    bounds = rounding_errors(traced, inputs, seen)
    floats = traced.read(x, at=traced.activations)
    better = trace(convolutional(1).float().double()).enclosed(x.double(), at=traced.activations)
    for name, bound in bounds.items():
        error = (floats[name].double() - better[name].midpoint).abs()
        assert (error <= bound + better[name].radius).all()
        assert 0 < error.max() < bound.max() < 1e6 * error.max()
        assert torch.equal(seen[name].largest[0], floats[name].amax(0))
        assert torch.equal(seen[name].least[0], floats[name].amin(0))


def test_a_maximum_passes_the_largest_rounding_of_its_window_on():
    torch.manual_seed(0)
    layers = [torch.nn.Conv2d(2, 3, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.ReLU()]
    traced = trace(torch.nn.Sequential(*layers).double().eval())
    seen = {}
    x = torch.randn(9, 2, 6, 6).double()
    watched(traced, seen, 1).read(x, at=())
    bounds = rounding_errors(traced, Extremes(x.amin(0, keepdim=True), x.amax(0, keepdim=True)), seen)
    assert bounds["1"].min() > 0
    assert torch.equal(bounds["3"], torch.nn.functional.max_pool2d(bounds["1"], 2))


@pytest.mark.parametrize("chunk", [1, 7, 40, 1000])
def test_the_chunk_changes_no_count(chunk):
    traced, centres = trace(convolutional()), torch.randn(5, 3, 8, 8, dtype=torch.float64)
    whole = crossings(traced, centres, 0.1, 20, seed=0)
    assert counted(crossings(traced, centres, 0.1, 20, seed=0, chunk=chunk)) == counted(whole)
    alone = crossings(traced, centres[3:4], 0.1, 20, seed=0, chunk=chunk)
    assert torch.equal(alone.estimate[0], whole.estimate[3])


@pytest.mark.parametrize(("balls", "chunk"), [(1, 5), (5, 5), (5, 40), (40, 64)])
def test_no_more_points_are_evaluated_at_once_than_the_chunk(monkeypatch, balls, chunk):
    sizes = []
    whole = type(trace(convolutional())).read
    monkeypatch.setattr(
        type(trace(convolutional())), "read", lambda self, x, *, at: sizes.append(len(x)) or whole(self, x, at=at)
    )
    crossings(trace(convolutional()), torch.randn(balls, 3, 8, 8).double(), 0.1, 30, seed=0, chunk=chunk)
    assert max(sizes) <= chunk
    assert sum(sizes) >= balls * 31


def test_the_seed_decides_and_more_samples_find_no_less():
    traced, centres = trace(convolutional()), torch.randn(3, 3, 8, 8, dtype=torch.float64)
    first, again, other = (crossings(traced, centres, 0.3, 30, seed=seed).estimate for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert (crossings(traced, centres, 0.3, 60, seed=0).estimate >= first).all()
    assert crossings(traced, centres, 0.3, 0, seed=0).estimate.sum() == 0


def test_floats_of_less_precision_give_the_estimate_alone():
    traced, centres = trace(convolutional().float()), torch.randn(2, 3, 8, 8)
    counts = crossings(traced, centres, 0.3, 30, seed=0, bracket=False)
    assert not counts.bracketed
    assert counts.lower.sum() == 0
    assert counts.upper.tolist() == [list(counts.totals)] * 2
    assert counts.estimate.sum() > 0
    with pytest.raises(InputError, match=r"module.double\(\).*bracket=False"):
        crossings(traced, centres, 0.3, 30, seed=0)


def test_floats_that_contradict_their_bounds_are_reported_as_a_bug(monkeypatch):
    """A planted one: an enclosure that is too small."""
    network = single([[3.0, 4.0]], [10.0])
    whole = type(network).enclosed
    monkeypatch.setattr(type(network), "enclosed", lambda self, x, *, at, radius=0.0: whole(self, x, at=at))
    with pytest.raises(InternalError, match="contradict"):
        crossings(network, torch.zeros(1, 2).double(), 3.0, 100, seed=0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"radius": 0.0}, "radius"),
        ({"radius": float("inf")}, "radius"),
        ({"samples": -1}, "number of samples"),
        ({"seed": -1}, "seed"),
        ({"chunk": 0}, "chunk"),
        ({"centres": torch.zeros(0, 2).double()}, "at least one"),
        ({"centres": torch.zeros(2).double()}, "at least one"),
        ({"centres": torch.zeros(1, 3).double()}, "does not take"),
        ({"centres": torch.zeros(1, 2), "bracket": False}, "does not take"),
        ({"centres": torch.full((1, 2), float("nan")).double()}, "finite"),
        ({"traced": trace(torch.nn.Sequential(torch.nn.Linear(2, 1)).double().eval())}, "no activation"),
    ],
)
def test_what_cannot_be_counted_is_refused(change, words):
    given = {
        "traced": single([[1.0, 1.0]], [0.0]), "centres": torch.zeros(1, 2).double(), "radius": 1.0, "samples": 5,
        "seed": 0,
    } | change  # fmt: skip
    with pytest.raises(InputError, match=words):
        crossings(**given)
