"""Theorem 2 at scale: what brackets decide is so exactly, literal suspects are convicted, the same side has none."""

from collections import Counter
from dataclasses import replace
from math import inf

import pytest

torch = pytest.importorskip("torch")

from flint import fmpq  # noqa: E402

from polybn.claims.theorem_2 import THEOREM_2, THEOREM_2_SAME_SIDE  # noqa: E402
from polybn.claims.unit_levels import later_units  # noqa: E402
from polybn.claims.verdict import Status  # noqa: E402
from polybn.claims.view import ExactView  # noqa: E402
from polybn.errors import InputError  # noqa: E402
from polybn.exact.matrix import vector  # noqa: E402
from polybn.exact.rational import exact_float  # noqa: E402
from polybn.outcome import Fails, Holds  # noqa: E402
from polybn.statistical.claims import theorem_2  # noqa: E402
from polybn.statistical.claims.draws import drawn, later_normalizations  # noqa: E402
from polybn.statistical.claims.theorem_2 import answers, compared, theorem_2_at_scale  # noqa: E402
from polybn.statistical.claims.theorem_2_trial import Suspect, rebuilt, trial  # noqa: E402
from polybn.statistical.datasets.star import star  # noqa: E402
from polybn.statistical.distances.brackets import Brackets  # noqa: E402
from polybn.statistical.enclosures.tracing import trace  # noqa: E402
from polybn.statistical.modules.architectures import mlp, resnet9  # noqa: E402
from polybn.statistical.modules.initialisation import frozen, zero_bias  # noqa: E402

DOUBLE = torch.float64


def data(count=20, seed=1):
    return star(count, seed=seed, dtype=DOUBLE).x


def network(widths, name="leaky_relu", seed=0, points=None):
    net = mlp(widths, name, normalised=True, seed=seed, dtype=DOUBLE)
    return trace(frozen(net, data() if points is None else points))


def smallest():
    """One unit of layer 1 with mean 0, slope 1/10, w = 1: from x = 0 the steep way to 1 is shorter than to -1/2."""
    net = zero_bias(mlp([1, 1, 1, 1], "leaky_relu", normalised=True, seed=0, slope=0.1, dtype=DOUBLE))
    for layer in net:
        if isinstance(layer, torch.nn.Linear):
            layer.weight.data.fill_(1.0)
    return trace(net)


@pytest.mark.parametrize("name", ["leaky_relu", "relu", "abs"])
def test_every_decision_is_the_exact_one(name):
    """Each decided draw on a small network is compared with exact distances to both level sets."""
    traced, points, found = network([2, 5, 3, 1], name, seed=1), data(), Counter()
    for part in drawn(traced, later_normalizations(traced), points, 60, seed=1):
        decided = answers(part, points, 512, 256)
        for row, unit in enumerate(part.units.tolist()):
            pair = tuple(decided.levels[:, row].tolist())
            one = Suspect(THEOREM_2.id, traced, part.projections.layer, unit, part.points[row], pair)
            view = ExactView(rebuilt(one))
            (folded,) = later_units(view)
            point = vector(view.instance.points[0])
            near, far = (folded.folded.squared_distance(point, vector([exact_float(t)])[0]) for t in pair)
            is_kept = near is not None and (far is None or near < far)
            assert not (decided.kept[row] and not is_kept)
            assert not (decided.broken[row] and is_kept)
            assert not (decided.broken[row] and decided.one_side[row] and decided.is_met[row])
            found["kept"] += int(decided.kept[row])
            found["broken"] += int(decided.broken[row])
            found["truly broken"] += not is_kept
    assert found["kept"] > 35
    # The others are near ties, or lie where the network is flat and the Lipschitz constant says little.
    assert found["broken"] >= found["truly broken"] / 3 > 0


def test_the_literal_theorem_is_refuted_by_the_claim_itself():
    points = torch.tensor([[-9.0], [-5.0], [-2.0], [0.1], [0.3], [1.0], [2.0]], dtype=DOUBLE)
    found = theorem_2_at_scale(smallest(), points, 120, seed=0, at_most=5)
    literal, same = found.literal, found.same_side
    assert literal.suspects > 10
    assert (literal.convicted, literal.cleared, literal.status) == (5, 0, Status.REFUTED)
    assert (same.suspects, same.claim) == (0, "theorem-2-same-side")
    assert same.status is Status.SAMPLED
    assert same.n < literal.n == 120
    assert literal.unsure < 15
    first = found.suspects[0]
    assert isinstance(trial(first), Fails)
    # The repaired form does not speak of it: its levels are on both sides.
    skipped = trial(replace(first, claim=THEOREM_2_SAME_SIDE.id))
    assert not isinstance(skipped, Fails | Holds)


@pytest.mark.parametrize("name", ["leaky_relu", "relu", "abs"])
def test_suspects_of_drawn_networks_are_convicted(name):
    total = Counter()
    for seed in range(2):
        found = theorem_2_at_scale(network([2, 5, 3, 1], name, seed), data(), 60, seed=seed, cells=256)
        literal = found.literal
        assert literal.cleared == literal.awaiting == 0
        assert found.same_side.suspects == 0
        total["suspects"] += literal.suspects
    assert total["suspects"] > 0


def test_in_three_dimensions_intervals_find_suspects_and_a_cover_decides_more():
    points = torch.randn(100, 3, dtype=DOUBLE, generator=torch.Generator().manual_seed(0))
    traced = network([3, 8, 6, 1], points=points)
    few, many = (theorem_2_at_scale(traced, points, 100, seed=0, cells=cells) for cells in (1, 128))
    assert few.literal.suspects > 0
    assert many.literal.convicted == many.literal.suspects >= few.literal.suspects
    assert many.literal.unsure < few.literal.unsure
    assert few.same_side.suspects == many.same_side.suspects == 0


