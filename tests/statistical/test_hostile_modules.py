"""What tracing could get wrong is refused, and bounds hold where layers are unusual."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402
from torch.nn.utils import prune  # noqa: E402

from polybn.errors import InputError, ShapeError  # noqa: E402
from polybn.statistical.claims.proposition_3 import separated_at_scale  # noqa: E402
from polybn.statistical.claims.theorem_2 import theorem_2_at_scale  # noqa: E402
from polybn.statistical.claims.theorem_2_trial import is_small  # noqa: E402
from polybn.statistical.enclosures.lipschitz import lipschitz_constants  # noqa: E402
from polybn.statistical.enclosures.tracing import UnsupportedModuleError, trace  # noqa: E402

DOUBLE = torch.float64


class Written(nn.Module):
    """A module whose forward is a function of it and the input."""

    def __init__(self, forward, **layers):
        super().__init__()
        self.function = forward
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, x):
        return self.function(self, x)


def made(*rows):
    layer = nn.Linear(len(rows[0]), len(rows), bias=False)
    layer.weight.data = torch.tensor(rows, dtype=DOUBLE)
    return layer


def chain(*layers):
    return nn.Sequential(*layers).double().eval()


def summed_in_place(self, x):
    y = self.one(x)
    kept = y
    y += self.one(x)
    return y + kept


def discarded(self, x):
    y = self.one(x)
    self.relu(y)
    return y + y


IN_PLACE = {
    "a layer, then its input": lambda self, x: (lambda y: self.relu(y) + y)(self.one(x)),
    "its input, then the layer": lambda self, x: (lambda y: y + self.relu(y))(self.one(x)),
    "a function": lambda self, x: (lambda y: functional.leaky_relu(y, 0.1, inplace=True) + y)(self.one(x)),
    "a view": lambda self, x: (lambda y: self.relu(y) + self.same(y))(self.one(x)),
    "a result that is dropped": discarded,
    "a sum": summed_in_place,
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_what_is_overwritten_is_not_read_again(name):
    """In place, both operands are the overwritten tensor, which a graph of values does not say."""
    layers = {"one": nn.Linear(3, 3), "relu": nn.ReLU(inplace=True), "same": nn.Identity()}
    with pytest.raises(UnsupportedModuleError, match="in place"):
        trace(Written(IN_PLACE[name], **layers).double().eval())


def residual_in_place(self, x):
    y = self.two(self.relu(self.one(x)))
    y += x
    return functional.relu(y, inplace=True)


def test_operations_in_place_are_traced_where_nothing_reads_what_they_overwrite():
    layers = {"one": nn.Linear(3, 3), "two": nn.Linear(3, 3), "relu": nn.ReLU(inplace=True)}
    module = Written(residual_in_place, **layers).double().eval()
    x = torch.randn(5, 3, dtype=DOUBLE, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(trace(module).read(x, at=())[""], module(x.clone()))


def test_inputs_may_be_given_by_name():
    module = Written(lambda self, x: torch.relu(input=self.one(input=x)), one=nn.Linear(3, 3)).double().eval()
    x = torch.randn(5, 3, dtype=DOUBLE, generator=torch.Generator().manual_seed(0))
    assert torch.equal(trace(module).read(x, at=())[""], module(x))


def test_a_layer_with_hooks_is_refused():
    """Pruning sets the weight anew ahead of each pass, so the one at hand may be out of date."""
    module = chain(nn.Linear(3, 3), nn.ReLU())
    prune.random_unstructured(module[0], "weight", 1)
    with pytest.raises(UnsupportedModuleError, match="hook"):
        trace(module)


@pytest.mark.parametrize("layer", [nn.Flatten(0), nn.Flatten(-2)])
def test_samples_are_not_flattened_together(layer):
    traced = trace(chain(nn.Linear(3, 3), layer, nn.ReLU()))
    with pytest.raises(ShapeError, match="samples"):
        traced.read(torch.zeros(4, 3, dtype=DOUBLE), at=())


def test_sums_of_different_axes_are_refused():
    module = Written(lambda self, x: self.flat(self.pool(x)) + x, flat=nn.Flatten(), pool=nn.AdaptiveAvgPool2d(1))
    with pytest.raises(ShapeError, match="axes"):
        trace(module.double().eval()).read(torch.zeros(4, 4, 4, 4, dtype=DOUBLE), at=())


def test_pooling_that_returns_places_is_refused():
    with pytest.raises(InputError, match="return_indices"):
        trace(chain(nn.MaxPool2d(2, return_indices=True)))


@pytest.mark.parametrize("radius", [-1.0, float("nan"), float("inf")])
def test_an_enclosure_needs_a_radius(radius):
    with pytest.raises(InputError, match="radius"):
        trace(chain(nn.ReLU())).enclosed(torch.zeros(1, 1, dtype=DOUBLE), at=(), radius=radius)


def test_a_negative_divisor_still_encloses():
    module = chain(nn.AvgPool2d(2, divisor_override=-3))
    x = torch.zeros(1, 1, 2, 2, dtype=DOUBLE)
    enclosure = trace(module).enclosed(x, at=(), radius=1.0)[""]
    assert float(enclosure.radius) >= 2 / 3
    constants = lipschitz_constants(trace(chain(*module, nn.ReLU())), (1, 2, 2))
    assert float(constants["1"]) >= 2 / 3


def test_rows_of_linear_layers_over_sequences_are_the_last_axis():
    module = chain(made([1, 0, 0], [1, 0, 0], [1, 0, 0], [100, 0, 0]), nn.ReLU())
    x = torch.zeros(1, 4, 3, dtype=DOUBLE)
    moved = x.clone()
    moved[0, 0, 0] = 1
    traced = trace(module)
    enclosure, value = traced.enclosed(x, at=traced.activations, radius=1.0)["1"], module[0](moved)
    assert bool(((enclosure.lower <= value) & (value <= enclosure.upper)).all())
    assert bool((lipschitz_constants(traced, (4, 3))["1"] >= value.abs()).all())


def test_normalisations_of_sequences_scale_positions_and_not_rows():
    normalization = nn.BatchNorm1d(3, eps=0.0)
    normalization.weight.data = torch.tensor([1.0, 1.0, 100.0])
    module = chain(made([1, 0], [0, 1], [0, 0]), normalization, nn.ReLU(), made([0, 1, 0]), nn.ReLU())
    x = torch.zeros(1, 3, 2, dtype=DOUBLE)
    x[0, 2, 1] = 1
    assert bool((lipschitz_constants(trace(module), (3, 2))["4"] >= module(x)).all())
    places = chain(made([1, 0], [0, 1], [0, 0], [1, 1]), nn.BatchNorm1d(3), nn.ReLU(), nn.Flatten(), nn.Linear(12, 2))
    assert set(lipschitz_constants(trace(places), (3, 2))) == {"2"}


def test_broadcast_sums_repeat_a_summand():
    """The mean of the image is added at each place: all ones move by 12 over a length of 6, so C >= 12."""
    layers = {"pool": nn.AdaptiveAvgPool2d(1), "last": nn.Conv2d(1, 1, 6, bias=False), "relu": nn.ReLU()}
    module = Written(lambda self, x: self.relu(self.last(x + self.pool(x))), **layers).double().eval()
    module.last.weight.data.fill_(1)
    moved = torch.full((1, 1, 6, 6), 1 / 6, dtype=DOUBLE)
    assert (
        float(lipschitz_constants(trace(module), (1, 6, 6))["relu"])
        >= float(module(moved).detach()) * (1 - 1e-12)
        > 11.9
    )


def test_a_module_without_parameters_is_separated():
    cases = [(chain(nn.BatchNorm1d(3, affine=False)), torch.eye(3, dtype=DOUBLE))]
    assert separated_at_scale(cases, seed=0).suspects == 0


@pytest.mark.parametrize(
    ("inputs", "units", "function"), [(2, 33, nn.ReLU()), (2, 17, nn.Hardtanh()), (3, 25, nn.ReLU())]
)
def test_trials_that_would_take_long_are_left_out(inputs, units, function):
    layers = nn.Linear(inputs, units), function, nn.Linear(units, 1), nn.BatchNorm1d(1)
    assert not is_small(trace(chain(*layers)), "3", inputs)
    fewer = nn.Linear(inputs, units - 1), function, nn.Linear(units - 1, 1), nn.BatchNorm1d(1)
    assert is_small(trace(chain(*fewer)), "3", inputs)


def test_theorem_2_of_sequences_is_left_untried():
    layers = (nn.Linear(2, 4), nn.LeakyReLU(0.1), nn.Linear(4, 3), nn.BatchNorm1d(1), nn.LeakyReLU(0.1))
    torch.manual_seed(0)
    module = chain(*layers)
    module[0].weight.data *= torch.tensor([1.0, 10.0], dtype=DOUBLE)
    points = torch.randn(30, 1, 2, dtype=DOUBLE, generator=torch.Generator().manual_seed(0))
    found = theorem_2_at_scale(trace(module), points, 40, seed=0, cells=64)
    assert found.literal.awaiting == found.literal.suspects
