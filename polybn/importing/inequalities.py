"""{x : A x <= b} in a JSON file, {"A": [[...], ...], "b": [...]}, every number read as it is written."""

from __future__ import annotations

from flint import fmpq_mat

from polybn.errors import ShapeError
from polybn.exact.matrix import Vector, matrix, vector
from polybn.files import StrPath, fields_of, list_of, read_json, shown


def read_inequalities(path: StrPath, *, dimension: int) -> tuple[fmpq_mat, Vector]:
    """(A, b), one row of A and one entry of b an inequality; A has a column for each of the coordinates.

    Raises `FileFormatError` for another kind of file, `NumberError` for text that is no rational number, and
    `ShapeError` where A and b do not fit each other or the network, each with the file and the place in it.
    """
    where = shown(path)
    given = fields_of(read_json(path), where, needed=("A", "b"))
    rows = [list_of(row, f"{where}: A[{index}]") for index, row in enumerate(list_of(given["A"], f"{where}: A"))]
    bounds = vector(list_of(given["b"], f"{where}: b"), f"{where}: b")
    for index, row in enumerate(rows):
        if len(row) != dimension:
            raise ShapeError(
                f"{where}: A[{index}] has {len(row)} entries and the network takes {dimension} coordinates. "
                f"Give {dimension} coefficients a row.",
                row,
            )
    if len(rows) != len(bounds):
        raise ShapeError(f"{where}: A has {len(rows)} rows and b {len(bounds)} entries. Give one bound a row.", given)
    return matrix(rows, f"{where}: A"), bounds
