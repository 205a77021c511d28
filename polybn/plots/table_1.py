"""Accuracies with gamma and beta learned beside those with both fixed, and their differences, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from polybn.errors import ShapeError
from polybn.plots.palette import INK, layer_colour
from polybn.plots.rendering import draw_interval, rendered

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDES = {"learned": -0.14, "fixed": 0.14}
"""Where each stands beside the middle of its architecture."""


def picture(head: Mapping[str, Any], means: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Left both mean accuracies of each architecture over the seeds' own, right the mean differences; an SVG.

    A mean has `architecture`, `learned`, `fixed` and `difference`, each with `_lower` and `_upper`, and `verdict`; a
    row `architecture`, `parameters` and `accuracy`. Raises `ShapeError` without means.
    """
    if not means:
        raise ShapeError("No accuracies to draw; at least one row is needed.", means)
    settings = head["settings"]
    title = f"Width {settings['width']} on {settings['data']}, seeds: {head['seeds']}"
    return rendered(lambda: _figure(means, rows, title), "svg")


def _figure(means: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], title: str) -> Figure:
    figure = Figure(figsize=(7.6, 3.4), layout="constrained", facecolor="white")
    places = {mean["architecture"]: place for place, mean in enumerate(means)}
    left, right = figure.subplots(1, 2)
    for axes in (left, right):
        axes.set_xticks(list(places.values()), [name.replace("_", " ") for name in places])
        axes.set_xlim(-0.5, len(places) - 0.5)
    _accuracies(left, places, means, rows)
    right.axhline(0, color=INK, linewidth=0.8)
    for place, mean in enumerate(means):
        draw_interval(right, place, _found(mean, "difference"), layer_colour(3), None)
        right.annotate(
            mean["verdict"], (place, mean["difference_upper"]), (0, 4), textcoords="offset points", ha="center",
            fontsize=8, color=INK,
        )  # fmt: skip
    right.margins(y=0.15)
    right.set_ylabel("accuracy learned minus fixed", color=INK)
    figure.suptitle(title, fontsize=10, color=INK)
    return figure


def _accuracies(
    axes: Axes, places: Mapping[str, int], means: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]
) -> None:
    words = {"learned": "gamma, beta learned", "fixed": "gamma = 1, beta = 0"}
    for number, (parameters, side) in enumerate(SIDES.items(), start=1):
        own = [row for row in rows if row["parameters"] == parameters]
        at = [places[row["architecture"]] + side + 0.07 for row in own]
        axes.plot(at, [row["accuracy"] for row in own], "o", color=INK, alpha=0.35, markersize=2.5)
        for place, mean in enumerate(means):
            label = None if place else words[parameters]
            draw_interval(axes, place + side, _found(mean, parameters), layer_colour(number), label)
    axes.set_ylabel("test accuracy", color=INK)
    axes.legend(frameon=False, labelcolor=INK, fontsize=8)


def _found(mean: Mapping[str, Any], name: str) -> tuple[float, float, float]:
    return mean[name], mean[f"{name}_lower"], mean[f"{name}_upper"]
