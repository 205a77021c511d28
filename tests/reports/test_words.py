"""An instance in words: every number of a small one, the sizes of a large one."""

from fractions import Fraction

import pytest

import polybn as pb
from polybn.claims.verdict import Counterexample
from polybn.claims.view import Instance
from polybn.outcome import Fails
from polybn.reports.words import activation_words, instance_words, network_words, refutation


def rows(*points):
    return tuple(tuple(map(Fraction, point)) for point in points)


def instance(modules, batch, domain, **asked):
    return Instance(pb.Network(modules).fit(batch), rows(*batch), domain, "batchnorm", **asked)


LINE = [pb.Linear([[1], [-1]]), pb.BatchNorm(), pb.LeakyReLU("1/10"), pb.Linear([[1, 1]])]


def test_a_small_instance_is_told_whole():
    found = instance(LINE, [[-1], [1]], pb.box(-3, 3, dim=1), points=rows([0]), offsets=(Fraction(-1), Fraction(2)))
    assert instance_words(found) == (
        "batch -1, 1; rows (1), (-1), batchnorm (mu 0, 0; sigma 1, 1), leaky ReLU 1/10 -> row (1, 1); "
        "x = 0; offsets -1, 2; in [-3, 3]"
    )


def test_points_of_the_plane_are_in_parentheses_and_biases_are_named():
    modules = [pb.Linear([[1, 0], [0, "1/2"]], [0, "1/3"]), pb.Abs(), pb.Linear([[2, -4]], [1])]
    assert instance_words(instance(modules, [[0, 1]], pb.box(0, 1, dim=2), points=rows([1, 0], [0, 0]))) == (
        "batch (0, 1); rows (1, 0), (0, 1/2), plus 0, 1/3, abs -> row (2, -4), plus 1; "
        "x = (1, 0), (0, 0); in [0, 1] x [0, 1]"
    )


@pytest.mark.parametrize(
    ("norm", "words"),
    [
        (pb.BatchNorm(), "batchnorm (mu 0; sigma 1)"),
        (pb.BatchNorm(gamma=-2, beta=1), "batchnorm (mu 0; sigma 1; gamma -2; beta 1)"),
        (pb.BatchNorm(eps=3), "batchnorm (mu 0; sigma 2; sigma^2 1 before eps and rounding)"),
        (pb.BatchNorm(eps=1, sigma_bits=4), "batchnorm (mu 0; sigma 23/16; sigma^2 1 before eps and rounding)"),
        (pb.frozen([5], [7]), "batchnorm (mu 5; sigma 7)"),
    ],
)
def test_statistics_are_told_with_what_they_round(norm, words):
    assert words in instance_words(instance([pb.Linear([[1]]), norm, pb.ReLU()], [[-1], [1]], pb.box(0, 1, dim=1)))


def test_large_parts_are_told_by_their_sizes():
    modules = [pb.Linear([[n, 1] for n in range(40)]), pb.BatchNorm(), pb.ReLU(), pb.Linear([[1] * 40])]
    found = instance_words(instance(modules, [[n, n * n] for n in range(60)], pb.box(0, 1, dim=2)))
    assert found == ("batch of 60 points in R^2; a network 2-40-1, ReLU, batchnorm at layers 0; in [0, 1] x [0, 1]")


def test_long_numbers_are_cut():
    words = instance_words(instance([pb.Linear([[10**60]])], [[0]], pb.box(0, 1, dim=1)))
    assert "(61 characters)" in words
    assert len(words) < 200


def test_names_of_activations():
    odd = pb.PiecewiseLinear([0, 1], [1, 2, 3])
    named = [activation_words(one) for one in (pb.ReLU(), pb.HardTanh(), pb.LeakyReLU(2), odd)]
    assert named == ["ReLU", "hard tanh", "leaky ReLU 2", "piecewise_linear(at 0, 1; slopes 1, 2, 3)"]


def test_instances_that_differ_are_told_apart():
    def told(batch, weight):
        return instance_words(instance([pb.Linear([[weight]])], batch, pb.box(0, 1, dim=1)))

    assert len({told([[0]], 1), told([[0], [0]], 1), told([[0]], 2), told([["1/2"]], 1)}) == 4


def test_a_refutation_is_two_lines():
    found = Counterexample(instance(LINE, [[-1], [1]], pb.box(-3, 3, dim=1)), Fails("1", "2", "layer 0"))
    first, second = refutation(found)
    assert first.startswith("batch -1, 1; rows (1), (-1)")
    assert second == "1  !=  2; at layer 0"


def test_network_words_without_a_batch():
    assert network_words(pb.Network([pb.Linear([[1, 2]]), pb.ReLU()])) == "row (1, 2), ReLU"
