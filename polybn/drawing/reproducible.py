"""Draws that depend on the seed alone, whatever else is loaded."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

from hypothesis.internal.conjecture import providers


@contextmanager
def without_local_constants() -> Generator[None, None, None]:
    """While this is open hypothesis draws no literals of the source files that are loaded.

    It takes about one number in twenty from its own list of odd ones or from the literals in local modules, which an
    editable install of polybn is among: what is drawn would depend on the modules that happen to be loaded, on where
    polybn is installed and on every number in its source. A hypothesis that has no such list is left as it is.
    """
    module = cast("Any", providers)
    given = getattr(module, "_get_local_constants", None)
    kind = getattr(module, "Constants", None)
    cache = getattr(module, "CONSTANTS_CACHE", None)
    if given is None or kind is None or cache is None:
        yield
        return
    nothing = kind()
    module._get_local_constants = lambda: nothing
    cache.cache.clear()
    try:
        yield
    finally:
        module._get_local_constants = given
        cache.cache.clear()
