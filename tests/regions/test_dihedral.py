"""Creases from vertices: cases by hand, agreement with enumerated facets, unbounded and flat regions."""

import random
from fractions import Fraction
from itertools import pairwise

import pytest

import polybn as pb
from polybn.errors import IncompleteError, IncompleteWarning, InputError
from polybn.exact.matrix import vector
from polybn.networks.code import preactivation
from polybn.regions.dihedral import Folds, SignedCosine, cosine, creases
from polybn.regions.hyperplanes import Unit
from polybn.regions.level_facets import orthogonal
from polybn.regions.walls import Ground

HALF = pb.LeakyReLU("1/2")
CROSS = [([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [-1]), ([[1]], [0])]


def vectors(*rows):
    return [vector(row) for row in rows]


def creases_of(layers, activation, dim=2, domain=None, layer=1):
    net = pb.Network.from_arrays(layers, activation=activation)
    return creases(pb.enumerate_regions(net, domain or pb.box(-4, 4, dim=dim)), layer, 0)


@pytest.mark.parametrize("domain", [pb.box(-4, 4, dim=2), pb.whole_space(2)])
def test_a_fold_computed_by_hand(domain):
    """F is x + y = 1 in the first quadrant and x/2 + y = 1 in the second; both pass through (0, 1)."""
    crease = next(c for c in creases_of(CROSS, HALF, domain=domain).creases if c.wall.units == (Unit(0, 0),))
    assert {facet.normal for facet in crease.facets} == {(1, 1), (1, 2)}
    assert {facet.gradient for facet in crease.facets} == set(vectors((1, 1), (Fraction(1, 2), 1)))
    assert sorted(angle.square for angle in crease.with_wall) == [Fraction(1, 5), Fraction(1, 2)]
    assert crease.between == SignedCosine(1, Fraction(9, 10))
    assert crease.dihedral == SignedCosine(-1, Fraction(9, 10))
    assert crease.halves in (((-2, 1), (1, -1)), ((1, -1), (-2, 1)))


def test_an_absolute_value_folds_back_beyond_a_right_angle():
    """F = {2|x| + |y| = 1}: half-facets (1, -2), (-1, -2) at (0, 1) and (-1, 2), (-1, -2) at (1/2, 0)."""
    found = creases_of([([[1, 0], [0, 1]], [0, 0]), ([[2, 1]], [-1]), ([[1]], [0])], "abs").creases
    angles = [(crease.wall.units, crease.dihedral, crease.between) for crease in found]
    near, far = SignedCosine(1, Fraction(9, 25)), SignedCosine(-1, Fraction(9, 25))
    assert angles.count(((Unit(0, 0),), near, far)) == 2
    assert angles.count(((Unit(0, 1),), far, near)) == 2
    assert len(angles) == 4


def test_parallel_facets_on_both_sides_have_no_ridge_and_no_dihedral_angle():
    """F = {|x| = 1} is two parallel lines."""
    (crease,) = creases_of([([[1, 0]], [0]), ([[1]], [-1]), ([[1]], [0])], "abs").creases
    assert crease.dihedral is None
    assert crease.between == SignedCosine(-1, Fraction(1))


def test_in_one_dimension_facets_are_points_and_have_no_ridge():
    (crease,) = creases_of([([[1]], [0]), ([[1]], [-1]), ([[1]], [0])], "abs", dim=1).creases
    assert crease.dihedral is None
    assert sorted(facet.vertices for facet in crease.facets) == [((-1,),), ((1,),)]


def test_zero_normals_are_named_where_f_is_a_region_and_where_it_is_absent():
    """ReLU of x: h = x^+ - t is constant on the left half; it is 0 there for t = 0 and not for t = 1."""
    full = creases_of([([[1, 0]], [0]), ([[1]], [0]), ([[1]], [0])], "relu")
    constant = creases_of([([[1, 0]], [0]), ([[1]], [-1]), ([[1]], [0])], "relu")
    assert (full.creases, full.full, full.constant) == ((), ((0, 1),), ())
    assert (constant.creases, constant.full, constant.constant) == ((), (), ((0, 1),))


def test_several_units_change_where_hyperplanes_coincide():
    layers = [([[1, 0], [-2, 0], [0, 1]], [0, 0, 0]), ([[1, 1, 1]], [-1]), ([[1]], [0])]
    owners = {crease.wall.units for crease in creases_of(layers, HALF).creases}
    assert (Unit(0, 0), Unit(0, 1)) in owners


def drawn(seed, dim, depth, activation):
    source = random.Random(seed)
    widths = [dim, *(source.choice([2, 3]) for _ in range(depth)), 1]
    layers = [
        ([[source.randint(-3, 3) for _ in range(a)] for _ in range(b)], [source.randint(-2, 2) for _ in range(b)])
        for a, b in pairwise(widths)
    ]
    return pb.Network.from_arrays(layers, activation=activation)


@pytest.mark.parametrize("depth", [2, 3])
@pytest.mark.parametrize(("dim", "nets"), [(2, 6), (3, 4)])
@pytest.mark.parametrize("activation", ["abs", HALF, "relu", "hard_tanh"])
def test_facets_agree_with_the_enumeration_and_with_the_chain_rule(activation, dim, nets, depth):
    """Another engine cuts the same F; its facets inside a region of the earlier layers have the same normal."""
    compared = 0
    for seed in range(nets):
        net = drawn(seed, dim, depth, activation)
        part = pb.enumerate_regions(net, pb.box(-5, 5, dim=dim))
        first = sum(net.widths[: depth - 1])
        earlier = pb.enumerate_regions(net.prefix(depth - 1), pb.box(-5, 5, dim=dim))
        codes = [region.code for region in earlier]
        for unit in range(net.widths[depth - 1]):
            folded = part.folded_hyperplane(depth - 1, unit, breakpoint=0)
            normals = {}
            for facet in folded.facets:
                sides = {part[region].code[:first] for region in facet.regions}
                if len(facet.regions) == 2 and len(sides) == 1:
                    normals[sides.pop()] = facet.normal
            for crease in creases(part, depth - 1, unit, breakpoint=0).creases:
                for region, facet in zip(crease.wall.regions, crease.facets, strict=True):
                    padded = [*codes[region], *(0,) * (net.units - first)]
                    expected = preactivation(net, padded, depth - 1).linear.tolist()[unit]
                    assert list(facet.gradient) == expected
                    reference = normals[codes[region]]
                    assert reference in (facet.normal, tuple(-entry for entry in facet.normal))
                    compared += 1
    assert compared >= 8


def test_a_region_with_lines_has_facets_with_lines():
    """One unit in space: both regions are half-spaces, and F = {|x| = 1} is two planes."""
    layers = [([[1, 0, 0]], [0]), ([[1]], [-1]), ([[1]], [0])]
    (crease,) = creases_of(layers, "abs", dim=3, domain=pb.whole_space(3)).creases
    assert [facet.normal for facet in crease.facets] == [(-1, 0, 0), (1, 0, 0)]


def test_orthogonal_is_unique_up_to_sign_or_nothing():
    assert orthogonal([], 1) == (1,)
    assert orthogonal([], 2) is None
    assert orthogonal(vectors((0, 0)), 2) is None
    assert orthogonal(vectors((1, 2), (2, 4)), 2) in ((2, -1), (-2, 1))
    assert orthogonal(vectors((1, 0), (0, 1)), 2) is None


def test_cosines_keep_their_sign():
    assert cosine(*vectors((1, 0), (-1, 1))) == SignedCosine(-1, Fraction(1, 2))
    assert cosine(*vectors((1, 0), (-1, 1))).unsigned == SignedCosine(1, Fraction(1, 2))
    assert str(cosine(*vectors((1, 0), (-1, 1)))) == "-sqrt(1/2)"


def test_the_first_layer_and_unfinished_partitions_are_refused(monkeypatch):
    net = pb.Network.from_arrays(CROSS, activation=HALF)
    part = pb.enumerate_regions(net, pb.box(-4, 4, dim=2))
    with pytest.raises(InputError, match="layer 0 are not folded"):
        creases(part, 0, 0)
    monkeypatch.setattr("polybn.regions.collect.CELLS", 2)
    with pytest.warns(IncompleteWarning):
        stopped = pb.enumerate_regions(net.prefix(1), pb.box(-4, 4, dim=2), engine="split", exact=True, budget=1)
    with pytest.raises(IncompleteError, match="resume"):
        Folds(Ground(stopped), net, 1)
