"""Training goes on from a checkpoint bit by bit, and is what SGD with a cosine decay is elsewhere."""

import os
from contextlib import contextmanager

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from polybn.errors import BatchError, FileFormatError, InputError, NonFiniteError, ShapeError  # noqa: E402
from polybn.statistical.datasets.dataset import Dataset  # noqa: E402
from polybn.statistical.modules.architectures import cnn, mlp  # noqa: E402
from polybn.statistical.seeds import generator  # noqa: E402
from polybn.statistical.training.training import Epoch, Recipe, accuracy, split, train  # noqa: E402


def plane(count, seed=0):
    """Points of the plane, labelled by the side of a line."""
    x = torch.randn(count, 2, generator=torch.Generator().manual_seed(seed))
    return Dataset("plane", x, (x.sum(1) > 0).long(), "drawn here")


def images(count, seed=0):
    x = torch.randn(count, 1, 8, 8, generator=torch.Generator().manual_seed(seed))
    return Dataset("images", x, (x.mean((1, 2, 3)) > 0).long(), "drawn here")


def network(seed=0, normalised=True):
    return mlp([2, 8, 2], normalised=normalised, seed=seed)


def convolutional():
    """Its dropout draws from torch's own generators."""
    return cnn(1, 2, seed=0, width=2, side=8)


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


class Stopped(Exception):
    pass


def stop_after(number):
    def told(text):
        if text.startswith(f"epoch {number} "):
            raise Stopped

    return told


RECIPE = Recipe(epochs=4, batch_size=16, learning_rate=0.05)


def test_a_separable_problem_is_learned_and_the_network_ends_in_evaluation_mode():
    net = network()
    epochs = train(net, plane(200), plane(100, seed=1), Recipe(epochs=8, batch_size=16), seed=0)
    assert [epoch.epoch for epoch in epochs] == list(range(9))
    assert epochs[-1].accuracy > 0.95 > epochs[0].accuracy
    assert epochs[-1].loss < epochs[0].loss
    assert epochs[-1].accuracy == accuracy(net, plane(100, seed=1))
    assert not any(layer.training for layer in net.modules())


