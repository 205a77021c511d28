"""Compilation by numba, kept on disk by the content of all kernels, and done without where nothing can be written."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config as numba_config
from numba.core.caching import FunctionCache

F = TypeVar("F", bound=Callable[..., Any])
config: Any = numba_config
HERE = Path(__file__).parent
SETTINGS: dict[str, Any] = {"error_model": "numpy", "nogil": True, "boundscheck": False, "_nrt": False}
INNER: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


class _Stored(FunctionCache):
    """Kernels kept on disk: they are machine code, so nothing of what a compilation needs is imported to load one."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """As numba does, without making its compiler ready first: half of the time of a process's first call."""
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)


def compiled(function: F) -> F:
    """The function compiled in nopython mode at its first call, without fast-math: IEEE rounding is what proofs use."""
    return _stored(function)


def part(function: F) -> F:
    """As `compiled`, for a function that only compiled ones call: no wrapper is made and nothing is stored."""
    return cast(F, numba.njit(**SETTINGS, **INNER)(function))


def once(function: F) -> F:
    """As `part`, for a function that is called in one place: its code goes there before anything is compiled."""
    return cast(F, numba.njit(**SETTINGS, **INNER, inline="always")(function))


def inlined(function: F) -> F:
    """As `part`, for a small function that its callers swallow."""
    return cast(F, numba.njit(**SETTINGS, **INNER, forceinline=True)(function))


def _stored(function: F) -> F:
    # A stored kernel is looked up by its own file only, and it contains the functions that it calls from other
    # files. So the folder is named after the content of all of them.
    folder = _folder()
    dispatcher: Any = numba.njit(**SETTINGS)(function)
    if not hasattr(dispatcher, "compile"):  # with NUMBA_DISABLE_JIT=1 it is the function
        return function
    dispatcher.compile = _uncollected(dispatcher.compile)
    before = config.CACHE_DIR
    try:
        config.CACHE_DIR = folder
        if folder is not None:
            dispatcher._cache = _Stored(function)
    except (RuntimeError, OSError):
        pass
    finally:
        config.CACHE_DIR = before
    return cast(F, dispatcher)


def _uncollected(compile: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """No garbage is collected within: a compilation makes millions of objects that live, and goes a sixth faster."""

    def compiling(signature: Any) -> Any:
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            return compile(signature)
        finally:
            if was_enabled:
                gc.enable()

    return compiling


@cache
def _folder() -> str | None:
    """Where compiled kernels are kept: the first place that can be written, or None."""
    name = f"polybn-{_digest()}"
    for place in _places():
        folder = place / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return str(folder)
        except OSError:
            continue
    return None


def _places() -> Iterator[Path]:
    if given := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(given)
        return
    yield HERE / "__pycache__"
    if home := os.environ.get("XDG_CACHE_HOME"):
        yield Path(home)
    elif os.environ.get("HOME"):
        yield Path(os.environ["HOME"]) / ".cache"


def _digest() -> str:
    """Of the sources of all kernels and the version of the compiler."""
    state = blake2b(numba.__version__.encode(), digest_size=8)
    for file in sorted(HERE.glob("*.py")):
        state.update(file.read_bytes())
    return state.hexdigest()
