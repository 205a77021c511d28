"""Theorem 3, its limits and the alignment by sigma: verdicts with live counts, cases by hand, degenerate instances."""

from fractions import Fraction
from pathlib import Path

import pytest
from flint import fmpq

import polybn as pb
from polybn.auditing.recorded import HOLDS
from polybn.auditing.witness import read_witness
from polybn.claims.scaled_unit import Scaling, ratio_at_infinity
from polybn.claims.sigma_alignment import SMALLER_SIGMA_ALIGNS, SMALLER_SIGMA_ALIGNS_EVENTUALLY, threshold
from polybn.claims.theorem_3 import THEOREM_3, two_layers
from polybn.claims.theorem_3_limits import THEOREM_3_LIMITS, THEOREM_3_LIMITS_AS_STATED
from polybn.claims.verdict import Status
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails, Holds, Skipped

PROOFS = Path(__file__).resolve().parents[2] / "proofs"
EXAMPLES = 40
ESTABLISHED = (THEOREM_3, THEOREM_3_LIMITS, SMALLER_SIGMA_ALIGNS_EVENTUALLY)
REFUTED = (THEOREM_3_LIMITS_AS_STATED, SMALLER_SIGMA_ALIGNS)
ALL = {claim.id: claim for claim in (*ESTABLISHED, *REFUTED)}
SQUARE = ((1, 1), (-1, -1))
HALF = pb.LeakyReLU("1/2")


def instance(rows, weights, activation=HALF, batch=SQUARE, *, scale=None, mu=None):
    """Rows of layer 1 and of layer 2; sigma_1 and mu_2 are those of the batch where they are not given."""
    first = pb.BatchNorm(eps=1) if scale is None else pb.frozen([0] * len(rows), scale)
    second = pb.BatchNorm(eps=1) if mu is None else pb.frozen(mu, [1] * len(weights))
    modules = [pb.Linear(rows), first, activation, pb.Linear(weights), second, activation]
    points = tuple(tuple(map(Fraction, point)) for point in batch)
    net = pb.Network([*modules, pb.Linear([[1] * len(weights)])]).fit(points)
    return ExactView(Instance(net, points, pb.box(-4, 4, dim=len(rows[0]))))


@pytest.mark.parametrize("claim", ESTABLISHED, ids=lambda claim: claim.id)
def test_an_audit_finds_no_failure_in_many_live_instances(claim):
    row = pb.audit(pb.BatchNorm, [claim], examples=EXAMPLES, seed=2)[claim.id]
    assert row.status in HOLDS
    assert row.live >= EXAMPLES // 2


@pytest.mark.parametrize("claim", REFUTED, ids=lambda claim: claim.id)
def test_an_audit_refutes_the_literal_form(claim):
    row = pb.audit(pb.BatchNorm, [claim], examples=EXAMPLES, seed=2)[claim.id]
    assert row.status is Status.REFUTED
    assert row.witness.instance.network.widths[0] <= 2


@pytest.mark.parametrize("claim", ESTABLISHED, ids=lambda claim: claim.id)
def test_the_statistics_of_the_median_do_as_well(claim):
    assert pb.audit("median", [claim], examples=EXAMPLES, seed=1)[claim.id].status in HOLDS


def test_twins_point_at_each_other():
    for claim in ALL.values():
        assert claim.twin is None or ALL[claim.twin].twin == claim.id


@pytest.mark.parametrize("claim", REFUTED, ids=lambda claim: claim.id)
def test_the_kept_counterexample_fails_as_written(claim):
    data, found = read_witness(PROOFS / "counterexamples" / f"{claim.id}.json")
    outcome = claim.decide(ExactView(found))
    assert isinstance(outcome, Fails)
    assert (outcome.left, outcome.right, outcome.where) == (data["left"], data["right"], data["where"])
    assert found.network.semantics.startswith("exact")
    assert isinstance(ALL[claim.twin].decide(ExactView(found)), Holds)


@pytest.mark.parametrize(
    ("name", "hypothesis"),
    [
        ("theorem-3--normal", "n != 0"),
        ("theorem-3-limits--beta", "beta_1 = 0"),
        ("theorem-3-limits--breakpoint", "breakpoint at 0"),
        ("smaller-sigma-aligns-eventually--beta", "beta_1 = 0"),
        ("smaller-sigma-aligns-eventually--breakpoint", "breakpoint at 0"),
    ],
)
def test_each_hypothesis_is_needed(name, hypothesis):
    data, found = read_witness(PROOFS / "sharpness" / f"{name}.json")
    claim = ALL[data["claim"]]
    assert data["without"] == hypothesis
    assert claim.decide(ExactView(found)) == Skipped(hypothesis)
    outcome = claim.without(hypothesis).decide(ExactView(found))
    assert isinstance(outcome, Fails)
    assert (outcome.left, outcome.right) == (data["left"], data["right"])


@pytest.mark.parametrize("claim", ESTABLISHED, ids=lambda claim: claim.id)
def test_other_hypotheses_are_moot_for_a_reason(claim):
    witnessed = {"n != 0", "beta_1 = 0", "breakpoint at 0"}
    assert {one.name for one in claim.hypotheses} - witnessed == set(claim.moot)


