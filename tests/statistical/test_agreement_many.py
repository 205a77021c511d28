"""Hundreds of drawn networks, degenerate ones too: where torch is sure of a sign the exact network has it.

Points lie at random, on hyperplanes, one float beside, 2^-24 to 2^-60 beside, and at both ends of a segment that was
halved down to two neighbouring floats across a folded hyperplane; inputs and offsets are of size 1, 2^100 and 2^-100.
"""

from collections import Counter
from fractions import Fraction
from itertools import pairwise
from math import isqrt

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import polybn as pb  # noqa: E402
from polybn.exact.matrix import matrix  # noqa: E402
from polybn.statistical.enclosures.enclosure import Enclosure  # noqa: E402
from polybn.statistical.enclosures.tracing import trace  # noqa: E402
from polybn.statistical.modules.residual import Absolute  # noqa: E402

NETWORKS = 320
DEVICES = ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)
ACTIVATIONS = {
    "relu": (nn.ReLU, pb.ReLU()),
    "leaky": (lambda: nn.LeakyReLU(0.1), pb.LeakyReLU(pb.exact_float(0.1))),
    "abs": (Absolute, pb.Abs()),
    "hard tanh": (nn.Hardtanh, pb.HardTanh()),
}
SIZES = (1.0, 1.0, 2.0**100, 2.0**-100)
BESIDE = (24, 30, 40, 50, 60)


