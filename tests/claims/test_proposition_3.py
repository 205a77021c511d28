"""Proposition 3 by hand, by its witnesses, by going through small networks, and in audits."""

from fractions import Fraction

import pytest

import polybn as pb
from polybn.auditing.recorded import HOLDS
from polybn.auditing.witness import read_witness
from polybn.claims.proposition_3 import (
    PROPOSITION_3,
    PROPOSITION_3_EVERY_UNIT,
    PROPOSITION_3_NORMALIZED_OUTPUT,
    PROPOSITION_3_ODD,
    PROPOSITION_3_WIDTH_ONE,
    mirrored,
)
from polybn.claims.proposition_3_hypotheses import is_leaky, is_odd, keeps_signs
from polybn.claims.verdict import Status
from polybn.claims.view import ExactView, Instance
from polybn.exact.matrix import vector
from polybn.outcome import Fails, Holds, Skipped
from polybn.proof import proofs_folder

EXAMPLES = 34
REPAIRED = (
    PROPOSITION_3_WIDTH_ONE, PROPOSITION_3_NORMALIZED_OUTPUT, PROPOSITION_3_EVERY_UNIT, PROPOSITION_3_ODD,
)  # fmt: skip
HALF = pb.LeakyReLU("1/2")


def instance(modules, batch):
    network = pb.Network(modules).fit(batch)
    points = tuple(tuple(map(Fraction, point)) for point in batch)
    return Instance(network, points, pb.box(-9, 9, dim=len(batch[0])), method=pb.BatchNorm())


def decide(claim, modules, batch):
    return claim.decide(ExactView(instance(modules, batch)))


@pytest.mark.parametrize("claim", REPAIRED, ids=lambda claim: claim.id)
def test_the_repaired_forms_survive(claim):
    row = pb.audit(pb.BatchNorm, [claim], examples=EXAMPLES).rows[0]
    expected = {"proposition-3-width-one": 592, "proposition-3-every-unit": 592, "proposition-3-odd": 1044}
    assert row.status in HOLDS
    assert (row.exhaustion.live if row.exhaustion else None) == expected.get(claim.id)
    assert row.tally.live >= EXAMPLES // 2
    assert claim.twin == "proposition-3"


def test_the_literal_form_is_refuted():
    row = pb.audit(pb.BatchNorm, [PROPOSITION_3], examples=200).rows[0]
    assert row.status is Status.REFUTED
    assert row.witness.instance.network.stages[-1].affine.inputs >= 2


def test_the_median_loses_the_sides_but_keeps_symmetry():
    """Of 0, 0, 1 the median is 0, and no point is below."""
    hidden = [pb.Linear([[1]]), pb.MedianNorm(), HALF]
    modules = ([*hidden, pb.Linear([[1]])], hidden[:2], hidden[:2])
    for claim, given in zip(REPAIRED, modules, strict=False):
        assert isinstance(decide(claim, given, [[0], [0], [1]]), Fails)
    assert pb.audit("median", [PROPOSITION_3_ODD], examples=EXAMPLES).rows[0].status is Status.EXHAUSTED


def test_opposite_rows_by_hand():
    """Features (1, -1/2) and (-1/2, 1), each coordinate of both signs: 2 - 1 = 1 on both points."""
    modules = [pb.Linear([[1], [-1]]), pb.BatchNorm(), HALF, pb.Linear([[2, 2]])]
    assert decide(PROPOSITION_3, modules, [[-1], [1]]).left == "outputs 1, 1"
    assert decide(PROPOSITION_3_WIDTH_ONE, modules, [[-1], [1]]) == Skipped("width one")
    assert decide(PROPOSITION_3_EVERY_UNIT, modules, [[-1], [1]]) == Holds(2)


def test_any_slope_below_one_and_any_even_batch_of_signs_will_do():
    for slope in ("1/100", "99/100"):
        for copies in (1, 2, 3):
            modules = [pb.Linear([[1], [-1]]), pb.BatchNorm(), pb.LeakyReLU(slope), pb.Linear([[1, 1]])]
            assert isinstance(decide(PROPOSITION_3, modules, [[-1], [1]] * copies), Fails)


def test_wide_layers_before_do_not_matter():
    first = [pb.Linear([[1, 0], [0, 1], [1, -2]]), pb.BatchNorm(beta=1, gamma=(1, -1, 2)), pb.Abs()]
    batch = [[0, 0], [1, 3], [2, 1], [5, 5]]
    last = [pb.Linear([[1, 2, -1]]), pb.BatchNorm(gamma=-3), HALF, pb.Linear([[-2]])]
    assert decide(PROPOSITION_3_WIDTH_ONE, [*first, *last], batch) == Skipped("beta = 0")
    plain = [first[0], pb.BatchNorm(gamma=(1, -1, 2)), pb.Abs()]
    assert decide(PROPOSITION_3_WIDTH_ONE, [*plain, *last], batch) == Holds(1)
    assert decide(PROPOSITION_3_NORMALIZED_OUTPUT, [*first, *last[:2]], batch) == Holds(1)


