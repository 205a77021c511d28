"""Quantiles of a mini-batch's mean and variance against those of the analytic law, one unit of each layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from polybn.errors import ShapeError
from polybn.plots.palette import INK, layer_colour
from polybn.plots.rendering import fine_ticks, rendered

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    Rows = Sequence[Mapping[str, Any]]
    Layer = tuple[str, str]

STATISTICS = ("mean", "variance")
IN_TRAINING = ("none", "mini-batch")
"""Which rows are drawn: those of the first layer, and of deeper ones as in training."""


def picture(head: Mapping[str, Any], means: Rows, rows: Rows) -> bytes:
    """A panel a layer and statistic: markers for the empirical law, lines for the matched one, dashes for equality.

    Each row has quantiles in deviations of the analytic law; the first seed and unit are drawn, after the most
    training. A single value, the law of a constant unit, is a point. An SVG. Raises `ShapeError` without rows.
    """
    del means
    drawn = _chosen(rows)
    if not drawn:
        raise ShapeError("No laws to draw; at least one row is needed.", rows)
    title = f"Unit {drawn[0]['unit']} over mini-batches, {drawn[0]['epochs']} epochs, seed {drawn[0]['seed']}"
    return rendered(lambda: _figure(drawn, title, head["settings"]["draws"]), "svg")


def _chosen(rows: Rows) -> list[Mapping[str, Any]]:
    """Of the first seed and unit, after the most training, with earlier layers as in training."""
    if not rows:
        return []
    seed, unit, epochs = rows[0]["seed"], rows[0]["unit"], max(row["epochs"] for row in rows)
    wanted = (seed, unit, epochs)
    return [
        row for row in rows if (row["seed"], row["unit"], row["epochs"]) == wanted and row["earlier"] in IN_TRAINING
    ]


def _figure(rows: Rows, title: str, draws: int) -> Figure:
    layers = list(dict.fromkeys((row["network"], row["layer"]) for row in rows))
    sizes = list(dict.fromkeys(row["batch_size"] for row in rows))
    figure = Figure(figsize=(6.4, 0.7 + 2.5 * len(layers)), layout="constrained", facecolor="white")
    grid: Any = figure.subplots(len(layers), len(STATISTICS), squeeze=False)
    for place, layer in enumerate(layers):
        for axes, statistic in zip(grid[place], STATISTICS, strict=True):
            own = [row for row in rows if (row["network"], row["layer"], row["statistic"]) == (*layer, statistic)]
            _panel(axes, own, sizes)
            axes.set_title(f"{layer[0]}, layer {layer[1]}: {statistic}", fontsize=9, color=INK, parse_math=False)
        grid[place][0].set_ylabel("empirical", fontsize=8, color=INK)
    for axes in grid[-1]:
        axes.set_xlabel("analytic, in its standard deviations", fontsize=8, color=INK)
    figure.suptitle(f"{title}; {draws} draws", fontsize=10, color=INK)
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=min(len(labels), 3), frameon=False, fontsize=8,
        labelcolor=INK,
    )  # fmt: skip
    return figure


def _panel(axes: Axes, rows: Rows, sizes: Sequence[int]) -> None:
    """Both quantiles against the analytic ones, for each size of mini-batches."""
    ends: list[float] = []
    for row in rows:
        colour = layer_colour(1 + sizes.index(row["batch_size"]))
        x = row["analytic_quantiles"]
        ends += [min(x), max(x)]
        batch = f"{row['batch_size']} images"
        axes.plot(x, row["matched_quantiles"], color=colour, linewidth=1, label=f"matched, {batch}")
        axes.plot(
            x, row["empirical_quantiles"], color=colour, linestyle="none", marker="o", markersize=2.8,
            markerfacecolor="none" if row["batch_size"] == sizes[0] else colour, label=f"empirical, {batch}",
        )  # fmt: skip
    line = [min(ends), max(ends)]
    axes.plot(line, line, color=INK, linewidth=0.8, linestyle="--", label="analytic")
    fine_ticks(axes)
