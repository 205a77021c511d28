"""Signs at vertices from residues are those of rational points; understated norms and stale rows are caught."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numba
import numpy as np
import pytest
from flint import fmpq, fmpq_mat, fmpz_mat

import polybn as pb
from polybn.regions.hyperplanes import Hyperplanes
from polybn.regions.kernels.driver import prepared
from polybn.regions.kernels.oracle import UNKNOWN, exact_sign
from polybn.regions.kernels.residues import residues_of
from polybn.regions.kernels.state import SLOTS, STAMP

ACTIVATIONS = ["relu", "abs", "hard_tanh", "relu6", pb.LeakyReLU("1/10"), pb.LeakyReLU(-3),
               pb.PiecewiseLinear(["-1/2", 0, "1/3"], [2, "-1/7", 0, 1], "1/9")]  # fmt: skip
WIDTHS = [[1, 5, 4, 1], [2, 4, 4, 3, 1], [3, 5, 4, 1]]


@numba.njit
def sign_at_vertex(dims, net, code, table, masks, slots, tight, T, top, g, v):  # type: ignore[no-untyped-def]
    return exact_sign(dims, net, code, table, masks, slots, tight, T, top, g, v)


def network_of(seed: int, widths: list[int], activation: Any) -> pb.Network:
    """Small whole numbers (rows that vanish, repeat, oppose and concur), or rationals with long denominators."""
    random = Random(seed)
    longest = 150 if seed % 4 == 3 else 20

    def number() -> Fraction:
        small = Fraction(random.choice([0, 0, *range(-2, 3)]))
        return small if seed % 2 == 0 else small + Fraction(random.randint(-99, 99), random.randint(1, 1 << longest))

    layers = [([[number() for _ in range(n)] for _ in range(m)], [number() for _ in range(m)])
              for n, m in pairwise(widths)]  # fmt: skip
    return pb.Network.from_arrays(layers, activation=activation)


class Asked:
    """The kernel's oracle on one network, asked about any code and any facets of a vertex."""

    def __init__(self, network: pb.Network, *, bits: int | None = None) -> None:
        self.network, self.domain, self.d = network, pb.box(-3, 3, dim=network.dimension), network.dimension
        self.T = residues_of(network.integer, self.domain.rows)
        if bits is not None:
            self.T.planes[:, 0] = bits
        self.layers = prepared(network.integer, self.domain).tables.layers
        self.table = np.zeros((network.integer.depth, 5), dtype=np.int64)
        self.code = np.zeros((2, sum(network.widths)), dtype=np.int8)
        self.planes = len(self.T.planes)
        self.rows: list[Any] = []

    def draw_code(self, random: Random, *, stale: bool = False) -> None:
        """Any code, whether it has a region or not; ``stale`` plants the fault of not saying that it changed."""
        integer = self.network.integer
        self.code[0] = [random.choice(range(-len(kind.breakpoints), len(kind.breakpoints) + 1))
                        for kind in integer.layers for _ in range(kind.units)]  # fmt: skip
        self.table[:, STAMP] += not stale
        self.rows = [*self.domain.rows, *Hyperplanes(self.network, self.domain).rows(self.code[0].tolist())]

    def sign(self, chosen: Sequence[int], g: int) -> int:
        """The sign of hyperplane g where the chosen ones vanish."""
        slots = np.zeros((1, SLOTS), dtype=np.int64)
        slots[0, : len(chosen)] = chosen
        masks, tight = np.array([(1 << len(chosen)) - 1]), np.zeros(2 * self.d + 2, dtype=np.int64)
        dims = (0,) * self.d
        return int(sign_at_vertex(dims, self.layers, self.code, self.table, masks, slots, tight, self.T, 0, g, 0))

    def expected(self, chosen: Sequence[int], g: int) -> int | None:
        """The same by rational arithmetic; None where the chosen rows do not determine a point."""
        basis = independent([self.rows[i] for i in chosen], self.d)
        return None if basis is None else exact_value_sign([self.rows[i] for i in chosen], basis, self.rows[g], self.d)

    def rows_agree(self) -> bool:
        """Whether every row that was computed for the current code is the exact one."""
        found = True
        for g, (row, (stamp, known)) in enumerate(zip(self.rows, self.T.known.tolist(), strict=True)):
            layer = self.T.planes[g, 1]
            if known > 0 and stamp == (0 if layer < 0 else self.table[layer, STAMP]):
                primes = self.T.primes[:known].tolist()
                found &= self.T.rows[g, :known].tolist() == [[int(x % p) for x in row] for p in primes]
        return found


