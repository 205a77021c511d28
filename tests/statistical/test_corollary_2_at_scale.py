"""Corollary 2 for any module: boundaries meet at the centroid up to rounding; wrong statistics are refuted."""

from collections import Counter
from fractions import Fraction

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from polybn.errors import InputError, NonFiniteError, ShapeError  # noqa: E402
from polybn.statistical.claims import corollary_2 as centroids  # noqa: E402
from polybn.statistical.claims.corollary_2 import corollary_2_at_scale  # noqa: E402
from polybn.statistical.modules.architectures import cnn, mlp, resnet9  # noqa: E402
from polybn.statistical.modules.capture import captured  # noqa: E402
from polybn.statistical.modules.initialisation import frozen  # noqa: E402

DOUBLE = torch.float64


def normal(*shape, seed=0, dtype=DOUBLE):
    return torch.randn(*shape, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed)).to(dtype)


def normalisations(net):
    return {name: layer for name, layer in net.named_modules() if hasattr(layer, "running_mean")}


def running(net):
    return {name: layer.running_mean for name, layer in normalisations(net).items()}


def read_by(net, batch):
    return {one.name: one.inputs for one in captured(net, batch)}


def counts(result):
    return result.n, result.unsure, result.violations


def mlp_and_batch():
    net, batch = mlp([5, 20, 20, 1], normalised=True, seed=0, dtype=DOUBLE), normal(101, 5) + 1
    return frozen(net, batch), batch


def degenerate(seed):
    """Integers, duplicates, opposite and zero rows; batches of one, of equal samples, with a constant feature."""
    widths = [3, 1, 4, 1] if seed % 5 == 4 else [3, 6, 5, 4, 1]
    net = mlp(widths, ("relu", "leaky_relu", "abs")[seed % 3], normalised=True, seed=seed, dtype=DOUBLE)
    with torch.no_grad():
        for layer in net:
            if isinstance(layer, nn.Linear) and len(layer.weight) > 3:
                weight = layer.weight.mul_(3).round_() if seed % 2 else layer.weight
                weight[1], weight[2], weight[3] = weight[0], -2 * weight[0], 0
    batch = normal((1, 2, 7)[seed % 3], 3, seed=seed)
    batch[:, 1] = batch[0, 1]
    batch = torch.cat([batch.round() if seed % 4 == 1 else batch, batch[:1], batch[:1]][: 1 + seed % 3])
    return frozen(net, batch), batch


def exact_value(layer, unit, inputs):
    row, bias = layer.weight[unit].tolist(), 0.0 if layer.bias is None else float(layer.bias[unit])
    columns = [sum(map(Fraction, column)) / len(column) for column in inputs.T.tolist()]
    return sum((Fraction(w) * z for w, z in zip(row, columns, strict=True)), Fraction(bias))


def test_drawn_networks_against_exact_arithmetic():
    """The value at the centroid is within its bound of the rational one, and so is the mean of the projections."""
    seen = Counter()
    for seed in range(30):
        net, batch = degenerate(seed)
        result = corollary_2_at_scale(net, batch)
        assert counts(corollary_2_at_scale(net, batch, claimed=running(net))) == counts(result)
        for layer in result.layers:
            place = int(layer.name) - 1
            inputs = net[:place](batch).detach()
            for unit in range(len(layer.claimed)):
                zero = not bool(net[place].weight[unit].any())
                assert bool(layer.tested[unit]) == (not zero)
                seen["zero rows"] += zero
                exact, bound = exact_value(net[place], unit, inputs), Fraction(float(layer.bounds[unit]))
                assert abs(Fraction(float(layer.at_centroid[unit])) - exact) <= bound
                assert abs(Fraction(float(layer.claimed[unit])) - exact) <= bound
                seen["rounded"] += exact != Fraction(float(layer.claimed[unit]))
            seen["constant"] += int((read_by(net, batch)[layer.name].std((0, 2), correction=0) == 0).sum())
        seen.update(n=result.n, unsure=result.unsure, violations=result.violations)
    assert seen["violations"] == 0
    assert seen["n"] > 200
    assert seen["unsure"] < 0.03 * seen["n"]
    assert min(seen["zero rows"], seen["rounded"], seen["constant"]) > 40


