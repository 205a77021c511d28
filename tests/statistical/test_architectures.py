"""The networks of the experiments: their layers, that they trace, and that a seed fixes them."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from polybn.errors import ActivationError, InputError, ShapeError  # noqa: E402
from polybn.statistical.enclosures.operations import Activation, Add, Affine, Normalization  # noqa: E402
from polybn.statistical.enclosures.tracing import trace  # noqa: E402
from polybn.statistical.modules.architectures import cnn, mlp, resnet9, small_residual  # noqa: E402

IMAGES = {"cnn": cnn, "small_residual": small_residual, "resnet9": resnet9}


def small(name, **options):
    return IMAGES[name](3, 5, **{"seed": 0, "width": 2, "side": 8, "dtype": torch.float64} | options)


def convolutions(net):
    return [layer for layer in net.modules() if isinstance(layer, nn.Conv2d)]


def count(traced, kind):
    return sum(isinstance(step.operation, kind) for step in traced.steps)


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("normalised", [True, False])
def test_image_networks_trace_to_what_they_compute(name, normalised):
    net = small(name, normalised=normalised)
    x = torch.randn(4, 3, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    traced = trace(net)
    assert torch.allclose(traced.read(x, at=())[""], net(x), rtol=1e-12, atol=1e-12)
    assert net(x).shape == (4, 5)
    convolved = len(convolutions(net))
    assert count(traced, Affine) == convolved + 1
    assert count(traced, Activation) == convolved
    assert count(traced, Normalization) == (convolved if normalised else 0)
    enclosed = traced.enclosed(x, at=())[""]
    assert bool((enclosed.lower <= net(x)).all() & (net(x) <= enclosed.upper).all())


@pytest.mark.parametrize(
    ("name", "windows", "channels", "sums"),
    [
        ("cnn", [5, 3, 3], [2, 4, 8], 0),
        ("small_residual", [5] + [3] * 9, [2] * 5 + [4] * 5, 4),
        ("resnet9", [3] * 8, [2, 4, 4, 4, 8, 16, 16, 16], 2),
    ],
)
def test_layers_are_the_usual_ones(name, windows, channels, sums):
    net = small(name)
    assert [layer.kernel_size for layer in convolutions(net)] == [(size, size) for size in windows]
    assert [layer.out_channels for layer in convolutions(net)] == channels
    assert count(trace(net), Add) == sums


def test_default_widths_of_resnet9():
    assert [layer.out_channels for layer in convolutions(resnet9(3, 10, seed=0, deepest=4))] == [
        *(64, 128, 128, 128, 256, 256, 256, 256)
    ]


def test_a_normalisation_follows_each_convolution_which_has_no_bias():
    for name in IMAGES:
        layers = [one for one in small(name).modules() if not list(one.children())]
        for place, layer in enumerate(layers):
            if isinstance(layer, nn.Conv2d):
                assert layer.bias is None
                assert isinstance(layers[place + 1], nn.BatchNorm2d)


def test_cnn_has_dropout_that_training_turns_on():
    net = small("cnn", dropout=0.25)
    assert [layer.p for layer in net.modules() if isinstance(layer, nn.Dropout)] == [0.25] * 3
    assert not any(layer.training for layer in net.modules())


@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("name", ["relu", "leaky_relu", "abs", "hard_tanh"])
def test_mlp_layer_by_layer(name, normalised):
    net = mlp([3, 7, 5, 2], name, normalised=normalised, seed=1, slope=0.1, dtype=torch.float64)
    x = torch.linspace(-2, 2, 12, dtype=torch.float64).reshape(4, 3)
    apply = {
        "relu": torch.relu,
        "leaky_relu": lambda t: torch.where(t < 0, 0.1 * t, t),
        "abs": abs,
        "hard_tanh": lambda t: t.clamp(-1, 1),
    }[name]
    z, layers = x, [layer for layer in net if isinstance(layer, nn.Linear)]
    for layer in layers[:-1]:
        z = z @ layer.weight.T
        z = apply(z / (1 + 1e-5) ** 0.5 if normalised else z)
    assert torch.allclose(net(x), z @ layers[-1].weight.T, rtol=1e-12)
    assert len(trace(net).activations) == 2
    assert len(trace(net).normalizations) == (2 if normalised else 0)
    assert [layer.bias is None for layer in layers] == [normalised, normalised, False]


def test_seed_alone_fixes_the_numbers_and_dtype_rounds_them():
    before = torch.get_rng_state()
    for make in (
        lambda **given: mlp([4, 6, 2], normalised=True, **given),
        *(lambda f=f, **given: f(1, 2, width=2, side=8, **given) for f in IMAGES.values()),
    ):
        fine, coarse, other = make(seed=5, dtype=torch.float64), make(seed=5), make(seed=6)
        pairs = list(zip(fine.state_dict().values(), coarse.state_dict().values(), strict=True))
        assert all(torch.equal(one.to(two.dtype), two) for one, two in pairs)
        assert any(not torch.equal(one, two) for one, two in zip(coarse.parameters(), other.parameters(), strict=True))
        assert coarse.state_dict()["0.weight"].dtype == torch.float32
    assert torch.equal(before, torch.get_rng_state())


def test_weights_are_he_normal_and_biases_zero():
    net = mlp([400, 500, 3], "leaky_relu", normalised=False, seed=2, slope=0.5, dtype=torch.float64)
    weight = net[0].weight.detach()
    assert float(weight.var()) == pytest.approx(2 / (1.25 * 400), rel=0.02)
    assert float(weight.mean()) == pytest.approx(0, abs=4 * (0.004 / 200_000) ** 0.5)
    assert not bool(net[0].bias.any() | net[2].bias.any())
    image = cnn(3, 2, seed=2, width=64, side=8, slope=0.0, dtype=torch.float64)
    assert float(convolutions(image)[1].weight.detach().var()) == pytest.approx(2 / (64 * 9), rel=0.02)


def test_smallest_sizes():
    assert mlp([1, 1], normalised=True, seed=0)(torch.ones(1, 1)).shape == (1, 1)
    assert resnet9(1, 1, seed=0, width=1, side=8)(torch.ones(1, 1, 8, 8)).shape == (1, 1)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: mlp([3], normalised=True, seed=0), ShapeError, "those of the input and of the output"),
        (lambda: mlp([3, 0, 1], normalised=True, seed=0), InputError, "whole number of at least 1"),
        (lambda: mlp([3, 1], "tanh", normalised=True, seed=0), ActivationError, "'leaky_relu', 'relu', 'abs'"),
        (lambda: mlp([3, 1], "leaky_relu", slope=2, normalised=True, seed=0), ActivationError, "from -1 to 1"),
        (lambda: mlp([3, 1], normalised=True, seed=-1), InputError, "seed"),
        (lambda: mlp([3, 1], normalised=True, seed=0, dtype=torch.float16), InputError, "torch.float32 or"),
        (lambda: small("resnet9", side=28), ShapeError, "multiple of 8 is needed, such as 32"),
        (lambda: small("cnn", dropout=1.0), InputError, "up to, not including, 1"),
        (lambda: small("small_residual", width=1.5), InputError, "width is 1.5"),
    ],
)
def test_what_cannot_be_built_says_why(make, error, text):
    with pytest.raises(error, match=text):
        make()
