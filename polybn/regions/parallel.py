"""One enumeration on many cores or machines: shares of the tree of cuts, the same result for any number of workers."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary

from polybn.networks.integer import IntegerNetwork
from polybn.networks.network import Network
from polybn.regions import threads
from polybn.regions.cell import TooManyFacets
from polybn.regions.collect import Chunk
from polybn.regions.crew import Job, results, warn_of_failure
from polybn.regions.domain import Domain
from polybn.regions.handover import folder
from polybn.regions.kernels import driver, tree_leaves
from polybn.regions.kernels.driver import Leaves, prepared
from polybn.regions.kernels.residues import residues_of
from polybn.regions.share import Done, Share, Task, run_share, taken

PARTS = 3
"""A share is this part of what one worker would have of the leaves that are left, so the last ones are short."""
SHORTEST = 8
"""Shares a worker, at the most, if all were as short as the last."""
LEAVES = 128
"""Leaves a worker at the least, where there are so many, because they differ in size."""
GUESSED_WORKERS = 8
_PLANS: WeakKeyDictionary[IntegerNetwork, dict[tuple[Domain, str, int], Plan]] = WeakKeyDictionary()


class Plan(NamedTuple):
    """The task of all shares, pickled, and the leaves to be shared."""

    task: bytes
    name: str
    leaves: Leaves
    total: int
    is_compiled: bool
    """Whether compiled code does nearly all, so that threads do not wait for each other."""


def plan_of(network: Network, domain: Domain, engine: str, wanted: int) -> Plan:
    """The plan for so many leaves, kept for the next call: a wide network takes longer to write than to enumerate."""
    integer = network.integer
    kept = _PLANS.setdefault(integer, {})
    if (domain, engine, wanted) not in kept:
        if engine == "tree":
            tables = None
            depth, count = tree_leaves.leaves_of(integer, domain, wanted)
            leaves, is_compiled = Leaves(0, depth), tree_leaves.is_compiled(integer, domain, depth, count)
        else:
            tables = prepared(integer, domain)
            leaves, count = driver.leaves_of(tables, lambda: residues_of(integer, domain.rows), wanted)
            is_compiled = True
        task = pickle.dumps(Task(tables, pickle.dumps((network, domain))))
        kept.clear()
        kept[domain, engine, wanted] = Plan(task, f"task-{sha256(task).hexdigest()}", leaves, count, is_compiled)
    return kept[domain, engine, wanted]


def shares_of(count: int, workers: int) -> list[tuple[int, int]]:
    """Consecutive leaves, (from, until), in shares that become shorter."""
    bounds, least = [0], max(1, count // (SHORTEST * workers))
    while bounds[-1] < count:
        left = count - bounds[-1]
        bounds.append(bounds[-1] + min(left, max(least, left // (PARTS * workers))))
    return list(pairwise(bounds))


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
        number = self.executor if isinstance(self.executor, int) else getattr(self.executor, "_max_workers", None)
        workers = number or GUESSED_WORKERS
        plan = plan_of(self.network, self.domain, self.engine, LEAVES * workers)
        by_threads = isinstance(self.executor, int) and plan.is_compiled
        is_local = not by_threads and isinstance(self.executor, int | ProcessPoolExecutor)
        with folder() if is_local else nullcontext() as place:
            shares = list(_shares(plan, workers, place))
            if by_threads:
                found = threads.results(workers, run_share, shares)
            else:
                found = mapped(self.executor, run_share, shares, place)
            yield from self._chunks(shares, found)

    def _chunks(self, shares: Sequence[Share], results: Iterator[Done]) -> Iterator[Chunk]:
        for done in results:
            for layer, count in enumerate(done.counts):
                # Cells above the leaves are walked on the way to every share, and to the end for the last.
                self.counts[layer] = count + (self.counts[layer] if layer >= shares[0].leaves.layer else 0)
            yield from taken(done)


def _shares(plan: Plan, workers: int, place: str | None) -> Iterator[Share]:
    task = _placed(plan, place)
    for numbers in shares_of(plan.total, workers):
        yield Share(task, plan.leaves, numbers, place)


def _placed(plan: Plan, place: str | None) -> bytes | str:
    """The task in a file where there is a folder with room for it."""
    if place is None:
        return plan.task
    path = Path(place) / plan.name
    try:
        path.write_bytes(plan.task)
    except OSError:
        return plan.task
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
        yield from _in_parallel(parallel, work, shares)


def _in_parallel(
    parallel: Callable[[Iterable[Any]], Iterable[Done]], work: Callable[[Share], Done], shares: Sequence[Share]
) -> Iterator[Done]:
    """By a joblib.Parallel, which gives all results at once unless it is a generator."""
    given = 0
    try:
        for done in parallel((work, (share,), {}) for share in shares):
            yield done
            given += 1
    except (TooManyFacets, GeneratorExit):
        raise
    except Exception as error:  # of whatever kind it raises
        warn_of_failure(error, given, len(shares))
        for share in shares[given:]:
            yield work(share)


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
