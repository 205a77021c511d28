"""Proposition 2 against hand-computed laws, its witnesses, and audits of shipped normalisations."""

from fractions import Fraction

import pytest
from flint import fmpq

import polybn as pb
from polybn.auditing.recorded import HOLDS
from polybn.auditing.witness import read_witness
from polybn.claims.finite_population import PROPOSITION_2_FINITE_POPULATION, PROPOSITION_2_WITHOUT_REPLACEMENT
from polybn.claims.populations import decoupled, variance, variance_over_samples
from polybn.claims.proposition_2 import (
    PROPOSITION_2_MEAN,
    PROPOSITION_2_VARIANCE,
    PROPOSITION_2_VARIANCE_BIASED,
    biased_variance,
    unbiased_variance,
)
from polybn.claims.verdict import Status
from polybn.claims.view import ExactView, Instance
from polybn.normalizations.batch_norm import mean
from polybn.outcome import Fails, Holds, Skipped, Undecided
from polybn.proof import proofs_folder

PROOFS = proofs_folder()
EXAMPLES = 34
TRUE = (PROPOSITION_2_MEAN, PROPOSITION_2_VARIANCE_BIASED, PROPOSITION_2_FINITE_POPULATION)
FALSE = (PROPOSITION_2_VARIANCE, PROPOSITION_2_WITHOUT_REPLACEMENT)


def instance(rows, batch, points=(), method=None, **parameters):
    network = pb.Network([pb.Linear(rows), pb.BatchNorm(**parameters)]).fit(batch)
    exact = [tuple(tuple(map(Fraction, point)) for point in given) for given in (batch, points)]
    place = pb.box(-9, 9, dim=len(batch[0]))
    return Instance(network, exact[0], place, points=exact[1], method=method or pb.BatchNorm())


def decide(claim, *args, **options):
    return claim.decide(ExactView(instance(*args, **options)))


@pytest.mark.parametrize("claim", TRUE, ids=lambda claim: claim.id)
def test_the_true_forms_survive(claim):
    row = pb.audit(pb.BatchNorm, [claim], examples=EXAMPLES).rows[0]
    assert row.status in HOLDS
    assert (row.exhaustion is not None) == (claim.family is not None)
    assert row.tally.live >= EXAMPLES // 2
    assert row.tally.undecided == 0
    if claim.family:
        assert row.exhaustion.live == 236


@pytest.mark.parametrize("claim", FALSE, ids=lambda claim: claim.id)
def test_the_false_forms_are_refuted_and_name_their_twin(claim):
    row = pb.audit(pb.BatchNorm, [claim], examples=EXAMPLES).rows[0]
    assert row.status is Status.REFUTED
    assert claim.twin in {one.id for one in TRUE}


@pytest.mark.parametrize("claim", TRUE, ids=lambda claim: claim.id)
def test_the_median_has_other_laws(claim):
    assert isinstance(decide(claim, [[1]], [[0], [0], [0], [1]], method=pb.MedianNorm()), Fails)


def test_two_fair_signs_by_hand():
    """sigma^2 = ((z_1 - z_2)/2)^2 is 0 or 1, each half of the time: variance 1/4; the formula says 1."""
    outcome = decide(PROPOSITION_2_VARIANCE, [[1]], [[-1], [1]])
    assert (outcome.left, outcome.right) == ("Var(sigma^2) = 1/4", "1")
    assert isinstance(decide(PROPOSITION_2_VARIANCE_BIASED, [[1]], [[-1], [1]]), Holds)


def test_the_literal_formula_is_the_biased_one_times_a_known_factor():
    for size in (2, 3, 7):
        ratio = biased_variance((fmpq(2), fmpq(9)), size) / unbiased_variance((fmpq(2), fmpq(9)), size)
        assert ratio == fmpq(size - 1, size) ** 2


