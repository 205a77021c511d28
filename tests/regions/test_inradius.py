"""Inradii: closed forms by squares, a float oracle, and a certificate that refuses planted wrong bounds."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linprog

import polybn as pb
from polybn.drawing.strategies import Drawn, cases
from polybn.errors import DomainError, InputError
from polybn.regions.halfspaces import Polytope
from polybn.regions.inradius import Inradius, inradius, is_certified
from polybn.regions.whole_space import whole_space

TRIVIAL = {d: pb.Network.from_arrays([([[1] * d], [0])]) for d in (1, 2, 3, 4)}


def only(domain: Any) -> pb.Region:
    """The one region of a network without hidden units."""
    return pb.enumerate_regions(TRIVIAL[domain.dimension], domain, engine="split")[0]


@pytest.mark.parametrize("dimension", [1, 2, 3, 4])
def test_a_cube(dimension: int) -> None:
    found = inradius(only(pb.box(-3, "1/2", dim=dimension)))
    assert found.is_exact
    assert found.lower == Fraction(7, 4)
    assert found.centre == (Fraction(-5, 4),) * dimension


def test_a_slab_has_many_centres() -> None:
    found = inradius(only(pb.box([0, 0], [100, 1])))
    assert found.lower == found.upper == Fraction(1, 2)
    assert found.centre[1] == Fraction(1, 2)


def test_a_right_triangle_with_rational_sides_is_exact() -> None:
    """Sides 3, 4, 5: radius (3 + 4 - 5) / 2, although the norm of (4, 3) is found as a square root."""
    found = inradius(only(Polytope([[-1, 0], [0, -1], [4, 3]], [0, 0, 12])))
    assert (found.lower, found.upper, found.centre) == (1, 1, (1, 1))


@pytest.mark.parametrize("bits", [1, 5, 20, 100, 1000])
def test_a_right_triangle_with_an_irrational_radius(bits: int) -> None:
    """Sides 1, 1, sqrt 2: r = 1 - sqrt(2) / 2, so 2 (1 - r)^2 = 1, decided by squares."""
    found = inradius(only(Polytope([[-1, 0], [0, -1], [1, 1]], [0, 0, 1])), bits=bits)
    assert 2 * (1 - found.lower) ** 2 > 1 > 2 * (1 - found.upper) ** 2
    assert found.upper <= found.lower * (1 + Fraction(1, 2**bits))
    assert not found.is_exact


@pytest.mark.parametrize("scale", [Fraction(1, 10**30), Fraction(10**30)])
def test_the_scale_does_not_matter(scale: Fraction) -> None:
    small = inradius(only(Polytope([[-1, 0], [0, -1], [1, 1]], [0, 0, scale])))
    assert 2 * (scale - small.lower) ** 2 >= scale**2 >= 2 * (scale - small.upper) ** 2
    assert 0 < small.upper <= small.lower * (1 + Fraction(1, 2**20))


def float_radius(region: pb.Region) -> float:
    rows = [(np.array(row.normal, dtype=float), float(row.offset)) for row in region.inequalities]
    table = [[*(-normal / np.linalg.norm(normal)), 1.0] for normal, _ in rows]
    bounds = [offset / np.linalg.norm(normal) for normal, offset in rows]
    d = len(table[0]) - 1
    result = linprog([0.0] * d + [-1.0], table, bounds, bounds=[(None, None)] * d + [(0, None)])
    return float(-result.fun)


@given(cases(dimensions=(1, 2, 3), depth=(0, 2), max_width=3))
def test_drawn_regions(case: Drawn) -> None:
    for region in pb.enumerate_regions(case.network, case.domain):
        found = inradius(region)
        assert 0 < found.lower <= found.upper <= found.lower * (1 + Fraction(1, 2**20))
        for row in region.inequalities:
            distance = sum((a * x for a, x in zip(row.normal, found.centre, strict=True)), row.offset)
            assert distance > 0
            assert distance**2 >= found.lower**2 * sum(a * a for a in row.normal)
        assert is_certified(found, region.facet_rows)
        # The linear program in floats is no judge, but it would notice a bound of another problem.
        assert abs(float_radius(region) / float(found.lower) - 1) < 1e-4


@given(cases(dimensions=(2,), depth=(1, 1)))
@settings(max_examples=5)
def test_more_bits_agree(case: Drawn) -> None:
    for region in pb.enumerate_regions(case.network, case.domain):
        rough, fine = inradius(region, bits=2), inradius(region, bits=60)
        assert rough.lower <= fine.upper
        assert fine.lower <= rough.upper


def wrong(found: Inradius) -> dict[str, Inradius]:
    """Each planted fault alone."""
    (first, *rest), (weight, *others) = found.centre, found.multipliers
    tiny = Fraction(1, 10**6)
    return {
        "ball too large": replace(found, lower=found.lower * (1 + tiny)),
        "bound too small": replace(found, upper=found.upper * (1 - tiny)),
        "centre moved": replace(found, centre=(first - found.lower, *rest)),
        "centre outside": replace(found, centre=(first - 100, *rest)),
        "multiplier changed": replace(found, multipliers=(weight + 1, *others)),
        "multiplier negative": replace(found, multipliers=(-weight - 1, *others)),
        "no multipliers": replace(found, multipliers=(Fraction(0),) * len(found.multipliers)),
        "multiplier missing": replace(found, multipliers=tuple(others)),
        "negative radius": replace(found, lower=Fraction(-1)),
    }


@pytest.mark.parametrize("domain", [pb.box(-1, 1, dim=2), Polytope([[-1, 0], [0, -1], [1, 1]], [0, 0, 1])], ids=str)
def test_planted_faults_are_refused(domain: Any) -> None:
    region = only(domain)
    found = inradius(region)
    assert is_certified(found, region.facet_rows)
    assert [name for name, planted in wrong(found).items() if is_certified(planted, region.facet_rows)] == []


def test_what_is_refused() -> None:
    region = only(pb.box(0, 1, dim=1))
    for bits in (0, -1, 1.5, True, "8", 5000):
        with pytest.raises(InputError, match="write an int from 1 to 4096"):
            inradius(region, bits=bits)  # type: ignore[arg-type]
    with pytest.raises(DomainError, match="unbounded"):
        inradius(pb.enumerate_regions(pb.Network.from_arrays([([[1]], [0]), ([[1]], [0])]), whole_space(1))[0])
