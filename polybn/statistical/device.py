"""Where torch computes: a GPU when there is one, else the processor; every result says which."""

from __future__ import annotations

import re

import torch

from polybn.errors import InputError
from polybn.exact.rational import brief

NAME = re.compile(r"(cpu|cuda|mps)(?::([0-9]{1,9}))?")
"""A kind and, perhaps, a number in ASCII digits."""


def device_of(name: object = "auto") -> torch.device:
    """The device of a name: "auto" is a GPU when there is one.

    Raises `InputError` for another name, and for a device that this machine, or this build of torch, does not have.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    parts = NAME.fullmatch(name) if isinstance(name, str) else None
    if parts is None:
        raise InputError(f"{brief(name)} is not a device; write 'auto', 'cpu', 'cuda' or 'cuda:1'.", name)
    kind, number = parts.groups()
    found = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}[kind]
    if int(number or 0) >= found:
        raise InputError(
            f"There is no device {name!r} here: torch {torch.__version__} finds {found} of kind {kind}. "
            "Write device='auto', which takes what there is.",
            name,
        )
    return torch.device(kind, int(number)) if number else torch.device(kind)


def spelled(device: torch.device) -> str:
    """The device with its maker's name, for a result to carry."""
    if device.type != "cuda":
        return device.type
    return f"{device}: {torch.cuda.get_device_name(device)}"
