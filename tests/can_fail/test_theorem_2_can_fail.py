"""The checkers of Theorem 2 and its kin refute the geometry of another network, lost pieces, wrong statistics."""

from fractions import Fraction

import pytest
from flint import fmpq

import polybn as pb
from polybn.claims.corollary_1 import COROLLARY_1
from polybn.claims.folded_distances import FOLDED_DISTANCES_BOUND, MEAN_MINIMISES_FOLDED_DISTANCES
from polybn.claims.theorem_2 import THEOREM_2, THEOREM_2_SAME_SIDE
from polybn.claims.theorem_2_lipschitz import THEOREM_2_LIPSCHITZ
from polybn.claims.translation import TRANSLATION_TOWARDS_DATA
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds
from polybn.regions.distance import Piece
from polybn.regions.level_set import AffinePiece, LevelSets

BATCH = ((Fraction(-1),), (Fraction(1),))
LEAKY = pb.LeakyReLU("1/3")
ALL = (
    THEOREM_2,
    THEOREM_2_SAME_SIDE,
    THEOREM_2_LIPSCHITZ,
    COROLLARY_1,
    FOLDED_DISTANCES_BOUND,
    TRANSLATION_TOWARDS_DATA,
)


def network(first, activation=LEAKY, second=None):
    modules = [pb.Linear([[1]]), first, activation, pb.Linear([[1]]), second or pb.BatchNorm(), activation]
    return pb.Network([*modules, pb.Linear([[1]])]).fit(BATCH)


def given(net, offsets=(1, 2), point=0):
    return Instance(
        net, BATCH, pb.box(-4, 4, dim=1), points=((Fraction(point),),), offsets=tuple(map(Fraction, offsets))
    )


RIGHT = network(pb.BatchNorm())


class PlantedView(ExactView):
    """A view whose regions in R^d are those of another network."""

    def __init__(self, instance, planted):
        super().__init__(instance)
        self._planted = planted

    def everywhere(self, layers):
        return pb.enumerate_regions(self._planted.prefix(layers), pb.whole_space(1), exact=True)


def planted(claim, location, scale, activation=LEAKY, **asked):
    wrong = network(pb.frozen([location], [scale]), activation)
    return claim.decide(PlantedView(given(RIGHT, **asked), wrong))


@pytest.mark.parametrize("claim", ALL, ids=lambda claim: claim.id)
def test_the_right_geometry_passes_through_the_same_view(claim):
    assert isinstance(planted(claim, 0, 1), Holds)


@pytest.mark.parametrize("claim", [THEOREM_2, THEOREM_2_SAME_SIDE])
def test_theorem_2_refutes_folded_hyperplanes_of_another_location(claim):
    """With mu_1 = -2 the planted g is x + 2 near 0: the offset 1 is met at -1, the offset 2 at 0 itself."""
    outcome = planted(claim, -2, 1)
    assert isinstance(outcome, Fails)
    assert outcome.right.startswith("less than d(x, F')^2 = 0")


@pytest.mark.parametrize(("location", "scale", "slope"), [(0, 1, "1/9"), (0, 1, 1), (0, 2, "1/3"), (1, 1, "1/3")])
def test_corollary_1_refutes_another_slope_scale_or_location(location, scale, slope):
    assert isinstance(planted(COROLLARY_1, location, scale, pb.LeakyReLU(slope), point=-1), Fails)


def test_corollary_1_refutes_a_folded_hyperplane_of_facets_alone(monkeypatch):
    """ReLU, g = 0 on all of x <= 0: without its full-dimensional piece F starts one away from the sample -1."""
    net = network(pb.BatchNorm(), pb.ReLU(), pb.frozen([0], [1]))
    assert isinstance(COROLLARY_1.decide(ExactView(given(net, offsets=(0,)))), Holds)

    def facets(self, level):
        for index, piece in enumerate(self.pieces):
            if any(piece.equation(level)[:-1]):
                yield index, Piece(piece.rows, (piece.equation(level),))

    monkeypatch.setattr(LevelSets, "_at", facets)
    outcome = COROLLARY_1.decide(ExactView(given(net, offsets=(0,))))
    assert isinstance(outcome, Fails)
    assert outcome.left == "|g(x) - mu| = 0"


@pytest.mark.parametrize("scale", ["1/2", 2])
def test_the_lipschitz_bound_refutes_another_scale(scale):
    assert isinstance(planted(THEOREM_2_LIPSCHITZ, 0, scale), Fails)


@pytest.mark.parametrize(("factor", "failing"), [(fmpq(8, 9), "at most"), (fmpq(9, 8), "equal to")])
def test_the_lipschitz_bound_refutes_a_constant_that_is_too_small_or_too_large(monkeypatch, factor, failing):
    """Too large, the bound itself holds: only the second half of the sentence fails."""
    right = AffinePiece.squared_slope.fget
    monkeypatch.setattr(AffinePiece, "squared_slope", property(lambda piece: factor * right(piece)))
    outcome = THEOREM_2_LIPSCHITZ.decide(ExactView(given(RIGHT)))
    assert isinstance(outcome, Fails)
    assert outcome.right.startswith(failing)


def test_the_lipschitz_bound_refutes_the_slope_of_the_flattest_region(monkeypatch):
    flattest = property(lambda sets: min(sets.pieces, key=lambda piece: piece.squared_slope))
    monkeypatch.setattr(LevelSets, "steepest", flattest)
    assert isinstance(THEOREM_2_LIPSCHITZ.decide(ExactView(given(RIGHT))), Fails)


def test_the_bound_refutes_a_squared_scale_that_is_too_large():
    wrong = network(pb.BatchNorm(), second=pb.frozen(["1/3"], [3]))
    assert isinstance(FOLDED_DISTANCES_BOUND.decide(ExactView(given(wrong))), Fails)


def test_the_translation_refutes_folded_hyperplanes_of_another_location():
    assert isinstance(planted(TRANSLATION_TOWARDS_DATA, -3, 1), Fails)


def test_the_mean_is_refuted_where_it_lies_outside_the_data_and_kept_where_it_is_best():
    affine = pb.LeakyReLU(1)
    best = network(pb.BatchNorm(), affine)
    assert isinstance(MEAN_MINIMISES_FOLDED_DISTANCES.decide(ExactView(given(best))), Holds)
    outside = network(pb.BatchNorm(), affine, pb.frozen([5], [1]))
    assert isinstance(MEAN_MINIMISES_FOLDED_DISTANCES.decide(ExactView(given(outside))), Fails)