def test_a_planted_bound_makes_suspects_whom_the_exact_claim_clears(monkeypatch):
    upper = theorem_2.upper_bounds
    monkeypatch.setattr(theorem_2, "upper_bounds", lambda *given: upper(*given) / 100)
    monkeypatch.setattr(theorem_2, "lower_bounds", lambda queries, within: upper(queries, queries.points) * 100)
    found = theorem_2_at_scale(network([2, 4, 2, 1]), data(), 20, seed=0, at_most=30)
    assert found.same_side.suspects > 0
    assert found.same_side.cleared == found.same_side.suspects
    assert found.same_side.convicted == 0


def test_a_planted_swap_of_the_two_levels_refutes_the_same_side(monkeypatch):
    """The converse, that the farther offset has the nearer folded hyperplane, is no theorem."""
    monkeypatch.setattr(theorem_2, "compared", lambda near, far: compared(far, near))
    found = theorem_2_at_scale(network([2, 4, 2, 1]), data(), 30, seed=0, at_most=30)
    assert found.same_side.suspects > 10
    assert found.same_side.cleared == found.same_side.suspects


def test_brackets_are_compared_from_both_sides():
    def pair(lower, upper):
        return Brackets(torch.tensor([lower]), torch.tensor([upper]))

    for near, far, expected in (
        (pair(1.0, 2.0), pair(3.0, 4.0), (True, False)),
        (pair(3.0, 4.0), pair(1.0, 2.0), (False, True)),
        (pair(1.0, 3.0), pair(2.0, 4.0), (False, False)),
        (pair(1.0, 2.0), pair(2.0, 2.0), (False, False)),
        (pair(2.0, 2.0), pair(1.0, 2.0), (False, True)),  # a tie is no "less than"
        (pair(1.0, 2.0), pair(inf, inf), (True, False)),
        (pair(inf, inf), pair(inf, inf), (False, True)),  # infinity < infinity is false
        (pair(0.0, inf), pair(0.0, inf), (False, False)),
    ):
        assert tuple(bool(one) for one in compared(near, far)) == expected


def test_the_instance_on_trial_is_the_network():
    traced = network([2, 4, 3, 1])
    layer = later_normalizations(traced)[0].name
    one = Suspect(THEOREM_2.id, traced, layer, 2, data()[3], (0.5, 1.0))
    view = ExactView(rebuilt(one))
    (unit,) = later_units(view)
    step = next(step for step in traced.activations if step.reads == (layer,))
    before = next(step for step in traced.steps if step.name == layer)
    value = float(traced.read(data()[3:4], at=(before,))[layer][0, 2])
    assert float(unit.value(view.network, vector(view.instance.points[0]))) == pytest.approx(value, rel=1e-12)
    after = float(traced.read(data()[3:4], at=(step,))[step.name][0, 2])
    assert float(view.network(view.instance.points[0])[0]) == pytest.approx(after, rel=1e-12)
    assert isinstance(unit.value(view.network, vector(view.instance.points[0])), fmpq)


def test_images_await_a_trial_and_degenerate_data_are_unsure():
    images = torch.randn(6, 3, 8, 8, dtype=DOUBLE, generator=torch.Generator().manual_seed(0))
    traced = trace(frozen(resnet9(3, 2, seed=0, width=2, side=8, dtype=DOUBLE), images))
    found = theorem_2_at_scale(traced, images, 4, seed=0)
    assert found.literal.convicted == found.literal.cleared == found.same_side.suspects == 0
    one = Suspect(THEOREM_2.id, traced, traced.normalizations[-1].name, 0, images[0], (0.0, 1.0))
    with pytest.raises(InputError, match="not put to a trial"):
        rebuilt(one)
    for points in (data()[:1], data()[:1].expand(5, 2)):
        alone = theorem_2_at_scale(network([2, 3, 2, 1]), points, 4, seed=0).literal
        assert (alone.n, alone.unsure, alone.status) == (4, 4, Status.UNDECIDED)
    # A unit without weights has one level, wherever the point is.
    flat = network([2, 3, 2, 1])
    flat.steps[3].operation.weight.zero_()
    assert theorem_2_at_scale(flat, data(), 6, seed=0).literal.unsure == 6


def test_the_same_seed_gives_the_same_record_for_any_chunk():
    traced, told = network([2, 8, 8, 1]), []
    first, second = (
        theorem_2_at_scale(traced, data(), 12, seed=2, chunk=chunk, cells=64, progress=lambda *at: told.append(at))
        for chunk in (32, 512)
    )
    assert (first.literal, first.same_side) == (second.literal, second.same_side)
    assert told[-1] == (12, 12)


def test_bad_input_is_named():
    plain = trace(mlp([2, 3, 3, 1], normalised=False, seed=0, dtype=DOUBLE))
    for traced in (plain, network([2, 3, 1])):
        with pytest.raises(InputError, match="no normalisation after an activation"):
            theorem_2_at_scale(traced, data(), 5, seed=0)
    traced = network([2, 3, 2, 1])
    for points, draws, match in ((data(), 0, "draws"), (data()[:0], 5, "at least one"), (data().float(), 5, "float64")):
        with pytest.raises(InputError, match=match):
            theorem_2_at_scale(traced, points, draws, seed=0)
    with pytest.raises(InputError, match="does not take"):
        theorem_2_at_scale(traced, torch.zeros(4, 3, dtype=DOUBLE), 5, seed=0)
