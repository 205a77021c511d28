"""`polybn prove`: steps with their kinds, what they rest on, the page, and a step that fails."""

import json

import pytest

import polybn.reports.proofs as proofs
from polybn.cli import main
from polybn.errors import ProofError
from polybn.proof import proofs_folder
from polybn.reports.proof_page import page
from polybn.smt import UnsettledError


def failing(claim):
    raise ProofError("'1 = 2' is not an identity", claim)


def test_a_proof_is_told_step_by_step(capsys):
    assert main(["prove", "theorem-1"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert out.startswith("theorem-1: PROVED The location of the batch statistics")
    for words in (
        "proofs/theorem_1.py, run in",
        "identity: L(mu) - L(m1) = (mu - m1)^2 / g",
        "nonnegative: L'' = 2 / g > 0",
        "argued: The mean over N >= 1 samples is a linear functional",
        "rests on: under 'w != 0': g > 0",
        "rests on a fact of the normalisation, tested: location-is-mean",
        "proofs/smt/theorem_1.py, ",
        "proofs/rocq/theorem_1.v, accepted by Coq",
        "proofs: 1, with 5 steps checked, 4 argued, 0 cited;",
    ):
        assert words in out


def test_all_proofs_are_told_as_data(capsys):
    assert main(["prove", "--json"]) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)["proofs"]}
    files = {path.stem.replace("_", "-") for path in proofs_folder().glob("*.py")}
    assert {id for id, row in rows.items() if row["proof"]} == files
    assert rows["theorem-1"]["status"] == "PROVED"
    kinds = {step["kind"] for row in rows.values() for step in row["steps"]}
    assert kinds >= {"identity", "nonnegative", "infeasible", "cases", "limit", "exhausted", "argued"}
    assert all(row["conclusion"] for row in rows.values() if row["proof"])


def test_what_each_step_rests_on_is_told(capsys):
    assert main(["prove", "theorem-1", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)["proofs"]
    steps = {step["statement"]: step["rests_on"] for step in row["steps"]}
    assert steps["L(mu) - L(m1) = (mu - m1)^2 / g"] == ["under 'w != 0'"]
    assert main(["prove", "theorem-1"]) == 0
    assert "identity: L(mu) - L(m1) = (mu - m1)^2 / g [under 'w != 0']" in capsys.readouterr().out


def test_a_formal_refutation_is_told_where_there_is_neither_proof_nor_question(capsys):
    assert main(["prove", "--json"]) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)["proofs"]}
    assert rows["proposition-2-variance"]["formal"]["refutes"]
    assert not rows["theorem-1"]["formal"]["refutes"]


def test_one_proof_that_fails_stops_no_other(capsys, monkeypatch):
    ran = proofs.prove
    monkeypatch.setattr(proofs, "prove", lambda claim: failing(claim) if claim == "corollary-2" else ran(claim))
    assert main(["prove", "corollary-2", "theorem-3", "--json"]) == 1
    captured = capsys.readouterr()
    assert [row["id"] for row in json.loads(captured.out)["proofs"]] == ["theorem-3"]
    assert "the proof of corollary-2 fails" in captured.err


def test_a_question_that_z3_leaves_open_is_incomplete(capsys, monkeypatch):
    def stopping(claim):
        raise UnsettledError("z3 stopped without an answer", claim)

    monkeypatch.setattr(proofs, "is_available", lambda: True)
    monkeypatch.setattr(proofs, "decide", stopping)
    assert main(["prove", "theorem-1"]) == 3
    assert "a question on theorem-1 is open: z3 stopped" in capsys.readouterr().err


@pytest.mark.parametrize("more", [["theorem-1"], ["--json"]])
def test_the_page_is_of_all_claims_and_markdown(tmp_path, more, capsys):
    assert main(["prove", "--page", str(tmp_path / "page.md"), *more]) == 2
    assert "Leave the ids and --json out" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_refuted_claim_says_where_its_counterexample_is(capsys):
    assert main(["prove", "theorem-2"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("theorem-2: refuted, so there is no proof\n")
    assert "counterexample: proofs/counterexamples/theorem-2.json" in out


def test_a_step_that_fails_is_named(capsys, monkeypatch):
    monkeypatch.setattr(proofs, "prove", failing)
    assert main(["prove", "corollary-2"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "the proof of corollary-2 fails: '1 = 2' is not an identity" in captured.err


def test_an_unknown_claim_is_refused_with_the_near_ones(capsys):
    assert main(["prove", "theorem-9"]) == 2
    assert "theorem-1" in capsys.readouterr().err


def test_without_z3_the_questions_say_what_to_install(capsys, monkeypatch):
    monkeypatch.setattr(proofs, "is_available", lambda: False)
    assert main(["prove", "theorem-2"]) == 0
    assert "not decided: z3 is not installed (pip install 'polybn[smt]')" in capsys.readouterr().out


def test_the_page_of_proofs_is_fresh(tmp_path, capsys):
    assert main(["prove", "--page", str(tmp_path / "page.md")]) == 0
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == page()
    kept = (proofs_folder() / "README.md").read_text(encoding="utf-8")
    assert kept == page(), "stale: polybn prove --page proofs/README.md"


@pytest.mark.parametrize("words", ["PROVED GIVEN", "`Infeasible`", "make proofs", "rocq/farkas.v"])
def test_the_page_says_how_to_read_it(words):
    assert words in page()


def test_what_is_chosen_is_argued_and_no_meaning_of_a_hypothesis(capsys):
    assert main(["prove", "corollary-1", "theorem-1", "--json"]) == 0
    chosen, plain = json.loads(capsys.readouterr().out)["proofs"]
    assert plain["rests_on"] == ["under 'w != 0': g > 0"]
    assert "chosen" in {step["kind"] for step in chosen["steps"]}
    assert all(meaning.startswith(("under ", "where ")) for meaning in chosen["rests_on"])
