"""NAME=VALUE on the command line, for the settings of an experiment: read by the type of what they replace."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from math import isfinite
from typing import Any, cast

from polybn.errors import InputError
from polybn.files import brief, closest

LARGEST = 2**31 - 1
"""The largest whole number; torch takes no size that does not fit 64 bits, and these are multiplied."""


def changed(settings: Any, given: Sequence[str]) -> Any:
    """The settings with these values in the place of theirs.

    Raises `InputError` for a name that they do not have, for a value of another type than the one it replaces, and for
    a number that is not finite or, if it is whole, beyond `LARGEST`.
    """
    known: dict[str, Any] = asdict(settings)
    values: dict[str, Any] = {}
    for words in given:
        name, sign, text = words.partition("=")
        if not sign or name not in known:
            names = ", ".join(known)
            near = closest(name, list(known))
            raise InputError(f"--set is {brief(words)}; write --set NAME=VALUE, with one of {names}.{near}", words)
        values[name] = _read(name, text, known[name])
    return replace(settings, **values)


def _read(name: str, text: str, default: object) -> object:
    if isinstance(default, str):
        return text
    try:
        return _fitting(json.loads(text), default)
    except (ValueError, OverflowError, RecursionError):
        needed = json.dumps(default)
        words = f"--set {name} is {brief(text)}; a value like {needed} is needed, as in {name}={needed}."
        raise InputError(words, text) from None


def _fitting(value: Any, default: object) -> object:
    """The value as one of the default's type; of a tuple every element is like its first. Raises `ValueError`."""
    kind, needed = cast("tuple[object, object]", (type(value), type(default)))
    if isinstance(default, tuple) and kind is list:
        like = cast("tuple[object, ...]", default)
        return tuple(_fitting(one, like[0] if like else one) for one in value)
    if needed is float and kind is int:
        return float(value)
    is_within = isfinite(value) if kind is float else kind is not int or abs(value) <= LARGEST
    if kind is not needed or not is_within:
        raise ValueError
    return value
