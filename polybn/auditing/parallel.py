"""One audit on several cores: claims are independent, so each is decided in whatever process is free."""

from __future__ import annotations

import signal
import warnings
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, fields
from multiprocessing import Array, active_children
from typing import Any

from polybn.auditing.audit import Report, audit, report_of
from polybn.auditing.hunt import Progress
from polybn.claims import Claim, claim_of
from polybn.claims.candidate import normalization_of
from polybn.claims.verdict import Verdict
from polybn.claims.view import Instance
from polybn.networks.normalization import Normalization

POLL = 0.2
"""Seconds between two looks at how far the others are."""

Named = tuple[str, Instance]


@dataclass(frozen=True)
class Job:
    """An audit of the claims with these ids, all registered ones: what a process needs to decide one of them."""

    normalization: type[Normalization] | Normalization
    claims: tuple[str, ...]
    examples: int
    seed: int
    instances: tuple[Named, ...]

    def decide(self, index: int, progress: Progress | None = None) -> Verdict:
        """The verdict on one claim; the same in whatever process, and whatever was decided in it before."""
        claim = claim_of(self.claims[index])
        given = [(name, instance) for name, instance in self.instances if suits(claim, instance)]
        return audit(self.normalization, [claim], self.examples, self.seed, instances=given, progress=progress).rows[0]


def audit_on_cores(
    normalization: type[Normalization] | Normalization | str,
    claims: Sequence[str],
    examples: int,
    seed: int,
    *,
    instances: Sequence[Named] = (),
    progress: Progress | None = None,
    workers: int = 1,
) -> Report:
    """The report of `audit` for registered claims, each decided in one of `workers` processes; the same for any number.

    A normalisation must be one that a process can be given, such as a class of a module, where there are several.
    Raises what `audit` raises; an interrupt ends the processes.
    """
    given = normalization_of(normalization)
    job = Job(given, tuple(claims), examples, seed, tuple(instances))
    size = min(workers, len(claims))
    rows = list(_in_processes(job, size, progress) if size > 1 else _in_turn(job, progress))
    name = given().name if isinstance(given, type) else given.name
    return report_of(name, examples, seed, rows)


def suits(claim: Claim, instance: Instance) -> bool:
    """Whether a named instance is no wider than those that the claim draws for itself.

    A claim that draws narrow networks does so because to decide one costs much more than it grows.
    """
    widest = claim.recipe.get("max_width")
    widths = [stage.affine.outputs for stage in instance.network.stages]
    return not isinstance(widest, int) or max(widths) <= widest


def _in_turn(job: Job, progress: Progress | None) -> Generator[Verdict, None, None]:
    for index in range(len(job.claims)):
        yield job.decide(index, progress)


def _in_processes(job: Job, workers: int, progress: Progress | None) -> Generator[Verdict, None, None]:
    """The verdicts in order; what a process fails at for its own reasons is decided here."""
    drawn = Array("i", len(job.claims), lock=False)
    with _pool(workers, drawn) as pool:
        futures = [pool.submit(_decided, job, index) for index in range(len(job.claims))]
        for index, future in enumerate(futures):
            yield _verdict(job, index, future, drawn, progress)


def _verdict(job: Job, index: int, future: Future[dict[str, Any]], drawn: Any, progress: Progress | None) -> Verdict:
    while not wait([future], POLL).done:
        _tell(job, index, drawn[index], progress)
    try:
        parts = future.result()
    except BrokenProcessPool as error:
        warnings.warn(
            f"A process ended before it had decided {job.claims[index]} ({error}). Nothing is lost: the claim is "
            "decided in this one. If memory is short, take --workers 1.",
            RuntimeWarning,
            stacklevel=2,
        )
        return job.decide(index, progress)
    _tell(job, index, job.examples, progress)
    return Verdict(claim=claim_of(job.claims[index]), **parts)


def _tell(job: Job, index: int, done: int, progress: Progress | None) -> None:
    if progress is not None:
        progress(job.claims[index], done, job.examples)


@contextmanager
def _pool(workers: int, drawn: Any) -> Generator[ProcessPoolExecutor, None, None]:
    """Processes that end with this block, at once where it is left by an interrupt or an error."""
    before = set(active_children())
    pool = ProcessPoolExecutor(workers, initializer=_start, initargs=(drawn,))
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(active_children()) - before:
            child.terminate()
        raise
    pool.shutdown()


_drawn: Any = None
"""In a process of the pool: how many instances of each claim have been drawn, for all to see."""


def _start(drawn: Any) -> None:
    """An interrupt from the keyboard reaches every process of a terminal; the first of them ends the others."""
    global _drawn
    _drawn = drawn
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _decided(job: Job, index: int) -> dict[str, Any]:
    """The verdict without its claim, whose checker need not travel."""

    def count(claim: str, done: int, total: int) -> None:
        del claim, total
        _drawn[index] = done

    verdict = job.decide(index, count)
    return {part.name: getattr(verdict, part.name) for part in fields(verdict) if part.name != "claim"}
