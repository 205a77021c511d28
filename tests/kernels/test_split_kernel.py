"""The compiled subdivision is the all-integer one: the same codes, facets, owners and counts, on hostile networks."""

import math
import os
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import polybn as pb
from polybn.drawing.strategies import STRATA, Drawn, cases, strata_for

PER_RUN = max(3, settings().max_examples * 7 // 100)
RUNS = [(stratum, kind) for kind in (None, pb.BatchNorm) for stratum in strata_for(normalization=kind)]
ACTIVATIONS = ["relu", "abs", "hard_tanh", "relu6", pb.LeakyReLU("1/10"), pb.LeakyReLU(-3),
               pb.PiecewiseLinear(["-1/2", 0, "1/3"], [2, "-1/7", 0, 1], "1/9")]  # fmt: skip


def described(part: pb.Partition) -> dict[str, Any]:
    """All that does not depend on the engine."""
    table = part.facet_table
    return {
        "counts": part.layer_counts,
        "codes": part.codes.tolist(),
        "facets": [table.facet_starts.tolist(), table.owner_starts.tolist(), table.owners.tolist()],
    }


def agree(network: pb.Network, domain: pb.Box) -> pb.Partition:
    """The compiled partition, after it was compared with the all-integer one."""
    compiled = pb.enumerate_regions(network, domain, engine="split")
    exact = pb.enumerate_regions(network, domain, engine="split", exact=True)
    assert described(compiled) == described(exact)
    for region in compiled:
        assert network.code(region.witness) == region.code
    return compiled


@pytest.mark.parametrize(("stratum", "normalization"), RUNS)
def test_the_kernel_agrees_on_every_stratum(stratum: str, normalization: Any) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=PER_RUN)
    @given(cases(stratum=stratum, normalization=normalization, depth=(1, 3), max_width=6))
    def compare(case: Drawn) -> None:
        compiled = agree(case.network, case.domain)
        exact = pb.enumerate_regions(case.network, case.domain, engine="split", exact=True)
        assert dict(compiled.adjacency().edges) == dict(exact.adjacency().edges)
        seen[case.stratum] += 1

    compare()
    assert seen[stratum] >= PER_RUN, seen
    assert {stratum for stratum, _ in RUNS} == set(STRATA)


def whole_numbers(seed: int, widths: list[int], activation: Any, largest: int = 2) -> pb.Network:
    """Small whole numbers: rows that vanish, repeat, oppose and concur in every layer."""
    random = Random(seed)
    layers = [
        ([[random.randint(-largest, largest) for _ in range(n)] for _ in range(m)],
         [random.choice([0, 0, random.randint(-largest, largest)]) for _ in range(m)])
        for n, m in pairwise(widths)
    ]  # fmt: skip
    return pb.Network.from_arrays(layers, activation=activation)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
@pytest.mark.parametrize("widths", [[1, 6, 5, 1], [2, 5, 5, 1], [2, 4, 4, 4, 1], [3, 5, 4, 1], [4, 4, 3, 1]], ids=str)
def test_the_kernel_agrees_on_whole_numbers(widths: list[int], activation: Any) -> None:
    for seed in range(4):
        agree(whole_numbers(seed, widths, activation), pb.box(-3, 3, dim=widths[0]))


@pytest.mark.parametrize("power", [24, 40, 52, 53, 60, 200])
def test_near_degenerate_networks(power: int) -> None:
    """Lines that nearly concur, repeat and are parallel, by less than floats can tell: the regions in between count."""
    e = Fraction(1, 2**power)
    layers = [
        ([[1, 0], [0, 1], [1, 1], [1, 1 + e], [1, 0], [2, 0], [1, -1]], [0, 0, e, -e, e, -e, 0]),
        ([[1, -1, 0, e, 0, 0, 1], [1, -1 + e, 0, 0, 0, 1, 1], [0, 0, 1, -1, 0, 0, e]], [e, 0, 0]),
        ([[1, 1, 1]], [0]),
    ]
    for activation in ("relu", pb.LeakyReLU(e), "abs"):
        part = agree(pb.Network.from_arrays(layers, activation=activation), pb.box(-1, 1, dim=2))
        assert min(region.volume() for region in part) <= 4 * e


