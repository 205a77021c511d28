"""The real numeric arrays in a file of MATLAB 5 to 7.2, every size checked before it is trusted.

`scipy.io.loadmat` reads such files too, but some damaged ones end the whole process in it, and no `except` helps.
Format: "MAT-File Format", The MathWorks, level 5. A part is a tag (type, bytes) and its content, padded to 8 bytes; at
most 4 bytes fit into the tag itself. An array is a part of parts: flags, sizes, name, entries in Fortran's order.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from math import prod
from pathlib import Path

import numpy as np

from polybn.errors import FileFormatError
from polybn.files import shown
from polybn.statistical.datasets.image_folder import MAX_RAW, unreadable

HEADER = 128
ORDERS = {b"\0\1IM": "<", b"\1\0MI": ">"}
"""The version and the mark at the end of the header tell the order of bytes."""
MATRIX, COMPRESSED = 14, 15
INT32, UINT32 = 5, 6
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", INT32: "i4", UINT32: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
NUMERIC = range(6, 16)
"""Classes of arrays: double, single, and integers; before them are cells, structures, objects, text and sparse."""
COMPLEX = 0x0800
MAX_AXES = 8
TAG_ROOM = 4096
"""Packed bytes that unpack to 8 at least, the tables of the compression included."""


def numeric_arrays(path: Path) -> dict[str, np.ndarray]:
    """The real numeric arrays by name, as they are stored; others are passed over. Of two with one name, the first.

    Raises `FileFormatError` for a damaged or foreign file, and for more than `MAX_RAW` bytes, unpacked.
    """
    try:
        if path.stat().st_size > MAX_RAW:
            raise FileFormatError(f"{shown(path)} has more than {MAX_RAW} bytes, the most that polybn reads.", path)
        content = memoryview(path.read_bytes())
        order = ORDERS.get(bytes(content[HEADER - 4 : HEADER]))
        if order is None:
            raise ValueError("it is not a file of MATLAB 5 to 7.2")
        found: dict[str, np.ndarray] = {}
        for matrix in _matrices(content[HEADER:], order):
            named = _numeric_array(matrix, order)
            if named is not None:
                found.setdefault(*named)
        return found
    except FileFormatError:
        raise
    except (ValueError, struct.error, zlib.error) as error:
        raise FileFormatError(
            f"{shown(path)} is damaged, or another kind of file: {error}. Download it again.", path
        ) from error
    except OSError as error:
        raise unreadable(path, error) from error


def _matrices(content: memoryview, order: str) -> Iterator[memoryview]:
    """The contents of the arrays, unpacked; all together within `MAX_RAW` bytes."""
    room = MAX_RAW
    while content:
        # A compressed part is not padded, and an array is a whole number of 8 bytes.
        kind, size = _tag(content, order)
        body, content = content[8 : 8 + size], content[8 + size :]
        if len(body) < size:
            raise ValueError(f"it is cut short: an array announces {size} bytes, and {len(body)} are there")
        if kind not in (MATRIX, COMPRESSED):
            raise ValueError(f"it has a part of type {kind}, which is no array")
        matrix = _inflated(body, order, room) if kind == COMPRESSED else body
        room -= len(matrix)
        yield matrix


def _inflated(packed: memoryview, order: str, room: int) -> memoryview:
    """The content of a compressed array, whose own tag announces its size before anything of it is unpacked."""
    kind, size = _tag(memoryview(zlib.decompressobj().decompress(packed[:TAG_ROOM], 8)), order)
    if kind != MATRIX:
        raise ValueError(f"it has a compressed part of type {kind}, which is no array")
    if size > room:
        raise ValueError(f"it unpacks to more than {MAX_RAW} bytes, the most that polybn holds")
    held = zlib.decompressobj().decompress(packed, 8 + size + 1)
    if len(held) != 8 + size:
        raise ValueError(f"an array announces {size} bytes and does not unpack to as many")
    return memoryview(held)[8:]


def _numeric_array(matrix: memoryview, order: str) -> tuple[str, np.ndarray] | None:
    """The name and the entries of an array; None unless it is numeric and real."""
    kind, flags, matrix = _part(matrix, order)
    if kind != UINT32 or len(flags) != 8:
        raise ValueError("an array has no flags")
    (word,) = struct.unpack(f"{order}I", flags[:4])
    if word & 0xFF not in NUMERIC or word & COMPLEX:
        return None
    kind, axes, matrix = _part(matrix, order)
    if kind != INT32 or len(axes) % 4 or not 2 <= len(axes) // 4 <= MAX_AXES:
        raise ValueError("an array has no sizes")
    shape = struct.unpack(f"{order}{len(axes) // 4}i", axes)
    _, name, matrix = _part(matrix, order)
    kind, raw, _ = _part(matrix, order)
    if kind not in NUMBERS:
        raise ValueError(f"an array has entries of type {kind}, which are no numbers")
    entry = np.dtype(f"{order}{NUMBERS[kind]}")
    if min(shape) < 0 or prod(shape) * entry.itemsize != len(raw):
        raise ValueError(f"an array of {' x '.join(map(str, shape))} entries has {len(raw)} bytes of them")
    return bytes(name).decode("latin-1"), np.frombuffer(raw, entry).reshape(shape, order="F")


def _part(content: memoryview, order: str) -> tuple[int, memoryview, memoryview]:
    """The type and content of the first part, and what follows it."""
    kind, size = _tag(content, order)
    if kind >> 16:
        kind, size, start = kind & 0xFFFF, kind >> 16, 4
    else:
        start = 8
    end = start + size
    if end > len(content) or (start == 4 and size > 4):
        raise ValueError("a part of an array is longer than the array")
    return kind, content[start:end], content[-(-end // 8) * 8 :]


def _tag(content: memoryview, order: str) -> tuple[int, int]:
    if len(content) < 8:
        raise ValueError("it is cut short, within a tag")
    kind, size = struct.unpack(f"{order}II", content[:8])
    return kind, size
