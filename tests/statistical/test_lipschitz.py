"""Norms and Lipschitz constants from above are not below, and not far above."""

from fractions import Fraction

import pytest

torch = pytest.importorskip("torch")

from polybn.statistical.enclosures.lipschitz import lipschitz_constants  # noqa: E402
from polybn.statistical.enclosures.operations import Affine, AveragePool, MaxPool  # noqa: E402
from polybn.statistical.enclosures.operator_norms import affine_norm, matrix_norms  # noqa: E402
from polybn.statistical.enclosures.tracing import trace  # noqa: E402


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def linear(inputs, outputs, seed=0):
    """Weights and biases of a seed, instead of torch's global one."""
    layer = torch.nn.Linear(inputs, outputs, dtype=torch.float64)
    layer.weight.data, layer.bias.data = normal(outputs, inputs, seed=seed), normal(outputs, seed=seed + 1)
    return layer


def bound(matrix, error=0.0):
    return float(matrix_norms(matrix[None], torch.tensor([error], dtype=torch.float64))[0])


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (5, 40), (200, 200), (300, 20)])
@pytest.mark.parametrize("scale", [1e-170, 1e-9, 1.0, 1e9, 1e150])
def test_matrix_norms_against_singular_values(shape, scale):
    matrix = normal(*shape) * scale
    largest = float(torch.linalg.matrix_norm(matrix / scale, 2)) * scale
    assert largest * (1 - 1e-12) <= bound(matrix) <= 1.06 * largest


def test_matrix_norms_hold_exactly():
    """||W v||^2 <= bound^2 ||v||^2 in rational arithmetic, at the direction that W stretches most."""
    for seed in range(20):
        matrix = normal(4, 5, seed=seed).round(decimals=1)
        matrix[2:] = matrix[:2] * (seed % 3)
        vector = [Fraction(entry) for entry in torch.linalg.svd(matrix).Vh[0].tolist()]
        image = [sum(Fraction(a) * b for a, b in zip(row, vector, strict=True)) for row in matrix.tolist()]
        assert sum(y * y for y in image) <= Fraction(bound(matrix)) ** 2 * sum(x * x for x in vector)


def test_orthogonal_and_zero_matrices():
    assert 1 <= bound(torch.linalg.qr(normal(64, 64)).Q) <= 64 ** (1 / 128) * 1.0001
    assert bound(torch.zeros(3, 4, dtype=torch.float64)) < 1e-140
    assert bound(torch.zeros(3, 4, dtype=torch.float64), error=0.5) >= 0.5


CONVOLUTIONS = [
    {},
    {"padding": (1, 1)},
    {"padding": (2, 0), "stride": (2, 1)},
    {"padding": (1, 2), "dilation": (2, 2)},
    {"padding": (5, 5)},
    {"groups": 2, "padding": (1, 1)},
]


