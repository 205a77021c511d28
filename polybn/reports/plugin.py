"""The pytest plugin: a table of the claims checked in a session, and failing properties written out as scripts.

Loaded by every pytest run beside which polybn is installed, so it imports nothing until a claim was checked or a
property failed, and prints nothing where neither happened. Rows travel on the test reports, so those of the workers of
pytest-xdist reach the process that prints.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Generator, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from types import TracebackType

    from polybn.reports.checked import Checked

NAME = "polybn-claims"
CARRIED = "polybn_checked"
TITLE = "polybn: claims checked"
SECTION = "polybn: this example, exactly"
COLUMNS = ("claim", "normalization", "status", "live", "rejected", "degenerate strata", "seconds")


def pytest_configure(config: pytest.Config) -> None:
    """One collector a session."""
    config.pluginmanager.register(Collector(), NAME)


class Collector:
    """Moves rows onto test reports where tests run, and prints what the reports carry where they arrive."""

    def __init__(self) -> None:
        self.rows: list[Checked] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """The claims checked since the last report, and the arguments of a property that failed."""
        report = yield
        checked = sys.modules.get("polybn.reports.checked")
        if checked is not None and (rows := checked.taken()):
            setattr(report, CARRIED, [asdict(row) for row in rows])
        if call.excinfo is not None and report.failed:
            words = _explained(item, call.excinfo.tb)
            if words:
                report.sections.append((SECTION, words))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called in a worker and in the process that prints; only there is it used."""
        carried = cast("list[dict[str, Any]]", getattr(report, CARRIED, []))
        if carried:
            from polybn.reports.checked import Checked

            for row in carried:
                # What travels from a worker may arrive with lists for tuples.
                row["rejected"] = tuple([(str(name), int(count)) for name, count in row["rejected"]])
                self.rows.append(Checked(**row))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The table, where there is one."""
        if self.rows:
            terminalreporter.section(TITLE)
            terminalreporter.write_line(table(self.rows))


def table(rows: Iterable[Checked]) -> str:
    """One line a claim and normalisation; checks with the same result share a line, and their seconds add up."""
    from polybn.reports.report import aligned

    times: dict[tuple[str, ...], list[float]] = {}
    for row in rows:
        times.setdefault(_cells(row), []).append(row.seconds)
    lines: list[tuple[str, ...]] = [COLUMNS]
    for cells, seconds in times.items():
        several = f" in {len(seconds)} checks" if len(seconds) > 1 else ""
        lines.append((*cells, f"{sum(seconds):.2f}{several}"))
    witnesses = dict.fromkeys(row.witness for row in rows if row.witness)
    return "\n".join([aligned(lines), *(f"polybn replay {path}" for path in witnesses)])


def _cells(row: Checked) -> tuple[str, ...]:
    missed = ", ".join(f"{count} ({name})" for name, count in row.rejected) or "0"
    return row.claim, row.normalization, row.status, str(row.live), missed, f"{row.covered} of {row.degenerate}"


def _explained(item: pytest.Item, trace: TracebackType) -> str:
    """The arguments of a failed property of hypothesis in source, where one of them holds a network."""
    test = getattr(item, "obj", None)
    inner = getattr(getattr(test, "hypothesis", None), "inner_test", None)
    if inner is None:
        return ""
    code = inspect.unwrap(inner).__code__
    frame = next((frame for frame, _ in traceback.walk_tb(trace) if frame.f_code is code), None)
    if frame is None:
        return ""
    from polybn.reports.script import explanation

    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return explanation({name: frame.f_locals[name] for name in names if name != "self" and name in frame.f_locals})
