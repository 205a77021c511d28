"""Proposition 3 at scale: rates of one-sided mini-batches, signs proved, suspects convicted; the repaired forms."""

from collections import Counter
from dataclasses import replace
from math import acos, pi

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from polybn.claims.proposition_3 import PROPOSITION_3  # noqa: E402
from polybn.claims.verdict import Status  # noqa: E402
from polybn.claims.view import ExactView  # noqa: E402
from polybn.errors import BatchError, InputError, ShapeError  # noqa: E402
from polybn.outcome import Fails, Holds  # noqa: E402
from polybn.statistical.claims.own_statistics import OwnStatistics  # noqa: E402
from polybn.statistical.claims.proposition_3 import (  # noqa: E402
    one_sided_rate,
    separated,
    separated_at_scale,
    sides,
)
from polybn.statistical.claims.proposition_3_trial import rebuilt, trial, tried  # noqa: E402
from polybn.statistical.claims.side_draws import Draw, Setting, draw  # noqa: E402
from polybn.statistical.enclosures.enclosure import exactly  # noqa: E402
from polybn.statistical.enclosures.tracing import trace  # noqa: E402
from polybn.statistical.modules.architectures import mlp, resnet9  # noqa: E402
from polybn.statistical.modules.initialisation import random_bias  # noqa: E402
from polybn.statistical.sampled import together  # noqa: E402

DOUBLE = torch.float64


def normal(*shape, seed=0, dtype=DOUBLE):
    return torch.randn(*shape, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed)).to(dtype)


def deep(seed, dtype=torch.float32):
    return mlp([8, 1024, 1024, 1], "leaky_relu", normalised=True, seed=seed, dtype=dtype), normal(
        4, 8, seed=seed, dtype=dtype
    )


def residual(seed, dtype=DOUBLE):
    net = resnet9(3, 1, "leaky_relu", seed=seed, width=4, side=8, deepest=4, dtype=dtype)
    return net, normal(4, 3, 8, 8, seed=seed, dtype=dtype)


def ended(case):
    net, batch = case
    return nn.Sequential(net, nn.BatchNorm1d(1, dtype=batch.dtype)).eval(), batch


def test_training_mode_of_torch_lies_inside():
    net, batch = residual(0)
    layer = nn.BatchNorm2d(3, dtype=DOUBLE)
    with torch.no_grad():
        layer.weight.copy_(normal(3))
        layer.bias.copy_(normal(3, seed=1))
        found = OwnStatistics(layer.eps, layer.weight, layer.bias).enclose(exactly(batch))
        assert bool(((layer(batch) - found.midpoint).abs() <= found.radius).all())
    assert bool((found.radius < 1e-10).all())
    assert sides(trace(net), batch) in ("one", "both")
    for seed in range(2):
        both, batch = ended(residual(seed))
        assert sides(trace(both), batch) == "both"


def test_every_sure_answer_is_that_of_rational_arithmetic():
    counts = Counter()
    for widths, batch in (((2,), 2), ((5,), 3), ((16,), 8), ((4, 4), 4), ((3, 1), 3)):
        setting = Setting(widths, batch=batch, inputs=3, slope=0.1)
        for number in range(25):
            one = draw(setting, seed=1, number=number)
            outcome, found = trial(one), sides(one.network, one.batch)
            assert isinstance(outcome, {"one": Fails, "both": Holds}[found])
            counts[found] += 1
    assert counts["one"] > 20
    assert counts["both"] > 20


def test_a_suspect_is_convicted_by_the_claim_itself():
    rate = one_sided_rate(Setting((8,), batch=4, inputs=4), draws=60, seed=0, device="cpu")
    assert rate.sampled.status == Status.UNDECIDED
    judged = tried(rate, at_most=5).sampled
    assert (judged.convicted, judged.cleared) == (5, 0)
    assert judged.status == Status.REFUTED
    first = draw(rate.setting, seed=0, number=rate.suspects[0])
    instance = rebuilt(first)
    assert all(hypothesis.holds(ExactView(instance)) for hypothesis in PROPOSITION_3.hypotheses)
    assert isinstance(PROPOSITION_3.decide(ExactView(instance)), Fails)
    assert "slack" in instance.network.semantics


def test_a_false_suspect_is_cleared_and_a_large_one_is_tried_in_balls():
    setting = Setting((4,), batch=4, inputs=4)
    rate = one_sided_rate(setting, draws=20, seed=0, device="cpu")
    innocent = next(number for number in range(20) if number not in rate.suspects)
    accused = replace(rate, suspects=(innocent, *rate.suspects[1:]))
    assert tried(accused).sampled.cleared == 1
    large = draw(Setting((17,)), seed=0, number=0)
    assert isinstance(trial(large), {"one": Fails, "both": Holds}[sides(large.network, large.batch)])
    with pytest.raises(InputError, match="too large for a trial"):
        rebuilt(large)


def test_near_the_boundary_is_unsure():
    # Outputs a(h) w of two mirrored units: w = (1, slope) gives 1 - slope^2 and an exact 0.
    setting = Setting((2,), batch=2, inputs=1, slope=0.5, eps=0.0)
    weights = tuple(torch.tensor(rows, dtype=DOUBLE) for rows in ([[1.0], [-1.0]], [[1.0, 0.5]]))
    one = Draw(setting, weights, torch.tensor([[1.0], [-1.0]], dtype=DOUBLE))
    assert sides(one.network, one.batch) == "unsure"
    assert isinstance(trial(one), Fails)  # 0 is on no side
    nudged = replace(one, weights=(weights[0], torch.tensor([[1.0, 0.5 - 1e-12]], dtype=DOUBLE)))
    assert sides(nudged.network, nudged.batch) == "both"


