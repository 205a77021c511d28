"""Zero bias, random bias, and the statistics of a batch frozen layer by layer."""

from copy import deepcopy
from fractions import Fraction

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from polybn.errors import InputError, NonFiniteError, ShapeError  # noqa: E402
from polybn.statistical.enclosures.tracing import UnsupportedModuleError, trace  # noqa: E402
from polybn.statistical.modules.architectures import cnn, mlp, resnet9, small_residual  # noqa: E402
from polybn.statistical.modules.initialisation import frozen, random_bias, zero_bias  # noqa: E402

DOUBLE = torch.float64


def normal(*shape, seed=0, dtype=DOUBLE):
    return torch.randn(*shape, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed)).to(dtype)


def norms(module):
    return [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d)]


IMAGE = {"width": 2, "side": 8, "seed": 3, "dtype": DOUBLE}
NETS = {
    "mlp": (mlp([3, 6, 4, 2], normalised=True, seed=3, dtype=DOUBLE), (3,)),
    "cnn": (cnn(3, 2, dropout=0.0, **IMAGE), (3, 8, 8)),
    "small_residual": (small_residual(3, 2, **IMAGE), (3, 8, 8)),
    "resnet9": (resnet9(3, 2, **IMAGE), (3, 8, 8)),
}


@pytest.mark.parametrize("name", NETS)
def test_the_batch_sees_what_training_mode_would_do(name):
    net, shape = NETS[name]
    batch = normal(9, *shape) + 1
    made = frozen(net, batch, chunk=4)
    assert not any(layer.training for layer in made.modules())
    assert torch.allclose(made(batch), deepcopy(net).train()(batch), rtol=1e-9, atol=1e-9)
    assert not torch.allclose(made(batch), net(batch), rtol=1e-2)
    trace(made)


@pytest.mark.parametrize("name", NETS)
def test_chunks_matter_up_to_rounding_only(name):
    net, shape = NETS[name]
    batch = 3 * normal(10, *shape) + 5
    whole = frozen(net, batch)
    for chunk in (1, 3, 9, 10, 100):
        for one, other in zip(norms(frozen(net, batch, chunk=chunk)), norms(whole), strict=True):
            assert torch.allclose(one.running_mean, other.running_mean, rtol=1e-11, atol=1e-11)
            assert torch.allclose(one.running_var, other.running_var, rtol=1e-11, atol=1e-11)


def test_statistics_are_those_of_equation_3_exactly():
    net = nn.Sequential(nn.Linear(2, 3, dtype=DOUBLE), nn.BatchNorm1d(3, dtype=DOUBLE))
    net[0].weight.data = torch.tensor([[1.0, 2], [3, -1], [0, 0]], dtype=DOUBLE)
    net[0].bias.data = torch.tensor([0.5, 0, 7], dtype=DOUBLE)
    batch = torch.tensor([[1.0, 2], [3, 5], [-2, 8]], dtype=DOUBLE)
    made = frozen(net, batch, chunk=2)
    for unit, (row, bias) in enumerate((((1, 2), Fraction(1, 2)), ((3, -1), 0), ((0, 0), 7))):
        t = [row[0] * int(x) + row[1] * int(y) + bias for x, y in batch.tolist()]
        mean = sum(t) / Fraction(3)
        variance = sum((one - mean) ** 2 for one in t) / 3
        assert float(made[1].running_mean[unit]) == pytest.approx(float(mean), rel=1e-15)
        assert float(made[1].running_var[unit]) == pytest.approx(float(variance), rel=1e-15)
    assert float(made[1].running_var[2]) == 0
    assert bool(torch.isfinite(made(batch)).all())
    assert not bool(made(batch)[:, 2].any())


def test_many_large_equal_values_keep_variance_zero_and_small_ones_do_not_drown():
    for value in (0.1, 1 / 3, 1e-300, -7e9):
        for count in range(1, 40):
            made = frozen(nn.BatchNorm1d(1, dtype=DOUBLE), torch.full((count, 1), value, dtype=DOUBLE), chunk=17)
            assert (float(made.running_mean), float(made.running_var)) == (value, 0)
    net = nn.BatchNorm1d(2, dtype=torch.float32).eval()
    batch = torch.stack([torch.full((4099,), 0.1), 1000 + 0.01 * torch.arange(4099) % 2], dim=1)
    made = frozen(net, batch, chunk=10)
    exact = batch.double()
    assert made.running_var[0] == 0
    assert made.running_mean[0] == batch[0, 0]
    assert float(made.running_var[1]) == pytest.approx(float(exact[:, 1].var(correction=0)), rel=1e-6)


