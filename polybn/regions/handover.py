"""Arrays from one process to another of the same machine: in files that live in memory, and not through a pipe."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

IN_MEMORY = Path("/dev/shm")
ALIGNMENT = 64


class Left(NamedTuple):
    """Arrays in a file: (type, shape, first byte) of each, None where there is none."""

    path: str
    layout: list[tuple[str, tuple[int, ...], int] | None]


@contextmanager
def folder() -> Generator[str | None]:
    """A folder for files to hand over, removed in the end with all that nobody took; None where that is not possible.

    A file is taken while it is deleted, which POSIX allows.
    """
    if os.name != "posix":
        yield None
        return
    try:
        made = tempfile.TemporaryDirectory(
            prefix="polybn-", dir=IN_MEMORY if IN_MEMORY.is_dir() else None, ignore_cleanup_errors=True
        )
    except OSError:
        yield None
        return
    with made as path:
        yield path


def leave(folder: str | None, arrays: Sequence[NDArray[Any] | None]) -> Left | None:
    """Write the arrays to a new file; None, and nothing left behind, when there is no folder or no room."""
    if folder is None:
        return None
    try:
        handle, path = tempfile.mkstemp(dir=folder)
    except OSError:
        return None
    try:
        with open(handle, "wb") as file:
            return Left(path, list(_written(file, arrays)))
    except OSError:
        os.unlink(path)
        return None


def take(left: Left) -> list[NDArray[Any] | None]:
    """The arrays, which live as long as anything refers to them; the file is gone."""
    with open(left.path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        content = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_COPY) if size else bytearray()
    os.unlink(left.path)
    return [None if place is None else _array(content, *place) for place in left.layout]


def _written(file: Any, arrays: Iterable[NDArray[Any] | None]) -> Iterator[tuple[str, tuple[int, ...], int] | None]:
    start = 0
    for array in arrays:
        if array is None:
            yield None
            continue
        yield array.dtype.str, array.shape, start
        file.write(np.ascontiguousarray(array).data)
        padding = -array.nbytes % ALIGNMENT
        file.write(bytes(padding))
        start += array.nbytes + padding


def _array(content: Any, kind: str, shape: tuple[int, ...], start: int) -> NDArray[Any]:
    count = int(np.prod(shape, dtype=np.int64))
    if count == 0:
        return np.empty(shape, dtype=kind)
    return np.frombuffer(content, dtype=kind, count=count, offset=start).reshape(shape)
