"""Lipschitz constants against all regions in Fractions, and enclosures judged by principal minors."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from flint import fmpq, fmpq_mat, fmpq_poly
from hypothesis import given, settings
from hypothesis import strategies as st

import polybn as pb
from polybn.drawing.strategies import Drawn, cases
from polybn.errors import IncompleteError, InputError
from polybn.networks.code import preactivation
from polybn.regions.linear import essential_codes
from polybn.regions.lipschitz import (
    lipschitz,
    roots_at_most,
    squared_lipschitz,
    squared_lipschitz_of_unit,
    states,
)
from polybn.regions.whole_space import whole_space

Matrix = Sequence[Sequence[Fraction]]


def squared(row: Sequence[Fraction]) -> Fraction:
    return sum((entry * entry for entry in row), Fraction(0))


def is_semidefinite(matrix: Matrix) -> bool:
    """All principal minors are >= 0, which is equivalent for a symmetric matrix."""
    size = range(len(matrix))
    for chosen in (subset for count in range(1, len(matrix) + 1) for subset in combinations(size, count)):
        entries = [[fmpq(matrix[i][j].numerator, matrix[i][j].denominator) for j in chosen] for i in chosen]
        if fmpq_mat(entries).det() < 0:
            return False
    return True


def exceeds(bound: Fraction, slope: Matrix) -> bool:
    """Whether |A|^2 > bound: bound I - A^T A is not semidefinite."""
    columns = list(zip(*slope, strict=True))
    gram = [[sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0)) for b in columns] for a in columns]
    return not is_semidefinite(
        [[bound * (i == j) - entry for j, entry in enumerate(row)] for i, row in enumerate(gram)]
    )


def with_outputs(case: Drawn, outputs: int, seed: int) -> pb.Network:
    """The drawn network with more outputs."""
    rows = np.random.default_rng(seed).integers(-3, 4, (outputs, case.network.outputs))
    return pb.Network([*_modules(case.network), pb.Linear(rows)])


def _modules(network: pb.Network) -> list[Any]:
    found: list[Any] = []
    for stage in network.stages:
        found.append(pb.Linear(stage.folded.linear, stage.folded.offset))
        found += [stage.activation] if stage.activation else []
    return found


@given(cases(depth=(0, 3)))
def test_one_output(case: Drawn) -> None:
    network = with_outputs(case, 1, 0)
    part = pb.enumerate_regions(network, case.domain)
    norms = [squared(region.affine.slope[0]) for region in part]
    found = squared_lipschitz(part)
    assert found.is_exact
    assert found.lower == max(norms)
    assert norms[found.region] == max(norms)


@pytest.mark.parametrize("outputs", [2, 3])
@given(cases(depth=(0, 2)), st.integers(0, 10**6), st.sampled_from([1, 20, 70]))
def test_several_outputs(outputs: int, case: Drawn, seed: int, bits: int) -> None:
    part = pb.enumerate_regions(with_outputs(case, outputs, seed), case.domain)
    slopes = [region.affine.slope for region in part]
    found = squared_lipschitz(part, bits=bits)
    assert not any(exceeds(found.upper, slope) for slope in slopes)
    assert found.upper - found.lower <= found.lower / 2**bits
    own = slopes[found.region]
    assert not exceeds(found.upper, own)
    if found.lower:
        # The region named reaches the lower bound: it exceeds everything below it.
        assert exceeds(found.lower - found.lower / 10**40, own)
        # And the oracle refuses an upper bound that is too small.
        assert any(exceeds(found.lower * (1 - Fraction(1, 10**40)), slope) for slope in slopes)
    else:
        assert all(not any(row) for slope in slopes for row in slope)


def test_a_rational_eigenvalue_is_found() -> None:
    """A = diag(3, 1/7) behind two identities: 9, and with a rotation of Pythagoras 9 again."""
    turn = [["3/5", "-4/5"], ["4/5", "3/5"]]
    for last in ([[3, 0], [0, "1/7"]], [["9/5", "-12/5"], ["4/35", "3/35"]]):
        net = pb.Network([pb.Linear(turn), pb.LeakyReLU(1), pb.Linear(last)])
        found = squared_lipschitz(pb.enumerate_regions(net, pb.box(-1, 1, dim=2)))
        assert (found.lower, found.upper) == (9, 9)


def test_the_larger_eigenvalue_may_have_the_smaller_trace() -> None:
    """A = ((1, 0), (0, 1)) where x > 0, trace 2; A = ((0, 0), (9/10, 1)) where x < 0, trace and eigenvalue 181/100."""
    first = [[1, 0], [-1, 0], [0, 1], [0, -1]]
    net = pb.Network.from_arrays([(first, [0] * 4), ([[1, 0, 0, 0], [0, "-9/10", 1, -1]], [0, 0])])
    part = pb.enumerate_regions(net, pb.box(-1, 1, dim=2))
    found = squared_lipschitz(part)
    assert found.lower == found.upper == Fraction(181, 100)
    assert part[found.region].witness[0] < 0


def test_the_golden_ratio() -> None:
    """A = ((1, 1), (1, 0)): |A| is the golden ratio, its square t has t^2 - 3 t + 1 = 0."""
    net = pb.Network.from_arrays([([[1, 1], [1, 0]], [0, 0])])
    found = squared_lipschitz(pb.enumerate_regions(net, pb.box(-1, 1, dim=2)), bits=200)
    assert found.lower**2 - 3 * found.lower + 1 < 0 < found.upper**2 - 3 * found.upper + 1
    assert found.upper - found.lower <= found.lower / 2**200


def test_a_constant_network() -> None:
    net = pb.Network.from_arrays([([[1, 1]], [0]), ([[0], [0]], [1, 2])])
    part = pb.enumerate_regions(net, pb.box(-1, 1, dim=2))
    assert (squared_lipschitz(part).lower, squared_lipschitz(part).upper, squared_lipschitz(part).region) == (0, 0, 0)
    assert lipschitz(part, "l1").upper == 0


@given(cases(depth=(0, 2)), st.integers(0, 10**6))
def test_sums_of_absolute_entries(case: Drawn, seed: int) -> None:
    part = pb.enumerate_regions(with_outputs(case, 2, seed), case.domain)
    slopes = [region.affine.slope for region in part]
    for norm in ("l1", "linf"):
        lines = [list(zip(*slope, strict=True)) if norm == "l1" else slope for slope in slopes]
        sizes = [max(sum((abs(entry) for entry in line), Fraction(0)) for line in own) for own in lines]
        found = lipschitz(part, norm)
        assert found.is_exact
        assert found.lower == max(sizes) == sizes[found.region]
        assert found.region == sizes.index(max(sizes))


@given(cases(depth=(1, 3)), st.data())
def test_one_unit(case: Drawn, data: st.DataObject) -> None:
    part = pb.enumerate_regions(case.network, case.domain)
    layer = data.draw(st.integers(0, len(case.network.widths) - 1))
    unit = data.draw(st.integers(0, case.network.widths[layer] - 1))
    norms = [squared(preactivation(case.network, region.code, layer).slope[unit]) for region in part]
    found = squared_lipschitz_of_unit(part, layer, unit)
    assert found.is_exact
    assert found.lower == max(norms)
    assert found.region == norms.index(max(norms))


@given(cases(dimensions=(2, 3), depth=(1, 2)), st.integers(0, 10**6))
def test_no_pair_of_points_is_stretched_more(case: Drawn, seed: int) -> None:
    part = pb.enumerate_regions(with_outputs(case, 2, seed), case.domain)
    points = [region.witness for region in part]
    values = [part.network(point) for point in points]
    found = squared_lipschitz(part)
    for (x, fx), (y, fy) in combinations(list(zip(points, values, strict=True))[:12], 2):
        moved = [a - b for a, b in zip(x, y, strict=True)]
        assert squared([a - b for a, b in zip(fx, fy, strict=True)]) <= found.upper * squared(moved)


@given(cases(depth=(1, 3)))
def test_states_are_the_maps(case: Drawn) -> None:
    """In any order of the codes, sorted or not."""
    part = pb.enumerate_regions(case.network, case.domain)
    depth = len(case.network.widths)
    for codes in (part.codes, part.codes[::-1], essential_codes(case.network, part.codes)):
        for code, state in zip(codes, states(case.network, codes, depth), strict=True):
            entries = state.tolist()
            scale = entries[-1][-1]
            image = case.network.output.linear * fmpq_mat([[fmpq(e, scale) for e in row[:-1]] for row in entries[:-1]])
            expected = pb.AffineMap(image, ()).slope
            origin = [index for index in range(len(part)) if essential_equal(case.network, part.codes[index], code)]
            assert all(part[index].affine.slope == expected for index in origin)
            assert origin


def essential_equal(network: pb.Network, first: Any, second: Any) -> bool:
    pair = essential_codes(network, np.stack([first, second]))
    return bool((pair[0] == pair[1]).all())


@given(st.lists(st.fractions(-3, 3), min_size=1, max_size=4), st.fractions(-4, 4))
def test_roots_at_most(roots: list[Fraction], bound: Fraction) -> None:
    polynomial = fmpq_poly([1])
    for root in roots:
        polynomial *= fmpq_poly([fmpq(-root.numerator, root.denominator), 1])
    assert roots_at_most(polynomial, fmpq(bound.numerator, bound.denominator)) == (max(roots) <= bound)


def test_in_all_of_space() -> None:
    net = pb.Network.from_arrays([([[1, 0], [0, 1]], [0, 5]), ([[3, 4]], [0])])
    found = squared_lipschitz(pb.enumerate_regions(net, whole_space(2)))
    assert (found.lower, found.region) == (25, 3)


@settings(max_examples=3)
@given(st.integers(0, 99))
def test_thousands_of_regions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = [2, 24, 24, 3]
    layers = [(rng.standard_normal((n, m)), rng.standard_normal(n)) for m, n in pairwise(sizes)]
    part = pb.enumerate_regions(pb.Network.from_arrays(layers), pb.box(-3, 3, dim=2))
    found = squared_lipschitz(part)
    # Floats judge no digit; they would notice another region or another matrix.
    sample = [np.linalg.norm(np.array(part[i].affine.slope, dtype=float), 2) ** 2 for i in range(0, len(part), 5)]
    assert max(sample) < float(found.upper) * 1.001
    own = np.linalg.norm(np.array(part[found.region].affine.slope, dtype=float), 2) ** 2
    assert float(found.lower) * 0.999 < own < float(found.upper) * 1.001


def test_what_is_refused() -> None:
    net = pb.Network.from_arrays([([[1], [2]], [0, 1]), ([[1, 1]], [0])])
    part = pb.enumerate_regions(net, pb.box(-1, 1, dim=1))
    with pytest.raises(InputError, match="write 'l1' or 'linf', or call squared_lipschitz"):
        lipschitz(part, "l2")  # type: ignore[arg-type]
    for place in ((1, 0), (0, 2), (-1, 0), (0, -1)):
        with pytest.raises(InputError, match=r"hidden layers have \[2\] units"):
            squared_lipschitz_of_unit(part, *place)
    with pytest.raises(InputError, match="bits is 0"):
        squared_lipschitz(part, bits=0)
    part.stopped = "the budget is spent"
    with pytest.raises(IncompleteError, match="Lipschitz constants were asked of a partition that was stopped"):
        squared_lipschitz(part)
