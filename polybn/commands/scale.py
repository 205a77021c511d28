"""`polybn scale EXPERIMENT`: the paper's experiments on large networks, with torch; JSON, CSV and a picture."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from polybn.commands.arguments import Subparsers, add_command
from polybn.commands.output import say, working, write, write_json
from polybn.errors import InputError
from polybn.files import write_bytes_atomically, write_text_atomically

EXPERIMENTS = ("fig-4",)
SUMMARY = "an experiment of the paper on a large network, with torch: JSON, CSV and a picture"
DESCRIPTION = """fig-4: how many folded hyperplanes of a Resnet9 with random weights pass through balls around images
(patches of two photographs) and around Gaussian noise of the same mean and variance, against the radius: the sampled
estimate, between two counts that are proved for each ball. The default takes about a minute on two cores; --full is for
a GPU. Every seed leaves a file in --out as soon as it is done, and the same command goes on from there.

examples:
  polybn scale fig-4 --out results
  polybn scale fig-4 --full --device cuda --seeds 5 --out results"""


def register(subparsers: Subparsers) -> None:
    """The command's arguments."""
    parser = add_command(subparsers, "scale", SUMMARY, DESCRIPTION)
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--device", default="auto", help="auto (a GPU when there is one), cpu, cuda or cuda:N")
    parser.add_argument("--seeds", type=int, default=2, metavar="N", help="repeats, each from its own seed (default 2)")
    parser.add_argument("--full", action="store_true", help="the paper's sizes, for a GPU")
    parser.add_argument("--out", default="polybn-scale", metavar="DIR", help="where results go (default polybn-scale)")


def run(args: argparse.Namespace) -> int:
    """Runs the seeds that are not there yet, and writes all results; 0, or 3 after an interrupt."""
    if args.seeds < 1:
        raise InputError(f"--seeds is {args.seeds}; at least 1 is needed.", args.seeds)
    _require_torch()
    from polybn.statistical import figure_4

    settings = figure_4.FULL if args.full else figure_4.Settings()
    head = figure_4.described(settings, args.seeds, args.device)
    folder = Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    with working(args.experiment, quiet=args.quiet) as clock:
        for seed in range(args.seeds):
            kept = folder / f"{args.experiment}-seed-{seed}.json"
            found = _kept(kept, asdict(settings))
            if found is None:
                found = figure_4.run_seed(
                    settings,
                    seed,
                    args.device,
                    lambda done, whole, seed=seed: clock.show(f"seed {seed}, ball {done} of {whole}"),
                )
                text = json.dumps({"settings": asdict(settings), "device": head["device"], "rows": found}, indent=1)
                write_text_atomically(kept, f"{text}\n")
            elif not args.quiet:
                say(f"seed {seed} is taken from {kept}")
            rows += found
    means = figure_4.means_over_seeds(rows)
    files = list(_written(folder, args.experiment, head, rows, means))
    if args.json:
        write_json({**head, "means": means, "files": files})
    else:
        write("\n".join(_lines(head, means, files, clock.seconds)))
    return 0


def _require_torch() -> None:
    from importlib.util import find_spec

    missing = [name for name in ("torch", "sklearn") if find_spec(name) is None]
    if missing:
        raise InputError(f"{' and '.join(missing)} not installed; write: pip install 'polybn[torch]'", missing)


def _kept(path: Path, settings: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The rows of a seed that was done with these settings; None where there is no such file, or it is another's."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return data["rows"] if data["settings"] == json.loads(json.dumps(settings)) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _written(
    folder: Path, name: str, head: dict[str, Any], rows: list[dict[str, Any]], means: list[dict[str, Any]]
) -> Iterator[str]:
    from polybn.plots.counts import counts_picture

    table = io.StringIO()
    writer = csv.DictWriter(table, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    width = head["settings"]["width"]
    title = f"Resnet9 of width {width}, random weights, {_seeds(head)}"
    contents: dict[str, str | bytes] = {
        f"{name}.json": f"{json.dumps({**head, 'means': means, 'rows': rows}, indent=1)}\n",
        f"{name}.csv": table.getvalue(),
        f"{name}.svg": counts_picture(means, title),
    }
    for file, content in contents.items():
        path = folder / file
        if isinstance(content, bytes):
            write_bytes_atomically(path, content)
        else:
            write_text_atomically(path, content)
        yield str(path)


def _seeds(head: dict[str, Any]) -> str:
    return "1 seed" if head["seeds"] == 1 else f"{head['seeds']} seeds"


def _lines(head: dict[str, Any], means: list[dict[str, Any]], files: list[str], seconds: float) -> Iterator[str]:
    settings = head["settings"]
    yield (
        f"fig-4: Resnet9 of width {settings['width']}, {means[0]['hyperplanes']} folded hyperplanes, {_seeds(head)}, "
        f"{settings['points']} balls and {settings['samples']} samples in each; {head['dtype']} on "
        f"{head['device']}, in {seconds:.2f} s"
    )
    yield ""
    yield f"{'points':<8}  {'radius':>8}  {'surely':>10}  {'estimate':>10}  {'at most':>10}"
    for row in means:
        counts = "  ".join(f"{row[part]:>10.1f}" for part in ("lower", "estimate", "upper"))
        yield f"{row['points']:<8}  {row['radius']:>8g}  {counts}"
    yield ""
    yield from (f"written: {file}" for file in files)
