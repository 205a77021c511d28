"""Work in chunks when memory is short: half the chunk again and again, down to one, and then an error that says so."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

import torch

from polybn.errors import InputError

Result = TypeVar("Result")

SAID = (
    "DefaultCPUAllocator: not enough memory",
    "DefaultCPUAllocator: can't allocate memory",
    "CUDA out of memory",
    "HIP out of memory",
    "MPS backend out of memory",
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "Storage size calculation overflowed",
)
"""How torch words it where the error has no type of its own, as on a processor."""


class MemoryLimitError(InputError):
    """The memory of the device does not hold the work, in chunks as small as they may be; `offender` is the cause."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out: of Python, numpy, or torch on any device."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError | MemoryLimitError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in SAID)


def with_smaller_chunks(
    work: Callable[[int], Result], chunk: int, *, what: str, advice: str = "Give fewer samples"
) -> tuple[Result, int]:
    """work(chunk), or work of chunk / 2, chunk / 4, ..., 1 (rounded down) when memory runs out; and the chunk it took.

    `work` starts afresh each time, so it must leave nothing behind when it fails. `what` says what runs, and `advice`
    what else a caller may do, in the `MemoryLimitError` raised when memory does not even hold a chunk of 1. All other
    errors pass through.
    """
    tried: list[int] = []
    size = chunk
    while True:
        try:
            return work(size), size
        except (RuntimeError, MemoryError, MemoryLimitError) as error:
            tried.append(size)
            if not is_out_of_memory(error):
                raise
            if size <= 1:
                raise _refusal(f"{what} in chunks of {', '.join(map(str, tried))}", advice, error) from error
        # Here, not above: while an error is handled, it keeps alive the tensors that filled the memory.
        size //= 2
        _release()


@contextmanager
def plainly(what: str, advice: str) -> Generator[None, None, None]:
    """Turn "out of memory" of work that has no chunks, or whose chunk the caller fixed, into a `MemoryLimitError`."""
    try:
        yield
    except MemoryLimitError:
        raise
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise _refusal(what, advice, error) from error


def _release() -> None:
    """Give back what torch keeps of a GPU for later, so that smaller pieces find room in one place."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _refusal(what: str, advice: str, error: BaseException) -> MemoryLimitError:
    if isinstance(error, MemoryLimitError) and isinstance(error.offender, BaseException):
        error = error.offender
    said = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
    return MemoryLimitError(
        f"Memory ran out for {what}: {said!r}. {advice}, or a narrower network, or another device with more memory.",
        error,
    )
