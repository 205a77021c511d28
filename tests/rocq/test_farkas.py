"""The Farkas multipliers of real enumerations: exported unchanged, checked inside Coq, and refused when altered."""

from dataclasses import replace
from math import gcd
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flint import fmpq, fmpz

from polybn.exact.farkas import Farkas


def accepts(side: Any) -> bool:
    """The checker of farkas.v, written again."""
    rows, multipliers = (*side.rows, side.objective), (*side.multipliers, side.objective_multiplier)
    *linear, constant = (sum(m * row[i] for m, row in zip(multipliers, rows, strict=True)) for i in range(len(rows[0])))
    return side.objective_multiplier > 0 and min(multipliers) >= 0 and not any(linear) and constant <= 0


@pytest.fixture(scope="module")
def small(export: ModuleType) -> tuple[Any, ...]:
    """The refutations of three of the enumerations."""
    wanted = {"batch_norm", "line", "degenerate"}
    return tuple(export.refutations(chosen) for chosen in export.enumerations() if chosen.name in wanted)


def test_integers_are_the_rational_certificate(export: ModuleType) -> None:
    for enumeration in export.enumerations():
        found, _ = export.certificates(enumeration)
        assert found
        for rows, farkas in found:
            side = export.side_of(rows, farkas)
            assert farkas.verify(rows)
            assert (*side.rows, side.objective) == tuple(tuple(map(int, row)) for row in rows)
            multipliers = (*side.multipliers, side.objective_multiplier)
            last = farkas.multipliers[len(rows) - 1]
            expected = [farkas.multipliers.get(i, fmpq(0)) / last for i in range(len(rows))]
            assert [fmpq(m, side.objective_multiplier) for m in multipliers] == expected
            assert accepts(side)


def test_a_fraction_is_cleared_by_the_least_common_denominator(export: ModuleType) -> None:
    rows = ((fmpz(2), fmpz(0)), (fmpz(-3), fmpz(0)))
    side = export.side_of(rows, Farkas({0: fmpq(1, 2), 1: fmpq(1, 3)}))
    assert side == export.Side(((2, 0),), (-3, 0), (3,), 2)


def test_the_family_has_what_is_degenerate(export: ModuleType) -> None:
    found = {chosen.name: export.refutations(chosen).sides for chosen in export.enumerations()}
    everything = [side for sides in found.values() for side in sides]
    assert sum(map(len, found.values())) >= 200
    rows = {name: [row for side in sides for row in (*side.rows, side.objective)] for name, sides in found.items()}
    assert any(not any(row) for row in rows["degenerate"]), "a zero row"
    assert any(not any(row[:-1]) and row[-1] for row in rows["degenerate"]), "a row without a normal"
    assert {len(row) for row in rows["line"]} == {2}, "dimension one"
    touching = [side for side in everything if constant(side) == 0]
    assert touching, "refuted by a constant of exactly 0"
    assert len(touching) < len(everything)
    doubled = [side for side in found["batch_norm"] if directed(side.objective, -1) in map(directed, side.rows[4:])]
    assert doubled, "the other side of a duplicate or opposite row"


def constant(side: Any) -> int:
    pairs = zip((*side.rows, side.objective), (*side.multipliers, side.objective_multiplier), strict=True)
    return sum(row[-1] * multiplier for row, multiplier in pairs)


def directed(row: tuple[int, ...], sign: int = 1) -> tuple[int, ...]:
    """The row up to a positive factor, or its opposite."""
    return tuple(sign * entry // (gcd(*row) or 1) for entry in row)


def test_the_checker_in_coq_accepts_them(
    coq: ModuleType, script: ModuleType, export: ModuleType, rocq: Path, small: tuple[Any, ...]
) -> None:
    texts = {"farkas.v": (rocq / "farkas.v").read_text(encoding="utf-8")}
    chosen = ["farkas.v", "farkas_instances.v"]
    checker, instances = script.compiled(texts, chosen, lambda: export.coq_text(small))
    assert checker.fault is None
    assert {"farkas", "farkas_side"} <= set(checker.theorems)
    assert instances.fault is None
    assert instances.theorems == ("batch_norm_empty", "line_empty", "degenerate_empty")
    assert instances.claim == "farkas-instances"


def wrong_multiplier(side: Any) -> Any:
    return replace(side, objective_multiplier=side.objective_multiplier + 1)


def wrong_sign(side: Any) -> Any:
    return replace(side, multipliers=(-1, *side.multipliers[1:]))


def wrong_constant(side: Any) -> Any:
    return replace(side, objective=(*side.objective[:-1], side.objective[-1] + 10**30))


def all_zero(side: Any) -> Any:
    return replace(side, multipliers=(0,) * len(side.multipliers), objective_multiplier=0)


def test_one_wrong_number_among_all_makes_coq_fail(
    coq: ModuleType, export: ModuleType, rocq: Path, small: tuple[Any, ...], tmp_path: Path
) -> None:
    build = tmp_path
    assert coq.compile_text("farkas.v", (rocq / "farkas.v").read_text(encoding="utf-8"), build).fault is None
    for wrong in (wrong_multiplier, wrong_sign, wrong_constant, all_zero):
        line = small[1]
        sides = (*line.sides[:-1], wrong(line.sides[-1]))
        assert not accepts(sides[-1])
        text = export.coq_text([replace(line, sides=sides)])
        result = coq.compile_text("farkas_instances.v", text, build, alone=False)
        assert result.fault is not None, wrong.__name__
        assert 'Unable to unify "true" with "false"' in result.fault
