"""The region that contains x + e v_1 + e^2 v_2 + ... for all small e > 0: a code next to a point on many boundaries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flint import fmpz, fmpz_mat

from polybn.errors import InternalError
from polybn.exact.row import Point, Row
from polybn.networks.integer import IntegerNetwork


class Perturbed(NamedTuple):
    """`code`: one entry a hidden unit. `signs`: one a hyperplane. `rows`: each hyperplane's, >= 0 on the region; the
    zero row, with sign 0, where a unit is at its breakpoint on all of it."""

    code: tuple[int, ...]
    signs: tuple[int, ...]
    rows: tuple[Row, ...]


def perturbed(network: IntegerNetwork, point: Point, directions: Sequence[Sequence[fmpz]]) -> Perturbed:
    """The code of x + e v_1 + e^2 v_2 + ... for all small e > 0, by an exact directional forward pass.

    The sign of a row a.y + b there is the sign of the first non-zero of a.x + b, a.v_1, a.v_2, ... So, layer by layer,
    the row of each unit there is known, and the affine map that the next layer sees. The directions must lead into a
    region: any d independent ones do, and from the relative interior of a facet one direction across it does.
    Raises `InternalError` when they do not: a row that is not zero then has only zeros. Cost: one forward pass.
    """
    columns = [list(point), *([*direction, fmpz(0)] for direction in directions)]
    places = fmpz_mat(columns).transpose()
    state = network.start()
    code: list[int] = []
    signs: list[int] = []
    rows: list[Row] = []
    for layer in range(network.depth):
        preactivations = network.preactivations(layer, state)
        hyperplanes = network.hyperplanes(layer, preactivations)
        values = (hyperplanes * places).tolist()
        own = [_first_sign(entries) for entries in values]
        for sign, row in zip(own, hyperplanes.tolist(), strict=True):
            if sign == 0 and any(row):
                raise InternalError("The directions do not lead into the interior of a region.", point)
            rows.append(tuple(-a for a in row) if sign < 0 else tuple(row))
        entries = network.code(layer, own)
        state = network.activate(layer, preactivations, entries)
        code.extend(entries)
        signs.extend(own)
    return Perturbed(tuple(code), tuple(signs), tuple(rows))


def _first_sign(values: Sequence[fmpz]) -> int:
    """The sign of the first value that is not zero, or 0."""
    return next((1 if value > 0 else -1 for value in values if value != 0), 0)
