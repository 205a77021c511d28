"""Every kind of bad input: exit code 2, one message that says what to write, no traceback, no file left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from polybn.cli import main

ROOT = Path(__file__).resolve().parents[2]
HEAD = '{"format": "polybn-network", "version": 1, "layers": '
WIDE = HEAD + '[{"kind": "linear", "weights": [[1, 2, 3]]}, {"kind": "relu"}]}'
UNFITTED = HEAD + '[{"kind": "linear", "weights": [[1, 1]]}, {"kind": "batchnorm"}]'
BOX = ["--box", "-3", "3"]

BAD_FILES = {
    "empty": (b"", "not JSON"),
    "truncated": (HEAD.encode(), "not JSON"),
    "binary": (b"\x80\x02}q\x00", "not UTF-8"),
    "deep": (b"[" * 300_000, "nested too deeply"),
    "other-json": (b"[1, 2]", "a list; an object"),
    "other-format": (b'{"weights": []}', "no format"),
    "nan": ((HEAD + '[{"kind": "linear", "weights": [[NaN]]}]}').encode(), "contains NaN"),
    "infinite": ((HEAD + '[{"kind": "linear", "weights": [["inf"]]}]}').encode(), "layers[0].weights[0][0] is 'inf'"),
    "long-number": ((HEAD + '[{"kind": "linear", "weights": [[' + "9" * 10**6 + "]]}]}").encode(), "4000 digits"),
    "huge-exponent": ((HEAD + '[{"kind": "linear", "weights": [[1e50000000]]}]}').encode(), "exponent"),
    "repeated-key": (b'{"format": "polybn-network", "format": "x"}', "repeats the key"),
    "unknown-kind": ((HEAD + '[{"kind": "conv"}]}').encode(), "layers[0].kind is 'conv'"),
    "escapes": ((HEAD + r'[{"kind": "\ud800\u001b[2J\n"}]}').encode(), r"'\ud800\x1b[2J\n'"),
    "unfitted": (
        (UNFITTED + "}").encode(),
        'net.json has a normalisation with no statistics, and no "batch" to take them from. Add the key "batch"',
    ),
    "empty-batch": ((UNFITTED + ', "batch": []}').encode(), "net.json: batch: The batch is empty; give at least one"),
    "no-scale": ((UNFITTED + ', "batch": [[1, 2]]}').encode(), "net.json: batch: sigma = 0 for unit 0 of layer 0"),
}


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """The one message of a command that is refused."""
    assert main(list(argv)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("polybn: error: ") == 1
    assert "Traceback" not in captured.err
    return captured.err


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, expected = BAD_FILES[name]
    (tmp_path / "net.json").write_bytes(content)
    path = str(tmp_path / "net.json")
    assert expected in refused(capsys, "regions", path, *BOX)
    assert expected in refused(capsys, "draw", path, *BOX, "--out", str(tmp_path / "p.svg"))
    assert [file.name for file in tmp_path.iterdir()] == ["net.json"]


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ([], "a command is needed: audit, regions"),
        (["region"], "'region' is not a command. Did you mean 'regions'?"),
        (["regions"], "required: MODEL, --box"),
        (["regions", "MODEL"], "required: --box"),
        (["regions", "MODEL", "--box", "-3"], "--box: expected 2 arguments: --box LOWER UPPER, as in --box -3 3"),
        (["regions", "MODEL", "--box=-3"], "--box: expected 2 arguments: --box LOWER UPPER, as in --box -3 3"),
        (["regions", "MODEL", *BOX, "--engine", "fast"], "invalid choice: 'fast'"),
        (["regions", "MODEL", *BOX, "--bogus"], "unrecognized arguments: --bogus"),
        (["regions", "MODEL", "extra", *BOX], "unrecognized arguments: extra"),
        (["regions", "MODEL", "--box", "3", "-3"], "lower bound 3 is above upper bound -3"),
        (["regions", "MODEL", "--box", "1", "1"], "lower bound 1 is equal to upper bound 1"),
        (["regions", "MODEL", "--box", "-inf", "3"], "Give finite numbers"),
        (["regions", "MODEL", "--box", "-3", "nan"], "is 'nan', which is not a rational number"),
        (["regions", "MODEL", "--box", "-3,x", "3"], "is 'x', which is not a rational number"),
        (["regions", "MODEL", "--box", "-1/0", "3"], "divides by zero"),
        (["regions", "MODEL", "--box", "0,0,0", "3"], "3 lower bounds and the network takes 2 coordinates"),
        (["regions", "MODEL", "--box", "0", "3,"], "is '', which is not a rational number"),
        (["regions", "absent.json", *BOX], "There is no file absent.json"),
        (["regions", ".", *BOX], "has no suffix; polybn reads networks from .json files today"),
        (["regions", "net.onnx", *BOX], "has the suffix '.onnx'"),
        (["draw", "MODEL", *BOX], "required: --out"),
        (["draw", "MODEL", *BOX, "--out", "p.pdf"], "p.pdf has no suffix .png or .svg"),
        (["draw", "MODEL", *BOX, "--out", "png"], "png has no suffix .png or .svg"),
        (["draw", "MODEL", *BOX, "--out", "absent/p.png"], "there is no folder absent"),
        (["draw", "MODEL", *BOX, "--out", "FOLDER.svg"], "is a folder"),
        (["draw", "MODEL", *BOX, "--out", "p.svg", "--points", "absent.csv"], "There is no file absent.csv"),
        (["draw", "WIDE", *BOX, "--out", "p.svg"], "takes 3 inputs; pictures are drawn of networks of 1 or 2"),
        (["draw", "MODEL", "--box", "0", "1e390", "--out", "p.svg"], "[0, 10000000000000000000... (391 characters)]"),
        (["draw", "MODEL", "--box", "-1e200", "1e200", "--out", "p.svg"], "cannot be drawn"),
        (["draw", "MODEL", "--box", "1e20", "100000000000000000001", "--out", "p.svg"], "cannot be drawn"),
    ],
)
def test_bad_arguments(
    argv: list[str],
    expected: str,
    model: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FOLDER.svg").mkdir()
    (tmp_path / "wide.json").write_text(WIDE, encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    names = {"MODEL": model, "WIDE": "wide.json"}
    assert expected in refused(capsys, *(names.get(given, given) for given in argv))
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "has no points"),
        ("x,y\n", "has no points"),
        ("1,2\n3\n", "line 2: 1 columns, and a point has 2 coordinates"),
        ("a,b,c\n1,2,3\n", "line 2: 3 columns"),
        ("1,2\n3,x\n", "line 2 is 'x', which is not a rational number"),
        ("1,2\n3,inf\n", "line 2 is 'inf'"),
    ],
)
def test_bad_points(
    content: str, expected: str, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = tmp_path / "points.csv"
    points.write_text(content, encoding="utf-8")
    argv = ["draw", model, *BOX, "--out", str(tmp_path / "p.svg"), "--points", str(points)]
    assert expected in refused(capsys, *argv)
    assert not (tmp_path / "p.svg").exists()


@pytest.mark.parametrize(
    "argv",
    [
        ["regions", "absent.json", *BOX],
        ["regions", "net.json", "--box", "3", "-3"],
        ["draw", "net.json", *BOX, "--out", "p.jpg"],
        ["nonsense"],
        ["regions", "bad.json", *BOX],
    ],
)
def test_a_real_process_ends_with_2_and_no_traceback(argv: list[str], model: str, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_bytes(BAD_FILES["deep"][0])
    before = sorted(tmp_path.iterdir())
    finished = subprocess.run(
        [sys.executable, "-m", "polybn.cli", *argv],
        cwd=Path(model).parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert finished.stderr.startswith("polybn: error: ")
    assert "Traceback" not in finished.stderr
    assert sorted(tmp_path.iterdir()) == before