def test_the_module_given_is_left_alone():
    net = deepcopy(NETS["mlp"][0])
    net.train()
    before = {name: part.clone() for name, part in net.state_dict().items()}
    random_state = torch.get_rng_state()
    made = (frozen(net, normal(5, 3)), zero_bias(net), random_bias(net, seed=0))
    assert all(layer.training for layer in net.modules())
    assert all(torch.equal(before[name], part) for name, part in net.state_dict().items())
    assert torch.equal(random_state, torch.get_rng_state())
    assert not any(layer.training for one in made for layer in one.modules())
    assert not any(layer._forward_pre_hooks or layer._forward_hooks for one in (net, *made) for layer in one.modules())


def test_in_place_changes_the_module_given_to_the_same_numbers():
    net, batch = deepcopy(NETS["mlp"][0]), normal(5, 3)
    for make in (
        lambda net, **given: frozen(net, batch, **given),
        zero_bias,
        lambda net, **given: random_bias(net, seed=4, **given),
    ):
        copied = make(net)
        mine = deepcopy(net).train()
        assert make(mine, in_place=True) is mine
        assert not mine.training
        assert all(
            torch.equal(one, two)
            for one, two in zip(mine.state_dict().values(), copied.state_dict().values(), strict=True)
        )


def test_an_error_in_place_changes_nothing():
    net = deepcopy(NETS["mlp"][0]).train()
    net[3].weight.data[0] = torch.inf
    before = deepcopy(net.state_dict())
    with pytest.raises(NonFiniteError, match="normalisation '4' reads"):
        frozen(net, normal(5, 3), in_place=True)
    assert net.training
    assert all(torch.equal(one, two) for one, two in zip(before.values(), net.state_dict().values(), strict=True))


