"""Claims as assertions: what holds passes, what fails shows its smallest counterexample as a script and a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from time import perf_counter
from typing import cast

from polybn.auditing.audit import Report, audit, chosen_claims
from polybn.auditing.recorded import RECORDED
from polybn.auditing.witness import write_witness
from polybn.claims import CLAIMS
from polybn.claims.candidate import normalization_of
from polybn.claims.claim import Claim
from polybn.claims.verdict import Status, Verdict
from polybn.drawing.strategies import Options, strata_for
from polybn.files import StrPath, make_folder
from polybn.networks.normalization import Normalization
from polybn.normalizations import BatchNorm
from polybn.reports.checked import Checked, unreported
from polybn.reports.report import table
from polybn.reports.script import case_of, example_of, is_ours, script_of, script_of_claim

FAILED = (Status.REFUTED, Status.VACUOUS, Status.UNDECIDED)
FOLDER = ".polybn"


def check_claims(
    normalization: type[Normalization] | Normalization | str,
    claims: Iterable[str | Claim] | str | None = None,
    *,
    examples: int = 200,
    seed: int = 0,
    witnesses: StrPath | None = FOLDER,
) -> Report:
    """The audit's report, once no claim is REFUTED, VACUOUS or UNDECIDED; else AssertionError with its table.

    `claims`: ids or claims, or None for all that hold of batch normalisation. The message holds, for each refuted one,
    a script that decides it again and the example as source; `polybn replay` reads the file written into the folder
    `witnesses` (None for no file). Each verdict is a line of the table that the pytest plugin prints.
    """
    __tracebackhide__ = True  # pytest shows the caller's line
    given = normalization_of(normalization)
    chosen = chosen_claims(claims, _of_batch_norm())
    rows: list[Verdict] = []
    files: dict[str, str] = {}
    for claim in chosen:
        start = perf_counter()
        [row] = audit(given, [claim], examples, seed)
        seconds = perf_counter() - start
        files[row.id] = _written(row, witnesses)
        unreported.append(_checked(row, given, seconds, files[row.id]))
        rows.append(row)
    report = Report(given.name, examples, seed, tuple(rows))
    if any(row.status in FAILED for row in report):
        raise AssertionError("\n".join(_complaint(report, files)))
    return report


def _of_batch_norm() -> list[Claim]:
    """All claims but those that audits of batch normalisation itself refute: they say nothing of another one."""
    refuted = frozenset({Status.REFUTED})
    return [claim for id, claim in CLAIMS.items() if RECORDED.get((BatchNorm.name, id)) != refuted]


def _checked(row: Verdict, given: type[Normalization] | Normalization, seconds: float, witness: str) -> Checked:
    drawn = strata_for(**cast("Options", {"normalization": given, **row.claim.recipe}))
    degenerate = [stratum for stratum in drawn if stratum != "generic"]
    return Checked(
        normalization=row.normalization,
        claim=row.id,
        status=row.status_text,
        live=row.live,
        rejected=tuple(sorted(row.tally.rejected.items())),
        covered=sum(1 for stratum in degenerate if row.tally.strata[stratum]),
        degenerate=len(degenerate),
        seconds=seconds,
        witness=witness,
    )


def _written(row: Verdict, folder: StrPath | None) -> str:
    """The file of a counterexample, in a folder made for it; nothing for a claim that `polybn replay` cannot find."""
    if row.witness is None or folder is None or not is_ours(row.claim):
        return ""
    make_folder(folder)
    return write_witness(Path(folder), row)


def _complaint(report: Report, files: dict[str, str]) -> Iterator[str]:
    yield f"claims that do not hold for {report.normalization}:"
    yield table(report)
    for row in report:
        if row.witness is not None:
            instance = row.witness.instance
            yield f"\n{row.id} fails here:\n"
            yield script_of_claim(row.claim, instance) if is_ours(row.claim) else script_of(instance)
            yield f"in a property of hypothesis over strategies.cases(...):\n\n{example_of(case_of(instance))}"
            if files[row.id]:
                yield f"\npolybn replay {files[row.id]}"
