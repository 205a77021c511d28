"""Where sigma^2 would be 0, change the data rather than reject them: a sample more, another row, or eps = 1."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flint import fmpq

from polybn.drawing.numbers import Rows
from polybn.drawing.strata import unit_row
from polybn.exact.matrix import Vector, vector
from polybn.exact.rational import rational
from polybn.networks.layer import Linear
from polybn.networks.normalization import Normalization, squared_scale_of


def varied(method: Normalization, rows: Rows, batch: Rows) -> Rows:
    """The batch, with x_1 + w appended for each row w != 0 that is constant on it: w . (x_1 + w) > w . x_1."""
    for row in rows:
        if any(row) and not _squared(method, row, [vector(sample) for sample in batch]):
            batch = (*batch, tuple(a + b for a, b in zip(batch[0], row, strict=True)))
    return batch


def repaired(method: Normalization, rows: Rows, values: Sequence[Vector], *, stays: bool) -> Rows:
    """Rows whose statistics on `values` are positive: the others become e_j for a coordinate j that varies.

    Where there is no such j, or the rows must stay as they are, `method` gets eps = 1 instead.
    """
    inputs = len(values[0])
    basis = [unit_row(inputs, place) for place in range(inputs)]
    varying = [] if stays else [row for row in basis if _squared(method, row, values)]
    result = list(rows)
    for unit, row in enumerate(rows):
        if _squared(method, row, values):
            continue
        if varying:
            result[unit] = varying[unit % len(varying)]
        else:
            object.__setattr__(method, "eps", Fraction(1))
    return tuple(result)


def _squared(method: Normalization, row: tuple[Fraction, ...], values: Sequence[Vector]) -> fmpq:
    """sigma^2 of <row, z> over the values, with eps."""
    project = Linear([row]).map.apply
    return squared_scale_of(method, tuple(project(value)[0] for value in values)) + rational(method.eps)
