"""Learned against fixed gamma and beta: what is fixed stays so, and Student's interval holds as often as it says."""

import pytest

torch = pytest.importorskip("torch")

from polybn.errors import InputError, ShapeError  # noqa: E402
from polybn.plots.table_1 import picture  # noqa: E402
from polybn.statistical.datasets.bundled import digits  # noqa: E402
from polybn.statistical.datasets.dataset import Dataset  # noqa: E402
from polybn.statistical.experiments import table_1  # noqa: E402
from polybn.statistical.experiments.experiment import Surroundings  # noqa: E402
from polybn.statistical.experiments.image_training import network, read  # noqa: E402
from polybn.statistical.experiments.intervals import student  # noqa: E402
from polybn.statistical.modules.capture import normalisations_of  # noqa: E402
from polybn.statistical.training.training import Recipe, train  # noqa: E402

TINY = table_1.Settings(width=1, training=64, held_out=40, epochs=1, batch_size=16)


@pytest.mark.parametrize("architecture", ["cnn", "small_residual", "resnet9"])
def test_fixed_parameters_stay_and_learned_ones_move_from_the_same_start(architecture):
    data, test = read("digits", "", 64, 40, 0)
    learned, fixed = (network(architecture, data, 1, 0) for _ in range(2))
    table_1.fix(fixed)
    assert all(map(torch.equal, learned.state_dict().values(), fixed.state_dict().values()))
    for net in (learned, fixed):
        train(net, data, test, Recipe(epochs=1, batch_size=16), seed=0)
    for name, layer in normalisations_of(fixed).items():
        mine = learned.get_submodule(name)
        assert torch.equal(layer.weight, torch.ones_like(layer.weight))
        assert torch.equal(layer.bias, torch.zeros_like(layer.bias))
        assert not torch.equal(mine.weight, layer.weight)
        assert not torch.equal(mine.bias, layer.bias)
    assert not torch.equal(fixed[0].weight, network(architecture, data, 1, 0)[0].weight)


def test_fixing_resets_what_was_learned_and_leaves_layers_without_parameters():
    net = torch.nn.Sequential(torch.nn.BatchNorm1d(2), torch.nn.BatchNorm1d(2, affine=False), torch.nn.Linear(2, 2))
    source = torch.Generator().manual_seed(0)
    torch.nn.init.normal_(net[0].weight, generator=source)
    torch.nn.init.normal_(net[0].bias, generator=source)
    assert 1 not in net[0].weight.tolist()
    table_1.fix(net)
    assert net[0].weight.tolist() == [1, 1]
    assert net[0].bias.tolist() == [0, 0]
    assert [one.requires_grad for one in net.parameters()] == [False, False, True, True]


def test_the_experiment_repeats_itself_and_goes_on_from_checkpoints(tmp_path):
    rows = table_1.run_seed(TINY, 3, Surroundings(device="cpu"))
    assert [(row["architecture"], row["parameters"]) for row in rows] == [
        (architecture, parameters) for architecture in TINY.architectures for parameters in ("learned", "fixed")
    ]
    assert rows[0]["loss"] != rows[1]["loss"]
    for _ in range(2):
        told = []
        assert table_1.run_seed(TINY, 3, Surroundings("cpu", told.append, tmp_path)) == rows
    assert len(told) == 4
    assert all("going on after epoch 1" in one for one in told)


@pytest.mark.parametrize("architectures", [(), ("cnn", "cnn"), ("vgg",)])
def test_unknown_or_repeated_architectures_are_refused(architectures):
    with pytest.raises(InputError, match="architecture"):
        table_1.run_seed(table_1.Settings(architectures=architectures), 0, Surroundings(device="cpu"))


