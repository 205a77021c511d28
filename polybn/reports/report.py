"""An audit in words and as data; the words of the ladder and no others."""

from __future__ import annotations

from collections.abc import Sequence

from polybn.auditing.audit import Report
from polybn.auditing.wine import Census
from polybn.auditing.witness import witness_data
from polybn.claims.verdict import Status, Verdict
from polybn.reports.words import refutation

COLUMNS = ("claim", "status", "tier", "live", "what proves it")
CENSUS = ("network", "regions", "by layer", "with data")


def table(report: Report) -> str:
    """One line a claim: id, status, live instances, what proves it.

    Below the line of a refuted claim, two more: the instance in words, and the two sides that differ on it.
    """
    drawn = aligned([COLUMNS, *map(overview_row, report)]).splitlines()
    spelled = [drawn[0]]
    for row, line in zip(report, drawn[1:], strict=True):
        spelled.append(line)
        if row.witness is not None:
            spelled += [f"    {line}" for line in refutation(row.witness)]
    return "\n".join(spelled)


def overview_row(row: Verdict) -> tuple[str, ...]:
    """One claim under the columns `COLUMNS`."""
    return row.id, row.status_text, str(row.tier), str(row.live), evidence(row)


def evidence(row: Verdict) -> str:
    """What the status rests on, in a few words."""
    tally = row.tally
    if row.status is Status.REFUTED:
        return f"a counterexample: {row.refuted_by or f'shrunk from drawn instance {tally.drawn}'}"
    tested = f"{tally.live} live of {tally.drawn} drawn"
    if tally.repeated:
        tested += f", {tally.repeated} repeats"
    tested += "".join(f", and {name}" for name in row.instances)
    if row.proof is None or not row.proof_applies:
        whole = "all of a finite family, " if row.status is Status.EXHAUSTED else ""
        return f"{whole}property test: {tested}"
    proof = f"{row.proof.file}: {len(row.proof.checked)} steps checked, {len(row.proof.argued)} argued"
    given = f", {len(row.proof.cited)} cited" if row.proof.cited else ""
    facts = f", {len(row.proof.facts)} facts tested" if row.proof.facts else ", tested"
    return f"{proof}{given}{facts}: {tested}"


def census_table(counts: Sequence[Census]) -> str:
    """The regions of each network over the data's box: all, by layer, and those that contain or touch data."""
    return aligned([CENSUS, *map(census_row, counts)])


def census_row(taken: Census) -> tuple[str, ...]:
    """One network under the columns `CENSUS`."""
    part = taken.partition
    return taken.name, str(len(part)), ", ".join(map(str, part.layer_counts)), str(taken.with_data)


def data(report: Report, counts: Sequence[Census]) -> dict[str, object]:
    """The audit as plain data; `witness` is a whole witness file or None."""
    return {
        "normalization": report.normalization,
        "examples": report.examples,
        "seed": report.seed,
        "rows": [_row(row) for row in report],
        "census": [
            {
                "network": taken.name,
                "semantics": taken.partition.semantics,
                "domain": str(taken.partition.domain),
                "regions": len(taken.partition),
                "layer_counts": list(taken.partition.layer_counts),
                "with_data": taken.with_data,
            }
            for taken in counts
        ],
    }


def aligned(lines: Sequence[tuple[str, ...]]) -> str:
    """Columns padded to their widest entry, two blanks apart."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(line.rstrip() for line in padded)


def _row(row: Verdict) -> dict[str, object]:
    return {
        "id": row.id,
        "normalization": row.normalization,
        "status": str(row.status),
        "tier": str(row.tier),
        "live": row.live,
        "drawn": row.tally.drawn,
        "repeated": row.tally.repeated,
        "instances": list(row.instances),
        "rejected": dict(sorted(row.tally.rejected.items())),
        "undecided": row.tally.undecided,
        "strata": dict(sorted(row.tally.strata.items())),
        "family": row.exhaustion.words if row.exhaustion else None,
        "proof": row.proof.file if row.proof_applies and row.proof else None,
        "formal": row.formal.file if row.formal_applies and row.formal else None,
        "evidence": evidence(row),
        "witness": None if row.witness is None else witness_data(row.id, row.witness),
    }
