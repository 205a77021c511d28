"""Decision boundaries over mini-batches, a panel for each size, with that of all training data over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from polybn.errors import ShapeError
from polybn.plots.palette import INK, LAYERS
from polybn.plots.rendering import fine_ticks, rendered

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CLASSES = (LAYERS[2], LAYERS[5])
MOVED = LAYERS[1]


def picture(head: Mapping[str, Any], means: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Of the first seed: boundaries of mini-batches thin, that of all data thick, the data as dots; an SVG.

    A row has `seed`, `batch_size`, `batch` (-1 for all data), `pieces` as [x0, y0, x1, y1] and `points` as [x, y,
    class]; a mean `batch_size`, `disagreement`, `lower` and `upper`. Raises `ShapeError` without means or without a
    row for all data.
    """
    reference = next((row for row in rows if row["batch"] == -1), None)
    if not means or reference is None:
        raise ShapeError("No boundaries to draw; rows of one seed, and their means, are needed.", rows)
    own = [row for row in rows if row["seed"] == reference["seed"] and row["batch"] != -1]
    return rendered(lambda: _figure(means, reference, own, head["settings"]), "svg")


def _figure(
    means: Sequence[Mapping[str, Any]],
    reference: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
) -> Figure:
    figure = Figure(figsize=(3.9 * len(means), 5.0), layout="constrained", facecolor="white")
    for number, mean in enumerate(means, start=1):
        axes = figure.add_subplot(1, len(means), number)
        thin = [row["pieces"] for row in rows if row["batch_size"] == mean["batch_size"]]
        _draw(axes, [pieces for pieces in thin if pieces], reference, settings["reach"])
        share = f"{mean['disagreement']:.1%} [{mean['lower']:.1%}, {mean['upper']:.1%}] of the square changes class"
        axes.set_title(f"mini-batches of {mean['batch_size']}\n{share}", fontsize=9, color=INK, parse_math=False)
    lines = [
        Line2D([], [], color=MOVED, linewidth=0.8, label="a mini-batch"),
        Line2D([], [], color=INK, linewidth=2, label="all training data"),
    ]
    figure.legend(handles=lines, loc="outside lower center", ncols=2, frameon=False, fontsize=8, labelcolor=INK)
    figure.suptitle(f"{_title(means)}; boundaries: {_method(reference)}", fontsize=10, color=INK)
    return figure


def _draw(axes: Axes, boundaries: Sequence[Any], reference: Mapping[str, Any], reach: float) -> None:
    """One panel: the square [-reach, reach]^2."""
    marks = np.array(reference["points"], dtype=np.float64).reshape(-1, 3)
    for kind, colour in enumerate(CLASSES):
        chosen = marks[marks[:, 2] == kind]
        axes.scatter(chosen[:, 0], chosen[:, 1], s=2.5, c=colour, alpha=0.45, linewidths=0, zorder=1)
    for pieces in boundaries:
        axes.add_collection(_lines(pieces, MOVED, 0.6, 0.55, 2), autolim=False)
    axes.add_collection(_lines(reference["pieces"], INK, 1.8, 1.0, 3), autolim=False)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    fine_ticks(axes)


def _lines(pieces: Sequence[Sequence[float]], colour: str, width: float, alpha: float, order: int) -> LineCollection:
    segments = np.array(pieces, dtype=np.float64).reshape(-1, 2, 2)
    return LineCollection(list(segments), colors=colour, linewidths=width, alpha=alpha, capstyle="round", zorder=order)


def _title(means: Sequence[Mapping[str, Any]]) -> str:
    """What the means say of the spread against that of the largest size, in words."""
    first, last = means[0], means[-1]
    if len(means) == 1:
        return f"Mini-batches of {first['batch_size']}"
    said = {
        "larger": f"More spread with {first['batch_size']} than with {last['batch_size']}",
        "smaller": f"Less spread with {first['batch_size']} than with {last['batch_size']}",
    }
    return said.get(first["spread"], f"{first['batch_size']} against {last['batch_size']}: inconclusive")


def _method(reference: Mapping[str, Any]) -> str:
    """The first words of the method."""
    return str(reference["method"]).split(";")[0].split(",")[0]
