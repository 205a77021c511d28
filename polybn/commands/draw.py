"""`polybn draw MODEL --box LOWER UPPER --out PICTURE`: the regions as a picture."""

from __future__ import annotations

from argparse import Namespace
from pathlib import PurePath
from typing import TYPE_CHECKING

from polybn.commands.arguments import Subparsers, add_command, add_model_and_box, box_of, read_model
from polybn.commands.output import say, working, write, write_json
from polybn.commands.regions import described
from polybn.errors import DomainError
from polybn.files import require_folder_of, shown

if TYPE_CHECKING:
    from polybn.importing.points import Point
    from polybn.networks.network import Network
    from polybn.regions.domain import Box

SUMMARY = "draw the linear regions of a network of two inputs (or one)"
DESCRIPTION = """\
examples:
  polybn draw net.json --box -3 3 --out regions.svg
  polybn draw net.json --box -3 3 --out regions.png --points data.csv"""


def register(subparsers: Subparsers) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "draw", SUMMARY, DESCRIPTION)
    add_model_and_box(parser)
    parser.add_argument("--out", required=True, metavar="PICTURE", help="the file to write, NAME.svg or NAME.png")
    parser.add_argument("--points", metavar="CSV", help="points to draw on top: one a line, one column a coordinate")
    parser.add_argument("--title", help="the text above the picture (default: the name and the number of regions)")


def run(args: Namespace) -> int:
    """Enumerates, draws, writes the picture whole or not at all; 0."""
    from polybn.plots.partition import picture_format, write_picture
    from polybn.regions.enumerate import enumerate_regions

    format = picture_format(args.out)
    require_folder_of(args.out)
    net = read_model(args.model)
    domain = box_of(args, net.dimension)
    _require_planar(net, args.model)
    points = _points(args, net.dimension, domain)
    with working("enumerating regions", quiet=args.quiet):
        partition = enumerate_regions(net, domain, engine=args.engine, exact=args.exact)
    title = args.title if args.title is not None else f"{PurePath(args.model).stem}: {_count(len(partition))}"
    with working("drawing", quiet=args.quiet):
        write_picture(args.out, [partition], [title], points=points)
    if args.json:
        write_json({**described(partition, args), "out": args.out, "format": format, "points": len(points)})
    else:
        layers = ", ".join(map(str, partition.layer_counts))
        write(f"{shown(args.out)}: {_count(len(partition))}" + (f" (after each layer: {layers})" if layers else ""))
    return 0


def _require_planar(net: Network, model: str) -> None:
    """Refused before the enumeration, which could be long."""
    if net.dimension > 2:
        raise DomainError(
            f"{shown(model)} takes {net.dimension} inputs; pictures are drawn of networks of 1 or 2. "
            "Use polybn regions for the count.",
            net,
        )


def _points(args: Namespace, dimension: int, domain: Box) -> list[Point]:
    from polybn.importing.points import read_points

    if args.points is None:
        return []
    points = read_points(args.points, dimension=dimension)
    bounds = list(zip(domain.lower, domain.upper, strict=True))
    outside = sum(
        not all(low <= value <= high for value, (low, high) in zip(point, bounds, strict=True)) for point in points
    )
    if outside and not args.quiet:
        say(f"{outside} of {len(points)} points lie outside {domain} and are not seen.")
    return points


def _count(regions: int) -> str:
    return "1 region" if regions == 1 else f"{regions} regions"
