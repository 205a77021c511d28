"""Seeds on any executor: the same rows, kept on file as they are done, and nothing lost."""

import json
import os
import signal
import subprocess
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, sleep

import pytest

torch = pytest.importorskip("torch")

from joblib import Parallel  # noqa: E402

from polybn.errors import InputError  # noqa: E402
from polybn.statistical.experiments import figure_4  # noqa: E402
from polybn.statistical.experiments.experiment import Surroundings  # noqa: E402
from polybn.statistical.experiments.sharing import kept_rows, run_seeds  # noqa: E402
from polybn.statistical.memory import MemoryLimitError  # noqa: E402

TINY = figure_4.Settings(width=2, points=2, samples=4, radii=(0.1, 1.0), statistics=8)
CPU = Surroundings("cpu")
STEPS = '''
import os
import time
from dataclasses import dataclass
from pathlib import Path
import torch
from polybn.errors import BatchError
from polybn.statistical.experiments.experiment import Experiment

@dataclass(frozen=True)
class Settings:
    size: int = 100_000
    fails: int = -1
    fills: int = -1
    slow: int = -1
    marks: str = ""

def run_seed(settings, seed, surroundings):
    """Float sums and draws of torch's default generator: both change with whatever else a process does."""
    if settings.marks:
        (Path(settings.marks) / f"begun-{seed}-{os.getpid()}").touch()
    if seed == settings.fails:
        raise BatchError("this seed is refused", seed)
    if seed == settings.fills:
        torch.empty(2**60, dtype=torch.uint8)
    if seed == settings.slow:
        time.sleep(60)
    surroundings.progress("half done")
    x = torch.randn(settings.size)
    total = float((x * x).sum())
    return [{"seed": seed, "total": total, "threads": torch.get_num_threads(), "parts": (1, 2), "nothing": None}]

EXPERIMENT = Experiment("steps", "Sums", Settings(), Settings(), run_seed, lambda rows: rows)
'''


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """An experiment in a module that new processes find as this one does."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "steps_of_sums.py").write_text(STEPS, encoding="utf-8")
    sys.path.insert(0, str(folder))
    yield import_module("steps_of_sums")
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def pool():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as made:
        yield made


def rows_of(module, seeds, settings=None, **options):
    settings = module.Settings() if settings is None else settings
    return list(run_seeds(module.EXPERIMENT, settings, seeds, CPU, **options))


def test_any_number_of_workers_gives_the_same_rows_in_order(steps, pool):
    seeds = (5, 0, 3, 1)
    alone = rows_of(steps, seeds)
    assert [one.seed for one in alone] == list(seeds)
    assert len({one.rows[0]["total"] for one in alone}) == 4
    assert alone[0].rows[0]["threads"] == 1
    assert alone[0].rows[0]["parts"] == [1, 2]
    assert rows_of(steps, seeds, executor=2) == alone
    with ThreadPoolExecutor(3) as threads:
        for executor in (pool, threads, Parallel(n_jobs=2, prefer="threads"), 1):
            assert rows_of(steps, seeds, executor=executor) == alone
    assert rows_of(steps, reversed(seeds)) == alone[::-1]
    assert rows_of(steps, ()) == []


class Reversed:
    """A joblib.Parallel that is done with the last task first."""

    n_jobs = 9

    def __call__(self, tasks):
        return reversed([work(*given) for work, given, _ in tasks])


def test_rows_come_in_order_from_whoever_is_done_first(steps):
    assert rows_of(steps, (4, 1, 2), executor=Reversed()) == rows_of(steps, (4, 1, 2))


@pytest.mark.usefixtures("two_threads")
def test_the_number_of_threads_of_this_process_has_no_say(steps):
    torch.set_num_threads(1)
    alone = rows_of(steps, [0], steps.Settings(size=10**6))
    torch.set_num_threads(2)
    torch.manual_seed(7)
    before = torch.get_rng_state()
    assert rows_of(steps, [0], steps.Settings(size=10**6)) == alone
    assert torch.get_num_threads() == 2
    assert torch.equal(torch.get_rng_state(), before)


def test_a_figure_is_the_same_from_other_processes(pool):
    alone = rows_of(figure_4, range(2), TINY)
    assert rows_of(figure_4, range(2), TINY, executor=pool) == alone
    assert alone[0].rows == json.loads(json.dumps(figure_4.run_seed(TINY, 0, CPU)))


def test_seeds_on_file_are_not_computed_again(steps, tmp_path):
    marks = tmp_path / "marks"
    marks.mkdir()
    settings = steps.Settings(marks=str(marks))
    told = []
    first = list(run_seeds(steps.EXPERIMENT, settings, range(2), replace(CPU, progress=told.append), folder=tmp_path))
    assert told == ["seed 0, half done", "1 of 2 seeds", "seed 1, half done", "2 of 2 seeds"]
    again = rows_of(steps, range(3), settings, folder=tmp_path)
    assert [one.was_kept for one in again] == [True, True, False]
    assert [one.rows for one in again[:2]] == [one.rows for one in first]
    assert len(list(marks.iterdir())) == 3
    assert kept_rows(steps.EXPERIMENT, settings, 1, "cpu", tmp_path) == first[1].rows


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "{",
        lambda text: "[]",
        lambda text: text.replace('"size": 100000', '"size": 100001'),
        lambda text: text.replace(torch.__version__, "1.0"),
        lambda text: text.replace('"code": "', '"code": "0'),
        lambda text: "[" * 100_000,
        lambda text: text.replace('"cpu"', '"cuda: another"'),
        lambda text: text.replace('"seed": 0', '"seed": 9', 1),
        lambda text: text.replace('"experiment": "steps"', '"experiment": "leaps"'),
        lambda text: json.dumps({**json.loads(text), "rows": 3}),
    ],
)
def test_a_file_of_another_run_is_not_taken(steps, tmp_path, change):
    (found,) = rows_of(steps, [0], folder=tmp_path)
    path = tmp_path / "steps-seed-0.json"
    good = path.read_text(encoding="utf-8")
    assert change(good) != good
    path.write_text(change(good), encoding="utf-8")
    assert kept_rows(steps.EXPERIMENT, steps.Settings(), 0, "cpu", tmp_path) is None
    assert rows_of(steps, [0], folder=tmp_path) == [found]
    assert path.read_text(encoding="utf-8") == good


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_seed_that_is_refused_is_refused_and_the_others_stay(steps, pool, tmp_path, is_shared):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError, match="this seed is refused"):
            rows_of(steps, range(2), steps.Settings(fails=1), executor=pool if is_shared else None, folder=tmp_path)
    if not is_shared:
        assert (tmp_path / "steps-seed-0.json").exists()
    assert not (tmp_path / "steps-seed-1.json").exists()


@pytest.mark.parametrize("is_shared", [False, True])
def test_memory_that_runs_out_is_told_plainly(steps, pool, is_shared):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(MemoryLimitError, match=r"Memory ran out for seed 1 of steps.*smaller settings"):
            rows_of(steps, range(2), steps.Settings(fills=1), executor=pool if is_shared else None)


def test_an_executor_that_dies_loses_nothing(steps, tmp_path):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as broken:
        broken.submit(os._exit, 1)
        with pytest.warns(RuntimeWarning, match="Nothing is lost"):
            found = rows_of(steps, range(2), executor=broken, folder=tmp_path)
    assert found == rows_of(steps, range(2))
    assert len(list(tmp_path.glob("steps-seed-*.json"))) == 2


INTERRUPTED = """
import sys
from pathlib import Path
import steps_of_sums as steps
from polybn.statistical.experiments.experiment import Surroundings
from polybn.statistical.experiments.sharing import run_seeds

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    settings = steps.Settings(slow=0, marks=str(folder))
    list(run_seeds(steps.EXPERIMENT, settings, range(3), Surroundings("cpu"), executor=2, folder=folder))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.slow)])
