"""What is said to a claim id that does not exist, word for word."""

import pytest

from polybn.claims import CLAIMS
from polybn.cli import main


@pytest.fixture(autouse=True)
def _few_claims(monkeypatch):
    for id in list(CLAIMS):
        if id not in ("theorem-1", "corollary-2", "subdivision"):
            monkeypatch.delitem(CLAIMS, id)


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("theorem1", " Did you mean 'theorem-1'?"),
        ("Theorem-1 of the paper", ""),
        ("corollary", " Did you mean 'corollary-2'?"),
        ("sub", " Did you mean 'subdivision'?"),
        ("lemma", ""),
    ],
)
@pytest.mark.parametrize("argv", [["claims"], ["audit", "--claims"]])
def test_unknown_claims(given, near, argv, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([*argv, given]) == 2
    assert capsys.readouterr().err == (
        f"polybn: error: {given!r} is not a claim that polybn decides.{near} polybn claims lists all 3.\n"
    )
    assert list(tmp_path.iterdir()) == []
