"""The torch view of a network against the exact one: signs and values agree wherever torch is sure."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import polybn as pb  # noqa: E402
from polybn.statistical.enclosures.tracing import trace  # noqa: E402

ACTIVATIONS = {
    "relu": (torch.nn.ReLU(), "relu"),
    "leaky": (torch.nn.LeakyReLU(0.1), pb.LeakyReLU(pb.exact_float(0.1))),
    "hard tanh": (torch.nn.Hardtanh(), pb.HardTanh()),
}


def drawn(seed, dtype):
    """A module with normalised hidden layers and frozen statistics; integers, duplicates and zeros among its rows."""
    rng = np.random.default_rng(seed)
    widths = [int(rng.integers(1, 4)), *rng.integers(1, 7, int(rng.integers(1, 4))).tolist(), 1]
    name = sorted(ACTIVATIONS)[seed % 3]
    layers = []
    for place, (n, m) in enumerate(pairwise(widths)):
        linear = torch.nn.Linear(n, m, dtype=dtype)
        weight = rng.integers(-3, 4, (m, n)) if seed % 2 else rng.standard_normal((m, n))
        weight[-1] = weight[0] * rng.choice([1, -1, 0, 2])
        linear.weight.data = torch.tensor(weight, dtype=dtype)
        linear.bias.data = torch.tensor(rng.integers(-2, 3, m) * (seed % 5 > 1), dtype=dtype)
        layers.append(linear)
        if place + 2 < len(widths):
            layers += [normalization(rng, m, dtype, seed), ACTIVATIONS[name][0]]
    return torch.nn.Sequential(*layers).eval(), ACTIVATIONS[name][1], widths[0], rng


def normalization(rng, width, dtype, seed):
    made = torch.nn.BatchNorm1d(width, dtype=dtype)
    made.running_mean.data = torch.tensor(rng.integers(-2, 3, width), dtype=dtype)
    made.running_var.data = torch.tensor(rng.integers(1, 5, width) / 3, dtype=dtype)
    made.weight.data = torch.tensor(rng.choice([1.0, -1.0, 0.5, 0.0], width), dtype=dtype)
    made.bias.data = torch.tensor(rng.integers(-1, 2, width) * (seed % 2), dtype=dtype)
    return made


def fractions(tensor):
    return [[Fraction(entry) for entry in row] for row in tensor.double().tolist()]


def preactivations(module, activation, point):
    """Those of every hidden layer in exact arithmetic; sigma is the rational that the float scale stores."""
    found, z, layers = [], point, list(module)
    for place in range(0, len(layers), 3):
        linear = layers[place]
        rows = fractions(linear.weight.data)
        bias = fractions(linear.bias.data[None])[0]
        z = [sum(w * x for w, x in zip(row, z, strict=True)) + c for row, c in zip(rows, bias, strict=True)]
        if place + 1 < len(layers):
            z = normalized(layers[place + 1], z)
            found.append(z)
            z = [activated(activation, value) for value in z]
    return found, z


def normalized(norm, z):
    scale = (norm.weight.data / torch.sqrt(norm.running_var.double() + norm.eps)).double()
    parts = (norm.running_mean.data, scale, norm.bias.data)
    return [
        s * (t - mu) + beta for t, mu, s, beta in zip(z, *(fractions(part[None])[0] for part in parts), strict=True)
    ]


def activated(activation, value):
    if activation == "relu":
        return max(value, Fraction(0))
    if isinstance(activation, pb.PiecewiseLinear) and len(activation.breakpoints) == 2:
        return min(max(value, Fraction(-1)), Fraction(1))
    return value if value >= 0 else value * Fraction(0.1)


def points(dimension, rng, dtype):
    """Random ones, and ones near and on many boundaries: small integers and their neighbours."""
    near = rng.integers(-3, 4, (20, dimension)).astype(float)
    moved = near + rng.choice([2.0**-20, -(2.0**-40), 0.0], (20, dimension))
    return torch.tensor(np.concatenate([rng.uniform(-3, 3, (20, dimension)), near, moved]), dtype=dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_signs_and_values_agree_wherever_they_are_sure(dtype):
    counts = Counter()
    for seed in range(60):
        module, activation, dimension, rng = drawn(seed, dtype)
        x = points(dimension, rng, dtype)
        traced = trace(module)
        found = traced.enclosed(x, at=traced.activations)
        floats = traced.read(x, at=traced.activations)
        for number, point in enumerate(fractions(x)):
            hidden, output = preactivations(module, activation, point)
            for step, exact in zip(traced.activations, hidden, strict=True):
                check(found[step.name], floats[step.name], number, exact, step.operation.breakpoints, counts)
            check(found[""], floats[""], number, output, (), counts)
    assert counts["wrong"] == 0
    assert counts["sure"] > 2 * counts["unsure"]
    assert counts["exactly zero"] > 300
    assert counts["unsure zero"] == counts["exactly zero"]


def check(enclosure, floats, number, exact, breakpoints, counts):
    for unit, value in enumerate(exact):
        middle, radius = (Fraction(float(part[number, unit])) for part in enclosure)
        assert abs(value - middle) <= radius
        assert abs(Fraction(float(floats[number, unit])) - middle) <= radius
        for point in breakpoints:
            sign = int(enclosure.signs(point)[number, unit])
            true = (value > point) - (value < point)
            counts["sure" if sign else "unsure"] += 1
            counts["wrong"] += sign != 0 and sign != true
            counts["exactly zero"] += true == 0
            counts["unsure zero"] += true == 0 and sign == 0
