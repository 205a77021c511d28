"""A figure as bytes: the same for the same input, whatever settings anybody has; marks that several pictures share."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.typing import RcKeyType

DPI = 200
# Everything a picture depends on, so that nobody's own settings change it.
STYLE: dict[RcKeyType, object] = {
    "svg.hashsalt": "polybn",
    "svg.fonttype": "path",
    "font.family": ["DejaVu Sans"],
    "axes.unicode_minus": True,
    "path.simplify": False,
}


def rendered(make: Callable[[], Figure], format: str) -> bytes:
    """The figure that `make` makes, drawn in polybn's own style: the same bytes whatever settings anybody has."""
    # No date, no version of the software: these are the only parts that change between runs.
    metadata = {"Date": None, "Creator": None} if format == "svg" else {"Software": None}
    buffer = BytesIO()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        make().savefig(buffer, format=format, dpi=DPI, metadata=metadata)
    return buffer.getvalue()


def fine_ticks(axes: Axes) -> None:
    """Small marks and numbers at the axes, for panels whose content is fine."""
    axes.tick_params(labelsize=7, length=2.5, width=0.6, colors="#4a5560")


def draw_interval(axes: Axes, place: float, found: tuple[float, float, float], colour: str, label: str | None) -> None:
    """A mean as a dot on its interval: `found` is the mean and the two ends."""
    mean, lower, upper = found
    axes.vlines([place], [lower], [upper], color=colour, linewidth=1.6)
    axes.plot([place], [mean], "o", color=colour, markersize=4.5, label=label)
