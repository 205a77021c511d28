"""NAME=VALUE on the command line, for the settings of an experiment: read by the type of what they replace."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, cast

from polybn.errors import InputError
from polybn.files import brief, closest


def changed(settings: Any, given: Sequence[str]) -> Any:
    """The settings with these values in the place of theirs.

    Raises `InputError` for a name that they do not have, and for a value of another type than the one it replaces.
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
    kind = type(default)
    if kind is str:
        return text
    try:
        value: object = json.loads(text)
    except ValueError:
        raise _refusal(name, text, default) from None
    if (kind, type(value)) == (float, int):
        return float(cast("int", value))
    if (kind, type(value)) == (tuple, list):
        return tuple(cast("list[object]", value))
    if type(value) is not kind:
        raise _refusal(name, text, default)
    return value


def _refusal(name: str, text: str, default: object) -> InputError:
    needed = json.dumps(default)
    return InputError(f"--set {name} is {brief(text)}; a value like {needed} is needed, as in {name}={needed}.", text)
