"""Proofs on file: one a claim, found by the claim's id, loaded and run."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from polybn.claims.verdict import ProofEvidence
from polybn.errors import ProofError
from polybn.proof.proof import Proof


def proofs_folder() -> Path | None:
    """The folder of executable proofs: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent.parent
    return next((place for place in (package / "proofs", package.parent / "proofs") if place.is_dir()), None)


def proof_of(claim: str) -> Proof | None:
    """The proof in `proofs/<id with underscores>.py`, not run; None when there is none."""
    folder = proofs_folder()
    path = folder / _file(claim) if folder else None
    if path is None or not path.is_file():
        return None
    proof = getattr(_loaded(path), "PROOF", None)
    if not isinstance(proof, Proof) or proof.claim != claim:
        raise ProofError(f"proofs/{path.name} does not define PROOF, a Proof of {claim}.", proof)
    return proof


def prove(claim: str) -> ProofEvidence | None:
    """Run the executable proof of a claim; None when there is none, `ProofError` at the first step that fails."""
    proof = proof_of(claim)
    return None if proof is None else proof.run(f"proofs/{_file(claim)}")


def _file(claim: str) -> str:
    return f"{claim.replace('-', '_')}.py"


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"polybn_proof_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ProofError(f"{path.name} cannot be loaded as Python.", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