def test_the_closed_form_of_a_net_on_paper():
    """Rows e_1, e_2, sigma = (2, 1), eta = 1/2, w_2 = (1, 1): n = (1/2, 1) where both are on, (1/4, 1) to the left."""
    view = instance([[1, 0], [0, 1]], [[1, 1]], scale=[2, 1], mu=[1])
    layers = two_layers(view.network)
    assert layers.normal((1, 1), 0) == (fmpq(1, 2), fmpq(1))
    assert layers.normal((-1, 1), 0) == (fmpq(1, 4), fmpq(1))
    assert layers.jump((1, 1), (-1, 1), 0, [0]) == (fmpq(1, 4), fmpq(0))
    # F crosses two walls, and at other offsets each of the four.
    assert THEOREM_3.decide(view) == Holds(6)


@pytest.mark.parametrize("activation", [HALF, pb.Abs(), pb.ReLU(), pb.HardTanh(), pb.LeakyReLU(-2)])
@pytest.mark.parametrize(
    "rows",
    [
        [[1, 0], [1, 0], [0, 1]],
        [[1, 0], [-2, 0], [0, 1]],
        [[1, 0], [0, 0], [0, 1]],
        [[1, 0], [0, 1], [1, 1]],
    ],
)
def test_degenerate_first_layers(rows, activation):
    """Duplicate, opposite, zero and concurrent rows: coinciding hyperplanes switch several units at one wall."""
    view = instance(rows, [[1, 1, 1], [1, -2, 0]], activation, [(1, 2), (-2, 1), (0, -2)])
    assert isinstance(THEOREM_3.decide(view), Holds)
    if activation != pb.HardTanh():
        assert isinstance(THEOREM_3_LIMITS.decide(view), Holds)
        assert isinstance(SMALLER_SIGMA_ALIGNS_EVENTUALLY.decide(view), Holds)


def test_what_an_instance_does_not_say_is_named():
    line = [(1,), (-1,)]
    assert THEOREM_3.decide(instance([[1]], [[1]], batch=line)) == Skipped("d >= 2")
    assert THEOREM_3.decide(instance([[1, 0]], [[0]])) == Skipped("n != 0")
    dead = instance([[1, 0]], [[1]], pb.ReLU(), scale=[1], mu=[1])
    assert THEOREM_3.decide(dead) == Skipped("h_2 varies on adjacent regions")
    one = pb.Network([pb.Linear([[1, 0]]), pb.BatchNorm(), HALF, pb.Linear([[1]])]).fit(SQUARE)
    shallow = ExactView(Instance(one, (), pb.box(-1, 1, dim=2)))
    for claim in ALL.values():
        assert claim.decide(shallow) == Skipped("two layers")
    for claim in (SMALLER_SIGMA_ALIGNS, SMALLER_SIGMA_ALIGNS_EVENTUALLY, THEOREM_3_LIMITS_AS_STATED):
        assert claim.decide(instance([[1, 0]], [[0]])) == Skipped("w_{2,j,i} != 0")
    assert THEOREM_3_LIMITS_AS_STATED.decide(instance([[1, 0]], [[1]], pb.ReLU())) == Skipped("0 < eta < 1")


def test_the_rate_is_the_one_on_paper():
    """Rows e_1, e_2, w_2 = (1, 1): 1 - cos^2 = sigma^2 / (eta^2 + sigma^2) <= C sigma^2, with C = 1/eta^2 = 4."""
    scaling = Scaling(instance([[1, 0], [0, 1]], [[1, 1]], scale=[1, 1], mu=[1]))
    rates = {}
    for bend in scaling.bends():
        for side in bend.sides:
            assert side.limit() == 1
            if bend.i == 0 and side.code[1] == 1:
                rates[side.slope] = side.squared_rate, 1 - scaling.squared_cosine(bend, side, fmpq(1, 10))
    assert rates == {fmpq(1): (fmpq(1), fmpq(1, 101)), fmpq(1, 2): (fmpq(4), fmpq(1, 26))}


def test_the_facet_turns_round_at_the_threshold():
    """Rows (1, 0), (-1, 1), w_2 = (1, 1), both on: n = (1/sigma - 1, 1), cos^2 = 1/5, 0, 1/2 at sigma = 2, 1, 1/2."""
    scaling = Scaling(instance([[1, 0], [-1, 1]], [[1, 1]], scale=[1, 1], mu=[1]))
    bend = next(bend for bend in scaling.bends() if bend.i == 0 and (1, 1) in {side.code for side in bend.sides})
    side = next(side for side in bend.sides if side.code == (1, 1))
    assert threshold(side) == 1
    found = [scaling.squared_cosine(bend, side, scale) for scale in (fmpq(2), fmpq(1), fmpq(1, 2))]
    assert found == [fmpq(1, 5), fmpq(0), fmpq(1, 2)]


def test_without_weights_the_limits_have_nothing_to_say():
    assert THEOREM_3_LIMITS.decide(instance([[1, 0]], [[0]])) == Skipped("h_2 varies beside a wall")


def test_a_limit_of_zero_over_zero_is_none():
    from flint import fmpq_poly

    assert ratio_at_infinity(fmpq_poly([]), fmpq_poly([])) is None
