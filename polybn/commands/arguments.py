"""What commands share at the door: a parser that speaks in one line, options, numbers, models, domains."""

from __future__ import annotations

import re
import sys
from argparse import Action, ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from polybn.errors import DomainError, FileFormatError, InputError, UnfittedError
from polybn.files import shown

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

    from polybn.networks.network import Network
    from polybn.regions.domain import Box
    from polybn.regions.halfspaces import Polytope
    from polybn.regions.slice import Slice
    from polybn.regions.whole_space import WholeSpace

    Domain = Box | Polytope | WholeSpace | Slice

INSTEAD = ("--whole-space", "--polytope", "--plane-through")
"""What may name the domain in the place of --box."""
_NEGATIVE = re.compile(r"-\.?[0-9]|-(?:inf|infinity|nan|oo)\b", re.IGNORECASE)


class Parser(ArgumentParser):
    """An argument parser whose complaints are `InputError`s, so that they are reported like all others."""

    def error(self, message: str) -> NoReturn:
        """Raises `InputError` with the complaint, and what to write where that is no more than an example."""
        example = ": --box LOWER UPPER, as in --box -3 3" if "--box: expected" in message else ""
        if message.endswith(("required: --box", ", --box")):
            others = [option for option in INSTEAD if option in self.format_usage()]
            example = f" (or {', '.join(others)} in its place)" if others else ""
        raise InputError(f"{message}{example}. See {self.prog} --help.")

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Help and version; what cannot be written is told, as with any result."""
        (file or sys.stderr).write(message)


class Subparsers(Protocol):
    """What `register` is given: a place to add one command to."""

    def add_parser(self, name: str, *, help: str, description: str) -> ArgumentParser:
        """The parser of a new command."""
        ...


def readable(argv: Sequence[str]) -> list[str]:
    """The arguments, with a blank before those such as -1/2 or -3,0 so that they are values and not options.

    >>> readable(["--box", "-1/2", "-.5,3"]), readable(["--box=-3", "3"])
    (['--box', ' -1/2', ' -.5,3'], ['--box', ' -3', '3'])
    """
    # argparse takes one value after "=", and a box has two.
    parts = [part for given in argv for part in (given.split("=", 1) if given.startswith("--box=") else [given])]
    return [f" {part}" if _NEGATIVE.match(part) else part for part in parts]


def add_command(subparsers: Subparsers, name: str, summary: str, description: str) -> ArgumentParser:
    """A command that takes --json and --quiet; `description` is what its own --help says below the usage."""
    parser = subparsers.add_parser(name, help=summary, description=f"{summary}\n\n{description}".rstrip())
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    return parser


class _InPlaceOf(Action):
    """An option in the place of another one, which is not required once this one is given."""

    def __init__(self, *args: Any, replaces: Action, **options: Any) -> None:
        super().__init__(*args, **options)
        self.replaces = replaces

    def __call__(self, parser: ArgumentParser, namespace: Namespace, values: Any, option_string: Any = None) -> None:
        """Keeps the value, or that there is one."""
        setattr(namespace, self.dest, True if self.nargs == 0 else values)
        self.replaces.required = False


def add_model_and_box(parser: ArgumentParser) -> None:
    """MODEL, --box and the options of the enumeration."""
    _add_model(parser)
    _add_box(parser.add_argument)
    _add_engine(parser)


def add_model_and_domain(parser: ArgumentParser) -> None:
    """MODEL, --box or what names another domain, and the options of the enumeration."""
    _add_model(parser)
    group = parser.add_mutually_exclusive_group(required=True)
    box = _add_box(group.add_argument)
    whole, polytope, plane = INSTEAD
    group.add_argument(whole, action=_InPlaceOf, replaces=box, nargs=0, default=False, help="the domain: all of R^d")
    for option, words in (
        (polytope, 'the domain: {x : A x <= b}, a JSON file {"A": [[...], ...], "b": [...]}'),
        (plane, "the domain: the plane through the 3 points of a CSV file, or the line through 2"),
    ):
        group.add_argument(option, action=_InPlaceOf, replaces=box, metavar="FILE", help=words)
    _add_engine(parser)


def _add_model(parser: ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a network file, NAME.json (docs/network-format.md)")


def _add_box(add: Callable[..., Action]) -> Action:
    words = "the domain: -3 3 bounds every coordinate alike; 0,1/2 1,1 gives one bound a coordinate"
    box = add("--box", nargs=2, metavar=("LOWER", "UPPER"), help=words)
    box.required = True  # said now, because a group of options that exclude each other takes none that is required
    return box


def _add_engine(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--engine", choices=("auto", "split", "tree"), default="auto", help="which engine enumerates (default: auto)"
    )
    parser.add_argument("--exact", action="store_true", help="integers only: no float even to guess")


def positive(given: str) -> int:
    """A whole number above 0."""
    if not given.strip().isdecimal() or int(given) == 0:
        raise ArgumentTypeError(f"{given.strip()!r} is no whole number above 0")
    return int(given)


def read_model(path: str) -> Network:
    """The network in a file; raises `FileFormatError` for another kind of file, `UnfittedError` without statistics."""
    from polybn.importing.network_file import read_network

    suffix = PurePath(path).suffix.lower()
    if suffix != ".json":
        found = f"has the suffix {suffix!r}" if suffix else "has no suffix"
        raise FileFormatError(
            f"{shown(path)} {found}; polybn reads networks from .json files today. "
            "docs/network-format.md shows the format; polybn.importing.network_file.write_network writes it.",
            path,
        )
    net = read_network(path)
    if not net.is_fitted:
        raise UnfittedError(
            f'{shown(path)} has a normalisation with no statistics, and no "batch" to take them from. Add the key '
            "\"batch\", a list of points, or write the normalisation as the kind 'frozen' (docs/network-format.md).",
            path,
        )
    return net


def domain_of(args: Namespace, dimension: int) -> Domain:
    """The domain that the options name, in the input space of a network of `dimension` inputs.

    Raises `DomainError` when it is no domain, or does not fit the network, and what the readers of files raise.
    """
    from polybn.regions.whole_space import whole_space

    if args.whole_space:
        return whole_space(dimension)
    if args.polytope is not None:
        return _polytope_in(args.polytope, dimension)
    if args.plane_through is not None:
        return _slice_through(args.plane_through, dimension)
    return box_of(args, dimension)


def box_of(args: Namespace, dimension: int) -> Box:
    """The domain that --box names; raises `DomainError` when it does not fit the network."""
    from polybn.regions.domain import box

    bounds = [_bound(given, dimension) for given in args.box]
    for side, bound in zip(("lower", "upper"), bounds, strict=True):
        if len(bound) != dimension:
            raise DomainError(
                f"--box gives {len(bound)} {side} bounds and the network takes {dimension} coordinates. "
                f"Write one bound for all, or {dimension} separated by commas.",
                args.box,
            )
    return box(*bounds)


def _bound(given: str, dimension: int) -> list[str]:
    parts = [part.strip() for part in given.split(",")]
    return parts * dimension if len(parts) == 1 else parts


def _polytope_in(path: str, dimension: int) -> Polytope:
    from polybn.importing.inequalities import read_inequalities
    from polybn.regions.halfspaces import Polytope

    coefficients, bounds = read_inequalities(path, dimension=dimension)
    try:
        return Polytope(coefficients, bounds)
    except DomainError as error:
        raise DomainError(f"{shown(path)}: {error}", path) from error


def _slice_through(path: str, dimension: int) -> Slice:
    """The line through the two points of a file, or the plane through its three."""
    from polybn.importing.points import read_points
    from polybn.regions.slice import line_through, plane_through

    points = read_points(path, dimension=dimension)
    if len(points) not in (2, 3):
        raise DomainError(
            f"{shown(path)} has {len(points)} point{'s' * (len(points) != 1)}; 2 span a line and 3 a plane. "
            "Keep 2 or 3, one a line.",
            path,
        )
    try:
        return line_through(*points) if len(points) == 2 else plane_through(*points)
    except DomainError as error:
        raise DomainError(f"{shown(path)}: {error}", path) from error