@pytest.mark.parametrize("scale", [-1200, -1074, -1022, -540, -30, 30, 540, 1023, 1500])
def test_huge_tiny_and_subnormal_scales(scale: int) -> None:
    """Scaling a unit, the inputs or the domain changes no region, whatever a float can hold."""
    factor = Fraction(2) ** scale
    rng = np.random.default_rng(3)
    first, second = rng.integers(-9, 9, (5, 2)).tolist(), rng.integers(-9, 9, (4, 5)).tolist()
    bias, after = rng.integers(-9, 9, 5).tolist(), rng.integers(-9, 9, 4).tolist()
    plain = pb.Network.from_arrays([(first, bias), (second, after), ([[1] * 4], [0])])
    expected = described(pb.enumerate_regions(plain, pb.box(-1, 1, dim=2), exact=True))
    units = [[w * factor if k % 2 else w for w in row] for k, row in enumerate(first)]
    shifted = [b * factor if k % 2 else b for k, b in enumerate(bias)]
    back = [[w / factor if k % 2 else w for k, w in enumerate(row)] for row in second]
    scaled = pb.Network.from_arrays([(units, shifted), (back, after), ([[1] * 4], [0])])
    assert described(agree(scaled, pb.box(-1, 1, dim=2))) == expected
    inputs = [[w / factor for w in row] for row in first]
    wide = pb.Network.from_arrays([(inputs, bias), (second, after), ([[1] * 4], [0])])
    assert described(agree(wide, pb.box(-factor, factor, dim=2))) == expected


@pytest.mark.parametrize("power", [-900, -1010, -1100, -3000])
def test_numbers_that_vanish_beside_others_are_not_zero(power: int) -> None:
    """x >= 0 and x >= 2^power are two lines; a float holds the second constant as 0 beside the 1."""
    e = Fraction(2) ** power
    rows, biases = [[1, 0], [1, 0], [0, 1], [1, e], [e, 1]], [0, -e, e, 0, -e]
    after = [[1, -1, 0, 0, 0], [e, 0, 1, 1, -1]]
    net = pb.Network.from_arrays([(rows, biases), (after, [0, e]), ([[1, 1]], [0])])
    assert len(agree(net, pb.box(-1, 1, dim=2))) > 4
    agree(net, pb.box(0, e, dim=2))


def test_a_far_and_thin_domain() -> None:
    net = pb.Network.from_arrays([([[1, 0], [1, -1], [0, 1]], ["-1000000", 0, "-999999.9999999"]), ([[1, 1, 1]], [0])])
    part = agree(net, pb.box([999999, 999999], ["1000000.0000001", 1000001]))
    assert len(part) == 7  # three lines in general position, all of whose meeting points are inside


