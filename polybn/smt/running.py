"""Questions on file: several a claim, found by the claim's id, loaded and settled."""

from __future__ import annotations

import runpy
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from polybn.claims import Claim, claim_of
from polybn.claims.verdict import Counterexample
from polybn.errors import ProofError
from polybn.proof import proofs_folder
from polybn.smt.questions import Question, Satisfiable, Valid
from polybn.smt.solving import spelled, z3_module


@dataclass(frozen=True)
class SmtEvidence:
    """A question that was settled: the claim is valid for its size, or a witness of that size refutes it.

    `model` spells the point that meets the hypotheses, or from which the witness is built. `seconds` tell no two apart.
    """

    file: str
    statement: str
    size: str
    kind: Literal["valid", "witness"]
    model: tuple[str, ...]
    witness: Counterexample | None = None
    seconds: float = field(default=0.0, compare=False)


def smt_folder() -> Path | None:
    """The folder of questions, `smt` among the executable proofs; None where they are not at hand."""
    folder = proofs_folder()
    return folder / "smt" if folder and (folder / "smt").is_dir() else None


def question_file(claim: str) -> Path | None:
    """`proofs/smt/<id with underscores>.py`; None where it is not. Raises `ClaimError` for an unknown id."""
    folder = smt_folder()
    path = folder / _file(claim_of(claim)) if folder else None
    return path if path is not None and path.is_file() else None


def questions_of(claim: str) -> tuple[Question, ...]:
    """`QUESTIONS` of `proofs/smt/<id with underscores>.py`, not settled; empty where there is no such file.

    Raises `ClaimError` for an unknown id and, where there is a file, `InputError` without z3.
    """
    path = question_file(claim)
    if path is None:
        return ()
    z3_module()
    defined: object = runpy.run_path(str(path)).get("QUESTIONS")
    questions = cast("tuple[object, ...]", defined) if isinstance(defined, tuple) else ()
    if not questions or not all(isinstance(question, Valid | Satisfiable) for question in questions):
        raise ProofError(
            f"proofs/smt/{path.name} does not define QUESTIONS, a tuple of Valid or Satisfiable.", questions
        )
    return cast("tuple[Question, ...]", questions)


def decide(claim: str) -> tuple[SmtEvidence, ...]:
    """Settle every question on a claim; raises `ProofError` at the first that fails, `UnsettledError` if z3 stops."""
    return tuple(_evidence(question, claim_of(claim)) for question in questions_of(claim))


def _evidence(question: Question, claim: Claim) -> SmtEvidence:
    start = time.perf_counter()
    point, witness = question.settle(claim)
    return SmtEvidence(
        f"proofs/smt/{_file(claim)}",
        question.statement,
        question.size,
        "valid" if isinstance(question, Valid) else "witness",
        spelled(point),
        witness,
        time.perf_counter() - start,
    )


def _file(claim: Claim) -> str:
    return f"{claim.id.replace('-', '_')}.py"
