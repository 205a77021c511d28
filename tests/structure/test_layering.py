"""Imports point downwards: the diagram of the layout, read from the source with ast."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# What each part of polybn may import, besides itself. A part that is not named here fails the test: place it first.
NETWORKS = {"errors", "outcome", "files", "exact", "networks"}
GEOMETRY = NETWORKS | {"regions"}
CLAIMS = GEOMETRY | {"normalizations", "claims"}
MAY_IMPORT = {
    "errors": set[str](),
    "outcome": set[str](),
    "files": {"errors"},
    "exact": {"errors"},
    "networks": NETWORKS,
    "normalizations": NETWORKS,
    "regions": NETWORKS,
    "certificates": GEOMETRY | {"normalizations"},
    "claims": CLAIMS,
    "proof": CLAIMS,
    "smt": CLAIMS | {"proof"},
    "drawing": CLAIMS,
    "auditing": CLAIMS | {"proof", "drawing"},
    "reports": CLAIMS | {"proof", "drawing", "auditing", "smt"},
    "statistical": CLAIMS,
    "testing": CLAIMS | {"proof", "drawing", "auditing", "reports"},
    "importing": NETWORKS | {"normalizations"},
    "plots": GEOMETRY,
}
TOP = {"cli", "commands", "__init__", "__main__"}

# Where a heavy or special library may be imported, as module prefixes below polybn.
ONLY_IN = {
    "sympy": ("proof",),
    "hypothesis": ("drawing", "auditing", "testing"),
    "matplotlib": ("plots",),
    "torch": ("statistical", "importing.torch"),
    "z3": ("smt.solving",),
}
NEVER_IN = {
    "scipy": ("exact", "networks", "regions", "claims"),
    "cvxpy": ("exact", "networks", "regions", "claims"),
}
# The exceptions, name by name: what only holds a result that is found without it, for those who ask for that form.
CONTAINERS = {"regions.adjacency": {"scipy.sparse.coo_array", "scipy.sparse.csr_array"}}
STANDALONE = "certificates.check"


def module_name(file: Path, package: Path) -> str:
    """Dotted name below the package: exact.matrix, exact for exact/__init__.py, __init__ for the package itself."""
    parts = list(file.relative_to(package).with_suffix("").parts)
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return ".".join(parts)


def imported_modules(tree: ast.AST, file: Path, package: Path) -> Iterator[tuple[int, str]]:
    """Every absolute name a file imports, with its line; imports in functions and under TYPE_CHECKING count."""
    home = [package.name, *file.relative_to(package).parts[:-1]]
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, name.name) for name in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = home[: len(home) - level + 1] if level else []
                stem = ".".join([*base, *([module] if module else [])])
                for name in names:
                    yield node.lineno, f"{stem}.{name.name}"
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node.lineno, f"{package.name}{name}" if name.startswith(".") else name


def part_of(name: str, package: Path) -> str:
    """The part of polybn that an absolute name such as polybn.exact.matrix.rank belongs to."""
    part = name.split(".")[1] if "." in name else "__init__"
    known = (package / part).is_dir() or (package / f"{part}.py").is_file() or part in {*MAY_IMPORT, *TOP}
    return part if known else "__init__"  # `from polybn import Network` asks the package itself


def within(module: str, prefixes: tuple[str, ...]) -> bool:
    return any(module == prefix or module.startswith((f"{prefix}.", f"{prefix}_")) for prefix in prefixes)


def complaints(module: str, name: str, package: Path) -> Iterator[str]:
    """Why `module` may not import `name`; nothing where it may."""
    ours, library = name.split(".")[0] == package.name, name.split(".")[0]
    if module == STANDALONE:
        if library not in sys.stdlib_module_names:
            yield "the certificate checker uses the standard library only"
        return
    if library in ONLY_IN and not within(module, ONLY_IN[library]):
        yield f"{library} belongs in {', '.join(ONLY_IN[library])} only"
    if within(module, NEVER_IN.get(library, ())) and name not in CONTAINERS.get(module, ()):
        yield f"{library} may not be used in the exact parts"
    here = module.split(".")[0]
    if not ours or here in TOP:
        return
    there = part_of(name, package)
    if there != here and there not in MAY_IMPORT.get(here, set()):
        yield f"{here} may not import {there}"


def violations(package: Path) -> list[str]:
    """One line for every import that points upwards or outwards."""
    found: list[str] = []
    for file in sorted(package.rglob("*.py")):
        module = module_name(file, package)
        here = module.split(".")[0]
        if here not in MAY_IMPORT and here not in TOP:
            found.append(f"{module}: {here} has no place in the layout; add it to MAY_IMPORT")
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
        for line, name in imported_modules(tree, file, package):
            found += [f"{module}:{line}: imports {name}, but {why}" for why in complaints(module, name, package)]
    return found


def test_imports_point_downwards() -> None:
    assert violations(ROOT / "polybn") == []


def test_the_layout_has_no_cycle() -> None:
    for part, below in MAY_IMPORT.items():
        for other in below - {part}:
            assert part not in MAY_IMPORT[other], f"{part} and {other} may import each other"


@pytest.mark.parametrize(
    ("file", "source", "expected"),
    [
        ("exact/matrix.py", "from polybn.networks import layer", "exact may not import networks"),
        ("exact/matrix.py", "from ..outcome import Holds", "exact may not import outcome"),
        ("exact/matrix.py", "from .. import regions", "exact may not import regions"),
        ("files.py", "from polybn.exact.rational import text", "files may not import exact"),
        ("regions/tree.py", "from polybn.commands import regions", "regions may not import commands"),
        ("networks/layer.py", "def late():\n    import polybn.regions.tree", "networks may not import regions"),
        ("networks/layer.py", "from polybn import Network", "networks may not import __init__"),
        ("networks/layer.py", "import polybn", "networks may not import __init__"),
        ("regions/tree.py", "from polybn.normalizations import BatchNorm", "regions may not import normalizations"),
        ("regions/tree.py", "from importlib import *\nimport_module('polybn.claims')", "regions may not import claims"),
        ("claims/view.py", "from polybn.certificates.write import write", "claims may not import certificates"),
        ("plots/draw.py", "from polybn.auditing import audit", "plots may not import auditing"),
        ("importing/onnx.py", "import torch", "torch belongs in statistical, importing.torch only"),
        ("claims/view.py", "import sympy as sp", "sympy belongs in proof only"),
        ("proof/steps.py", "def check():\n    import z3", "z3 belongs in smt.solving only"),
        ("smt/running.py", "import z3", "z3 belongs in smt.solving only"),
        ("auditing/audit.py", "from importlib import *\nimport_module('z3')", "z3 belongs in smt.solving only"),
        ("proof/proof.py", "from polybn.smt import decide", "proof may not import smt"),
        ("claims/view.py", "from hypothesis import given", "hypothesis belongs in drawing, auditing, testing only"),
        ("regions/volume.py", "from matplotlib import pyplot", "matplotlib belongs in plots only"),
        ("exact/feasibility.py", "from scipy.optimize import linprog", "scipy may not be used in the exact parts"),
        ("regions/tree.py", "from scipy.sparse import csr_array", "scipy may not be used in the exact parts"),
        ("regions/adjacency.py", "import scipy", "scipy may not be used in the exact parts"),
        ("regions/adjacency.py", "from scipy import sparse", "scipy may not be used in the exact parts"),
        ("regions/adjacency.py", "from scipy.sparse.linalg import eigsh", "scipy may not be used in the exact parts"),
        ("regions/adjacency_matrix.py", "from scipy.sparse import csr_array", "scipy may not be used"),
        ("certificates/check.py", "import numpy", "the certificate checker uses the standard library only"),
        ("certificates/check.py", "from ..errors import PolybnError", "the standard library only"),
        ("utilities.py", "", "utilities has no place in the layout"),
    ],
)
def test_a_planted_violation_is_caught(tmp_path: Path, file: str, source: str, expected: str) -> None:
    assert any(expected in line for line in violations(planted(tmp_path, file, source)))


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("exact/matrix.py", "import flint\nfrom . import rational\nfrom ..errors import PolybnError"),
        ("regions/tree.py", "from polybn.networks.network import Network\nfrom polybn import exact"),
        ("regions/adjacency.py", "def matrix():\n    from scipy.sparse import coo_array, csr_array"),
        ("importing/torch.py", "def load():\n    import torch"),
        ("smt/solving.py", "from importlib import import_module\nimport_module('z3')"),
        ("testing/strategies.py", "import hypothesis\nfrom polybn.auditing import audit"),
        ("certificates/check.py", "import json\nfrom fractions import Fraction"),
        ("cli.py", "from polybn import plots, auditing, Network"),
        ("commands/draw.py", "from polybn.plots.partition import picture\nfrom polybn.importing import network_file"),
    ],
)
def test_a_permitted_import_passes(tmp_path: Path, file: str, source: str) -> None:
    assert violations(planted(tmp_path, file, source)) == []


def planted(folder: Path, file: str, source: str) -> Path:
    """A package of one file."""
    path = folder / "polybn" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return folder / "polybn"
