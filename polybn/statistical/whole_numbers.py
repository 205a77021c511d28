"""Sizes and counts at the door."""

from __future__ import annotations

from math import inf

from polybn.errors import InputError
from polybn.exact.rational import brief


def whole(name: str, given: object, what: str, *, smallest: int = 1, largest: float = inf) -> int:
    """The given int; raises `InputError` unless it is one in smallest, ..., largest. `what` it is for."""
    if isinstance(given, bool) or not isinstance(given, int) or not smallest <= given <= largest:
        needed = f"of at least {smallest}" if largest == inf else f"from {smallest} to {largest:.0f}"
        raise InputError(f"{name} is {brief(given)} for {what}; a whole number {needed} is needed.", given)
    return given
