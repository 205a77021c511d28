"""Bounds hold where weights and inputs are huge, tiny or below the normal numbers."""

from fractions import Fraction

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from polybn.statistical.claims.corollary_2 import corollary_2_at_scale  # noqa: E402
from polybn.statistical.distances.brackets import distance_brackets  # noqa: E402
from polybn.statistical.distances.projections import Projections  # noqa: E402
from polybn.statistical.distances.queries import Queries  # noqa: E402
from polybn.statistical.enclosures.lipschitz import lipschitz_constants  # noqa: E402
from polybn.statistical.enclosures.tracing import trace  # noqa: E402

DOUBLE = torch.float64


def made(*rows):
    layer = nn.Linear(len(rows[0]), len(rows), bias=False)
    layer.weight.data = torch.tensor(rows, dtype=DOUBLE)
    return layer


def chain(*layers):
    return nn.Sequential(*layers).double().eval()


def test_a_scale_that_vanishes_in_floats_is_enclosed():
    """gamma / sigma = 1e-350 is 0 in floats, and h = -1e-150 + 1e-250 is negative."""
    module = chain(made([1.0]), nn.BatchNorm1d(1), nn.ReLU())
    for name, value in (("weight", 1e-200), ("bias", 1e-250), ("running_var", 1e300)):
        getattr(module[1], name).data.fill_(value)
    traced = trace(module)
    enclosure = traced.enclosed(torch.tensor([[-1e200]], dtype=DOUBLE), at=traced.activations)["2"]
    assert float(enclosure.lower) <= -1e-150


def test_inputs_below_the_normal_numbers_meet_large_weights():
    """Rounding is relative to |w| |x|, and a share of x itself would vanish; checked in rationals."""
    source = torch.Generator().manual_seed(0)
    layer = made(*(1e150 * torch.randn(8, 3, dtype=DOUBLE, generator=source)).tolist())
    x = 1e-310 * torch.randn(40, 3, dtype=DOUBLE, generator=source)
    traced = trace(chain(layer, nn.ReLU()))
    for radius in (0.0, 1e-323):
        enclosure = traced.enclosed(x, at=traced.activations, radius=radius)["1"]
        for sample, low, high in zip(x.tolist(), enclosure.lower.tolist(), enclosure.upper.tolist(), strict=True):
            for row, below, above in zip(layer.weight.tolist(), low, high, strict=True):
                exact = sum(Fraction(w) * Fraction(entry) for w, entry in zip(row, sample, strict=True))
                assert Fraction(below) <= exact <= Fraction(above)


@pytest.mark.parametrize("samples", [1, 2, 17])
def test_no_centroid_below_the_normal_numbers_is_a_suspect(samples):
    source = torch.Generator().manual_seed(samples)
    module = chain(made([1e20], [-1e100], [3e250]), nn.BatchNorm1d(3, affine=False))
    batch = 1e-320 * torch.randn(samples, 1, dtype=DOUBLE, generator=source)
    assert corollary_2_at_scale(module, batch).violations == 0


@pytest.mark.parametrize("between", [(), (nn.LeakyReLU(1e-200),), (nn.ReLU(),)])
def test_products_that_vanish_in_floats_bound_what_follows(between):
    """1e-200 * 1e-200 * 1e300 is a slope of 1e-100, not 0."""
    middle = [made([1e-200])] if not between or isinstance(between[0], nn.ReLU) else []
    module = chain(made([1e-200]), *between, *middle, made([1e300]), nn.ReLU())
    constant = lipschitz_constants(trace(module), (1,))[str(len(module) - 1)]
    assert float(constant) >= 1e-100


def test_no_slope_is_still_no_slope():
    assert float(lipschitz_constants(trace(chain(made([0.0]), made([1e300]), nn.ReLU())), (1,))["2"]) == 0


@pytest.mark.parametrize("scale", [1e-250, 1e-200, 1e-170, 1e-160, 1.0, 1e150, 1e155, 1e200, 1e300])
def test_distances_hold_at_any_scale(scale):
    """g = r(x) - 3 r(y) = t with leaky ReLU: at (0, 0) the nearest point of F is on y < 0, x > 0, at t / sqrt(1.09)."""
    module = chain(made([1, 0], [0, 1]), nn.LeakyReLU(0.1), made([1, -3]), nn.ReLU())
    projections = Projections(trace(module), "3", (2,))
    x, t = torch.zeros(1, 2, dtype=DOUBLE), torch.tensor([scale], dtype=DOUBLE)
    towards = scale * torch.randn(20, 2, dtype=DOUBLE, generator=torch.Generator().manual_seed(0))
    lower, upper = distance_brackets(Queries(projections, x, torch.tensor([0]), t), towards)
    true = scale / 1.09**0.5
    assert float(lower) <= true * (1 + 1e-12)
    assert float(upper) >= true * (1 - 1e-12)


def test_a_steep_unit_has_no_distance_zero():
    projections = Projections(trace(chain(made([1e200]), nn.ReLU())), "1", (1,))
    x, t = torch.zeros(1, 1, dtype=DOUBLE), torch.tensor([1e5], dtype=DOUBLE)
    towards = torch.tensor([[1e-190], [1.0]], dtype=DOUBLE)
    lower, upper = distance_brackets(Queries(projections, x, torch.tensor([0]), t), towards)
    assert 0 < float(lower) <= 1e-195 * (1 + 1e-9) <= float(upper) * (1 + 2e-9)


def test_a_distance_beyond_floats_is_not_infinite():
    """1e-310 x = 1 at x = 1e310: F is not empty."""
    projections = Projections(trace(chain(made([1e-310]), nn.ReLU())), "1", (1,))
    x, t = torch.zeros(1, 1, dtype=DOUBLE), torch.tensor([1.0], dtype=DOUBLE)
    lower, _ = distance_brackets(Queries(projections, x, torch.tensor([0]), t), x)
    assert float(lower) < float("inf")
