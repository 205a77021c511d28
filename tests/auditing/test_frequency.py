"""The counts of violations against laws whose share is known, and the signs behind them against the forward pass."""

from fractions import Fraction
from itertools import product
from random import Random

import pytest
from flint import fmpq

import polybn as pb
from polybn.auditing.frequency import (
    Frequency,
    Head,
    count_one_sided,
    count_theorem_2,
    frequency_table,
    proposition_3_frequency,
    sides,
    theorem_2_frequency,
)
from polybn.claims.theorem_2 import comparisons
from polybn.claims.view import ExactView, Instance
from polybn.errors import InputError, ZeroSigmaError


def all_heads(width):
    """Every head of rows and weights +-1 on the batch {-1, 1}: h = +-1 exactly."""
    for rows, last in product(product((-1, 1), repeat=width), repeat=2):
        yield Head([[-1], [1]], [[row] for row in rows], last)


@pytest.mark.parametrize(
    ("width", "slope", "share"),
    [
        (1, "1/10", 0),
        (2, "1/10", "1/4"),
        (2, "1/2", "1/4"),
        (2, 0, "1/4"),
        (4, 0, "19/64"),
        (4, "1/10", "19/64"),
        (4, "1/2", "15/64"),
        (2, 1, 0),
        (4, 1, 0),
    ],
)
def test_two_samples_and_all_signs_have_the_share_of_the_closed_form(width, slope, share):
    """f_1 = P - slope M and f_2 = M - slope P, with P and M the sums of the weights by the sign of h_k."""
    violations, with_zero, trials = count_one_sided(all_heads(width), slope)
    assert trials == 4**width
    assert Fraction(violations - with_zero, trials) == Fraction(share)


def test_for_the_absolute_value_both_outputs_are_equal_so_every_batch_counts():
    violations, with_zero, trials = count_one_sided(all_heads(2), -1)
    assert (violations, with_zero, trials) == (16, 8, 16)


def test_outputs_with_a_zero_are_counted_apart():
    assert [sides([fmpq(n) for n in signs]) for signs in ((-1, 1), (1, 2), (-1, 0), (0, 0), (-2, -1))] == [
        "both",
        "one",
        "with a zero",
        "with a zero",
        "one",
    ]


@pytest.mark.parametrize("slope", ["0", "1/10", "-1"])
def test_the_outputs_are_those_of_the_network_up_to_one_positive_factor(slope):
    random = Random(5)
    for _ in range(10):
        batch, rows = ([[random.randint(-9, 9) for _ in range(3)] for _ in range(count)] for count in (5, 4))
        last = [random.randint(-9, 9) for _ in range(4)]
        modules = [pb.Linear(rows), pb.BatchNorm(), pb.LeakyReLU(slope), pb.Linear([last])]
        network = pb.Network(modules).fit(batch)
        outputs = Head(batch, rows, last).outputs(fmpq(*Fraction(slope).as_integer_ratio()))
        ratios = {Fraction(str(f)) / network(x)[0] for f, x in zip(outputs, batch, strict=True) if f}
        assert len(ratios) <= 1
        assert all(ratio > 0 for ratio in ratios)
        assert [bool(f) for f in outputs] == [bool(network(x)[0]) for x in batch]


def test_a_unit_that_is_constant_on_the_batch_is_refused():
    with pytest.raises(ZeroSigmaError, match="unit 1"):
        Head([[1, 2], [3, 2]], [[1, 0], [0, 1]], [1, 1]).outputs(fmpq(0))


def on_the_wall(slope, reach):
    """All comparisons of one unit at x = 0, where g bends, with the offsets -reach, ..., reach."""
    modules = [pb.Linear([[1]]), pb.BatchNorm(), pb.LeakyReLU(slope), pb.Linear([[1]]), pb.frozen([0], [1])]
    network = pb.Network(modules).fit([[-1], [1]])
    batch = ((Fraction(-1),), (Fraction(1),))
    offsets = tuple(map(Fraction, range(-reach, reach + 1)))
    return comparisons(
        ExactView(Instance(network, batch, pb.box(-1, 1, dim=1), points=((Fraction(0),),), offsets=offsets))
    )