class Untraceable(nn.Module):
    """Its forward asks for values and reshapes; two normalisations keep no statistics, of which one is not called."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 4, dtype=DOUBLE)
        self.norm = nn.BatchNorm1d(4, dtype=DOUBLE, affine=False)
        self.aside = nn.BatchNorm1d(4, track_running_stats=False, dtype=DOUBLE)
        self.other = nn.BatchNorm2d(2, track_running_stats=False, dtype=DOUBLE)

    def forward(self, x):
        if float(x.sum()) > 1e9:
            return self.aside(self.first(x))
        z = self.norm(input=self.first(x)).reshape(len(x), 2, 2, 1)
        return self.other(z).abs()


def test_modules_that_cannot_be_traced():
    net, batch = Untraceable().eval(), normal(6, 3)
    with pytest.raises(UnsupportedModuleError):
        trace(net)
    made = frozen(net, batch, chunk=1)
    t = net.first(batch)
    assert torch.allclose(made.norm.running_mean, t.mean(0))
    assert torch.allclose(made.norm.running_var, t.var(0, correction=0))
    z = made.norm(t).reshape(6, 2, 2)
    assert torch.allclose(made.other.running_mean, z.mean((0, 2)))
    assert torch.allclose(made.other.running_var, z.var((0, 2), correction=0))
    assert made.other.track_running_stats
    assert made.aside.running_mean is None
    assert net.other.running_mean is None
    assert torch.allclose(made(batch[:1]), made(batch)[:1])
    assert torch.equal(frozen(net, batch, chunk=1, in_place=True)(batch), made(batch))
    assert net.aside.running_mean is None


def test_one_sample_is_a_batch():
    made = frozen(NETS["mlp"][0], normal(1, 3))
    assert all(not bool(layer.running_var.any()) for layer in norms(made))
    assert bool(torch.isfinite(made(normal(4, 3))).all())


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(3, dtype=DOUBLE)

    def forward(self, x):
        return self.norm(torch.relu(self.norm(x)))


class Past(Twice):
    def forward(self, x):
        return self.norm.forward(x)


class Branching(Twice):
    def forward(self, x):
        return self.norm(x) if float(x[0, 0]) > 0 else x


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: frozen(nn.Sequential(nn.Linear(3, 1), nn.LayerNorm(1)), normal(2, 3)), UnsupportedModuleError,
         "Sequential has no normalisation layer; looked for were nn.BatchNorm1d, nn.BatchNorm2d"),
        (lambda: frozen(Twice(), normal(2, 3)), UnsupportedModuleError, "'norm' is used twice"),
        (lambda: frozen(Past(), normal(2, 3)), UnsupportedModuleError, r"none of its normalisation layers \(norm\)"),
        (lambda: frozen(Branching(), torch.tensor([[1.0] * 3, [-1.0] * 3], dtype=DOUBLE), chunk=1),
         UnsupportedModuleError, "and others pass it by"),
        (lambda: frozen(Branching(), torch.tensor([[-1.0] * 3, [1.0] * 3], dtype=DOUBLE), chunk=1),
         UnsupportedModuleError, "and others pass it by"),
        (lambda: frozen(Twice(), normal(2, 3, dtype=torch.float32)), InputError, r"batch.to\(torch.float64\)"),
        (lambda: frozen(Twice(), normal(0, 3)), ShapeError, "at least one sample"),
        (lambda: frozen(Twice(), [[1.0]]), InputError, "torch tensor"),
        (lambda: frozen(Twice(), normal(2, 3), chunk=0), InputError, "chunk is 0"),
        (lambda: frozen(nn.BatchNorm1d(1, dtype=DOUBLE), torch.tensor([[1e200], [0]], dtype=DOUBLE)),
         NonFiniteError, "variance overflows"),
        (lambda: frozen(nn.BatchNorm1d(1), torch.tensor([[1e30], [0]])), NonFiniteError, r"overflows in torch.float32"),
        (lambda: random_bias(nn.Linear(2, 1, bias=False), seed=0), UnsupportedModuleError, "no bias to draw"),
        (lambda: random_bias(nn.Linear(2, 1), seed=0, deviation=-1), InputError, "deviation is -1"),
        (lambda: random_bias(nn.Linear(2, 1), seed=0.5), InputError, "seed is 0.5"),
    ],
)  # fmt: skip
def test_what_cannot_be_initialised_says_why(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_zero_bias_is_the_network_without_normalisation():
    net = deepcopy(NETS["resnet9"][0])
    with torch.no_grad():
        for layer in norms(net):
            layer.weight.fill_(-3)
            layer.bias.fill_(2)
    net = zero_bias(frozen(net, normal(4, 3, 8, 8)))
    plain = deepcopy(net)
    for parent in plain.modules():
        for name, child in parent.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(parent, name, nn.Identity())
    x = normal(3, 3, 8, 8, seed=9)
    assert torch.allclose(net(x), plain(x), rtol=1e-12)
    assert torch.allclose(net(2 * x), 2 * net(x), rtol=1e-12)


def test_random_bias_draws_every_constant_from_the_seed():
    net = mlp([2, 500, 400, 3], normalised=True, seed=0)
    one, same, other = (random_bias(net, seed=seed, deviation=0.5) for seed in (1, 1, 2))
    fine = random_bias(net.double(), seed=1, deviation=0.5)
    for index in (1, 4, 6):
        bias = one[index].bias
        assert torch.equal(bias, same[index].bias)
        assert torch.equal(bias, fine[index].bias.float())
        assert not torch.equal(bias, other[index].bias)
    drawn = torch.cat([one[1].bias, one[4].bias])
    assert float(drawn.detach().std()) == pytest.approx(0.5, rel=0.1)
    assert not torch.equal(one[1].bias[:400], one[4].bias)
    assert torch.equal(one[0].weight, net[0].weight.float())
    assert all(not bool(random_bias(net, seed=1, deviation=0.0)[place].bias.any()) for place in (1, 4, 6))


def test_random_bias_of_a_plain_network_is_in_its_linear_layers():
    net = random_bias(mlp([2, 30, 1], normalised=False, seed=0), seed=1)
    assert bool(net[0].bias.all() & net[2].bias.all())
