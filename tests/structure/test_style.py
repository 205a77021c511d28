"""House style that a machine can check: size, docstrings, names, no tolerances, no machine's own paths."""

import ast
import io
import re
import subprocess
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "polybn"
SOURCES = sorted(PACKAGE.rglob("*.py"))

LONGEST = 250
NAMELESS = {"utils", "util", "helpers", "helper", "core", "manager", "common", "misc"}
EXACT_PARTS = {
    "errors", "outcome", "exact", "networks", "normalizations", "regions", "certificates", "claims", "proof",
}  # fmt: skip
TOLERANT = {"isclose", "allclose", "assert_allclose", "assert_almost_equal", "atol", "rtol", "abs_tol", "rel_tol"}
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
MACHINE_PATH = re.compile(r"(?<![\w.~:/$}-])/(?:home|root|work|tmp|Users|mnt|scratch)/\w|\b[A-Z]:\\\\?(?:Users|home)")


def complaints(file: Path, package: Path) -> list[str]:
    """What the house style has against one source file."""
    text = file.read_text(encoding="utf-8")
    place = file.relative_to(package)
    found: list[str] = []
    if not ast.get_docstring(ast.parse(text)):
        found.append("no module docstring")
    if (lines := len(text.splitlines())) > LONGEST:
        found.append(f"{lines} lines, at most {LONGEST}")
    found += [f"left unfinished: {word}" for word in UNFINISHED.findall(text)]
    found += [f"{part} is not a name" for part in place.with_suffix("").parts if part.lstrip("_") in NAMELESS]
    if place.with_suffix("").parts[0] in EXACT_PARTS:
        # Names only: a docstring may well say that nothing here is decided by isclose.
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        words = {token.string for token in tokens if token.type == tokenize.NAME}
        found += [f"a tolerance in an exact part: {word}" for word in sorted(words & TOLERANT)]
    return found


def machine_paths(text: str) -> list[str]:
    """Absolute paths that exist on the author's machine only."""
    return [match.group() for match in MACHINE_PATH.finditer(text)]


def tracked_files() -> list[Path]:
    """The files git tracks or would track; without git, nothing can be said."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is not a git checkout, so there are no tracked files")
    return [ROOT / name for name in listing.split("\0") if name]


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_source_keeps_the_house_style(file: Path) -> None:
    assert complaints(file, PACKAGE) == []


def test_there_are_sources() -> None:
    assert SOURCES


def test_no_tracked_file_names_a_path_of_one_machine() -> None:
    found: dict[str, list[str]] = {}
    for file in tracked_files():
        if not file.is_file():
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # pictures and models
            continue
        if paths := machine_paths(text):
            found[str(file.relative_to(ROOT))] = paths
    assert found == {}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("exact/rank.py", "x = 1\n", "no module docstring"),
        ("exact/rank.py", '"""Rank."""\n' + "\n" * 250, "251 lines, at most 250"),
        ("plots/draw.py", '"""Draw."""\n# TO' + "DO: colours\n", "left unfinished: TO" + "DO"),
        ("exact/utils.py", '"""Bits."""\n', "utils is not a name"),
        ("core/rank.py", '"""Rank."""\n', "core is not a name"),
        ("exact/rank.py", '"""Rank."""\nfrom math import isclose\n', "a tolerance in an exact part: isclose"),
        ("regions/rank.py", '"""Rank."""\nf(atol=1)\n', "a tolerance in an exact part: atol"),
    ],
)
def test_a_planted_fault_is_caught(tmp_path: Path, name: str, text: str, expected: str) -> None:
    file = tmp_path / name
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    assert expected in complaints(file, tmp_path)


def test_a_tolerance_may_be_named_in_a_docstring_or_in_the_statistical_part(tmp_path: Path) -> None:
    for name, text in (("exact", '"""No isclose here."""\n'), ("statistical", '"""Means."""\nf(atol=1)\n')):
        file = tmp_path / f"{name}.py"
        file.write_text(text, encoding="utf-8")
        assert complaints(file, tmp_path) == []


def test_machine_paths_are_told_from_addresses() -> None:
    assert machine_paths("open('/" + "home/ada/net.onnx')")
    assert machine_paths("see /" + "work/main/polybn")
    assert not machine_paths("https://example.org/work/1 examples/work/net.onnx $HOME/work/x ../tmp/y")
