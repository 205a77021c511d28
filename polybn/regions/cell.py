"""What an engine yields: one full-dimensional cell of the partition."""

from __future__ import annotations

from typing import NamedTuple

from flint import fmpz


class TooManyFacets(Exception):
    """A cell has more facets than an engine has room for; another engine has to do it."""


class Cell(NamedTuple):
    """A region as an engine hands it out.

    `code`: one small integer a hidden unit, all layers in a row. `witness`: a strictly interior rational point,
    homogeneous. `facets`: for each facet the ids of the hyperplanes that contain it, or None when the engine leaves
    them to be found on demand. Ids 0 .. 2d-1 are the rows of the domain; then the hyperplanes (unit, breakpoint) of
    the layers in order.
    """

    code: tuple[int, ...]
    witness: tuple[fmpz, ...]
    facets: tuple[tuple[int, ...], ...] | None
