"""A report as blocks, whatever it is written in: headings, paragraphs, lists, tables, lines as they are, pictures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """A title of level 1, 2 or 3; `anchor` is the name that a link of this report points at."""

    level: int
    text: str
    anchor: str = ""


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True)
class Items:
    """A list, each entry running text."""

    entries: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows under a header, all of one length; an entry that is an anchor of the report becomes a link to it."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Lines:
    """Lines that are kept as they are."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """An SVG picture under a name of its own, and what it shows."""

    name: str
    svg: bytes
    caption: str


Block = Heading | Paragraph | Items | Table | Lines | Picture


def anchors(blocks: tuple[Block, ...]) -> frozenset[str]:
    """What can be linked to."""
    return frozenset(block.anchor for block in blocks if isinstance(block, Heading) and block.anchor)
