"""The smallest witnesses that are known, one file a refuted claim; an audit decides each again before it counts."""

from __future__ import annotations

from pathlib import Path

from polybn.auditing.witness import read_witness
from polybn.claims.view import Instance
from polybn.networks.normalization import Normalization
from polybn.normalizations import NORMALIZATIONS
from polybn.proof import proofs_folder


def stored_path(claim: str) -> Path | None:
    """`proofs/counterexamples/<id>.json` where the proofs are at hand."""
    folder = proofs_folder()
    return folder / "counterexamples" / f"{claim}.json" if folder else None


def stored_file(claim: str) -> str | None:
    """The name of the witness that is kept for a claim, as results give it; None where none is kept."""
    path = stored_path(claim)
    return f"proofs/counterexamples/{path.name}" if path is not None and path.is_file() else None


def stored_instance(claim: str, given: type[Normalization] | Normalization) -> tuple[str, Instance] | None:
    """(name, instance) of the witness that is kept for a claim and a shipped normalisation as it ships, if any."""
    path, file = stored_path(claim), stored_file(claim)
    if path is None or file is None or not isinstance(given, type):
        return None
    _, instance = read_witness(path)
    if NORMALIZATIONS.get(instance.normalization) is not given:
        return None
    return file, instance
