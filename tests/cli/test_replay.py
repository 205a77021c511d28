"""`polybn replay`: a witness fails as stated, an altered one is not confirmed, a malformed one is refused."""

import json
from pathlib import Path

import pytest

from polybn.cli import main


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A witness that the audit found and shrank."""
    out = tmp_path_factory.mktemp("witness")
    arguments = ["--claims", "theorem-1", "--examples", "20", "--no-picture", "--quiet", "--out", str(out)]
    assert main(["audit", "median", *arguments]) == 0
    return out / "median-theorem-1.json"


@pytest.fixture
def altered(made, tmp_path):
    """Write the witness with a change made to its data; returns the path."""

    def write(change) -> Path:
        data = json.loads(made.read_text())
        change(data)
        path = tmp_path / "altered.json"
        path.write_text(json.dumps(data))
        return path

    return write


def test_a_found_witness_is_confirmed(made, capsys):
    assert main(["replay", str(made)]) == 0
    assert "theorem-1 fails for median, as stated" in capsys.readouterr().out
    assert main(["replay", str(made), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["confirmed"] is True


def frozen(data):
    return next(layer for layer in data["network"]["layers"] if layer["kind"] == "frozen")


def take_the_mean(data):
    """Location and squared scale of batch normalisation on 0, 0, 1: the claim holds."""
    frozen(data).update(location=["1/3"], squared_scale=["2/9"])


def shift(data):
    frozen(data)["location"] = ["1/7"]


def shrink_sigma(data):
    frozen(data).update(scale=["1/1000"], squared_scale=["0"])


def misstate(data):
    data["left"] = "mu = 7"


def claim_another(data):
    data["claim"] = "affine-pieces"


def test_statistics_of_an_unknown_normalisation_are_not_taken_again(altered, capsys):
    path = altered(lambda data: data.update(normalization="mine"))
    assert main(["replay", str(path)]) == 0
    assert "mine is not shipped" in capsys.readouterr().out
    assert main(["replay", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["statistics_rederived"] is False


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (take_the_mean, "does not fail"),
        (shift, "location is not that of median"),
        (shrink_sigma, "sigma^2 is less"),
        (misstate, "not those stated"),
        (claim_another, "does not fail"),
    ],
)
def test_an_altered_witness_is_not_confirmed(altered, change, words, capsys):
    assert main(["replay", str(altered(change))]) == 1
    assert words in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data.pop("batch"), "batch"),
        (lambda data: data.update(extra=1), "extra"),
        (lambda data: data.update(version="2"), "version"),
        (lambda data: data.update(format="other"), "format"),
        (lambda data: data.update(claim="theorem-0"), "Choose among"),
        (lambda data: data.update(claim=3), "claim"),
        (lambda data: data.update(batch=[]), "empty"),
        (lambda data: data.update(batch=7), "list"),
        (lambda data: data.update(batch=[["0"], ["0", "1"]]), "ragged"),
        (lambda data: data.update(batch=[["1/0"]]), "divides by zero"),
        (lambda data: data.update(batch=[["1e5000000"]]), "exponent"),
        (lambda data: data.update(batch=[["1" * 10**6]]), "digits"),
        (lambda data: data.update(domain={"lower": ["0"]}), "lower and upper"),
        (lambda data: data.update(domain={"lower": ["1"], "upper": ["0"]}), "lower"),
        (lambda data: data.update(domain={"lower": ["0", "0"], "upper": ["1", "1"]}), "dimension"),
        (lambda data: data.update(network={}), "network"),
        (lambda data: data.update(network=[]), "network"),
    ],
)
def test_a_malformed_witness_is_refused(altered, change, words, capsys):
    assert main(["replay", str(altered(change))]) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"NaN", b"[" * 100000])
def test_other_files_are_refused(content, tmp_path, capsys):
    path = tmp_path / "w.json"
    path.write_bytes(content)
    assert main(["replay", str(path)]) == 2
    assert main(["replay", str(tmp_path / "missing.json")]) == 2
    assert "Traceback" not in capsys.readouterr().err
