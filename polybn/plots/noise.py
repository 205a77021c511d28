"""Accuracy against the level of noise, and what noise changes seed by seed, both with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from polybn.errors import ShapeError
from polybn.plots.palette import INK, layer_colour
from polybn.plots.rendering import draw_interval, rendered

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLES = ((-0.12, layer_colour(2)), (0.12, layer_colour(5)))
"""Where and in what colour the kinds of statistics are drawn, in order."""
TICKS = (0.005, 0.01, 0.03, 0.1, 0.3, 1.0)
VERDICT_COLOURS = {"raises": layer_colour(4), "lowers": layer_colour(1), "inconclusive": "#6b7680"}


def picture(head: Mapping[str, Any], means: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Left mean accuracies with intervals over the seeds' own, right mean differences to level 0 by verdict; an SVG.

    A mean has `statistics`, `level`, `accuracy`, `lower`, `upper`, `difference`, `difference_lower`,
    `difference_upper` and `verdict`; a row `statistics`, `level` and `accuracy`. Raises `ShapeError` without means.
    """
    if not means:
        raise ShapeError("No accuracies to draw; at least one row is needed.", means)
    settings = head["settings"]
    title = f"{settings['architecture']} of width {settings['width']} on {settings['data']}, seeds: {head['seeds']}"
    return rendered(lambda: _figure(means, rows, title), "svg")


def _figure(means: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], title: str) -> Figure:
    figure = Figure(figsize=(7.6, 3.4), layout="constrained", facecolor="white")
    places = {level: place for place, level in enumerate(sorted({mean["level"] for mean in means}))}
    left, right = figure.subplots(1, 2)
    for axes in (left, right):
        axes.set_xticks(list(places.values()), [f"{level:g}" for level in places])
        axes.set_xlim(-0.5, len(places) - 0.5)
        axes.set_xlabel("level of the noise in training", color=INK)
    _accuracies(left, places, means, rows)
    _differences(right, places, means)
    figure.suptitle(title, fontsize=10, color=INK)
    return figure


def _accuracies(
    axes: Axes, places: Mapping[float, int], means: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]
) -> None:
    kinds = list(dict.fromkeys(mean["statistics"] for mean in means))
    told: set[str] = set()
    for row in rows:
        at = places[row["level"]] + 2 * STYLES[kinds.index(row["statistics"])][0]
        axes.plot([at], [row["accuracy"]], "o", color=INK, alpha=0.35, markersize=2.5)
    for mean in means:
        kind = mean["statistics"]
        (at, colour), label = STYLES[kinds.index(kind)], None if kind in told else f"statistics: {kind}"
        found = mean["accuracy"], mean["lower"], mean["upper"]
        draw_interval(axes, places[mean["level"]] + at, found, colour, label)
        told.add(kind)
    axes.set_ylabel("test accuracy", color=INK)
    axes.legend(frameon=False, labelcolor=INK, fontsize=8)


def _differences(axes: Axes, places: Mapping[float, int], means: Sequence[Mapping[str, Any]]) -> None:
    axes.axhline(0, color=INK, linewidth=0.8)
    told: set[str] = set()
    kinds = list(dict.fromkeys(mean["statistics"] for mean in means))
    for mean in means:
        verdict = mean["verdict"]
        if verdict in VERDICT_COLOURS:
            found = mean["difference"], mean["difference_lower"], mean["difference_upper"]
            label = None if verdict in told else verdict
            at = places[mean["level"]] + STYLES[kinds.index(mean["statistics"])][0]
            draw_interval(axes, at, found, VERDICT_COLOURS[verdict], label)
            told.add(verdict)
    # Linear near 0, logarithmic beyond: the loss at a high level would hide what lower ones change.
    axes.set_yscale("symlog", linthresh=0.01)
    ends = [
        abs(mean[part]) for mean in means for part in ("difference_lower", "difference_upper") if mean[part] is not None
    ]
    ticks = [tick for tick in TICKS if tick <= 2 * max(ends, default=0.01)]
    axes.set_yticks([*(-tick for tick in reversed(ticks)), 0, *ticks])
    axes.set_yticklabels([f"{tick:+g}" if tick else "0" for tick in axes.get_yticks()])
    axes.minorticks_off()
    axes.set_ylabel("accuracy minus that at level 0", color=INK)
    if told:
        axes.legend(frameon=False, labelcolor=INK, fontsize=8)
