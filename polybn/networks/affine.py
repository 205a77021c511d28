"""x -> A x + b over Q."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import fmpq, fmpq_mat

from polybn.errors import ShapeError
from polybn.exact.matrix import Vector, rows_of, vector
from polybn.exact.rational import fraction


@dataclass(frozen=True)
class AffineMap:
    """The map x -> A x + b; `linear` has shape (outputs, inputs), `offset` has length outputs."""

    linear: fmpq_mat
    offset: Vector

    def __hash__(self) -> int:
        return hash((self.inputs, tuple(self.linear.entries()), self.offset))

    def __reduce__(self) -> tuple[object, ...]:
        """Through rows of rationals: flint's matrices do not pickle themselves."""
        return _of_rows, (rows_of(self.linear), self.offset)

    @property
    def inputs(self) -> int:
        """The dimension that the map takes."""
        return self.linear.ncols()

    @property
    def outputs(self) -> int:
        """The dimension that the map gives."""
        return self.linear.nrows()

    @property
    def slope(self) -> tuple[tuple[Fraction, ...], ...]:
        """A as rows of Fractions."""
        return tuple(tuple(fraction(entry) for entry in row) for row in self.linear.tolist())

    @property
    def bias(self) -> tuple[Fraction, ...]:
        """b as Fractions."""
        return tuple(fraction(entry) for entry in self.offset)

    def __iter__(self) -> Iterator[tuple[object, ...]]:
        """The pair (slope, bias), as in `A, b = region.affine`."""
        return iter((self.slope, self.bias))

    def __call__(self, point: Sequence[object]) -> tuple[Fraction, ...]:
        """A x + b as Fractions."""
        return tuple(fraction(entry) for entry in self.apply(vector(point, "point")))

    def apply(self, point: Vector) -> Vector:
        """A x + b; raises `ShapeError` when x has another dimension."""
        if len(point) != self.inputs:
            raise ShapeError(f"The point has {len(point)} coordinates and the map takes {self.inputs}.", point)
        image = self.linear * fmpq_mat(len(point), 1, list(point))
        return tuple(value + offset for value, offset in zip(image.entries(), self.offset, strict=True))

    def after(self, first: AffineMap) -> AffineMap:
        """The composition x -> self(first(x))."""
        return AffineMap(self.linear * first.linear, self.apply(first.offset))

    def scaled(self, factors: Vector, shifts: Vector) -> AffineMap:
        """x -> factors * (A x + b) + shifts, coordinate by coordinate."""
        rows = rows_of(self.linear)
        linear = [factor * entry for factor, row in zip(factors, rows, strict=True) for entry in row]
        offset = [f * b + s for f, b, s in zip(factors, self.offset, shifts, strict=True)]
        return AffineMap(fmpq_mat(self.outputs, self.inputs, linear), tuple(offset))


def identity(dimension: int) -> AffineMap:
    """x -> x."""
    entries = [fmpq(int(row == column)) for row in range(dimension) for column in range(dimension)]
    return AffineMap(fmpq_mat(dimension, dimension, entries), tuple(fmpq(0) for _ in range(dimension)))


def _of_rows(rows: list[Vector], offset: Vector) -> AffineMap:
    return AffineMap(fmpq_mat(len(rows), len(rows[0]), [entry for row in rows for entry in row]), offset)
