"""Arrays from one process to another of the same machine: in files that live in memory, and not through a pipe.

A file in memory costs more to make than to write to, so some are kept and written over by the next share or call.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

IN_MEMORY = Path("/dev/shm")
ALIGNMENT = 64
SPARE_FILES = 16
SPARE_BYTES = 1 << 22
"""So many files are kept, none of them larger."""
SPARE = "spare-"


class Left(NamedTuple):
    """Arrays in a file: (type, shape, first byte) of each, None where there is none; and how many bytes in all."""

    path: str
    layout: list[tuple[str, tuple[int, ...], int] | None]
    size: int


@contextmanager
def folder() -> Generator[str | None]:
    """A folder for files to hand over, removed in the end with all that nobody took; None where that is not possible.

    A file is taken while it is deleted, which POSIX allows.
    """
    if os.name != "posix":
        yield None
        return
    try:
        made = tempfile.mkdtemp(dir=_kept(os.getpid()))
    except OSError:
        _kept.cache_clear()  # someone may have removed it
        yield None
        return
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@lru_cache(maxsize=1)
def _kept(process: int) -> str:
    """The folder of this process, for its spare files and the folders of its calls; removed when it ends."""
    path = tempfile.mkdtemp(prefix="polybn-", dir=IN_MEMORY if IN_MEMORY.is_dir() else None)

    def remove() -> None:
        if os.getpid() == process:  # and not in a fork
            shutil.rmtree(path, ignore_errors=True)

    atexit.register(remove)
    return path


def leave(folder: str | None, arrays: Sequence[NDArray[Any] | None]) -> Left | None:
    """Write the arrays to a file; None, and nothing left behind, when there is no folder or no room."""
    if folder is None:
        return None
    path = None
    try:
        path = _file(folder)
        with open(path, "r+b") as file:
            return Left(path, list(_written(file, arrays)), file.tell())
    except OSError:
        if path is not None:
            os.unlink(path)
        return None


def take(left: Left) -> list[NDArray[Any] | None]:
    """The arrays; the file is a spare one again, or gone."""
    content = np.fromfile(left.path, dtype=np.uint8, count=left.size)
    kept = Path(left.path).parent.parent
    number = next((place for place in range(SPARE_FILES) if not (kept / f"{SPARE}{place}").exists()), None)
    if number is not None and os.stat(left.path).st_size <= SPARE_BYTES:
        os.rename(left.path, kept / f"{SPARE}{number}")
    else:
        os.unlink(left.path)
    return [None if place is None else _array(content, *place) for place in left.layout]


def _file(folder: str) -> str:
    """A spare file, now in the folder, or a new one."""
    handle, path = tempfile.mkstemp(dir=folder)
    os.close(handle)
    for number in range(SPARE_FILES):
        try:
            os.rename(Path(folder).parent / f"{SPARE}{number}", path)
        except FileNotFoundError:
            continue
        break
    return path


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


def _array(content: NDArray[np.uint8], kind: str, shape: tuple[int, ...], start: int) -> NDArray[Any]:
    count = int(np.prod(shape, dtype=np.int64))
    if count == 0:
        return np.empty(shape, dtype=kind)
    return np.frombuffer(content, dtype=kind, count=count, offset=start).reshape(shape)
