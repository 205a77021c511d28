"""docs/domain-files.md: its files are read, its commands run, and they find what the library finds."""

import json
import re
import shlex
from pathlib import Path

import pytest

import polybn as pb
from polybn.cli import main
from polybn.regions.domain_serial import domain_from_data

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "domain-files.md").read_text(encoding="utf-8")
NETWORK = ROOT / "examples" / "network.json"
DOMAINS = (
    pb.Polytope([[1, 1], [-1, 0], [0, -1]], ["3/2", 1, "1/2"]),
    pb.line_through([0, "1/2"], [1, "-1/4"]),
    pb.whole_space(2),
)
"""Those of the commands of the page, in order."""


def block(language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A current folder with the files of the page."""
    (tmp_path / "triangle.json").write_text(block("json"), encoding="utf-8")
    (tmp_path / "points.csv").write_text(block("csv"), encoding="utf-8")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)


def commands() -> list[list[str]]:
    """What follows `$ polybn`."""
    return [shlex.split(line)[2:] for line in block("console").splitlines()]


@pytest.mark.parametrize("number", range(len(DOMAINS)))
def test_the_commands_of_the_page(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(commands()) == len(DOMAINS)
    argv = commands()[number]
    assert main(argv) == 0
    capsys.readouterr()
    assert main([*argv, *(["--json"] if "--json" not in argv else []), "--exact"]) == 0
    found = json.loads(capsys.readouterr().out)
    net = pb.read_network(NETWORK)
    part = pb.enumerate_regions(net, DOMAINS[number], exact=True)
    assert (found["regions"], found["layer_counts"]) == (len(part), list(part.layer_counts))
    assert domain_from_data(found["domain"]) == DOMAINS[number]
    assert found["dimension"] == net.dimension


def test_every_option_of_the_page_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regions", "--help"]) == 0
    usage = " ".join(capsys.readouterr().out.split())
    options = re.findall(r"^\| `(--.*?)` \|", PAGE, re.MULTILINE)
    assert usage.split("(", 1)[1].split(")", 1)[0] == " | ".join(options)
