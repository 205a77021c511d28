"""Is each hypothesis needed? A witness file that fails without it says so, a reason why it would be moot, or "open"."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from polybn.auditing.witness import read_witness
from polybn.claims import Claim
from polybn.proof import proofs_folder

OPEN = "open"


def sharpness(claim: Claim) -> dict[str, str]:
    """For each hypothesis by name: the file whose instance refutes the claim without it, why it is moot, or "open"."""
    files = {
        dropped: f"proofs/sharpness/{path.name}" for (id, dropped), path in sharpness_files().items() if id == claim.id
    }
    return {
        hypothesis.name: files.get(hypothesis.name) or claim.moot.get(hypothesis.name, OPEN)
        for hypothesis in claim.hypotheses
    }


@cache
def sharpness_files() -> dict[tuple[str, str], Path]:
    """(claim, hypothesis that is dropped) to its witness file, where the proofs are at hand; `replay` decides each."""
    folder = proofs_folder()
    paths = sorted((folder / "sharpness").glob("*.json")) if folder else []
    found: dict[tuple[str, str], Path] = {}
    for path in paths:
        data, _ = read_witness(path)
        found[str(data["claim"]), str(data.get("without"))] = path
    return found
