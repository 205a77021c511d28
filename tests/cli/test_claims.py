"""`polybn claims`: all claims, one in full, near ids, and a status from evidence that was checked just now."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from polybn.auditing import at_hand, sharpness, stored
from polybn.auditing.witness import replayed
from polybn.claims import CLAIMS
from polybn.claims.verdict import Status
from polybn.cli import main

WITNESS = Path(__file__).resolve().parents[2] / "proofs" / "sharpness" / "corollary-2--beta.json"


@pytest.fixture
def planted(monkeypatch, tmp_path):
    """A claim that is false, with its counterexample kept; returns the file of the counterexample."""
    claim = replace(
        CLAIMS["corollary-2"].without("beta = 0"), id="planted", sentence="All is well.", twin="corollary-2", moot={}
    )
    monkeypatch.setitem(CLAIMS, "planted", claim)
    monkeypatch.setattr(stored, "proofs_folder", lambda: tmp_path)
    folder = tmp_path / "counterexamples"
    folder.mkdir()
    data = json.loads(WITNESS.read_text(encoding="utf-8"))
    del data["without"]
    path = folder / "planted.json"
    path.write_text(json.dumps({**data, "claim": "planted"}), encoding="utf-8")
    return path


def told(capsys, *argv):
    assert main(["claims", *argv, "--quiet"]) == 0
    return capsys.readouterr().out


def test_every_claim_is_listed_with_its_words(capsys):
    out = " ".join(told(capsys).split())
    for claim in CLAIMS.values():
        assert f"{claim.id}: " in out
        assert f"({claim.source})" in out
        assert " ".join(claim.sentence.split()) in out
        for hypothesis in claim.hypotheses:
            assert hypothesis.name in out


def test_json_has_every_claim_in_order(capsys):
    found = json.loads(told(capsys, "--json"))
    assert found["normalization"] == "batchnorm"
    assert [claim["id"] for claim in found["claims"]] == list(CLAIMS)
    for given, claim in zip(found["claims"], CLAIMS.values(), strict=True):
        assert (given["sentence"], given["source"], given["twin"]) == (claim.sentence, claim.source, claim.twin)
        assert [one["name"] for one in given["hypotheses"]] == [one.name for one in claim.hypotheses]
        assert given["status"] in ("REFUTED", "PROVED", "UNDECIDED")
        assert (given["status"] == "PROVED") <= (given["proof"] is not None)
        assert (given["status"] == "REFUTED") == (given["refutation"] is not None)


def test_a_proof_that_runs_is_told_step_by_step(capsys):
    out = told(capsys, "theorem-1")
    assert out.startswith("theorem-1: PROVED (Theorem 1, Eq. 7-9)\n")
    assert "proof, proofs/theorem_1.py, run:" in out
    assert "checked: L(mu) - L(m1) = (mu - m1)^2 / g" in out
    assert "rests on a fact that is tested: location-is-mean" in out


def test_a_proof_whose_facts_do_not_hold_proves_nothing(monkeypatch):
    class Undeclared(at_hand.BatchNorm):
        name = "batchnorm"
        facts = frozenset()

    monkeypatch.setattr(at_hand, "BatchNorm", Undeclared)
    known = at_hand.known(CLAIMS["theorem-1"])
    assert known.proof is not None
    assert known.status is Status.UNDECIDED


def test_each_hypothesis_is_shown_with_the_witness_that_needs_it(capsys):
    out = told(capsys, "corollary-2")
    assert "needed: without it the claim fails, proofs/sharpness/corollary-2--beta.json" in out
    assert "batch -1, 1; row (1), batchnorm (mu 0; sigma 1; beta 1), ReLU -> row (1); in [-3, 3]" in out
    assert "needed for a meaning: without a normalised layer nothing is said" in out


def test_what_only_an_audit_decides_says_so(monkeypatch, capsys):
    monkeypatch.setitem(CLAIMS, "unproved", replace(CLAIMS["subdivision"], id="unproved"))
    assert "unproved: UNDECIDED" in told(capsys)
    assert told(capsys, "unproved").endswith("to decide it: polybn audit --claims unproved\n")


def test_a_kept_counterexample_is_replayed_and_spelled_out(planted, capsys):
    out = told(capsys, "planted")
    assert out.startswith("planted: REFUTED (Corollary 2, Eq. 5-6)\n    All is well.\n    twin: corollary-2\n")
    assert "counterexample, proofs/counterexamples/planted.json, replayed:" in out
    assert "batch -1, 1; row (1), batchnorm (mu 0; sigma 1; beta 1), ReLU" in out
    assert "pre-activation at the centroid: 1  !=  0" in out
    [listed] = [one for one in json.loads(told(capsys, "--json"))["claims"] if one["id"] == "planted"]
    assert listed["status"] == "REFUTED"
    assert listed["counterexample"] == "proofs/counterexamples/planted.json"


def test_a_counterexample_that_no_longer_fails_is_no_evidence(planted, capsys):
    data = json.loads(planted.read_text(encoding="utf-8"))
    planted.write_text(json.dumps({**data, "left": "2"}), encoding="utf-8")
    for argv in ([], ["planted"]):
        assert main(["claims", *argv, "--quiet"]) == 1
        captured = capsys.readouterr()
        assert "planted: UNDECIDED" in captured.out
        assert "proofs/counterexamples/planted.json is not confirmed: the two sides are" in captured.err


def test_a_counterexample_of_another_normalisation_says_nothing_of_this_one(planted, capsys):
    data = json.loads(planted.read_text(encoding="utf-8"))
    planted.write_text(json.dumps({**data, "normalization": "mine"}), encoding="utf-8")
    assert "planted: UNDECIDED" in told(capsys, "planted")


def test_a_witness_for_a_hypothesis_that_no_longer_fails_is_a_failed_check(monkeypatch, capsys):
    def wrong(path):
        return replayed(path)._replace(disagreement="the two sides are 1 and 2, not those stated")

    monkeypatch.setattr(at_hand, "replayed", wrong)
    assert main(["claims", "corollary-2", "--quiet"]) == 1
    captured = capsys.readouterr()
    assert "proofs/sharpness/corollary-2--beta.json is not confirmed: the two sides" in captured.err
    assert "proofs/sharpness/corollary-2--beta.json is not confirmed: the two sides" in captured.out


def test_a_hypothesis_of_which_nothing_is_known_is_open(monkeypatch, capsys):
    bare = replace(CLAIMS["corollary-2"], id="bare", moot={})
    monkeypatch.setitem(CLAIMS, "bare", bare)
    monkeypatch.setattr(at_hand, "sharpness_files", dict)
    monkeypatch.setattr(sharpness, "sharpness_files", dict)
    assert told(capsys, "bare").count("open: not known to be needed") == 3


@pytest.mark.parametrize("argv", [["theorem-0"], ["corolary-2", "theorem-1"], [""], ["THEOREM-1x"], ["xyz"]])
def test_unknown_ids_are_refused(argv, capsys):
    assert main(["claims", *argv]) == 2
    captured = capsys.readouterr()
    assert "is not a claim that polybn decides." in captured.err
    assert captured.out == ""


def test_an_id_given_twice_is_told_once(capsys):
    assert told(capsys, "subdivision", "subdivision").count("subdivision: ") == 1