def test_digits_are_shuffled_by_the_seed_and_training_and_test_do_not_meet():
    training, test = read("digits", "", 10_000, 97, 1)
    assert (len(training), len(test)) == (1700, 97)
    assert len(read("digits", "", 5, 97, 1)[0]) == 5
    assert not torch.equal(read("digits", "", 5, 97, 2)[0].x, training.x[:5])
    every = torch.cat([training.x, test.x]).flatten(1)
    assert torch.equal(every.sum(0), digits().x.flatten(1).sum(0))
    with pytest.raises(InputError, match="'cifar'"):
        read("cifar", "nowhere", 5, 97, 1)


def test_networks_fit_the_images_and_refuse_sides_they_cannot_halve():
    x = torch.rand(2, 3, 12, 12, generator=torch.Generator().manual_seed(0))
    odd = Dataset("odd", x, torch.tensor([0, 4]), "")
    assert network("small_residual", odd, 2, 0)(odd.x).shape == (2, 5)
    with pytest.raises(ShapeError, match="multiple of 8"):
        network("cnn", odd, 2, 0)


@pytest.mark.parametrize("count", [2, 5])
def test_student_intervals_hold_as_often_as_they_say(count):
    """Of 4000 intervals of level 0.8 for normal values, 800 +- 130 (five deviations) miss; normal quantiles miss more.

    One deviation of the number that miss is sqrt(4000 * 0.2 * 0.8) = 25.3.
    """
    source = torch.Generator().manual_seed(count)
    drawn = (0.5 + torch.randn(4000, count, dtype=torch.float64, generator=source)).tolist()
    found = [student(values, level=0.8, step=0.0, lowest=-99.0, highest=99.0) for values in drawn]
    missed = sum(not lower <= 0.5 <= upper for _, lower, upper in found)
    assert abs(missed - 800) < 127
    factor = {2: 1.2816 / 3.0777, 5: 1.2816 / 1.5332}[count]
    narrow = sum(abs(mean - 0.5) > factor * (upper - mean) for mean, _, upper in found)
    assert narrow - 800 > 127


def test_one_seed_says_nothing_and_agreement_within_a_step_is_not_certainty():
    assert student([0.3], level=0.95, step=0.1, lowest=0.0, highest=1.0) == (0.3, 0.0, 1.0)
    mean, lower, upper = student([0.25, 0.25], level=0.95, step=0.001, lowest=0.0, highest=1.0)
    assert (mean, round(lower, 5), round(upper, 5)) == (0.25, 0.24102, 0.25898)
    assert student([0.99, 1.0], level=0.95, step=0.001, lowest=0.0, highest=1.0)[2] == 1


def table(learned, fixed, architecture="cnn"):
    return [
        {"seed": seed, "architecture": architecture, "parameters": name, "accuracy": value, "tested": 1000}
        for name, values in (("learned", learned), ("fixed", fixed))
        for seed, value in enumerate(values)
    ]


def test_verdicts_come_from_pairs():
    low, high = [0.5, 0.7, 0.9], [0.52, 0.721, 0.919]
    rows = [*table(high, low), *table(low, high, "resnet9"), *table([0.6, 0.7, 0.8], [0.7, 0.6, 0.85], "other")]
    found = table_1.means_over_seeds(rows)
    assert [mean["verdict"] for mean in found] == ["learned better", "fixed better", "no difference seen"]
    assert found[0]["learned_lower"] < found[0]["fixed"] < found[0]["learned_upper"]
    assert round(found[0]["difference"], 9) == 0.02
    alone = table_1.means_over_seeds(table(high, low))[0]
    assert alone["difference_lower"] > found[0]["difference_lower"]
    head = {"settings": {"width": 1, "data": "digits"}, "seeds": 3}
    assert picture(head, found, rows) == picture(head, found, rows)
    assert picture(head, found, rows) != picture(head, [alone], rows[:6])


def test_means_of_nothing_or_with_gaps_are_refused():
    for rows in ([], table([0.5, 0.6], [0.5]), table([0.5], [])):
        with pytest.raises(InputError):
            table_1.means_over_seeds(rows)
    with pytest.raises(ShapeError, match="at least one row"):
        picture({}, [], [])
