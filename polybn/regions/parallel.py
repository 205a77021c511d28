"""One enumeration on many cores or machines: shares of the first layer's cells, the same result for any number."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary

import numpy as np

from polybn.exact.row import Point
from polybn.networks.integer import IntegerNetwork
from polybn.networks.network import Network
from polybn.regions.cell import TooManyFacets
from polybn.regions.collect import Arrays, Chunk
from polybn.regions.domain import Domain
from polybn.regions.kernels.driver import Prepared, Subdivision, prepared
from polybn.regions.kernels.residues import Residues, residues_of
from polybn.regions.kernels.state import Cells
from polybn.regions.kernels.tree_regions import SignTree

SHARES = 4
"""Shares a worker, so that a slow one does not hold up the rest."""
GUESSED_WORKERS = 8
_KEPT: WeakKeyDictionary[IntegerNetwork, dict[Domain, bytes]] = WeakKeyDictionary()


class Share(NamedTuple):
    """What a worker needs: tables and whole cells of the first layer, or the numbers of these cells."""

    pickled: bytes
    """The network and the domain, which the splitting engine seldom needs, and never all their rationals at once."""
    tables: Prepared | None
    cells: Cells | None
    numbers: tuple[int, int]


class Done(NamedTuple):
    """The regions of a share in increasing order of code, and the cells found after each layer but the first."""

    chunks: list[Arrays]
    counts: list[int]


def run_share(share: Share) -> Done:
    """The work of one share, in whatever process."""
    if share.tables is None or share.cells is None:
        network, domain = _unpickled(share.pickled)
        search = SignTree(network.integer, domain, share=share.numbers)
        chunks = [searched(search, regions) for regions in search.regions()]
        return Done(chunks, search.counts)
    run = Subdivision(share.tables, share.cells, 0, lambda: _residues(share.pickled))
    return Done([Arrays(*regions) for regions in run.regions()], run.counts.tolist())


def _pickled(network: Network, domain: Domain) -> bytes:
    """The pair as bytes, kept for the next call: a wide network takes longer to write than to enumerate."""
    kept = _KEPT.setdefault(network.integer, {})
    if domain not in kept:
        kept.clear()
        kept[domain] = pickle.dumps((network, domain))
    return kept[domain]


@lru_cache(maxsize=2)
def _unpickled(pickled: bytes) -> tuple[Network, Domain]:
    return pickle.loads(pickled)


@lru_cache(maxsize=2)
def _residues(pickled: bytes) -> Residues:
    network, domain = _unpickled(pickled)
    return residues_of(network.integer, domain.rows)


def searched(search: SignTree, regions: Any) -> Arrays:
    """A chunk of the sign-vector tree."""
    points: list[Point] = search.outside.points
    numbers: list[int] = regions.exact.tolist()
    exact = {index: points[number] for index, number in enumerate(numbers) if number >= 0}
    return Arrays(regions.codes, regions.witnesses, exact=exact)


class Parallel:
    """Regions from shares, in order; `counts` grows with them."""

    def __init__(self, network: Network, domain: Domain, engine: str, executor: object) -> None:
        self.network = network
        self.domain = domain
        self.engine = engine
        self.executor = executor
        self.counts = [0] * network.integer.depth

    def chunks(self) -> Iterator[Chunk]:
        """All regions in increasing order of code."""
        shares = list(self._shares())
        for done in mapped(self.executor, run_share, shares):
            for layer in range(1, len(self.counts)):
                self.counts[layer] += done.counts[layer]
            yield from done.chunks

    def _shares(self) -> Iterator[Share]:
        """Consecutive cells of the first layer, in shares of about the same number."""
        integer = self.network.integer
        workers = self.executor if isinstance(self.executor, int) else getattr(self.executor, "_max_workers", None)
        pieces = SHARES * (workers or GUESSED_WORKERS)
        pickled = _pickled(self.network, self.domain)
        if self.engine == "tree":
            first = SignTree(integer, self.domain, last=0)
            self.counts[0] = sum(len(regions.codes) for regions in first.regions())
            for start, stop in _ranges(self.counts[0], pieces):
                yield Share(pickled, None, None, (start, stop))
            return
        tables = prepared(integer, self.domain)
        run = Subdivision(tables, tables.root, -1, lambda: residues_of(integer, self.domain.rows))
        cells = run.cells_after(0)
        self.counts[0] = len(cells.sizes)
        for start, stop in _ranges(self.counts[0], pieces):
            yield Share(pickled, tables, _part(cells, start, stop), (start, stop))


def mapped(executor: object, work: Callable[[Share], Done], shares: Sequence[Share]) -> Iterator[Done]:
    """work(share) for every share, in order, on an executor; what fails there is done here, and said.

    `executor`: a number of processes, anything with `submit` (concurrent.futures, a dask client), or a joblib.Parallel.
    """
    if isinstance(executor, int):
        with ProcessPoolExecutor(executor) as pool:
            yield from _submitted(pool, work, shares)
    elif hasattr(executor, "submit"):
        yield from _submitted(executor, work, shares)
    else:
        parallel = cast("Callable[[Iterable[Any]], Iterable[Done]]", executor)
        yield from parallel((work, (share,), {}) for share in shares)


def _submitted(executor: Any, work: Callable[[Share], Done], shares: Sequence[Share]) -> Iterator[Done]:
    futures: list[Any] = []
    is_broken = False
    for place, share in enumerate(shares):
        try:
            while not is_broken and len(futures) < len(shares):
                futures.append(executor.submit(work, shares[len(futures)]))
            if not is_broken:
                yield futures[place].result()
                continue
        except TooManyFacets:
            raise
        except Exception as error:  # of whatever kind the executor raises
            is_broken = True
            warnings.warn(
                f"The executor failed after {place} of {len(shares)} shares ({type(error).__name__}: {error}). "
                "Nothing is lost: the rest is enumerated in this process.",
                RuntimeWarning,
                stacklevel=2,
            )
        yield work(share)


def _ranges(total: int, pieces: int) -> Iterator[tuple[int, int]]:
    bounds = np.linspace(0, total, min(pieces, total) + 1).astype(int).tolist()
    return ((start, stop) for start, stop in pairwise(bounds) if start < stop)


def _part(cells: Cells, start: int, stop: int) -> Cells:
    """Cells start, ..., stop - 1."""
    vertices = np.concatenate([[0], np.cumsum(cells.sizes[:, 0])])
    pairs = np.concatenate([[0], np.cumsum(cells.sizes[:, 1])])
    v, p = slice(vertices[start], vertices[stop]), slice(pairs[start], pairs[stop])
    one = slice(start, stop)
    return Cells(
        cells.codes[one], cells.sizes[one], cells.vertices[v], cells.masks[v], cells.slots[one], cells.pairs[p]
    )
