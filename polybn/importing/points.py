"""Points in a CSV file, one a line, every coordinate read as the decimal or fraction that is written."""

from __future__ import annotations

import csv
from fractions import Fraction

from polybn.errors import FileFormatError, NumberError
from polybn.exact.rational import fraction, rational
from polybn.files import StrPath, read_text, shown

Point = tuple[Fraction, ...]


def read_points(path: StrPath, *, dimension: int) -> list[Point]:
    """The points of a file with one column a coordinate; a first line without a number in it is a header.

    Raises `FileFormatError` for a line of another length and a file without points, `NumberError` for other text.
    """
    where = shown(path)
    try:
        lines = list(csv.reader(read_text(path).splitlines()))
    except csv.Error as error:
        raise FileFormatError(f"{where} is not CSV: {error}. Write one point a line.", path) from error
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if any(cell.strip() for cell in line)]
    if numbered and not any(_is_number(cell) for cell in numbered[0][1]):
        numbered = numbered[1:]
    if not numbered:
        raise FileFormatError(f"{where} has no points. Write one a line, such as 1/2,-0.75.", path)
    for number, line in numbered:
        if len(line) != dimension:
            raise FileFormatError(
                f"{where}, line {number}: {len(line)} columns, and a point has {dimension} coordinates. "
                f"Keep {dimension} columns, separated by commas.",
                line,
            )
    return [tuple(fraction(rational(cell, f"{where}, line {n}")) for cell in line) for n, line in numbered]


def _is_number(cell: str) -> bool:
    try:
        rational(cell)
    except NumberError:
        return False
    return True
