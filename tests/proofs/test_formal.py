"""Formal proofs count where the record is of exactly their text; the tier of a verdict is computed from evidence."""

import json
from dataclasses import replace

import pytest

import polybn.proof.formal as formal
from polybn.auditing.stored import stored_path
from polybn.claims import CLAIMS
from polybn.claims.facts import FACTS
from polybn.claims.verdict import Counterexample, Exhaustion, FormalEvidence, ProofEvidence, Tally, Tier, Verdict
from polybn.outcome import Fails
from polybn.proof import formal_proof
from polybn.proof.formal import CLOSED, digest, formal_folder, record_of, recorded

TEXT = "Theorem theorem_1 : True. Proof. exact I. Qed.\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of formal proofs with one file, recorded as compiled."""
    (tmp_path / "theorem_1.v").write_text(TEXT)
    monkeypatch.setattr(formal, "formal_folder", lambda: tmp_path)
    record(tmp_path, {"theorem_1": CLOSED, "corollary_2": CLOSED})
    yield tmp_path
    recorded.cache_clear()


def record(folder, theorems, text=TEXT):
    written = record_of("8.16.1", [("theorem_1.v", text, theorems)])
    (folder / "record.json").write_text(json.dumps(written))
    recorded.cache_clear()


def test_a_recorded_text_counts_for_every_theorem_named_after_a_claim(folder):
    found = formal_proof("theorem-1")
    assert found == FormalEvidence("proofs/rocq/theorem_1.v", ("theorem_1", "corollary_2"), True, "8.16.1")
    assert formal_proof("corollary-2").file == "proofs/rocq/theorem_1.v"
    assert formal_proof("theorem-2") is None


def test_a_text_that_is_not_the_recorded_one_does_not_count(folder):
    (folder / "theorem_1.v").write_text(TEXT.replace("True", "False"))
    assert not formal_proof("theorem-1").is_checked


@pytest.mark.parametrize("theorems", [{"theorem_1": "Axioms: magic"}, {"theorem_1": CLOSED, "other": "Axioms: magic"}])
def test_a_file_with_an_assumption_does_not_count(folder, theorems):
    record(folder, theorems)
    assert not formal_proof("theorem-1").is_checked


def test_a_file_that_is_not_recorded_does_not_count(folder):
    (folder / "theorem_3.v").write_text(TEXT)
    assert formal_proof("theorem-3") == FormalEvidence("proofs/rocq/theorem_3.v", (), False, "8.16.1")
    (folder / "theorem_1.v").unlink()
    assert formal_proof("theorem-1") is None


def test_without_a_record_nothing_counts(folder):
    (folder / "record.json").unlink()
    recorded.cache_clear()
    assert not formal_proof("theorem-1").is_checked


def test_the_record_is_of_the_files_that_are_there():
    """`make proofs` compiles them; this needs no Coq."""
    files = {path.name: digest(path.read_text(encoding="utf-8")) for path in sorted(formal_folder().glob("*.v"))}
    _, entries = recorded(formal_folder())
    assert {file: entry["sha256"] for file, entry in entries.items()} == files
    said = {words for entry in entries.values() for words in entry["theorems"].values()}
    assert said == {CLOSED}


LOAD_BEARING = (
    "theorem-1", "corollary-2", "theorem-2", "theorem-2-same-side", "theorem-3", "proposition-1", "proposition-2-mean",
    "proposition-2-variance-biased", "proposition-3", "proposition-3-every-unit", "proposition-3-normalized-output",
)  # fmt: skip


@pytest.mark.parametrize("claim", LOAD_BEARING)
def test_load_bearing_claims_are_machine_checked(claim):
    found = formal_proof(claim)
    assert found.is_checked
    assert claim.replace("-", "_") in found.theorems


@pytest.mark.parametrize(
    ("statement", "refutes"),
    [
        (": ~ stated R.", True),
        ("(N : nat) (le : (0 <= N)%N) :\n  ~ (forall n, stated N n) /\\ ~ stated N 0.", True),
        ("(N : nat) (h : ~ (N = 0)) : stated N.", False),
        (": stated 0 <-> ~ stated 1.", False),
        (": True. Proof. exact I. Qed. Theorem other : ~ False.", False),
    ],
)
def test_a_refutation_concludes_with_a_negation(folder, statement, refutes):
    text = f"Theorem theorem_1 {statement}\nProof. by []. Qed.\n"
    (folder / "theorem_1.v").write_text(text)
    record(folder, {"theorem_1": CLOSED}, text)
    assert formal_proof("theorem-1").refutes is refutes


