"""A counterexample as a picture: its regions, the batch and the points asked about, and the boundaries at issue."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from flint import fmpq
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from polybn.errors import DomainError, InputError
from polybn.exact.matrix import rows_of
from polybn.exact.rational import fraction, short
from polybn.networks.activation import PiecewiseLinear
from polybn.networks.affine import AffineMap
from polybn.networks.layer import Linear, Stage
from polybn.networks.network import Network
from polybn.plots.palette import INK, POINTS, layer_colour
from polybn.plots.partition import draw_partition, legend_lines
from polybn.plots.rendering import rendered
from polybn.regions.domain import Box
from polybn.regions.enumerate import enumerate_regions
from polybn.regions.partition import Partition

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Points = Sequence[Sequence[Fraction]]

MOST_UNITS = 64
"""Networks of more hidden units are not drawn: nobody checks them by eye."""
ASKED = "#c2185b"


def witness_picture(
    network: Network,
    domain: Box,
    *,
    batch: Points = (),
    points: Points = (),
    offsets: Sequence[Fraction] = (),
    unit: tuple[int, int] | None = None,
) -> bytes | None:
    """An SVG picture, the same bytes for the same input; None where there is nothing to see in the plane.

    With two inputs the regions in a box around all that is given, with one the graph over them. `unit` = (stage, unit)
    draws that unit's projection g = <w, z> + c in the place of the network, with its level sets at the offsets, and
    at its own boundaries where there are not two offsets: these are the folded hyperplanes {x : g(x) = mu}. Not
    drawn: more than two inputs or `MOST_UNITS` hidden units, and numbers that floats cannot tell apart.
    """
    if network.dimension > 2 or network.units > MOST_UNITS:
        return None
    own = boundaries(network, *unit) if unit and len(set(offsets)) < 2 else []
    levels = sorted({*offsets, *own})
    shown = unit_network(network, unit, levels) if unit else network
    try:
        partition = enumerate_regions(shown, box_around(domain, [*batch, *points]), exact=True)
        return rendered(lambda: _figure(partition, batch, points, levels, unit), "svg")
    except DomainError:  # too large, too thin or too far away for floats
        return None


def boundaries(network: Network, stage: int, unit: int) -> list[Fraction]:
    """The values of <w_k, z> + c_k at which a unit bends (or is 0, without an activation); none when gamma is 0."""
    found = network.stages[stage]
    points = found.activation.breakpoints if found.activation else (fmpq(0),)
    if found.frozen is None:
        return [fraction(point) for point in points]
    gamma, beta = found.frozen.gamma[unit], found.frozen.beta[unit]
    location, scale = found.frozen.location[unit], found.frozen.scale[unit]
    return sorted(fraction(location + scale * (point - beta) / gamma) for point in points) if gamma else []


def unit_network(network: Network, unit: tuple[int, int], levels: Sequence[Fraction]) -> Network:
    """x -> <w, z(x)> + c for one unit (stage, unit), its level sets as the boundaries of a last layer.

    Raises `InputError` for a unit that the network lacks.
    """
    stage, index = unit
    if not (0 <= stage < len(network.stages) and 0 <= index < network.stages[stage].affine.outputs):
        raise InputError(f"The network has no unit {index} in layer {stage}.", unit)
    affine = network.stages[stage].affine
    row = AffineMap(Linear([rows_of(affine.linear)[index]]).map.linear, (affine.offset[index],))
    # The identity with breakpoints: it cuts and changes nothing.
    cut = PiecewiseLinear(levels, [1] * (len(levels) + 1), levels[0], name="levels") if levels else None
    return Network([*network.stages[:stage], Stage(row, None, cut)])


def box_around(domain: Box, points: Points) -> Box:
    """The smallest box around a box and points, a quarter wider on every side."""
    columns = [
        [domain.lower[axis], domain.upper[axis], *(point[axis] for point in points)]
        for axis in range(len(domain.lower))
    ]
    margins = [(max(column) - min(column)) / 4 for column in columns]
    lower = tuple(min(column) - margin for column, margin in zip(columns, margins, strict=True))
    upper = tuple(max(column) + margin for column, margin in zip(columns, margins, strict=True))
    return Box(lower, upper)


def _figure(
    partition: Partition, batch: Points, points: Points, levels: Sequence[Fraction], unit: tuple[int, int] | None
) -> Figure:
    figure = Figure(figsize=(4.6, 4.4), layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.06), facecolor="white")
    axes = figure.add_subplot()
    draw_partition(axes, partition, legend=False)
    lines = legend_lines([partition])
    if unit is not None and levels:
        named = ", ".join(short(level, 12) for level in levels[:4]) + ", ..." * (len(levels) > 4)
        lines[-1].set_label(f"layer {unit[0]}, unit {unit[1]} at {named}")
    if partition.domain.dimension == 1 and unit is not None:
        for level in levels:
            axes.axhline(
                float(level), color=layer_colour(len(partition.layer_counts) - 1), linewidth=0.7, linestyle=":"
            )
    lines += _scatter(axes, partition, batch, "batch", "o", POINTS, 22)
    lines += _scatter(axes, partition, points, "x", "*", ASKED, 80)
    figure.legend(
        handles=lines, loc="outside lower center", ncols=min(len(lines), 3), frameon=False, fontsize=8, labelcolor=INK
    )  # fmt: skip
    return figure


def _scatter(
    axes: Axes, partition: Partition, points: Points, name: str, marker: str, colour: str, size: float
) -> list[Line2D]:
    """Points in the plane, or on the graph of the first output; their entry in the legend."""
    if not points:
        return []
    places = [
        (float(point[0]), float(partition.network(point)[0] if len(point) == 1 else point[1])) for point in points
    ]
    across, up = np.array(places, dtype=np.float64).T
    axes.scatter(across, up, s=size, c=colour, marker=marker, edgecolors="white", linewidths=0.6, zorder=50)
    return [Line2D([], [], color=colour, marker=marker, linestyle="none", label=name)]
