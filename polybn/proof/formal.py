"""Formal proofs on file, and the record that Coq compiled exactly these texts without assumptions.

`proofs/rocq/record.json` is {"coq": version, "files": {"theorem_1.v": {"sha256": of the text, "theorems": {name: what
`Print Assumptions` said}}}}. `make proofs` compiles every file and fails when the record says anything else. A file
whose text is not the recorded one counts as not checked. A theorem is named after its claim, and where it concludes
with a negation, `~ ...`, it refutes the claim.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import cast

from polybn.claims.verdict import FormalEvidence
from polybn.proof.running import proofs_folder

CLOSED = "Closed under the global context"
RECORD = "record.json"
TOKEN = re.compile(r'\(\*|\*\)|"(?:[^"]|"")*"', re.DOTALL)
Entry = Mapping[str, object]


def formal_folder() -> Path | None:
    """The folder of formal proofs, `rocq` among the executable ones; None where they are not at hand."""
    folder = proofs_folder()
    return folder / "rocq" if folder and (folder / "rocq").is_dir() else None


def formal_proof(claim: str) -> FormalEvidence | None:
    """The formal proof, or refutation, of a claim: the file with a theorem of the claim's name; None without one."""
    name, folder = claim.replace("-", "_"), formal_folder()
    if folder is None:
        return None
    coq, files = recorded(folder)
    for file, entry in files.items():
        theorems = cast("Mapping[str, str]", entry["theorems"])
        if name in theorems and (folder / file).is_file():
            return _evidence(folder / file, name, entry, coq)
    alone = folder / f"{name}.v"
    return _evidence(alone, name, {"sha256": "", "theorems": {}}, coq) if alone.is_file() else None


@cache
def recorded(folder: Path) -> tuple[str, dict[str, Entry]]:
    """Coq's version and the recorded files, by name; nothing where there is no record."""
    path = folder / RECORD
    if not path.is_file():
        return "", {}
    data = json.loads(path.read_text(encoding="utf-8"))
    return str(data["coq"]), dict(sorted(data["files"].items()))


def record_of(coq: str, compiled: Iterable[tuple[str, str, Mapping[str, str]]]) -> dict[str, object]:
    """The record of (file, its text, what `Print Assumptions` said of each theorem)."""
    files = {file: {"sha256": digest(text), "theorems": dict(theorems)} for file, text, theorems in sorted(compiled)}
    return {"coq": coq, "files": files}


def digest(text: str) -> str:
    """SHA-256 of a file's text."""
    return sha256(text.encode("utf-8")).hexdigest()


def _evidence(path: Path, name: str, entry: Entry, coq: str) -> FormalEvidence:
    theorems, text = cast("Mapping[str, str]", entry["theorems"]), path.read_text(encoding="utf-8")
    is_closed = bool(theorems) and all(said == CLOSED for said in theorems.values())
    is_checked = is_closed and digest(text) == entry["sha256"]
    return FormalEvidence(
        f"proofs/rocq/{path.name}", tuple(theorems), is_checked, coq, _refutes(text, name), _scope(text)
    )


def _scope(text: str) -> str:
    """What a file says of where its theorems are narrower than the claim: "[Scope: ...]" in a comment."""
    said = re.search(r"\[Scope: ([^\]]*)\]", text)
    return " ".join(said[1].split()) if said else ""


def _refutes(text: str, name: str) -> bool:
    """Whether the theorem of this name, after its binders in parentheses, says negations and nothing more."""
    stated = re.search(rf"\bTheorem\s+{name}\b(?P<words>.*?)\bProof\b", code(text), re.DOTALL)
    words = stated["words"] if stated else ""
    while (bare := re.sub(r"\([^()]*\)", "", words)) != words:
        words = bare
    said = re.search(r":\s*(~.*)", words, re.DOTALL)
    if said is None or "->" in said[1] or "\\/" in said[1]:
        return False
    return all(part.strip().startswith("~") for part in said[1].split("/\\"))


def code(text: str) -> str:
    """The text without its comments, which nest, and with every string emptied, inside comments too."""
    kept: list[str] = []
    depth, position = 0, 0
    for match in TOKEN.finditer(text):
        if depth == 0:
            kept.append(text[position : match.start()])
        position = match.end()
        token = match.group()
        if token == "(*":
            depth += 1
        elif token == "*)":
            depth -= 1
            kept.append(" ")
        elif depth == 0:
            kept.append('""')
    return "".join((*kept, text[position:] if depth == 0 else ""))
