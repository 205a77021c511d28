"""The page of all proofs, generated: what each claim rests on, and where a stranger finds it."""

from __future__ import annotations

from collections.abc import Iterator

from polybn.auditing.sharpness import sharpness
from polybn.auditing.stored import stored_file
from polybn.claims import CLAIMS, Claim
from polybn.claims.verdict import ProofEvidence
from polybn.proof import UNCHECKED, formal_proof, prove
from polybn.smt import question_file

INTRODUCTION = """# Proofs, counterexamples and formal proofs

This page is generated: `polybn prove --page proofs/README.md`.

**Executable proofs**, one file a claim, named after its id (`theorem-1` is `theorem_1.py`). Each defines `PROOF`, whose
steps are objects of `polybn.proof` that check themselves: `Identity`, a zero polynomial over Q, modulo declared square
roots; `Nonnegative`, a sum of squares with positive coefficients; `Infeasible`, a certificate of Farkas; `Limit`, with
its one-sided conditions; `Exhausted`, a finite family. Two kinds head other steps and are not counted as checked:
`Cases`, a split by sign that leaves none out, and `Chosen`, an amount that is positive for a reason that is argued.
Expressions are rational functions in real symbols, and may divide only by what a hypothesis of the claim makes
positive. What is argued in words and not checked is an `Argued` step, the meaning of a hypothesis, or the conclusion
that leads from the steps to the claim; `polybn prove` prints all of it as argued. A `Cited` step is a theorem of
others, and lowers the status to PROVED GIVEN. Facts of the normalisation are tested in every audit, not proved. Any
batch size enters through moments or by induction over the samples, any dimension through inner products. A proof
without facts holds for every normalisation.

**Formal proofs**, `rocq/`: for any batch size, width and dimension over any real field, in Coq with mathcomp, without
axioms; the laws of `proposition-2-mean` and `proposition-2-variance-biased` are finite there. `make proofs` compiles
all, and fails unless `Print Assumptions` says of every theorem what `rocq/record.json` records. Each file is to be read
alone. `rocq/farkas.v` is a checker of Farkas multipliers with its soundness theorem, and is run on the multipliers of
real enumerations.

**Questions of fixed size**, `smt/`: over all real weights, decided by z3, each with a point that meets its hypotheses.
A witness is turned into a network, and the claim's own checker must fail on it.

**Witnesses**: `counterexamples/` keeps that of each statement of the paper that is false, chosen to be checked with
pencil and paper, and `sharpness/` for each hypothesis of a claim one on which the claim fails without it. They are
[witness files](../docs/witness-format.md): `polybn replay proofs/counterexamples/theorem-2.json` decides one again.
"""


def page() -> str:
    """Markdown; the same for the same files."""
    return "\n".join((INTRODUCTION, *_proved(), "", *_refuted(), ""))


def _proved() -> Iterator[str]:
    yield "## Claims with a proof"
    yield ""
    yield "| claim | status | steps checked | argued | cited | facts tested | formal proof | fixed sizes | needed |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for claim in CLAIMS.values():
        proof = prove(claim.id)
        if proof is not None:
            yield _row(claim, proof)


def _row(claim: Claim, proof: ProofEvidence) -> str:
    kinds = [step.kind for step in proof.steps if step.kind not in UNCHECKED]
    counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    cells = (
        f"[`{claim.id}`]({proof.file.removeprefix('proofs/')})",
        str(proof.status),
        f"{len(kinds)}: {counted}",
        str(len(proof.argued)),
        "; ".join(proof.cited) or "none",
        ", ".join(proof.facts) or "none",
        _formal(claim.id),
        _questions(claim.id),
        _witnesses(claim),
    )
    return f"| {' | '.join(cells)} |"


def _refuted() -> Iterator[str]:
    yield "## Statements that are false"
    yield ""
    yield "| claim | counterexample | formal refutation | fixed sizes | true instead |"
    yield "|---|---|---|---|---|"
    for claim in CLAIMS.values():
        file = stored_file(claim.id)
        if file is not None:
            twin = f"`{claim.twin}`" if claim.twin else "none"
            cells = (f"`{claim.id}`", _link(file), _formal(claim.id), _questions(claim.id), twin)
            yield f"| {' | '.join(cells)} |"


def _formal(claim: str) -> str:
    formal = formal_proof(claim)
    if formal is None:
        return "none"
    name = claim.replace("-", "_")
    theorem = f", `{name}`" if name in formal.theorems else ""
    scope = f" ({formal.scope})" if formal.scope else ""
    return f"{_link(formal.file)}{theorem}{scope}{'' if formal.is_checked else ', not recorded as checked'}"


def _questions(claim: str) -> str:
    path = question_file(claim)
    return _link(f"proofs/smt/{path.name}") if path else "none"


def _witnesses(claim: Claim) -> str:
    """The kept witnesses that show hypotheses to be needed."""
    kept = [(name, why) for name, why in sharpness(claim).items() if why.startswith("proofs/")]
    return ", ".join(f"[{name}]({why.removeprefix('proofs/')})" for name, why in kept) or "none"


def _link(file: str) -> str:
    return f"[{file.rpartition('/')[2]}]({file.removeprefix('proofs/')})"
