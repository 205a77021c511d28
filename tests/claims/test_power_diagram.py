"""Each layer's regions are the cells of its power diagram: drawn layers, degenerate ones by hand, and sharpness."""

from fractions import Fraction
from pathlib import Path

import pytest

import polybn as pb
from polybn.auditing.recorded import HOLDS
from polybn.auditing.witness import read_witness
from polybn.claims.power_diagram import CONVEX, POWER_DIAGRAM, POWER_DIAGRAM_ANY_ACTIVATION, sites_of_code
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds, Skipped
from polybn.regions.power_diagram import power_diagram

CLAIMS = [POWER_DIAGRAM, POWER_DIAGRAM_ANY_ACTIVATION]


def view(rows, offsets, activation="relu"):
    net = pb.Network.from_arrays([(rows, offsets), ([[1] * len(rows)], [0])], activation=activation)
    dimension = len(rows[0])
    return ExactView(Instance(net, ((Fraction(0),) * dimension,), pb.box(-9, 9, dim=dimension)))


@pytest.mark.parametrize("claim", CLAIMS)
def test_the_audit_keeps_it(claim):
    row = pb.audit(pb.BatchNorm, [claim], examples=60).rows[0]
    assert row.status in HOLDS
    assert row.live >= 35


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize(
    "activation", ["relu", "abs", pb.LeakyReLU("1/10"), pb.PiecewiseLinear([-1, 0, 2], [-2, 0, 1, 5])]
)
@pytest.mark.parametrize(
    ("rows", "offsets"),
    [
        ([[1, 0], [0, 1], [1, 1]], [0, 0, 0]),
        ([[1, 0], [1, 0]], [0, 0]),
        ([[1, 0], [-1, 0]], [0, 0]),
        ([[1, 0], [2, 0], [-3, 0]], [0, 1, 1]),
        ([[0, 0], [1, 2]], [0, 0]),
        ([[0, 0]], [5]),
        ([[0, 0]], [0]),
        ([[3, 4]], [-2]),
    ],
    ids=["concurrent", "equal", "opposite", "parallel", "vanishing", "constant", "only vanishing", "width one"],
)
def test_degenerate_layers(claim, activation, rows, offsets):
    assert isinstance(claim.decide(view(rows, offsets, activation)), Holds)


@pytest.mark.parametrize("activation", ["hard_tanh", "relu6", pb.LeakyReLU(2), pb.LeakyReLU(1)])
def test_other_activations_have_a_diagram_of_their_codes_alone(activation):
    found = view([[1, 0], [1, 1]], [0, 1], activation)
    assert POWER_DIAGRAM.decide(found) == Skipped(CONVEX.name)
    assert isinstance(POWER_DIAGRAM.without(CONVEX.name).decide(found), Fails)
    assert isinstance(POWER_DIAGRAM_ANY_ACTIVATION.decide(found), Holds)


def test_a_region_on_which_a_unit_vanishes_has_the_sites_of_both_pieces():
    diagram = power_diagram(view([[0], [1]], [0, 0]).network.hidden[0])
    assert sites_of_code(diagram, (0, 1)) == (1, 3)
    assert sites_of_code(diagram, (-1, 1)) == (1,)


def test_comparisons_are_counted():
    """Four quadrants, each with a witness, a vertex and two rays."""
    assert POWER_DIAGRAM.decide(view([[1, 0], [0, 1]], [0, 0])) == Holds(16)


def test_the_witness_for_convexity():
    data, instance = read_witness(Path(__file__).parents[2] / "proofs" / "sharpness" / "power-diagram--convex.json")
    found = ExactView(instance)
    assert POWER_DIAGRAM.decide(found) == Skipped(data["without"])
    outcome = POWER_DIAGRAM.without(data["without"]).decide(found)
    assert (outcome.left, outcome.right) == (data["left"], data["right"])
