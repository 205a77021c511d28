"""The seeds of an experiment, one after the other or on an executor: the same rows, each kept on file once it is done.

Whoever computes a seed does it with one thread (see `merging`), and with torch's default generator set from the seed:
on processors of one kind its rows are the same, bit for bit, for any number of workers. On a GPU they are as far as
torch's operations there are deterministic.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import torch

from polybn.files import make_folder, write_text_atomically
from polybn.regions.collect import executor_of
from polybn.statistical.device import device_of
from polybn.statistical.experiments.experiment import Experiment, Row, Surroundings
from polybn.statistical.memory import plainly
from polybn.statistical.seeds import generator
from polybn.statistical.workers.distributed import gathered_rows, is_first, local_device, my_part, require_group
from polybn.statistical.workers.merging import as_done

ROOM = Path(__file__).parents[1]


class SeedRows(NamedTuple):
    """The rows of a seed, as JSON gives them back, and whether they were on file."""

    seed: int
    rows: list[Row]
    was_kept: bool


@dataclass(frozen=True)
class Task:
    """One seed for a worker, who finds the function by its name; `folder` counts where the one above it is seen."""

    name: str
    run_seed: Callable[[Any, int, Surroundings], list[Row]]
    settings: Any
    seed: int
    device: str
    folder: Path | None
    spread: bool
    """Whether the seeds take turns on the GPUs of a machine that has several."""


class Computed(NamedTuple):
    """Rows, and what they were computed on."""

    rows: list[Row]
    device: str


def run_seeds(
    experiment: Experiment,
    settings: Any,
    seeds: Iterable[int],
    surroundings: Surroundings,
    *,
    executor: object = None,
    folder: Path | None = None,
) -> Iterator[SeedRows]:
    """The rows of each seed, in the order of the seeds, on an executor as in `merging.as_done`.

    In `folder` every seed leaves `<name>-seed-<n>.json` as soon as it is done, and is not computed again if it is there
    (see `kept_rows`). `surroundings.progress` is told how many seeds are done, and without an executor what each seed
    tells. Raises `InputError` for a bad device, executor or folder at once, and what a seed raises when it does.
    """
    hardware_of(device_of(surroundings.device))
    is_shared = executor_of(executor) is not None
    if folder is not None:
        make_folder(folder)
    asked = list(seeds)
    kept: dict[int, SeedRows] = {}
    for place, seed in enumerate(asked):
        rows = None if folder is None else kept_rows(experiment, settings, seed, surroundings.device, folder)
        if rows is not None:
            kept[place] = SeedRows(seed, rows, True)
    work = _computed if is_shared else partial(_computed, progress=surroundings.progress)
    missing = [place for place in range(len(asked)) if place not in kept]
    tasks = [
        Task(
            experiment.name,
            experiment.run_seed,
            settings,
            asked[place],
            surroundings.device,
            surroundings.folder,
            is_shared,
        )
        for place in missing
    ]
    done = ((missing[number], tasks[number], found) for number, found in as_done(executor, work, tasks))
    return _in_order(len(asked), kept, _recorded(done, folder), surroundings.progress)


def run_seeds_distributed(
    experiment: Experiment,
    settings: Any,
    seeds: Iterable[int],
    surroundings: Surroundings,
    *,
    folder: Path | None = None,
) -> list[SeedRows] | None:
    """`run_seeds` by all processes of the group: the first gets all rows in the order of the seeds.

    The others get None. A process that fails leaves the group, and the others say so when they have finished their own
    seeds, which stay in `folder`; torchrun ends them sooner.
    """
    require_group("run_seeds_distributed")
    asked = list(seeds)
    own = [asked[place] for place in my_part(len(asked))]
    if surroundings.device in ("auto", "cuda") and torch.cuda.is_available():
        surroundings = Surroundings(f"cuda:{local_device()}", surroundings.progress, surroundings.folder)
    found = gathered_rows(list(run_seeds(experiment, settings, own, surroundings, folder=folder)))
    return found if is_first() else None


def _recorded(done: Iterable[tuple[int, Task, Computed]], folder: Path | None) -> Iterator[tuple[int, SeedRows]]:
    for place, task, found in done:
        if folder is not None:
            head = _head(task.name, task.settings, task.seed, found.device)
            text = json.dumps({**head, "rows": found.rows}, indent=1)
            write_text_atomically(_file(folder, task.name, task.seed), f"{text}\n")
        yield place, SeedRows(task.seed, found.rows, False)


def _in_order(
    count: int, found: dict[int, SeedRows], done: Iterator[tuple[int, SeedRows]], progress: Callable[[str], None]
) -> Iterator[SeedRows]:
    following, finished = 0, len(found)
    if found:
        progress(f"{finished} of {count} seeds")
    while following < count:
        if following in found:
            yield found.pop(following)
            following += 1
            continue
        place, rows = next(done)
        found[place] = rows
        finished += 1
        progress(f"{finished} of {count} seeds")


def _computed(task: Task, progress: Callable[[str], None] | None = None) -> Computed:
    """Runs in a worker: nothing but the task and the kind of device has a say in the rows."""
    place = device_of(task.device)
    if task.spread and place.type == "cuda" and ":" not in task.device:
        place = torch.device("cuda", task.seed % torch.cuda.device_count())
    folder = task.folder if task.folder is not None and task.folder.parent.is_dir() else None
    told: dict[str, Any] = {} if progress is None else {"progress": lambda text: progress(f"seed {task.seed}, {text}")}
    state = generator(task.seed, task.name).initial_seed()
    kept = torch.random.fork_rng([place] if place.type == "cuda" else [])
    with kept, plainly(f"seed {task.seed} of {task.name}", "Write smaller settings"):
        torch.manual_seed(state)
        rows = task.run_seed(task.settings, task.seed, Surroundings(str(place), folder=folder, **told))
    # What is on file is what is given, even the first time: tuples are lists.
    return Computed(json.loads(json.dumps(rows)), hardware_of(place))


def kept_rows(experiment: Experiment, settings: Any, seed: int, device: str, folder: Path) -> list[Row] | None:
    """The rows of a seed on file, if these settings, code, torch and kind of device gave them; else None.

    A file that is broken, or of another run, is as good as none: it is overwritten when the seed is done.
    """
    head = _head(experiment.name, settings, seed, hardware_of(device_of(device)))
    try:
        data = json.loads(_file(folder, experiment.name, seed).read_text(encoding="utf-8"))
        rows = data.pop("rows")
        return rows if data == json.loads(json.dumps(head)) and _are_rows(rows) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def hardware_of(place: torch.device) -> str:
    """The kind of a device, the same for all GPUs of one make."""
    return f"cuda: {torch.cuda.get_device_name(place)}" if place.type == "cuda" else place.type


def _head(name: str, settings: Any, seed: int, device: str) -> dict[str, Any]:
    return {
        "experiment": name,
        "settings": asdict(settings),
        "seed": seed,
        "device": device,
        "code": _code(),
        "torch": torch.__version__,
    }


@cache
def _code() -> str:
    """A digest of the sources of polybn.statistical: what other code computed is computed again."""
    state = blake2b(digest_size=8)
    for file in sorted(ROOM.rglob("*.py")):
        state.update(file.read_bytes())
    return state.hexdigest()


def _are_rows(rows: Sequence[object]) -> bool:
    return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)


def _file(folder: Path, name: str, seed: int) -> Path:
    return folder / f"{name}-seed-{seed}.json"