WRONG = {
    "medians": lambda t: t.transpose(0, 1).flatten(1).median(1).values,
    "means of all but one": lambda t: t[1:].mean((0, 2)),
    "moving averages": lambda t: 0.1 * t.mean((0, 2)),
    "nearly the means": lambda t: t.mean((0, 2)) + 1e-9 * t.std((0, 2)),
}


@pytest.mark.parametrize("name", WRONG)
def test_other_locations_are_refuted(name):
    net, batch = mlp_and_batch()
    claimed = {layer: WRONG[name](t) for layer, t in read_by(net, batch).items()}
    result = corollary_2_at_scale(net, batch, claimed=claimed)
    assert counts(result) == (40, 0, 40)
    assert result.sampled(seed=0).status_text == "UNDECIDED"  # floats convict nobody


def test_statistics_of_the_batch_pass_and_those_of_another_are_refuted():
    net, batch = mlp_and_batch()
    assert counts(corollary_2_at_scale(net, batch, claimed=running(net))) == (40, 0, 0)
    other = frozen(net, normal(101, 5, seed=9) + 1)
    assert counts(corollary_2_at_scale(other, batch, claimed=running(other))) == (40, 0, 40)
    assert counts(corollary_2_at_scale(other, batch)) == (40, 0, 0)  # its layers' own inputs have centroids too


def test_the_unbiased_variance_changes_nothing_at_the_first_layer():
    net, batch = mlp_and_batch()
    net[1].running_var.mul_(101 / 100)
    assert counts(corollary_2_at_scale(net, batch, claimed={"1": running(net)["1"]})) == (40, 0, 0)
    moved = corollary_2_at_scale(net, batch, claimed=running(net))
    assert [int(layer.suspects.sum()) for layer in moved.layers] == [0, 20]  # which reads other inputs now


@pytest.mark.parametrize("planted", ["zero", "first sample", "weights of others"])
def test_a_wrong_centroid_is_refuted(monkeypatch, planted):
    summed = centroids._summed

    def wrong(layer, z):
        right = summed(layer, z)
        return {
            "zero": 0 * right,
            "first sample": len(z) * summed(layer, z[:1]),
            "weights of others": right.roll(1, 1),
        }[planted]

    net, batch = mlp_and_batch()
    monkeypatch.setattr(centroids, "_summed", wrong)
    assert corollary_2_at_scale(net, batch).violations >= 35


def with_beta(net, value, units):
    for layer in normalisations(net).values():
        with torch.no_grad():
            layer.bias[:units] = value
    return net


def test_units_with_beta_are_not_of_the_claim_and_their_boundaries_miss():
    net, batch = mlp_and_batch()
    result = corollary_2_at_scale(with_beta(net, 0.1, 5), batch)
    assert (counts(result), result.shifted, result.missed) == ((30, 0, 0), 10, 10)
    assert corollary_2_at_scale(with_beta(net, 1e-15, 5), batch).missed == 0  # floats cannot tell
    all_shifted = corollary_2_at_scale(with_beta(net, -0.1, 20), batch)
    assert (all_shifted.n, all_shifted.missed) == (0, 40)
    assert all_shifted.sampled(seed=0).status_text == "VACUOUS"


def test_counting_shifted_units_would_be_noticed(monkeypatch):
    """If beta were not looked at, each unit whose boundary surely misses the centroid would have passed."""
    net, batch = mlp_and_batch()
    with_beta(net, 0.1, 5)
    right = corollary_2_at_scale(net, batch)
    monkeypatch.setattr(centroids, "_or", lambda given, other: other)
    planted = corollary_2_at_scale(net, batch)
    assert (right.n, right.missed, planted.n, planted.missed) == (30, 10, 40, 0)