def test_it_is_torchs_own_descent_with_its_own_cosine():
    recipe = Recipe(epochs=3, batch_size=16, learning_rate=0.1, momentum=0.8, weight_decay=0.01)
    data, net, other = plane(50), network(normalised=False), network(normalised=False)
    epochs = train(net, data, data, recipe, seed=5)
    optimiser = torch.optim.SGD(other.parameters(), lr=0.1, momentum=0.8, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=9)
    shuffles = generator(5, "shuffles")
    assert epochs[0].loss == pytest.approx(float(nn.functional.cross_entropy(other(data.x), data.y).detach()))
    for number in range(3):
        losses = []
        for chosen in torch.randperm(50, generator=shuffles).split(16)[:3]:
            optimiser.zero_grad()
            losses.append(nn.functional.cross_entropy(other(data.x[chosen]), data.y[chosen]))
            losses[-1].backward()
            optimiser.step()
            schedule.step()
        assert epochs[number + 1].loss == pytest.approx(float(sum(losses).detach()) / 3)
    for mine, theirs in zip(net.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("stop", [1, 3])
def test_an_interrupted_run_goes_on_bit_by_bit(tmp_path, stop):
    through, again = convolutional(), convolutional()
    whole_run = train(through, images(70), images(30, 1), RECIPE, seed=3)
    file = tmp_path / "run.pt"
    with pytest.raises(Stopped):
        train(again, images(70), images(30, 1), RECIPE, seed=3, checkpoint=file, progress=stop_after(stop))
    again, told = convolutional(), []
    torch.rand(10)  # moves torch's own generator, which must not matter
    resumed = train(again, images(70), images(30, 1), RECIPE, seed=3, checkpoint=file, progress=told.append)
    assert resumed == whole_run
    assert all(isinstance(epoch, Epoch) for epoch in resumed)
    assert same(again, through)
    assert told[0] == f"going on after epoch {stop} of 4"
    assert len(told) == 1 + 4 - stop
    # A finished run is read, not computed.
    finished = convolutional()
    assert train(finished, images(70), images(30, 1), RECIPE, seed=3, checkpoint=file) == whole_run
    assert same(finished, through)
    assert os.listdir(tmp_path) == ["run.pt"]


def test_the_seed_matters_through_the_shuffles_and_through_dropout():
    def trained(net, seed, size=16):
        train(net, images(70), images(30, 1), Recipe(epochs=1, batch_size=size, learning_rate=0.05), seed=seed)
        return net

    assert same(trained(convolutional(), 0), trained(convolutional(), 0))
    assert not same(trained(convolutional(), 0), trained(convolutional(), 1))

    def plain(net, seed):
        train(net, plane(40), plane(40), Recipe(epochs=1, batch_size=10), seed=seed)
        return net

    assert not same(plain(network(), 0), plain(network(), 1))


def test_a_checkpoint_of_another_run_is_not_used(tmp_path):
    data, test = plane(40), plane(40, 1)
    changes = {
        "seed": {"seed": 1},
        "recipe": {"recipe": Recipe(epochs=2, batch_size=8)},
        "weights": {"net": network(seed=1)},
        "data": {"training": plane(40, 2)},
        "test data": {"test": plane(40, 3)},
        "statistics": {"fixed_statistics": True},
    }
    for name, change in changes.items():
        file = tmp_path / f"{name}.pt"
        usual = {"net": network(), "training": data, "test": test, "recipe": Recipe(epochs=2, batch_size=16), "seed": 0}
        train(**usual, checkpoint=file)
        other = usual | {"net": network()} | change
        start = {key: value.clone() for key, value in other["net"].state_dict().items()}
        told = []
        found = train(**other, checkpoint=file, progress=told.append)
        assert told[0].endswith("run.pt is of another run and is not used; starting again".replace("run.pt", file.name))
        other["net"].load_state_dict(start)
        assert train(**other) == found


class Planted:
    """Unpickling it would make a file."""

    def __reduce__(self):
        return os.mkdir, ("planted",)


@pytest.mark.parametrize("kind", ["empty", "text", "cut", "changed", "list", "code"])
def test_a_broken_checkpoint_is_not_used(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    file, recipe, net = tmp_path / "run.pt", Recipe(epochs=2, batch_size=16), network()
    expected = train(network(), plane(40), plane(40, 1), recipe, seed=0, checkpoint=file)
    content = file.read_bytes()
    if kind in ("list", "code"):
        torch.save([1, 2] if kind == "list" else {"run": Planted(), "state": {}}, file)
    else:
        middle = len(content) // 2
        file.write_bytes(
            {
                "empty": b"",
                "text": b"no checkpoint",
                "cut": content[:middle],
                "changed": content[:100] + bytes(100) + content[200:],
            }[kind]
        )
    told = []
    assert train(net, plane(40), plane(40, 1), recipe, seed=0, checkpoint=file, progress=told.append) == expected
    assert told[0].endswith("is broken and is not used; starting again")
    assert not (tmp_path / "planted").exists()
    assert torch.load(file, weights_only=True)["state"]["epochs"][-1] == tuple(expected[-1])


def test_a_checkpoint_needs_a_place_before_anything_is_computed(tmp_path):
    with pytest.raises(InputError, match="no folder"):
        train(network(), plane(40), plane(40), RECIPE, seed=0, checkpoint=tmp_path / "none" / "run.pt")
    with pytest.raises((FileFormatError, InputError), match="is a folder"):
        train(network(), plane(40), plane(40), RECIPE, seed=0, checkpoint=tmp_path)


def test_torchs_own_generator_is_as_before():
    before = torch.get_rng_state()
    train(convolutional(), images(40), images(20), Recipe(epochs=1, batch_size=16, learning_rate=0.01), seed=0)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(("count", "size", "steps"), [(65, 16, 4), (64, 16, 4), (10, 16, 1), (1, 16, 1), (17, 16, 1)])
def test_short_batches_are_left_out_and_disturbances_are_around_training_alone(count, size, steps):
    entered, sizes, inside = [], [], []

    @contextmanager
    def disturb(step):
        entered.append(step)
        inside.append(True)
        yield
        inside.pop()

    net = network(normalised=False)
    net.register_forward_hook(lambda layer, args, _: sizes.append(len(args[0])) if inside else None)
    net.register_forward_hook(lambda layer, args, _: pytest.fail("outside") if layer.training != bool(inside) else None)
    train(net, plane(count), plane(20), Recipe(epochs=2, batch_size=size), seed=0, disturb=disturb)
    assert entered == list(range(2 * steps))
    assert sizes == [min(count, size)] * (2 * steps)


def test_statistics_move_with_training_unless_they_are_fixed():
    for fixed in (True, False):
        net = network()
        before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
        train(net, plane(40), plane(40), Recipe(epochs=1, batch_size=8), seed=0, fixed_statistics=fixed)
        moved = {name for name, tensor in net.state_dict().items() if not torch.equal(tensor, before[name])}
        assert {"1.weight", "1.bias", "0.weight"} <= moved
        assert ({"1.running_mean", "1.running_var"} <= moved) is not fixed
        assert ({"1.running_mean", "1.running_var"} & moved == set()) is fixed


def test_divergence_is_an_error_with_advice():
    with pytest.raises(NonFiniteError, match="learning_rate below 1e\\+30"):
        train(network(normalised=False), plane(40), plane(40), Recipe(epochs=3, learning_rate=1e30), seed=0)
    wild = network(normalised=False)
    with torch.no_grad():
        wild[0].weight.fill_(1e38)
        wild[2].weight.fill_(1e38)
    with pytest.raises(NonFiniteError, match="smaller weights"):
        train(wild, plane(40), plane(40), RECIPE, seed=0)


@pytest.mark.parametrize("wrong", [{"learning_rate": 1e39}, {"weight_decay": 1e39}])
def test_a_rate_that_the_float_type_does_not_hold_is_refused(wrong):
    (name,) = wrong
    with pytest.raises(NonFiniteError, match=f"{name} is 1e\\+39.*float32"):
        train(network(), plane(40), plane(40), Recipe(epochs=1, **wrong), seed=0)


def test_a_batch_that_has_no_variance_is_refused_and_constant_data_are_not():
    with pytest.raises(BatchError, match="at least two samples"):
        train(network(), plane(1), plane(20), RECIPE, seed=0)
    with pytest.raises(BatchError, match="batch_size=2"):
        train(network(), plane(20), plane(20), Recipe(batch_size=1), seed=0)
    constant = Dataset("constant", torch.ones(20, 2), torch.arange(20) % 2, "")
    epochs = train(mlp([2, 1, 2], normalised=True, seed=0), constant, constant, RECIPE, seed=0)
    assert epochs[-1].accuracy == 0.5
    assert [epoch.epoch for epoch in train(network(), plane(9), plane(9), Recipe(epochs=0), seed=0)] == [0]


def test_unusable_data_and_networks_are_refused():
    good, bare = plane(20), Dataset("bare", torch.ones(5, 2), None, "")
    with pytest.raises(InputError, match="bare has no labels"):
        train(network(), bare, good, RECIPE, seed=0)
    with pytest.raises(InputError, match="bare has no labels"):
        accuracy(network(), bare)
    with pytest.raises(InputError, match="float64 and the network"):
        train(network(), good.to(dtype=torch.float64), good, RECIPE, seed=0)
    with pytest.raises(InputError, match="no parameters to train"):
        train(network().requires_grad_(False), good, good, RECIPE, seed=0)
    third = Dataset("thirds", good.x, torch.arange(20) % 3, "")
    with pytest.raises(ShapeError, match="at least 3 classes"):
        train(network(), good, third, RECIPE, seed=0)
    with pytest.raises(InputError, match="seed"):
        train(network(), good, good, RECIPE, seed=-1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": -1},
        {"epochs": 1.0},
        {"batch_size": 0},
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"learning_rate": True},
        {"momentum": 1.0},
        {"momentum": -0.1},
        {"weight_decay": -1.0},
        {"weight_decay": float("inf")},
    ],
)
def test_a_recipe_is_checked(wrong):
    (name,) = wrong
    with pytest.raises(InputError, match=name):
        Recipe(**wrong)


