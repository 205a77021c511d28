"""sigma_k > 0: the literal remark is refuted by one sample, its repaired form holds; a hand-computed layer of each."""

from fractions import Fraction
from pathlib import Path

import pytest

import polybn as pb
from polybn.auditing.recorded import HOLDS
from polybn.auditing.witness import read_witness
from polybn.claims.sigma_positive import SIGMA_POSITIVE, SIGMA_POSITIVE_CENTRED, seen_units
from polybn.claims.verdict import Status
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds, Skipped

PROOFS = Path(__file__).parents[2] / "proofs"


def view(rows, batch, biases=None):
    net = pb.Network([pb.Linear(rows, biases), pb.BatchNorm(eps=1), pb.ReLU(), pb.Linear([[1] * len(rows)])])
    points = tuple(tuple(map(Fraction, point)) for point in batch)
    return ExactView(Instance(net.fit(points), points, pb.box(-9, 9, dim=len(points[0])), "batchnorm"))


def test_the_audit_refutes_one_and_keeps_the_other():
    report = pb.audit(pb.BatchNorm, [SIGMA_POSITIVE, SIGMA_POSITIVE_CENTRED], examples=60)
    assert report["sigma-positive"].status is Status.REFUTED
    assert report["sigma-positive-centred"].status in HOLDS
    assert report["sigma-positive-centred"].live >= 50


def test_equal_inputs_refute_the_literal_form_alone():
    found = view([[3, 4]], [(1, 1), (1, 1)])
    assert SIGMA_POSITIVE.decide(found) == Fails("sigma^2 = 0", "> 0", "layer 0, unit 0, w = (3, 4), <w, z_n> = 7, 7")
    assert SIGMA_POSITIVE_CENTRED.decide(found) == Holds(1)


def test_inputs_that_differ_along_the_boundary_alone_do_too():
    """<w, z> = 2 on both: what differs between the inputs is orthogonal to w."""
    found = view([[1, 1]], [(0, 2), (2, 0)])
    assert isinstance(SIGMA_POSITIVE.decide(found), Fails)
    assert SIGMA_POSITIVE_CENTRED.decide(found) == Holds(1)


def test_units_of_each_kind_in_one_layer():
    """A zero row, one orthogonal to all inputs, one that sees them vary."""
    found = view([[0, 0], [0, 1], [1, 0]], [(1, 0), (2, 0)], biases=[5, 6, 7])
    (layer,) = found.normalized_layers
    assert seen_units(layer) == [2]
    assert SIGMA_POSITIVE.decide(found) == Holds(1)
    assert SIGMA_POSITIVE_CENTRED.decide(found) == Holds(3)


def test_without_a_unit_that_is_spoken_of_nothing_is_said():
    found = view([[0, 1]], [(1, 0), (2, 0)])
    assert isinstance(SIGMA_POSITIVE.decide(found), Skipped)
    plain = pb.Network.from_arrays([([[1]], [0]), ([[1]], [0])])
    alone = ExactView(Instance(plain, ((Fraction(1),),), pb.box(-1, 1, dim=1)))
    assert isinstance(SIGMA_POSITIVE_CENTRED.decide(alone), Skipped)


def test_every_layer_is_asked():
    """relu kills both inputs of the second layer but for a constant 1."""
    modules = [pb.Linear([[1]]), pb.BatchNorm(gamma=0, beta=1), pb.ReLU(), pb.Linear([[1]]), pb.BatchNorm(eps=1)]
    batch = ((Fraction(-1),), (Fraction(1),))
    found = ExactView(Instance(pb.Network(modules).fit(batch), batch, pb.box(-1, 1, dim=1)))
    assert SIGMA_POSITIVE.decide(found) == Fails("sigma^2 = 0", "> 0", "layer 1, unit 0, w = (1), <w, z_n> = 1, 1")


def test_the_witness_kept_is_the_smallest_there_is():
    data, instance = read_witness(PROOFS / "counterexamples" / "sigma-positive.json")
    assert instance.batch == ((1,),)
    outcome = SIGMA_POSITIVE.decide(ExactView(instance))
    assert (outcome.left, outcome.right) == (data["left"], data["right"]) == ("sigma^2 = 0", "> 0")


@pytest.mark.parametrize("claim", [SIGMA_POSITIVE, SIGMA_POSITIVE_CENTRED])
def test_the_two_forms_point_at_each_other(claim):
    assert {SIGMA_POSITIVE.id, SIGMA_POSITIVE_CENTRED.id} == {claim.id, claim.twin}