@pytest.mark.parametrize("options", CONVOLUTIONS, ids=str)
@pytest.mark.parametrize("kernel", [(1, 1), (3, 3), (2, 3)])
def test_convolution_norms_against_their_matrices(options, kernel):
    weight = normal(6, 4 // options.get("groups", 1), *kernel)
    operation = Affine(weight, None, **{"stride": (1, 1)} | options)
    matrix = operation.values(torch.eye(4 * 42, dtype=torch.float64).reshape(-1, 4, 6, 7)).flatten(1)
    largest = float(torch.linalg.matrix_norm(matrix, 2))
    found = affine_norm(operation, None, (4, 6, 7))
    assert largest * (1 - 1e-12) <= found <= 1.9 * largest
    scale = normal(6, seed=1)
    rows = (matrix.reshape(168, 6, -1) * scale[:, None]).flatten(1)
    assert float(torch.linalg.matrix_norm(rows, 2)) * (1 - 1e-12) <= affine_norm(operation, scale, (4, 6, 7))


def test_a_convolution_is_not_taken_for_one_that_wraps_around():
    """On one place, or two, the taps that read padding must not cancel those that read the input."""
    weight = torch.tensor([[[[1.0, -1.0]]]], dtype=torch.float64)
    operation = Affine(weight, None, (1, 1), (0, 1))
    assert affine_norm(operation, None, (1, 1, 1)) >= 2**0.5
    assert affine_norm(operation, None, (1, 1, 2)) >= 3**0.5


class Sum(torch.nn.Module):
    """2 Q x for an orthogonal Q, then a row."""

    def __init__(self):
        super().__init__()
        self.first = linear(30, 30)
        self.first.weight.data = torch.linalg.qr(normal(30, 30)).Q
        self.last = linear(30, 1, seed=2)

    def forward(self, x):
        z = self.first(x)
        return torch.relu(self.last(z + z))


def test_constants_add_up_in_a_sum():
    module = Sum().eval()
    (constants,) = lipschitz_constants(trace(module), (30,)).values()
    exact = 2 * float(torch.linalg.vector_norm(module.last.weight.data))
    assert exact <= float(constants) <= 1.06 * exact


class Mixed(torch.nn.Module):
    """Every operation there is."""

    def __init__(self):
        super().__init__()
        self.one = torch.nn.Sequential(torch.nn.Conv2d(2, 5, 3, padding=1), torch.nn.BatchNorm2d(5), torch.nn.ReLU())
        self.two = torch.nn.Sequential(torch.nn.Conv2d(5, 5, 3, padding=1), torch.nn.LeakyReLU(-1.5))
        self.three = torch.nn.Sequential(torch.nn.BatchNorm2d(5), torch.nn.Hardtanh())
        self.pools = torch.nn.Sequential(torch.nn.MaxPool2d(3, 1), torch.nn.AvgPool2d(3, 2, padding=1))
        self.last = torch.nn.Sequential(torch.nn.Linear(20, 6), torch.nn.BatchNorm1d(6), torch.nn.ReLU())

    def forward(self, x):
        z = self.one(x)
        return self.last(self.pools(self.three(z + self.two(z))).flatten(1))


def seeded(module, seed):
    """Uniform weights and biases within 1 / sqrt(inputs of a unit), as torch draws them, but of a generator."""
    source = torch.Generator().manual_seed(seed)
    for part in module.modules():
        if isinstance(part, torch.nn.Linear | torch.nn.Conv2d):
            edge = part.weight[0].numel() ** -0.5
            for parameter in (part.weight, part.bias):
                torch.nn.init.uniform_(parameter, -edge, edge, generator=source)
    return module


def mixed(seed):
    module = seeded(Mixed().double(), seed)
    source = torch.Generator().manual_seed(seed)
    module(normal(50, 2, 6, 6) * 3)
    for part in module.modules():
        if isinstance(part, torch.nn.modules.batchnorm._BatchNorm):
            torch.nn.init.normal_(part.weight, generator=source)
    return trace(module.eval())


@pytest.mark.parametrize("seed", range(3))
def test_no_gradient_is_longer_than_the_constant(seed):
    traced = mixed(seed)
    constants = lipschitz_constants(traced, (2, 6, 6))
    x = normal(40, 2, 6, 6, seed=seed).requires_grad_()
    for name, values in traced.read(x, at=traced.activations).items():
        if not name:
            continue
        entries = values.flatten(1)
        for entry in range(0, entries.shape[1], 7):
            (gradient,) = torch.autograd.grad(entries[:, entry].sum(), x, retain_graph=True)
            longest = float(torch.linalg.vector_norm(gradient.flatten(1), dim=1).max())
            constant = float(constants[name].expand(1, *values.shape[1:]).flatten()[entry])
            assert longest <= constant * (1 + 1e-9)


def test_the_constants_of_a_first_layer_are_the_lengths_of_its_rows():
    layer = linear(4, 3)
    layer.weight.data[1] = 0
    network = trace(torch.nn.Sequential(layer, torch.nn.ReLU()).eval())
    lengths = torch.linalg.vector_norm(layer.weight.data, dim=1)
    (constants,) = lipschitz_constants(network, (4,)).values()
    assert (lengths <= constants[0]).all()
    assert torch.allclose(constants[0], lengths, rtol=1e-12, atol=0)


def test_deep_constants_are_far_below_those_of_intervals():
    layers = []
    for place in range(4):
        layers += [torch.nn.Linear(100, 100, bias=False), torch.nn.ReLU()]
        layers[-2].weight.data = normal(100, 100, seed=place) / 10
    traced = trace(torch.nn.Sequential(*layers).double().eval())
    constants = lipschitz_constants(traced, (100,))["7"]
    intervals = traced.enclosed(torch.zeros(1, 100).double(), at=traced.activations, radius=1.0)["7"].radius
    assert constants.mean() < intervals.mean() / 5


@pytest.mark.parametrize(
    "pool", [AveragePool(None), AveragePool({"kernel_size": 2}), MaxPool({"kernel_size": 3, "stride": 1})]
)
def test_poolings_move_no_further_than_their_constants(pool):
    from polybn.statistical.enclosures.lipschitz import _Constants, _passed

    x = torch.cat([normal(500, 2, 6, 6), torch.zeros(72, 2, 6, 6).double()])
    y = torch.cat([normal(500, 2, 6, 6, seed=1), torch.eye(72).double().reshape(72, 2, 6, 6)])
    whole = _passed(pool, [_Constants(1.0, torch.ones(1, 2, 6, 6).double())]).whole
    moved = torch.linalg.vector_norm((pool.values(x) - pool.values(y)).flatten(1), dim=1)
    assert (moved <= whole * torch.linalg.vector_norm((x - y).flatten(1), dim=1)).all()
    assert whole <= 3


def test_weights_that_overflow_bound_nothing():
    layer = linear(2, 2)
    layer.weight.data = torch.tensor([[1e300, 1e300], [0, 1]], dtype=torch.float64)
    layers = torch.nn.Sequential(layer, torch.nn.ReLU(), layer, torch.nn.ReLU(), layer, torch.nn.ReLU())
    constants = lipschitz_constants(trace(layers.eval()), (2,))
    assert len(constants) == 3
    assert all(torch.isinf(found[0, 0]) for found in list(constants.values())[1:])
    assert not any(torch.isnan(found).any() for found in constants.values())


def test_constants_of_single_precision_cover_its_rounding():
    """The same network in both types: a float32 is a float64."""
    module = seeded(Mixed(), 0).eval()
    single = lipschitz_constants(trace(module), (2, 6, 6))
    double = lipschitz_constants(trace(module.double()), (2, 6, 6))
    for name, constants in single.items():
        assert (constants.double() >= double[name] * (1 - 1e-12)).all()
        assert (constants.double() <= double[name] * 1.01).all()