def test_what_is_refuted_in_coq_is_what_has_a_counterexample():
    formal_proofs = {claim: found for claim in CLAIMS if (found := formal_proof(claim)) is not None}
    refuted = {claim for claim, found in formal_proofs.items() if found.refutes}
    assert refuted == {claim for claim in formal_proofs if stored_path(claim).is_file()}
    assert refuted >= {"theorem-2", "proposition-2-variance", "proposition-3"}


PROOF = ProofEvidence("proofs/theorem_1.py", ("a",), ("b",), ("location-is-mean",))
CHECKED = FormalEvidence("proofs/rocq/theorem_1.v", ("theorem_1",), True, "8.16.1")
REFUTING = replace(CHECKED, refutes=True)
WITNESS = Counterexample(None, Fails("1", "2", "x"))


def verdict(**options):
    given = {"tally": Tally(drawn=9, live=9), "declared_facts": frozenset(FACTS), **options}
    return Verdict(CLAIMS["theorem-1"], "batchnorm", floor=1, **given)


@pytest.mark.parametrize(
    ("options", "tier"),
    [
        ({"proof": PROOF, "formal": CHECKED}, Tier.MACHINE_CHECKED),
        ({"proof": PROOF, "formal": replace(CHECKED, is_checked=False)}, Tier.SYMBOLIC),
        ({"proof": PROOF, "formal": CHECKED, "broken_facts": frozenset({"location-is-mean"})}, Tier.TESTED),
        ({"proof": PROOF, "formal": CHECKED, "declared_facts": frozenset()}, Tier.TESTED),
        ({"proof": PROOF, "formal": replace(CHECKED, scope="laws on finitely many values")}, Tier.SYMBOLIC),
        ({"formal": CHECKED}, Tier.TESTED),
        ({"proof": PROOF}, Tier.SYMBOLIC),
        ({"proof": replace(PROOF, cited=("IVT",))}, Tier.SYMBOLIC),
        ({"exhaustion": Exhaustion("all", 3)}, Tier.EXHAUSTED),
        ({}, Tier.TESTED),
        ({"tally": Tally()}, Tier.NONE),
        ({"tally": Tally(live=1, undecided=1)}, Tier.NONE),
        ({"witness": WITNESS}, Tier.COUNTEREXAMPLE),
        ({"proof": PROOF, "formal": REFUTING}, Tier.SYMBOLIC),
        ({"witness": WITNESS, "formal": REFUTING}, Tier.MACHINE_CHECKED),
        ({"witness": WITNESS, "formal": CHECKED}, Tier.COUNTEREXAMPLE),
        ({"witness": WITNESS, "formal": REFUTING, "declared_facts": frozenset()}, Tier.COUNTEREXAMPLE),
        ({"witness": WITNESS, "formal": REFUTING, "broken_facts": frozenset(FACTS)}, Tier.COUNTEREXAMPLE),
    ],
)
def test_the_tier_is_the_strongest_evidence_that_applies(options, tier):
    assert verdict(**options).tier is tier


@pytest.mark.parametrize(
    ("statement", "refutes"),
    [
        ("Theorem theorem_1 (R : realFieldType) : ~ stated R.", True),
        ("Theorem theorem_1 (a : A) (h : (a = a)) : ~ stated a.", True),
        ("Theorem theorem_1 : True.", False),
        ("Theorem theorem_1 : ~ P -> Q.", False),
        ("Theorem theorem_1 : ~ P /\\ Q.", False),
        ("Theorem theorem_1 (h : ~ P) : Q.", False),
        ("(* Theorem theorem_1 : ~ P. (* nested *) Proof. *) Theorem theorem_1 : Q.", False),
    ],
)
def test_a_refutation_is_a_negation_and_nothing_more(folder, statement, refutes):
    (folder / "theorem_1.v").write_text(f"{statement}\nProof. exact I. Qed.\n")
    assert formal_proof("theorem-1").refutes is refutes


def test_a_scope_is_read_from_the_text(folder):
    text = f"(** [Scope: laws on finitely\n many values.] *)\n{TEXT}"
    (folder / "theorem_1.v").write_text(text)
    record(folder, {"theorem_1": CLOSED}, text)
    assert formal_proof("theorem-1").scope == "laws on finitely many values."
    assert formal_proof("theorem-1").is_checked
