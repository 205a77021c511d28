"""A document as one HTML page that loads nothing: style and pictures are in it, and no script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from polybn.reports.document import Block, Heading, Items, Lines, Paragraph, Picture, Table, anchors

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 Georgia, serif; color: #1d2733; background: #fff; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { font-family: system-ui, sans-serif; line-height: 1.2; }
h2 { margin-top: 2.5rem; border-top: 1px solid #d5dae0; padding-top: 1rem; }
table { border-collapse: collapse; font: 14px/1.4 system-ui, sans-serif; margin: 1rem 0; }
table { display: block; overflow-x: auto; }
th, td { border: 1px solid #d5dae0; padding: .3rem .6rem; text-align: left; vertical-align: top; }
th { background: #f2f4f7; }
pre { background: #f7f5f0; padding: .8rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 14px; }
figure { margin: 1rem 0; }
figure svg { max-width: 100%; height: auto; }
figcaption { font: 14px system-ui, sans-serif; color: #4a5560; }
.refuted { color: #b3261e; } .proved, .exhausted { color: #1b6e3c; } .vacuous, .undecided { color: #8a5a00; }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STATUS = re.compile(r"\b(REFUTED|PROVED GIVEN|PROVED|EXHAUSTED|VACUOUS|UNDECIDED)\b(\(\d+\))?")


def page(blocks: tuple[Block, ...], title: str) -> str:
    """The page; everything that comes from a claim, a network or a name is escaped."""
    linked = anchors(blocks)
    body = "\n".join(line for block in blocks for line in _block(block, linked))
    return (
        "<!DOCTYPE html>\n"
        f'<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def inlined(svg: bytes, name: str) -> str:
    """The picture as an element of a page: no prolog, no metadata, and of the ids those that are referred to,
    each the only one of its name among all pictures of the page.

    Raises `ValueError` for what is no SVG picture.
    """
    text = svg.decode("utf-8")
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text[text.index("<svg") :], flags=re.DOTALL)
    used = set(re.findall(r'(?:\bhref="#|url\(#)([^")]*)', text))
    text = re.sub(r' id="([^"]*)"', lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", text)
    return re.sub(r'(\bhref="#|url\(#)', rf"\g<1>{name}-", text).strip()


def _block(block: Block, linked: frozenset[str]) -> Iterator[str]:
    match block:
        case Heading(level, text, anchor):
            mark = f' id="{escape(anchor)}"' if anchor else ""
            yield f"<h{level}{mark}>{_marked(text)}</h{level}>"
        case Paragraph(text):
            yield f"<p>{escape(text)}</p>"
        case Items(entries):
            yield f"<ul>{''.join(f'<li>{_entry(entry, linked)}</li>' for entry in entries)}</ul>"
        case Table(header, rows):
            head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
            body = "\n".join(f"<tr>{''.join(f'<td>{_cell(cell, linked)}</td>' for cell in row)}</tr>" for row in rows)
            yield f"<table>\n<tr>{head}</tr>\n{body}\n</table>"
        case Lines(lines):
            yield f"<pre>{escape(chr(10).join(lines))}</pre>"
        case Picture(name, svg, caption):
            yield f"<figure>\n{inlined(svg, name)}\n<figcaption>{escape(caption)}</figcaption>\n</figure>"


def _marked(text: str) -> str:
    """A status in its colour."""
    return STATUS.sub(lambda found: f'<span class="{found[1].lower()}">{found[0]}</span>', escape(text))


def _cell(cell: str, linked: frozenset[str]) -> str:
    if cell in linked:
        return f'<a href="#{escape(cell)}">{escape(cell)}</a>'
    return _marked(cell) if STATUS.fullmatch(cell) else escape(cell)


def _entry(entry: str, linked: frozenset[str]) -> str:
    name, _, target = entry.partition(": ")
    return f"{escape(name)}: {_cell(target, linked)}" if target in linked else escape(entry)
