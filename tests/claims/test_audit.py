"""The audit of shipped normalisations, of false declarations, of vacuous claims; reproducible, with small witnesses."""

from dataclasses import dataclass, replace
from fractions import Fraction

import pytest

import polybn as pb
from polybn.auditing.recorded import RECORDED, contradicts
from polybn.claims import CLAIMS
from polybn.claims.claim import Hypothesis
from polybn.claims.verdict import Status
from polybn.outcome import Holds
from polybn.testing import check_claims, strategies

EXAMPLES = 40
SOME = ["theorem-1", "theorem-2", "proposition-3", "subdivision"]
pytestmark = pytest.mark.xdist_group("audit")  # its fixtures audit every claim, once


@pytest.fixture(scope="module")
def batchnorm():
    return pb.audit(pb.BatchNorm, examples=EXAMPLES, seed=1)


@pytest.fixture(scope="module")
def median():
    return pb.audit("median", [id for name, id in RECORDED if name == "median"], examples=EXAMPLES, seed=1)


def test_batch_normalisation_keeps_every_claim(batchnorm):
    assert [row.id for row in batchnorm] == list(CLAIMS) == [id for name, id in RECORDED if name == "batchnorm"]
    assert [row.id for row in batchnorm if contradicts(row)] == []
    assert batchnorm["theorem-1"].status is Status.PROVED


def test_the_false_statements_of_the_paper_are_refuted_and_their_twins_established(batchnorm):
    refuted = {row.id for row in batchnorm if row.status is Status.REFUTED}
    assert {"theorem-2", "proposition-3", "proposition-2-variance", "sigma-positive", "equation-28"} < refuted
    for id, claim in CLAIMS.items():
        if claim.twin is not None:
            assert CLAIMS[claim.twin].twin is not None
        if id in refuted and claim.twin is not None:
            assert claim.twin not in refuted, id


def test_a_refutation_is_found_by_search_and_not_only_kept(monkeypatch):
    monkeypatch.setattr("polybn.auditing.audit.stored_instance", lambda *_: None)
    false = [id for (name, id), statuses in RECORDED.items() if name == "batchnorm" and Status.REFUTED in statuses]
    for row in pb.audit(pb.BatchNorm, false, examples=200):
        assert row.status is Status.REFUTED, row.id
        assert row.refuted_by == "", row.id


def test_every_claim_had_live_instances_and_degenerate_ones(batchnorm):
    for row in (row for row in batchnorm if row.status is not Status.REFUTED):
        assert row.live >= EXAMPLES // 2, row.id
        tally = row.tally
        assert tally.drawn == tally.live + tally.repeated + sum(tally.rejected.values()) + tally.undecided == EXAMPLES
        strata = strategies.strata_for(normalization=pb.BatchNorm, **CLAIMS[row.id].recipe)
        # Of two or three draws a stratum all may miss a hypothesis: a width-one net has no facets to compare, say.
        assert len(set(strata) - set(tally.strata)) <= len(strata) // 4, row.id
        assert "generic" in tally.strata, row.id
        several = {"duplicate rows", "opposite rows", "concurrent hyperplanes"}
        assert several < set(strata) or CLAIMS[row.id].recipe.get("max_width") == 1, row.id


def test_the_median_minimises_another_loss(median):
    assert median["theorem-1"].status is Status.REFUTED
    assert median["corollary-2"].status is Status.REFUTED
    assert [row.id for row in median if contradicts(row)] == []


def test_witnesses_shrink_to_small_whole_numbers(median):
    for id in ("theorem-1", "corollary-2"):
        batch = median[id].witness.instance.batch
        assert len(batch) == 3, batch
        assert {value for point in batch for value in point} <= {0, 1, -1}, batch


def test_the_same_seed_gives_the_same_report(batchnorm):
    again = pb.audit(pb.BatchNorm, SOME, examples=EXAMPLES, seed=1)
    before = [batchnorm[id] for id in SOME]
    assert [(row.id, row.status, row.tally) for row in again] == [(r.id, r.status, r.tally) for r in before]


def test_the_seed_decides_what_is_drawn():
    def drawn(seed):
        seen = []
        spy = replace(CLAIMS["theorem-1"], check=lambda view: seen.append(view.instance) or Holds(1))
        pb.audit(pb.BatchNorm, [spy], examples=EXAMPLES, seed=seed)
        return seen

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


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
    assert report.normalization == "midrange"
    assert [row.status for row in report] == [Status.REFUTED, Status.REFUTED, Status.PROVED]


@dataclass(frozen=True)
class MeanUpToTwelve(pb.BatchNorm):
    """Batch normalisation on every batch that is drawn, and on longer ones not."""

    name = "mean-up-to-twelve"

    def location(self, values):
        return super().location(values) if len(values) <= 12 else min(values)


class TwiceTheVariance(pb.BatchNorm):
    """The mean, with twice the variance; nothing declared."""

    facts = frozenset()

    def squared_scale(self, values):
        return 2 * super().squared_scale(values)


def test_sigma_is_read():
    report = pb.audit(TwiceTheVariance, ["theorem-1"], examples=EXAMPLES)
    assert report.normalization == "TwiceTheVariance"
    assert report["theorem-1"].status is Status.REFUTED
    assert "least loss" in report["theorem-1"].witness.failure.left


