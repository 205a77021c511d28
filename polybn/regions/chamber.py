"""A chamber: a cell of the first layers, with the hyperplanes that the next layer draws through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import fmpz_mat

from polybn.exact.row import Point, Row
from polybn.networks.integer import IntegerNetwork


@dataclass(frozen=True, slots=True)
class Chamber:
    """A full-dimensional cell of the layers before ``layer``, as signed rows, and the rows of ``layer`` on it."""

    layer: int
    code: tuple[int, ...]
    signs: tuple[int, ...]
    """-1, 0 or 1 for every hyperplane of the layers before, in order; 0 where the row vanishes on the chamber."""
    rows: tuple[Row, ...]
    """The domain's rows, then one row for every sign: > 0 on the chamber, or zero."""
    matrix: fmpz_mat
    """The rows that are not zero."""
    preactivations: fmpz_mat
    hyperplanes: tuple[Row, ...]
    opposite: tuple[Row, ...]
    hyperplane_matrix: fmpz_mat

    @staticmethod
    def root(network: IntegerNetwork, domain_rows: Sequence[Row]) -> Chamber:
        """The whole domain, before the first layer."""
        return _chamber(network, 0, (), (), tuple(domain_rows), network.start())

    def child(self, network: IntegerNetwork, signs: Sequence[int]) -> Chamber:
        """The sub-cell with these signs of all of the layer's hyperplanes, before the next layer."""
        code = network.code(self.layer, signs)
        state = network.activate(self.layer, self.preactivations, code)
        rows = self.signed_rows(signs)
        return _chamber(network, self.layer + 1, (*self.code, *code), (*self.signs, *signs), rows, state)

    def signed_rows(self, signs: Sequence[int]) -> tuple[Row, ...]:
        """The rows of the sub-cell with these signs of the first ``len(signs)`` hyperplanes."""
        sides = zip(signs, self.hyperplanes, self.opposite, strict=False)
        return (*self.rows, *(positive if s >= 0 else negative for s, positive, negative in sides))

    def side(self, index: int, sign: int) -> Row:
        """The row that is positive where hyperplane ``index`` has this sign."""
        return self.hyperplanes[index] if sign > 0 else self.opposite[index]

    def signs_at(self, point: Point) -> list[int] | None:
        """The sign of every hyperplane of the layer at a point, or None for a point not strictly inside the chamber."""
        column = fmpz_mat(len(point), 1, list(point))
        if any(value <= 0 for value in (self.matrix * column).entries()):
            return None
        return [(value > 0) - (value < 0) for value in (self.hyperplane_matrix * column).entries()]


def _chamber(
    network: IntegerNetwork,
    layer: int,
    code: tuple[int, ...],
    signs: tuple[int, ...],
    rows: tuple[Row, ...],
    state: fmpz_mat,
) -> Chamber:
    width = network.dimension + 1
    preactivations = network.preactivations(layer, state)
    matrix = network.hyperplanes(layer, preactivations)
    entries = matrix.entries()
    hyperplanes = tuple(tuple(entries[i : i + width]) for i in range(0, len(entries), width))
    opposite = tuple(tuple(-a for a in row) for row in hyperplanes)
    present = [row for row in rows if any(row)]
    inside = fmpz_mat(len(present), width, [a for row in present for a in row])
    return Chamber(layer, code, signs, rows, inside, preactivations, hyperplanes, opposite, matrix)
