"""Theorem 2, its repair and its bound, Corollary 1, distances of the whole batch: verdicts, and cases by hand."""

from fractions import Fraction
from pathlib import Path

import pytest
from flint import fmpq

import polybn as pb
from polybn.auditing.recorded import HOLDS
from polybn.auditing.witness import read_witness
from polybn.claims.corollary_1 import COROLLARY_1
from polybn.claims.folded_distances import (
    FOLDED_DISTANCES_BOUND,
    MEAN_MINIMISES_FOLDED_DISTANCES,
    squared_distances,
)
from polybn.claims.theorem_2 import THEOREM_2, THEOREM_2_SAME_SIDE, comparisons
from polybn.claims.theorem_2_lipschitz import THEOREM_2_LIPSCHITZ
from polybn.claims.translation import TRANSLATION_TOWARDS_DATA
from polybn.claims.unit_levels import later_units
from polybn.claims.verdict import Status
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds, Skipped

PROOFS = Path(__file__).resolve().parents[2] / "proofs"
EXAMPLES = 40
ESTABLISHED = (
    THEOREM_2_SAME_SIDE,
    THEOREM_2_LIPSCHITZ,
    COROLLARY_1,
    FOLDED_DISTANCES_BOUND,
    TRANSLATION_TOWARDS_DATA,
)
REFUTED = (THEOREM_2, MEAN_MINIMISES_FOLDED_DISTANCES)
LEAKY = pb.LeakyReLU("1/3")
LINE = ((Fraction(-1),), (Fraction(1),))


def instance(activation, *, rows=((1,),), weights=((1,),), batch=LINE, points=((0,),), offsets=(), eps=0):
    modules = [pb.Linear(rows), pb.BatchNorm(eps=eps), activation, pb.Linear(weights), pb.BatchNorm(eps=1)]
    network = pb.Network(modules).fit(batch)
    exact = tuple(tuple(map(Fraction, point)) for point in points)
    box = pb.box(-4, 4, dim=network.dimension)
    return Instance(network, batch, box, "batchnorm", points=exact, offsets=tuple(map(Fraction, offsets)))


def decide(claim, activation, **given):
    return claim.decide(ExactView(instance(activation, **given)))


@pytest.fixture(scope="module")
def report():
    return pb.audit(pb.BatchNorm, [*ESTABLISHED, THEOREM_2], examples=EXAMPLES, seed=1)


@pytest.mark.parametrize("claim", ESTABLISHED, ids=lambda claim: claim.id)
def test_the_repaired_forms_hold_on_what_is_drawn(report, claim):
    assert report[claim.id].status in HOLDS
    assert report[claim.id].live >= EXAMPLES // 2


def test_the_literal_form_is_refuted_by_what_is_drawn(report):
    assert report["theorem-2"].status is Status.REFUTED


@pytest.mark.parametrize("claim", REFUTED, ids=lambda claim: claim.id)
def test_the_stored_counterexamples_fail_with_the_sides_that_they_state(claim):
    data, stored = read_witness(PROOFS / "counterexamples" / f"{claim.id}.json")
    outcome = claim.decide(ExactView(stored))
    assert isinstance(outcome, Fails)
    assert (outcome.left, outcome.right, outcome.where) == (data["left"], data["right"], data["where"])
    assert pb.Network(stored.network.stages).semantics == "exact: sigma^2 = var + eps with rational sigma"


def test_each_hypothesis_of_the_repaired_form_is_needed():
    for name, file in [("same side", "same-side"), ("F not empty", "f-not-empty")]:
        data, stored = read_witness(PROOFS / "sharpness" / f"theorem-2-same-side--{file}.json")
        assert data["without"] == name
        assert THEOREM_2_SAME_SIDE.decide(ExactView(stored)) == Skipped(name)
        assert isinstance(THEOREM_2_SAME_SIDE.without(name).decide(ExactView(stored)), Fails)


def test_a_leaky_unit_turns_two_distances_around():
    """g is x/3 left of 0 and x right of it: at x = 0 the offsets -1 and 2 fold to -3 and 2."""
    view = ExactView(instance(LEAKY, offsets=(-1, 2)))
    (triple,) = comparisons(view)
    assert (triple.near, triple.far, triple.near_square, triple.far_square) == (-1, 2, 9, 4)
    assert not triple.is_same_side
    assert isinstance(THEOREM_2.decide(view), Fails)


def test_two_relus_turn_them_around_with_both_folded_hyperplanes_met():
    """g is 2x right of 0 and x left of it."""
    outcome = decide(THEOREM_2, pb.ReLU(), rows=((1,), (-1,)), weights=((2, -1),), offsets=(-2, 3))
    assert outcome == Fails(
        "d(x, F)^2 = 4 for mu = -2",
        "less than d(x, F')^2 = 9/4 for mu' = 3",
        "layer 1, unit 0, x = (0): g(x) = 0, ||w|| d(z, H) and ||w|| d(z, H') are 2 < 3",
    )


def test_the_layers_own_mean_is_no_exception():
    """mu = -1 is what batch normalisation chooses, x is a sample, and mu' = 2 is farther in the layer, nearer in x."""
    batch = ((Fraction(-2), Fraction(-1)), (Fraction(2), Fraction(1)))
    given = instance(
        pb.ReLU(), rows=((1, 0), (0, 1)), weights=((-4, 2),), batch=batch, points=((-2, -1),), offsets=(-1, 2)
    )
    assert given.network.stages[1].frozen.location == (-1,)
    (triple,) = comparisons(ExactView(given))
    assert (triple.near, triple.near_square, triple.far_square) == (-1, fmpq(25, 4), 4)
    assert not triple.is_kept


