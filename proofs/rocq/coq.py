"""One call of Coq: compile a file in a build folder, and read what its theorems rest on."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from sources import answers, complaint, theorems, unclosed

PACKAGES = "coq libcoq-mathcomp-algebra libcoq-mathcomp-algebra-tactics"
LIMIT = 300.0
"""Seconds for one file."""

QUIET = "-notation-overridden,-ambiguous-paths"
"""Warnings that importing mathcomp always gives."""

MISSING_LIBRARY = "Cannot find a physical path bound to logical path"


class MissingError(Exception):
    """Coq or mathcomp is not installed; the message says what to type."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} was not found, and the formal proofs need it. On Debian or Ubuntu: "
            f"apt-get install {PACKAGES}, or `make proofs` as root."
        )


@dataclass(frozen=True)
class Compiled:
    """What Coq says of one file; `fault` is None when all of its theorems are proved and closed."""

    file: str
    theorems: tuple[str, ...]
    assumptions: tuple[str, ...]
    seconds: float
    fault: str | None = None

    @property
    def claim(self) -> str:
        """The id that the file is named after."""
        return claim_of(self.file)


def claim_of(file: str) -> str:
    """theorem_1.v is theorem-1."""
    return Path(file).stem.replace("_", "-")


def coqc() -> str:
    """The compiler's path; raises `MissingError`."""
    found = shutil.which("coqc")
    if found is None:
        raise MissingError("coqc")
    return found


def version() -> str:
    """Coq's version, such as 8.16.1; raises `MissingError`."""
    printed = subprocess.run([coqc(), "--print-version"], capture_output=True, text=True, check=True).stdout
    return printed.split()[0]


def compile_text(file: str, text: str, build: Path, *, alone: bool = True) -> Compiled:
    """Compile a file's text in the build folder; raises `MissingError` when mathcomp is not there.

    Nothing is compiled that `sources.complaint` refuses. Files in the build folder are `polybn.<name>` to each other.
    """
    names = theorems(text)
    fault = complaint(text, alone=alone)
    if fault is not None:
        return Compiled(file, names, (), 0.0, fault)
    (build / file).write_text(text, encoding="utf-8")
    start = time.perf_counter()
    command = [coqc(), "-q", "-w", QUIET, "-Q", ".", "polybn", file]
    try:
        run = subprocess.run(
            command, cwd=build, capture_output=True, encoding="utf-8", errors="replace", timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return Compiled(file, names, (), LIMIT, f"Coq took more than {LIMIT:.0f} seconds, and was stopped.")
    seconds = time.perf_counter() - start
    if run.returncode != 0:
        if MISSING_LIBRARY in run.stderr and "mathcomp" in run.stderr:
            raise MissingError("A library of mathcomp")
        return Compiled(file, names, (), seconds, run.stderr.strip() or f"coqc ended with {run.returncode}.")
    printed = answers(run.stdout)
    return Compiled(file, names, printed, seconds, unclosed(names, printed))
