"""Processes that are kept for the next call and take shares, with this one, until none is left.

A share is claimed by creating its file, which only one process can; its result is left as a file. So nothing waits for
a queue, and no share for a process that has another to do.
"""

from __future__ import annotations

import os
import pickle
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, NamedTuple

PATIENCE = 0.001
"""Seconds between two looks at what the others have left, when nothing is left to do here."""
WATCH = 5.0
"""Seconds between two looks whether the process that made this one is still there."""


class Job(NamedTuple):
    """`work` to be done for each share; the folder holds claims and results while the job lasts.

    An error of type `final` is the work's own, which would be raised in any process.
    """

    folder: str
    work: Callable[[Any], Any]
    shares: Sequence[Any]
    final: type[Exception]

    def claim(self, place: int) -> bool:
        """Whether the share is this process's to do: the first to ask has it."""
        try:
            os.close(os.open(f"{self.folder}/claim-{place}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def leave(self, place: int, result: Any) -> None:
        """Leave a result, all at once."""
        path = Path(self.folder) / f"part-{place}"
        path.write_bytes(pickle.dumps(result))
        path.rename(self._result(place))

    def result(self, place: int) -> Any:
        """What another process left, or None."""
        path = self._result(place)
        return pickle.loads(path.read_bytes()) if path.exists() else None

    def _result(self, place: int) -> Path:
        return Path(self.folder) / f"result-{place}"

    def serve(self) -> None:
        """Do shares until none is left, or the job is over."""
        try:
            for place, share in enumerate(self.shares):
                if self.claim(place):
                    self.leave(place, self.work(share))
        except FileNotFoundError:
            return


class Crew:
    """So many more processes, idle between jobs; they end with this one."""

    def __init__(self, size: int) -> None:
        self.members: list[tuple[Process, Connection]] = []
        for _ in range(size):
            ours, theirs = Pipe()
            process = Process(target=_member, args=(theirs, os.getpid()), daemon=True)
            process.start()
            theirs.close()
            self.members.append((process, ours))

    def begin(self, job: Job) -> None:
        """Give the job to all; one that has not ended its last job finds this one next."""
        for _, connection in self.members:
            connection.send(job)

    def wait(self, job: Job) -> None:
        """Wait a little; raises what went wrong with the job in a process, and `EOFError` when one has died."""
        for connection in wait([connection for _, connection in self.members], PATIENCE):
            assert isinstance(connection, Connection)
            folder, problem = connection.recv()
            if problem is not None and folder == job.folder:
                raise problem


def results(workers: int, job: Job, here: Callable[[Any], Any]) -> Iterator[Any]:
    """The job's results in order, from `workers` processes; this one is one of them, and does shares by `here`.

    Where a process fails, the rest is done here, with a warning.
    """
    own: dict[int, Any] = {}
    crew, following, count = _begun(workers - 1, job), 0, len(job.shares)
    for place in range(count):
        while (result := own.pop(place, None)) is None and (result := job.result(place)) is None:
            while following < count and not job.claim(following):
                following += 1
            if following < count:
                own[following] = here(job.shares[following])
                following += 1
            elif crew is None:
                own[place] = here(job.shares[place])
            else:
                try:
                    crew.wait(job)
                except job.final:
                    raise
                except Exception as error:
                    crew = _warned(error, place, count)
        yield result


def _begun(size: int, job: Job) -> Crew | None:
    """The crew at work, or None, with a warning, where it cannot be made or has died since."""
    try:
        crew = _crew(size, os.getpid())
        crew.begin(job)
    except OSError as error:
        return _warned(error, 0, len(job.shares))
    return crew


def _warned(error: Exception, place: int, count: int) -> None:
    """No crew from here on, nor for the next call."""
    _crew.cache_clear()
    warn_of_failure(error, place, count)


def warn_of_failure(error: Exception, place: int, count: int) -> None:
    """An executor is not used any more, and the rest is done here."""
    warnings.warn(
        f"The executor failed after {place} of {count} shares ({type(error).__name__}: {error}). "
        "Nothing is lost: the rest is enumerated in this process.",
        RuntimeWarning,
        stacklevel=4,
    )


@lru_cache(maxsize=1)
def _crew(size: int, process: int) -> Crew:
    """The processes, kept for the next call, which would wait longer for new ones than for most enumerations."""
    del process  # a fork has its own
    return Crew(size)


def _member(connection: Connection, parent: int) -> None:
    """A process of the crew: job after job, until the process that made it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the other process's to handle
    while True:
        while not connection.poll(WATCH):
            if os.getppid() != parent:
                return
        try:
            job = connection.recv()
        except EOFError:
            return
        try:
            job.serve()
            connection.send((job.folder, None))
        except Exception as error:
            connection.send((job.folder, error))
