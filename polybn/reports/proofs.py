"""A claim's proofs in words: executable steps, questions of fixed size, the formal proof, and what each rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter

from polybn.auditing.stored import stored_file
from polybn.claims import Claim
from polybn.claims.verdict import FormalEvidence, ProofEvidence, StepEvidence
from polybn.proof import formal_proof, prove
from polybn.reports.describe import Line, formal_words
from polybn.smt import SmtEvidence, decide, is_available, question_file

MISSING = "not decided: z3 is not installed (pip install 'polybn[smt]')"


@dataclass(frozen=True)
class Proven:
    """What was run for one claim, and the seconds that each took."""

    claim: Claim
    proof: ProofEvidence | None
    seconds: float
    questions: tuple[SmtEvidence, ...]
    is_decided: bool
    """Whether the questions on file, if there are any, were put to z3."""
    formal: FormalEvidence | None
    counterexample: str | None


def proven(claim: Claim) -> Proven:
    """Run the proof and settle the questions; raises `ProofError` at the first step that fails."""
    start = perf_counter()
    proof = prove(claim.id)
    seconds = perf_counter() - start
    has_questions = question_file(claim.id) is not None
    return Proven(
        claim,
        proof,
        seconds,
        decide(claim.id) if has_questions and is_available() else (),
        not has_questions or is_available(),
        formal_proof(claim.id),
        stored_file(claim.id),
    )


def lines_of(found: Proven) -> Iterator[Line]:
    """The proof step by step, indented lines."""
    yield 0, f"{found.claim.id}: {_headline(found)}"
    yield 4, found.claim.sentence
    if found.proof is not None:
        yield 4, f"{found.proof.file}, run in {found.seconds:.2f} s:"
        yield from ((8, step_words(step)) for step in found.proof.steps)
        yield from ((8, f"rests on: {meaning}") for meaning in found.proof.meanings)
        yield from ((8, f"rests on a fact of the normalisation, tested: {fact}") for fact in found.proof.facts)
        yield 8, f"argued: {found.proof.argued[-1]}"
    if path := question_file(found.claim.id):
        seconds = sum(question.seconds for question in found.questions)
        yield 4, f"proofs/smt/{path.name}, {f'decided by z3 in {seconds:.2f} s:' if found.is_decided else MISSING}"
        yield from ((8, f"{one.kind}: {one.statement} ({one.size})") for one in found.questions)
    if found.formal is not None:
        yield 4, formal_words(found.formal)
    if found.counterexample is not None:
        yield 4, f"counterexample: {found.counterexample}, which `polybn replay` decides again"


def step_words(step: StepEvidence) -> str:
    """The kind, what it states, and the assumptions without which it does not check."""
    grounds = f" [{'; '.join(step.rests_on)}]" if step.rests_on else ""
    return f"{step.kind}: {step.statement}{grounds}"


def as_data(found: Proven) -> dict[str, object]:
    """The same as plain data."""
    proof, formal = found.proof, found.formal
    return {
        "id": found.claim.id,
        "status": str(proof.status) if proof else None,
        "proof": proof.file if proof else None,
        "seconds": round(found.seconds, 3),
        "steps": [asdict(step) for step in proof.steps] if proof else [],
        "rests_on": list(proof.meanings) if proof else [],
        "facts": list(proof.facts) if proof else [],
        "cited": list(proof.cited) if proof else [],
        "conclusion": proof.argued[-1] if proof else None,
        "smt": [
            {"kind": one.kind, "statement": one.statement, "size": one.size, "model": list(one.model)}
            for one in found.questions
        ],
        "formal": asdict(formal) if formal else None,
        "counterexample": found.counterexample,
    }


def summary(found: Sequence[Proven], seconds: float) -> str:
    """How many proofs ran, with how many steps of each sort."""
    proofs = [one.proof for one in found if one.proof is not None]
    checked, argued = sum(len(proof.checked) for proof in proofs), sum(len(proof.argued) for proof in proofs)
    cited, questions = sum(len(proof.cited) for proof in proofs), sum(len(one.questions) for one in found)
    formal = sum(one.formal is not None and one.formal.is_checked for one in found)
    return (
        f"proofs: {len(proofs)}, with {checked} steps checked, {argued} argued, {cited} cited; "
        f"questions decided by z3: {questions}; "
        f"claims with a formal proof or refutation on record: {formal}; in {seconds:.2f} s"
    )


def _headline(found: Proven) -> str:
    if found.proof is not None:
        facts = " of every normalisation" if not found.proof.facts else ""
        return f"{found.proof.status}{facts}"
    return "no executable proof" if found.counterexample is None else "refuted, so there is no proof"


def is_told(found: Proven) -> bool:
    """Whether there is a proof, a question or a formal file to show; otherwise only who asks for the claim is told."""
    return found.proof is not None or question_file(found.claim.id) is not None or found.formal is not None
