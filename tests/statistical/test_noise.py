"""Noise on batch statistics has the laws that it says, leaves everything else alone, and is measured in pairs."""

from contextlib import suppress
from itertools import product
from math import sqrt

import pytest

torch = pytest.importorskip("torch")

from scipy import stats  # noqa: E402

from polybn.errors import InputError  # noqa: E402
from polybn.plots.noise import picture  # noqa: E402
from polybn.statistical.enclosures.tracing import UnsupportedModuleError  # noqa: E402
from polybn.statistical.experiments import noise  # noqa: E402
from polybn.statistical.experiments.experiment import Surroundings  # noqa: E402
from polybn.statistical.modules.architectures import cnn, mlp  # noqa: E402
from polybn.statistical.training.batch_noise import disturbed  # noqa: E402

LIMIT = 1e-6
"""A right variant is refuted by a test of laws with this probability; the seeds are fixed."""


def normal(*shape, seed=0, spread=1.0):
    return spread * torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def layer(channels, **options):
    return torch.nn.BatchNorm1d(channels, eps=1e-12, **options).double().train()


def noisy(level, x, *, seed=0, counted="samples", net=None):
    net = net or layer(x.shape[1], affine=False)
    with disturbed(net, level, seed=seed, counted=counted):
        return net(x)


def statistics_used(x, y):
    """mu' and sigma' of each channel, from y = (x - mu') / sigma' at the first two samples."""
    deviation = (x[0] - x[1]) / (y[0] - y[1])
    return x[0] - deviation * y[0], deviation


def laws(x, y, level, count):
    """The p-values of the laws of (mu' - mu) / sigma and sigma'^2 / sigma^2, each against what they should be."""
    mean, deviation = statistics_used(x, y)
    mu, sigma = x.mean(0), x.std(0, correction=0)
    shift = (mean - mu) / sigma
    degrees = (count + 1) / level**2
    return (
        stats.kstest(shift.numpy(), stats.norm(0, level / sqrt(count - 1)).cdf).pvalue,
        stats.kstest(((deviation / sigma) ** 2 * degrees).numpy(), stats.chi2(degrees).cdf).pvalue,
    )


@pytest.mark.parametrize("level", [0.5, 1.0, 3.0])
def test_mean_and_variance_get_noise_of_the_stated_laws(level):
    x = normal(6, 20_000, spread=3.0)
    assert min(laws(x, noisy(level, x), level, 6)) > LIMIT


@pytest.mark.parametrize("planted", ["unscaled", "natural twice", "one degree less", "one draw for all channels"])
def test_the_laws_refute_wrong_variants(planted):
    """Noise that sigma does not scale; level 2 for level 1; chi-square of N; channels that share their draws."""
    x = normal(6, 20_000, spread=3.0)
    mu, sigma = x.mean(0), x.std(0, correction=0)
    xi = normal(1 if "all" in planted else 20_000, seed=1)
    if planted == "natural twice":
        y = noisy(2.0, x)
    elif planted == "one degree less":
        chi = torch.from_numpy(stats.chi2(6).rvs(20_000, random_state=2)) / 6
        y = (x - mu - sigma * xi / sqrt(5)) / (sigma * chi.sqrt())
    else:
        chi = torch.from_numpy(stats.chi2(7).rvs(20_000, random_state=2)) / 7
        y = (x - mu - (1 if planted == "unscaled" else sigma) * xi / sqrt(5)) / (sigma * chi.sqrt())
    assert min(laws(x, y, 1.0, 6)) < LIMIT


@pytest.mark.parametrize("level", [0.0, 1.0, 2.0])
def test_level_one_doubles_the_variances_over_normal_mini_batches(level):
    """Each channel is a mini-batch. Bounds of five standard errors, estimated from the sample."""
    count, many = 8, 200_000
    x = normal(count, many, spread=2.0)
    mean, deviation = statistics_used(x, noisy(level, x))
    for values, centre, natural in (
        (mean, 0.0, 4 / count),
        (deviation**2, 4 * (count - 1) / count, 16 * 2 * (count - 1) / count**2),
    ):
        squares = (values - centre) ** 2
        assert abs(values.mean() - centre) < 5 * values.std() / sqrt(many)
        assert abs(squares.mean() - (1 + level**2) * natural) < 5 * squares.std() / sqrt(many)
        if level:
            assert abs(squares.mean() - natural) > 5 * squares.std() / sqrt(many)


