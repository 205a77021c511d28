"""What an engine yields: one full-dimensional cell of the partition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from flint import fmpz

from polybn.networks.integer import IntegerNetwork
from polybn.regions.domain import Domain


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


class Engine(Protocol):
    """Enumerates the cells of a network in a domain, each once, and adds the cells after each layer to `counts`."""

    def __call__(
        self, network: IntegerNetwork, domain: Domain, counts: list[int], *, exact: bool = False
    ) -> Iterator[Cell]: ...
