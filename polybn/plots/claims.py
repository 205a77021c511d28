"""For each claim and network the share of draws that seem to violate it, and the bound on the rate of violations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from polybn.errors import ShapeError
from polybn.plots.palette import INK, layer_colour
from polybn.plots.rendering import rendered


def picture(head: Mapping[str, Any], means: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """One line a claim and network, from the share of suspects not cleared to the bound on violations; an SVG.

    Raises `ShapeError` without means.
    """
    del rows
    if not means:
        raise ShapeError("No claims to draw; at least one row is needed.", means)
    return rendered(lambda: _figure(head, means), "svg")


def _figure(head: Mapping[str, Any], means: Sequence[Mapping[str, Any]]) -> Figure:
    figure = Figure(figsize=(6.4, 0.6 + 0.24 * len(means)), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    networks = list(dict.fromkeys(row["network"] for row in means))
    for place, row in enumerate(reversed(means)):
        colour = layer_colour(1 + networks.index(row["network"]))
        share = (row["suspects"] - row["cleared"]) / row["n"] if row["n"] else 0.0
        axes.plot([share, row["bound"]], [place, place], color=colour, linewidth=3, alpha=0.4, solid_capstyle="butt")
        axes.plot([share], [place], color=colour, marker="o", markersize=4)
    axes.set_yticks(
        range(len(means)), [f"{row['claim']}, {row['network']}" for row in reversed(means)], fontsize=7, color=INK
    )
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("share of suspects not cleared, to the bound on violations", color=INK)
    axes.set_title(f"Seeds: {head['seeds']}, bounds at {means[0]['level']:g}", fontsize=10, color=INK)
    return figure
