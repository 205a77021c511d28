"""stdout is the result, stderr the progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from time import perf_counter

from polybn.exact.rational import MAX_DIGITS, text


def write(words: str) -> None:
    """A line, or several, of the result."""
    sys.stdout.write(f"{words}\n")


def write_json(value: Mapping[str, object]) -> None:
    """The result as one JSON object with sorted keys; Fractions as ints or "p/q"."""
    write(json.dumps(value, indent=1, sort_keys=True, default=_exact, allow_nan=False))


def write_table(rows: Sequence[tuple[str, str]]) -> None:
    """Names and values in two columns."""
    width = max(len(name) for name, _ in rows)
    write("\n".join(f"{name:<{width}}  {value}".rstrip() for name, value in rows))


def say(words: str) -> None:
    """A line on stderr."""
    sys.stderr.write(f"polybn: {words}\n")
    sys.stderr.flush()


class Clock:
    """Seconds since it was made; `seconds` is set when the work is done. `show` says how far it is, on a terminal."""

    def __init__(self) -> None:
        self.start = perf_counter()
        self.seconds = 0.0
        self.show: Callable[[str], None] = lambda words: None


@contextmanager
def working(task: str, *, quiet: bool) -> Generator[Clock, None, None]:
    """Times some work, with a spinner where stderr is a terminal and nothing elsewhere."""
    clock = Clock()
    try:
        if quiet or not sys.stderr.isatty():
            yield clock
        else:
            from rich.console import Console
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            console = Console(stderr=True)
            columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
            with Progress(*columns, console=console, transient=True) as progress:
                line = progress.add_task(task, total=None)
                clock.show = lambda words: progress.update(line, description=f"{task}: {words}")
                yield clock
    finally:
        clock.seconds = perf_counter() - clock.start


def exact(value: Fraction) -> int | str:
    """An int where it is integral and Python writes it, else text "p/q"."""
    written = text(value)
    return value.numerator if value.denominator == 1 and len(written) <= MAX_DIGITS else written


def _exact(value: object) -> object:
    if isinstance(value, Fraction):
        return exact(value)
    raise TypeError(f"{type(value).__name__} has no place in a result")
