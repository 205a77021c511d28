"""A document in Markdown, its pictures in files beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from polybn.reports.document import Block, Heading, Items, Lines, Paragraph, Picture, Table, anchors

SPECIAL = re.compile(r"[\\`*_\[\]<>#|~$&]")
START = re.compile(r"^(\d*)([-+=.)])")


def markdown(blocks: tuple[Block, ...], stem: str) -> tuple[str, dict[str, bytes]]:
    """(the text, the pictures by file name); `stem` is the report's own file name without its suffix."""
    linked = anchors(blocks)
    parts = [line for block in blocks for line in _block(block, stem, linked)]
    files = {_file(block, stem): block.svg for block in blocks if isinstance(block, Picture)}
    return "\n\n".join(parts) + "\n", files


def escaped(words: str) -> str:
    """Words that Markdown shows as they are: no emphasis, link, HTML, list or table comes of them.

    >>> print(escaped("w_k <z> | *x*"))
    w\\_k \\<z\\> \\| \\*x\\*
    """
    safe = SPECIAL.sub(r"\\\g<0>", " ".join(words.split()))
    # A list begins with one of - + or a number and a full stop; a line of = makes a title of the one before.
    return START.sub(r"\1\\\2", safe)


def _block(block: Block, stem: str, linked: frozenset[str]) -> Iterator[str]:
    match block:
        case Heading(level, text, anchor):
            if anchor:
                yield f'<a id="{anchor}"></a>'
            yield f"{'#' * level} {escaped(text)}"
        case Paragraph(text):
            yield escaped(text)
        case Items(entries):
            yield "\n".join(f"- {_entry(entry, linked)}" for entry in entries)
        case Table(header, rows):
            lines = [header, ("---",) * len(header), *(tuple(_cell(cell, linked) for cell in row) for row in rows)]
            lines[0] = tuple(escaped(cell) for cell in header)
            yield "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        case Lines(lines):
            yield "\n".join(f"    {line}" for line in lines)
        case Picture(_, _, caption):
            yield f"![{escaped(caption)}]({quote(_file(block, stem))})"


def _cell(cell: str, linked: frozenset[str]) -> str:
    return f"[{escaped(cell)}](#{cell})" if cell in linked else escaped(cell)


def _entry(entry: str, linked: frozenset[str]) -> str:
    """ "twin: theorem-2" with a link, anything else as it is."""
    name, _, target = entry.partition(": ")
    return f"{escaped(name)}: {_cell(target, linked)}" if target in linked else escaped(entry)


def _file(block: Picture, stem: str) -> str:
    return f"{stem}-{block.name}.svg"