def independent(rows: list[Any], d: int) -> list[int] | None:
    """Positions of the first d rows with independent linear parts, or None."""
    chosen: list[int] = []
    for index in range(len(rows)):
        trial = fmpz_mat([list(rows[i][:d]) for i in (*chosen, index)])
        if trial.rank() == len(chosen) + 1:
            chosen.append(index)
        if len(chosen) == d:
            return chosen
    return None


def exact_value_sign(rows: list[Any], basis: list[int], row: Any, d: int) -> int:
    """The sign of a row at the point where the rows of the basis vanish, by rational arithmetic."""
    left = fmpq_mat([[fmpq(x) for x in rows[i][:d]] for i in basis])
    right = fmpq_mat([[fmpq(-rows[i][d])] for i in basis])
    point = left.solve(right).entries()
    value = sum((fmpq(a) * x for a, x in zip(row, point, strict=False)), fmpq(row[d]))
    return (value > 0) - (value < 0)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=str)
@pytest.mark.parametrize("widths", WIDTHS, ids=str)
def test_rows_bounds_and_signs_at_vertices(widths: list[int], activation: Any) -> None:
    signs: Counter[int | None] = Counter()
    for seed in range(4):
        asked, random = Asked(network_of(seed, widths, activation)), Random(seed)
        for _ in range(8):
            asked.draw_code(random)
            for (bits, _), row in zip(asked.T.planes.tolist(), asked.rows, strict=True):
                assert int(sum(x * x for x in row)) <= 4**bits
            chosen = random.sample(range(asked.planes), asked.d + random.randint(0, 3))
            if len(chosen) == asked.d and asked.expected(chosen, 0) is None:
                continue  # never a vertex: d facets of one are independent
            for g in random.sample(range(asked.planes), min(asked.planes, 8)):
                expected = asked.expected(chosen, g)
                assert asked.sign(chosen, g) == (UNKNOWN if expected is None else expected)
                signs[expected] += 1
            assert asked.rows_agree()
    assert min(signs[-1], signs[0], signs[1]) > 3, signs


def test_sums_over_many_units_do_not_overflow() -> None:
    """-1 is the largest residue; about 200 products of two of them exceed a word."""
    asked = Asked(pb.Network.from_arrays([([[-1]] * 400, [-1] * 400), ([[-1] * 400] * 2, [-1, -2]), ([[1, 1]], [0])]))
    asked.draw_code(Random(0))
    assert asked.sign([asked.planes - 1], asked.planes - 2) == asked.expected([asked.planes - 1], asked.planes - 2)
    assert asked.rows_agree()


@pytest.mark.parametrize("fault", ["none", "a bound that is too small", "a row of another code"])
def test_planted_faults_are_caught(fault: str) -> None:
    """The comparison above, on an oracle that trusts understated norms, or that keeps rows when the code changes."""
    random, wrong, stale = Random(0), 0, 0
    asked = Asked(network_of(1, [2, 5, 5, 1], "relu"), bits=0 if "bound" in fault else None)
    for trial in range(10):
        asked.draw_code(random, stale="code" in fault and trial > 0)
        for _ in range(10):
            *chosen, g = random.sample(range(asked.planes), 3)
            if (expected := asked.expected(chosen, g)) is not None:
                wrong += asked.sign(chosen, g) != expected
        stale += not asked.rows_agree()
    assert (wrong > 5) == (fault != "none")
    assert (stale > 5) == ("code" in fault)


@pytest.mark.skipif(bool(os.environ.get("NUMBA_DISABLE_JIT")), reason="nothing is compiled here")
def test_without_compilation_the_same_and_no_word_overflows() -> None:
    """As plain Python on numpy's words, which warn when they wrap around."""
    some = "1500-3 or hadamard or vanish or (bounds and relu6) or planted or overflow"
    files = [str(Path(__file__).with_name(f"test_{name}.py")) for name in ("determinant", "modular")]
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error::RuntimeWarning", "-k", some, *files]
    surroundings = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    run = subprocess.run(command, capture_output=True, text=True, env=surroundings, check=False)
    assert run.returncode == 0, run.stdout
