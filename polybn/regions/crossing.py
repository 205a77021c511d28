"""From a region across one of its facets: a point of the facet's relative interior, and the region behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flint import fmpq, fmpz

from polybn.errors import InternalError
from polybn.exact.farkas import Farkas
from polybn.exact.feasibility import positive_side, step_off
from polybn.exact.matrix import primitive
from polybn.exact.row import Point, Row, evaluate
from polybn.networks.integer import IntegerNetwork
from polybn.regions.perturbed import Perturbed, perturbed
from polybn.regions.redundancy import facets_of


class LocalRegion(NamedTuple):
    """A region of the network in a bounded domain: what `perturbed` knows of it, and a strictly interior point."""

    own: Perturbed
    witness: Point


class Wall(NamedTuple):
    """A facet of a cell inside the domain: its inward row, and its face code, the signs on its relative interior."""

    row: Row
    face: tuple[int, ...]
    others: tuple[Row, ...]
    """The domain's rows and the rows of the cell's other facets."""


def walls(cell: LocalRegion, domain_rows: Sequence[Row]) -> list[Wall]:
    """The facets of a cell that are not on the boundary of the domain; ``domain_rows[:2 d]`` are a box.

    The sets of points with one full sign vector are convex, so a face code names one facet, and both of its regions
    compute the same one (`shared_facets`).
    """
    first = len(domain_rows)
    everything = (*domain_rows, *cell.own.rows)
    groups = facets_of(cell.own.rows, domain_rows, cell.witness)
    found: list[Wall] = []
    for owners in groups:
        if owners[0] >= first:
            signs = list(cell.own.signs)
            for owner in owners:
                signs[owner - first] = 0
            beside = [everything[other[0]] for other in groups if other != owners and other[0] >= first]
            found.append(Wall(everything[owners[0]], tuple(signs), (*domain_rows, *beside)))
    return found


def behind(network: IntegerNetwork, cell: LocalRegion, wall: Wall, domain_rows: Sequence[Row]) -> LocalRegion:
    """The cell on the other side of a facet.

    Near a point of the facet's relative interior the other side is one half-ball of one region. For suppose that the
    earlier layers are affine there, so h is too. If h is not 0 at the point, its sign is constant nearby. If it is,
    then h, which keeps its sign on the cell and is affine there, is 0 on all of the facet, hence by continuity a
    multiple of the facet's row on the other side, and the derivative along the outward normal has its sign.
    """
    outward = tuple(-a for a in wall.row)
    place = _on_wall(cell.witness, wall)
    own = perturbed(network, place, [outward[:-1]])
    return LocalRegion(own, step_off((*domain_rows, *own.rows), outward, place))


def _on_wall(witness: Point, wall: Wall) -> Point:
    """A point of the facet's relative interior: its row is 0 and the others are > 0.

    The ray from the witness along the normal serves when it meets the facet first; else the segment to a point that
    only the facet's row cuts off, which there is because the row is irredundant.
    """
    depth = fmpq(evaluate(wall.row, witness), sum((a * a for a in wall.row[:-1]), fmpz(0)))
    straight = [x * depth.q - depth.p * a for x, a in zip(witness[:-1], wall.row[:-1], strict=True)]
    place = primitive((*straight, witness[-1] * depth.q))
    if all(evaluate(row, place) > 0 for row in wall.others):
        return place
    beyond = positive_side(wall.others, tuple(-a for a in wall.row), witness)
    if isinstance(beyond, Farkas):
        raise InternalError("A facet's row follows from the other rows.", wall)
    inner, outer = evaluate(wall.row, witness), -evaluate(wall.row, beyond)
    return primitive([outer * a + inner * b for a, b in zip(witness, beyond, strict=True)])
