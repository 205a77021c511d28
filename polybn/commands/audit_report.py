"""`polybn audit --report FILE`: the audit as Markdown with pictures beside it, or as one HTML page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from polybn.errors import InputError
from polybn.files import require_folder_of, shown, write_bytes_atomically, write_text_atomically

if TYPE_CHECKING:
    from polybn.auditing.audit import Report
    from polybn.auditing.sweeps import Still
    from polybn.auditing.wine import Census
    from polybn.claims.verdict import Counterexample
    from polybn.reports.document import Picture

FORMATS = (".md", ".html")
UNIT = re.compile(r"\blayer (\d+), unit (\d+)\b")
"""How claims say which unit, both counted from 0."""


def require_report(path: Path) -> None:
    """Raises `InputError` for a name that is no report's, or where no file can be written: ask before the audit."""
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"{shown(path)} has no suffix .md or .html; polybn writes these two. Name the file so.", path)
    require_folder_of(path)


def write_report(report: Report, counts: Sequence[Census], path: Path, *, pictured: bool) -> list[str]:
    """Writes the report, and for Markdown its pictures beside it; the names of the files."""
    from polybn.reports.report_document import document
    from polybn.reports.report_html import page
    from polybn.reports.report_markdown import markdown

    drawn = {row.id: _drawn(row.witness) for row in report if row.witness is not None} if pictured else {}
    pictures = {id: svg for id, svg in drawn.items() if svg is not None}
    blocks = document(report, counts, pictures, figures() if pictured else ())
    if path.suffix.lower() == ".html":
        write_text_atomically(path, page(blocks, f"Audit of {report.normalization}"))
        return [path.as_posix()]
    text, files = markdown(blocks, path.stem)
    for name, svg in files.items():
        write_bytes_atomically(path.with_name(name), svg)
    write_text_atomically(path, text)
    return [path.as_posix(), *(path.with_name(name).as_posix() for name in files)]


def figures() -> tuple[Picture, ...]:
    """Figures 2 and 9: one statistic of a toy net is swept, all else fixed."""
    from polybn.auditing.sweeps import sweep_of_location, sweep_of_scale
    from polybn.reports.document import Picture

    return (
        Picture(
            "figure-2",
            _swept(sweep_of_location(), "mu"),
            "Figure 2: mu of the unit of the second layer is swept. Its folded hyperplane moves, and bends at those "
            "of the first layer.",
        ),
        Picture(
            "figure-9",
            _swept(sweep_of_scale(), "sigma"),
            "Figure 9: sigma of the first unit of the first layer is swept. The facets of the second layer's folded "
            "hyperplane turn where they meet that unit's hyperplane.",
        ),
    )


def _swept(stills: Sequence[Still], statistic: str) -> bytes:
    from polybn.auditing.sweeps import TOY_BATCH
    from polybn.exact.rational import text
    from polybn.plots.sweep import sweep_picture

    titles = [f"{statistic} = {text(still.value)}" for still in stills]
    return sweep_picture([still.partition for still in stills], titles, points=TOY_BATCH)


def _drawn(found: Counterexample) -> bytes | None:
    """The picture of a counterexample; the unit that it names is drawn where the network has such a unit."""
    from polybn.plots.witness import witness_picture

    instance, named = found.instance, UNIT.search(found.failure.where)
    stages = instance.network.stages
    unit = (int(named[1]), int(named[2])) if named else None
    if unit and not (unit[0] < len(stages) and unit[1] < stages[unit[0]].affine.outputs):
        unit = None
    return witness_picture(
        instance.network,
        instance.domain,
        batch=instance.batch,
        points=instance.points,
        offsets=instance.offsets,
        unit=unit,
    )
