"""Checkpoints of a training run: whole or not there, and used by the very run that wrote them alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from polybn.errors import FileFormatError, InputError
from polybn.files import make_folder, shown, write_bytes_atomically

FORMAT = 1


class Found(NamedTuple):
    """The state in a file, or None and why there is none to use; `why` is empty where there is no file."""

    state: dict[str, Any] | None
    why: str = ""


def fingerprint(words: Sequence[object], tensors: Mapping[str, Tensor | None]) -> str:
    """SHA-256 of the words as they print, and of each tensor's name, type, shape and bytes: any change is another run.

    The device of a tensor does not count.
    """
    digest = sha256(repr((FORMAT, torch.__version__, *words)).encode())
    for name, tensor in tensors.items():
        if tensor is None:
            digest.update(f"\0{name}: none".encode())
            continue
        digest.update(f"\0{name}: {tensor.dtype}, {tuple(tensor.shape)}".encode())
        for part in tensor.detach().reshape(-1).split(1 << 22):
            digest.update(part.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def write_checkpoint(path: Path, run: str, state: Mapping[str, Any]) -> None:
    """Save tensors and plain values for the run of this fingerprint; the file is as before or holds all.

    Its folder is made again if it is gone. Raises `InputError` where it cannot be written.
    """
    buffer = BytesIO()
    torch.save({"run": run, "state": dict(state)}, buffer)
    try:
        write_bytes_atomically(path, buffer.getvalue())
    except InputError:
        # Another run with the same folder removes it when it is done, be it while this file is written.
        make_folder(path.parent)
        write_bytes_atomically(path, buffer.getvalue())


def read_checkpoint(path: Path, run: str, device: torch.device) -> Found:
    """The state of the run of this fingerprint, on the device; nothing of another run, or of a broken file.

    Only tensors and plain values are loaded, so a file from a stranger runs no code. Raises `FileFormatError` for a
    folder in the place of a file, which could not be replaced.
    """
    if path.is_dir():
        raise FileFormatError(f"The checkpoint {shown(path)} is a folder; name a file.", path)
    if not path.exists():
        return Found(None)
    try:
        content = torch.load(path, map_location=device, weights_only=True)
        owner, state = content["run"], content["state"]
    except Exception:
        # A damaged archive fails in as many ways as there are bytes in it, and each only means to start again.
        return Found(None, f"the checkpoint {shown(path)} is broken and is not used")
    if owner != run or not isinstance(state, dict):
        return Found(None, f"the checkpoint {shown(path)} is of another run and is not used")
    return Found(state)
