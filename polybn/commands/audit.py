"""`polybn audit [NORMALIZATION]`: decide the claims, count regions around real data, draw them (Figure 1)."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from polybn.commands.arguments import Subparsers, add_command, positive
from polybn.commands.audit_report import require_report, write_report
from polybn.commands.claims import claims_of
from polybn.commands.output import write, write_json
from polybn.errors import InputError
from polybn.files import make_folder, write_bytes_atomically

if TYPE_CHECKING:
    from polybn.auditing.audit import Report
    from polybn.auditing.wine import Census

DEFAULT_OUT = "polybn-audit"
SUMMARY = "decide the claims of the paper: proved, tested, or refuted with a small counterexample"
DESCRIPTION = """Each claim is checked on drawn networks, degenerate ones on purpose, and on a network fitted to the
measurements of 178 wines, whose regions are counted and drawn, normalised or not. Same seed, same bytes, for any number
of processes. Exit code 1 when a claim contradicts its recorded status.

examples:
  polybn audit
  polybn audit median --claims theorem-1,corollary-2 --no-picture
  polybn audit --examples 5000 --report audit.html"""


def register(subparsers: Subparsers) -> None:
    """The command's arguments."""
    parser = add_command(subparsers, "audit", SUMMARY, DESCRIPTION)
    parser.add_argument("normalization", nargs="?", default="batchnorm", help="batchnorm (default) or median")
    parser.add_argument("--claims", help="comma-separated claim ids (default: all)")
    parser.add_argument("--examples", type=int, default=200, help="instances drawn for each claim (default 200)")
    parser.add_argument("--seed", type=int, default=0, help="seed of weights and drawn instances (default 0)")
    parser.add_argument("--out", type=Path, default=Path(DEFAULT_OUT), help=f"folder for files (default {DEFAULT_OUT})")
    parser.add_argument("--report", type=Path, metavar="FILE", help="also write a report, NAME.md or NAME.html")
    parser.add_argument("--workers", type=positive, metavar="N", help="processes (default: one a core)")
    parser.add_argument("--no-picture", action="store_true", help="draw nothing")


def run(args: argparse.Namespace) -> int:
    """Print the audit; 0, or 1 when a claim contradicts its recorded status."""
    from polybn.auditing.parallel import audit_on_cores
    from polybn.auditing.recorded import contradicts
    from polybn.auditing.wine import census, instance
    from polybn.claims import CLAIMS
    from polybn.claims.candidate import normalization_of
    from polybn.reports import report as words

    if args.seed < 0 or args.examples < 1:
        raise InputError(
            f"--seed is {args.seed} and --examples {args.examples}; a seed is a whole number >= 0, "
            "and at least 1 instance a claim is needed.",
            args,
        )
    claims = list(CLAIMS) if args.claims is None else [claim.id for claim in claims_of(args.claims.split(","))]
    method = normalization_of(args.normalization)
    if args.report is not None:
        require_report(args.report)
    make_folder(args.out)
    progress = _Progress(args.quiet)
    progress.say("enumerating the wine networks")
    counts = census(args.seed, method)
    instances = [("wine", instance(counts[0]))]
    report = audit_on_cores(
        method,
        claims,
        args.examples,
        args.seed,
        instances=instances,
        progress=progress,
        workers=args.workers or cores(),
    )
    written = _write_files(report, counts, args.out, progress, picture=not args.no_picture)
    if args.report is not None:
        progress.say("writing the report")
        written += write_report(report, counts, args.report, pictured=not args.no_picture)
    if args.json:
        write_json({**words.data(report, counts), "files": written})
    else:
        write(_page(report, counts, written))
    return int(any(contradicts(row) for row in report))


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _page(report: Report, counts: Sequence[Census], written: Sequence[str]) -> str:
    from polybn.auditing.wine import FEATURES, WIDTHS
    from polybn.reports import report as words

    domain, shape = counts[0].partition.domain, "-".join(map(str, WIDTHS))
    return "\n".join(
        [
            f"{report.normalization}: up to {report.examples} instances drawn a claim, seed {report.seed}, exact",
            "",
            words.table(report),
            "",
            f"178 wines ({', '.join(FEATURES)}), leaky ReLU network {shape} on {domain}",
            "",
            words.census_table(counts),
            "",
            f"sigma, {counts[0].name}: {counts[0].partition.semantics}",
            *(f"written: {name}" for name in written),
        ]
    )


def _write_files(
    report: Report, counts: Sequence[Census], folder: Path, progress: _Progress, *, picture: bool
) -> list[str]:
    """Write the picture and one witness file a refuted claim; return their names."""
    from polybn.auditing.witness import write_witness

    written = [file for row in report if (file := write_witness(folder, row))]
    if picture:
        progress.say("drawing")
        path = folder / f"wine-{report.normalization}.png"
        write_bytes_atomically(path, _picture(counts))
        written.append(path.as_posix())
    return written


def _picture(counts: Sequence[Census]) -> bytes:
    from polybn.auditing.wine import FEATURES, wines
    from polybn.plots.partition import picture

    titles = [f"{taken.name}: {len(taken.partition)} regions, {taken.with_data} with data" for taken in counts]
    return picture([taken.partition for taken in counts], titles, points=wines(), axis_names=FEATURES)


class _Progress:
    """One line on stderr: rewritten on a terminal, a line a claim elsewhere, nothing when quiet."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty()
        self._last = ""

    def __call__(self, claim: str, done: int, total: int) -> None:
        """Show how far a claim is."""
        if self._quiet:
            return
        if self._live:
            end = "\n" if done >= total else ""
            print(f"\r\033[K{claim}: {done} of {total} instances", end=end, file=sys.stderr, flush=True)
        elif claim != self._last:
            print(f"{claim}: {total} instances", file=sys.stderr, flush=True)
        self._last = claim

    def say(self, words: str) -> None:
        """Show what is being done."""
        if not self._quiet:
            print(("\r\033[K" if self._live else "") + words, file=sys.stderr, flush=True)
