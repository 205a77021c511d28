"""Counts against a radius, one line a set of points, between what is proved from below and from above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from polybn.errors import ShapeError
from polybn.plots.palette import INK, layer_colour
from polybn.plots.partition import rendered


def counts_picture(rows: Sequence[Mapping[str, Any]], title: str) -> bytes:
    """Estimates as lines with markers, proven brackets as shades, least and largest seed as bars; an SVG.

    A row has `points`, `radius`, `hyperplanes`, `lower`, `estimate`, `upper`, `least` and `largest`. Counts are drawn
    as shares of all hyperplanes. Raises `ShapeError` without rows.
    """
    if not rows:
        raise ShapeError("No counts to draw; at least one row is needed.", rows)
    return rendered(lambda: _figure(rows, title), "svg")


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
