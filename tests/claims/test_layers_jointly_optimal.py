"""All locations at once are not the best for the sum of the layers' distances; in turn, first layer first, they are."""

from fractions import Fraction

import pytest
from flint import fmpq

import polybn as pb
from polybn.auditing.recorded import HOLDS
from polybn.auditing.witness import read_witness
from polybn.claims.layers_jointly_optimal import (
    LAYERS_JOINTLY_OPTIMAL,
    LAYERS_OPTIMAL_IN_TURN,
    Moved,
    losses,
    rivals,
)
from polybn.claims.verdict import Status
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds, Skipped
from polybn.proof import proofs_folder


def view_of(modules, batch, offsets=()):
    points = tuple(tuple(map(Fraction, point)) for point in batch)
    net = pb.Network(modules).fit(points)
    return ExactView(Instance(net, points, pb.box(-3, 3, dim=net.dimension), offsets=tuple(map(Fraction, offsets))))


def two_units(function, **parameters):
    first = [pb.Linear([[1]]), pb.BatchNorm(**parameters), function]
    return [*first, pb.Linear([[1]]), pb.BatchNorm(**parameters), function, pb.Linear([[1]])]


WITNESS = view_of(two_units(pb.LeakyReLU("1/2")), [[-1], [0]])
"""mu_1 = -1/2, sigma_1 = 1/2, h = -1 and 1, activated -1/2 and 1, mu_2 = 1/4."""


def test_the_sum_that_a_person_finds():
    """Moved to 0: h = -2 and 0, activated -1 and 0, the best mu_2 = -1/2."""
    assert list(losses(WITNESS)) == [fmpq(1, 4), fmpq(9, 16)]
    assert list(losses(WITNESS, Moved(0, 0, fmpq(0)))) == [fmpq(1, 2), fmpq(1, 4)]
    assert list(losses(WITNESS, Moved(1, 0, fmpq(0)))) == [fmpq(5, 8)]
    outcome = LAYERS_JOINTLY_OPTIMAL.decide(WITNESS)
    assert isinstance(outcome, Fails)
    assert outcome.left.endswith("= 13/16")
    assert outcome.right.endswith("= 3/4")
    assert LAYERS_OPTIMAL_IN_TURN.decide(WITNESS) == Holds(len(list(rivals(WITNESS))))


def test_the_kept_witness_is_this_one():
    _, instance = read_witness(proofs_folder() / "counterexamples" / "layers-jointly-optimal.json")
    assert (instance.network, instance.batch) == (WITNESS.network, WITNESS.instance.batch)
    assert "slack" not in instance.network.semantics
    assert LAYERS_JOINTLY_OPTIMAL.decide(ExactView(instance)) == LAYERS_JOINTLY_OPTIMAL.decide(WITNESS)


def test_an_offset_that_is_given_is_tried():
    """ReLU: 1/4 + 1/4 as fitted, 5/16 + 1/16 with mu_1 = -1/4, which is no projection of a sample."""
    batch = [[-1], [0]]
    assert isinstance(LAYERS_JOINTLY_OPTIMAL.decide(view_of(two_units(pb.ReLU()), batch)), Holds)
    outcome = LAYERS_JOINTLY_OPTIMAL.decide(view_of(two_units(pb.ReLU()), batch, ["-1/4"]))
    assert isinstance(outcome, Fails)
    assert outcome.right == "at most mean squared distances 5/16 + 1/16 = 3/8"


def test_verdicts():
    report = pb.audit(pb.BatchNorm, [LAYERS_JOINTLY_OPTIMAL, LAYERS_OPTIMAL_IN_TURN], examples=48)
    assert report["layers-jointly-optimal"].status is Status.REFUTED
    verdict = report["layers-optimal-in-turn"]
    assert verdict.status in HOLDS
    assert verdict.live >= 40


def test_the_median_is_not_optimal_in_turn():
    report = pb.audit(pb.MedianNorm, [LAYERS_OPTIMAL_IN_TURN], examples=24)
    assert report["layers-optimal-in-turn"].status is Status.REFUTED


def test_the_two_forms_point_at_each_other():
    assert LAYERS_JOINTLY_OPTIMAL.twin == LAYERS_OPTIMAL_IN_TURN.id
    assert LAYERS_OPTIMAL_IN_TURN.twin == LAYERS_JOINTLY_OPTIMAL.id


def test_one_layer_is_out_of_scope_of_the_sum():
    one = view_of([pb.Linear([[1]]), pb.BatchNorm(), pb.ReLU(), pb.Linear([[1]])], [[-1], [1]])
    assert LAYERS_JOINTLY_OPTIMAL.decide(one) == Skipped("two normalised layers")
    assert isinstance(LAYERS_OPTIMAL_IN_TURN.decide(one), Holds)


@pytest.mark.parametrize("batch", [[[2]], [[2], [2]]], ids=["batch of one", "equal samples"])
def test_without_spread_every_distance_is_zero_and_no_location_is_better(batch):
    view = view_of(two_units(pb.Abs(), eps=1), batch)
    assert list(losses(view)) == [0, 0]
    assert isinstance(LAYERS_JOINTLY_OPTIMAL.decide(view), Holds)
    assert isinstance(LAYERS_OPTIMAL_IN_TURN.decide(view), Holds)


def test_layers_that_are_not_normalised_pass_values_on():
    modules = [pb.Linear([[2]], [1]), pb.ReLU(), pb.Linear([[1]]), pb.BatchNorm(), pb.ReLU(), pb.Linear([[1]])]
    view = view_of(modules, [[-1], [1]])
    assert list(losses(view)) == [fmpq(9, 4)]
    assert isinstance(LAYERS_OPTIMAL_IN_TURN.decide(view), Holds)


def test_a_zero_row_is_out_of_scope_because_its_distance_divides_by_zero():
    view = view_of([pb.Linear([[0]]), pb.BatchNorm(eps=1), pb.ReLU(), pb.Linear([[1]])], [[-1], [1]])
    assert LAYERS_OPTIMAL_IN_TURN.decide(view) == Skipped("w != 0")
    with pytest.raises(ZeroDivisionError):
        LAYERS_OPTIMAL_IN_TURN.without("w != 0").decide(view)
