"""Modules in any order that starts with Linear: what is composed, what becomes a layer, and what is counted."""

from fractions import Fraction
from typing import Any

import pytest
from flint import fmpq

import polybn as pb
from polybn.errors import InputError, ShapeError

BATCH = [[1, 0], [-1, 2], [0, 1], [2, -3]]
EYE = [[1, 0], [0, 1]]


def by_hand(modules: list[Any], point: list[Any]) -> tuple[Fraction, ...]:
    """Apply fitted modules one after the other; a normalisation is fitted on what reaches it."""
    values = [[Fraction(x) for x in sample] for sample in BATCH]
    value = [Fraction(x) for x in point]
    for module in modules:
        values, value = [step(module, one, values) for one in values], step(module, value, values)
    return tuple(value)


def step(module: Any, value: list[Fraction], values: list[list[Fraction]]) -> list[Fraction]:
    if isinstance(module, pb.Linear):
        rows = zip(module.map.slope, module.map.bias, strict=True)
        return [sum((a * x for a, x in zip(row, value, strict=True)), b) for row, b in rows]
    if isinstance(module, pb.PiecewiseLinear):
        return [Fraction(str(module.value(fmpq(x.numerator, x.denominator)))) for x in value]
    columns = [[fmpq(x.numerator, x.denominator) for x in column] for column in zip(*values, strict=True)]
    from polybn.networks.normalization import fitted

    frozen = fitted(module, list(zip(*columns, strict=True)), layer=0)
    return [Fraction(str(x)) for x in frozen.apply(tuple(fmpq(x.numerator, x.denominator) for x in value))]


LINEAR = pb.Linear([[1, 2], [1, -1]], ["1/2", 0])
NORM = pb.BatchNorm(gamma=[2, -1], beta="1/3", eps=1, sigma_bits=4)
ORDERS = {
    "linear after linear": ([LINEAR, LINEAR, pb.ReLU(), LINEAR], 1, 2),
    "norm after activation": ([LINEAR, pb.ReLU(), NORM, LINEAR], 1, 2),
    "two activations in a row": ([LINEAR, pb.ReLU(), pb.HardTanh(), LINEAR], 2, 4),
    "norm twice": ([LINEAR, NORM, NORM, pb.ReLU(), LINEAR], 1, 2),
    "norm, activation, norm, activation": ([LINEAR, NORM, pb.Abs(), NORM, pb.ReLU(), LINEAR], 2, 4),
    "norm between two linears": ([LINEAR, NORM, LINEAR, pb.ReLU(), LINEAR], 1, 2),
    "norm at the end": ([LINEAR, pb.ReLU(), LINEAR, NORM], 1, 2),
    "activation at the end": ([LINEAR, pb.ReLU()], 1, 2),
    "linear alone": ([LINEAR], 0, 0),
}


@pytest.mark.parametrize(("modules", "layers", "units"), ORDERS.values(), ids=ORDERS)
def test_any_order_is_what_it_says(modules: list[Any], layers: int, units: int) -> None:
    net = pb.Network(modules).fit(BATCH)
    assert (len(net.hidden), net.units) == (layers, units)
    for point in ([0, 0], ["1/2", -2], [3, 1], [-1, "5/3"]):
        assert net(point) == by_hand(modules, point)
    part = pb.enumerate_regions(net, pb.box(-3, 3, dim=2))
    assert len(part.layer_counts) == layers
    for region in part:
        assert region.affine(region.witness) == by_hand(modules, list(region.witness))


def test_composed_linears_are_one_layer() -> None:
    net = pb.Network([pb.Linear([[1, 2]], [3]), pb.Linear([[4]], [5])])
    assert len(net.stages) == 1
    assert (net.output.slope, net.output.bias) == (((4, 8),), (17,))


def test_modules_and_arrays_make_the_same_network() -> None:
    pairs = [([[1, 2], [3, 4]], [0, 1]), ([[1, 1]], [2])]
    modules = [pb.Linear(*pairs[0]), pb.LeakyReLU("1/10"), pb.Linear(*pairs[1])]
    assert pb.Network(modules) == pb.Network.from_arrays(pairs, activation=pb.LeakyReLU("1/10"))


def test_a_network_is_made_of_its_stages_again() -> None:
    net = pb.Network(ORDERS["norm twice"][0]).fit(BATCH)
    assert pb.Network(net.stages) == net


@pytest.mark.parametrize(
    ("modules", "error", "message"),
    [
        ([], InputError, "no modules; at least one Linear"),
        ([pb.ReLU()], InputError, "Module 0 is PiecewiseLinear; a network starts with Linear"),
        ([pb.BatchNorm()], InputError, "Module 0 is BatchNorm"),
        (["relu"], InputError, "Module 0 is str"),
        ([LINEAR, "relu"], InputError, "Module 1 is 'relu', not a module"),
        ([LINEAR, None], InputError, "Module 1 is None, not a module"),
        ([LINEAR, pb.BatchNorm], InputError, r"the class BatchNorm, not a module.* write BatchNorm\(\)"),
        ([LINEAR, pb.ReLU], InputError, r"the function ReLU, not a module.* write pb.ReLU\(\)"),
        ([LINEAR, pb.ReLU(), pb.Linear([[1, 1, 1]])], ShapeError, "Layer 0 gives 2 values and layer 1 .* takes 3"),
        ([LINEAR, pb.Linear([[1]])], ShapeError, "gives 2 values and layer 1 .* takes 1"),
        ([LINEAR, pb.frozen([0], [1])], ShapeError, "Module 1 normalises 1 units and layer 0 has 2"),
    ],
)
def test_what_is_no_network(modules: list[Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        pb.Network(modules)


def test_identity_in_front_acts_on_the_inputs() -> None:
    net = pb.Network([pb.Linear(EYE), pb.BatchNorm(eps=1), pb.ReLU()]).fit(BATCH)
    assert net.widths == (2,)