class Drawn:
    """A module, the same network over Q, the size of its inputs, and numbers to draw its points from."""

    def __init__(self, seed, dtype):
        self.rng = rng = np.random.default_rng(seed)
        self.dtype, self.size, self.is_whole = dtype, SIZES[seed // 8 % 4], seed % 2 == 0
        self.inputs, self.normalised = int(rng.integers(1, 5)), seed % 3 > 0
        widths = [self.inputs, *rng.integers(1, 9, int(rng.integers(1, 4))).tolist(), 1]
        make, exact = ACTIVATIONS[sorted(ACTIVATIONS)[seed // 2 % 4]]
        layers, stages = [], []
        for place, (n, m) in enumerate(pairwise(widths)):
            layers.append(self.linear(n, m, self.size if place == 0 else 1.0))
            stages.append(pb.Linear(stored(layers[-1].weight), stored(layers[-1].bias)))
            if place + 2 < len(widths):
                if self.normalised:
                    layers.append(self.normalisation(m, self.size if place == 0 else 1.0))
                    stages.append(exactly(layers[-1]))
                layers.append(make())
                stages.append(exact)
        self.module, self.network = nn.Sequential(*layers).eval(), pb.Network(stages)
        self.traced = trace(self.module)

    def linear(self, n, m, size):
        """Rows may be zero, duplicate, opposite or parallel to the first one."""
        made = nn.Linear(n, m, dtype=self.dtype)
        weight = self.rng.integers(-3, 4, (m, n)).astype(float) if self.is_whole else self.rng.standard_normal((m, n))
        for row in range(1, m):
            if self.rng.random() < 0.3:
                weight[row] = weight[0] * self.rng.choice([0, 1, -1, 2, -0.5])
        made.weight.data = torch.tensor(weight, dtype=self.dtype)
        made.bias.data = torch.tensor(size * self.rng.integers(-2, 3, m), dtype=self.dtype)
        return made

    def normalisation(self, m, size):
        made = nn.BatchNorm1d(m, dtype=self.dtype)
        made.running_mean.data = torch.tensor(size * self.rng.integers(-2, 3, m), dtype=self.dtype)
        made.running_var.data = torch.tensor(self.rng.integers(1, 5, m) / 3, dtype=self.dtype)
        made.weight.data = torch.tensor(self.rng.choice([1.0, -1.0, 0.5, 0.1, 0.0], m, p=(0.4, 0.2, 0.2, 0.1, 0.1)))
        made.weight.data = made.weight.data.to(self.dtype)
        made.bias.data = torch.tensor(self.rng.integers(-1, 2, m), dtype=self.dtype)
        return made

    def points(self):
        """(kinds, points, targets): a target is the (layer, unit, breakpoint) that a point is meant to be near."""
        kinds, points, targets = ["random"] * 10, [*self.some(10)], [None] * 10
        for unit in range(min(4, self.module[0].out_features)):
            for kind, point, target in self.beside(unit):
                kinds.append(kind)
                points.append(point)
                targets.append(target)
        x = torch.tensor(np.array(points), dtype=self.dtype)
        ends, folded = self.halved()
        return [*kinds, *["folded"] * len(ends)], torch.cat([x, ends]), [*targets, *folded]

    def some(self, count):
        if self.is_whole:
            return self.size * self.rng.integers(-9, 10, (count, self.inputs)).astype(float)
        return self.size * self.rng.uniform(-3, 3, (count, self.inputs))

    def beside(self, unit):
        """Points on a hyperplane of the first layer, where its coordinates are floats, and at distances from it."""
        layer = self.network.hidden[0]
        row, offset = layer.affine.linear.tolist()[unit], layer.affine.offset[unit]
        free = [place for place, entry in enumerate(row) if entry]
        if not free:
            return
        point, place = self.some(1)[0].astype(str(self.dtype).removeprefix("torch.")), int(self.rng.choice(free))
        number = int(self.rng.integers(len(layer.activation.breakpoints)))
        others = (row[i] * fmpq_of(point[i]) for i in range(self.inputs) if i != place)
        solved = (layer.activation.breakpoints[number] - offset - sum(others)) / row[place]
        point[place] = float(Fraction(int(solved.p), int(solved.q)))
        step = max(abs(float(point[place])), self.size)
        moved = {"on": point[place], "one float beside": np.nextafter(point[place], point.dtype.type(np.inf))}
        moved |= {f"2^-{k} beside": point[place] + self.rng.choice([-1, 1]) * step * 2.0**-k for k in BESIDE}
        for kind, value in moved.items():
            yield kind, np.concatenate([point[:place], [value], point[place + 1 :]]), (0, unit, number)

    def halved(self):
        """Both ends of segments across folded hyperplanes of deeper layers, after halving to the last float."""
        last = len(self.network.hidden) - 1
        if last == 0 or self.size != 1 or self.rng.random() < 0.4:
            return torch.empty(0, self.inputs, dtype=self.dtype), []
        step = self.traced.activations[last]
        unit, number = int(self.rng.integers(self.network.widths[last])), 0

        def above(x):
            return self.traced.read(x, at=[step])[step.name][:, unit] > step.operation.breakpoints[number]

        low, high = (torch.tensor(self.some(8), dtype=self.dtype) for _ in range(2))
        crossing = above(low) != above(high)
        low, high = low[crossing], high[crossing]
        side = above(low)
        for _ in range(60 if self.dtype == torch.float64 else 30):
            middle = low / 2 + high / 2
            same = (above(middle) == side)[:, None]
            low, high = torch.where(same, middle, low), torch.where(same, high, middle)
        return torch.cat([low, high]), [(last, unit, number)] * (2 * len(low))


def stored(parameter):
    return parameter.detach().double().numpy()


def fmpq_of(value):
    return matrix(np.array([[float(value)]])).tolist()[0][0]


def exactly(norm):
    """sigma is the root of var + eps up to 2^-120."""
    squares = [Fraction(entry) + Fraction(norm.eps) for entry in norm.running_var.double().tolist()]
    scale = [Fraction(isqrt(int(square * 2**240)), 2**120) for square in squares]
    return pb.frozen(stored(norm.running_mean), scale, stored(norm.weight), stored(norm.bias))


def exact_signs(network, x):
    """For each hidden layer the signs (points, units, breakpoints) of pre-activation - breakpoint."""
    z, found = matrix(x.double().numpy()).transpose(), []
    for layer in network.hidden:
        h = (layer.affine.linear * z).tolist()
        h = [[value + offset for value in row] for row, offset in zip(h, layer.affine.offset, strict=True)]
        points = layer.activation.breakpoints
        signs = [[[(value > point) - (value < point) for point in points] for value in row] for row in h]
        found.append(np.array(signs, dtype=np.int8).transpose(1, 0, 2))
        z = matrix([[layer.activation.value(value) for value in row] for row in h])
    return found


def torch_signs(drawn, x, device, shrink):
    """The same as torch is sure of it; `shrink` plants a wrong radius."""
    traced, found = drawn.traced if device == "cpu" else trace(drawn.module.to(device)), []
    enclosed = traced.enclosed(x.to(device), at=traced.activations)
    for step in traced.activations:
        midpoint, radius = enclosed[step.name]
        planted = Enclosure(midpoint, radius * shrink)
        found.append(torch.stack([planted.signs(point) for point in step.operation.breakpoints], -1).cpu().numpy())
    return found


def compared(seeds, dtype, device="cpu", shrink=1.0):
    """Counts over drawn networks: of all signs; and by the kind of the point, of the unit that it is meant to be near.

    "wrong": sure and not the exact sign. "zero": exactly on the boundary.
    """
    counts = Counter()
    for seed in seeds:
        drawn = Drawn(seed, dtype)
        kinds, x, targets = drawn.points()
        exact, found = exact_signs(drawn.network, x), torch_signs(drawn, x, device, shrink)
        for true, sure in zip(exact, found, strict=True):
            assert true.shape == sure.shape
            counts["signs"] += sure.size
            counts["sure"] += int((sure != 0).sum())
            counts["wrong"] += int(((sure != 0) & (sure != true)).sum())
            counts["zero"] += int((true == 0).sum())
            if drawn.size == 1:
                counts["random"] += sure[:10].size
                counts["random, sure"] += int((sure[:10] != 0).sum())
                counts["random, zero"] += int((true[:10] == 0).sum())
        for number, (kind, target) in enumerate(zip(kinds, targets, strict=True)):
            if target:
                layer, *place = target
                counts[kind] += 1
                counts[f"{kind}, sure"] += int(found[layer][number, *place] != 0)
                counts[f"{kind}, zero"] += int(exact[layer][number, *place] == 0)
        counts["networks"] += 1
    return counts


def share(counts, kind):
    """Of the points of a kind that are not exactly on the boundary, those of whose sign torch is sure."""
    return counts[f"{kind}, sure"] / (counts[kind] - counts[f"{kind}, zero"])


NEAR = {
    torch.float32: ("on", "one float beside", "folded", *(f"2^-{k} beside" for k in BESIDE)),
    torch.float64: ("on", "one float beside", "folded", "2^-50 beside", "2^-60 beside"),
}
"""Nearer to a boundary than floats of the type can tell."""


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_sure_signs_are_the_exact_ones(dtype, device):
    counts = compared(range(NETWORKS), dtype, device)
    assert counts["networks"] == NETWORKS
    assert counts["wrong"] == 0, counts
    assert counts["signs"] > 100_000
    assert counts["sure"] > 0.8 * counts["signs"]
    assert share(counts, "random") > 0.95
    assert counts["zero"] > 3000
    assert counts["on, zero"] > 150
    for kind in NEAR[dtype]:
        assert counts[kind] > 150
        assert share(counts, kind) < 0.05, kind
    if dtype == torch.float64:
        for k in (24, 30, 40):
            assert share(counts, f"2^-{k} beside") > 0.95


@pytest.mark.parametrize(("shrink", "wrong"), [(0.0, 100), (1e-3, 20), (0.1, 5)], ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_a_radius_that_is_too_small_is_caught(dtype, shrink, wrong):
    counts = compared(range(40), dtype, shrink=shrink)
    assert counts["wrong"] > wrong
    assert max(share(counts, kind) for kind in NEAR[dtype]) > 0.1
