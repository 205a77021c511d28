"""README and examples are run: every console block prints what stands below its command, every Python block passes.

`python tests/docs/test_readme.py` rewrites the outputs from a real run.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
CONSOLE = re.compile(r"```console\n\$ (.*)\n((?:.*\n)*?)```")
VARYING = re.compile(r"^(seconds|regions per second)( +).*$", re.MULTILINE)
SECONDS = re.compile(r"\bin \d+\.\d\d s\b")


def blocks() -> list[tuple[str, str]]:
    return CONSOLE.findall(README.read_text(encoding="utf-8"))


def printed(command: str, folder: Path) -> str:
    """What a README command prints on stdout, run in a folder that holds the examples."""
    words = shlex.split(command)
    if words == ["make", "audit"]:
        return ""
    program = {"polybn": [sys.executable, "-m", "polybn.cli"], "python": [sys.executable]}[words[0]]
    run = subprocess.run([*program, *words[1:]], cwd=folder, capture_output=True, text=True, check=True)
    return settled(run.stdout)


def settled(text: str) -> str:
    """The text without the figures that differ from run to run."""
    return SECONDS.sub("in ... s", VARYING.sub(r"\1\2...", text))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("readme")
    (place / "examples").symlink_to(ROOT / "examples")
    return place


def test_readme_has_the_commands_it_promises():
    commands = [command for command, _ in blocks()]
    assert commands[0] == "make audit"
    assert commands[1].startswith("polybn audit --claims ")
    assert any(command.startswith("polybn replay") for command in commands)


def test_console_blocks_print_what_readme_shows(folder):
    for command, shown in blocks():  # in order: replay reads what an audit wrote
        assert printed(command, folder) == shown, command


def test_python_blocks_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # one of them writes a file
    found = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(found) == 5
    scope: dict[str, object] = {"__name__": "readme"}
    for block in found:
        exec(compile(block, "README.md", "exec"), scope)


@pytest.mark.parametrize("example", sorted(path.stem for path in (ROOT / "examples").glob("*.py")))
def test_examples_print_what_is_stored_beside_them(example, folder):
    expected = (ROOT / "examples" / f"{example}.txt").read_text(encoding="utf-8")
    assert printed(f"python examples/{example}.py", folder) == expected


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", README.read_text(encoding="utf-8")):
        assert (ROOT / target).is_file(), target


def _rewrite(folder: Path) -> None:
    (folder / "examples").symlink_to(ROOT / "examples")
    text = README.read_text(encoding="utf-8")
    README.write_text(
        CONSOLE.sub(lambda found: f"```console\n$ {found[1]}\n{printed(found[1], folder)}```", text), encoding="utf-8"
    )
    for path in (ROOT / "examples").glob("*.py"):
        path.with_suffix(".txt").write_text(printed(f"python examples/{path.name}", folder), encoding="utf-8")
    (ROOT / "docs" / "wine.png").write_bytes((folder / "polybn-audit" / "wine-batchnorm.png").read_bytes())


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        _rewrite(Path(place))
