"""The command line: finds the command, runs it, and turns every refusal into one line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, suppress
from importlib import import_module
from io import TextIOWrapper
from typing import Protocol, TextIO, cast

from polybn import __version__
from polybn.commands.arguments import Parser, Subparsers, readable
from polybn.errors import InputError, InternalError, PolybnError
from polybn.files import closest

DONE, FAILED, BAD_INPUT, INCOMPLETE = 0, 1, 2, 3

COMMANDS = {
    "audit": "decide the claims of the paper: proved, tested, or refuted with a small exact counterexample",
    "regions": "count the linear regions of a network in a domain, exactly",
    "draw": "draw the linear regions of a network of two inputs (or one)",
    "replay": "check that a stored counterexample still fails",
    "prove": "run the executable proofs, step by step, and say what each rests on",
    "scale": "an experiment of the paper on a large network, with torch",
    "claims": "list the claims: sentence, source, hypotheses, twin, and what is known",
}
"""The commands and what `polybn --help` says of them; each is `polybn.commands.NAME`, imported when it is used."""


class Command(Protocol):
    """What a module of `polybn.commands` offers."""

    def register(self, subparsers: Subparsers) -> None:
        """Adds the command's parser."""
        ...

    def run(self, args: object) -> int:
        """Does it; the exit code."""
        ...


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; 0 done, 1 a check failed, 2 bad input, 3 incomplete."""
    if cast("object", sys.stderr) is not None:
        return _run(argv)
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stderr(nowhere):
        return _run(argv)


def _run(argv: Sequence[str] | None) -> int:
    try:
        _require_stdout()
        _escape_what_cannot_be_encoded()
        code = _dispatch(readable(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        return code
    except InputError as error:
        return _report(f"error: {error}", BAD_INPUT)
    except InternalError as error:
        return _report(f"internal error: {error} Please report it, with the input.", FAILED)
    except PolybnError as error:
        return _report(f"failed: {error}", FAILED)
    except KeyboardInterrupt:
        return _report("interrupted; the result is incomplete.", INCOMPLETE)
    except MemoryError:
        return _report("out of memory; the result is incomplete. Take a smaller network or domain.", INCOMPLETE)
    except BrokenPipeError:
        _discard(sys.stdout)  # its reader went away, as `head` does
        return INCOMPLETE
    except OSError as error:
        return _report(f"the result could not be written: {error.strerror or error}.", INCOMPLETE)


def _dispatch(argv: Sequence[str]) -> int:
    name = next((given for given in argv if not given.startswith("-")), None)
    parser = Parser(prog="polybn", description="Linear regions of small networks, and claims about them, exactly.")
    parser.add_argument("--version", action="version", version=f"polybn {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", prog="polybn")
    command = None
    for known, summary in COMMANDS.items():
        if known == name:
            command = cast(Command, import_module(f"polybn.commands.{name}"))
            command.register(subparsers)
        else:
            subparsers.add_parser(known, help=summary)
    if name is not None and command is None:
        raise InputError(
            f"{name.strip()!r} is not a command.{closest(name, list(COMMANDS))} Write one of {', '.join(COMMANDS)}.",
            name,
        )
    try:
        args = parser.parse_args(argv)
    except SystemExit as stop:  # --help and --version, once printed
        return int(stop.code or DONE)
    if command is None:
        with suppress(OSError):
            parser.print_help(sys.stderr)
        raise InputError(f"a command is needed: {', '.join(COMMANDS)}.", argv)
    return command.run(args)


def _report(line: str, code: int) -> int:
    _put(sys.stdout, "")
    _put(sys.stderr, f"polybn: {line}\n")
    return code


def _put(stream: TextIO, words: str) -> None:
    """Writes all that is left, or gives it up."""
    try:
        stream.write(words)
        stream.flush()
    except AttributeError:  # it is None: closed before the start
        pass
    except OSError:
        _discard(stream)


def _discard(stream: TextIO) -> None:
    """What is still buffered goes nowhere, quietly; else the interpreter would complain of it at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _require_stdout() -> None:
    if cast("object", sys.stdout) is None:
        raise OSError("stdout is closed; redirect it to a file, or to /dev/null")


def _escape_what_cannot_be_encoded() -> None:
    """File names may hold bytes or characters that the terminal's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
