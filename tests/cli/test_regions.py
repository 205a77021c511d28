"""`polybn regions`: the counts of the library, as a table and as JSON, and nothing heavy imported."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import polybn as pb
from polybn.cli import main
from polybn.importing.network_file import read_network

ROOT = Path(__file__).resolve().parents[2]
LATE = {"matplotlib", "hypothesis", "sympy", "torch", "scipy", "networkx", "rich"}


def result(capsys: pytest.CaptureFixture[str], *argv: str) -> Any:
    """The JSON object that a command prints."""
    assert main([*argv, "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return json.loads(captured.out)


def test_the_table(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regions", model, "--box", "-3", "3"]) == 0
    captured = capsys.readouterr()
    lines = [line.split(None, 1) for line in captured.out.splitlines()]
    assert captured.err == ""
    assert captured.out.startswith("network             2-3-2-1, leaky_relu(1/10), relu\n")
    assert ["domain", "[-3, 3] x [-3, 3]"] in lines
    assert ["regions", "15"] in lines
    assert ["per", "layer           6, 15"] in lines
    assert "slack: rational sigma" in captured.out


@pytest.mark.parametrize("engine", ["auto", "split", "tree"])
def test_json_agrees_with_the_library(model: str, engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = result(capsys, "regions", model, "--box", "-3", "3", "--engine", engine, "--adjacency")
    part = pb.enumerate_regions(read_network(model), pb.box(-3, 3, dim=2))
    assert found["regions"] == len(part) == 15
    assert found["layer_counts"] == list(part.layer_counts)
    assert found["adjacent_pairs"] == part.adjacency().number_of_edges()
    assert found["semantics"] == part.semantics
    assert found["complete"] is True
    assert found["engine"] == ("split" if engine == "auto" else engine)
    assert list(found) == sorted(found)


def test_exact_is_the_same_count(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = result(capsys, "regions", model, "--box", "-3", "3", "--engine", "tree", "--exact")
    assert (found["regions"], found["exact"]) == (15, True)


@pytest.mark.parametrize(
    ("bounds", "lower", "upper"),
    [
        (["-3", "3"], [-3, -3], [3, 3]),
        (["-1/2", "1.5"], ["-1/2", "-1/2"], ["3/2", "3/2"]),
        (["-1/2,-3", "1,2"], ["-1/2", -3], [1, 2]),
        (["-.5,-1e-1", "-1/4, 0"], ["-1/2", "-1/10"], ["-1/4", 0]),
        (["0,1/2", "1,1"], [0, "1/2"], [1, 1]),
    ],
)
def test_bounds_of_every_form(
    model: str, bounds: list[str], lower: list[Any], upper: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = {"lower": lower, "upper": upper}
    assert result(capsys, "regions", "--box", *bounds, model)["domain"] == wanted
    assert result(capsys, "regions", f"--box={bounds[0]}", *bounds[1:], model)["domain"] == wanted


def test_a_bound_of_any_length_is_written(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = result(capsys, "regions", model, "--box", "0", "9" * 3990 + "e400")["domain"]
    assert found == {"lower": [0, 0], "upper": ["9" * 3990 + "0" * 400] * 2}


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (["--help"], ["regions", "--help"], ["draw", "--help"], ["--version"]):
        assert main(argv) == 0
        captured = capsys.readouterr()
        assert captured.out
        assert captured.err == ""


def child(program: str, *argv: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    """A fresh interpreter that imports this checkout."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program, *argv]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, **options)


def test_regions_leaves_the_heavy_libraries_alone(model: str) -> None:
    program = "import sys; from polybn.cli import main; main(); print(sorted({n.split('.')[0] for n in sys.modules}))"
    finished = child(program, "regions", model, "--box", "-3", "3")
    assert finished.returncode == 0, finished.stderr
    # numba imports scipy itself where it is installed, as it is with the development tools.
    late = LATE - {"scipy"}
    assert set(json.loads(finished.stdout.splitlines()[-1].replace("'", '"'))) & late == set()


def test_an_interrupt_is_code_3(
    model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("polybn.regions.enumerate.enumerate_regions", interrupted)
    assert main(["regions", model, "--box", "-3", "3"]) == 3
    assert capsys.readouterr().err == "polybn: interrupted; the result is incomplete.\n"


def test_a_reader_that_leaves_is_no_traceback(model: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "polybn.cli", "regions", model, "--box", "-3", "3"]
    reading, writing = os.pipe()
    os.close(reading)
    finished = subprocess.run(command, env=environment, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (finished.returncode, finished.stderr) == (3, "")


def test_a_budget_stops_early_and_says_so(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regions", model, "--box", "-3", "3", "--engine", "tree", "--exact", "--budget", "1"]) == 0
    capsys.readouterr()  # so few regions are all found at once
    wide = ["regions", str(ROOT / "examples" / "network.json"), "--box", "-3", "3", "--workers", "2", "--json"]
    assert main(wide) == 0
    assert json.loads(capsys.readouterr().out)["complete"] is True
    for wrong in ("0", "-1", "x", "1.5"):
        assert main([*wide, f"--budget={wrong}"]) == 2
        assert "no whole number above 0" in capsys.readouterr().err
