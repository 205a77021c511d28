"""Neighbours in a list of codes: a row carries a facet of its own only if the code with its sign flipped is a region's.

Let no row vanish on region R, and let g be a hyperplane (unit, breakpoint) of R, together with those that always
coincide with it (`facet_groups`), whose row is a positive multiple of no other row of R. If g carries a facet F of R,
then R's code with the signs of g's group flipped is the code of a region. For at a point x of F's relative interior
every other row of R is positive, being >= 0 on F and not zero on all of F, and x is in the open domain. Hyperplane
functions are continuous, so near x all others keep their signs; those of the group depend on units of earlier layers,
whose pieces are then the same near x, so they are affine there, multiples of one function, and take both signs. Where
g is negative, near x, the code is the flipped one.

So a row whose flipped code is absent from the complete list carries no facet, once it is certain that no other row is
its multiple. The converse fails: |h| > 1 has two sides that are apart.
"""

from __future__ import annotations

from typing import NamedTuple

from polybn.regions.kernels.compiled import compiled, once, part
from polybn.regions.kernels.facet_groups import Groups
from polybn.regions.kernels.floats import Floats, Integers
from polybn.regions.kernels.state import Codes

NOBODY = -1
"""No region."""


class Table(NamedTuple):
    """The regions, found by their codes."""

    codes: Codes
    """(regions, units) in increasing order"""
    points: Floats
    """(regions, d): inside, or floats next to a point inside."""
    hashes: Integers
    """(regions,): sum of weights times entries; weights are below 2^44, so that nothing overflows."""
    weights: Integers
    """(units,)"""
    places: Integers
    """(a power of two,): regions by hash."""


@compiled
def fill(hashes: Integers, places: Integers) -> None:
    """Open addressing: region i goes to the first free place from its hash on; ``places`` is full of -1 before."""
    mask = len(places) - 1
    for region in range(len(hashes)):
        place = hashes[region] & mask
        while places[place] != NOBODY:
            place = (place + 1) & mask
        places[place] = region


@once
def look_across(
    signs: Codes, groups: Groups, table: Table, region: int, flipped: Codes, first: int, neighbours: Integers
) -> None:
    """The region across each row from id ``first`` on, or ``NOBODY``; ``flipped`` (units,) is scratch."""
    for k in range(len(flipped)):
        flipped[k] = table.codes[region, k]
    for leader in range(first, len(neighbours)):
        neighbours[leader] = NOBODY
        if groups.leaders[leader] == leader:
            key = table.hashes[region]
            g = leader
            while g >= 0:
                step, column = -2 * signs[g], groups.columns[g]
                flipped[column] += step
                key += step * table.weights[column]
                g = groups.following[g]
            neighbours[leader] = _find(table, flipped, key)
            g = leader
            while g >= 0:
                flipped[groups.columns[g]] += 2 * signs[g]
                g = groups.following[g]


@part
def _find(table: Table, code: Codes, key: int) -> int:
    """The region with this code and hash, or ``NOBODY``."""
    mask = len(table.places) - 1
    place = key & mask
    while table.places[place] != NOBODY:
        other = table.places[place]
        same = True
        for k in range(len(code)):
            if table.codes[other, k] != code[k]:
                same = False
                break
        if same:
            return int(other)
        place = (place + 1) & mask
    return NOBODY
