"""What tests of proof files share: the files by claim, their names, and the tables of altered steps."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from polybn.proof import proofs_folder

FILES = {path.stem.replace("_", "-"): path for path in sorted(proofs_folder().glob("*.py"))}
TABLES = sorted(Path(__file__).parent.glob("test_*false_neighbours.py"))


def pytest_generate_tests(metafunc):
    """One test a proof file for `proof_file`; one a row of the module's table for `neighbour`."""
    if "proof_file" in metafunc.fixturenames:
        metafunc.parametrize("proof_file", FILES.values(), ids=FILES)
    if "neighbour" in metafunc.fixturenames:
        rows = metafunc.module.ALTERED
        metafunc.parametrize("neighbour", rows, ids=[f"{claim}: {what}" for claim, what, *_ in rows])


@pytest.fixture
def names():
    """The names that a claim's proof file defines, its steps not run."""
    return lambda claim: SimpleNamespace(**runpy.run_path(str(FILES[claim])))


@pytest.fixture
def files():
    """The proof files by claim."""
    return FILES


@pytest.fixture(scope="session")
def altered():
    """The rows of all tables: claim, what is altered, the altered step, why it fails."""
    return [row for table in TABLES for row in runpy.run_path(str(table))["ALTERED"]]
