"""Averages over successive batches: what minimises, what does not, and what an average of sigma^2 leaves out."""

from fractions import Fraction

import pytest
from flint import fmpq

import polybn as pb
from polybn.auditing.recorded import HOLDS
from polybn.auditing.witness import read_witness
from polybn.claims.moving_average import (
    CUMULATIVE_AVERAGE_MINIMISES,
    MOVING_AVERAGE_MINIMISES,
    POOLED_VARIANCE,
    RUNNING_VARIANCE,
    equal_batches,
    halves,
    moving_average,
)
from polybn.claims.verdict import Status
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds, Skipped
from polybn.proof import proofs_folder

EXAMPLES = 34
TRUE = (CUMULATIVE_AVERAGE_MINIMISES, POOLED_VARIANCE)
FALSE = (MOVING_AVERAGE_MINIMISES, RUNNING_VARIANCE)


def decide(claim, numbers, rows=((1,),), **parameters):
    batch = [[number] for number in numbers]
    network = pb.Network([pb.Linear(rows), pb.BatchNorm(**parameters)]).fit(batch)
    points = tuple((Fraction(number),) for number in numbers)
    return claim.decide(ExactView(Instance(network, points, pb.box(-9, 9, dim=1), method=pb.BatchNorm())))


@pytest.mark.parametrize("claim", TRUE, ids=lambda claim: claim.id)
def test_the_true_forms_survive_batch_norm_and_not_the_median(claim):
    row = pb.audit(pb.BatchNorm, [claim], examples=EXAMPLES).rows[0]
    assert row.status in HOLDS
    assert row.tally.live >= EXAMPLES // 2
    assert pb.audit("median", [claim], examples=EXAMPLES).rows[0].status is Status.REFUTED


@pytest.mark.parametrize("claim", FALSE, ids=lambda claim: claim.id)
def test_the_false_forms_are_refuted(claim):
    assert pb.audit(pb.BatchNorm, [claim], examples=EXAMPLES).rows[0].status is Status.REFUTED
    data, given = read_witness(proofs_folder() / "counterexamples" / f"{claim.id}.json")
    outcome = claim.decide(ExactView(given))
    assert (outcome.left, outcome.right) == (data["left"], data["right"])


def test_zero_then_ten_by_hand():
    """mu = 9/10 * 0 + 1/10 * 10 = 1, at mean squared distance (1 + 81)/2 = 41; the mean 5 has 25."""
    outcome = decide(MOVING_AVERAGE_MINIMISES, [0, 10])
    assert outcome.left == "averaged mu = 1, mean squared distance 41"
    assert outcome.right == "least at mu = 5, mean squared distance 25"
    assert isinstance(decide(CUMULATIVE_AVERAGE_MINIMISES, [0, 10]), Holds)


def test_the_average_of_two_variances_of_nothing_is_not_the_variance():
    outcome = decide(RUNNING_VARIANCE, [-1, 1])
    assert (outcome.left, outcome.right) == ("average sigma^2 = 0", "sigma^2 = 1")
    assert decide(POOLED_VARIANCE, [-1, 1]) == Holds(2)
    assert decide(POOLED_VARIANCE, [0, 1, 5, 9, 2, 2]) == Holds(4)


def test_one_sample_is_one_batch_and_every_average_is_its_own():
    for claim in (*TRUE, *FALSE):
        assert decide(claim, [3], eps=1) == Holds(1)


def test_equal_halves_of_equal_mean_are_averaged_right():
    assert isinstance(decide(MOVING_AVERAGE_MINIMISES, [0, 2, 1, 1]), Holds)


def test_a_zero_row_has_no_hyperplane():
    for claim in (MOVING_AVERAGE_MINIMISES, CUMULATIVE_AVERAGE_MINIMISES):
        assert decide(claim, [0, 1], rows=((0,),), eps=1) == Skipped("w != 0")
    assert isinstance(decide(POOLED_VARIANCE, [0, 1], rows=((0,),), eps=1), Holds)


def test_batches_of_unequal_size_need_weights():
    """{3, 3} and {0}: the average of the means is 3/2, the mean 2. Only equal batches are averaged."""
    assert halves((3, 3, 0)) == [(3, 3), (0,)]
    assert list(equal_batches((3, 3, 0))) == [[(3,), (3,), (0,)], [(3, 3, 0)]]


def test_the_first_batch_starts_the_average():
    assert moving_average([fmpq(4)], fmpq(1, 10)) == 4
    assert moving_average([fmpq(0), fmpq(4), fmpq(0)], fmpq(1, 2)) == 1


def test_an_unknown_normalisation_is_skipped():
    network = pb.Network([pb.Linear([[1]]), pb.frozen([0], [1])])
    view = ExactView(Instance(network, ((Fraction(0),), (Fraction(1),)), pb.box(-1, 1, dim=1)))
    for claim in (*TRUE, *FALSE):
        assert claim.decide(view) == Skipped("a known normalisation")
        assert not isinstance(claim.decide(view), Fails)