@pytest.mark.parametrize("slope", ["1/10", "1/3", "1/2", "9/10", "1"])
def test_on_the_wall_theorem_2_fails_as_often_as_counting_says(slope):
    """F is at mu for mu >= 0 and at mu / slope else, so of two offsets the nearer one loses when it is the negative."""
    places = {mu: Fraction(mu) if mu >= 0 else -mu / Fraction(slope) for mu in range(-12, 13)}
    pairs = [(near, far) for near, far in product(places, repeat=2) if abs(near) < abs(far)]
    expected = sum(places[near] >= places[far] for near, far in pairs)
    assert count_theorem_2(on_the_wall(slope, 12)) == (expected, 0, len(pairs))
    # Of independent offsets, uniform on an interval around 0, the share tends to (1 - slope) / 4 of unordered pairs,
    # half of which have two signs.
    assert abs(Fraction(expected, len(pairs)) - (1 - Fraction(slope)) / 4) < Fraction(1, 20)


def test_on_the_wall_of_a_relu_every_negative_offset_that_is_nearer_has_an_empty_f():
    """The nearer offset is 0 in 12 pairs, and as often negative as positive in the others."""
    violations, empty, trials = count_theorem_2(on_the_wall("0", 6))
    assert violations == empty == (trials - 12) // 2


def test_an_affine_network_never_violates_either():
    for found in (theorem_2_frequency(2, 4, 1, trials=20), proposition_3_frequency(8, 4, 1, trials=50)):
        assert (found.violations, found.share) == (0, 0)


def test_one_unit_has_outputs_on_both_sides():
    assert proposition_3_frequency(1, 4, "1/100", trials=50).violations == 0


def test_wide_networks_have_the_shares_that_are_expected():
    """Width 64, slope 1/100: near 49 %, 21 %, 4 % of the batches of 2, 4, 16; the bounds are four deviations away."""
    found = [proposition_3_frequency(64, batch, "1/100", trials=200) for batch in (2, 4, 16)]
    shares = [float(row.share) for row in found]
    assert 0.35 < shares[0] < 0.64
    assert 0.10 < shares[1] < 0.33
    assert shares[2] < 0.11
    assert all(row.degenerate == 0 for row in found)


def test_theorem_2_fails_on_drawn_networks():
    found = theorem_2_frequency(1, 8, "1/10", trials=60)
    assert 0 < found.violations < 30
    assert found.degenerate == 0
    relu = theorem_2_frequency(1, 8, "0", trials=60)
    assert 0 < relu.degenerate <= relu.violations


def test_the_same_seed_gives_the_same_counts():
    assert proposition_3_frequency(2, 2, "1/2", seed=3) == proposition_3_frequency(2, 2, "1/2", seed=3)
    assert len({proposition_3_frequency(2, 2, "1/2", seed=seed).violations for seed in range(5)}) > 1


def test_the_table_says_what_is_counted():
    rows = [
        Frequency("theorem-2", 2, 8, Fraction(1, 10), 5, 1, 80),
        Frequency("proposition-3", 64, 16, Fraction(1, 100), 0, 0, 100),
    ]
    assert frequency_table(rows) == (
        "statement      width batch  slope    violations   share  of them\n"
        "theorem-2          2     8   1/10       5 of 80    6.2%  1 with F empty\n"
        "proposition-3     64    16  1/100      0 of 100    0.0%  0 with an output 0\n"
    )


@pytest.mark.parametrize(("width", "batch", "trials"), [(0, 2, 1), (1, 1, 1), (1, 2, 0), (True, 2, 1), (1, 2.0, 1)])
def test_counts_that_are_none_are_refused(width, batch, trials):
    for frequency in (theorem_2_frequency, proposition_3_frequency):
        with pytest.raises(InputError, match="a whole number"):
            frequency(width, batch, 0, trials=trials)