def test_more_facets_than_a_mask_holds() -> None:
    """80 tangents of a circle: the cell in the middle has 80 facets, and the all-integer path takes over."""
    rows, biases = [], []
    for k in range(80):
        t = Fraction(math.tan(math.pi * (k - 40) / 81 / 2)).limit_denominator(1000)
        rows.append([(1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)])
        biases.append(-1)
    net = pb.Network.from_arrays([(rows, biases), ([[1] * 80], [0])])
    part = pb.enumerate_regions(net, pb.box(-40, 2, dim=2))
    assert max(np.diff(part.facet_table.facet_starts)) > 62
    exact = pb.enumerate_regions(net, pb.box(-40, 2, dim=2), exact=True)
    assert described(part) == described(exact)
    round_domain = pb.Polytope([*rows, [-1, 0], [0, 1], [0, -1]], [1] * 80 + [2] * 3)
    assert len(round_domain.facets) > 62
    small = pb.Network.from_arrays([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    assert len(pb.enumerate_regions(small, round_domain)) == 4


def test_a_bound_that_is_too_small_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the error bounds set to zero, rounding noise decides signs on the axis of a central arrangement."""
    from polybn.regions.kernels import driver

    rng = np.random.default_rng(0)
    normals = [[Fraction(int(a), 7), Fraction(int(b), 7)] for a, b in rng.integers(-50, 50, (9, 2))]
    centre = (Fraction(1, 3), Fraction(2, 7))
    biases = [-sum(a * c for a, c in zip(row, centre, strict=True)) for row in normals]
    net = pb.Network.from_arrays([(normals, biases), ([[1] * 9], [0])])
    domain = pb.box(-1, 1, dim=2)
    agree(net, domain)
    right = driver.prepared(net.integer, domain)
    right.path.rows[3:] = 0.0  # P, Q and A
    wrong = pb.enumerate_regions(net, domain)
    assert len(wrong) != len(pb.enumerate_regions(net, domain, exact=True))


@settings(max_examples=max(10, settings().max_examples // 4))
@given(st.integers(0, 10**9), st.sampled_from(ACTIVATIONS), st.sampled_from([-60, -8, 0, 8, 60]))
def test_true_errors_stay_below_their_bounds(seed: int, activation: Any, scale: int) -> None:
    """Rows, values and vertices of a deep random network, recomputed exactly, against the bounds of `floats`."""
    from polybn.regions.kernels.floats import float_network
    from polybn.regions.kernels.scaling import scales_of

    rng = np.random.default_rng(seed)
    d, widths = int(rng.integers(1, 4)), [int(w) for w in rng.integers(1, 9, 3)]
    layers, before = [], d
    for width in (*widths, 1):
        layers.append((np.ldexp(rng.standard_normal((width, before)), scale), rng.standard_normal(width)))
        before = width
    net = pb.Network.from_arrays(layers, activation=activation)
    domain = pb.box(-3, 5, dim=d)
    scales = scales_of(domain.lower, domain.upper)
    floats = float_network(net.integer, domain.rows, scales)
    y = rng.uniform(-0.25, 0.25, d)
    point = [Fraction(float(value)) * Fraction(2) ** int(s) for value, s in zip(y, scales, strict=True)]
    state, compared = y.copy(), 0
    exact: list[Fraction] = point
    for layer, hidden in enumerate(net.hidden):
        start, stop = floats.unit_start[layer], floats.unit_start[layer + 1]
        n = floats.inputs[layer]
        block = floats.weights[floats.weight_start[layer] :][: (stop - start) * n].reshape(stop - start, n)
        values = block @ state + floats.biases[start:stop]
        true = [Fraction(int(v.p), int(v.q)) for v in hidden.affine.apply(net.stages[0].affine.offset[:0] or _q(exact))]
        breaks = int(floats.breaks[layer])
        for k, (value, h) in enumerate(zip(values.tolist(), true, strict=True)):
            g = floats.plane_start[layer] + k * breaks
            power = _power(h, value, float(floats.size[g]), floats, g)
            bound = Fraction(float(floats.slope_error[g])) * sum(map(abs, map(Fraction, y.tolist())))
            bound += Fraction(float(floats.offset_error[g]))
            assert abs(Fraction(value) - h * power) <= bound
            compared += 1
        pieces = [hidden.activation.piece(hidden.activation.code(v)) for v in _q(true)]
        slopes = floats.slopes[floats.slope_start[layer] :][pieces]
        first = floats.intercept_start[layer]
        shifts = floats.intercepts[first + np.arange(len(pieces)) * (breaks + 1) + pieces]
        state = slopes * values + shifts
        exact = [Fraction(int(v.p), int(v.q)) for v in map(hidden.activation.value, _q(true))]
    assert compared == sum(widths)


def _q(values: list[Fraction]) -> tuple[Any, ...]:
    from flint import fmpq

    return tuple(fmpq(value.numerator, value.denominator) for value in values)


def _power(h: Fraction, value: float, size: float, floats: Any, g: int) -> Fraction:
    """The power of two by which the unit was scaled: the one nearest to the ratio of the two values."""
    if h == 0 or value == 0:
        return Fraction(1)
    ratio = math.log2(abs(Fraction(value) / h))
    return Fraction(2) ** round(ratio)


@pytest.mark.parametrize("surroundings", [{"NUMBA_DISABLE_JIT": "1"}, {"HOME": "/nonexistent", "unwritable": "1"}])
def test_without_compilation_and_without_a_cache(surroundings: dict[str, str]) -> None:
    script = (
        "import sys, polybn as pb\n"
        "if 'unwritable' in sys.argv:\n"
        "    from polybn.regions.kernels import compiled\n"
        "    compiled._places = lambda: iter(())\n"
        "net = pb.Network.from_arrays([([[1, 2], [3, -1], [1, 1], [2, 2]], [0, 1, 0, 0]), ([[1, 1, 1, -1]], [0]),"
        " ([[1]], [0])])\n"
        "for exact in (False, True):\n"
        "    print(pb.enumerate_regions(net, pb.box(-3, 3, dim=2), exact=exact).codes.tolist())\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *(["unwritable"] if "unwritable" in surroundings else [])],
        capture_output=True, text=True, env={**os.environ, **surroundings}, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")
    compiled, exact = run.stdout.splitlines()
    assert compiled == exact
    assert exact.count("[") == 8  # 7 regions