def test_of_batches_of_two_less_than_half_are_one_sided():
    # Equally many units with h = 1 and -1 on average: the angle has cosine -2 slope / (1 + slope^2), about.
    slope = 0.3
    rate = one_sided_rate(Setting((32,), slope=slope, inputs=4), draws=2000, seed=3, device="cpu")
    lower, upper = rate.interval
    assert lower <= 1 - acos(-2 * slope / (1 + slope**2)) / pi <= upper < 0.4
    assert rate.sampled.unsure == 0


def test_the_rate_falls_with_the_batch_and_the_slope():
    rates = [one_sided_rate(Setting((16,), batch=n), draws=300, seed=0, device="cpu") for n in (2, 4, 16)]
    assert rates[0].interval[0] > rates[1].interval[1]
    assert rates[1].interval[0] > rates[2].interval[1]
    steep = one_sided_rate(Setting((16,), slope=0.9), draws=300, seed=0, device="cpu")
    assert steep.interval[1] < rates[0].interval[0]
    assert one_sided_rate(Setting((4, 4, 4), batch=4), draws=100, seed=0, device="cpu").sampled.suspects > 0


@pytest.mark.parametrize(("batch", "counted", "within"), [(2, 979, (46.7, 51.2)), (4, 437, (20.0, 23.8)),
                                                          (16, 84, (3.3, 5.2)), (64, 22, (0.6, 1.7))])  # fmt: skip
def test_the_rates_that_are_told_are_those_of_their_seed(batch, counted, within):
    rate = one_sided_rate(Setting((64,), batch=batch), draws=2000, seed=0, device="cpu")
    assert (rate.sampled.suspects, rate.sampled.unsure) == (counted, 0)
    lower, upper = (100 * end for end in rate.interval)
    assert within[0] <= lower < within[0] + 0.1
    assert within[1] - 0.1 < upper <= within[1]


def test_shares_of_the_draws_add_up():
    setting = Setting((4,), batch=3)
    whole = one_sided_rate(setting, draws=60, seed=5, device="cpu")
    parts = [one_sided_rate(setting, draws=20, first=first, seed=5, device="cpu") for first in (40, 0, 20)]
    assert together(part.sampled for part in parts) == whole.sampled
    assert sorted(number for part in parts for number in part.suspects) == list(whole.suspects)
    assert one_sided_rate(setting, draws=0, seed=5, device="cpu").interval == (0.0, 1.0)


def test_repaired_forms_on_wide_mlps():
    for setting in (Setting((1024, 1024, 1), batch=4), Setting((1024, 1024), batch=4, normalised_output=True)):
        found = one_sided_rate(setting, draws=6, seed=0, device="cpu").sampled
        assert (found.claim, found.n, found.unsure, found.suspects) == (setting.claim, 6, 0, 0)
    units = separated_at_scale((deep(seed) for seed in range(3)), seed=0)
    assert (units.claim, units.n, units.unsure, units.suspects) == ("proposition-3-every-unit", 3, 0, 0)
    assert units.dtype == torch.float32
    assert [len(layer) for layer in separated(*deep(0)).values()] == [1024, 1024]


def test_repaired_forms_on_a_residual_network():
    units = separated_at_scale((residual(seed) for seed in range(2)), seed=0)
    output = separated_at_scale((ended(residual(seed)) for seed in range(2)), seed=0, last_only=True)
    assert (units.n, units.unsure, units.suspects) == (2, 0, 0)
    assert (output.claim, output.n, output.suspects, output.unsure) == ("proposition-3-normalized-output", 2, 0, 0)


def test_a_beta_makes_suspects():
    """The statement needs beta = 0: with a large one, some units have all points on one side."""

    def shifted(seed):
        net, batch = deep(seed)
        return random_bias(net, seed=seed, deviation=2.0), batch

    assert separated_at_scale((shifted(seed) for seed in range(2)), seed=0).suspects == 2


def test_units_without_variance_are_left_out():
    net, batch = deep(0)
    with torch.no_grad():
        net[0].weight[:10] = 0
        net[1].weight[10] = 0
    assert [len(layer) for layer in separated(net, batch).values()] == [1013, 1024]
    assert separated_at_scale([(net, batch[:1])], seed=0).n == 0


def test_bad_input():
    for wrong, error in (
        ({"widths": ()}, ShapeError),
        ({"widths": (0,)}, InputError),
        ({"batch": 1}, BatchError),
        ({"slope": 0.0}, InputError),
        ({"slope": "x"}, InputError),
        ({"slope": True}, InputError),
        ({"eps": float("nan")}, InputError),
        ({"eps": None}, InputError),
        ({"widths": 4}, InputError),
    ):
        with pytest.raises(error):
            Setting(**{"widths": (2,), **wrong})
    for asked in ({"draws": 2.5}, {"draws": -1}, {"draws": 2, "first": None}):
        with pytest.raises(InputError, match="whole number"):
            one_sided_rate(Setting((2,)), **{"seed": 0, "device": "cpu", **asked})
    with pytest.raises(InputError, match="level"):
        one_sided_rate(Setting((2,)), draws=10**9, seed=0, level=95, device="cpu")
    with pytest.raises(InputError, match="draw"):
        draw(Setting((2,)), seed=0, number=-1)
    small, other = (
        (mlp([2, 3, 1], normalised=True, seed=0, dtype=dtype), normal(4, 2, dtype=dtype))
        for dtype in (torch.float32, DOUBLE)
    )
    with pytest.raises(InputError, match="float types"):
        separated_at_scale([small, other], seed=0)
    with pytest.raises(ShapeError, match="one output"):
        sides(trace(mlp([2, 3, 2], normalised=True, seed=0, dtype=DOUBLE)), normal(4, 2))
