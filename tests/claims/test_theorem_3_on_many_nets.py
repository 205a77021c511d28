"""Theorem 3, geometry against formula, on every adjacent pair of 300 drawn two-layer nets, and how many that is."""

import random
from collections import Counter
from fractions import Fraction

import pytest

import polybn as pb
from polybn.claims.theorem_3 import THEOREM_3, folds_of, levels
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Holds, Skipped

NETS = 50
"""In each of three dimensions for each of two activations: 300 in all."""
ACTIVATIONS = {"leaky relu": ("1/10", "1/2"), "abs": (-1,)}
WIDTHS = {2: (2, 3, 4), 3: (2, 3), 4: (2, 3)}


def drawn(source, kind, dim):
    """A net of two normalised layers with its batch: one in five has a unit and its opposite, weighed to cancel."""
    slope = Fraction(source.choice(ACTIVATIONS[kind]))
    width = source.choice(WIDTHS[dim])
    rows = [row(source, dim) for _ in range(width)]
    weights = [row(source, width) for _ in range(2)]
    if source.random() < 0.2:
        # h_1 = -h_0, so that q_0 w_0 - q_1 w_1 = 0 where unit 0 is on: slope w_1 = w_0.
        rows[1] = [-entry for entry in rows[0]]
        weights[0] = [slope, 1, *[0] * (width - 2)]
    batch = [row(source, dim) for _ in range(5)]
    norm, function = pb.BatchNorm(eps="1/8", sigma_bits=5), pb.LeakyReLU(slope)
    modules = [pb.Linear(rows), norm, function, pb.Linear(weights), norm, function, pb.Linear([[1, 1]])]
    net = pb.Network(modules).fit(batch)
    return ExactView(Instance(net, tuple(map(tuple, batch)), pb.box(-1, 1, dim=dim)))


def row(source, size):
    values = [Fraction(source.randint(-4, 4), source.choice((1, 1, 2, 3))) for _ in range(size)]
    return values if any(values) else [Fraction(1), *values[1:]]


@pytest.mark.parametrize("kind", ACTIVATIONS)
@pytest.mark.parametrize("dim", WIDTHS)
def test_theorem_3_holds_on_every_adjacent_pair(kind, dim):
    source = random.Random(f"{kind} {dim}")
    counts = Counter()
    while counts["nets"] < NETS:
        view = drawn(source, kind, dim)
        outcome = THEOREM_3.decide(view)
        assert isinstance(outcome, Holds) or outcome in (Skipped("n != 0"), Skipped("h_2 varies on adjacent regions"))
        folds = folds_of(view)
        found = [folds.creases(unit, level) for unit, level in levels(view.network)]
        pairs = sum(len(one.creases) for one in found)
        counts["F contains a region"] += sum(len(one.full) for one in found)
        counts["h constant beside the wall"] += sum(len(one.constant) for one in found)
        if isinstance(outcome, Holds) and pairs:
            assert outcome.compared >= pairs
            counts["nets"] += 1
            counts["pairs"] += pairs
            counts["at a ridge"] += sum(crease.dihedral is not None for one in found for crease in one.creases)
    assert counts["pairs"] >= 5 * NETS
    assert counts["at a ridge"] >= 5 * NETS
    assert counts["h constant beside the wall"] + counts["F contains a region"] >= 10
