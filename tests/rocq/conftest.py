"""The modules of proofs/rocq/, which is a folder of scripts and no package, and whether Coq is here."""

import importlib
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROCQ = Path(__file__).resolve().parents[2] / "proofs" / "rocq"


def module(name: str) -> ModuleType:
    """One of them, found as the scripts find each other."""
    if str(ROCQ) not in sys.path:
        sys.path.append(str(ROCQ))
    return importlib.import_module(name)


@pytest.fixture(scope="session")
def sources() -> ModuleType:
    return module("sources")


@pytest.fixture(scope="session")
def coq() -> ModuleType:
    """The module that calls Coq; the test is skipped where there is none."""
    if shutil.which("coqc") is None:
        pytest.skip("coqc is not installed; `make proofs` as root installs it")
    return module("coq")


@pytest.fixture(scope="session")
def script() -> ModuleType:
    """compile.py."""
    return module("compile")


@pytest.fixture(scope="session")
def export() -> ModuleType:
    return module("export")


@pytest.fixture(scope="session")
def rocq() -> Path:
    """proofs/rocq/."""
    return ROCQ
