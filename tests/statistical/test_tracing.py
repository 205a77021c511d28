"""What is traced computes what the module does; what is not piecewise affine is refused by name."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from polybn.errors import InputError  # noqa: E402
from polybn.statistical.device import device_of, spelled  # noqa: E402
from polybn.statistical.enclosures.tracing import UnsupportedModuleError, trace  # noqa: E402


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(2, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(2)

    def forward(self, x):
        return torch.relu(self.norm(self.first(x))).abs() + self.second(x)


MODULES = {
    "linear": (nn.Linear(3, 2), (3,)),
    "mlp": (nn.Sequential(nn.Linear(3, 5), nn.LeakyReLU(0.2), nn.Dropout(), nn.Linear(5, 2)), (3,)),
    "block": (Block(), (2, 4, 4)),
    "pools": (
        nn.Sequential(nn.Conv2d(2, 4, 3, stride=2, groups=2), nn.Hardtanh(), nn.MaxPool2d(2, 1), nn.AvgPool2d(2, 1),
                      nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.ReLU6()),
        (2, 9, 9),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_the_steps_compute_what_the_module_does(name):
    module, shape = MODULES[name]
    module = module.double().eval()
    x = torch.randn(4, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    traced = trace(module)
    assert torch.allclose(traced.read(x, at=())[""], module(x), rtol=1e-12, atol=1e-12)
    enclosure = traced.enclosed(x, at=())[""]
    assert bool(((module(x) - enclosure.midpoint).abs() <= enclosure.radius).all())
    assert float(enclosure.radius.max()) < 1e-12


@pytest.mark.parametrize("name", MODULES)
def test_an_enclosure_of_a_ball_holds_what_is_sampled_in_it(name):
    module, shape = MODULES[name]
    module = module.double().eval()
    source = torch.Generator().manual_seed(1)
    x = torch.randn(3, *shape, dtype=torch.float64, generator=source)
    enclosure = trace(module).enclosed(x, at=(), radius=0.5)[""]
    for _ in range(50):
        moved = torch.randn(x.shape, dtype=torch.float64, generator=source).flatten(1)
        moved = 0.4999 * moved / torch.linalg.vector_norm(moved, dim=1, keepdim=True)
        values = module(x + moved.reshape(x.shape))
        assert bool(((values - enclosure.midpoint).abs() <= enclosure.radius).all())


def test_a_tiny_row_still_moves_over_a_ball():
    """w = (1e-170, 1e-170), bias 5e-171: the sign changes within the unit ball, though the squares of w underflow."""
    layer = nn.Linear(2, 1).double().eval()
    layer.weight.data.fill_(1e-170)
    layer.bias.data.fill_(5e-171)
    traced = trace(nn.Sequential(layer, nn.ReLU()).eval())
    enclosure = traced.enclosed(torch.zeros(1, 2, dtype=torch.float64), at=traced.activations, radius=1.0)
    assert int(enclosure[traced.activations[0].name].signs()) == 0
    assert float(layer(torch.tensor([[-0.7, -0.7]], dtype=torch.float64)).detach()) < 0


class Doubling(nn.Module):
    def forward(self, x):
        return torch.exp(x)


class Two(nn.Module):
    def forward(self, x, y):
        return x + y


class Branching(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else x + x


@pytest.mark.parametrize(
    ("module", "why"),
    [
        (nn.Sequential(nn.Linear(2, 2), nn.Sigmoid()), "'1' is a Sigmoid"),
        (nn.Sequential(nn.Linear(2, 2), nn.GELU()), "is a GELU"),
        (nn.LayerNorm(3), "is a LayerNorm"),
        (Doubling(), "calls exp"),
        (Two(), "a second input, 'y'"),
        (Branching(), "cannot be traced"),
        (nn.Conv2d(1, 1, 3, padding="same"), "give its padding"),
        (nn.BatchNorm1d(2, track_running_stats=False), "keeps no statistics"),
        (nn.AdaptiveAvgPool2d(2), "more than one place"),
    ],
)
def test_what_is_not_piecewise_affine_is_refused_by_name(module, why):
    with pytest.raises(InputError, match=why):
        trace(module.eval())


def test_training_mode_is_refused():
    net = nn.Sequential(nn.Linear(2, 2), nn.Dropout()).train()
    with pytest.raises(UnsupportedModuleError, match=r"^'Sequential' is in training mode"):
        trace(net)
    net.eval()[1].train()
    with pytest.raises(UnsupportedModuleError, match=r"^'1' is in training mode"):
        trace(net)
    net[1].eval()
    assert len(trace(net).steps) >= 1


def test_devices_are_found_or_refused():
    assert device_of("cpu").type == "cpu"
    assert spelled(device_of("auto")).startswith("cuda" if torch.cuda.is_available() else "cpu")
    for name in ("tpu", 3, "cuda:99", "cpu:1", "cuda:x"):
        with pytest.raises(InputError, match="device"):
            device_of(name)
