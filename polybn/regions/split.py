"""Exact cell subdivision: every layer cuts each cell of the layer before, in integers (Eq. 20-22)."""

from __future__ import annotations

from collections.abc import Iterator

from flint import fmpz_mat

from polybn.exact.row import Row
from polybn.networks.integer import IntegerNetwork
from polybn.regions.cell import Cell
from polybn.regions.domain import Domain
from polybn.regions.polytope import CellPolytope, common_sign, polytope_of, touched

Part = tuple[list[int], CellPolytope]
"""The signs of a layer's hyperplanes on a cell, and the cell."""


def split(network: IntegerNetwork, domain: Domain, counts: list[int], *, exact: bool = False) -> Iterator[Cell]:
    """All cells, depth first; all-integer, so `exact` changes nothing. Memory: one path of the tree of cells."""
    del exact
    first_ids = _first_ids(network, len(domain.rows))
    stack: list[tuple[int, CellPolytope, fmpz_mat, tuple[int, ...]]] = [(0, polytope_of(domain), network.start(), ())]
    while stack:
        layer, polytope, state, code = stack.pop()
        if layer == network.depth:
            yield _finished(polytope, code)
            continue
        preactivations = network.preactivations(layer, state)
        parts = split_layer(polytope, network.hyperplanes(layer, preactivations), first_ids[layer])
        counts[layer] += len(parts)
        for signs, part in reversed(parts):
            own = network.code(layer, signs)
            last = layer == network.depth - 1
            after = state if last else network.activate(layer, preactivations, own)
            stack.append((layer + 1, part, after, code + own))


def split_layer(polytope: CellPolytope, rows: fmpz_mat, first_id: int) -> list[Part]:
    """The parts into which one layer's hyperplanes cut one cell; hyperplane j has id first_id + j.

    A row that vanishes on the cell has sign 0 and cuts nothing; one that touches a facet is recorded on it.
    """
    columns = [entry for vertex in polytope.vertices for entry in vertex]
    count = len(polytope.vertices)
    at_vertices = (rows * fmpz_mat(count, polytope.dimension + 1, columns).transpose()).entries()
    signs: list[int] = []
    crossing: list[int] = []
    for index in range(rows.nrows()):
        values = at_vertices[index * count : (index + 1) * count]
        sign = common_sign(values)
        if sign is None:
            crossing.append(index)
        else:
            polytope = touched(polytope, values, sign, first_id + index)
        signs.append(sign or 0)
    table = rows.tolist() if crossing else []
    parts: list[Part] = [(signs, polytope)]
    for index in crossing:
        row = tuple(table[index])
        parts = [child for part in parts for child in _cut_part(part, row, index, first_id + index)]
    return parts


def _cut_part(part: Part, row: Row, index: int, owner: int) -> list[Part]:
    """The part, or its two halves; its list of signs is completed in place."""
    signs, polytope = part
    values = polytope.values(row)
    sign = common_sign(values)
    if sign is not None:
        signs[index] = sign
        return [(signs, touched(polytope, values, sign, owner))]
    above, below = polytope.cut(row, owner, values)
    mirrored = signs.copy()
    signs[index], mirrored[index] = 1, -1
    return [(signs, above), (mirrored, below)]


def _first_ids(network: IntegerNetwork, first: int) -> list[int]:
    """The id of each layer's first hyperplane; the domain's rows come first."""
    ids = [first]
    for layer in range(network.depth):
        ids.append(ids[-1] + network.hyperplane_count(layer))
    return ids


def _finished(polytope: CellPolytope, code: tuple[int, ...]) -> Cell:
    facets = tuple(tuple(sorted(owners)) for _, (_, owners) in sorted(polytope.facets.items()))
    return Cell(code, polytope.interior_point(), facets)
