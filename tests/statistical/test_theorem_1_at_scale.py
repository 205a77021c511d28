"""What normalisations read, and theorem 1 for every unit: closed form, direct minimisation, exact arithmetic."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from polybn.claims.verdict import Status  # noqa: E402
from polybn.errors import InputError, NonFiniteError, ShapeError  # noqa: E402
from polybn.statistical.claims.parabola import at  # noqa: E402
from polybn.statistical.claims.theorem_1 import theorem_1_at_scale  # noqa: E402
from polybn.statistical.claims.theorem_1_trial import tried_minima  # noqa: E402
from polybn.statistical.enclosures.tracing import UnsupportedModuleError  # noqa: E402
from polybn.statistical.modules.architectures import cnn, mlp, resnet9  # noqa: E402
from polybn.statistical.modules.capture import captured  # noqa: E402
from polybn.statistical.modules.channel_moments import ChannelMoments  # noqa: E402
from polybn.statistical.modules.initialisation import frozen, random_bias  # noqa: E402

DOUBLE = torch.float64


def normal(*shape, seed=0, dtype=DOUBLE):
    return torch.randn(*shape, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed)).to(dtype)


def running(net, part="running_mean"):
    return {name: getattr(layer, part) for name, layer in net.named_modules() if isinstance(layer, nn.BatchNorm1d)}


def by_layer(net, batch, **options):
    """All inputs of each layer, (samples, channels, places)."""
    found = {}
    for one in captured(net, batch, **options):
        found.setdefault(one.name, []).append(one.inputs)
    return {name: torch.cat(parts) for name, parts in found.items()}


def degenerate(seed, dtype):
    """Integers, duplicates, opposite and zero rows; batches with repeated points."""
    net = mlp([3, 6, 5, 4, 1], ("relu", "leaky_relu", "abs")[seed % 3], normalised=True, seed=seed, dtype=dtype)
    with torch.no_grad():
        for place in (0, 3, 6):
            weight = net[place].weight
            if seed % 2:
                weight.copy_(weight.mul(3).round())
            weight[1] = weight[0]
            weight[2] = -2 * weight[0]
            weight[3] = 0
    batch = normal(int(torch.randint(1, 9, (1,), generator=torch.Generator().manual_seed(seed))), 3, seed=seed)
    batch = torch.cat([batch.round() if seed % 4 == 1 else batch, batch[:1]]).to(dtype)
    return frozen(net, batch), batch


@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE], ids=str)
def test_drawn_networks_against_exact_arithmetic(dtype):
    counts = Counter()
    for seed in range(16):
        net, batch = degenerate(seed, dtype)
        result = theorem_1_at_scale(net, batch, chunk=3)
        inputs = by_layer(net, batch, chunk=3)  # floats of a product may depend on the chunk
        for layer in result.layers:
            rows = net[int(layer.name) - 1].weight.tolist()
            for unit, values in enumerate(inputs[layer.name].transpose(0, 1).flatten(1).tolist()):
                t = [Fraction(value) for value in values]
                mean, norm = sum(t) / len(t), sum(Fraction(entry) ** 2 for entry in rows[unit])
                assert bool(layer.tested[unit]) == (norm > 0)
                if norm:
                    distance = sum((one - mean) ** 2 for one in t) / len(t) / norm
                    assert abs(Fraction(float(layer.found[unit])) - mean) <= Fraction(float(layer.bounds[unit]))
                    assert float(layer.distances[unit]) == pytest.approx(float(distance), rel=1e-9, abs=1e-18)
                    counts["constant"] += distance == 0
                counts["zero rows"] += norm == 0
        counts.update(n=result.n, unsure=result.unsure, violations=result.violations)
        assert result.left_out == ()
        assert result.dtype == dtype
    assert counts["violations"] == 0
    assert counts["zero rows"] == 16 * 3
    assert counts["constant"] > 10
    assert counts["n"] == 16 * (6 + 5 + 4) - counts["zero rows"]
    assert counts["unsure"] < 0.02 * counts["n"]


WRONG = {
    "medians": lambda t: t.transpose(0, 1).flatten(1).median(1).values,
    "midranges": lambda t: (t.amax((0, 2)) + t.amin((0, 2))) / 2,
    "moving averages": lambda t: 0.1 * t.mean((0, 2)),
    "means of all but one": lambda t: t[1:].mean((0, 2)),
    "nearly the means": lambda t: t.mean((0, 2)) + 1e-6 * t.std((0, 2)),
}


@pytest.mark.parametrize("name", WRONG)
def test_other_locations_are_refuted(name):
    net, batch = mlp([5, 20, 20, 1], normalised=True, seed=0, dtype=DOUBLE), normal(101, 5) + 1
    net = frozen(net, batch)
    claimed = {layer: WRONG[name](t) for layer, t in by_layer(net, batch, chunk=40).items()}
    result = theorem_1_at_scale(net, batch, chunk=40, claimed=claimed)
    assert (result.n, result.unsure, result.violations) == (40, 0, 40)


def test_a_wrong_least_value_is_refuted(monkeypatch):
    """The unbiased variance, N / (N - 1) times the biased one, is not the minimum."""
    net, batch = mlp([5, 20, 20, 1], normalised=True, seed=0, dtype=DOUBLE), normal(101, 5)
    right = theorem_1_at_scale(net, batch)
    add = ChannelMoments.add

    def planted(self, inputs):
        add(self, inputs)
        self.squares = self.squares * (self.count / (self.count - 1))

    monkeypatch.setattr(ChannelMoments, "add", planted)
    wrong = theorem_1_at_scale(net, batch)
    assert (right.n, right.unsure, right.violations) == (40, 0, 0)
    assert (wrong.n, wrong.unsure, wrong.violations) == (40, 0, 40)


def test_the_vertex_of_a_parabola_against_exact_arithmetic():
    sharp = 0
    for seed in range(200):
        drawn = normal(12, seed=seed)
        offset = (0, 1, 1e3, -1e8)[seed % 4]
        t = offset + drawn[: 2 + seed % 8]
        points = offset + torch.sort(drawn[9:] * (1, 10)[seed % 2]).values
        found, bound = at(points[:, None]).with_inputs(t[:, None, None]).vertex()
        exact = sum(map(Fraction, t.tolist())) / len(t)
        assert abs(Fraction(float(found)) - exact) <= Fraction(float(bound))
        sharp += float(bound) < 1e-11 * (1 + abs(offset))
    assert sharp > 150


def test_sums_are_compared_only_beyond_their_rounding():
    t = normal(50, 1, 1)
    mean = float(t.mean())
    points = torch.tensor([mean, mean + 1e-3, mean - 1e-3, mean + 1e-12], dtype=DOUBLE)[:, None]
    trials = at(points).with_inputs(t)
    answers = {pair: tuple(map(bool, trials.below(*pair))) for pair in ((0, 1), (1, 0), (1, 2), (0, 3), (3, 0))}
    assert answers[0, 1] == (True, False)
    assert answers[1, 0] == (False, True)
    assert answers[0, 3] == answers[3, 0] == answers[1, 2] == (False, False)


@pytest.mark.parametrize("points", [[1, 1, 1], [0, 1, 1], [1, 1, 2], [0, 1e-9, 2e-9], [-1e200, 0, 1e200]], ids=str)
def test_trial_points_that_tell_nothing_have_no_bound(points):
    trials = at(torch.tensor(points, dtype=DOUBLE)[:, None]).with_inputs(7 + normal(5, 1, 1))
    _, bound = trials.vertex()
    assert float(bound) == torch.inf


@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE], ids=str)
def test_frozen_means_are_minimisers_up_to_their_own_rounding(dtype):
    net, batch = mlp([5, 20, 20, 1], normalised=True, seed=0, dtype=dtype), normal(101, 5, dtype=dtype) + 1
    made = frozen(net, batch, chunk=50)
    kept = theorem_1_at_scale(made, batch, claimed=running(made))
    assert (kept.n, kept.unsure, kept.violations) == (40, 0, 0)
    moved = random_bias(net, seed=0)
    wrong = theorem_1_at_scale(moved, batch, claimed=running(moved))
    assert wrong.violations == 40


def test_a_mean_far_from_its_deviation_is_unsure_and_no_suspect():
    net = nn.Sequential(nn.Linear(1, 3, bias=False, dtype=DOUBLE), nn.BatchNorm1d(3, dtype=DOUBLE)).eval()
    net[0].weight.data = torch.tensor([[1.0], [3], [1 / 3]], dtype=DOUBLE)
    one = torch.finfo(DOUBLE).eps
    for spread in (one, 3 * one, 64 * one, 1e-13, 1e-11):
        for count in (2, 5, 40):
            batch = 1 + spread * torch.arange(count, dtype=DOUBLE).unsqueeze(1)
            result = theorem_1_at_scale(net, batch)
            assert result.violations == 0
            assert result.unsure == 3
    assert theorem_1_at_scale(net, 1 + 1e-3 * normal(40, 1)).unsure == 0


def test_distances_of_a_convolution_are_those_of_patches():
    net = cnn(3, 2, width=4, side=8, seed=1, dtype=DOUBLE)
    batch = normal(6, 3, 8, 8)
    result = theorem_1_at_scale(frozen(net, batch), batch, chunk=4)
    assert [layer.terms for layer in result.layers] == [6 * 64, 6 * 16, 6 * 4]
    assert (result.n, result.unsure, result.violations) == (4 + 8 + 16, 0, 0)
    patches = functional.unfold(batch, 5, padding=2).transpose(1, 2).flatten(0, 1)
    rows = net[0].weight.detach().flatten(1)
    along = patches @ rows.T / rows.norm(dim=1)
    distances = (along - along.mean(0)).square().mean(0)
    assert torch.allclose(result.layers[0].distances, distances, rtol=1e-9)
    assert result.layers[0].distance == pytest.approx(float(distances.sum()))


def test_residual_networks_in_both_float_types():
    for dtype in (torch.float32, DOUBLE):
        net, batch = resnet9(3, 2, width=2, side=8, seed=1, dtype=dtype), normal(5, 3, 8, 8, dtype=dtype)
        result = theorem_1_at_scale(frozen(net, batch), batch, chunk=2)
        assert len(result.layers) == 8
        assert (result.n, result.violations) == (2 + 4 * 3 + 8 + 16 * 3, 0)
        assert result.unsure == 0
        record = result.sampled(seed=1)
        assert (record.n, record.claim, record.dtype, record.device) == (result.n, "theorem-1", dtype, "cpu")
        assert record.status_text.startswith(f"SAMPLED({result.n}, ")


def test_chunks_change_no_count():
    net, batch = degenerate(4, DOUBLE)
    results = [theorem_1_at_scale(net, batch, chunk=chunk) for chunk in (None, 1, 2)]
    assert len({(one.n, one.unsure, one.violations) for one in results}) == 1
    for one in results[1:]:
        for layer, first in zip(one.layers, results[0].layers, strict=True):
            assert torch.allclose(layer.distances, first.distances, rtol=1e-10, atol=1e-14, equal_nan=True)


class Odd(nn.Module):
    """Not traceable; what is before a normalisation is linear, changed in place, a function, or used twice."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 4, dtype=DOUBLE)
        self.straight, self.clipped, self.function = (nn.BatchNorm1d(4, dtype=DOUBLE) for _ in range(3))
        self.weight = nn.Parameter(normal(4, 4))

    def forward(self, x):
        if float(x.sum()) > 1e9:
            raise ValueError
        z = self.straight(input=self.linear(x))
        clipped = self.clipped(functional.relu_(self.linear(x)))
        return self.straight(self.linear(self.function(z @ self.weight + clipped)[:, :3]))


