"""Work in shares on any executor: the same result for any number of workers, and nothing is lost when one fails.

Sums of floats depend on how many threads add them up: with torch 2.13 on two cores the sum of 10^6 numbers, and the
gradient of a convolution, have other last bits with two threads than with one. So everything that is shared is computed
with one thread a process, alone or not; more cores are used by more processes.
"""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import RLock, Thread
from time import sleep
from typing import Any, TypeVar, cast

import torch

from polybn.errors import PolybnError
from polybn.regions.collect import executor_of
from polybn.statistical.claims.proposition_3 import SideRate, one_sided_rate
from polybn.statistical.claims.side_draws import Setting
from polybn.statistical.sampled import together
from polybn.statistical.whole_numbers import whole

Task = TypeVar("Task")
Result = TypeVar("Result")

WATCH = 0.05
"""Seconds between two looks at what is done."""
PARTS = 4
"""Ranges a worker, so that a slow one is waited for less."""
_ALONE = RLock()


def parts_of(count: int, parts: int) -> list[range]:
    """0, ..., count - 1 in so many consecutive ranges, whose lengths differ by one at most; some may be empty.

    >>> parts_of(7, 3)
    [range(0, 2), range(2, 4), range(4, 7)]
    """
    whole("count", count, "the shares", smallest=0)
    whole("parts", parts, "the shares")
    return [range(count * part // parts, count * (part + 1) // parts) for part in range(parts)]


def shared(
    work: Callable[[range], Result], count: int, *, executor: object = None, parts: int | None = None
) -> list[Result]:
    """work(range) for consecutive ranges of 0, ..., count - 1, in order, on an executor as in `as_done`.

    `work` must be a function of its numbers alone, and `sampled.together` (or another exact sum) merges what it finds;
    then neither executor nor `parts` changes the result. Raises what `work` raises.
    """
    ranges = parts_of(count, _parts(executor) if parts is None else parts)
    return [found for _, found in sorted(as_done(executor, work, ranges), key=lambda one: one[0])]


def shared_side_rate(
    setting: Setting, *, draws: int, seed: int, level: float = 0.95, device: str = "auto", executor: object = None
) -> SideRate:
    """`proposition_3.one_sided_rate` of draws 0, ..., draws - 1, shared: the same for any executor."""
    work = partial(_side_rate, setting, seed, level, device)
    found = shared(work, draws, executor=executor)
    suspects = tuple(number for one in found for number in one.suspects)
    return SideRate(setting, together(one.sampled for one in found), suspects)


def _side_rate(setting: Setting, seed: int, level: float, device: str, share: range) -> SideRate:
    return one_sided_rate(setting, draws=len(share), first=share.start, seed=seed, level=level, device=device)


def as_done(executor: object, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[int, Result]]:
    """Of every task its place and work(task), in the order in which they are done.

    `executor`: None, a number of processes, anything with `submit` (concurrent.futures, a dask client), or a
    joblib.Parallel, which tells of its tasks in rounds of one a worker. What fails there is done here, with a
    `RuntimeWarning`; a `PolybnError` is the task's own and is raised. Work and tasks are pickled.
    """
    given = executor_of(executor)
    if given is None or (isinstance(given, int) and len(tasks) < 2):
        yield from ((place, _alone(work, task)) for place, task in enumerate(tasks))
    elif isinstance(given, int):
        with _processes(min(given, len(tasks))) as pool:
            yield from _submitted(pool, work, tasks)
    elif hasattr(given, "submit"):
        yield from _submitted(given, work, tasks)
    else:
        yield from _in_rounds(given, work, tasks)


def _parts(executor: object) -> int:
    given = executor_of(executor)
    if given is None:
        return 1
    workers = given if isinstance(given, int) else getattr(given, "_max_workers", getattr(given, "n_jobs", None))
    return PARTS * (workers if isinstance(workers, int) and workers > 0 else os.cpu_count() or 1)


def _submitted(executor: Any, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[int, Result]]:
    failures: dict[int, Exception] = {}
    waiting = _begun(executor, work, tasks, failures)
    try:
        while waiting:
            done = [place for place, future in waiting.items() if future.done()]
            if not done:
                sleep(WATCH)
            for place in done:
                try:
                    found = waiting.pop(place).result()
                except PolybnError:
                    raise
                except Exception as error:
                    failures[place] = error
                else:
                    yield place, found
    finally:
        for future in waiting.values():
            future.cancel()
    if failures:
        _warn(next(iter(failures.values())), len(failures), len(tasks))
    yield from ((place, _alone(work, tasks[place])) for place in sorted(failures))


def _begun(
    executor: Any, work: Callable[[Task], Result], tasks: Sequence[Task], failures: dict[int, Exception]
) -> dict[int, Any]:
    """The future of each task that the executor takes."""
    found: dict[int, Any] = {}
    for place, task in enumerate(tasks):
        try:
            found[place] = executor.submit(_alone, work, task)
        except Exception as error:  # of whatever kind the executor raises
            failures[place] = error
    return found


def _in_rounds(executor: Any, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[int, Result]]:
    parallel = cast("Callable[[Iterable[Any]], Iterable[tuple[int, Result]]]", executor)
    jobs: int = executor.n_jobs or 1
    size = jobs if jobs > 0 else os.cpu_count() or 1
    for start in range(0, len(tasks), size):
        places = range(start, min(start + size, len(tasks)))
        try:
            found = list(parallel((_placed, (work, place, tasks[place]), {}) for place in places))
        except PolybnError:
            raise
        except Exception as error:
            _warn(error, len(tasks) - start, len(tasks))
            yield from ((place, _alone(work, tasks[place])) for place in range(start, len(tasks)))
            return
        yield from found


def _placed(work: Callable[[Task], Result], place: int, task: Task) -> tuple[int, Result]:
    return place, _alone(work, task)


@contextmanager
def _one_thread() -> Generator[None]:
    """Inside, torch computes with one thread, and no other thread of this process is inside.

    The number of threads and the default generator belong to the process, so threads that share them take turns.
    """
    with _ALONE:
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def _alone(work: Callable[[Task], Result], task: Task) -> Result:
    with _one_thread():
        return work(task)


def _warn(error: Exception, failed: int, count: int) -> None:
    warnings.warn(
        f"The executor failed at {failed} of {count} shares ({type(error).__name__}: {error}). "
        "Nothing is lost: they are computed in this process.",
        RuntimeWarning,
        stacklevel=3,
    )


@contextmanager
def _processes(count: int) -> Generator[ProcessPoolExecutor]:
    """New processes (a fork of one that has used a GPU cannot use it), which end at once when this one is left early.

    They watch a pipe whose other end is held here alone, so it closes even when this process is killed.
    """
    context = get_context("spawn")
    watched, held = context.Pipe(duplex=False)
    with watched, held:
        pool = ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=(watched,))
        try:
            yield pool
        except BaseException:
            held.close()
            pool.shutdown(cancel_futures=True)
            raise
        pool.shutdown()


def _begin(watched: Connection) -> None:
    """An interrupt is for the process that waits, which then closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with, args=(watched,), daemon=True).start()


def _end_with(watched: Connection) -> None:
    with suppress(OSError):
        watched.poll(None)
    os._exit(1)
