"""Two real processes over gloo: the same rows and counts as one process, and a clear end when the other one fails."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from polybn.errors import InputError  # noqa: E402
from polybn.statistical.claims.proposition_3 import one_sided_rate  # noqa: E402
from polybn.statistical.claims.side_draws import Setting  # noqa: E402
from polybn.statistical.experiments import figure_4  # noqa: E402
from polybn.statistical.experiments.experiment import Surroundings  # noqa: E402
from polybn.statistical.experiments.sharing import run_seeds, run_seeds_distributed  # noqa: E402
from polybn.statistical.workers.distributed import (  # noqa: E402
    gathered_rows,
    is_launched,
    merged_counts,
    my_part,
    process_group,
)

CPU = Surroundings("cpu")
SIZES = {"width": 2, "points": 2, "samples": 4, "radii": (0.1, 1.0), "statistics": 8}
SCRIPT = f"""
import json, os, sys, time
from datetime import timedelta
from pathlib import Path
import torch
from polybn.statistical.workers.distributed import gathered_rows, merged_counts, my_part, process_group
from polybn.statistical.experiments.sharing import run_seeds_distributed
from polybn.statistical.experiments import figure_4
from polybn.statistical.experiments.experiment import Surroundings
from polybn.statistical.claims.proposition_3 import one_sided_rate
from polybn.statistical.claims.side_draws import Setting

torch.set_num_threads(1 + int(os.environ["RANK"]))
folder, rank = Path(sys.argv[1]), int(os.environ["RANK"])
told = {{}}

def meeting(name, **options):
    return process_group(meeting_place=f"file://{{folder}}/{{name}}", **options)

def failure(name, inside, **options):
    begun = time.monotonic()
    try:
        with meeting(name, **options):
            inside()
    except Exception as error:
        told[name] = [type(error).__name__, str(error), time.monotonic() - begun]

def refused():
    if rank == 1:
        raise ValueError("rank 1 has no data")
    gathered_rows(["more"])

def killed():
    if rank == 1:
        (folder / "1.json").write_text(json.dumps(told))
        os._exit(9)
    merged_counts(torch.tensor([1]))

with meeting("together"):
    settings = figure_4.Settings(**{SIZES!r})
    found = run_seeds_distributed(figure_4.EXPERIMENT, settings, range(3), Surroundings("cpu"), folder=folder)
    told["rows"] = None if found is None else [[one.seed, one.rows] for one in found]
    numbers = my_part(31)
    rate = one_sided_rate(Setting((4,), batch=3), draws=len(numbers), first=numbers.start, seed=5, device="cpu")
    counts = rate.sampled
    told["counts"] = merged_counts(torch.tensor([counts.n, counts.suspects, counts.unsure])).tolist()
    told["large"] = merged_counts(torch.tensor(2**61 + rank)).item()
    told["suspects"] = gathered_rows(rate.suspects)
    told["parts"] = gathered_rows([[list(my_part(count)) for count in (0, 1, 5)]])
failure("refused", refused)
if rank == 0:
    failure("alone", lambda: None, meeting=timedelta(seconds=1))
failure("killed", killed)
(folder / f"{{rank}}.json").write_text(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What two processes found, by rank."""
    folder = tmp_path_factory.mktemp("group")
    script = folder / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    common = {**os.environ, "PYTHONPATH": str(Path.cwd()), "WORLD_SIZE": "2", "OMP_NUM_THREADS": "1"}
    started = [
        subprocess.Popen([sys.executable, str(script), str(folder)], env={**common, "RANK": rank}) for rank in "01"
    ]
    try:
        assert [process.wait(timeout=90) for process in started] == [0, 9]
    finally:
        for process in started:
            process.kill()
    return [json.loads((folder / f"{rank}.json").read_text(encoding="utf-8")) for rank in (0, 1)]


def test_the_first_has_all_seeds_bit_for_bit(told):
    alone = run_seeds(figure_4.EXPERIMENT, figure_4.Settings(**SIZES), range(3), CPU)
    assert told[0]["rows"] == [[one.seed, one.rows] for one in alone]
    assert told[1]["rows"] is None


def test_counters_add_up_exactly_on_each(told):
    whole = one_sided_rate(Setting((4,), batch=3), draws=31, seed=5, device="cpu")
    for one in told:
        assert one["counts"] == [31, whole.sampled.suspects, whole.sampled.unsure]
        assert one["suspects"] == list(whole.suspects)
        assert one["large"] == 2**62 + 1  # a float64 would not hold it
        assert one["parts"] == [[[], [], [0, 1]], [[], [0], [2, 3, 4]]]


@pytest.mark.parametrize("name", ["refused", "killed"])
def test_when_one_fails_the_other_says_so_at_once(told, name):
    kind, words, seconds = told[0][name]
    assert kind == "RankError"
    assert "Process 0 of 2 is well, and another failed or was lost" in words
    assert seconds < 20
    if name == "refused":
        assert told[1][name][:2] == ["ValueError", "rank 1 has no data"]


def test_who_does_not_come_is_missed(told):
    kind, words, seconds = told[0]["alone"]
    assert kind == "RankError"
    assert "Process 0 of 2 waited for the others at file://" in words
    assert 1 <= seconds < 20


def test_a_group_of_one(monkeypatch, tmp_path):
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert is_launched()
    with process_group("gloo", meeting_place=f"file://{tmp_path}/place", meeting=timedelta(seconds=20)):
        assert (my_part(5), my_part(0)) == (range(5), range(0))
        counts = torch.tensor([[1, 2], [3, 4]])
        assert torch.equal(merged_counts(counts), counts)
        assert gathered_rows([{"seed": 0}]) == [{"seed": 0}]
        assert run_seeds_distributed(figure_4.EXPERIMENT, figure_4.Settings(**SIZES), (), CPU) == []
        for wrong in (torch.tensor([1.0]), torch.tensor([1], dtype=torch.int32)):
            with pytest.raises(InputError, match="int64 is needed"):
                merged_counts(wrong)
        with pytest.raises(InputError, match="in a group already"), process_group():
            pass
    with pytest.raises(InputError, match="with process_group"):
        my_part(3)


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({}, "RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT not set.*torchrun --nproc-per-node 2"),
        ({"RANK": "0", "WORLD_SIZE": "1"}, "MASTER_ADDR, MASTER_PORT not set"),
        ({"RANK": "2", "WORLD_SIZE": "2", "MASTER_ADDR": "x", "MASTER_PORT": "1"}, "0 <= RANK < WORLD_SIZE"),
        ({"RANK": "-1", "WORLD_SIZE": "two", "MASTER_ADDR": "x", "MASTER_PORT": "1"}, "RANK is '-1'"),
    ],
)
def test_without_its_variables_it_says_what_to_write(monkeypatch, variables, why):
    for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert is_launched() == bool(variables)
    with pytest.raises(InputError, match=why), process_group():
        pass


def test_a_backend_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", str(1 + torch.cuda.device_count()))
    for backend in ("mpi2", "nccl"):
        with pytest.raises(InputError, match="gloo"), process_group(backend, meeting_place=f"file://{tmp_path}/x"):
            pass


def test_outside_a_group_every_function_says_so():
    surroundings = Surroundings("cpu")
    calls = [
        lambda: my_part(1),
        lambda: merged_counts(torch.tensor([1])),
        lambda: gathered_rows([]),
        lambda: run_seeds_distributed(figure_4.EXPERIMENT, figure_4.Settings(**SIZES), [0], surroundings),
    ]
    for call in calls:
        with pytest.raises(InputError, match="with process_group"):
            call()
