"""What commands share at the door: a parser that speaks in one line, options, numbers, models."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, NoReturn, Protocol

from polybn.errors import DomainError, FileFormatError, InputError, UnfittedError
from polybn.files import shown

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

    from polybn.networks.network import Network
    from polybn.regions.domain import Box

_NEGATIVE = re.compile(r"-\.?[0-9]|-(?:inf|infinity|nan|oo)\b", re.IGNORECASE)


class Parser(ArgumentParser):
    """An argument parser whose complaints are `InputError`s, so that they are reported like all others."""

    def error(self, message: str) -> NoReturn:
        """Raises `InputError` with the complaint, and what to write where that is no more than an example."""
        example = ": --box LOWER UPPER, as in --box -3 3" if "--box: expected" in message else ""
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


def add_model_and_box(parser: ArgumentParser) -> None:
    """MODEL, --box and the options of the enumeration."""
    parser.add_argument("model", metavar="MODEL", help="a network file, NAME.json (docs/network-format.md)")
    parser.add_argument(
        "--box",
        nargs=2,
        required=True,
        metavar=("LOWER", "UPPER"),
        help="the domain: -3 3 bounds every coordinate alike; 0,1/2 1,1 gives one bound a coordinate",
    )
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
            f"{shown(path)} has a normalisation with no statistics, and no \"batch\" to take them from. Add the key "
            "\"batch\", a list of points, or write the normalisation as the kind 'frozen' (docs/network-format.md).",
            path,
        )
    return net


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
