"""An audit as a document: a table of all claims, then for each its words, hypotheses, evidence, counts, refutation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from polybn.auditing.at_hand import Needed, needed
from polybn.auditing.audit import Report
from polybn.auditing.sharpness import OPEN
from polybn.auditing.wine import FEATURES, WIDTHS, Census
from polybn.claims.verdict import Status, Tally, Verdict
from polybn.reports.document import Block, Heading, Items, Lines, Paragraph, Picture, Table
from polybn.reports.report import CENSUS, COLUMNS, census_row, evidence, overview_row
from polybn.reports.words import refutation

LADDER = (
    "Statuses are computed from evidence. REFUTED: an exact counterexample is at hand. PROVED: an executable proof "
    "ran; what it argues in words is listed, and the facts of the normalisation that it rests on are tested, not "
    "proved. PROVED GIVEN: it needs theorems of others, which it cites. EXHAUSTED(n): n live members of a finite "
    "family, and with them all of it, were decided. TESTED(n): n different instances met the hypotheses and none "
    "failed. VACUOUS: too few did. UNDECIDED: an instance could not be settled. The tier says how: machine-checked, by "
    "Coq, which accepted a formal proof or refutation of this text; symbolic, by the executable proof; by a "
    "counterexample, a whole finite family, or tests."
)


def document(
    report: Report, counts: Sequence[Census], pictures: Mapping[str, bytes], figures: Sequence[Picture] = ()
) -> tuple[Block, ...]:
    """The report; `pictures` are SVGs of counterexamples by claim id, `figures` come at the end.

    Kept witnesses for hypotheses are replayed on the way.
    """
    blocks: list[Block] = [
        Heading(1, f"Audit of {report.normalization}"),
        Paragraph(
            f"Every claim of the paper, decided in exact arithmetic for {report.normalization}: up to "
            f"{report.examples} instances drawn a claim, seed {report.seed}. The same seed gives the same report."
        ),
        Paragraph(LADDER),
        Heading(2, "Claims", "claims"),
        Table(COLUMNS, tuple(map(overview_row, report))),
    ]
    for row in report:
        blocks.extend(_claim(row, pictures.get(row.id)))
    blocks.extend(_census(counts))
    if figures:
        blocks.append(Heading(2, "Figures", "figures"))
        blocks.extend(figures)
    return tuple(blocks)


def _claim(row: Verdict, picture: bytes | None) -> Iterator[Block]:
    claim = row.claim
    yield Heading(2, f"{claim.id}: {row.status_text}", claim.id)
    yield Paragraph(claim.sentence)
    yield Items((f"source: {claim.source}", *([f"twin: {claim.twin}"] if claim.twin else [])))
    if claim.hypotheses:
        why = needed(claim)
        rows = tuple((one.name, one.words, _reason(why[one.name], row.status)) for one in claim.hypotheses)
        yield Table(("hypothesis", "in words", "why it is there"), rows)
    yield Paragraph(f"Evidence: {evidence(row)}.")
    if row.exhaustion is not None:
        yield Paragraph(f"The finite family: {row.exhaustion.words}, {row.exhaustion.live} of them live.")
    if row.witness is not None:
        yield Lines(refutation(row.witness))
        if picture is not None:
            yield Picture(f"{row.normalization}-{row.id}", picture, f"The counterexample to {row.id}.")
    yield from _proof(row)
    if row.formal is not None and row.formal_applies:
        yield Paragraph(
            f"Formal {'refutation' if row.formal.refutes else 'proof'}, accepted by Coq {row.formal.coq} without "
            f"assumptions: {row.formal.file}, {', '.join(row.formal.theorems)}."
        )
    yield _counts(row.tally)
    if row.tally.strata:
        parts = ", ".join(f"{name} {count}" for name, count in sorted(row.tally.strata.items()))
        yield Paragraph(f"Live instances by stratum: {parts}.")


def _reason(why: Needed, status: Status) -> str:
    """Why a hypothesis is there; of a refuted claim nobody asks."""
    if why.found is not None:
        return f"needed: fails without it, {why.file}"
    if why.file is not None:
        return f"{why.file} is not confirmed: {why.disagreement}"
    if why.words != OPEN:
        return f"for a meaning: {why.words}"
    return "as stated" if status is Status.REFUTED else "open"


def _proof(row: Verdict) -> Iterator[Block]:
    proof = row.proof
    if proof is None:
        return
    applies = "" if row.proof_applies else ", which does not apply here"
    yield Paragraph(f"The proof{applies}, {proof.file}:")
    yield Items(
        (
            *(f"checked: {step}" for step in proof.checked),
            *(f"argued: {step}" for step in proof.argued),
            *(f"cited: {theorem}" for theorem in proof.cited),
            *(f"tested: {fact}" for fact in proof.facts),
        )
    )


def _counts(tally: Tally) -> Table:
    rejected = sorted(tally.rejected.items())
    header = ("drawn", "live", "repeated", "undecided", *(f"without {name}" for name, _ in rejected))
    numbers = (tally.drawn, tally.live, tally.repeated, tally.undecided, *(count for _, count in rejected))
    return Table(header, (tuple(map(str, numbers)),))


def _census(counts: Sequence[Census]) -> Iterator[Block]:
    if not counts:
        return
    shape = "-".join(map(str, WIDTHS))
    yield Heading(2, "Regions around real data", "wine")
    yield Paragraph(
        f"178 wines ({', '.join(FEATURES)}), a leaky ReLU network {shape} on {counts[0].partition.domain}; "
        f"sigma, {counts[0].name}: {counts[0].partition.semantics}."
    )
    yield Table(CENSUS, tuple(map(census_row, counts)))
