"""The rooms of polybn.statistical import each other in one direction."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.structure.test_layering import ROOT, imported_modules

STATISTICAL = ROOT / "polybn" / "statistical"
BASE = {"device", "seeds", "whole_numbers", "memory", "sampled", "concentration", "law_distances"}
"""Files that all rooms may use."""
MAY_IMPORT = {
    "datasets": set[str](),
    "enclosures": set[str](),
    "modules": {"enclosures", "datasets"},
    "counting": {"enclosures", "modules"},
    "distances": {"enclosures", "modules", "counting"},
    "claims": {"enclosures", "modules", "counting", "distances", "datasets"},
    "training": {"enclosures", "modules", "datasets"},
    "boundaries": {"enclosures", "modules", "datasets"},
    "workers": {"claims"},
    "experiments": {
        "datasets", "enclosures", "modules", "counting", "distances", "claims", "training", "boundaries", "workers",
    },
}  # fmt: skip


def room_of(parts: tuple[str, ...]) -> str:
    return parts[0].removesuffix(".py")


def complaints(here: str, name: str) -> Iterator[str]:
    """Why a file of the room `here` may not import `name`; nothing where it may."""
    parts = name.split(".")
    if parts[:2] != ["polybn", "statistical"] or len(parts) < 3 or parts[2] == here:
        return
    there = parts[2]
    if here in BASE and there not in BASE:
        yield f"{here} is used by all rooms and may not import {there}"
    if here not in BASE and there not in BASE | MAY_IMPORT[here]:
        yield f"{here} may not import {there}"


def violations(folder: Path) -> list[str]:
    found: list[str] = []
    for file in sorted(folder.rglob("*.py")):
        here = room_of(file.relative_to(folder).parts)
        if here == "__init__":
            continue
        if here not in BASE | set(MAY_IMPORT):
            found.append(f"{here} has no place; add it to MAY_IMPORT")
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
        for line, name in imported_modules(tree, file, folder.parents[0]):
            found += [f"{file.name}:{line}: {why}" for why in complaints(here, name)]
    return found


def test_rooms_import_downwards() -> None:
    assert violations(STATISTICAL) == []


def test_rooms_have_no_cycle() -> None:
    for room, below in MAY_IMPORT.items():
        assert below <= set(MAY_IMPORT)
        for other in below:
            assert room not in MAY_IMPORT[other], f"{room} and {other} may import each other"


@pytest.mark.parametrize(
    ("file", "source", "expected"),
    [
        ("modules/x.py", "from polybn.statistical.claims.theorem_1 import at", "modules may not import claims"),
        ("workers/x.py", "from polybn.statistical.experiments import sharing", "workers may not import experiments"),
        ("seeds.py", "def late():\n    import polybn.statistical.modules.capture", "seeds is used by all rooms"),
        ("hallway.py", "", "hallway has no place"),
    ],
)
def test_a_planted_violation_is_caught(tmp_path: Path, file: str, source: str, expected: str) -> None:
    path = tmp_path / "polybn" / "statistical" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    assert any(expected in line for line in violations(tmp_path / "polybn" / "statistical"))
