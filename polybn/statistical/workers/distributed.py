"""The same work by several processes of torch.distributed, on one machine or many: shares by rank, merged exactly.

`torchrun --nproc-per-node 2 script.py` starts the same script twice and tells each its rank; each computes its part.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TypeVar

import torch
from torch import Tensor
from torch import distributed as group

from polybn.errors import InputError, PolybnError
from polybn.exact.rational import brief
from polybn.statistical.workers.merging import parts_of

Item = TypeVar("Item")

NUMBERS = ("RANK", "WORLD_SIZE")
PLACES = ("MASTER_ADDR", "MASTER_PORT")
MEETING = timedelta(minutes=5)
LONGEST = timedelta(hours=24)
COMMAND = "torchrun --nproc-per-node 2 -m polybn scale fig-4"


class RankError(PolybnError):
    """Another process of the group did not come, failed, or was lost."""


def is_launched() -> bool:
    """Whether torchrun, or whoever sets its variables, started this process as one of several."""
    return all(name in os.environ for name in NUMBERS)


@contextmanager
def process_group(
    backend: str = "auto", *, meeting_place: str = "env://", meeting: timedelta = MEETING, longest: timedelta = LONGEST
) -> Generator[None]:
    """Inside, this process is one of a group: RANK of WORLD_SIZE, which meet at MASTER_ADDR:MASTER_PORT.

    `backend`: nccl when every process of this machine has a GPU of its own, else gloo. `meeting_place` may be another
    that torch knows, as "file:///shared/file". Who does not come within `meeting` is missed with a `RankError`, and so
    is who fails later: at once where its connections close, and after `longest`, which must exceed the time between
    the first and the last to finish, where they do not. Raises `InputError` for variables that are missing or wrong.
    """
    rank, size = _numbers(meeting_place)
    from torch.distributed.rendezvous import rendezvous  # not in every build of torch

    name = _backend(backend)
    device = torch.device("cuda", local_device()) if name == "nccl" else None
    if device is not None:
        torch.cuda.set_device(device)
    try:
        store, _, _ = next(iter(rendezvous(meeting_place, rank, size, timeout=meeting)))
        store.set(f"polybn/here/{rank}", "yes")
        store.wait([f"polybn/here/{other}" for other in range(size)], meeting)
        group.init_process_group(name, store=store, rank=rank, world_size=size, timeout=longest, device_id=device)
    except (RuntimeError, OSError) as error:
        raise RankError(
            f"Process {rank} of {size} waited for the others at {_spelled(meeting_place)} and not all came: {error}. "
            f"Start all of them with one command, such as {COMMAND}.",
            meeting_place,
        ) from error
    try:
        yield
    finally:
        # A group that lost a process may be unable to part; what happened is already being told.
        with suppress(RuntimeError):
            group.destroy_process_group()


def my_part(count: int) -> range:
    """The numbers among 0, ..., count - 1 that are this process's: consecutive, as many as any other's, up to one."""
    require_group("my_part")
    return parts_of(count, group.get_world_size())[group.get_rank()]


def merged_counts(counts: Tensor) -> Tensor:
    """The exact sum of whole numbers over all processes, on each of them, with the given shape and device.

    Raises `InputError` for numbers that are not int64: sums of floats depend on their order.
    """
    require_group("merged_counts")
    if counts.dtype != torch.int64:
        raise InputError(f"Counts are {counts.dtype}; int64 is needed. Write counts.to(torch.int64).", counts)
    place = "cuda" if group.get_backend() == "nccl" else "cpu"
    total = counts.detach().to(place, copy=True)
    with _missed():
        group.all_reduce(total)
    return total.to(counts.device)


def gathered_rows(rows: Sequence[Item]) -> list[Item]:
    """What all processes give, in the order of their ranks, on each of them; it is pickled on the way."""
    require_group("gathered_rows")
    found: list[list[Item]] = [[] for _ in range(group.get_world_size())]
    with _missed():
        group.all_gather_object(found, list(rows))
    return [row for part in found for row in part]


def is_first() -> bool:
    """Whether this process of the group is the one of rank 0."""
    require_group("is_first")
    return group.get_rank() == 0


def local_device() -> int:
    """The number of this process's GPU: those of a machine take turns."""
    return int(os.environ.get("LOCAL_RANK", os.environ.get("RANK", "0"))) % torch.cuda.device_count()


@contextmanager
def _missed() -> Generator[None]:
    try:
        yield
    except RuntimeError as error:
        raise RankError(
            f"Process {group.get_rank()} of {group.get_world_size()} is well, and another failed or was lost; its own "
            f"message says why ({str(error).splitlines()[0]}). Seeds that are done stay in their folder: start again.",
            error,
        ) from error


def _numbers(meeting_place: str) -> tuple[int, int]:
    """This process's rank and the number of processes."""
    if not group.is_available():
        raise InputError("This build of torch has no torch.distributed. Run without torchrun.", torch.__version__)
    if group.is_initialized():
        raise InputError("This process is in a group already; leave that first.", meeting_place)
    needed = (*NUMBERS, *(PLACES if meeting_place == "env://" else ()))
    missing = [name for name in needed if not os.environ.get(name)]
    if missing:
        raise InputError(f"{', '.join(missing)} not set, which torchrun sets. Write {COMMAND}.", missing)
    given = [os.environ[name] for name in NUMBERS]
    if not all(text.isdecimal() for text in given) or not int(given[0]) < int(given[1]):
        raise InputError(
            f"RANK is {brief(given[0])} and WORLD_SIZE {brief(given[1])}; whole numbers with 0 <= RANK < WORLD_SIZE "
            f"are needed. Write {COMMAND}, which sets both.",
            given,
        )
    return int(given[0]), int(given[1])


def _backend(name: str) -> str:
    """nccl needs a GPU for each process of a machine."""
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    here = int(os.environ.get("LOCAL_WORLD_SIZE", os.environ.get("WORLD_SIZE", "1")))
    has_nccl = group.is_nccl_available() and 0 < here <= gpus
    if name == "auto":
        return "nccl" if has_nccl else "gloo"
    if name not in ("gloo", "nccl"):
        raise InputError(f"backend is {brief(name)}; write 'auto', 'gloo' or 'nccl'.", name)
    if name == "nccl" and not has_nccl:
        raise InputError(
            f"nccl needs a GPU for each of {here} processes here, and there are {gpus}. Write 'gloo'.", name
        )
    return name


def require_group(name: str) -> None:
    if not (group.is_available() and group.is_initialized()):
        raise InputError(f"{name} needs a group of processes; write it inside `with process_group():`.", name)


def _spelled(place: str) -> str:
    return ":".join(os.environ[name] for name in PLACES) if place == "env://" else place
