"""Small networks whose enumerations are checked again by the proof assistant: every side refuted on the way is empty.

BN with beta = 0 puts all hyperplanes of a first layer through the centroid of the batch, so refutations by a constant
of exactly 0 are the rule here, not the exception. Duplicate, opposite, parallel and zero rows, hyperplanes that touch
the domain, dimension one and activations with two breakpoints are here because they are where errors hide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

import polybn as pb

Domain: TypeAlias = pb.Box | pb.Polytope | pb.WholeSpace


@dataclass(frozen=True)
class Enumeration:
    """A network, fitted, and the domain in which its regions are enumerated."""

    name: str
    """A name in Coq: letters, digits and underscores."""
    sentence: str
    network: pb.Network
    domain: Domain
    exact: bool = False
    """Without float proposals: then multipliers come from vertices alone, and not from rounded guesses."""


def fitted_on_a_batch() -> pb.Network:
    """Two BN layers on five points; the first has duplicate and opposite rows, and meets in the centroid."""
    batch = [[1, 1], [3, -1], [-1, 3], [-2, 0], [4, 2]]
    first, second = [[1, 0], [0, 1], [1, 1], [2, 2], [-1, -1], [1, -1]], [[1, 1, 0, 1, -1, 2], [0, 1, -1, 2, 1, 1]]
    layers = [pb.Linear(first), pb.BatchNorm(), pb.LeakyReLU("1/10"), pb.Linear(second), pb.BatchNorm(), pb.ReLU()]
    return pb.Network([*layers, pb.Linear([[1, -1]], [0])]).fit(batch)


def in_space() -> pb.Network:
    """One BN layer of width 6 in dimension 3 and the absolute value, then two units."""
    batch = [[0, 0, 1], [2, 1, -1], [-1, 3, 0], [1, -2, 2], [-2, -2, -2]]
    rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [1, -1, 0], [0, 1, -2]]
    layers = [pb.Linear(rows), pb.BatchNorm(), pb.Abs(), pb.Linear([[1, -1, 1, -1, 1, -1], [1, 2, -3, 1, -2, 1]])]
    return pb.Network([*layers, pb.BatchNorm(), pb.ReLU(), pb.Linear([[1, 1]], [0])]).fit(batch)


def on_a_line() -> pb.Network:
    """Dimension one: BN on a batch of three numbers, two layers, each pair of units opposite."""
    layers = [pb.Linear([[1], [-2]]), pb.BatchNorm(beta=[1, "1/2"]), pb.LeakyReLU("1/4"), pb.Linear([[1, 1], [-1, -1]])]
    return pb.Network([*layers, pb.BatchNorm(), pb.ReLU(), pb.Linear([[1, 1]], [0])]).fit([[0], [1], [5]])


def degenerate() -> pb.Network:
    """Zero rows, with and without a constant, parallel rows, and hyperplanes that touch the square."""
    rows = [[0, 0], [0, 0], [1, 0], [2, 0], [-1, 0], [1, 1], [1, -1], [0, 1]]
    offsets = [0, -1, 3, 6, 1, -6, -6, 0]
    return pb.Network.from_arrays([(rows, offsets), ([[1] * 8, [1, -1] * 4], [0, 1]), ([[1, 1]], [0])])


def with_two_breakpoints() -> pb.Network:
    """Hard tanh: each unit draws two parallel hyperplanes."""
    rows = [[1, 2], [2, -1], [1, 1]]
    layers = [(rows, [0, 1, 0]), ([[1, 1, -1], [1, 0, 2]], [0, 0]), ([[1, 1]], [0])]
    return pb.Network.from_arrays(layers, activation="hard_tanh")


def from_floats() -> pb.Network:
    """Float weights, read as the dyadic rationals that they store."""
    rows = np.array([[0.1, 0.7], [-0.3, 0.2], [0.9, -0.4], [0.6, 0.5]])
    first = (rows, np.array([0.1, -0.2, 0.3, 0.05]))
    return pb.Network.from_arrays([first, (np.array([[0.3, -0.7, 0.2, 0.4]]), np.array([-0.4])), ([[1]], [0])])


def in_dimension_five() -> pb.Network:
    """Seven hyperplanes through one point of R^5."""
    rows = [[1 if axis == unit else 0 for axis in range(5)] for unit in range(5)]
    return pb.Network.from_arrays([([*rows, [1, 1, 1, 0, 0], [0, 0, 1, 1, 1]], [0] * 7), ([[1] * 7], [0])])


def enumerations() -> tuple[Enumeration, ...]:
    """All of them, in a fixed order."""
    batch_norm, square = fitted_on_a_batch(), pb.box(-3, 3, dim=2)
    triangle = pb.Polytope([[-1, 0], [0, -1], [1, 1]], [2, 2, 3])
    return (
        Enumeration("batch_norm", "two BN layers fitted on a batch, in a box", batch_norm, square),
        Enumeration("batch_norm_exact", "the same without float proposals", batch_norm, square, exact=True),
        Enumeration("batch_norm_plane", "the same in all of R^2", batch_norm, pb.whole_space(2)),
        Enumeration("batch_norm_triangle", "the same in a triangle", batch_norm, triangle, exact=True),
        Enumeration("space", "two BN layers in dimension three", in_space(), pb.box(-4, 4, dim=3)),
        Enumeration("line", "two BN layers in dimension one", on_a_line(), pb.box(-10, 10, dim=1), exact=True),
        Enumeration("degenerate", "zero, parallel and touching hyperplanes", degenerate(), square, exact=True),
        Enumeration("breakpoints", "hard tanh", with_two_breakpoints(), square),
        Enumeration("floats", "weights that are floats", from_floats(), square),
        Enumeration("five", "a central arrangement in dimension five", in_dimension_five(), pb.box(-1, 1, dim=5)),
    )
