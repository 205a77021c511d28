"""A polytope domain against closed forms, boxes and the definition, on both exact ways to cut it."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

import pytest
from flint import fmpq, fmpq_mat

import polybn as pb
from polybn.errors import DomainError, ShapeError
from polybn.regions.domain import Domain
from polybn.regions.halfspaces import Polytope
from polybn.regions.polytope import polytope_of
from polybn.regions.split import split, split_layer
from polybn.regions.tree import tree
from polybn.regions.volume import volume


def cube(dimension: int) -> tuple[list[list[int]], list[int]]:
    rows = [[sign * (i == axis) for i in range(dimension)] for sign in (1, -1) for axis in range(dimension)]
    return rows, [1] * (2 * dimension)


def brute_vertices(A: list[list[int]], b: list[int]) -> set[tuple[Fraction, ...]]:
    found: set[tuple[Fraction, ...]] = set()
    d = len(A[0])
    for chosen in combinations(range(len(A)), d):
        left = fmpq_mat([[fmpq(x) for x in A[i]] for i in chosen])
        if left.det() == 0:
            continue
        point = left.solve(fmpq_mat(d, 1, [fmpq(b[i]) for i in chosen])).entries()
        if all(sum(a * x for a, x in zip(row, point, strict=True)) <= bound for row, bound in zip(A, b, strict=True)):
            found.add(tuple(Fraction(int(x.p), int(x.q)) for x in point))
    return found


def counts_of(net: pb.Network, domain: Domain) -> tuple[int, int, Fraction]:
    """(cells by cutting, cells by the tree, total volume) of a network of one hidden layer."""
    integer = net.integer
    hyperplanes = integer.hyperplanes(0, integer.preactivations(0, integer.start()))
    parts = split_layer(polytope_of(domain), hyperplanes, len(domain.rows))
    by_tree = list(tree(integer, domain, [0], exact=True))
    return len(parts), len(by_tree), sum((volume(part) for _, part in parts), Fraction(0))


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_simplex_has_volume_one_over_factorial(d: int) -> None:
    rows = [[-(i == axis) for i in range(d)] for axis in range(d)] + [[1] * d]
    found = Polytope(rows, [0] * d + [1])
    assert found.volume == Fraction(1, [1, 1, 2, 6, 24][d])
    assert len(found.vertices) == d + 1


def test_degenerate_rows_give_the_vertices_of_the_definition() -> None:
    A, b = cube(3)
    A, b = [*A, [1, 1, 1], [2, 0, 0], [1, 1, 0], [1, 0, 0], [-1, -1, -1]], [*b, 2, 2, 2, 5, 2]
    found = Polytope(A, b)
    assert set(found.vertices) == brute_vertices(A, b)
    assert found.facets[6] == (6, 13), "x <= 1 and 2x <= 2 are one facet with two owners"
    assert not {14, 15} & set(found.facets), "a redundant row, even a touching one, is no facet"
    assert not set(range(6)) & set(found.facets), "the enclosing box owns no facet"


@pytest.mark.parametrize("d", [1, 2, 3])
def test_a_box_written_as_inequalities_has_the_regions_of_the_box(d: int) -> None:
    rows = [list(row) for row in product((-1, 0, 1), repeat=d)]
    net = pb.Network.from_arrays([(rows, [0] * len(rows)), ([[1] * len(rows)], [0])])
    A, b = cube(d)
    as_box, as_polytope = counts_of(net, pb.box(-1, 1, dim=d)), counts_of(net, Polytope(A, b))
    assert as_box == as_polytope
    assert as_polytope[0] == as_polytope[1]
    assert as_polytope[2] == 2**d


def test_regions_that_only_the_box_meets_are_not_counted() -> None:
    net = pb.Network.from_arrays([([[1, 1], [1, 0]], [-1, "-1/2"]), ([[1, 1]], [0])])
    triangle = Polytope([[1, 1], [-1, 0], [0, -1]], [1, 0, 0])
    assert counts_of(net, triangle) == (2, 2, Fraction(1, 2))
    assert counts_of(net, pb.box(0, 1, dim=2))[:2] == (4, 4)


@pytest.mark.parametrize(
    ("A", "b", "words"),
    [
        ([[1], [-1]], [0, -1], "empty or flat"),
        ([[1], [-1]], [1, -1], "empty or flat"),
        ([[1, 0], [-1, 0]], [1, 1], "unbounded"),
        ([[1, 0], [-1, 0], [0, 1]], [1, 1, 0], "unbounded"),
        ([[0, 0], [1, 0]], [-1, 1], "empty or flat"),
        ([[0, 0]], [1], "unbounded"),
    ],
)
def test_no_domain_is_refused(A: list[list[int]], b: list[int], words: str) -> None:
    with pytest.raises(DomainError, match=words):
        Polytope(A, b)


def test_rows_and_bounds_must_fit() -> None:
    with pytest.raises(ShapeError, match="2 rows and b 1"):
        Polytope([[1], [-1]], [1])


def test_a_zero_row_that_holds_changes_nothing() -> None:
    interval = Polytope([[0], [1], [-1]], [0, 1, "1/2"])
    assert interval.volume == Fraction(3, 2)
    net = pb.Network.from_arrays([([[1]], [0]), ([[1]], [0])])
    assert counts_of(net, interval) == (2, 2, Fraction(3, 2)), "0 <= 0 is no reason for the tree to find no cell"
    assert Polytope([[1], [-1]], [1, 0]).contains((fmpq(1),))
    assert not Polytope([[1], [-1]], [1, 0]).contains((fmpq(2),))


def test_split_and_tree_agree_on_two_layers() -> None:
    first = ([[1, 1], [1, -1], [2, 1], [0, 0]], [0, 0, "-1/2", 0])
    net = pb.Network.from_arrays([first, ([[1, -1, 1, 0], [1, 1, -2, 1]], ["-1/3", 0]), ([[1, 1]], [0])])
    domain = Polytope([[1, 1], [-1, 0], [0, -1], [1, 1], [0, 0]], [1, 1, 1, 1, 0])
    by_tree = {cell.code for cell in tree(net.integer, domain, [0, 0], exact=True)}
    by_split = {cell.code for cell in split(net.integer, domain, [0, 0])}
    assert by_split == by_tree
    assert len(by_tree) > 6
