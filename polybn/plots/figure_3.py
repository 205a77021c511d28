"""How many folded hyperplanes pass through a ball around each place of the plane: maps by initialisation and depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from polybn.errors import NonFiniteError, ShapeError
from polybn.plots.palette import INK, POINTS, layer_colour
from polybn.plots.rendering import rendered

Rows = Sequence[Mapping[str, Any]]
Maps = dict[tuple[str, int], NDArray[np.float64]]
MAX_MAPS = 24
REGIONS = ("near", "turned", "elsewhere")


def picture(head: Mapping[str, Any], means: Rows, rows: Rows) -> bytes:
    """A map for each initialisation (downwards) and depth (across), and the means by depth on the right; an SVG.

    Maps are the rows of kind "map" of the first seed there is: `places`, counts of the balls around a square grid over
    |x_i| <= window, in lines from the bottom upwards, as shares of the `hyperplanes`. Darker is more, on one scale for
    all, fine at its lower end; dots are the samples, of the row of kind "points". Means have `initialisation`, `depth`,
    `measure`, `hyperplanes`, `estimate`, `band_lower` and `band_upper`. Raises `ShapeError` for no map, too many, two
    of one place, or a grid that is not square, and `NonFiniteError`.
    """
    maps = _maps(rows)
    points = [row["places"] for row in rows if row["kind"] == "points"]
    samples = np.array(points[0] if points else [], dtype=np.float64).reshape(-1, 2)
    title = f"Folded hyperplanes near a star and elsewhere: width {head['settings']['width']}, seeds: {head['seeds']}"
    return rendered(lambda: _figure(maps, samples, means, float(head["settings"]["window"]), title), "svg")


def _maps(rows: Rows) -> Maps:
    given = [row for row in rows if row["kind"] == "map"]
    given = [row for row in given if row["seed"] == given[0]["seed"]]
    if not 0 < len(given) <= MAX_MAPS:
        raise ShapeError(f"{len(given)} maps were given; from 1 to {MAX_MAPS} fit into a picture.", rows)
    found: Maps = {}
    for row in given:
        shares = np.array(row["places"], dtype=np.float64) / row["hyperplanes"]
        name = (str(row["initialisation"]), int(row["depth"]))
        if shares.ndim != 2 or shares.shape[0] != shares.shape[1] or len(shares) < 2:
            raise ShapeError(f"The map of {name} has the shape {shares.shape}; a square of side 2 or more is needed.")
        if not np.isfinite(shares).all():
            raise NonFiniteError(f"The map of {name} holds NaN or an infinity; give finite counts.", shares)
        if name in found:
            raise ShapeError(f"Two maps are given for {name}; give one for each initialisation and depth.", rows)
        found[name] = shares
    return found


def _figure(maps: Maps, samples: NDArray[np.float64], means: Rows, window: float, title: str) -> Figure:
    names = list(dict.fromkeys(name for name, _ in maps))
    depths = sorted({depth for _, depth in maps})
    size = (1.9 * len(depths) + 3.3, 1.9 * len(names) + 0.7)
    figure = Figure(figsize=size, layout="constrained", facecolor="white")
    panels = figure.subplots(len(names), len(depths) + 1, squeeze=False, width_ratios=[1] * len(depths) + [1.1])
    scale = PowerNorm(0.5, vmin=0.0, vmax=max(float(part.max()) for part in maps.values()) or 1.0)
    colours = LinearSegmentedColormap.from_list("density", ["white", layer_colour(2), INK])
    drawn = None
    for line, name in enumerate(names):
        panels[line, 0].set_ylabel(name, fontsize=9, color=INK)
        for axes, depth in zip(panels[line], depths, strict=False):
            axes.set(xticks=[], yticks=[], aspect="equal")
            if line == 0:
                axes.set_title(f"depth {depth}", fontsize=9, color=INK)
            if (name, depth) in maps:
                shares = maps[name, depth]
                reach = window * len(shares) / (len(shares) - 1)  # the middle of a pixel is a place of the grid
                drawn = axes.imshow(
                    shares, origin="lower", extent=(-reach, reach, -reach, reach), cmap=colours, norm=scale,
                    interpolation="nearest",
                )  # fmt: skip
                axes.scatter(*samples.T, s=4, color=layer_colour(1), edgecolors=POINTS, linewidths=0.2)
            axes.set(xlim=(-window, window), ylim=(-window, window))
        _draw_means(panels[line, -1], [row for row in means if row["initialisation"] == name], depths)
    _align([row[-1] for row in panels])
    assert drawn is not None
    bar = figure.colorbar(drawn, ax=panels[:, :-1], shrink=0.6, pad=0.02, location="left")
    bar.set_label("share of folded hyperplanes through the ball", fontsize=8, color=INK)
    bar.ax.tick_params(labelsize=7)
    figure.suptitle(title, fontsize=10, color=INK, parse_math=False)
    return figure


def _draw_means(axes: Axes, means: Rows, depths: Sequence[int]) -> None:
    """Mean shares by depth, a line a region, with their bands as bars; lines are moved apart a little."""
    places = {depth: place for place, depth in enumerate(depths)}
    for number, region in enumerate(REGIONS):
        own = [row for row in means if row["measure"] == region and row["depth"] in places]
        across = [places[row["depth"]] + 0.1 * (number - 1) for row in own]
        colour = layer_colour(number + 1)
        shares = [row["estimate"] / row["hyperplanes"] for row in own]
        axes.plot(across, shares, color=colour, marker="o", markersize=3, linewidth=1, label=region)
        for place, row in zip(across, own, strict=True):
            if row["band_lower"] is not None:
                ends = (row["band_lower"] / row["hyperplanes"], row["band_upper"] / row["hyperplanes"])
                axes.vlines(place, *ends, color=colour, linewidth=1.5)
    axes.set_xticks(range(len(depths)), [str(depth) for depth in depths])
    axes.set_xlim(-0.5, len(depths) - 0.5)
    axes.tick_params(labelsize=7)
    axes.yaxis.tick_right()


def _align(panels: Sequence[Axes]) -> None:
    """One scale of shares for all, from 0; words once."""
    top = max(axes.get_ylim()[1] for axes in panels)
    for axes in panels:
        axes.set_ylim(0, top)
    panels[0].set_title("mean share", fontsize=9, color=INK)
    panels[0].legend(frameon=False, labelcolor=INK, fontsize=7, loc="upper left")
    panels[-1].set_xlabel("depth", fontsize=8, color=INK)
