"""Vectors and matrices over Q: how they enter, and their integer multiples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np
from flint import fmpq, fmpq_mat, fmpz

from polybn.errors import NonFiniteError, NumberError, ShapeError
from polybn.exact.rational import rational

Vector = tuple[fmpq, ...]


def vector(entries: object, name: str = "vector") -> Vector:
    """A tuple of rationals from a list of exact numbers, or from a numpy array (floats as the dyadics they store)."""
    if isinstance(entries, np.ndarray):
        return tuple(_array_entries(cast("np.ndarray[Any, Any]", entries), 1, name))
    return tuple(rational(entry, f"{name}[{index}]") for index, entry in enumerate(_sequence(entries, name)))


def matrix(rows: object, name: str = "matrix") -> fmpq_mat:
    """A rational matrix from nested lists of exact numbers, or from a 2-D numpy array; never empty, never ragged."""
    if isinstance(rows, fmpq_mat):
        return rows
    if isinstance(rows, np.ndarray):
        array = cast("np.ndarray[Any, Any]", rows)
        flat = _array_entries(array, 2, name)
        height, width = (int(size) for size in array.shape)
        _require_entries(height, width, name)
        return fmpq_mat(height, width, flat)
    given = [vector(row, f"{name}[{index}]") for index, row in enumerate(_sequence(rows, name))]
    _require_entries(len(given), len(given[0]) if given else 0, name)
    for index, row in enumerate(given):
        if len(row) != len(given[0]):
            raise ShapeError(
                f"{name} is ragged: row 0 has {len(given[0])} entries and row {index} has {len(row)}. "
                "Give rows of one length.",
                rows,
            )
    return fmpq_mat(len(given), len(given[0]), [entry for row in given for entry in row])


def rows_of(values: fmpq_mat) -> list[Vector]:
    """The rows of a rational matrix as tuples."""
    return [tuple(row) for row in values.tolist()]


def inner(left: Sequence[fmpz] | Vector, right: Sequence[fmpz] | Vector) -> fmpq:
    """<left, right>."""
    return sum((fmpq(a) * b for a, b in zip(left, right, strict=True)), fmpq(0))


def primitive(row: Sequence[fmpz]) -> tuple[fmpz, ...]:
    """The row divided by the greatest common divisor of its entries: the same function up to a positive factor."""
    divisor = fmpz(0)
    for entry in row:
        divisor = divisor.gcd(entry)
        if divisor == 1:
            return tuple(row)
    return tuple(row) if divisor == 0 else tuple(entry // divisor for entry in row)


def _sequence(entries: object, name: str) -> Sequence[object]:
    if isinstance(entries, str | bytes | set | frozenset | dict) or not isinstance(entries, Iterable):
        kind = type(cast("object", entries)).__name__
        raise ShapeError(f"{name} is {kind}; a list of numbers is needed. Write [...].", cast("object", entries))
    return list(cast("Iterable[object]", entries))


def _array_entries(given: np.ndarray[Any, Any], dimensions: int, name: str) -> list[fmpq]:
    if given.ndim != dimensions:
        raise ShapeError(f"{name} has shape {given.shape}; {dimensions} dimension(s) are needed. Reshape it.", given)
    _refuse_masked(given, name)
    array = np.asarray(given)  # np.matrix has other rules for ravel, a masked array for comparisons
    if array.dtype.kind == "f" and array.dtype.itemsize <= 8:
        return _dyadics(array, name)
    if array.dtype.kind in "iuO":
        places = np.ndindex(*array.shape)
        return [rational(entry, f"{name}{list(at)}") for at, entry in zip(places, array.ravel().tolist(), strict=True)]
    raise NumberError(
        f"{name} has dtype {str(array.dtype)[:40]}; integers, floats of at most 64 bits or exact objects are needed. "
        "Convert it to one of these.",
        given,
    )


def _refuse_masked(array: np.ndarray[Any, Any], name: str) -> None:
    masked = np.ma.getmaskarray(array) if isinstance(array, np.ma.MaskedArray) else None
    if masked is not None and bool(masked.any()):
        where = [int(index) for index in np.argwhere(masked)[0]]
        raise NumberError(f"{name}{where} is masked; a number is needed. Fill it, as in array.filled(0).", array)


def _dyadics(array: np.ndarray[Any, Any], name: str) -> list[fmpq]:
    finite = np.isfinite(array)
    if not bool(finite.all()):
        where = tuple(int(index) for index in np.argwhere(~finite)[0])
        raise NonFiniteError(
            f"{name}{list(where)} is {array[where]}; finite numbers are needed. Repair the array before it enters.",
            array,
        )
    return [fmpq(*float(entry).as_integer_ratio()) for entry in array.ravel().tolist()]


def _require_entries(height: int, width: int, name: str) -> None:
    if height == 0 or width == 0:
        raise ShapeError(f"{name} is empty ({height} x {width}); at least one row and one column are needed.", name)
