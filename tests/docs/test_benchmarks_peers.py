"""A peer that crashes, hangs, miscounts or refuses costs the benchmarks one cell of a table, never the run."""

import importlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import polybn as pb

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
LIMIT = 20.0

# Stands for peers.py: the same protocol with peers of the test's own.
SCRIPT = f"""
import sys
sys.path.insert(0, {str(BENCHMARKS)!r})
import peers
import fakepeer
peers.PEERS.clear()
for name in fakepeer.NAMES:
    peers.PEERS[name] = peers.Peer("fakepeer", getattr(fakepeer, name))
if __name__ == "__main__":
    peers.main(sys.argv[1:])
"""

FAKEPEER = """
import ctypes, os, subprocess, sys, time
NAMES = ["right", "miscounts", "rounds", "refuses", "crashes", "leaves", "exits", "hangs", "nonsense"]

def right(layers, radius):
    print("a word on stdout, unasked")
    os.system("echo and one of a program")
    assert radius == 3.0 and [part.dtype.name for part in layers[0]] == ["float64", "float64"]
    def run():
        end = time.process_time() + 0.01
        while time.process_time() < end:
            pass
    return run, lambda found: 6

def miscounts(layers, radius):
    return lambda: [None] * 5, len

def rounds(layers, radius):
    return lambda: [None] * 7, len

def refuses(layers, radius):
    def run():
        raise ValueError("not in general position | two\\nlines " + "x" * 500)
    return run, len

def crashes(layers, radius):
    return lambda: ctypes.string_at(0), len

def leaves(layers, radius):
    def run():
        print("the solver is gone", file=sys.stderr, flush=True)
        os._exit(3)
    return run, len

def exits(layers, radius):
    return lambda: sys.exit(0), len

def hangs(layers, radius):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(os.environ["PID_FILE"], "w") as file:
        file.write(str(child.pid))
    return lambda: time.sleep(600), len

def nonsense(layers, radius):
    return lambda: None, lambda found: "many"
"""


@pytest.fixture(scope="module")
def benchmarks() -> Iterator[tuple[ModuleType, ModuleType, ModuleType]]:
    """The modules peers, interpreter and comparison, which are no package."""
    names = ("peers", "interpreter", "comparison")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        modules = [importlib.import_module(name) for name in names]
        yield modules[0], modules[1], modules[2]
        for name in (*names, "cost"):
            patch.delitem(sys.modules, name)


@pytest.fixture
def fakes(tmp_path: Path, benchmarks):
    """The Python that runs the tests, with fake peers only."""
    (tmp_path / "fakepeer.py").write_text(FAKEPEER, encoding="utf-8")
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    return benchmarks[1].Interpreter(sys.executable, LIMIT, repeat=0.05, script=tmp_path / "script.py")


@pytest.fixture(scope="module")
def concurrent() -> pb.Network:
    """Lines through (1/10, 2/10): six regions, and a seventh once 1/10, 2/10, 3/10 are floats."""
    return pb.Network.from_arrays(
        [([[1, 0], [0, 1], [1, 1]], ["-1/10", "-1/5", "-3/10"]), ([[1, 1, 1]], [0])], activation="relu"
    )


def test_the_fixture_is_what_it_says(benchmarks, concurrent):
    assert len(pb.enumerate_regions(concurrent, pb.box(-3, 3, dim=2))) == 6
    assert benchmarks[2].rounded_count(concurrent, "float64") == 7


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("right", "right"),
        ("miscounts", "wrong: it has 6"),
        ("rounds", "rounded: right for float64 weights, the network has 6"),
        ("refuses", "refused: ValueError: not in general position / two lines ..."),
        ("crashes", "crashed with SIGSEGV: nothing said"),
        ("leaves", "crashed with exit status 3: the solver is gone"),
        ("exits", "crashed with exit status 0: nothing said"),
        ("nonsense", "crashed with exit status 0: nothing said"),
    ],
)
def test_verdicts(fakes, benchmarks, concurrent, name, said):
    comparison = benchmarks[2]
    answer = fakes.ask(name, comparison.floats(concurrent), 3)
    assert comparison.verdict(answer, concurrent, 6, "float64") == said
    assert (answer.regions is None) == bool(answer.failure)


def test_a_call_is_timed_alone(fakes, benchmarks, concurrent):
    answer = fakes.ask("right", benchmarks[2].floats(concurrent), 3)
    assert 0.01 <= answer.seconds < 0.5
    assert answer.megabytes > 5


