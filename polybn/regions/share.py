"""The work of one share of an enumeration, in whatever process."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import local
from typing import Any, NamedTuple

import numpy as np

from polybn.exact.row import Point
from polybn.networks.network import Network
from polybn.regions.collect import Arrays
from polybn.regions.domain import Domain
from polybn.regions.handover import Left, leave, take
from polybn.regions.kernels.driver import Leaves, Prepared, Subdivision
from polybn.regions.kernels.residues import Residues, residues_of
from polybn.regions.kernels.tree_regions import SignTree

ARRAYS = ("codes", "witnesses", "facets", "owners", "ids")


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
    """The regions of a share in increasing order of code, and the cells found after each layer.

    Of the layers above the leaves these are the cells on the way to the end of the share.
    """

    chunks: list[Arrays]
    counts: list[int]
    left: Left | None = None
    """The arrays of the chunks, which are empty then."""


class Run(NamedTuple):
    """An enumeration that has done some shares of a task, kept for a later share: it need not walk to that again."""

    task: bytes | str
    engine: Subdivision | SignTree
    stop: int
    """The first leaf after those shares."""


class _Kept(local):
    """The last run of each thread."""

    run: Run | None = None


_KEPT = _Kept()


def run_share(share: Share) -> Done:
    """The work of one share, in whatever process."""
    run, _KEPT.run = _KEPT.run, None  # a run that fails is not gone on with
    start, stop = share.numbers
    engine = run.engine if run is not None and run.task == share.task and run.stop <= start else _engine(share)
    before = list(map(int, engine.counts))
    if isinstance(engine, SignTree):
        chunks = [searched(engine, regions) for regions in engine.share(start, stop)]
    else:
        chunks = [Arrays(*regions) for regions in engine.share(start, stop)]
    counts = [
        count - (before[layer] if layer >= share.leaves.layer else 0)
        for layer, count in enumerate(map(int, engine.counts))
    ]
    _KEPT.run = Run(share.task, engine, stop)
    return _returned(Done(chunks, counts), share.folder)


def _engine(share: Share) -> Subdivision | SignTree:
    """The enumeration at its beginning."""
    task = _task(share.task)
    if task.tables is not None:
        return Subdivision(task.tables, lambda: _residues(task.pickled), share.leaves)
    network, domain = _unpickled(task.pickled)
    return SignTree(network.integer, domain, depth=share.leaves.next)


def _returned(done: Done, folder: str | None) -> Done:
    """The result with its arrays left in the folder, if there is one and it has room."""
    left = leave(folder, [getattr(chunk, name) for chunk in done.chunks for name in ARRAYS])
    if left is None:
        return done
    none = Arrays(np.zeros((0, 0), dtype=np.int8), np.zeros((0, 0)))
    return Done([replace(none, exact=chunk.exact) for chunk in done.chunks], done.counts, left)


def taken(done: Done) -> list[Arrays]:
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
