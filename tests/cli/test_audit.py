"""`polybn audit`: same seed, same bytes; JSON rows; files; exit codes."""

import json

import pytest

from polybn.auditing import recorded
from polybn.claims import CLAIMS
from polybn.claims.verdict import Status
from polybn.cli import main

QUICK = ["audit", "--examples", "10", "--quiet"]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_json_rows_carry_what_they_must(capsys):
    assert main([*QUICK, "--json", "--no-picture"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in found["rows"]] == list(CLAIMS)
    for row in found["rows"]:
        assert row["normalization"] == "batchnorm"
        assert row["status"] in set(Status)
        assert row["live"] + row["repeated"] == row["drawn"] + len(row["instances"]) == 11
        assert row["witness"] is None
    assert found["rows"][0]["proof"] == "proofs/theorem_1.py"


def test_census_counts_three_networks_exactly(capsys):
    main([*QUICK, "--json", "--no-picture", "--claims", "corollary-2"])
    normalized, zero, random = json.loads(capsys.readouterr().out)["census"]
    assert normalized["layer_counts"][0] == 32, "16 lines through the mean of the wines make 2 * 16 regions"
    assert normalized["semantics"].startswith("slack")
    assert zero["semantics"] == random["semantics"] == "no normalisation"
    for one in (normalized, zero, random):
        assert 1 <= one["with_data"] <= one["regions"] == one["layer_counts"][-1]


def test_the_same_seed_gives_the_same_bytes(capsys, tmp_path):
    outputs = []
    for name in ("first", "second"):
        folder = tmp_path / name
        assert main([*QUICK, "--claims", "theorem-1,subdivision", "--seed", "5", "--out", str(folder)]) == 0
        picture = (folder / "wine-batchnorm.png").read_bytes()
        outputs.append((capsys.readouterr().out.replace(name, ""), picture))
    assert outputs[0] == outputs[1]


def test_another_seed_gives_another_network(capsys):
    counts = []
    for seed in ("0", "1"):
        main([*QUICK, "--json", "--no-picture", "--claims", "corollary-2", "--seed", seed])
        counts.append(json.loads(capsys.readouterr().out)["census"][0]["regions"])
    assert counts[0] != counts[1]


def test_a_refutation_is_printed_and_written(capsys, tmp_path):
    assert main(["audit", "median", "--claims", "theorem-1", "--examples", "10", "--no-picture", "--quiet"]) == 0
    assert "REFUTED" in capsys.readouterr().out
    assert json.loads((tmp_path / "polybn-audit" / "median-theorem-1.json").read_text())["claim"] == "theorem-1"


def test_a_claim_that_leaves_its_recorded_status_is_a_failed_check(monkeypatch):
    monkeypatch.setitem(recorded.RECORDED, ("batchnorm", "corollary-2"), frozenset({Status.REFUTED}))
    assert main([*QUICK, "--claims", "corollary-2", "--no-picture"]) == 1


def test_every_shipped_claim_is_recorded_for_every_shipped_normalisation():
    from polybn.normalizations import NORMALIZATIONS

    assert set(recorded.RECORDED) == {(name, claim) for name in NORMALIZATIONS for claim in CLAIMS}


def test_progress_goes_to_stderr(capsys):
    main(["audit", "--examples", "5", "--claims", "corollary-2", "--no-picture"])
    captured = capsys.readouterr()
    assert "corollary-2: 5 instances" in captured.err
    assert "instances" not in captured.out.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["layernorm"], "Choose among: batchnorm, median"),
        (["--claims", "theorem-0"], "Choose among: theorem-1"),
        (["--claims", ""], "is not a claim"),
        (["--examples", "0"], "at least 1"),
        (["--examples", "many"], "invalid int value"),
        (["--seed", "-1"], "whole number >= 0"),
        (["--out", "file/below"], "cannot be made"),
    ],
)
def test_bad_arguments_are_refused_before_any_work(arguments, words, capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert main(["audit", *arguments]) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""
    assert "Traceback" not in captured.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]
