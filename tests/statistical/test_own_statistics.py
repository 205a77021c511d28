"""Normalisation by a mini-batch's own statistics: enclosures hold what rational arithmetic finds, and are narrow."""

from fractions import Fraction

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from polybn.statistical.claims.own_statistics import OwnStatistics, with_own_statistics  # noqa: E402
from polybn.statistical.enclosures.enclosure import Enclosure, exactly  # noqa: E402
from polybn.statistical.enclosures.tracing import trace  # noqa: E402
from polybn.statistical.modules.architectures import mlp  # noqa: E402

DOUBLE = torch.float64


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed))


def exact_statistics(rows, eps):
    """Squares of (t - mu) / sigma with their signs, from the definition."""
    found = []
    for column in zip(*rows, strict=True):
        t = [Fraction(value) for value in column]
        mean = sum(t) / len(t)
        square = sum((one - mean) ** 2 for one in t) / len(t) + Fraction(eps)
        found.append([abs(one - mean) * (one - mean) / square for one in t])
    return list(zip(*found, strict=True))


def signed_square(value):
    return abs(Fraction(value)) * Fraction(value)


@pytest.mark.parametrize("eps", [0.0, 1e-5])
def test_the_statistics_of_a_mini_batch_are_enclosed(eps):
    source = torch.Generator().manual_seed(0)
    for seed in range(20):
        for scale in (1.0, 1e-150, 1e120):
            exact = normal(5, 3, seed=seed) * scale + (1e3 * scale if seed % 2 else 0.0)
            radius = normal(5, 3, seed=seed + 100).abs() * (1e-6 * scale)
            moved = exact + radius * (2 * torch.rand(5, 3, dtype=DOUBLE, generator=source) - 1) * 0.999
            for given in (exactly(exact), Enclosure(moved, radius)):
                found = OwnStatistics(eps).enclose(given)
                if scale > 1e-100:
                    assert bool((found.radius < 1e-3).all())
                true = exact_statistics(exact.tolist(), eps)
                for low, high, row in zip(found.lower.tolist(), found.upper.tolist(), true, strict=True):
                    for a, b, value in zip(low, high, row, strict=True):
                        if a == a and abs(a) < float("inf"):
                            assert signed_square(a) <= value <= signed_square(b)


def test_a_constant_unit_is_unsure():
    steady = torch.ones(4, 1, dtype=DOUBLE)
    assert not OwnStatistics(0.0).enclose(exactly(steady)).signs().any()
    assert not OwnStatistics(1e-5).enclose(exactly(steady * 0.1)).signs().any()


def test_a_traced_module_takes_the_statistics_of_the_samples():
    net, batch = mlp([3, 6, 5, 1], "leaky_relu", normalised=True, seed=0, dtype=DOUBLE).eval(), normal(7, 3) + 2
    found = with_own_statistics(trace(net)).enclosed(batch, at=())[""]
    frozen = trace(net).enclosed(batch, at=())[""]
    for part in net:
        if isinstance(part, nn.BatchNorm1d):
            part.train()
    expected = net(batch).detach()
    assert bool(((expected - found.midpoint).abs() <= found.radius + 1e-12).all())
    assert bool((found.radius < 1e-10).all())
    assert not torch.allclose(expected, frozen.midpoint, atol=1e-3)
