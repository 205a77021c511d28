"""The messages that people meet first, word for word: what was given, what is needed, what to write instead."""

from pathlib import Path

import pytest

from polybn.cli import main

HEAD = '{"format": "polybn-network", "version": 1, "layers": '
KINDS = (
    "'linear', 'frozen', 'leaky_relu', 'piecewise_linear', 'relu', 'abs', 'hard_tanh', 'relu6', 'batchnorm', 'median'"
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            '{"layers": []}',
            'net.json has no format; "format": "polybn-network" is needed. See docs/network-format.md.',
        ),
        (
            HEAD + '[{"kind": "relou"}]}',
            "net.json: layers[0].kind is 'relou', which polybn does not read. Did you mean 'relu'? "
            f"Known kinds: {KINDS}.",
        ),
        (
            HEAD + '[{"kind": "linear", "weights": [[1, 2]], "bias": [1]}]}',
            "net.json: layers[0] has the unknown key 'bias'. Did you mean 'biases'? "
            "Known here: 'kind', 'weights', 'biases'.",
        ),
        (
            HEAD + '[{"kind": "linear", "weights": [[1, 2], [3]]}]}',
            "net.json: layers[0].weights is ragged: row 0 has 2 entries and row 1 has 1. Give rows of one length.",
        ),
        (
            HEAD + '[{"kind": "linear", "weights": [[1], [2]]}, {"kind": "linear", "weights": [[1, 2, 3]]}]}',
            "net.json: layers[1].weights[0] has 3 entries and the layer before gives 2 values. Make the two agree.",
        ),
        (
            HEAD + '[{"kind": "linear", "weights": [["1,5"]]}]}',
            "net.json: layers[0].weights[0][0] is '1,5', which is not a rational number. "
            "Write 'p/q', an integer or a decimal.",
        ),
        (
            HEAD + "[NaN]}",
            "net.json contains NaN, not a number of the real line. Give finite numbers.",
        ),
        (
            HEAD,
            f"net.json is not JSON: expecting value at line 1, column {len(HEAD) + 1}. Repair it there.",
        ),
    ],
)
def test_network_files(
    content: str,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.json").write_text(content, encoding="utf-8")
    assert main(["regions", "net.json", "--box", "-3", "3"]) == 2
    assert capsys.readouterr().err == f"polybn: error: {message}\n"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["regions", "absent.json"], "There is no file absent.json. Check the path."),
        (
            ["regions", "net.pt"],
            "net.pt has the suffix '.pt'; polybn reads networks from .json files today. docs/network-format.md shows "
            "the format; polybn.importing.network_file.write_network writes it.",
        ),
        (
            ["draw", "net.json", "--out", "p.pdf"],
            "p.pdf has no suffix .png or .svg; polybn draws these two. Name the file so.",
        ),
    ],
)
def test_arguments(argv: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*argv, "--box", "-3", "3"]) == 2
    assert capsys.readouterr().err == f"polybn: error: {message}\n"