def test_zero_mean_and_independent_features_are_not_needed():
    """(+-1, 0) and (0, +-1), moved by (5, 7): uncorrelated, dependent, and not centred."""
    points = [(6, 7), (4, 7), (5, 8), (5, 6)]
    for claim in TRUE[:2]:
        assert isinstance(decide(claim, [[1, 2], [1, 1]], points, points), Holds)


def test_correlated_features_are_out_of_scope():
    points = [(1, 1), (-1, -1)]
    for claim in TRUE[:2]:
        view = ExactView(instance([[1, 1]], points, points))
        assert claim.decide(view) == Skipped("diagonal covariance")
        assert isinstance(claim.without("diagonal covariance").decide(view), Fails)


def test_degenerate_populations():
    for claim in TRUE[:2]:
        assert isinstance(decide(claim, [[1]], [[3]], eps=1), Holds)
        assert isinstance(decide(claim, [[0, 0], [1, 0]], [[1, 2], [1, 3]], eps=1), Holds)
    assert decide(PROPOSITION_2_FINITE_POPULATION, [[1]], [[3]], eps=1) == Skipped("M >= 2")


def test_what_is_not_known_is_not_passed():
    bare = Instance(pb.Network([pb.Linear([[1]])]), ((Fraction(0),),), pb.box(-1, 1, dim=1))
    assert PROPOSITION_2_MEAN.decide(ExactView(bare)) == Skipped("a normalised layer")
    frozen = pb.Network([pb.Linear([[1]]), pb.frozen([0], [1])])
    unknown = Instance(frozen, ((Fraction(0),), (Fraction(1),)), pb.box(-1, 1, dim=1))
    for claim in (*TRUE, *FALSE):
        assert claim.decide(ExactView(unknown)) == Skipped("a known normalisation")
    many = [[value] for value in range(11)]
    assert isinstance(decide(PROPOSITION_2_MEAN, [[1]], many, many), Undecided)


def test_features_are_decoupled_as_far_as_they_fit():
    inputs = [tuple(map(fmpq, (n, n + 10, n + 20, n + 30, n + 40))) for n in range(4)]
    assert len(decoupled([point[:1] for point in inputs])) == 4
    assert len(decoupled([point[:2] for point in inputs])) == 9
    assert len(decoupled([point[:3] for point in inputs])) == 8
    widest = decoupled(inputs)
    assert len(widest) == 8
    assert {point[3:] for point in widest} == {(30, 40)}


def test_the_law_of_a_mean_agrees_with_an_enumeration_in_fractions():
    values = [Fraction(0), Fraction(0), Fraction(3), Fraction(5, 2)]
    means = [mean((a, b, c)) for a in values for b in values for c in values]
    assert mean(tuple(value**2 for value in means)) - mean(tuple(means)) ** 2 == Fraction(41, 64)
    law = {fmpq(0): 2, fmpq(3): 1, fmpq(5, 2): 1}
    assert variance_over_samples(lambda drawn: sum(drawn, fmpq(0)) / len(drawn), law, 3) == fmpq(41, 64)
    assert variance([(fmpq(7), 3)]) == 0


@pytest.mark.parametrize("claim", FALSE, ids=lambda claim: claim.id)
def test_the_kept_counterexamples_fail_as_they_state(claim):
    data, given = read_witness(PROOFS / "counterexamples" / f"{claim.id}.json")
    outcome = claim.decide(ExactView(given))
    assert (outcome.left, outcome.right) == (data["left"], data["right"])


@pytest.mark.parametrize("claim", TRUE[:2], ids=lambda claim: claim.id)
def test_diagonal_covariance_is_needed(claim):
    data, given = read_witness(PROOFS / "sharpness" / f"{claim.id}--covariance.json")
    assert claim.decide(ExactView(given)) == Skipped(data["without"])
    outcome = claim.without(data["without"]).decide(ExactView(given))
    assert (outcome.left, outcome.right) == (data["left"], data["right"])