def test_a_falsely_declared_fact_does_not_carry_a_proof_however_long_its_batches():
    row = pb.audit(MeanUpToTwelve, ["theorem-1"], examples=EXAMPLES)["theorem-1"]
    assert "location-is-mean" in row.broken_facts
    assert row.status is Status.TESTED


def test_a_proof_belongs_to_the_claim_and_not_to_its_id():
    impostor = replace(CLAIMS["theorem-1"], sentence="the sky is green", check=lambda view: Holds(1))
    row = pb.audit(pb.BatchNorm, [impostor], examples=EXAMPLES)["theorem-1"]
    assert (row.proof, row.status) == (None, Status.TESTED)


def test_an_instance_keeps_its_own_parameters():
    row = pb.audit(pb.BatchNorm(beta=1), ["corollary-2"], examples=EXAMPLES)["corollary-2"]
    assert row.status is Status.VACUOUS
    assert row.tally.rejected["beta = 0"] == row.tally.drawn - row.tally.repeated


def test_an_instance_counts_once_and_given_ones_do_not_fill_the_floor():
    from polybn.auditing.audit import audit
    from polybn.claims.view import Instance

    net = pb.Network([pb.Linear([[1]]), pb.BatchNorm(), pb.ReLU(), pb.Linear([[1]])]).fit([[0], [2]])
    given = Instance(net, ((Fraction(0),), (Fraction(2),)), pb.box(-3, 3, dim=1))
    never = replace(CLAIMS["theorem-1"], hypotheses=(Hypothesis("given", "", lambda view: view.instance is given),))
    row = audit(pb.BatchNorm, [never], 10, instances=[("given", given), ("again", given)]).rows[0]
    assert row.instances == ("given",)
    assert row.live == 1
    assert row.status is Status.VACUOUS


def test_a_refutation_by_a_given_instance_says_so():
    from polybn.auditing.audit import audit
    from polybn.claims.view import Instance
    from polybn.reports.report import evidence

    net = pb.Network([pb.Linear([[1]]), pb.frozen([5], [1]), pb.ReLU(), pb.Linear([[1]])])
    given = Instance(net, ((Fraction(0),), (Fraction(2),)), pb.box(-3, 3, dim=1))
    row = audit(pb.BatchNorm, ["theorem-1"], 10, instances=[("mine", given)]).rows[0]
    assert row.status is Status.REFUTED
    assert evidence(row) == "a counterexample: mine"


def test_the_unbiased_variance_is_not_the_minimum():
    row = pb.audit(Unbiased, ["theorem-1"], examples=EXAMPLES)["theorem-1"]
    assert row.broken_facts == {"squared-scale-is-biased-variance"}
    assert row.status is Status.REFUTED, "the least loss is the biased variance over the squared norm"


def test_a_claim_that_no_instance_reaches_is_vacuous():
    never = Hypothesis("never", "no instance meets it", lambda view: False)
    empty = replace(CLAIMS["corollary-2"], id="empty", hypotheses=(never,))
    row = pb.audit(pb.BatchNorm, [empty], examples=10).rows[0]
    assert row.status is Status.VACUOUS
    assert row.tally.rejected == {"never": 10 - row.tally.repeated}
    assert row.live == 0


def test_check_claims_passes_and_fails():
    assert check_claims(pb.BatchNorm, ["corollary-2"], examples=20)["corollary-2"].live >= 10
    with pytest.raises(AssertionError, match="REFUTED"):
        check_claims(pb.MedianNorm, ["corollary-2"], examples=20, witnesses=None)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"claims": ["theorem-9"]}, "Choose among: theorem-1"),
        ({"normalization": "layernorm"}, "Choose among: batchnorm, median"),
        ({"normalization": 3}, "subclass of pb.Normalization"),
        ({"examples": 0}, "at least 1"),
        ({"examples": "5"}, "whole number"),
        ({"seed": -1}, "at least 0"),
        ({"claims": []}, "No claim is named"),
        ({"claims": "theorem-9"}, "Choose among"),
        ({"normalization": type("Half", (pb.Normalization,), {})}, "cannot be used"),
        ({"normalization": type("Odd", (pb.BatchNorm,), {"name": "../x"})}, "cannot name"),
        ({"normalization": type("Typo", (pb.BatchNorm,), {"facts": ["location-is-maen"]})}, "location-is-maen"),
    ],
)
def test_bad_arguments_are_refused(arguments, words):
    with pytest.raises(pb.errors.InputError, match=words):
        pb.audit(**arguments)


@dataclass(frozen=True)
class OffOnLargeProjections(pb.BatchNorm):
    """Batch normalisation until a projection is larger than 5; then the location is the mean plus one."""

    name = "off-on-large-projections"

    def location(self, values):
        return super().location(values) + (len(values) <= 20 and max(map(abs, values)) > 5)


def test_a_fact_that_fails_under_one_claim_is_false_under_all():
    """The witness that refutes one claim breaks a fact on which the proof of another rests."""
    report = pb.audit(OffOnLargeProjections, ["theorem-1", "proposition-2-mean", "affine-pieces"], examples=20)
    assert report["theorem-1"].status is Status.REFUTED
    assert {tuple(row.broken_facts) for row in report} == {("location-is-mean",)}
    assert report["proposition-2-mean"].status is not Status.PROVED
    assert report["affine-pieces"].status is Status.PROVED