def test_an_empty_far_side_is_no_exception_to_the_repaired_form():
    """abs: g = |x|, x = 1; mu = 0 is met at 0, mu' = -1 nowhere."""
    assert decide(THEOREM_2_SAME_SIDE, pb.LeakyReLU(-1), points=((1,),), offsets=(0, -1)) == Holds(1)


def test_equal_offsets_and_equal_distances_are_not_compared():
    for offsets in [(1, 1), (1,), (-1, 1)]:
        assert decide(THEOREM_2, LEAKY, offsets=offsets) == Skipped("a nearer offset")


def test_a_zero_row_has_no_hyperplane_but_satisfies_the_repaired_form():
    """g = 0: mu = 0 is met everywhere, mu' = 1 nowhere."""
    assert decide(THEOREM_2, LEAKY, weights=((0,),), offsets=(0, 1)) == Skipped("w != 0")
    assert decide(THEOREM_2_SAME_SIDE, LEAKY, weights=((0,),), offsets=(0, 1)) == Holds(1)
    assert decide(THEOREM_2_LIPSCHITZ, LEAKY, weights=((0,),), offsets=(0, 1)) == Holds(3)


def test_duplicate_opposite_and_zero_rows_and_a_batch_of_one_are_instances():
    given = {"rows": ((1,), (1,), (-1,), (0,)), "weights": ((1, -1, 2, 5), (0, 0, 0, 1)), "offsets": (-1, 2, 3)}
    for batch in (LINE, ((Fraction(1),),)):
        for claim in (THEOREM_2_SAME_SIDE, THEOREM_2_LIPSCHITZ, COROLLARY_1, FOLDED_DISTANCES_BOUND):
            assert isinstance(decide(claim, LEAKY, batch=batch, eps=1, **given), Holds), claim.id


def test_a_layer_after_one_without_an_activation_is_read_as_it_is_written():
    """No hidden layer before it: g is affine on all of R^d, and its folded hyperplanes are hyperplanes."""
    modules = [pb.Linear([[2]]), pb.BatchNorm(), pb.Linear([[3]], [1]), pb.BatchNorm(), pb.ReLU(), pb.Linear([[1]])]
    network = pb.Network(modules).fit(LINE)
    view = ExactView(Instance(network, LINE, pb.box(-2, 2, dim=1), points=((Fraction(0),),), offsets=(1, 4, 7)))
    (unit,) = later_units(view)
    assert unit.value(network, (fmpq(0),)) == 1
    assert [unit.folded.squared_distance((fmpq(0),), fmpq(mu)) for mu in (1, 4, 7)] == [0, 1, 4]
    for claim in (THEOREM_2, THEOREM_2_SAME_SIDE, THEOREM_2_LIPSCHITZ, COROLLARY_1):
        assert isinstance(claim.decide(view), Holds), claim.id


def test_without_a_later_layer_only_corollary_1_has_something_to_say():
    network = pb.Network([pb.Linear([[1]]), pb.BatchNorm(), pb.ReLU(), pb.Linear([[1]])]).fit(LINE)
    view = ExactView(Instance(network, LINE, pb.box(-2, 2, dim=1), points=((Fraction(0),),), offsets=(1, 2)))
    assert isinstance(COROLLARY_1.decide(view), Holds)
    for claim in (*REFUTED, *ESTABLISHED):
        if claim is not COROLLARY_1:
            assert claim.decide(view) == Skipped("a normalised layer l > 1"), claim.id


def test_corollary_1_counts_the_full_dimensional_pieces():
    """ReLU, g = 0 on all of x <= 0: x = -5 is on F, five away from its facet."""
    assert isinstance(decide(COROLLARY_1, pb.ReLU(), points=((-5,),), offsets=(0,)), Holds)


def test_the_mean_does_not_minimise_the_folded_distances():
    """Leaky 1/3 on {-1, 1}: mu = 1/3 folds to 1/3, distances 4/3 and 2/3; mu' = 0 folds to 0, distances 1 and 1."""
    view = ExactView(instance(LEAKY, offsets=(0,)))
    (unit,) = later_units(view)
    assert squared_distances(view, unit, fmpq(1, 3)) == fmpq(20, 9)
    assert squared_distances(view, unit, fmpq(0)) == 2
    assert squared_distances(view, unit, fmpq(-1)) == 20
    assert isinstance(MEAN_MINIMISES_FOLDED_DISTANCES.decide(view), Fails)


def test_for_an_affine_function_the_mean_does_minimise_them():
    assert decide(MEAN_MINIMISES_FOLDED_DISTANCES, pb.LeakyReLU(1), offsets=(-1, 0, 1, 5)) == Holds(4)


def test_of_an_empty_folded_hyperplane_the_sum_is_infinite():
    view = ExactView(instance(pb.ReLU(), offsets=(-1,)))
    (unit,) = later_units(view)
    assert squared_distances(view, unit, fmpq(-1)) is None
    assert MEAN_MINIMISES_FOLDED_DISTANCES.decide(view) == Holds(1)


def test_another_normalisation_is_judged_by_its_own_statistics():
    found = pb.audit("median", [THEOREM_2_SAME_SIDE, COROLLARY_1], examples=EXAMPLES)
    assert {row.status for row in found} <= HOLDS
