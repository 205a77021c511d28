"""SVG pictures of figures: the same bytes for the same figure, whatever settings anybody has."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import matplotlib as mpl
from matplotlib.figure import Figure

from polybn.plots.partition import STYLE


def svg(make: Callable[[], Figure]) -> bytes:
    """The figure that `make` makes, drawn in polybn's own style; no date and no version in it."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        buffer = BytesIO()
        make().savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()