def test_draws_of_mean_and_variance_and_of_layers_and_steps_are_independent():
    x = normal(6, 20_000)
    mean, deviation = statistics_used(x, noisy(1.0, x))
    shift, scale = (mean - x.mean(0)) / x.std(0, correction=0), deviation / x.std(0, correction=0)
    other = statistics_used(x, noisy(1.0, x, seed=1))[0] - x.mean(0)
    with disturbed(net := layer(20_000, affine=False), 1.0, seed=0, step=1):
        later = statistics_used(x, net(x))[0] - x.mean(0)
    two = torch.nn.ModuleList([layer(20_000, affine=False), layer(20_000, affine=False)])
    with disturbed(two, 1.0, seed=0):
        first, second = (statistics_used(x, one(x))[0] - x.mean(0) for one in two)
    torch.testing.assert_close(first, mean - x.mean(0), rtol=0, atol=1e-12)
    for one, another in ((shift, scale), (first, other), (first, later), (first, second)):
        assert stats.pearsonr(one.numpy(), another.numpy()).pvalue > LIMIT


def outcome(net, x):
    """Output, gradients and running statistics of a training step."""
    made = net(x)
    grads = torch.autograd.grad(made.square().sum(), list(net.parameters()))
    return [made, *grads, *(buffer.clone() for buffer in net.buffers())]


@pytest.mark.parametrize("kind", ["mlp", "cnn"])
def test_level_zero_is_no_change_by_a_bit(kind):
    def fresh():
        net = mlp((6, 9, 7, 3), normalised=True, seed=0) if kind == "mlp" else cnn(1, 3, seed=0, width=2, side=8)
        for module in net.modules():
            module.train(not isinstance(module, torch.nn.Dropout))
        return net

    x = normal(*((16, 6) if kind == "mlp" else (16, 1, 8, 8))).float()
    plain = outcome(fresh(), x)
    with disturbed(net := fresh(), 0, seed=0):
        still = outcome(net, x)
    with disturbed(net := fresh(), 0.5, seed=0):
        moved = outcome(net, x)
    assert all(map(torch.equal, plain, still))
    assert not torch.equal(plain[0], moved[0])


def test_evaluation_is_untouched_and_the_net_is_as_before_even_after_an_error():
    net = mlp((6, 9, 7, 3), normalised=True, seed=0)
    x = normal(16, 6).float()
    plain = net(x)
    with disturbed(net, 3.0, seed=0):
        assert torch.equal(net(x), plain)
    net.train()
    plain = net(x)
    with suppress(ZeroDivisionError), disturbed(net, 3.0, seed=0):
        assert not torch.equal(net(x), plain)
        raise ZeroDivisionError
    assert torch.equal(net(x), plain)
    assert not any(module._forward_hooks for module in net.modules())


def test_running_statistics_of_the_first_layer_are_those_without_noise():
    plain, noised = (mlp((6, 9, 3), normalised=True, seed=0).train() for _ in range(2))
    x = normal(16, 6).float()
    plain(x)
    with disturbed(noised, 3.0, seed=0):
        noised(x)
    assert all(map(torch.equal, plain.buffers(), noised.buffers()))