def test_an_interrupt_keeps_what_is_done_and_leaves_no_process(steps, tmp_path, number):
    """Seed 0 is slow, so the others are on file before it, while nothing could be given yet."""
    script = tmp_path / "script.py"
    script.write_text(INTERRUPTED, encoding="utf-8")
    path = f"{Path(steps.__file__).parent}{os.pathsep}{Path.cwd()}"
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, str(script), str(tmp_path)], env=environment, stderr=subprocess.PIPE)
    kept = [tmp_path / f"steps-seed-{seed}.json" for seed in (1, 2)]
    waited_for(lambda: all(one.exists() for one in kept), 60)
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode != 0
    assert not (tmp_path / "steps-seed-0.json").exists()
    workers = {int(one.name.split("-")[2]) for one in tmp_path.glob("begun-*")}
    assert workers
    waited_for(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers), 10)


def waited_for(is_so, seconds):
    end = monotonic() + seconds
    while not is_so():
        assert monotonic() < end
        sleep(0.05)


def test_what_cannot_be_used_is_refused_before_the_first_seed(steps, tmp_path):
    (tmp_path / "file").touch()
    for options in ({"executor": 0}, {"executor": "two"}, {"folder": tmp_path / "file"}):
        with pytest.raises(InputError):
            run_seeds(steps.EXPERIMENT, steps.Settings(), [0], CPU, **options)
    with pytest.raises(InputError, match="There is no device"):
        run_seeds(steps.EXPERIMENT, steps.Settings(), [0], Surroundings("cuda:77"))
    with pytest.raises(InputError, match="The seed is -1"):
        rows_of(steps, [-1])
