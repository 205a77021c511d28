"""The error bounds of the compiled tree attacked: true errors in rationals, thin cells, and bounds planted wrong."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import polybn as pb
from polybn.drawing.strategies import Drawn, cases
from polybn.errors import InternalError
from polybn.networks.integer import IntegerNetwork
from polybn.networks.network import Network
from polybn.regions.domain import Box, box
from polybn.regions.kernels import tree_regions
from polybn.regions.kernels.tree_arrays import BOUND, Output, Search
from polybn.regions.kernels.tree_frames import walk
from polybn.regions.kernels.tree_regions import SignTree
from polybn.regions.tree import tree

Affine = list[Fraction]
"""d coefficients and a constant, in scaled coordinates."""


def drawn(search: SignTree, code: np.ndarray[Any, Any], layer: int) -> Search:
    """The search with the rows of every layer up to ``layer`` drawn on a code."""
    search._begin(code, layer)
    out = Output(np.empty((1, 1), dtype=np.int8), np.empty((1, search.network.dimension)), np.empty(1, dtype=np.int64))
    walk(search.tables, search.search, out, layer)
    return search.search


def preactivations(network: Network, scales: list[int], code: list[int], layer: int) -> list[Affine]:
    """h of every unit of a layer on the cell of a code, by the definition of the network."""
    d = network.dimension
    inputs = [[Fraction(2) ** scales[i] if i == j else Fraction(0) for j in range(d + 1)] for i in range(d)]
    for index, hidden in enumerate(network.hidden[: layer + 1]):
        h = [
            [sum((w * row[j] for w, row in zip(weights, inputs, strict=True)), Fraction(0)) for j in range(d + 1)]
            for weights in hidden.affine.slope
        ]
        for row, bias in zip(h, hidden.affine.bias, strict=True):
            row[d] += bias
        if index == layer:
            return h
        kind = hidden.activation
        pieces = [(int(entry) + len(kind.breakpoints) + 1) // 2 for entry in code[: len(h)]]
        code = code[len(h) :]
        slopes = [pb_fraction(slope) for slope in kind.slopes]
        shifts = [pb_fraction(shift) for shift in kind.intercepts]
        inputs = [[slopes[p] * a for a in row] for p, row in zip(pieces, h, strict=True)]
        for p, row in zip(pieces, inputs, strict=True):
            row[d] += shifts[p]
    raise AssertionError


def pb_fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def errors(network: Network, domain: Box, seed: int) -> list[tuple[Fraction, float]]:
    """(true error, bound) of computed values at float points of the domain, for hyperplanes of the last layer."""
    integer = IntegerNetwork(network)
    search = SignTree(integer, domain)
    rng = np.random.default_rng(seed)
    codes = np.concatenate([chunk.codes for chunk in search.regions()])
    layer, found = integer.depth - 1, []
    for code in codes[rng.integers(0, len(codes), 3)]:
        S = drawn(search, code[: search.floats.unit_start[layer]], layer)
        h = preactivations(network, search.scales.tolist(), code.tolist(), layer)
        breaks = len(network.hidden[layer].activation.breakpoints)
        first = int(search.floats.plane_start[layer])
        for k, row in enumerate(h):
            unit = len(S.reach) + first + k * breaks
            for t, point in enumerate(network.hidden[layer].activation.breakpoints):
                computed = S.rows[:, unit + t]
                exact = [*row[:-1], row[-1] - pb_fraction(point)]
                scale = power_of_two(exact, row, computed, pb_fraction(point))
                for y in (rng.uniform(-1, 1, len(row) - 1), rng.choice([-1.0, 1.0], len(row) - 1)):
                    value = float(y @ computed[:-1]) + float(computed[-1])
                    terms = (a * Fraction(x) for a, x in zip(exact, y.tolist(), strict=False))
                    true = (sum(terms, Fraction(0)) + exact[-1]) * scale
                    found.append((abs(true - Fraction(value)), float(S.error[BOUND, unit + t])))
    return found


def power_of_two(exact: Affine, row: Affine, computed: np.ndarray[Any, Any], point: Fraction) -> Fraction:
    """The power of two by which the kernel scaled the unit."""
    largest = max(range(len(exact)), key=lambda i: abs(exact[i]))
    if exact[largest] == 0 or computed[largest] == 0:
        return Fraction(1)
    ratio = Fraction(float(computed[largest])) / exact[largest]
    exponent = round(float(np.log2(float(ratio)))) if 2**-1000 < ratio < 2**1000 else 0
    return Fraction(2) ** exponent


def checked(pairs: list[tuple[Fraction, float]], factor: float) -> bool:
    """Whether every true error is within ``factor`` times its bound."""
    return all(error <= Fraction(bound * factor) for error, bound in pairs)


@given(cases(depth=(1, 3), max_width=5, dimensions=(1, 2, 3), normalization=pb.BatchNorm), st.integers(0, 99))
def test_true_errors_are_within_the_bounds(case: Drawn, seed: int) -> None:
    assert checked(errors(case.network, case.domain, seed), 1)


def thirds(seed: int, activation: str = "relu") -> Network:
    """A network whose parameters are no floats."""
    rng = np.random.default_rng(seed)
    sizes = [(3, 6), (6, 5), (5, 4), (4, 1)]
    layers = [
        ([[Fraction(int(v), 21) for v in row] for row in rng.integers(-40, 41, (n, m))],
         [Fraction(int(v), 33) for v in rng.integers(-40, 41, n)])
        for m, n in sizes
    ]  # fmt: skip
    return Network.from_arrays(layers, activation=activation)


@pytest.mark.parametrize("activation", ["relu", "abs", "hard_tanh"])
def test_true_errors_of_rationals_and_a_bound_planted_wrong(activation: str) -> None:
    pairs = errors(thirds(1, activation), box(-3, 3, dim=3), 0)
    assert checked(pairs, 1)
    assert not checked(pairs, 0), "no bound at all must be refuted"
    assert not checked(pairs, 2.0**-14), "the bounds are not absurdly large either"


def nearly_degenerate(seed: int, cone: bool = False) -> Network:
    """Hyperplanes that differ from combinations of others by about one unit in the last place of a double.

    With ``cone`` no row has a constant, and a coefficient is what differs.
    """
    rng = np.random.default_rng(seed)
    d = 3
    rows = [[Fraction(int(v), 7) for v in rng.integers(-9, 10, d + 1)] for _ in range(3)]
    for k in range(5):
        shares = [Fraction(int(v), 5) for v in rng.integers(-3, 4, 3)]
        row = [sum((s * r[i] for s, r in zip(shares, rows[:3], strict=True)), Fraction(0)) for i in range(d + 1)]
        row[d - cone] += Fraction(int(rng.integers(-2, 3)), 2 ** (52 + k))
        rows.append(row)
    first = ([row[:-1] for row in rows], [0 if cone else row[-1] for row in rows])
    second = (
        [[Fraction(int(v), 3) for v in rng.integers(-2, 3, 8)] for _ in range(3)],
        [0, 0, 0 if cone else Fraction(1, 2**55)],
    )
    return Network.from_arrays([first, second, ([[1, 1, 1]], [0])], activation="relu")


def codes_of(network: Network) -> set[tuple[int, ...]]:
    search = SignTree(IntegerNetwork(network), box(-3, 3, dim=network.dimension))
    return {tuple(code) for chunk in search.regions() for code in chunk.codes.tolist()}


@pytest.mark.parametrize("cone", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_thin_cells_are_all_found(seed: int, cone: bool) -> None:
    network = nearly_degenerate(seed, cone)
    exact = tree(IntegerNetwork(network), box(-3, 3, dim=3), [0, 0], exact=True)
    assert codes_of(network) == {cell.code for cell in exact}


def planted(bound: float) -> Callable[..., Search]:
    """Searches with this bound for every row."""
    original = tree_regions.search_of

    def search_of(*arguments: Any) -> Search:
        search = original(*arguments)
        search.error[BOUND] = bound
        return search

    return search_of


def outcome(network: Network) -> set[tuple[int, ...]] | None:
    """The codes, or None where exact arithmetic caught a point that is not where the floats said."""
    try:
        return codes_of(network)
    except (ValueError, InternalError):
        return None


@pytest.mark.parametrize("cone", [False, True])
def test_a_bound_planted_wrong_loses_or_invents_regions(monkeypatch: pytest.MonkeyPatch, cone: bool) -> None:
    networks = [nearly_degenerate(seed, cone) for seed in range(12)]
    honest = [codes_of(network) for network in networks]
    monkeypatch.setattr(tree_regions, "search_of", planted(0.0))
    found = [outcome(network) for network in networks]
    assert any(codes is not None and codes != right for codes, right in zip(found, honest, strict=True))


def test_an_infinite_bound_leaves_everything_to_rationals(monkeypatch: pytest.MonkeyPatch) -> None:
    network = nearly_degenerate(0)
    honest = codes_of(network)
    monkeypatch.setattr(tree_regions, "search_of", planted(float("inf")))
    assert codes_of(network) == honest
