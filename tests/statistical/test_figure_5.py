"""The starts are one network with other biases, and the table says no more than its seeds do."""

import json

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from polybn.errors import InputError, NonFiniteError, ShapeError  # noqa: E402
from polybn.plots.figure_5 import picture  # noqa: E402
from polybn.statistical.datasets.bundled import digits  # noqa: E402
from polybn.statistical.enclosures.tracing import UnsupportedModuleError  # noqa: E402
from polybn.statistical.experiments.experiment import Surroundings  # noqa: E402
from polybn.statistical.experiments.figure_5 import (  # noqa: E402
    EXPERIMENT,
    STARTS,
    Settings,
    _networks,
    _trained,
    in_weights,
    means_over_seeds,
    run_seed,
)
from polybn.statistical.modules.architectures import mlp, resnet9  # noqa: E402
from polybn.statistical.modules.initialisation import frozen  # noqa: E402

TINY = Settings(width=2, deepest=2, training=64, held_out=40, epochs=2, batch_size=32, learning_rates=(0.002, 0.01))


@pytest.fixture(scope="module")
def tiny():
    return [row for seed in (0, 1) for row in run_seed(TINY, seed, Surroundings("cpu"))]


def test_the_starts_have_the_same_layers_and_as_many_trained_parameters():
    data = digits(100)
    nets = dict(_networks(TINY, data, 0, torch.device("cpu")))
    assert tuple(nets) == STARTS
    shapes = {
        name: [(key, one.shape, one.requires_grad) for key, one in net.named_parameters()] for name, net in nets.items()
    }
    assert len({str(one) for one in shapes.values()}) == 1
    zero, random, known, folded = (net.state_dict() for net in nets.values())
    weights = [key for key in zero if key.endswith("weight")]
    assert all(torch.equal(zero[key], random[key]) and torch.equal(zero[key], known[key]) for key in weights)
    assert not all(torch.equal(zero[key], folded[key]) for key in weights)
    biases = [key for key in zero if key.endswith("bias")]
    assert all((zero[key] == 0).all() and (random[key] != 0).any() and (known[key] == 0).all() for key in biases)
    means = [key for key in zero if key.endswith("running_mean")]
    assert len(means) == 8
    assert all((state[key] == 0).all() for state in (zero, random, folded) for key in means)
    assert all((known[key] != 0).any() for key in means)


def test_no_start_is_trained_with_batch_normalisation():
    """The statistics of every layer end as they began, while gamma and beta have moved."""
    data = digits(70)
    for start, net in _networks(TINY, data, 0, torch.device("cpu")):
        before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
        _trained(TINY, (0.002, start), net, (data, data), 0, Surroundings("cpu"))
        moved = {name for name, tensor in net.state_dict().items() if not torch.equal(tensor, before[name])}
        assert moved == {name for name, _ in net.named_parameters()}


def test_statistics_in_weights_are_the_same_function_and_train_otherwise():
    data = digits(60, dtype=torch.float64)
    net = frozen(resnet9(1, 10, seed=0, width=3, deepest=2, side=8, dtype=torch.float64), data.x)
    same = in_weights(net, data.x[:1])
    with torch.no_grad():
        torch.testing.assert_close(same(data.x), net(data.x))
        assert not torch.allclose(resnet9(1, 10, seed=0, width=3, deepest=2, side=8).double()(data.x), net(data.x))
    for one in (net, same):
        one(data.x).logsumexp(1).sum().backward()
    first, other = net[0].weight.grad, same[0].weight.grad
    scale = torch.sqrt(net[1].running_var + net[1].eps).reshape(-1, 1, 1, 1)
    torch.testing.assert_close(other, first * scale)
    flat = mlp([2, 4, 2], normalised=True, seed=0)
    batch = torch.randn(9, 2, generator=torch.Generator().manual_seed(0))
    in_weights(frozen(flat, batch), batch[:1])
    with pytest.raises(UnsupportedModuleError, match="No linear layer"):
        in_weights(frozen(nn.Sequential(nn.BatchNorm1d(2), flat), batch), batch[:1])


