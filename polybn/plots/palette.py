"""Colours: a region takes its hue from the direction of its first-layer cell, its lightness from its neighbours."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

INK = "#1d2733"
LAYERS = ("#1d2733", "#b4472e", "#2b6c99", "#7c5a9b", "#3f7d58", "#8a6d1f")
"""Lines of the layers in order, from the first; they differ in lightness too. Deeper ones start again at the second."""
WIDTHS = (1.5, 1.0, 0.75, 0.6, 0.5)
POINTS = "#101820"

# Around the centre of the domain, in red, green and blue: slate, lavender, rose, sand, sage, teal.
_WHEEL = np.array(
    [[158, 188, 226], [196, 184, 224], [236, 184, 178], [247, 218, 158], [196, 215, 164], [150, 205, 200]],
    dtype=np.float64,
)
# How far each class of regions, no two of them adjacent, is moved towards white (or, negative, towards grey-blue).
_SHADES = (0.55, 0.0, 0.28, -0.16, 0.75, -0.3)
_SHADOW = np.array([84.0, 96.0, 122.0])


def layer_colour(layer: int) -> str:
    """The line colour of a layer, counted from 0."""
    return LAYERS[layer] if layer < len(LAYERS) else LAYERS[1 + (layer - 1) % (len(LAYERS) - 1)]


def layer_width(layer: int, regions: int) -> float:
    """The line width of a layer in points: finer for deeper layers and for crowded pictures."""
    crowd = min(1.0, max(0.22, (250 / max(regions, 1)) ** 0.35))
    return WIDTHS[min(layer, len(WIDTHS) - 1)] * crowd


def region_colours(places: Floats, cells: NDArray[np.int64], pairs: NDArray[np.int64]) -> list[str]:
    """One colour a region; adjacent regions differ in lightness.

    `places` (regions, 2) in the unit square; `cells` the first-layer cell of each region; `pairs` who is adjacent.
    """
    counts = np.bincount(cells)
    middle = np.stack([np.bincount(cells, weights=places[:, axis]) / counts for axis in (0, 1)], axis=1)[cells]
    hue = _hues(middle - 0.5)
    shade = np.array([_SHADES[level % len(_SHADES)] for level in levels(len(places), pairs)])[:, None]
    aim = np.where(shade >= 0, 255.0, _SHADOW)
    mixed = np.rint(hue + np.abs(shade) * (aim - hue)).astype(int)
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in mixed.tolist()]


def _hues(directions: Floats) -> Floats:
    """The colours of the wheel in these directions, between its colours linearly."""
    turn = np.arctan2(directions[:, 1], directions[:, 0]) / (2 * np.pi) % 1.0 * len(_WHEEL)
    before = np.floor(turn).astype(int)
    part = (turn - before)[:, None]
    return (1 - part) * _WHEEL[before % len(_WHEEL)] + part * _WHEEL[(before + 1) % len(_WHEEL)]


def levels(count: int, pairs: NDArray[np.int64]) -> list[int]:
    """Classes 0, 1, ... such that adjacent regions differ: the least free one, breadth first.

    Two classes suffice wherever every facet flips one unit, which is the generic case.
    """
    neighbours: list[list[int]] = [[] for _ in range(count)]
    for low, high in pairs.tolist():
        neighbours[low].append(high)
        neighbours[high].append(low)
    found = [-1] * count
    for start in range(count):
        queue = deque([start] if found[start] < 0 else [])
        while queue:
            region = queue.popleft()
            if found[region] < 0:
                used = {found[other] for other in neighbours[region]}
                found[region] = next(level for level in range(count + 1) if level not in used)
                queue.extend(other for other in neighbours[region] if found[other] < 0)
    return found
