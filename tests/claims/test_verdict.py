"""Statuses are computed from evidence: REFUTED wins, a proof counts only while its facts hold, too few is VACUOUS."""

from collections import Counter
from dataclasses import replace

import pytest

from polybn.claims import CLAIMS
from polybn.claims.verdict import Counterexample, ProofEvidence, Status, Tally, Verdict
from polybn.outcome import Fails, Holds

FACTS = frozenset({"location-is-mean"})
PROOF = ProofEvidence("proofs/theorem_1.py", ("a step",), (), ("location-is-mean",))
TESTED = Verdict(CLAIMS["theorem-1"], "batchnorm", Tally(drawn=10, live=10), floor=5, declared_facts=FACTS)
FOUND = Counterexample(None, Fails("1", "2", "here"))  # type: ignore[arg-type]


def test_enough_live_instances_are_tested():
    assert TESTED.status is Status.TESTED
    assert TESTED.status_text == "TESTED(10)"


def test_below_the_floor_nothing_is_tested():
    rejected = Tally(drawn=10, live=4, rejected=Counter({"w != 0": 6}))
    assert replace(TESTED, tally=rejected).status is Status.VACUOUS
    assert replace(TESTED, tally=Tally(drawn=10, live=5)).status is Status.TESTED


def test_a_proof_beats_tests_and_a_witness_beats_a_proof():
    proved = replace(TESTED, proof=PROOF)
    assert proved.status is Status.PROVED
    assert replace(proved, witness=FOUND).status is Status.REFUTED


def test_a_proof_counts_only_with_declared_unbroken_audited_facts():
    proved = replace(TESTED, proof=PROOF)
    assert replace(proved, declared_facts=frozenset()).status is Status.TESTED
    assert replace(proved, broken_facts=FACTS).status is Status.TESTED
    assert replace(proved, tally=Tally(drawn=10, live=4)).status is Status.VACUOUS


def test_an_undecided_instance_is_not_passed_over():
    assert replace(TESTED, tally=Tally(drawn=11, live=10, undecided=1)).status is Status.UNDECIDED


def test_a_check_that_compared_nothing_cannot_hold():
    with pytest.raises(ValueError, match="compared nothing"):
        Holds(0)