def test_rows_are_json_of_one_shape_and_repeat(tiny):
    assert json.loads(json.dumps(tiny)) == tiny
    assert len({tuple(row) for row in tiny}) == 1
    assert len(tiny) == 2 * 2 * len(STARTS) * 3
    assert tiny[: len(tiny) // 2] == run_seed(TINY, 0, Surroundings("cpu"))
    assert tiny[: len(tiny) // 2] != [row | {"seed": 0} for row in tiny[len(tiny) // 2 :]]
    starts = {row["start"]: row["accuracy"] for row in tiny if (row["seed"], row["epoch"]) == (0, 0)}
    assert starts["batch statistics"] == starts["statistics in weights"]


def test_it_goes_on_from_checkpoints_and_tells_how_far_it_is(tmp_path, tiny):
    class Stopped(Exception):
        pass

    def stop(text):
        if "random bias: epoch 1 " in text:
            raise Stopped

    with pytest.raises(Stopped):
        run_seed(TINY, 0, Surroundings("cpu", progress=stop, folder=tmp_path))
    told = []
    rows = run_seed(TINY, 0, Surroundings("cpu", progress=told.append, folder=tmp_path))
    assert rows == tiny[: len(tiny) // 2]
    assert told[0] == "rate 0.002, zero bias: going on after epoch 2 of 2"
    assert told[1] == "rate 0.002, random bias: going on after epoch 1 of 2"
    assert "rate 0.01, batch statistics: epoch 2 of 2" in told[-4] + told[-3]


def planted(gap, seeds, noise=0.01):
    """Runs in which batch statistics end `gap` above zero bias, give or take; other starts are equal to zero bias."""
    return [
        {
            "seed": seed,
            "learning_rate": 0.01,
            "start": start,
            "epoch": epoch,
            "loss": 1.0,
            "accuracy": 0.5 + 0.1 * (seed % 3) + (start == "batch statistics") * epoch * (gap + noise * (seed % 2)),
            "tested": 1000,
        }
        for seed in range(seeds)
        for start in STARTS
        for epoch in (0, 1)
    ]


def verdicts(rows):
    return {row["start"]: row["verdict"] for row in means_over_seeds(rows) if row["epoch"] == 1}


def test_a_difference_is_one_of_pairs_and_its_verdict_follows_the_interval():
    """Seeds differ by more than the starts do, so only pairs tell; two seeds tell nothing, and one has no interval."""
    assert verdicts(planted(0.1, 8)) == {
        "zero bias": None,
        "random bias": "inconclusive",
        "batch statistics": "better",
        "statistics in weights": "inconclusive",
    }
    assert verdicts(planted(-0.1, 8))["batch statistics"] == "worse"
    assert verdicts(planted(0.0, 8, noise=0.0))["batch statistics"] == "inconclusive"
    assert verdicts(planted(0.1, 2))["batch statistics"] == "inconclusive"
    (one,) = [row for row in means_over_seeds(planted(0.1, 1)) if row["start"] == "batch statistics" and row["epoch"]]
    assert (one["lower"], one["upper"], one["seeds"]) == (0.0, 1.0, 1)
    assert (one["difference_lower"], one["difference_upper"], one["verdict"]) == (-1.0, 1.0, "inconclusive")


def test_means_are_over_seeds_at_each_place(tiny):
    means = means_over_seeds(tiny)
    assert len(means) == len(tiny) // 2
    assert len({tuple(row) for row in means}) == 1
    assert json.loads(json.dumps(means)) == means
    for row in means:
        own = [one for one in tiny if all(one[part] == row[part] for part in ("learning_rate", "start", "epoch"))]
        assert row["accuracy"] == pytest.approx(sum(one["accuracy"] for one in own) / 2)
        assert 0 <= row["lower"] <= row["accuracy"] <= row["upper"] <= 1
        assert row["seeds"] == 2
        assert (row["difference"] is None) == (row["epoch"] < 2 or row["start"] == "zero bias")
    with pytest.raises(InputError, match="no rows"):
        means_over_seeds([])
    with pytest.raises(InputError, match="lacks"):
        means_over_seeds(tiny[:-1])
    with pytest.raises(InputError, match="lacks"):
        means_over_seeds([row for row in tiny if row["start"] != "random bias"])


def test_unusable_settings_are_refused():
    for rates in ((), (0.1, 0.1)):
        with pytest.raises(InputError, match="learning rates"):
            run_seed(Settings(learning_rates=rates), 0, Surroundings("cpu"))
    with pytest.raises(NonFiniteError, match="zero bias, seed 0: The loss"):
        run_seed(Settings(width=2, deepest=2, epochs=2, learning_rates=(1e20,)), 0, Surroundings("cpu"))


def test_the_picture_is_drawn_from_json_alone(tiny):
    head = EXPERIMENT.described(TINY, 2, "cpu")
    means = means_over_seeds(tiny)
    drawn = picture(head, means, tiny)
    assert drawn.startswith(b"<?xml")
    assert drawn == picture(json.loads(json.dumps(head)), json.loads(json.dumps(means)), json.loads(json.dumps(tiny)))
    for words in ("learning rate 0.002", *STARTS):
        assert f"<!-- {words}".encode() in drawn
    assert drawn != picture(head, [row | {"accuracy": 0.5} for row in means], tiny)
    with pytest.raises(ShapeError, match="0 learning rates"):
        picture(head, [], [])
