"""The audit of shipped normalisations, of false declarations, of vacuous claims; reproducible, with small witnesses."""

from dataclasses import dataclass, replace

import pytest

import polybn as pb
from polybn.claims import CLAIMS
from polybn.claims.claim import Hypothesis
from polybn.claims.verdict import Status
from polybn.testing import check_claims

EXAMPLES = 40


@pytest.fixture(scope="module")
def batchnorm():
    return pb.audit(pb.BatchNorm, examples=EXAMPLES, seed=1)


@pytest.fixture(scope="module")
def median():
    return pb.audit("median", examples=EXAMPLES, seed=1)


def test_batch_normalisation_keeps_every_claim(batchnorm):
    assert [row.id for row in batchnorm] == list(CLAIMS)
    assert batchnorm["theorem-1"].status is Status.PROVED
    others = {row.status for row in batchnorm if row.id != "theorem-1"}
    assert others <= {Status.PROVED, Status.TESTED}


def test_every_claim_had_live_instances_and_degenerate_ones(batchnorm):
    for row in batchnorm:
        assert row.live >= EXAMPLES // 2, row.id
        assert row.tally.drawn == row.live + sum(row.tally.rejected.values()) + row.tally.undecided
        assert len(set(row.tally.strata) - {"generic"}) >= 5, row.id


def test_the_median_minimises_another_loss(median):
    assert median["theorem-1"].status is Status.REFUTED
    assert median["corollary-2"].status is Status.REFUTED
    assert median["affine-pieces"].status is Status.TESTED
    assert median["subdivision"].status is Status.TESTED


def test_witnesses_shrink_to_small_whole_numbers(median):
    for id in ("theorem-1", "corollary-2"):
        batch = median[id].witness.instance.batch
        assert len(batch) == 3, batch
        assert {value for point in batch for value in point} <= {0, 1, -1}, batch


def test_the_same_seed_gives_the_same_report(batchnorm):
    again = pb.audit(pb.BatchNorm, examples=EXAMPLES, seed=1)
    assert [(row.id, row.status, row.tally) for row in again] == [(r.id, r.status, r.tally) for r in batchnorm]


def test_another_seed_draws_other_instances(batchnorm):
    other = pb.audit(pb.BatchNorm, ["theorem-1"], examples=EXAMPLES, seed=2)
    assert other["theorem-1"].tally.strata != batchnorm["theorem-1"].tally.strata


@dataclass(frozen=True)
class Midrange(pb.Normalization):
    """Claims to be the mean, and is the midrange."""

    sigma_bits: int = 4
    eps: object = 0
    gamma: object = None
    beta: object = None
    name = "midrange"
    facts = pb.BatchNorm.facts

    def location(self, values):
        return (min(values) + max(values)) / 2

    def squared_scale(self, values):
        return ((max(values) - min(values)) / 2) ** 2


@dataclass(frozen=True)
class Unbiased(pb.BatchNorm):
    """The mean, with the unbiased variance, and declared as biased."""

    name = "unbiased"

    def squared_scale(self, values):
        return super().squared_scale(values) * len(values) / max(len(values) - 1, 1)


def test_a_users_normalisation_is_audited_from_its_class():
    report = pb.audit(Midrange, ["theorem-1", "corollary-2", "subdivision"], examples=EXAMPLES)
    assert [row.status for row in report] == [Status.REFUTED, Status.REFUTED, Status.TESTED]


def test_a_falsely_declared_fact_does_not_carry_a_proof():
    row = pb.audit(Unbiased, ["theorem-1"], examples=EXAMPLES)["theorem-1"]
    assert row.broken_facts == {"squared-scale-is-biased-variance"}
    assert row.status is Status.TESTED, "theorem-1 speaks of the location; its proof also names the variance"


def test_a_claim_that_no_instance_reaches_is_vacuous():
    never = Hypothesis("never", "no instance meets it", lambda view: False)
    empty = replace(CLAIMS["corollary-2"], id="empty", hypotheses=(never,))
    row = pb.audit(pb.BatchNorm, [empty], examples=10).rows[0]
    assert row.status is Status.VACUOUS
    assert row.tally.rejected == {"never": 10}


def test_check_claims_passes_and_fails():
    assert check_claims(pb.BatchNorm, ["corollary-2"], examples=20)["corollary-2"].live == 20
    with pytest.raises(AssertionError, match="REFUTED"):
        check_claims(pb.MedianNorm, ["corollary-2"], examples=20)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"claims": ["theorem-9"]}, "Choose among: theorem-1"),
        ({"normalization": "layernorm"}, "Choose among: batchnorm, median"),
        ({"normalization": 3}, "subclass of pb.Normalization"),
        ({"examples": 0}, "at least 1"),
    ],
)
def test_bad_arguments_are_refused(arguments, words):
    with pytest.raises(pb.errors.InputError, match=words):
        pb.audit(**arguments)