@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("shape", [(7, 3), (5, 3, 4), (5, 3, 2, 2)])
def test_values_and_gradients_are_those_of_the_formula(shape, affine):
    """The noise is read off a pass with eps near 0, gamma = 1, beta = 0; the formula is then written out anew."""
    kind = torch.nn.BatchNorm2d if len(shape) == 4 else torch.nn.BatchNorm1d
    across, axes = (1, 3, *(1,) * (len(shape) - 2)), [axis for axis in range(len(shape)) if axis != 1]
    x = normal(*shape, spread=0.5).requires_grad_()
    y = noisy(2.0, x, net=kind(3, eps=1e-12, affine=False).double().train()).detach()
    flat, made = (part.detach().transpose(0, 1).flatten(1).T for part in (x, y))
    mean, deviation = statistics_used(flat, made)
    mu, sigma = flat.mean(0), flat.std(0, correction=0)
    shift, scale = ((mean - mu) / sigma).view(across), ((deviation / sigma) ** 2).view(across)
    net = kind(3, eps=0.1, affine=affine).double().train()
    gamma, beta = torch.tensor([0.0, -2.0, 0.5]).double(), torch.tensor([1.0, 0.0, -3.0]).double()
    if affine:
        net.weight.data.copy_(gamma)
        net.bias.data.copy_(beta)
        gamma, beta = net.weight, net.bias
    else:
        gamma, beta = torch.ones(3).double(), torch.zeros(3).double()
    mu, variance = x.mean(axes, keepdim=True), x.var(axes, correction=0, keepdim=True)
    centred = x - mu - shift * variance.sqrt()
    wanted = gamma.view(across) * centred / (variance * scale + 0.1).sqrt() + beta.view(across)
    found = noisy(2.0, x, net=net)
    torch.testing.assert_close(found, wanted)
    weights, at = normal(*shape, seed=3), [x, *net.parameters()]
    expected, had = (torch.autograd.grad((weights * part).sum(), at) for part in (wanted, found))
    for one, other in zip(expected, had, strict=True):
        torch.testing.assert_close(other, one)


def test_a_constant_channel_gets_no_noise_and_finite_gradients():
    x = torch.cat([torch.full((5, 1), 7.0), normal(5, 1).float()], dim=1).requires_grad_()
    y, plain = (noisy(level, x, net=torch.nn.BatchNorm1d(2).train()) for level in (4.0, 0.0))
    assert torch.equal(y[:, 0], plain[:, 0])
    assert not torch.equal(y[:, 1], plain[:, 1])
    y.square().sum().backward()
    assert x.grad.isfinite().all()
    assert not x.grad[:, 0].any()


def test_width_one_and_one_image():
    assert noisy(1.0, normal(2, 1)).isfinite().all()
    net = torch.nn.BatchNorm2d(1).double().train()
    assert noisy(1.0, normal(1, 1, 2, 2), net=net).isfinite().all()
    with pytest.raises(ValueError, match="more than 1 value"):
        noisy(1.0, normal(1, 1), net=layer(1))


def test_places_count_as_samples_only_when_asked():
    """With 4 places each, 2 images are N = 2 or N = 8."""
    x = normal(2, 20_000, 2, 2)
    flat = x.transpose(0, 1).flatten(1).T
    for counted, count in (("samples", 2), ("values", 8)):
        net = torch.nn.BatchNorm2d(20_000, eps=1e-12, affine=False).double().train()
        y = noisy(1.0, x, counted=counted, net=net).transpose(0, 1).flatten(1).T
        assert min(laws(flat, y, 1.0, count)) > LIMIT
        assert min(laws(flat, y, 1.0, 10 - count)) < LIMIT


def test_the_smallest_and_the_largest_level_have_finite_noise():
    """Also where the square of the level underflows, which is no noise up to rounding."""
    x = normal(7, 3)
    for level in (1e-160, 1e-200, 5e-324):
        assert torch.allclose(noisy(level, x), noisy(0.0, x), rtol=0, atol=1e-12)
    assert noisy(1000.0, x).isfinite().all()


def test_other_normalisations_and_levels_are_refused_by_name():
    x = normal(3, 2)
    for level in (-1, 1e300, 10**400, 1000.5, float("inf"), float("nan"), "1", True):
        with pytest.raises(InputError, match="noise level"):
            noisy(level, x)
    with pytest.raises(InputError, match="counted is 'pixels'"):
        noisy(1.0, x, counted="pixels")
    with pytest.raises(UnsupportedModuleError, match="no normalisation layer"):
        noisy(1.0, x, net=torch.nn.Sequential(torch.nn.Linear(2, 2)))
    net = torch.nn.Sequential(torch.nn.BatchNorm1d(2), torch.nn.BatchNorm3d(2))
    with pytest.raises(UnsupportedModuleError, match="'1' is of type BatchNorm3d"):
        noisy(1.0, x, net=net)
    assert not net[0]._forward_hooks


