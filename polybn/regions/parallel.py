"""One enumeration on many cores or machines: shares of the tree of cuts, the same result for any number of workers."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary

import numpy as np

from polybn.exact.row import Point
from polybn.networks.integer import IntegerNetwork
from polybn.networks.network import Network
from polybn.regions.cell import TooManyFacets
from polybn.regions.collect import Arrays, Chunk
from polybn.regions.crew import Job, results, warn_of_failure
from polybn.regions.domain import Domain
from polybn.regions.handover import Left, folder, leave, take
from polybn.regions.kernels import driver, tree_regions
from polybn.regions.kernels.driver import Leaves, Prepared, Subdivision, prepared
from polybn.regions.kernels.residues import Residues, residues_of
from polybn.regions.kernels.tree_regions import SignTree

SHARES = 4
"""Shares a worker, so that a slow one does not hold up the rest."""
LEAVES = 8
"""Leaves a share, because they differ in size."""
GUESSED_WORKERS = 8
ARRAYS = ("codes", "witnesses", "facets", "owners", "ids")
_KEPT: WeakKeyDictionary[IntegerNetwork, dict[Domain, bytes]] = WeakKeyDictionary()


class Task(NamedTuple):
    """What all shares have in common."""

    tables: Prepared | None
    """For the splitting engine."""
    pickled: bytes
    """The network and the domain, which the splitting engine seldom needs, and never all their rationals at once."""


class Share(NamedTuple):
    """What a worker needs: the task, pickled or in a file, the leaves, and which of them are its own."""

    task: bytes | str
    leaves: Leaves
    numbers: tuple[int, int]
    folder: str | None
    """Where to leave the regions on this machine; None: they are returned."""


class Done(NamedTuple):
    """The regions of a share in increasing order of code, and the cells found after each layer."""

    chunks: list[Arrays]
    counts: list[int]
    left: Left | None = None
    """The arrays of the chunks, which are empty then."""


def run_share(share: Share) -> Done:
    """The work of one share, in whatever process."""
    task = _task(share.task)
    if task.tables is None:
        network, domain = _unpickled(task.pickled)
        search = SignTree(network.integer, domain, depth=share.leaves.next, share=share.numbers)
        chunks = [searched(search, regions) for regions in search.regions()]
        return _returned(Done(chunks, search.counts), share.folder)
    run = Subdivision(task.tables, lambda: _residues(task.pickled), share.leaves, share.numbers)
    chunks = [Arrays(*regions) for regions in run.regions()]
    return _returned(Done(chunks, run.counts.tolist()), share.folder)


def _returned(done: Done, folder: str | None) -> Done:
    """The result with its arrays left in the folder, if there is one and it has room."""
    left = leave(folder, [getattr(chunk, name) for chunk in done.chunks for name in ARRAYS])
    if left is None:
        return done
    none = Arrays(np.zeros((0, 0), dtype=np.int8), np.zeros((0, 0)))
    return Done([replace(none, exact=chunk.exact) for chunk in done.chunks], done.counts, left)


def _taken(done: Done) -> list[Arrays]:
    """The chunks of a result with their arrays."""
    if done.left is None:
        return done.chunks
    arrays = take(done.left)
    size = len(ARRAYS)
    return [
        replace(chunk, **dict(zip(ARRAYS, arrays[index * size : (index + 1) * size], strict=True)))
        for index, chunk in enumerate(done.chunks)
    ]


@lru_cache(maxsize=2)
def _task(given: bytes | str) -> Task:
    return pickle.loads(Path(given).read_bytes() if isinstance(given, str) else given)


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
        if isinstance(self.executor, int | ProcessPoolExecutor):
            with folder() as place:
                yield from self._chunks(place)
        else:
            yield from self._chunks(None)

    def _chunks(self, place: str | None) -> Iterator[Chunk]:
        shares = list(self._shares(place))
        for done in mapped(self.executor, run_share, shares, place):
            for layer, count in enumerate(done.counts):
                # Cells above the leaves are walked in every share.
                self.counts[layer] = count + (self.counts[layer] if layer >= shares[0].leaves.layer else 0)
            yield from _taken(done)

    def _shares(self, place: str | None) -> Iterator[Share]:
        """Consecutive leaves, in shares of about the same number."""
        integer = self.network.integer
        workers = self.executor if isinstance(self.executor, int) else getattr(self.executor, "_max_workers", None)
        pieces = SHARES * (workers or GUESSED_WORKERS)
        wanted = LEAVES * pieces
        if self.engine == "tree":
            tables = None
            depth, count = tree_regions.leaves_of(integer, self.domain, wanted)
            leaves = Leaves(0, depth)
        else:
            tables = prepared(integer, self.domain)
            leaves, count = driver.leaves_of(tables, lambda: residues_of(integer, self.domain.rows), wanted)
        task = _placed(pickle.dumps(Task(tables, _pickled(self.network, self.domain))), place)
        bounds = np.linspace(0, count, min(pieces, count) + 1).astype(int).tolist()
        for start, stop in pairwise(bounds):
            yield Share(task, leaves, (start, stop), place)


def _placed(task: bytes, place: str | None) -> bytes | str:
    """The task in a file where there is a folder with room for it."""
    if place is None:
        return task
    path = Path(place) / "task"
    try:
        path.write_bytes(task)
    except OSError:
        return task
    return str(path)


def mapped(
    executor: object, work: Callable[[Share], Done], shares: Sequence[Share], place: str | None
) -> Iterator[Done]:
    """work(share) for every share, in order, on an executor; what fails there is done here, and said.

    `executor`: a number of processes, this one among them, anything with `submit` (concurrent.futures, a dask client),
    or a joblib.Parallel. `place`: a folder on this machine, which a number of processes works through.
    """
    if isinstance(executor, int) and place is not None:
        job = Job(place, work, shares, TooManyFacets)
        yield from results(executor, job, lambda share: work(share._replace(folder=None)))
    elif isinstance(executor, int):
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
            warn_of_failure(error, place, len(shares))
        yield work(share)
