"""`polybn audit`: same seed, same bytes; JSON rows; files; exit codes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from polybn.auditing import parallel, recorded
from polybn.claims import CLAIMS
from polybn.claims.verdict import Status
from polybn.cli import main
from polybn.commands.audit import cores

ROOT = Path(__file__).resolve().parents[2]
QUICK = ["audit", "--examples", "10", "--quiet"]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_json_rows_carry_what_they_must(capsys):
    ids = ["proposition-3", "theorem-1", "corollary-2-count"]
    assert main([*QUICK, "--json", "--no-picture", "--claims", ",".join(ids)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in found["rows"]] == ids
    for row in found["rows"]:
        assert row["normalization"] == "batchnorm"
        assert row["status"] in set(Status)
        assert (row["witness"] is not None) == (row["status"] == "REFUTED")
        counted = row["repeated"] + row["undecided"] + sum(row["rejected"].values())
        if row["status"] != "REFUTED":
            assert row["live"] - len(row["instances"]) + counted == row["drawn"] == 10
    refuted, proved, tested = found["rows"]
    assert refuted["status"] == "REFUTED"
    assert refuted["witness"]["claim"] == "proposition-3"
    assert proved["proof"] == "proofs/theorem_1.py"
    assert proved["instances"] == ["wine"]
    assert tested["instances"] == [], "the wine network is wider than those that the claim draws"


def test_all_claims_are_decided_where_none_is_named(monkeypatch):
    asked = []
    monkeypatch.setattr(
        parallel, "audit_on_cores", lambda *given, **options: asked.append((given[1], options)) or 1 / 0
    )
    for words, workers in ([], cores()), (["--workers", "3"], 3):
        with pytest.raises(ZeroDivisionError):
            main([*QUICK, *words])
        assert asked[-1][0] == list(CLAIMS)
        assert asked[-1][1]["workers"] == workers
    assert cores() >= 1


def test_any_number_of_processes_gives_the_same_bytes(capsys):
    printed = []
    for workers in ("1", "2"):
        assert main([*QUICK, "--no-picture", "--claims", "corollary-2-count,proposition-3", "--workers", workers]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]


@pytest.mark.skipif(os.name != "posix", reason="signals to a group of processes")
def test_an_interrupt_ends_all_processes_at_once(tmp_path):
    command = [sys.executable, "-m", "polybn.cli", "audit", "--examples", "50000", "--workers", "2", "--no-picture"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, start_new_session=True, **streams)
    while "instances" not in (line := process.stderr.readline()):
        assert line, "it ended before it drew anything"
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (3, "")
    assert err.splitlines()[-1] == "polybn: interrupted; the result is incomplete."
    assert "Traceback" not in err
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


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
        assert main([*QUICK, "--claims", "corollary-2-count", "--seed", "5", "--out", str(folder)]) == 0
        picture = (folder / "wine-batchnorm.png").read_bytes()
        outputs.append((capsys.readouterr().out.replace(name, ""), picture))
    assert outputs[0] == outputs[1]


def test_another_seed_gives_another_network(capsys):
    counts = []
    for seed in ("0", "1"):
        main([*QUICK, "--json", "--no-picture", "--claims", "corollary-2-count", "--seed", seed])
        counts.append(json.loads(capsys.readouterr().out)["census"][0]["regions"])
    assert counts[0] != counts[1]


def test_a_refutation_is_printed_and_written(capsys, tmp_path):
    assert main(["audit", "median", "--claims", "theorem-1", "--examples", "10", "--no-picture", "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    place = next(index for index, line in enumerate(lines) if line.startswith("theorem-1"))
    assert "REFUTED" in lines[place]
    assert lines[place + 1] == (
        "    batch 0, 0, 1; row (1), median (mu 0; sigma 5/8; sigma^2 1/3 before eps and rounding), ReLU -> row (1); "
        "in [-2, 2]"
    )
    assert lines[place + 2] == (
        "    mu = 0, mean squared distance 1/3  !=  least at mu = 1/3, mean squared distance 2/9; "
        "at layer 0, unit 0: projections 0, 0, 1"
    )
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
        (["--claims", "theorem-0"], "Did you mean 'theorem-1'"),
        (["--claims", "theorem-1,nothing"], "'nothing' is not a claim that polybn decides. polybn claims lists all"),
        (["--claims", ""], "is not a claim"),
        (["--examples", "0"], "at least 1"),
        (["--examples", "many"], "invalid int value"),
        (["--seed", "-1"], "whole number >= 0"),
        (["--out", "file/below"], "cannot be made"),
        (["--workers", "0"], "'0' is no whole number above 0"),
        (["--workers", "-1"], "'-1' is no whole number above 0"),
        (["--report", "audit.pdf"], "audit.pdf has no suffix .md or .html"),
        (["--report", "absent/audit.md"], "there is no folder absent"),
        (["--report", ".md"], "no suffix .md or .html"),
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
