"""The Python version of CIFAR: a dict with an array of bytes and lists of labels, read without unpickling it.

Unpickling runs what a file says. Here the tokens of the file are read as data: nothing is imported and nothing is
called; three names of numpy stand for themselves, and any other token or name is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from pickletools import genops
from typing import cast

import numpy as np
import numpy.typing as npt

from polybn.errors import FileFormatError
from polybn.files import shown
from polybn.statistical.datasets.image_folder import unreadable

MAX_PICKLE = 256 * 2**20
ARRAY = ("numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct")
NAMES = {*ARRAY, "numpy ndarray", "numpy dtype"}
IGNORED = {"PROTO", "FRAME", "STOP"}
NUMBERS = {"BININT", "BININT1", "BININT2", "LONG1"}
TEXTS = {"SHORT_BINSTRING", "BINSTRING"}
CONSTANTS: dict[str, object] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


@dataclass
class Called:
    """A call that a pickle asks for, and the state it sets afterwards; written down, not made."""

    name: object
    arguments: object
    state: object = None


class Tape:
    """The stack of values that the tokens push and gather."""

    def __init__(self) -> None:
        self.stack: list[object] = []
        self.marks: list[int] = []
        self.memo: dict[object, object] = {}

    def take(self, token: str, argument: object) -> None:
        """Apply one token; raises `ValueError` for one that plain data do not need."""
        if token in NUMBERS:
            self.stack.append(argument)
        elif token in TEXTS:
            self.stack.append(cast(str, argument).encode("latin-1"))
        elif token in CONSTANTS:
            self.stack.append(CONSTANTS[token])
        elif token in TUPLES:
            self.stack.append(tuple(self._pop(TUPLES[token])))
        elif token in _ACTIONS:
            _ACTIONS[token](self, argument)
        elif token not in IGNORED:
            raise ValueError(f"the token {token} is not plain data")

    def _pop(self, count: int) -> list[object]:
        """The last `count` values, none of them below the last mark."""
        if count > len(self.stack) - (self.marks[-1] if self.marks else 0):
            raise ValueError("a token takes more values than there are")
        kept = len(self.stack) - count
        values, self.stack[kept:] = self.stack[kept:], []
        return values

    def _since_mark(self) -> list[object]:
        start = self.marks.pop()
        values, self.stack[start:] = self.stack[start:], []
        return values

    def mark(self, _: object) -> None:
        self.marks.append(len(self.stack))

    def put(self, place: object) -> None:
        self.memo[place] = self.stack[-1]

    def get(self, place: object) -> None:
        if place not in self.memo:
            raise ValueError("it recalls a value that was not kept")
        self.stack.append(self.memo[place])

    def empty_dict(self, _: object) -> None:
        self.stack.append({})

    def empty_list(self, _: object) -> None:
        self.stack.append([])

    def gather(self, _: object) -> None:
        self.stack.append(tuple(self._since_mark()))

    def append(self, _: object) -> None:
        self._extend(self._pop(1))

    def extend(self, _: object) -> None:
        self._extend(self._since_mark())

    def _extend(self, values: list[object]) -> None:
        if not isinstance(self.stack[-1], list):
            raise ValueError("values are appended to what is not a list")
        self.stack[-1].extend(values)

    def set_item(self, _: object) -> None:
        self._set(self._pop(2))

    def set_items(self, _: object) -> None:
        self._set(self._since_mark())

    def _set(self, values: list[object]) -> None:
        if not isinstance(self.stack[-1], dict):
            raise ValueError("items are set in what is not a dict")
        if not all(isinstance(key, bytes) for key in values[::2]):
            raise ValueError("a key of a dict is not a text")
        self.stack[-1].update(zip(values[::2], values[1::2], strict=True))

    def name(self, argument: object) -> None:
        if argument not in NAMES:
            raise ValueError(f"it asks for {str(argument)[:60]!r}, which is not an array of bytes")
        self.stack.append(argument)

    def call(self, _: object) -> None:
        self.stack.append(Called(*self._pop(2)))

    def build(self, _: object) -> None:
        (state,) = self._pop(1)
        if not isinstance(self.stack[-1], Called):
            raise ValueError("a state is set on what is not an array")
        self.stack[-1].state = state


_ACTIONS = {
    "MARK": Tape.mark,
    "BINPUT": Tape.put,
    "LONG_BINPUT": Tape.put,
    "BINGET": Tape.get,
    "LONG_BINGET": Tape.get,
    "EMPTY_DICT": Tape.empty_dict,
    "EMPTY_LIST": Tape.empty_list,
    "TUPLE": Tape.gather,
    "APPEND": Tape.append,
    "APPENDS": Tape.extend,
    "SETITEM": Tape.set_item,
    "SETITEMS": Tape.set_items,
    "GLOBAL": Tape.name,
    "REDUCE": Tape.call,
    "BUILD": Tape.build,
}


def read_pickle(
    path: Path, keys: Sequence[bytes], advice: str
) -> tuple[npt.NDArray[np.uint8], list[npt.NDArray[np.int64]]]:
    """The array under b"data", (images, bytes), and the lists of labels under the keys, one label an image."""
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_PICKLE + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    if len(content) > MAX_PICKLE:
        raise FileFormatError(f"{shown(path)} has more than {MAX_PICKLE} bytes, the most that polybn reads.", path)
    try:
        fields = plain(content)
        if not isinstance(fields, dict):
            raise ValueError(f"a dict is needed, not a {type(fields).__name__}")
        pixels = _bytes_array(fields[b"data"])
        return pixels, [_labels(fields[key], len(pixels), key) for key in keys]
    except KeyError as error:
        raise FileFormatError(f"{shown(path)} has no {error.args[0]!r}. {advice}", path) from error
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        reason = f"{str(error)[:1].lower()}{str(error)[1:]}"
        raise FileFormatError(f"{shown(path)} is not a plain pickle of images: {reason}. {advice}", path) from error


def plain(content: bytes) -> object:
    """The value that a pickle of plain data holds; raises an error for anything more."""
    tape = Tape()
    for opcode, argument, _ in genops(content):
        tape.take(opcode.name, argument)
    (value,) = tape.stack
    return value


def _bytes_array(value: object) -> npt.NDArray[np.uint8]:
    """numpy's pickled state: (version, shape, dtype, is it in Fortran's order, bytes)."""
    if not isinstance(value, Called) or value.name not in ARRAY:
        raise ValueError("b'data' is not an array")
    _, shape, dtype, fortran, raw = cast("tuple[object, ...]", value.state)
    if not isinstance(dtype, Called) or cast("tuple[object, ...]", dtype.arguments)[0] not in (b"u1", b"|u1"):
        raise ValueError("b'data' is not an array of unsigned bytes")
    sizes = cast("tuple[object, ...]", shape)
    # Nested tuples that share their parts are exponentially long when written out, so no message shows them.
    if not isinstance(shape, tuple) or len(sizes) != 2 or not all(type(size) is int and size > 0 for size in sizes):
        raise ValueError("b'data' has not the shape (images, bytes)")
    rows, columns = cast("tuple[int, int]", sizes)
    if not isinstance(raw, bytes) or len(raw) != prod((rows, columns)):
        raise ValueError(f"b'data' announces {rows} x {columns} bytes and holds another number")
    return np.frombuffer(raw, np.uint8).reshape(rows, columns, order="F" if fortran else "C")


def _labels(value: object, images: int, key: bytes) -> npt.NDArray[np.int64]:
    numbers = cast("list[object]", value)
    if not isinstance(value, list) or not all(type(number) is int for number in numbers):
        raise ValueError(f"{key!r} is not a list of whole numbers")
    if len(numbers) != images:
        raise ValueError(f"{key!r} has {len(numbers)} labels for {images} images")
    return np.array(numbers, dtype=np.int64)
