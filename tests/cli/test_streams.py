"""Streams that are closed, full, or left by their reader: an exit code, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REGIONS = "regions MODEL --box -3 3"


def shell(model: str, words: str, redirection: str) -> "subprocess.CompletedProcess[str]":
    """A command in a real shell, with buffered streams."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = f'"$PYTHON" -m polybn.cli {words.replace("MODEL", Path(model).name)} {redirection}'
    return subprocess.run(
        ["sh", "-c", command],
        cwd=Path(model).parent,
        env={**environment, "PYTHONPATH": str(ROOT), "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(os.name != "posix", reason="a POSIX shell closes the streams")
@pytest.mark.parametrize(
    ("words", "redirection", "code"),
    [
        (REGIONS, ">&-", 3),
        (REGIONS, "2>&-", 0),
        (REGIONS, ">&- 2>&-", 3),
        ("--help", ">&-", 3),
        ("--help", "2>&-", 0),
        ("regions --help", ">&-", 3),
        ("--version", ">&-", 3),
        ("regions absent.json --box -3 3", "2>&-", 2),
        ("draw MODEL --box 1 2 --out p.svg --points p.csv", "2>&-", 0),
    ],
)
def test_closed_streams(model: str, words: str, redirection: str, code: int) -> None:
    Path(model).with_name("p.csv").write_text("0,0\n", encoding="utf-8")
    finished = shell(model, words, redirection)
    assert finished.returncode == code, finished.stderr
    assert "Traceback" not in finished.stderr
    if code == 3 and "2>" not in redirection:
        assert finished.stderr.startswith("polybn: the result could not be written: stdout is closed; redirect it")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only some systems have a disk that is always full")
@pytest.mark.parametrize(
    ("words", "redirection", "code"),
    [
        (REGIONS, ">/dev/full", 3),
        (REGIONS, ">/dev/full 2>/dev/full", 3),
        (REGIONS, "2>/dev/full", 0),
        ("--help", ">/dev/full", 3),
        ("--version", ">/dev/full", 3),
        ("regions absent.json --box -3 3", "2>/dev/full", 2),
        ("", "2>/dev/full", 2),
    ],
)
def test_full_disks(model: str, words: str, redirection: str, code: int) -> None:
    finished = shell(model, words, redirection)
    assert finished.returncode == code, finished.stderr
    assert "Traceback" not in finished.stderr
    assert "Exception ignored" not in finished.stderr