def test_sigma_decides_which_way_it_goes():
    """On equal points everything is 0, and the claim says so because sigma^2 = 0 before eps."""
    modules = [pb.Linear([[1]]), pb.BatchNorm(eps=1), HALF, pb.Linear([[1]])]
    for batch in ([[1], [1]], [[7]], [[0], [3]]):
        assert isinstance(decide(PROPOSITION_3_WIDTH_ONE, modules, batch), Holds)
        assert isinstance(decide(PROPOSITION_3_EVERY_UNIT, modules, batch), Holds)
    assert decide(PROPOSITION_3, modules, [[7]]) == Skipped("sigma > 0")


def test_a_constant_output_is_spared_and_no_other():
    modules = [pb.Linear([[1]]), pb.BatchNorm(gamma=0)]
    assert decide(PROPOSITION_3_NORMALIZED_OUTPUT, modules, [[0], [1]]) == Holds(1)
    assert decide(PROPOSITION_3_NORMALIZED_OUTPUT, [pb.Linear([[1]])], [[0], [1]]) == Skipped("normalised output")


def test_odd_activations_need_the_mirror():
    """h is -1/2 four times and 2 once; hard-tanh(h) and hard-tanh(2 h) combine to 0 and 1 on that batch, and to both
    signs on the batch with its mirror image."""
    modules = [pb.Linear([[1], [1]]), pb.BatchNorm(gamma=(1, 2)), pb.HardTanh(), pb.Linear([[2, -1]])]
    batch = [[0], [0], [0], [0], [5]]
    network = pb.Network(modules).fit(batch)
    assert {network(point) for point in batch} == {(0,), (1,)}
    assert decide(PROPOSITION_3_ODD, modules, batch) == Holds(1)
    assert mirrored([vector([0]), vector([4])]) == [(0,), (4,), (4,), (0,)]


def test_two_points_have_opposite_outputs_under_odd_activations():
    modules = [pb.Linear([[1, 2], [3, -1]]), pb.BatchNorm(), pb.HardTanh(), pb.Linear([[1, -1], [2, 2], [1, 3]])]
    batch = [[0, 1], [4, -3]]
    network = pb.Network(modules).fit(batch)
    assert network(batch[0]) == tuple(-value for value in network(batch[1]))
    assert decide(PROPOSITION_3_ODD, modules, batch) == Holds(3)


def test_activations_are_told_apart():
    steps = pb.PiecewiseLinear([-2, -1, 1, 2], [1, 0, 1, 0, 1], -1)
    bump = pb.PiecewiseLinear([0, 1], [1, 1, -1])
    moved = pb.PiecewiseLinear([1], [1, 2], 1)
    raised = pb.PiecewiseLinear([0], [1, 1], 1)
    falling = pb.PiecewiseLinear([-1, 1], [0, -1, 0], 1)
    assert [keeps_signs(f) for f in (HALF, pb.HardTanh(), steps, moved)] == [True] * 4
    assert [keeps_signs(f) for f in (pb.ReLU(), pb.Abs(), pb.ReLU6(), bump, raised, falling)] == [False] * 6
    assert [is_odd(f) for f in (pb.HardTanh(), steps, falling, pb.LeakyReLU(1))] == [True] * 4
    assert [is_odd(f) for f in (HALF, pb.ReLU(), pb.Abs(), moved, raised, bump)] == [False] * 6
    assert [is_leaky(f) for f in (HALF, pb.LeakyReLU("1/100"))] == [True] * 2
    others = (pb.ReLU(), pb.Abs(), pb.LeakyReLU(1), pb.LeakyReLU(2), raised, moved, None)
    assert not any(is_leaky(f) for f in others)


@pytest.mark.parametrize("claim", REPAIRED, ids=lambda claim: claim.id)
def test_each_hypothesis_has_a_witness_that_fails_as_it_states(claim):
    paths = sorted((proofs_folder() / "sharpness").glob(f"{claim.id}--*.json"))
    shown = set()
    for path in paths:
        data, given = read_witness(path)
        assert claim.decide(ExactView(given)) == Skipped(data["without"])
        outcome = claim.without(data["without"]).decide(ExactView(given))
        assert (outcome.left, outcome.right) == (data["left"], data["right"])
        shown.add(data["without"])
    assert shown | set(claim.moot) == {hypothesis.name for hypothesis in claim.hypotheses}


def test_the_kept_counterexample_fails_as_it_states():
    data, given = read_witness(proofs_folder() / "counterexamples" / "proposition-3.json")
    outcome = PROPOSITION_3.decide(ExactView(given))
    assert (outcome.left, outcome.right) == (data["left"], data["right"])
    assert given.network.semantics.startswith("exact")
