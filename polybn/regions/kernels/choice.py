"""Which d hyperplanes determine a new vertex where more pass through it."""

from __future__ import annotations

from polybn.regions.kernels.compiled import part
from polybn.regions.kernels.floats import Floats, Integers
from polybn.regions.kernels.state import SLOTS


@part
def choose(
    dims: tuple[int, ...],
    rows: Floats,
    slots: Integers,
    tight: Integers,
    work: Floats,
    top: int,
    g: int,
    common: int,
    number: int,
) -> None:
    """d hyperplanes of the new vertex, to ``tight``: ``g`` and d - 1 of the common facets, far from dependent.

    Where there are more than d - 1, those are taken that leave most after projection on what is taken already; the
    choice is a guess, and `solve` proves the rows regular or makes the vertex loose.
    """
    d = len(dims)
    tight[0] = g
    place = 1
    if number == d - 1:
        for slot in range(SLOTS):
            if common >> slot & 1:
                tight[place] = slots[top, slot]
                place += 1
        return
    _direction(d, rows, work, g, place - 1)
    while place < d:
        best, largest = -1, -1.0
        for slot in range(SLOTS):
            if common >> slot & 1:
                left = _direction(d, rows, work, slots[top, slot], place)
                if left > largest:
                    best, largest = slot, left
        common &= ~(1 << best)
        tight[place] = slots[top, best]
        _direction(d, rows, work, slots[top, best], place)
        place += 1


@part
def _direction(d: int, rows: Floats, work: Floats, g: int, place: int) -> float:
    """The unit vector of what is left of g's normal after projection, to row ``place``; how much was left."""
    norm = 0.0
    for i in range(d):
        work[place, i] = rows[i, g]
        norm += rows[i, g] * rows[i, g]
    for k in range(place):
        inner = 0.0
        for i in range(d):
            inner += work[place, i] * work[k, i]
        for i in range(d):
            work[place, i] -= inner * work[k, i]
    left = 0.0
    for i in range(d):
        left += work[place, i] * work[place, i]
    if left > 0.0:
        scale = 1.0 / left**0.5
        for i in range(d):
            work[place, i] *= scale
    return left / norm if norm > 0.0 else 0.0
