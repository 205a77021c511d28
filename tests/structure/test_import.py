"""`import polybn` is quick and leaves the heavy libraries alone."""

import json
import subprocess
import sys

LATE = {"torch", "matplotlib", "sympy", "cvxpy", "hypothesis", "numba", "scipy", "networkx", "rich", "z3"}
SECONDS = 0.5
PROGRAM = """
import json, sys, time
start = time.process_time()
import polybn
seconds = time.process_time() - start
print(json.dumps([seconds, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def import_in_a_child() -> tuple[float, set[str]]:
    """CPU seconds that `import polybn` took in a fresh interpreter, and every library loaded after it."""
    # -P: the polybn that is installed, not whatever lies in the current folder.
    child = subprocess.run([sys.executable, "-P", "-c", PROGRAM], capture_output=True, check=True, text=True)
    seconds, modules = json.loads(child.stdout)
    return seconds, set(modules)


def test_import_loads_no_heavy_library() -> None:
    _, modules = import_in_a_child()
    assert modules & LATE == set()


def test_import_is_quick() -> None:
    # The best of three: the first may compile bytecode, and other processes share the machine.
    best = min(import_in_a_child()[0] for _ in range(3))
    assert best < SECONDS, f"import polybn took {best:.2f} s"
