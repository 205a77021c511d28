"""`polybn scale EXPERIMENT`: the paper's experiments on large networks, with torch; JSON, CSV and a picture."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any, cast

from polybn.commands.arguments import Subparsers, add_command, positive
from polybn.commands.output import say, working, write, write_json
from polybn.commands.settings import changed
from polybn.errors import InputError
from polybn.files import make_folder, write_bytes_atomically, write_text_atomically

if TYPE_CHECKING:
    from polybn.statistical.experiments.experiment import Experiment

MODULES = {
    "claims": "claims",
    "fig-3": "figure_3",
    "fig-4": "figure_4",
    "fig-5": "figure_5",
    "fig-6": "figure_6",
    "fig-7": "figure_7",
    "noise": "noise",
    "one-sided": "one_sided",
    "table-1": "table_1",
}
"""Of each experiment its module in statistical.experiments, and that of its picture in plots."""
SUMMARY = "an experiment of the paper on a large network, with torch: JSON, CSV and a picture"
DESCRIPTION = """claims     the claims of the paper asked of a large MLP and of a Resnet9, with bounds on violations
fig-3      folded hyperplanes through small balls over the plane, for three initialisations and depths
fig-4      folded hyperplanes of a Resnet9 through balls around images and around noise, between two proven counts
fig-5      accuracy of a network trained from three initialisations
fig-6      decision boundaries over mini-batches of 16 and of 256
fig-7      the laws of a mini-batch's mean and variance: empirical, analytic, controlled
noise      accuracy against extra noise on the mean and the variance
one-sided  how often a mini-batch is on one side of the boundary, which proposition 3 denies
table-1    accuracy with gamma and beta learned, and fixed at 1 and 0

The default takes one or two minutes on two cores; --full is for a GPU. Every seed leaves a file in --out as soon as it
is done, and the same command goes on from there. Under torchrun the seeds are shared among its processes.

examples:
  polybn scale fig-4 --out results
  polybn scale fig-4 --full --device cuda --seeds 5 --out results
  polybn scale fig-5 --seeds 8 --workers 2 --set epochs=20 --out results"""


def register(subparsers: Subparsers) -> None:
    """The command's arguments."""
    parser = add_command(subparsers, "scale", SUMMARY, DESCRIPTION)
    parser.add_argument("experiment", choices=tuple(MODULES))
    parser.add_argument("--device", default="auto", help="auto (a GPU when there is one), cpu, cuda or cuda:N")
    parser.add_argument(
        "--seeds", type=positive, default=2, metavar="N", help="repeats, each from its own seed (default 2)"
    )
    parser.add_argument("--workers", type=positive, default=1, metavar="N", help="processes to share the seeds")
    parser.add_argument("--full", action="store_true", help="the paper's sizes, for a GPU")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="another value of a setting")
    parser.add_argument("--out", default="polybn-scale", metavar="DIR", help="where results go (default polybn-scale)")


def run(args: argparse.Namespace) -> int:
    """Runs the seeds that are not there yet, and writes all results."""
    _require_torch()
    experiment = _experiment(args.experiment)
    settings = changed(experiment.full if args.full else experiment.small, args.set)
    head = experiment.described(settings, args.seeds, args.device)
    folder = Path(args.out)
    make_folder(folder)
    with working(args.experiment, quiet=args.quiet) as clock:
        rows = _rows(args, experiment, settings, folder, clock.show)
    if rows is None:
        return 0
    means = experiment.over_seeds(rows)
    files = list(_written(folder, args.experiment, head, rows, means))
    if args.json:
        write_json({**head, "means": means, "files": files})
    else:
        write("\n".join(_lines(head, means, files, clock.seconds)))
    return 0


def _require_torch() -> None:
    missing = [name for name in ("torch", "sklearn") if find_spec(name) is None]
    if missing:
        raise InputError(f"{' and '.join(missing)} not installed; write: pip install 'polybn[torch]'", missing)


def _experiment(name: str) -> Experiment:
    return import_module(f"polybn.statistical.experiments.{MODULES[name]}").EXPERIMENT


def _rows(
    args: argparse.Namespace, experiment: Experiment, settings: Any, folder: Path, show: Callable[[str], None]
) -> list[dict[str, Any]] | None:
    """The rows of all seeds; None in a process of torchrun that leaves them to another."""
    from polybn.statistical.experiments.experiment import Surroundings
    from polybn.statistical.experiments.sharing import run_seeds, run_seeds_distributed
    from polybn.statistical.workers.distributed import is_launched, process_group

    checkpoints = folder / f"{experiment.name}-checkpoints"
    make_folder(checkpoints)
    surroundings, seeds = Surroundings(args.device, show, checkpoints), range(args.seeds)
    rows: list[dict[str, Any]] = []
    try:
        if is_launched():
            with process_group():
                found = run_seeds_distributed(experiment, settings, seeds, surroundings, folder=folder)
        else:
            found = run_seeds(experiment, settings, seeds, surroundings, executor=args.workers, folder=folder)
        if found is None:
            return None
        for seed, part, was_kept in found:
            if was_kept and not args.quiet:
                say(f"seed {seed} is taken from {folder}")
            rows += part
        rmtree(checkpoints, ignore_errors=True)
    finally:
        with suppress(OSError):  # it holds what a later run goes on from, or is not there
            checkpoints.rmdir()
    return rows


def _written(
    folder: Path, name: str, head: Mapping[str, Any], rows: list[dict[str, Any]], means: list[dict[str, Any]]
) -> Iterator[str]:
    """The files of a result, by name."""
    picture = import_module(f"polybn.plots.{MODULES[name]}").picture
    contents: dict[str, str | bytes] = {
        f"{name}.json": f"{json.dumps({**head, 'means': means, 'rows': rows}, indent=1)}\n",
        f"{name}.csv": _table(rows),
        f"{name}-means.csv": _table(means),
        f"{name}.svg": picture(head, means, rows),
    }
    for file, content in contents.items():
        path = folder / file
        if isinstance(content, bytes):
            write_bytes_atomically(path, content)
        else:
            write_text_atomically(path, content)
        yield str(path)


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV, without the columns that hold lists: those are in the JSON."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _flat(rows), lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _flat(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns that never hold a list."""
    return [name for name in rows[0] if not any(isinstance(row[name], list | dict) for row in rows)]


def _lines(
    head: Mapping[str, Any], means: Sequence[Mapping[str, Any]], files: Sequence[str], seconds: float
) -> Iterator[str]:
    yield f"{head['experiment']}: {head['title']}"
    settings = ", ".join(f"{name} {_spelled(value)}" for name, value in head["settings"].items())
    yield f"{settings}; seeds {head['seeds']}, on {head['device']}, in {seconds:.2f} s"
    yield ""
    columns = _flat(means)
    table = [columns, *([_spelled(row[name]) for name in columns] for row in means)]
    widths = [max(len(line[place]) for line in table) for place in range(len(columns))]
    for line in table:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
    yield ""
    yield from (f"written: {file}" for file in files)


def _spelled(value: object) -> str:
    if isinstance(value, list | tuple):
        return "/".join(map(_spelled, cast("Sequence[object]", value)))
    return f"{value:.4g}" if isinstance(value, float) else "-" if value is None else str(value)
