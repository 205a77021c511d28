"""Files in and out: JSON read as exact text, refused with a reason when it is broken, and never half written."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn, cast

from polybn.errors import FileFormatError, InputError

MAX_BYTES = 64 * 1024 * 1024

StrPath = str | os.PathLike[str]


def shown(path: StrPath) -> str:
    """A path for a message: as it is, or escaped where it holds control characters."""
    name = os.fspath(path)
    return name if name.isprintable() else repr(name)


def read_text(path: StrPath, *, max_bytes: int = MAX_BYTES) -> str:
    """The UTF-8 text of a file; `FileFormatError` when it is missing, not a file, too long or not UTF-8."""
    try:
        with open(path, "rb") as file:
            content = file.read(max_bytes + 1)
    except FileNotFoundError as error:
        raise FileFormatError(f"There is no file {shown(path)}. Check the path.", path) from error
    except IsADirectoryError as error:
        raise FileFormatError(f"{shown(path)} is a folder; a file is needed. Name a file in it.", path) from error
    except (OSError, ValueError) as error:
        raise FileFormatError(f"{shown(path)} cannot be read: {_reason(error)}.", path) from error
    if len(content) > max_bytes:
        raise FileFormatError(f"{shown(path)} has more than {max_bytes} bytes, the most that polybn reads.", path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileFormatError(
            f"{shown(path)} is not UTF-8 text (byte {error.start}). Save it as UTF-8, or name the right file.", path
        ) from error


def read_json(path: StrPath, *, max_bytes: int = MAX_BYTES) -> object:
    """The JSON value in a file, every number as the text it is written with; see `parse_json`."""
    return parse_json(read_text(path, max_bytes=max_bytes), where=shown(path))


def parse_json(content: str, *, where: str) -> object:
    """The JSON value of a text, every number as the text it is written with: 13.2 is "13.2", never a float.

    Raises `FileFormatError` for broken JSON, NaN and infinities, a repeated key, and nesting too deep to read.

    >>> parse_json('{"scale": [13.2, 1e-3]}', where="text")
    {'scale': ['13.2', '1e-3']}
    """

    def refuse_constant(name: str) -> NoReturn:
        raise FileFormatError(f"{where} contains {name}, not a number of the real line. Give finite numbers.", name)

    def gathered(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                raise FileFormatError(f"{where} repeats the key {brief(key)} in one object. Keep one of them.", key)
            found[key] = value
        return found

    try:
        return cast(
            object,
            json.loads(
                content, parse_float=str, parse_int=str, parse_constant=refuse_constant, object_pairs_hook=gathered
            ),
        )
    except json.JSONDecodeError as error:
        raise FileFormatError(
            f"{where} is not JSON: {error.msg[:1].lower()}{error.msg[1:]} at line {error.lineno}, "
            f"column {error.colno}. Repair it there.",
            content[:60],
        ) from error
    except RecursionError as error:
        raise FileFormatError(f"{where} is nested too deeply to be read. Flatten it.", content[:60]) from error


def fields_of(
    value: object, where: str, *, needed: Sequence[str] = (), optional: Sequence[str] = ()
) -> Mapping[str, object]:
    """A JSON object with all the needed keys and no unknown one; `FileFormatError` names the key and its place."""
    fields = object_of(value, where)
    known = (*needed, *optional)
    for key in fields:
        if key not in known:
            raise FileFormatError(
                f"{where} has the unknown key {brief(key)}.{closest(key, known)} "
                f"Known here: {', '.join(map(repr, known))}.",
                value,
            )
    for key in needed:
        if key not in fields:
            raise FileFormatError(f"{where} has no {key!r}. Needed here: {', '.join(map(repr, needed))}.", value)
    return fields


def object_of(value: object, where: str) -> Mapping[str, object]:
    """A JSON object, whatever its keys; `FileFormatError` for anything else."""
    if not isinstance(value, Mapping):
        raise FileFormatError(f"{where} is {kind_of(value)}; an object {{...}} is needed.", value)
    return cast("Mapping[str, object]", value)


def list_of(value: object, where: str) -> Sequence[object]:
    """A JSON list; `FileFormatError` for anything else."""
    if not isinstance(value, list | tuple):
        raise FileFormatError(f"{where} is {kind_of(value)}; a list [...] is needed.", value)
    return cast("Sequence[object]", value)


def closest(word: object, known: Sequence[str]) -> str:
    """ " Did you mean 'relu'?" for a word close to a known one, else nothing."""
    near = get_close_matches(str(word), known, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def kind_of(value: object) -> str:
    """What a JSON value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    return f"the truth value {value}" if isinstance(value, bool) else brief(value)


def brief(value: object, limit: int = 40) -> str:
    """A value for a message: quoted, escaped, cut."""
    written = repr(value[: limit + 1] if isinstance(value, str) else value)
    return written if len(written) <= limit else f"{written[: limit - 3]}..."


def write_text_atomically(path: StrPath, text: str) -> None:
    """The file holds all of the text (UTF-8) or is as it was before; raises `InputError` when it cannot be written."""
    write_bytes_atomically(path, text.encode("utf-8"))


def write_bytes_atomically(path: StrPath, content: bytes) -> None:
    """The file holds all of the bytes or is as it was before: written beside it, then moved into place."""
    require_folder_of(path)
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".polybn-{secrets.token_hex(8)}.part")
    try:
        try:
            with open(temporary, "xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{shown(path)} cannot be written: {_reason(error)}. Name another file.", path) from error


def make_folder(path: StrPath) -> None:
    """The folder exists, with those above it; raises `InputError` when it cannot be made."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {shown(path)} cannot be made: {_reason(error)}. Name another.", path) from error


def require_folder_of(path: StrPath) -> None:
    """Raises `InputError` when no file can be written at this path: ask before a long computation."""
    folder = Path(path).parent
    if not folder.is_dir():
        raise InputError(f"{shown(path)} cannot be written: there is no folder {shown(folder)}. Create it first.", path)
    if Path(path).is_dir():
        raise InputError(f"{shown(path)} is a folder; a file name is needed. Name a file in it.", path)


def _reason(error: Exception) -> str:
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)
