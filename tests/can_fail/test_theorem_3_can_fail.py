"""The checkers of Theorem 3 and its limits refute planted wrong formulas, wrong constants and wrong networks."""

from fractions import Fraction

import pytest
from flint import fmpq

import polybn as pb
from polybn.claims import scaled_unit, sigma_alignment
from polybn.claims.scaled_unit import Scaling, Side
from polybn.claims.sigma_alignment import SMALLER_SIGMA_ALIGNS, SMALLER_SIGMA_ALIGNS_EVENTUALLY
from polybn.claims.theorem_3 import THEOREM_3, TwoLayers, factors, folds_of, total
from polybn.claims.theorem_3_limits import THEOREM_3_LIMITS, THEOREM_3_LIMITS_AS_STATED
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds
from polybn.regions.dihedral import Crease
from polybn.regions.walls import Wall

BATCH = tuple(tuple(map(Fraction, point)) for point in [(2, 2), (2, -2), (-2, 2), (-2, -2)])
ESTABLISHED = (THEOREM_3, THEOREM_3_LIMITS, SMALLER_SIGMA_ALIGNS_EVENTUALLY)


def view(rows=((1, 0), (0, 2)), weights=((1, 1), (1, -1)), activation=None, kind=ExactView):
    """sigma_1 = (2, 4, 1), mu_2 = 1 and sigma_2 = 2."""
    function = activation or pb.LeakyReLU("1/2")
    first = pb.frozen([0] * len(rows), [2, 4, 1][: len(rows)])
    second = pb.frozen([1] * len(weights), [2] * len(weights))
    modules = [pb.Linear(rows), first, function, pb.Linear(weights), second, function, pb.Linear([[1] * len(weights)])]
    return kind(Instance(pb.Network(modules), BATCH, pb.box(-4, 4, dim=2)))


@pytest.mark.parametrize("claim", ESTABLISHED, ids=lambda claim: claim.id)
@pytest.mark.parametrize("activation", [None, pb.Abs(), pb.ReLU()])
def test_the_right_network_passes(claim, activation):
    assert isinstance(claim.decide(view(activation=activation)), Holds)


@pytest.mark.parametrize("activation", [None, pb.Abs(), pb.ReLU()])
def test_theorem_3_refutes_a_normal_without_sigma(monkeypatch, activation):
    def without_sigma(layers, code, unit):
        parts = zip(layers.slopes(code), layers.weights[unit], layers.rows, strict=True)
        return total([tuple(slope * weight * entry for entry in row) for slope, weight, row in parts])

    monkeypatch.setattr(TwoLayers, "normal", without_sigma)
    outcome = THEOREM_3.decide(view(activation=activation))
    assert isinstance(outcome, Fails)
    assert outcome.left.startswith("n = ")


def test_theorem_3_refutes_equation_24_without_sigma(monkeypatch):
    """The angles are compared on their own: here n is right, and only the angle with H is computed without sigma."""
    from polybn.claims import theorem_3

    def wrong(crease, normals, rows):
        yield "cos(F, H)", crease.with_wall[0].unsigned, theorem_3.cosine((normals[0][0] * 2, normals[0][1]), rows[0])

    monkeypatch.setattr(theorem_3, "_angles", wrong)
    outcome = THEOREM_3.decide(view())
    assert isinstance(outcome, Fails)
    assert outcome.left.startswith("cos(F, H) = ")


def test_theorem_3_refutes_the_slope_of_another_activation(monkeypatch):
    monkeypatch.setattr(TwoLayers, "slopes", lambda layers, code: tuple(fmpq(entry > 0) for entry in code))
    assert isinstance(THEOREM_3.decide(view()), Fails)


def test_theorem_3_refutes_a_difference_of_one_unit_where_two_hyperplanes_coincide(monkeypatch):
    def of_the_first(layers, first, second, unit, flipped):
        i = flipped[0]
        scale = (layers.slopes(first)[i] - layers.slopes(second)[i]) * factors(layers.first)[i]
        return tuple(scale * layers.weights[unit][i] * entry for entry in layers.rows[i])

    monkeypatch.setattr(TwoLayers, "jump", of_the_first)
    assert isinstance(THEOREM_3.decide(view()), Holds)
    outcome = THEOREM_3.decide(view(((1, 0), (1, 0), (0, 2)), ((1, 1, 1),)))
    assert isinstance(outcome, Fails)
    assert outcome.left.startswith("n - n' = ")


def test_theorem_3_refutes_a_dihedral_angle_that_is_not_signed(monkeypatch):
    right = Crease.dihedral.fget
    monkeypatch.setattr(Crease, "dihedral", property(lambda crease: right(crease) and right(crease).unsigned))
    outcome = THEOREM_3.decide(view())
    assert isinstance(outcome, Fails)
    assert "dihedral" in outcome.left