TINY = noise.Settings(levels=(2.0, 0.0), width=1, training=64, held_out=40, epochs=2, batch_size=16)


def test_the_experiment_repeats_itself_and_goes_on_from_checkpoints(tmp_path):
    """Stopped after the first epoch, then run to the end, then run again, which trains no more."""
    rows = noise.run_seed(TINY, 3, Surroundings(device="cpu"))
    assert [(row["level"], row["statistics"]) for row in rows] == list(product((2.0, 0.0), noise.STATISTICS))
    assert rows[0]["loss"] != rows[2]["loss"]

    def stop(text):
        if "epoch 1" in text:
            raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        noise.run_seed(TINY, 3, Surroundings("cpu", stop, tmp_path))
    for epochs in (1, 2):
        told = []
        assert noise.run_seed(TINY, 3, Surroundings("cpu", told.append, tmp_path)) == rows
        assert told[0] == f"level 2: going on after epoch {epochs} of 2"
    assert len(told) == 2
    other = noise.Settings(**{**vars(TINY), "counted": "values"})
    found = noise.run_seed(other, 3, Surroundings("cpu", folder=tmp_path))
    assert (found[0]["loss"] != rows[0]["loss"], found[2:]) == (True, rows[2:])


@pytest.mark.parametrize(
    "levels", [(), (1.0,), (0.0, 0.0), (0.0, -1.0), (0.0, float("nan")), (0.0, "1"), (0.0, 10**400)]
)
def test_levels_without_zero_or_out_of_range_are_refused(levels):
    with pytest.raises(InputError, match="levels"):
        noise.run_seed(noise.Settings(levels=levels), 0, Surroundings(device="cpu"))


def table(*effects, seeds=6, base=0.8, kinds=noise.STATISTICS[:1]):
    """Level 1, 2, ... adds its effect to the accuracy of a seed, which varies by 0.1, up to 0.004 from seed to seed."""
    return [
        {
            "seed": seed, "level": level, "statistics": kind, "tested": 500,
            "accuracy": base + seed / 50 + effect + (seed % 3) * level / 500,
        }
        for kind in kinds
        for seed in range(seeds)
        for level, effect in enumerate((0.0, *effects))
    ]  # fmt: skip


def test_each_kind_of_statistics_is_compared_with_its_own_level_0():
    running = table(-0.3)
    anew = [{**row, "statistics": noise.STATISTICS[1]} for row in table(0.02, base=0.5)]
    found = noise.means_over_seeds(running + anew)
    assert [(mean["statistics"], mean["verdict"]) for mean in found] == [
        ("running", "reference"),
        ("running", "lowers"),
        ("of the training set", "reference"),
        ("of the training set", "raises"),
    ]
    alone = noise.means_over_seeds(running)  # fewer intervals to hold together
    assert alone[1]["difference_lower"] > found[1]["difference_lower"]


def test_pairs_show_what_means_alone_would_not():
    found = noise.means_over_seeds(table(0.02, -0.02, -0.003))
    assert [mean["verdict"] for mean in found] == ["reference", "raises", "lowers", "inconclusive"]
    assert found[1]["lower"] < found[0]["accuracy"] < found[1]["upper"]
    few = noise.means_over_seeds(table(0.02, -0.02, seeds=1))
    assert [mean["verdict"] for mean in few] == ["reference", "inconclusive", "inconclusive"]
    assert [few[1][part] for part in ("lower", "upper", "difference_lower", "difference_upper")] == [0, 1, -1, 1]


def test_means_of_nothing_or_with_gaps_are_refused():
    for rows in ([], table(0.1)[:-1], [row for row in table(0.1) if row["level"]]):
        with pytest.raises(InputError):
            noise.means_over_seeds(rows)


def test_the_picture_shows_verdicts():
    rows = table(0.02, -0.02, kinds=noise.STATISTICS)
    head = {"settings": {"architecture": "cnn", "width": 1, "data": "digits"}, "seeds": 6}
    means = noise.means_over_seeds(rows)
    assert picture(head, means, rows) == picture(head, means, rows)
    assert picture(head, means, rows) != picture(head, means[:1], rows[:1])
    with pytest.raises(InputError, match="at least one row"):
        picture(head, [], [])
