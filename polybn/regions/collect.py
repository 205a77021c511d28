"""Regions gathered within a budget: cells one by one from the exact engines, or chunks of arrays from a kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from time import monotonic
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from polybn.errors import InputError
from polybn.exact.rational import brief
from polybn.exact.row import Point
from polybn.regions.cell import Cell, TooManyFacets
from polybn.regions.facet_table import FacetTable
from polybn.regions.witnesses import Witnesses

CELLS = 256
TABLE = ("facets", "owners", "ids")


class Progress(NamedTuple):
    """How far an enumeration is: regions listed, and seconds since it began."""

    regions: int
    seconds: float

    @property
    def rate(self) -> float:
        """Regions a second."""
        return self.regions / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True)
class Budget:
    """Where an enumeration stops before its end: so many regions in all, or so many seconds of this call.

    It stops between chunks of some thousand regions, so a few more may be listed.
    """

    regions: int | None = None
    seconds: float | None = None

    def is_spent(self, progress: Progress) -> bool:
        """Whether to stop here."""
        by_count = self.regions is not None and progress.regions >= self.regions
        return by_count or (self.seconds is not None and progress.seconds >= self.seconds)


def budget_of(given: object) -> Budget:
    """A `Budget`, or one of so many regions; None is no bound."""
    if given is None:
        return Budget()
    if isinstance(given, Budget):
        return given
    if isinstance(given, int) and not isinstance(given, bool) and given > 0:
        return Budget(regions=given)
    raise InputError(
        f"budget is {brief(given)}; write the most regions to list, as in budget=100000, "
        "or pb.Budget(regions=..., seconds=...).",
        given,
    )


def executor_of(given: object) -> object:
    """A number of workers, or an executor; None and 1 are no executor."""
    if given is None or (isinstance(given, int) and not isinstance(given, bool) and given == 1):
        return None
    is_number = isinstance(given, int) and not isinstance(given, bool) and given > 1
    if is_number or hasattr(given, "submit") or (callable(given) and hasattr(given, "n_jobs")):
        return given
    raise InputError(
        f"executor is {brief(given)}; write a number of workers, a concurrent.futures executor, "
        "a dask client or a joblib.Parallel.",
        given,
    )


@dataclass(frozen=True)
class Arrays:
    """Some finished regions from a kernel, after those of the chunks before in increasing order of code."""

    codes: NDArray[np.int8]
    witnesses: NDArray[np.float64]
    """(regions, d): scaled floats; NaN where the point has to be found."""
    facets: NDArray[np.int32] | None = None
    """Facets a region; None where the engine leaves them to be found."""
    owners: NDArray[np.int32] | None = None
    """Owners a facet."""
    ids: NDArray[np.int32] | None = None
    exact: Mapping[int, Point] = field(default_factory=dict[int, Point])
    """Exact points of some regions of the chunk, in the place of their floats."""


Chunk = list[Cell] | Arrays


@dataclass
class Gathering:
    """The regions gathered so far, and the chunks still to come."""

    chunks: Iterator[Chunk]
    scales: NDArray[np.int64]
    counts: Callable[[], Sequence[int]]
    """Cells found after each layer so far."""
    instead: Callable[[], Gathering] | None = None
    """How to begin again when the engine finds a cell that is too large for it."""
    settled: Callable[[], int] | None = None
    """Questions so far that floats left open and exact arithmetic answered, where the engine counts them."""
    gathered: list[Chunk] = field(default_factory=list[Chunk])

    def go_on(self, budget: Budget, report: Callable[[Progress], None] | None = None) -> str:
        """Takes chunks until the end, the budget or an interrupt; "" at the end, else why it stopped."""
        start = monotonic()
        progress = Progress(sum(map(_size, self.gathered)), 0.0)
        try:
            for chunk in self.chunks:
                # Only a chunk more tells that the enumeration is not at its end; it is kept for later.
                if budget.is_spent(progress) and progress.regions > 0:
                    self.chunks = chain([chunk], self.chunks)
                    return "the budget is spent"
                self.gathered.append(chunk)
                progress = Progress(progress.regions + _size(chunk), monotonic() - start)
                if report is not None:
                    report(progress)
        except KeyboardInterrupt:
            return "interrupted"
        except TooManyFacets:
            if self.instead is None:
                raise
            other = self.instead()
            self.chunks, self.scales, self.counts = other.chunks, other.scales, other.counts
            self.instead = self.settled = None
            self.gathered.clear()
            return self.go_on(budget, report)
        return ""

    def arrays(self, units: int, dimension: int) -> tuple[NDArray[np.int8], Witnesses, FacetTable | None]:
        """Codes, witnesses and facets (None where the engine left them) in increasing order of code."""
        cells = [cell for chunk in self.gathered if isinstance(chunk, list) for cell in chunk]
        if cells:
            return _sorted(cells, units, dimension)
        codes = self._joined_codes(units)
        chunks = [chunk for chunk in self.gathered if isinstance(chunk, Arrays)]
        floats = _joined([chunk.witnesses for chunk in chunks], (0, dimension), np.float64)
        witnesses = Witnesses(floats, self.scales, _numbered(chunks))
        parts = [[part for chunk in chunks if (part := getattr(chunk, name)) is not None] for name in TABLE]
        if len(parts[0]) < len(chunks):
            return codes, witnesses, None
        return codes, witnesses, FacetTable.of_counts(*(_joined(part, (0,), np.int32) for part in parts))

    def _joined_codes(self, units: int) -> NDArray[np.int8]:
        """The codes of all chunks in one array, of which the chunks keep views: their own memory is given back."""
        codes = np.empty((sum(map(_size, self.gathered)), units), dtype=np.int8)
        start = 0
        for place, chunk in enumerate(self.gathered):
            if isinstance(chunk, Arrays):
                stop = start + len(chunk.codes)
                codes[start:stop] = chunk.codes
                self.gathered[place] = replace(chunk, codes=codes[start:stop])
                start = stop
        return codes


def cells_in_chunks(cells: Iterable[Cell]) -> Iterator[Chunk]:
    """Cells in lists, so that a budget can stop between them."""
    source = iter(cells)
    while batch := list(islice(source, CELLS)):
        yield batch


def _numbered(chunks: list[Arrays]) -> dict[int, Point]:
    """The exact points by region."""
    found: dict[int, Point] = {}
    start = 0
    for chunk in chunks:
        found.update((start + index, point) for index, point in chunk.exact.items())
        start += len(chunk.codes)
    return found


def _sorted(cells: list[Cell], units: int, dimension: int) -> tuple[NDArray[np.int8], Witnesses, FacetTable | None]:
    codes = np.array([cell.code for cell in cells], dtype=np.int8).reshape(len(cells), units)
    order: list[int] = (np.lexsort(codes.T[::-1]) if units else np.arange(len(cells))).tolist()
    given = [facets for index in order if (facets := cells[index].facets) is not None]
    witnesses = Witnesses.of_points([cells[index].witness for index in order], dimension)
    return codes[order], witnesses, FacetTable.of(given) if len(given) == len(cells) else None


def _size(chunk: Chunk) -> int:
    return len(chunk) if isinstance(chunk, list) else len(chunk.codes)


def _joined(parts: list[NDArray[Any]], shape: tuple[int, ...], kind: type[np.generic]) -> NDArray[Any]:
    """The parts one after the other."""
    if len(parts) == 1:
        return parts[0]
    return np.concatenate([np.zeros(shape, dtype=kind), *parts])
