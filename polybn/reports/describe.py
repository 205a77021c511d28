"""A claim and what is known of it, in a few lines, in full, and as data."""

from __future__ import annotations

from collections.abc import Iterator

from polybn.auditing.at_hand import Known, Needed, needed
from polybn.auditing.sharpness import OPEN, sharpness
from polybn.claims.verdict import FormalEvidence, ProofEvidence, Status
from polybn.reports.words import refutation

Line = tuple[int, str]
"""Blanks in front, and the words."""


def listed(known: Known) -> Iterator[Line]:
    """Id, status and source; the sentence; hypotheses, twin and files."""
    claim = known.claim
    yield 0, f"{claim.id}: {known.status} ({claim.source})"
    yield 4, claim.sentence
    if claim.hypotheses:
        marks = {name: _mark(words) for name, words in sharpness(claim).items()}
        refuted = known.status is Status.REFUTED
        names = [one.name + ("" if refuted else f" [{marks[one.name]}]") for one in claim.hypotheses]
        yield 4, f"hypotheses: {'; '.join(names)}"
    if claim.twin:
        yield 4, f"twin: {claim.twin}"
    formal = known.verdict.formal
    kept = (known.counterexample, known.proof.file if known.proof else None, formal.file if formal else None)
    if files := [file for file in kept if file]:
        yield 4, f"kept: {', '.join(files)}"


def spelled(known: Known) -> Iterator[Line]:
    """Everything: each hypothesis and why it is needed, each step of the proof, the counterexample by its numbers."""
    claim = known.claim
    yield 0, f"{claim.id}: {known.status} ({claim.source})"
    yield 4, claim.sentence
    if claim.twin:
        yield 4, f"twin: {claim.twin}"
    if claim.hypotheses:
        yield 4, "hypotheses:"
    why = needed(claim)
    for one in claim.hypotheses:
        yield 8, f"{one.name}: {one.words}"
        if known.status is not Status.REFUTED:
            yield from ((12 + 4 * bool(number), line) for number, line in enumerate(needed_lines(why[one.name])))
    if known.proof:
        yield from proof_lines(known.proof)
    if known.verdict.formal:
        yield 4, formal_words(known.verdict.formal)
    if known.verdict.witness is not None:
        yield 4, f"counterexample, {known.counterexample}, replayed:"
        yield from ((8, line) for line in refutation(known.verdict.witness))
    if known.status is Status.UNDECIDED:
        yield 4, f"to decide it: polybn audit --claims {claim.id}"


def needed_lines(why: Needed) -> list[str]:
    """Why a hypothesis is there; where a witness is kept, the instance and the two sides besides."""
    if why.found is not None:
        return [f"needed: without it the claim fails, {why.file}", *refutation(why.found)]
    if why.file is not None:
        return [f"{why.file} is not confirmed: {why.disagreement}"]
    return ["open: not known to be needed" if why.words == OPEN else f"needed for a meaning: {why.words}"]


def proof_lines(proof: ProofEvidence) -> Iterator[Line]:
    """The steps that were checked, and what is argued and tested besides."""
    yield 4, f"proof, {proof.file}, run:"
    yield from ((8, f"checked: {step}") for step in proof.checked)
    yield from ((8, f"argued: {step}") for step in proof.argued)
    yield from ((8, f"given a theorem that is cited: {theorem}") for theorem in proof.cited)
    yield from ((8, f"rests on a fact that is tested: {fact}") for fact in proof.facts)


def formal_words(formal: FormalEvidence) -> str:
    """The formal proof, or refutation, and whether it is recorded as checked."""
    kind = "formal refutation" if formal.refutes else "formal proof"
    kind += f" ({formal.scope})" if formal.scope else ""
    if not formal.is_checked:
        return f"{kind}, {formal.file}: not recorded as checked; run `make proofs`"
    return f"{kind}, {formal.file}, accepted by Coq {formal.coq} without assumptions: {', '.join(formal.theorems)}"


def described(known: Known) -> dict[str, object]:
    """The claim as data; `status` is for batch normalisation, and UNDECIDED where only an audit can say."""
    claim = known.claim
    kept, formal = sharpness(claim), known.verdict.formal
    return {
        "id": claim.id,
        "sentence": claim.sentence,
        "source": claim.source,
        "twin": claim.twin,
        "status": str(known.status),
        "hypotheses": [{"name": one.name, "words": one.words, "sharpness": kept[one.name]} for one in claim.hypotheses],
        "counterexample": known.counterexample,
        "proof": known.proof.file if known.proof else None,
        "tier": str(known.tier),
        "formal": formal.file if formal and known.verdict.formal_applies else None,
        "refutation": list(refutation(known.verdict.witness)) if known.verdict.witness else None,
    }


def _mark(words: str) -> str:
    if words == OPEN:
        return "open"
    return "needed" if words.startswith("proofs/") else "for a meaning"