def test_theorem_3_refutes_the_regions_of_another_network():
    class Planted(ExactView):
        def everywhere(self, layers):
            other = pb.Network.from_arrays([([[1, 1], [1, -1]], [1, 0]), ([[1, 1]], [0])], activation="relu")
            return pb.enumerate_regions(other.prefix(layers), pb.whole_space(2))

    assert isinstance(THEOREM_3.decide(view(kind=Planted)), Fails)


def test_theorem_3_refutes_facets_that_are_not_those_of_the_network(monkeypatch):
    """The normal of every facet turned a little: the closed form is right and the geometry is not."""
    folds = folds_of(planted := view())
    right = folds.facet

    def turned(region, unit, level):
        found = right(region, unit, level)
        return found and found._replace(normal=(found.normal[0] + 1, found.normal[1]))

    monkeypatch.setattr(folds, "facet", turned)
    assert isinstance(THEOREM_3.decide(planted), Fails)


def test_the_limits_refute_a_rate_of_half_the_constant(monkeypatch):
    right = Side.squared_rate.fget
    monkeypatch.setattr(Side, "squared_rate", property(lambda side: right(side) / 2))
    outcome = THEOREM_3_LIMITS.decide(view())
    assert isinstance(outcome, Fails)
    assert outcome.left.startswith("cos(F, H)^2 at sigma = 1/16")


def test_the_limits_refute_an_unchanged_facet_on_the_other_side_of_a_leaky_relu(monkeypatch):
    monkeypatch.setattr(Side, "push", property(lambda side: fmpq(0)), raising=False)
    monkeypatch.setattr(Side, "__init__", _without_push)
    assert isinstance(THEOREM_3_LIMITS.decide(view()), Fails)


def _without_push(side, region, unit, code, slope, push, rest, row):
    del push
    for name, value in (("region", region), ("unit", unit), ("code", code), ("slope", slope), ("rest", rest)):
        object.__setattr__(side, name, value)
    object.__setattr__(side, "row", row)


def test_the_limits_refute_a_network_that_does_not_heed_sigma(monkeypatch):
    monkeypatch.setattr(scaled_unit, "with_scale", lambda network, i, scale: network)
    for claim in (THEOREM_3_LIMITS, SMALLER_SIGMA_ALIGNS_EVENTUALLY):
        assert isinstance(claim.decide(view()), Fails)


def test_the_limits_refute_half_facets_that_fold_the_other_way(monkeypatch):
    right = Scaling.dihedral

    def opposite(scaling, bend, scale):
        found = right(scaling, bend, scale)
        return found and found.opposite

    monkeypatch.setattr(Scaling, "dihedral", opposite)
    outcome = THEOREM_3_LIMITS.decide(view())
    assert isinstance(outcome, Fails)
    assert outcome.left.startswith("-cos of the dihedral angle")


def test_the_limits_refute_a_wall_that_is_not_on_the_hyperplane(monkeypatch):
    monkeypatch.setattr(Wall, "point", property(lambda wall: (fmpq(1), fmpq(1))))
    assert isinstance(THEOREM_3_LIMITS.decide(view()), Fails)


def test_the_literal_limits_hold_of_a_relu_and_fail_of_a_leaky_one():
    literal = THEOREM_3_LIMITS_AS_STATED.without("0 < eta < 1")
    assert isinstance(literal.decide(view(activation=pb.ReLU())), Holds)
    assert isinstance(literal.decide(view()), Fails)


def test_the_literal_limits_refute_an_active_side_that_does_not_align(monkeypatch):
    monkeypatch.setattr(scaled_unit, "with_scale", lambda network, i, scale: network)
    literal = THEOREM_3_LIMITS_AS_STATED.without("0 < eta < 1")
    assert isinstance(literal.decide(view(activation=pb.ReLU())), Fails)


@pytest.mark.parametrize("wrong", [lambda side: None, lambda side: right_threshold(side) and 2 * right_threshold(side)])
def test_alignment_refutes_a_wrong_threshold(monkeypatch, wrong):
    rows = ((1, 0), (-1, 1))
    assert isinstance(SMALLER_SIGMA_ALIGNS_EVENTUALLY.decide(view(rows)), Holds)
    monkeypatch.setattr(sigma_alignment, "threshold", wrong)
    assert isinstance(SMALLER_SIGMA_ALIGNS_EVENTUALLY.decide(view(rows)), Fails)


right_threshold = sigma_alignment.threshold


def test_literal_alignment_holds_of_orthogonal_rows_and_fails_of_others():
    assert isinstance(SMALLER_SIGMA_ALIGNS.decide(view()), Holds)
    assert isinstance(SMALLER_SIGMA_ALIGNS.decide(view(((1, 0), (-1, 1)))), Fails)
