"""The pytest plugin: a table where claims were checked, silence where none were, one table for all workers."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from polybn.auditing.witness import replay
from polybn.reports.checked import Checked
from polybn.reports.plugin import COLUMNS, table

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ("-p", "polybn.reports.plugin", "-p", "no:cacheprovider")
CLAIMS = """
import polybn as pb
from polybn.testing import check_claims

def test_one():
    check_claims(pb.BatchNorm, ["corollary-2"], examples=17)

def test_two():
    check_claims(pb.BatchNorm(beta=1), ["corollary-2", "subdivision"], examples=17)
"""
PROPERTY = """
from hypothesis import Phase, given, settings
from polybn.testing import strategies

class TestMine:
    @settings(max_examples=5, database=None, derandomize=True, phases=(Phase.generate, Phase.shrink))
    @given(case=strategies.cases(dimensions=(1,), depth=(1, 1), max_width=1), k=strategies.rationals())
    def test_mine(self, case, k):
        assert len(case.batch) < 0
"""
LATE = {"hypothesis", "sympy", "numba", "scipy", "networkx", "matplotlib", "rich", "torch"}


@pytest.fixture
def run(pytester, monkeypatch):
    """Runs pytest on one test file, with the plugins named alone: an installed polybn brings the plugin by itself."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def on(source, *options):
        pytester.makepyfile(test_mine=source)
        return pytester.runpytest_subprocess(*PLUGINS, *options)

    return on


def cells_of(result) -> list[list[str]]:
    """The lines of the table, without the time that they took."""
    lines = [line for line in result.outlines if line.startswith(("corollary-2", "subdivision"))]
    return [re.split(r"  +", line)[:-1] for line in lines if re.search(r" \d+\.\d\d$", line)]


def test_one_table_ends_the_session_whatever_the_number_of_workers(run):
    alone, shared = run(CLAIMS), run(CLAIMS, "-p", "xdist", "-n", "2")
    for result in (alone, shared):
        result.assert_outcomes(passed=1, failed=1)
        assert sum("polybn: claims checked" in line for line in result.outlines) == 1
        heading = next(line for line in result.outlines if line.startswith("claim "))
        assert tuple(re.split(r"  +", heading)) == COLUMNS
    first, second, third = cells_of(alone)
    assert first[:2] == second[:2] == ["corollary-2", "batchnorm"]
    assert first[2] == "PROVED"
    assert (first[4], second[2:4]) == ("0", ["VACUOUS", "0"])
    assert re.fullmatch(r"\d+ \(beta = 0\)", second[4])
    assert (third[0], second[5][:5]) == ("subdivision", "0 of ")
    assert "gw1" in shared.stdout.str() or "2 workers" in shared.stdout.str()
    assert sorted(cells_of(shared)) == sorted(cells_of(alone))


def test_nothing_is_printed_where_nothing_was_checked(run):
    result = run("def test_nothing():\n    pass\n")
    result.assert_outcomes(passed=1)
    assert "polybn" not in result.stdout.str().replace("polybn.reports.plugin", "")


def test_claims_checked_in_a_fixture_count_too(run):
    source = CLAIMS.replace("def test_one", "import pytest\n@pytest.fixture(autouse=True)\ndef one")
    result = run(source, "-k", "test_two")
    assert [cells[2].partition("(")[0] for cells in cells_of(result)] == ["PROVED", "VACUOUS", "PROVED"]


def test_a_failing_property_is_written_out(run):
    result = run(PROPERTY)
    result.assert_outcomes(failed=1)
    shown = result.stdout.str()
    assert "polybn: this example, exactly" in shown
    script = shown.split("polybn: this example, exactly")[1].split("\n", 1)[1].split("@example(")[0]
    scope: dict[str, object] = {}
    exec(compile(script, "script", "exec"), scope)
    assert scope["net"].dimension == 1
    assert "@example(case=Drawn(" in shown.replace("\n    ", "")
    assert "k=Fraction(0)" in shown


def test_a_failing_test_that_is_no_property_is_left_alone(run):
    result = run("def test_plain():\n    net = 1\n    assert net == 2\n")
    result.assert_outcomes(failed=1)
    assert "this example" not in result.stdout.str()


def test_checks_with_the_same_result_share_a_line():
    row = Checked("batchnorm", "theorem-1", "PROVED", 9, (("w != 0", 2),), 3, 4, 1.0)
    other = Checked("batchnorm", "theorem-1", "PROVED", 8, (), 3, 4, 0.5, "w.json")
    lines = table([row, row, other]).splitlines()
    assert [re.split(r"  +", line) for line in lines[1:]] == [
        ["theorem-1", "batchnorm", "PROVED", "9", "2 (w != 0)", "3 of 4", "2.00 in 2 checks"],
        ["theorem-1", "batchnorm", "PROVED", "8", "0", "3 of 4", "0.50"],
        ["polybn replay w.json"],
    ]


def test_loading_the_plugin_loads_nothing_heavy():
    program = "import sys, polybn.reports.plugin\nprint(*sorted({name.partition('.')[0] for name in sys.modules}))"
    child = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, check=True, text=True)
    assert not set(child.stdout.split()) & LATE


def test_the_example_suite_gets_its_counterexample(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini("[pytest]")
    result = pytester.runpytest_subprocess(*PLUGINS, str(ROOT / "examples" / "own_suite.py"))
    result.assert_outcomes(passed=1, failed=1)
    assert [cells[:2] for cells in cells_of(result)] == [["corollary-2", "trimmed"], ["subdivision", "trimmed"]]
    assert cells_of(result)[0][2] == "REFUTED"
    assert "polybn replay .polybn/trimmed-corollary-2.json" in result.outlines
    assert replay(pytester.path / ".polybn" / "trimmed-corollary-2.json")[2] is None


INSTALLED = """
from hypothesis import given, infer, settings
import polybn as pb
from polybn.testing import check_claims

@settings(max_examples=2, database=None)
@given(net=infer)
def test_types(net: pb.Network):
    assert net.is_fitted

def test_claims():
    check_claims(pb.BatchNorm, ["corollary-2"], examples=17)
"""


def test_the_entry_points_of_an_installed_polybn_bring_both_hooks(pytester, monkeypatch):
    """Read from a distribution that has them, beside whatever the installed one has."""
    place = pytester.mkdir("site") / "polybn_hooks-0.dist-info"
    place.mkdir()
    (place / "METADATA").write_text("Metadata-Version: 2.1\nName: polybn-hooks\nVersion: 0\n")
    (place / "entry_points.txt").write_text(
        "[pytest11]\npolybn = polybn.reports.plugin\n[hypothesis]\npolybn = polybn.drawing.registered:register\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(place.parent))
    pytester.makepyfile(test_mine=INSTALLED)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2)
    assert [cells[0] for cells in cells_of(result)] == ["corollary-2"]
    program = (
        "import hypothesis, sys\nprint('polybn.drawing.registered' in sys.modules, 'polybn.testing' in sys.modules)"
    )
    child = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, check=True, text=True)
    assert child.stdout.split() == ["True", "False"]
