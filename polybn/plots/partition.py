"""A partition as a picture: regions filled, facets by layer, data points on top; the same bytes for the same input."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from polybn.errors import DomainError, InputError, ShapeError
from polybn.exact.matrix import vector
from polybn.files import StrPath, shown, write_bytes_atomically
from polybn.plots.cells import Cells, Floats, cells_of, window
from polybn.plots.palette import INK, POINTS, layer_colour, layer_width, region_colours
from polybn.plots.rendering import fine_ticks, rendered
from polybn.regions.partition import Partition

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS = ("png", "svg")
MAX_PANELS = 12
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def draw_partition(
    axes: Axes, partition: Partition, *, points: Sequence[Sequence[object]] | None = None, legend: bool = True
) -> None:
    """Draws a partition of a box or polygon in the plane, or of an interval with the graph of the network over it.

    A slice is drawn in its own coordinates t. `points`, exact numbers of shape (points, d), go on top. Facets carry
    the colour of the first layer that owns them. Raises `DomainError` for other dimensions and for unbounded domains,
    `ShapeError` for points of another dimension.
    """
    cells = cells_of(partition)
    marks = _marks(points, partition.domain.dimension)
    colours = _colours(partition, cells)
    if partition.domain.dimension == 1:
        _draw_interval(axes, partition, cells, colours, marks)
    else:
        _draw_plane(axes, partition, cells, colours, marks)
    fine_ticks(axes)
    for spine in axes.spines.values():
        spine.set(linewidth=0.8, color=INK)
    if legend and (lines := legend_lines([partition])):
        axes.legend(handles=lines, loc="upper right", fontsize=7, framealpha=0.9, edgecolor="none")


def legend_lines(partitions: Sequence[Partition]) -> list[Line2D]:
    """One line a hidden layer, as the legend shows it; the most of any partition."""
    depth = max(len(partition.layer_counts) for partition in partitions)
    return [
        Line2D([], [], color=layer_colour(layer), linewidth=max(1.1, 1.9 - 0.35 * layer), label=_layer_name(layer))
        for layer in range(depth)
    ]


def _layer_name(layer: int) -> str:
    return f"{ORDINALS[layer]} layer" if layer < len(ORDINALS) else f"layer number {layer + 1}"


def _draw_plane(axes: Axes, partition: Partition, cells: Cells, colours: list[str], marks: Floats) -> None:
    fills = PolyCollection(cells.polygons, facecolors=colours, edgecolors="face", linewidths=0.35, zorder=1)
    fills.set_gid("regions")
    axes.add_collection(fills, autolim=False)
    for layer in sorted(set(cells.layers.tolist()), reverse=True):
        _draw_lines(axes, cells.facets[cells.layers == layer], layer, len(partition))
    if len(marks):
        axes.scatter(
            marks[:, 0], marks[:, 1], s=_size(len(marks)), c=POINTS, edgecolors="white", linewidths=0.6, zorder=40
        )
    (left, bottom), (right, top) = map(_floats, window(partition))
    axes.set(xlim=(left, right), ylim=(bottom, top))
    if 0.5 <= (right - left) / (top - bottom) <= 2:
        axes.set_aspect("equal")


def _draw_lines(axes: Axes, segments: Floats, layer: int, regions: int) -> None:
    lines = LineCollection(
        list(segments),
        colors=layer_colour(layer),
        linewidths=layer_width(layer, regions),
        capstyle="round",
        zorder=30 - min(layer, 20),
    )
    lines.set_gid(f"layer-{layer}")
    axes.add_collection(lines, autolim=False)


def _draw_interval(axes: Axes, partition: Partition, cells: Cells, colours: list[str], marks: Floats) -> None:
    """Bands between the breakpoints, and the outputs over them: affine on each band."""
    graphs: list[list[Floats]] = [[] for _ in range(partition.network.outputs)]
    for region, polygon in zip(partition, cells.polygons, strict=True):
        low, high = (_floats(region.affine(end)) for end in region.vertices)
        for graph, start, stop in zip(graphs, low, high, strict=True):
            graph.append(np.array([[polygon[0, 0], start], [polygon[1, 0], stop]]))
    heights = np.concatenate([piece[:, 1] for graph in graphs for piece in graph])
    margin = 0.08 * float(np.ptp(heights)) or 1.0
    bottom, top = float(heights.min()) - margin, float(heights.max()) + margin
    bands = [np.array([(p[0, 0], bottom), (p[1, 0], bottom), (p[1, 0], top), (p[0, 0], top)]) for p in cells.polygons]
    fills = PolyCollection(bands, facecolors=colours, edgecolors="face", linewidths=0.35, zorder=1)
    fills.set_gid("regions")
    axes.add_collection(fills, autolim=False)
    for layer in sorted(set(cells.layers.tolist()), reverse=True):
        places = cells.facets[cells.layers == layer].ravel()
        walls = np.stack([np.stack([places, np.full_like(places, y)], axis=1) for y in (bottom, top)], axis=1)
        _draw_lines(axes, walls, layer, len(partition))
    for graph in graphs:
        axes.add_collection(LineCollection(graph, colors=POINTS, linewidths=1.8, capstyle="round", zorder=35))
    if len(marks):
        axes.scatter(
            marks[:, 0], np.full(len(marks), bottom + margin / 2), s=_size(len(marks)), c=POINTS, edgecolors="white",
            linewidths=0.6, zorder=40,
        )  # fmt: skip
    axes.set(xlim=tuple(end for [end] in map(_floats, window(partition))), ylim=(bottom, top))


def picture(
    partitions: Sequence[Partition],
    titles: Sequence[str],
    *,
    points: Sequence[Sequence[object]] | None = None,
    axis_names: Sequence[str] = (),
    format: str = "png",
) -> bytes:
    """The partitions side by side, each under its title, as the bytes of a PNG or SVG file.

    The same input gives the same bytes. `points` go on top of every panel, `axis_names` beside the axes.
    """
    if format not in FORMATS:
        raise InputError(f"{format!r} is not a picture format; write one of {', '.join(map(repr, FORMATS))}.", format)
    if len(titles) != len(partitions) or not 1 <= len(partitions) <= MAX_PANELS:
        raise ShapeError(
            f"{len(partitions)} partitions and {len(titles)} titles; 1 to {MAX_PANELS} and one title each.", titles
        )
    return rendered(lambda: _figure(partitions, titles, points, axis_names), format)


def write_picture(
    path: StrPath,
    partitions: Sequence[Partition],
    titles: Sequence[str],
    *,
    points: Sequence[Sequence[object]] | None = None,
    axis_names: Sequence[str] = (),
) -> None:
    """Writes `picture` to a file, whole or not at all; its suffix .png or .svg says the format."""
    content = picture(partitions, titles, points=points, axis_names=axis_names, format=picture_format(path))
    write_bytes_atomically(path, content)


def picture_format(path: StrPath) -> str:
    """ "png" or "svg", from the suffix; raises `InputError` for any other."""
    name = shown(path)
    found = name.rpartition(".")[2].lower() if "." in name else ""
    if found not in FORMATS:
        raise InputError(f"{name} has no suffix .png or .svg; polybn draws these two. Name the file so.", path)
    return found


def _figure(
    partitions: Sequence[Partition],
    titles: Sequence[str],
    points: Sequence[Sequence[object]] | None,
    axis_names: Sequence[str],
) -> Figure:
    engine = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.06)
    figure = Figure(figsize=(4.3 * len(partitions), 4.75), layout=engine, facecolor="white")
    for number, (partition, title) in enumerate(zip(partitions, titles, strict=True), start=1):
        axes = figure.add_subplot(1, len(partitions), number)
        draw_partition(axes, partition, points=points, legend=False)
        axes.set_title(title, fontsize=10, color=INK, pad=7, parse_math=False)
        for axis, name in zip((axes.xaxis, axes.yaxis), axis_names, strict=False):
            axis.set_label_text(name, fontsize=8.5, color=INK, parse_math=False)
    if lines := legend_lines(partitions):
        figure.legend(
            handles=lines, loc="outside lower center", ncols=min(len(lines), 4), frameon=False, fontsize=8,
            labelcolor=INK, handlelength=1.8, columnspacing=2.2,
        )  # fmt: skip
    return figure


def _colours(partition: Partition, cells: Cells) -> list[str]:
    lower, upper = (np.array(_floats(corner)) for corner in window(partition))
    places = (cells.centres - lower) / (upper - lower)
    if places.shape[1] == 1:
        turn = np.pi * (1 - places)  # along half of the colour wheel
        places = (1 + np.concatenate([np.cos(turn), np.sin(turn)], axis=1)) / 2
    width = partition.network.widths[0] if partition.network.widths else 0
    parents: dict[bytes, int] = {}
    first = [parents.setdefault(code[:width].tobytes(), len(parents)) for code in partition.codes]
    return region_colours(places, np.array(first, dtype=np.int64), cells.pairs)


def _marks(points: Sequence[Sequence[object]] | None, dimension: int) -> Floats:
    rows = [vector(point, f"points[{index}]") for index, point in enumerate(points or ())]
    for index, row in enumerate(rows):
        if len(row) != dimension:
            raise ShapeError(f"points[{index}] has {len(row)} coordinates; the picture has {dimension}.", points)
    exact = [[Fraction(int(entry.p), int(entry.q)) for entry in row] for row in rows]
    return np.array([_floats(row) for row in exact], dtype=np.float64).reshape(len(rows), dimension)


def _floats(values: Sequence[Fraction]) -> list[float]:
    try:
        return [float(value) for value in values]
    except OverflowError as error:
        raise DomainError("A value is too large for a picture. Draw a smaller domain.", values) from error


def _size(count: int) -> float:
    return 26.0 if count <= 30 else max(5.0, 26.0 * (30 / count) ** 0.5)