def test_accuracy_counts_and_leaves_every_layer_in_its_mode():
    net = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Dropout(0.9), nn.BatchNorm1d(2))
    with torch.no_grad():
        net[0].weight.copy_(torch.eye(2))
    net.train()
    net[2].eval()
    data = Dataset("four", torch.tensor([[1.0, 0], [0, 1], [0, 1], [2, 2]]), torch.tensor([0, 1, 0, 0]), "")
    for chunk in (1, 3, 512):
        assert accuracy(net, data, chunk=chunk) == 0.75
    assert [layer.training for layer in net.modules()] == [True, True, True, False]
    with pytest.raises(InputError, match="chunk"):
        accuracy(net, data, chunk=0)


def test_a_split_keeps_every_sample_once_with_its_label():
    data = Dataset("numbers", torch.arange(30.0).reshape(30, 1), torch.arange(30), "counted")
    training, test = split(data, 7, seed=0)
    assert (len(training), len(test)) == (23, 7)
    assert sorted([*training.x[:, 0].tolist(), *test.x[:, 0].tolist()]) == list(range(30))
    for part in (training, test):
        assert torch.equal(part.x[:, 0].long(), part.y)
    assert torch.equal(split(data, 7, seed=0)[1].x, test.x)
    assert not torch.equal(split(data, 7, seed=1)[1].x, test.x)
    assert split(Dataset("bare", data.x, None, ""), 1, seed=0)[0].y is None
    for held_out in (0, 30, 2.0):
        with pytest.raises(InputError, match="held_out"):
            split(data, held_out, seed=0)
    with pytest.raises(InputError, match="held_out"):
        split(data.first(1), 1, seed=0)
