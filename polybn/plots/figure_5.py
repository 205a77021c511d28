"""Test accuracy against the epoch, a line for each start and a panel for each learning rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from polybn.errors import ShapeError
from polybn.plots.palette import INK, layer_colour
from polybn.plots.rendering import rendered

Rows = Sequence[Mapping[str, Any]]
MAX_PANELS = 6


def picture(head: Mapping[str, Any], means: Rows, rows: Rows) -> bytes:
    """Means over seeds as lines, their intervals as shades, single seeds as thin lines; an SVG.

    A mean has `learning_rate`, `start`, `epoch`, `accuracy`, `lower`, `upper`, and at the last epoch `difference`,
    `difference_lower` and `difference_upper`; a row `seed`, `learning_rate`, `start`, `epoch` and `accuracy`. A
    panel's legend gives the differences to the start that has none. Raises `ShapeError` without means, and for more
    than `MAX_PANELS` learning rates.
    """
    rates = list(dict.fromkeys(row["learning_rate"] for row in means))
    if not 0 < len(rates) <= MAX_PANELS:
        raise ShapeError(f"{len(rates)} learning rates were given; from 1 to {MAX_PANELS} fit into a picture.", means)
    settings = head["settings"]
    title = (
        f"Resnet9 of width {settings['width']} on {settings['data']}, SGD without batch normalisation, "
        f"seeds: {head['seeds']}"
    )
    return rendered(lambda: _figure(rates, means, rows, title), "svg")


def _figure(rates: Sequence[float], means: Rows, rows: Rows, title: str) -> Figure:
    figure = Figure(figsize=(0.6 + 4.2 * len(rates), 4.6), layout="constrained", facecolor="white")
    panels = figure.subplots(1, len(rates), sharey=True, squeeze=False)[0]
    for axes, rate in zip(panels, rates, strict=True):
        own, single = ([row for row in part if row["learning_rate"] == rate] for part in (means, rows))
        _panel(axes, own, single)
        axes.set_title(f"learning rate {rate:g}", fontsize=9, color=INK)
        axes.set_xlabel("epoch", color=INK)
    panels[0].set_ylabel("test accuracy", color=INK)
    figure.suptitle(title, fontsize=10, color=INK)
    return figure


def _panel(axes: Axes, means: Rows, rows: Rows) -> None:
    last = max(row["epoch"] for row in means)
    reference = next((row["start"] for row in means if row["epoch"] == last and row["difference"] is None), "")
    for number, start in enumerate(dict.fromkeys(row["start"] for row in means)):
        own = sorted((row for row in means if row["start"] == start), key=lambda row: row["epoch"])
        epochs = [row["epoch"] for row in own]
        colour = layer_colour(number)
        lower, upper = ([row[part] for row in own] for part in ("lower", "upper"))
        axes.fill_between(epochs, lower, upper, color=colour, alpha=0.1, linewidth=0)
        for seed in dict.fromkeys(row["seed"] for row in rows):
            one = sorted(
                (row["epoch"], row["accuracy"]) for row in rows if (row["seed"], row["start"]) == (seed, start)
            )
            axes.plot(*zip(*one, strict=True), color=colour, linewidth=0.5, alpha=0.5)
        accuracy = [row["accuracy"] for row in own]
        axes.plot(epochs, accuracy, color=colour, marker="o", markersize=3, label=start + _difference(own[-1]))
    axes.set_ylim(0, 1)
    legend = axes.legend(
        title=f"At the end, against {reference} of the same seed:",
        loc="upper center",
        bbox_to_anchor=(0.5, -0.18),
        frameon=False,
        labelcolor=INK,
        fontsize=7.5,
        title_fontsize=7.5,
    )
    legend.get_title().set_color(INK)


def _difference(last: Mapping[str, Any]) -> str:
    if last["difference"] is None:
        return ""
    ends = f"{last['difference_lower']:+.3f} to {last['difference_upper']:+.3f}"
    return f": {last['difference']:+.3f} ({ends})"
