"""Counts against a radius, one line a set of points, between what is proved from below and from above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from polybn.errors import ShapeError
from polybn.plots.palette import INK, layer_colour
from polybn.plots.rendering import rendered


def picture(head: Mapping[str, Any], means: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Estimates as lines with markers, proven brackets as shades, least and largest seed as bars; an SVG.

    A mean has `points`, `radius`, `hyperplanes`, `lower`, `estimate`, `upper`, `least` and `largest`. Counts are drawn
    as shares of all hyperplanes. Raises `ShapeError` without means.
    """
    del rows
    if not means:
        raise ShapeError("No counts to draw; at least one row is needed.", means)
    title = f"Resnet9 of width {head['settings']['width']}, random weights, seeds: {head['seeds']}"
    return rendered(lambda: _figure(means, title), "svg")


def _figure(rows: Sequence[Mapping[str, Any]], title: str) -> Figure:
    figure = Figure(figsize=(5.2, 3.6), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    for number, name in enumerate(dict.fromkeys(row["points"] for row in rows), start=1):
        own = [row for row in rows if row["points"] == name]
        radii = [row["radius"] for row in own]
        share = {
            part: [row[part] / row["hyperplanes"] for row in own]
            for part in ("lower", "estimate", "upper", "least", "largest")
        }
        colour = layer_colour(number)
        axes.fill_between(radii, share["lower"], share["upper"], color=colour, alpha=0.15, linewidth=0)
        axes.plot(radii, share["estimate"], color=colour, marker="o", markersize=3, label=name)
        axes.vlines(radii, share["least"], share["largest"], color=colour, linewidth=2)
    axes.set_xscale("log")
    axes.set_xlabel("radius of the ball", color=INK)
    axes.set_ylabel("share of folded hyperplanes through it", color=INK)
    axes.set_title(title, fontsize=10, color=INK)
    axes.legend(frameon=False, labelcolor=INK)
    return figure
