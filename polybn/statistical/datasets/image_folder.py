"""Files of images in a folder that the user names: found by their published names, read within announced sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
from torch import Tensor

from polybn.errors import FileFormatError
from polybn.files import StrPath, shown

MAX_RAW = 2 * 2**30
"""The most bytes of pixels, or of one unpacked file, that are held at once."""
STEP = 1 << 20


class Images(NamedTuple):
    """Pixels (samples, channels, height, width) in uint8 and labels (samples,) in int64, with the files' names."""

    pixels: Tensor
    labels: Tensor
    files: str


def folder_of(folder: StrPath, what: str) -> Path:
    """The folder; `FileFormatError` when there is none."""
    try:
        if Path(folder).is_dir():
            return Path(folder)
        there = Path(folder).exists()
    except (OSError, ValueError, TypeError) as error:
        raise FileFormatError(
            f"{folder!r} cannot be the name of a folder. Name the one with {what}.", folder
        ) from error
    reason = f"{shown(folder)} is not a folder" if there else f"There is no folder {shown(folder)}"
    raise FileFormatError(f"{reason}. Name the one that holds the files of {what}.", folder)


def located(folder: Path, places: Sequence[str], names: Sequence[str]) -> Path | None:
    """The first of the names that is a file in the folder, or in a folder in it that archives unpack to."""
    for path in (folder / place / name for place in ("", *places) for name in names):
        try:
            if path.is_file():
                return path
        except OSError as error:
            raise unreadable(path, error) from error
    return None


def missing(folder: Path, places: Sequence[str], names: Sequence[str], what: str, advice: str) -> FileFormatError:
    """The refusal that says which names were looked for, where, and what is there instead."""
    try:
        held = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        return unreadable(folder, error)
    instead = ", ".join(shown(name) for name in held[:5]) + (", ..." if len(held) > 5 else "")
    inside = " or ".join(place + "/" for place in places)
    return FileFormatError(
        f"{shown(folder)} does not hold {what}: looked for {' or '.join(names)} there and in its {inside}, "
        f"and found {instead or 'an empty folder'}. {advice}",
        folder,
    )


def read_bytes(file: BinaryIO, size: int, path: Path, what: str) -> bytes:
    """Exactly `size` bytes; `FileFormatError` when the file ends before."""
    return b"".join(_pieces(file, size, path, what))


def skip_bytes(file: BinaryIO, size: int, path: Path, what: str) -> None:
    """Pass over exactly `size` bytes; `FileFormatError` when the file ends before."""
    for _ in _pieces(file, size, path, what):
        pass


def _pieces(file: BinaryIO, size: int, path: Path, what: str) -> Iterator[bytes]:
    """Small ones, so that a short file that announces much takes no more memory than it has."""
    left = size
    while left and (piece := file.read(min(left, STEP))):
        left -= len(piece)
        yield piece
    if left:
        raise FileFormatError(
            f"{shown(path)} is cut short: {what} takes {size} bytes, and {size - left} are there. Download it again.",
            path,
        )


def require_end(file: BinaryIO, path: Path) -> None:
    """`FileFormatError` when more follows than the file announces."""
    if file.read(1):
        raise FileFormatError(
            f"{shown(path)} goes on after what it announces: it is damaged, or another file. Download it again.", path
        )


def unreadable(path: Path, error: Exception) -> FileFormatError:
    """The refusal for an error of the system or of a decompressor."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
    return FileFormatError(f"{shown(path)} cannot be read: {reason}. Check the file, or download it again.", path)


def check_labels(labels: npt.NDArray[np.int64], first: int, last: int, path: Path) -> None:
    """`FileFormatError` that names the first label outside first, ..., last."""
    wrong = np.flatnonzero((labels < first) | (labels > last))
    if wrong.size:
        raise FileFormatError(
            f"{shown(path)}: sample {wrong[0]} has the label {labels[wrong[0]]}; labels from {first} to {last} are "
            "needed. The file is damaged, or is another data set.",
            path,
        )
