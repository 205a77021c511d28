"""`polybn draw`: a picture is written whole, always with the same bytes, or not at all."""

import json
from pathlib import Path

import pytest

from polybn.cli import main


@pytest.mark.parametrize(("name", "start"), [("p.svg", b"<?xml"), ("p.PNG", b"\x89PNG")])
def test_the_picture_is_written_and_repeats_itself(model: str, tmp_path: Path, name: str, start: bytes) -> None:
    argv = ["draw", model, "--box", "-3", "3", "--out", str(tmp_path / name)]
    assert main(argv) == 0
    first = (tmp_path / name).read_bytes()
    assert first.startswith(start)
    assert main(argv) == 0
    assert (tmp_path / name).read_bytes() == first
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(["net.json", name])


def test_what_is_printed(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "p.svg")
    assert main(["draw", model, "--box", "-3", "3", "--out", out]) == 0
    assert capsys.readouterr().out == f"{out}: 15 regions (after each layer: 6, 15)\n"
    assert main(["draw", model, "--box", "-3", "3", "--out", out, "--json", "--title", "a $ b"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["out"], found["format"], found["regions"], found["points"]) == (out, "svg", 15, 0)


def test_points_are_drawn_and_those_outside_are_counted(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = tmp_path / "points.csv"
    points.write_text("alcohol,colour\n1/2, -0.75\n\n2,1e-1\n7,0\n", encoding="utf-8")
    argv = ["draw", model, "--box", "-3", "3", "--out", str(tmp_path / "p.svg"), "--points", str(points), "--json"]
    assert main(argv) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["points"] == 3
    assert captured.err == "polybn: 1 of 3 points lie outside [-3, 3] x [-3, 3] and are not seen.\n"
    assert main([*argv, "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_a_network_of_one_input_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "line.json"
    layers = '[{"kind": "linear", "weights": [["1"], ["2"]], "biases": ["0", "1"]}, {"kind": "abs"}]'
    path.write_text(f'{{"format": "polybn-network", "version": 1, "layers": {layers}}}', encoding="utf-8")
    assert main(["draw", str(path), "--box", "-3", "3", "--out", str(tmp_path / "line.png")]) == 0
    assert (tmp_path / "line.png").read_bytes().startswith(b"\x89PNG")
