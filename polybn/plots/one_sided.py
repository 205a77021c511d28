"""Rates of one-sided mini-batches against their size, one panel a depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from polybn.errors import ShapeError
from polybn.plots.palette import INK, layer_colour
from polybn.plots.rendering import rendered

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKERS = ("o", "s", "^", "D", "v")


def picture(head: Mapping[str, Any], means: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Each case of a linear output as a line, its intervals as bars: colour by width, marker by slope; an SVG.

    Raises `ShapeError` without means.
    """
    del rows
    linear = [mean for mean in means if mean["output"] == "linear"]
    if not linear:
        raise ShapeError("No rates to draw; at least one row is needed.", means)
    return rendered(lambda: _figure(linear, head["seeds"]), "svg")


def _figure(means: Sequence[Mapping[str, Any]], seeds: int) -> Figure:
    depths = sorted({mean["depth"] for mean in means})
    figure = Figure(figsize=(1.2 + 2.6 * len(depths), 3.4), layout="constrained", facecolor="white")
    panels = figure.subplots(1, len(depths), sharey=True, squeeze=False)[0]
    for axes, depth in zip(panels, depths, strict=True):
        _panel(axes, [mean for mean in means if mean["depth"] == depth])
        axes.set_title(f"hidden layers: {depth}", fontsize=9, color=INK)
    panels[0].set_ylabel("rate of one-sided mini-batches", color=INK)
    panels[-1].legend(frameon=False, labelcolor=INK, fontsize=7)
    figure.suptitle(f"Proposition 3 says 0; seeds: {seeds}", fontsize=10, color=INK)
    return figure


def _panel(axes: Axes, means: Sequence[Mapping[str, Any]]) -> None:
    widths, slopes = (sorted({mean[name] for mean in means}) for name in ("width", "slope"))
    for width in widths:
        for slope in slopes:
            own = [mean for mean in means if (mean["width"], mean["slope"]) == (width, slope)]
            own.sort(key=lambda mean: mean["batch"])
            at, colour = [mean["batch"] for mean in own], layer_colour(1 + widths.index(width))
            axes.plot(
                at, [mean["rate"] for mean in own], color=colour, marker=MARKERS[slopes.index(slope) % len(MARKERS)],
                markersize=3.5, linewidth=1, label=f"width {width}, slope {slope:g}",
            )  # fmt: skip
            axes.vlines(at, [mean["lower"] for mean in own], [mean["upper"] for mean in own], color=colour, linewidth=2)
    axes.set_xscale("log", base=2)
    axes.set_xticks(sorted({mean["batch"] for mean in means}), sorted({str(mean["batch"]) for mean in means}, key=int))
    axes.set_xlabel("samples of a mini-batch", color=INK)