CONVOLUTIONS = {
    "plain": {},
    "stride": {"stride": 2, "padding": 1},
    "unequal": {"kernel_size": (1, 3), "stride": (2, 1), "padding": (0, 2), "dilation": (1, 2)},
    "groups": {"groups": 2, "padding": 1},
    "depthwise": {"groups": 4, "padding": 2, "padding_mode": "circular"},
    "reflected": {"padding": 1, "padding_mode": "reflect"},
    "replicated": {"padding": (2, 1), "padding_mode": "replicate", "dilation": 2},
    "same": {"padding": "same", "kernel_size": (4, 3)},
    "valid": {"padding": "valid"},
}


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_patches_of_convolutions(name):
    torch.manual_seed(0)
    layer = nn.Conv2d(4, 8, **{"kernel_size": 3, **CONVOLUTIONS[name]}, dtype=DOUBLE)
    net, batch = nn.Sequential(layer, nn.BatchNorm2d(8, dtype=DOUBLE)).eval(), normal(5, 4, 8, 7) + 1
    result = corollary_2_at_scale(frozen(net, batch), batch, chunk=2)
    assert counts(result) == (8, 0, 0)
    assert torch.allclose(result.layers[0].at_centroid, layer(batch).mean((0, 2, 3)), rtol=1e-12)
    assert float(result.layers[0].bounds.max()) < 1e-11
    assert result.layers[0].terms == layer(batch)[:, 0].numel()


@pytest.mark.parametrize("planted", ["no padding", "one group"])
def test_wrong_patches_are_refuted(monkeypatch, planted):
    torch.manual_seed(0)
    layer = nn.Conv2d(4, 8, 3, padding=1, groups=2, dtype=DOUBLE)
    net, batch = nn.Sequential(layer, nn.BatchNorm2d(8, dtype=DOUBLE)).eval(), normal(5, 4, 8, 7) + 1
    if planted == "no padding":
        monkeypatch.setattr(centroids, "_padded", lambda _, z: functional.pad(z, [0, 2, 0, 2]))
    else:
        summed = centroids._summed
        monkeypatch.setattr(centroids, "_summed", lambda *given: summed(*given)[:1])
    assert corollary_2_at_scale(net, batch).violations >= 4


@pytest.mark.parametrize("kind", [(nn.Conv1d, nn.BatchNorm1d, (6,)), (nn.Conv3d, nn.BatchNorm3d, (4, 5, 6))], ids=str)
def test_convolutions_in_other_dimensions(kind):
    convolution, norm, sides = kind
    torch.manual_seed(0)
    net = nn.Sequential(convolution(2, 4, 3, padding=1, dtype=DOUBLE), norm(4, dtype=DOUBLE)).eval()
    assert counts(corollary_2_at_scale(net, normal(3, 2, *sides) + 1)) == (4, 0, 0)


def test_whole_networks():
    for net, units in ((cnn(3, 2, width=4, side=8, seed=1, dtype=DOUBLE), 28),
                       (resnet9(3, 2, width=2, side=8, seed=1, dtype=DOUBLE), 2 + 4 * 3 + 8 + 16 * 3)):  # fmt: skip
        batch = normal(9, 3, 8, 8) + 0.5
        net = frozen(net, batch, chunk=4)
        for claimed in (None, running(net)):
            result = corollary_2_at_scale(net, batch, chunk=4, claimed=claimed)
            assert (counts(result), result.left_out) == ((units, 0, 0), ())
        record = result.sampled(seed=1)
        assert (record.claim, record.dtype, record.device) == ("corollary-2", DOUBLE, "cpu")
        assert record.status_text.startswith(f"SAMPLED({units}, ")
        other = frozen(net, normal(9, 3, 8, 8, seed=5), chunk=4)
        assert corollary_2_at_scale(other, batch, chunk=4, claimed=running(other)).violations > 0.9 * units