def test_a_hanging_peer_is_ended_with_its_children(fakes, benchmarks, concurrent, tmp_path, monkeypatch):
    comparison, interpreter = benchmarks[2], benchmarks[1]
    monkeypatch.setenv("PID_FILE", str(tmp_path / "pid"))
    brief = interpreter.Interpreter(fakes.python, 3.0, script=fakes.script)
    begin = time.monotonic()
    answer = brief.ask("hangs", comparison.floats(concurrent), 3)
    assert answer.failure == "no answer in 3 s"
    assert time.monotonic() - begin < 10
    assert _has_ended(int((tmp_path / "pid").read_text(encoding="utf-8")))


def _has_ended(process: int) -> bool:
    """Whether a process is gone, or a zombie that nobody has waited for, within five seconds."""
    for _ in range(50):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{process}/stat")
        if state.exists() and state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.1)
    return False


def test_the_tables(fakes, benchmarks, concurrent, capsys, monkeypatch):
    peers, _, comparison = benchmarks
    for name in ("right", "miscounts", "leaves"):
        monkeypatch.setitem(comparison.PEERS, name, peers.Peer("fakepeer", lambda layers, radius: None))
    ours = {"regions": 6, "right": True, "processor_seconds": 0.001, "megabytes": 100.0}
    versions = {"right": "1.0", "miscounts": "2.0", "leaves": "source"}
    comparison.compare([comparison.Case("lines", concurrent, ours)], versions, fakes)
    lines = capsys.readouterr().out.splitlines()
    assert f"Peers in {sys.executable}: right 1.0, miscounts 2.0, leaves source." in lines
    assert any(line.startswith("Looked for and not found: relucent, ") for line in lines)
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    assert {len(row) for row in cells[:6]} == {8}
    assert {len(row) for row in cells[6:]} == {4}
    assert [row[1:4] for row in cells[2:6]] == [
        [f"polybn {pb.__version__}", "6", "right"],
        ["right", "6", "right"],
        ["miscounts", "5", "wrong: it has 6"],
        ["leaves", "", "crashed with exit status 3: the solver is gone"],
    ]
    ratio = cells[3][6]
    assert float(ratio) >= 10  # a hundredth of a second against a thousandth
    assert cells[-1] == ["lines", ratio, "wrong", "crashed"]


def test_without_peers_their_names_are_said(benchmarks, concurrent, capsys):
    peers, interpreter, comparison = benchmarks
    comparison.compare([comparison.Case("lines", concurrent, {})], {}, interpreter.Interpreter("python3"))
    said = capsys.readouterr().out
    assert "Peers in python3: none." in said
    assert f"Looked for and not found: {', '.join(peers.PEERS)}." in said
    assert "|" not in said


def test_peers_are_looked_for(fakes, benchmarks):
    assert fakes.installed()["right"] == "source"
    assert set(benchmarks[1].Interpreter(sys.executable).installed()) <= set(benchmarks[0].PEERS)


def test_a_peer_of_other_dimensions_is_not_asked(benchmarks):
    peers, interpreter, comparison = benchmarks
    net = pb.Network.from_arrays([([[1, 1, 1]], [0]), ([[1]], [0])])
    nobody = interpreter.Interpreter("/no/such/python")
    answer = comparison.answer_of("regioncam", peers.PEERS["regioncam"], net, nobody)
    assert answer.failure == "d = 2 only"


def test_cells_around_vertices(benchmarks):
    signs = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 1, 1]], dtype=np.int8)  # a triangle's corners, one inside
    assert benchmarks[0]._cells_around(signs) == 7
    assert benchmarks[0]._cells_around(np.zeros((1, 3), dtype=np.int8)) == 8


@pytest.mark.parametrize(("python", "reason"), [("/no/such/python", "does not answer"), ("true", "cannot look for")])
def test_a_wrong_interpreter_is_refused_before_anything_is_measured(python, reason):
    command = [sys.executable, str(BENCHMARKS), "A", "--peer-python", python]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 1
    assert f"{python} {reason}" in run.stderr
    assert "| A |" not in run.stdout


def test_installed_peers_count_a_generic_network(benchmarks):
    """The real adapters, for the peers beside the tests or of the Python that POLYBN_PEER_PYTHON names."""
    peers, interpreter, comparison = benchmarks
    here = interpreter.Interpreter(os.environ.get("POLYBN_PEER_PYTHON", sys.executable), 60.0, repeat=0.0)
    found = here.installed()
    if not found:
        pytest.skip("no peer is installed")
    random = np.random.default_rng(0)
    sizes = [(4, 2), (4, 4), (1, 4)]
    net = pb.Network.from_arrays([(random.normal(size=size), random.normal(size=size[0])) for size in sizes])
    known = len(pb.enumerate_regions(net, pb.box(-3, 3, dim=2)))
    said = {name: here.ask(name, comparison.floats(net), 3) for name in found}
    verdicts = {name: comparison.verdict(said[name], net, known, peers.PEERS[name].precision) for name in found}
    assert set(verdicts.values()) == {"right"}, verdicts
