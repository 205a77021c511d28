"""The box that stands for R^d has as many regions as R^d: Zaslavsky's counts, and a far larger box for two layers."""

from __future__ import annotations

import random
from math import comb

import pytest

import polybn as pb
from polybn.errors import DomainError
from polybn.regions.domain import Box
from polybn.regions.split import split
from polybn.regions.tree import tree
from polybn.regions.whole_space import whole_space

CASES = [(1, 2), (1, 6), (2, 3), (2, 6), (3, 3), (3, 5), (4, 4)]


def both_counts(net: pb.Network, domain: Box) -> tuple[int, int]:
    """(cells by cutting, cells by the tree)."""
    by_split = [cell.code for cell in split(net.integer, domain, [0] * net.integer.depth)]
    by_tree = [cell.code for cell in tree(net.integer, domain, [0] * net.integer.depth, exact=True)]
    assert sorted(by_split) == sorted(by_tree)
    return len(by_split), len(by_tree)


def generic(dimension: int, count: int, *, is_central: bool) -> pb.Network:
    draw = random.Random(100 * dimension + count)
    rows = [[draw.randint(-999, 999) for _ in range(dimension)] for _ in range(count)]
    offsets = [0 if is_central else draw.randint(1, 9999) for _ in range(count)]
    return pb.Network.from_arrays([(rows, offsets), ([[1] * count], [0])])


@pytest.mark.parametrize(("d", "n"), CASES)
def test_generic_arrangements(d: int, n: int) -> None:
    net = generic(d, n, is_central=False)
    expected = sum(comb(n, i) for i in range(d + 1))
    assert both_counts(net, whole_space(d).prepared(net)[1]) == (expected, expected)


@pytest.mark.parametrize(("d", "n"), CASES)
def test_central_arrangements(d: int, n: int) -> None:
    net = generic(d, n, is_central=True)
    expected = 2 * sum(comb(n - 1, i) for i in range(d))
    assert both_counts(net, whole_space(d).prepared(net)[1]) == (expected, expected)


def test_a_far_crossing_is_inside_and_a_small_box_misses_it() -> None:
    net = pb.Network.from_arrays([([[1, 1000], [1, 1001]], [0, -1000000]), ([[1, 1]], [0])])
    assert both_counts(net, whole_space(2).prepared(net)[1]) == (4, 4)
    assert both_counts(net, pb.box(-1000, 1000, dim=2))[0] < 4


@pytest.mark.parametrize("seed", range(8))
def test_two_layers_against_a_far_larger_box(seed: int) -> None:
    draw = random.Random(seed)

    def pair(rows: int, columns: int) -> tuple[list[list[int]], list[int]]:
        return [[draw.randint(-3, 3) for _ in range(columns)] for _ in range(rows)], [
            draw.randint(-2, 2) for _ in range(rows)
        ]

    net = pb.Network.from_arrays([pair(3, 2), pair(3, 3), pair(1, 3)])
    far = 10**40
    assert both_counts(net, whole_space(2).prepared(net)[1]) == both_counts(net, pb.box(-far, far, dim=2))


@pytest.mark.parametrize("dimension", [0, -1, 65, True, "2"])
def test_no_dimension_is_refused(dimension: object) -> None:
    with pytest.raises(DomainError, match="whole number from 1"):
        whole_space(dimension)  # pyright: ignore[reportArgumentType]
