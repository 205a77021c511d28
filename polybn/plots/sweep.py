"""A sweep as a grid of partitions, one panel a value of the statistic that is swept (Figures 2 and 9)."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from polybn.errors import ShapeError
from polybn.plots.palette import INK
from polybn.plots.partition import draw_partition, legend_lines
from polybn.plots.rendering import rendered
from polybn.regions.partition import Partition

COLUMNS = 3


def sweep_picture(
    partitions: Sequence[Partition], titles: Sequence[str], *, points: Sequence[Sequence[object]] = ()
) -> bytes:
    """The partitions in rows of three under their titles, as an SVG; `points` go on top of each.

    Raises `ShapeError` unless there is one title a partition and at least one of them, `DomainError` for partitions
    that are not bounded in one or two dimensions.
    """
    if not partitions or len(titles) != len(partitions):
        raise ShapeError(f"{len(partitions)} partitions and {len(titles)} titles; one each is needed.", titles)
    return rendered(lambda: _figure(partitions, titles, points), "svg")


def _figure(partitions: Sequence[Partition], titles: Sequence[str], points: Sequence[Sequence[object]]) -> Figure:
    columns = min(COLUMNS, len(partitions))
    rows = -(-len(partitions) // columns)
    engine = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06)
    figure = Figure(figsize=(3.0 * columns, 3.1 * rows + 0.4), layout=engine, facecolor="white")
    for number, (partition, title) in enumerate(zip(partitions, titles, strict=True), start=1):
        axes = figure.add_subplot(rows, columns, number)
        draw_partition(axes, partition, points=points, legend=False)
        axes.set_title(title, fontsize=10, color=INK, pad=5, parse_math=False)
    if lines := legend_lines(partitions):
        figure.legend(
            handles=lines, loc="outside lower center", ncols=min(len(lines), 4), frameon=False, fontsize=8,
            labelcolor=INK,
        )  # fmt: skip
    return figure