class Odd(nn.Module):
    """One linear layer used thrice: as it stands, changed in place, after a function; units that are no channels."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 4, dtype=DOUBLE)
        self.straight, self.clipped, self.function = (nn.BatchNorm1d(4, dtype=DOUBLE) for _ in range(3))
        self.channels = nn.BatchNorm1d(4, dtype=DOUBLE)

    def forward(self, x):
        z = self.straight(input=self.linear(input=x))
        clipped = self.clipped(functional.relu_(self.linear(x)))
        square = torch.stack([x] * 4, 1)  # (samples, 4, 3): here axis 1 is normalised, and the units are axis 2
        return self.straight(self.linear(self.function(z + clipped)[:, :3])), self.channels(self.linear(square))


def test_only_weights_that_are_sure():
    net = Odd().eval()
    for chunk in (None, 1, 4):
        result = corollary_2_at_scale(net, normal(7, 3) + 1, chunk=chunk)
        assert [layer.name for layer in result.layers] == ["straight", "straight (use 2)"]
        assert result.left_out == ("clipped", "function", "channels")
        assert counts(result) == (8, 0, 0)
        assert result.chunk == (chunk or 7)
    assert not any(layer._forward_pre_hooks or layer._forward_hooks for layer in net.modules())


def test_a_centroid_that_is_far_away_is_unsure():
    net = nn.Sequential(nn.Linear(1, 3, dtype=DOUBLE), nn.BatchNorm1d(3, dtype=DOUBLE)).eval()
    for spread in (2.0**-52, 1e-13, 1e-12):
        assert counts(corollary_2_at_scale(net, 1 + spread * torch.arange(9, dtype=DOUBLE)[:, None])) == (3, 3, 0)
    assert counts(corollary_2_at_scale(net, 1 + 1e-3 * normal(9, 1))) == (3, 0, 0)


def test_numbers_whose_sums_overflow_are_unsure():
    net = nn.Sequential(nn.Linear(2, 1, bias=False, dtype=DOUBLE), nn.BatchNorm1d(1, dtype=DOUBLE)).eval()
    with torch.no_grad():
        net[0].weight.fill_(1e-300)
    large = torch.full((9, 2), 1e308, dtype=DOUBLE)
    assert corollary_2_at_scale(net, large * normal(9, 2).sign()).violations == 0
    assert counts(corollary_2_at_scale(net, large)) == (1, 1, 0)


class Short(nn.Module):
    """Takes three samples at once."""

    def __init__(self):
        super().__init__()
        self.net = mlp([3, 4, 1], normalised=True, seed=0, dtype=DOUBLE)

    def forward(self, x):
        if len(x) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return self.net(x)


def test_chunks_are_halved_when_memory_runs_out():
    result = corollary_2_at_scale(Short().eval(), normal(8, 3))
    assert (counts(result), result.chunk, result.layers[0].terms) == ((4, 0, 0), 2, 8)


PLAIN = mlp([3, 4, 1], normalised=True, seed=0, dtype=DOUBLE)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: corollary_2_at_scale(PLAIN.float(), normal(2, 3).float()), InputError, r"module.double\(\)"),
        (lambda: corollary_2_at_scale(PLAIN.double(), normal(0, 3)), ShapeError, "at least one sample"),
        (lambda: corollary_2_at_scale(PLAIN.double(), normal(2, 3) / 0), NonFiniteError, "'1' reads"),
        (lambda: corollary_2_at_scale(PLAIN.double(), normal(2, 3), claimed={"7": normal(4)}), InputError, "'1' do"),
        (lambda: corollary_2_at_scale(PLAIN.double(), normal(2, 3), claimed={"1": normal(3)}), ShapeError, "mu of '1'"),
        (lambda: corollary_2_at_scale(PLAIN.double(), normal(2, 3), claimed={"1": normal(4) / 0}), ShapeError, "mu of"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_says_why(make, error, text):
    with pytest.raises(error, match=text):
        make()