def test_any_module_and_only_weights_that_are_sure():
    net, batch = Odd().eval(), normal(7, 3)
    found = list(captured(net, batch, chunk=4))
    assert [one.name for one in found] == ["straight", "clipped", "function", "straight (use 2)"] * 2
    assert [one.preceding for one in found[:4]] == [net.linear, None, None, net.linear]
    assert [tuple(one.inputs.shape) for one in found[::4]] == [(4, 4, 1), (3, 4, 1)]
    assert torch.allclose(torch.cat([found[0].inputs, found[4].inputs])[..., 0], net.linear(batch))
    assert bool((found[1].inputs >= 0).all())
    result = theorem_1_at_scale(net, batch, chunk=4)
    assert [layer.name for layer in result.layers] == ["straight", "straight (use 2)"]
    assert result.left_out == ("clipped", "function")
    assert (result.n, result.unsure, result.violations) == (8, 0, 0)
    assert not any(layer._forward_pre_hooks or layer._forward_hooks for layer in net.modules())


class Choosing(nn.Module):
    """Negative samples go through one layer and others through another, to the same normalisation."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(1, 2, dtype=DOUBLE), nn.Linear(1, 2, dtype=DOUBLE)
        self.norm = nn.BatchNorm1d(2, dtype=DOUBLE)

    def forward(self, x):
        return self.norm(self.first(x) if float(x[0, 0]) < 0 else self.second(x))


@pytest.mark.parametrize("signs", [[-1.0, 1, 2], [-1.0, 1, -2]], ids=str)
def test_a_layer_with_two_weights_has_no_distance(signs):
    result = theorem_1_at_scale(Choosing().eval(), torch.tensor(signs, dtype=DOUBLE)[:, None], chunk=1)
    assert (result.n, result.left_out) == (0, ("norm",))


def test_inputs_are_kept_when_the_module_overwrites_them():
    class Overwriting(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm1d(2, dtype=DOUBLE)

        def forward(self, x):
            y = x + 1
            z = self.norm(y)
            y.zero_()
            return z

    (found,) = captured(Overwriting().eval(), normal(3, 2))
    assert torch.equal(found.inputs[..., 0], normal(3, 2) + 1)


def test_without_weights_the_claim_is_vacuous():
    result = theorem_1_at_scale(nn.Sequential(nn.BatchNorm1d(2, dtype=DOUBLE)).eval(), normal(3, 2))
    assert (result.n, result.left_out) == (0, ("0",))
    assert result.sampled(seed=0).status_text == "VACUOUS"


PLAIN = mlp([3, 4, 1], normalised=True, seed=0, dtype=DOUBLE)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: theorem_1_at_scale(mlp([3, 2, 1], normalised=False, seed=0), normal(2, 3)), UnsupportedModuleError,
         "no normalisation layer; looked for were nn.BatchNorm1d"),
        (lambda: captured(cnn(1, 1, seed=0, width=1, side=8).train(), normal(2, 1, 8, 8)), UnsupportedModuleError,
         "'Sequential' is in training mode"),
        (lambda: captured(PLAIN, normal(2, 3), chunk=1.5), InputError, "chunk is 1.5"),
        (lambda: captured(PLAIN, normal(2, 3, dtype=torch.float32)), InputError, "module.double()"),
        (lambda: captured(PLAIN, normal(0, 3)), ShapeError, "at least one sample"),
        (lambda: theorem_1_at_scale(PLAIN, torch.full((2, 3), torch.nan, dtype=DOUBLE)), NonFiniteError, "'1' reads"),
        (lambda: theorem_1_at_scale(PLAIN, normal(2, 3), claimed={"7": normal(4)}), InputError, "there are '1'"),
        (lambda: theorem_1_at_scale(PLAIN, normal(2, 3), claimed={"1": normal(3)}), ShapeError, "one a channel"),
        (lambda: theorem_1_at_scale(PLAIN, normal(2, 3), claimed={"1": normal(4) / 0}), NonFiniteError, "minimisers"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_says_why(make, error, text):
    with pytest.raises(error, match=text):
        make()


@pytest.mark.parametrize("name", WRONG)
def test_suspects_are_convicted_in_rational_arithmetic(name):
    net, batch = mlp([5, 6, 6, 1], normalised=True, seed=0, dtype=DOUBLE), normal(31, 5) + 1
    net = frozen(net, batch)
    claimed = {layer: WRONG[name](t) for layer, t in by_layer(net, batch, chunk=10).items()}
    result = theorem_1_at_scale(net, batch, chunk=10, claimed=claimed)
    judged = tried_minima(result, net, batch, seed=0)
    assert (judged.n, judged.convicted, judged.cleared) == (12, 12, 0)
    assert judged.status == Status.REFUTED
    some = tried_minima(result, net, batch, seed=0, at_most=5)
    assert (some.convicted, some.awaiting) == (5, 7)
    none = tried_minima(result, net, batch, seed=0, at_most=-1)
    assert (none.convicted, none.awaiting) == (0, 12)


def test_false_suspects_are_cleared():
    net, batch = mlp([5, 6, 6, 1], normalised=True, seed=0, dtype=DOUBLE), normal(31, 5) + 1
    result = theorem_1_at_scale(net, batch)
    accused = replace(result, layers=tuple(replace(layer, suspects=layer.tested) for layer in result.layers))
    judged = tried_minima(accused, net, batch, seed=0)
    assert (judged.convicted, judged.cleared) == (0, 12)
    assert judged.status == Status.SAMPLED
    with pytest.raises(InputError, match="no normalisation"):
        tried_minima(accused, mlp([5, 6, 1], normalised=True, seed=0, dtype=DOUBLE), batch, seed=0)


def test_a_linear_layer_of_sequences_has_no_row_for_a_channel():
    """BatchNorm1d then normalises positions of the sequence, and the linear layer's units are places."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).double().eval()
    result = theorem_1_at_scale(net, normal(6, 4, 3))
    assert (result.n, result.left_out) == (0, ("1",))
    assert theorem_1_at_scale(net, normal(6, 3)).n == 4
