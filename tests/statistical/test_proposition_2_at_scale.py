"""Proposition 2 by resampling: which formula a data set's mini-batches follow, against enumeration and known laws."""

from itertools import product

import pytest

torch = pytest.importorskip("torch")

from polybn.errors import BatchError, InputError, NonFiniteError, ShapeError  # noqa: E402
from polybn.statistical.claims.proposition_2 import Population, formula_values, population_of, resampled  # noqa: E402
from polybn.statistical.datasets.bundled import digits  # noqa: E402
from polybn.statistical.modules.architectures import cnn, mlp  # noqa: E402
from polybn.statistical.modules.capture import captured  # noqa: E402
from polybn.statistical.modules.initialisation import frozen  # noqa: E402

DOUBLE = torch.float64
STATISTICS = {"mu": "mean", "biased": "biased", "unbiased": "unbiased"}


def population(*columns):
    return Population(torch.tensor(columns, dtype=DOUBLE).T)


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def pixels():
    x = digits(dtype=DOUBLE).x.flatten(1)
    return x / x.abs().max()


@pytest.fixture(scope="module")
def net(pixels):
    return frozen(mlp([64, 16, 16, 1], "leaky_relu", normalised=True, seed=0, dtype=DOUBLE), pixels)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_formulas_against_all_mini_batches(size):
    given = population((0.0, 1.0, 5.0, 5.0), (2.0, 2.0, 2.0, 2.0), (-1.0, 1.0, -1.0, 1.0))
    members = given.projections
    samples = torch.stack([members[list(places)] for places in product(range(4), repeat=size)])
    laws = {"mean": samples.mean(1), "biased": samples.var(1, correction=0), "unbiased": samples.var(1, correction=1)}
    for formula, values in laws.items():
        torch.testing.assert_close(formula_values(formula, given, size), values.var(0, correction=0))


@pytest.mark.parametrize("layer", ["1", "4"])
@pytest.mark.parametrize("size", [2, 4])
def test_the_biased_formula_is_accepted_and_the_literal_one_rejected(net, pixels, layer, size):
    given = population_of(net, pixels, layer, chunk=500)
    law = resampled(given, "biased", size=size, batches=60_000, seed=0)
    assert law.accepted("biased").all()
    assert not law.accepted("unbiased").any()
    assert float(law.scores("biased").abs().max()) < 5
    assert float(law.scores("unbiased").abs().min()) > 20
    torch.testing.assert_close(law.band.mean, formula_values("biased", given, size), rtol=0.1, atol=0.0)


@pytest.mark.parametrize("statistic", ["mu", "unbiased"])
def test_the_other_laws_are_as_stated(net, pixels, statistic):
    given = population_of(net, pixels, "4")
    law = resampled(given, statistic, size=3, batches=40_000, seed=1)
    right = STATISTICS[statistic]
    assert law.accepted(right).all()
    assert not law.accepted({"mean": "biased", "unbiased": "biased"}[right]).all()
    assert float(law.scores(right).abs().max()) < 5


def test_intervals_hold_all_units_together():
    # 20 units at level 0.5: half of the populations must hold altogether; these intervals are wider than that.
    held = 0
    for seed in range(20):
        given = Population(normal(50, 20, seed=seed) ** 3)
        held += bool(resampled(given, "biased", size=2, batches=200, seed=seed, level=0.5).accepted("biased").all())
    assert held >= 18


def test_a_wrong_population_is_noticed():
    given, other = Population(normal(400, 4)), Population(normal(400, 4) * 1.3)
    law = resampled(given, "mu", size=4, batches=40_000, seed=0)
    wrong = formula_values("mean", other, 4)
    assert not ((law.band.lower <= wrong) & (wrong <= law.band.upper)).any()
    assert law.accepted("mean").all()


def test_the_chunk_changes_nothing_and_the_seed_does():
    given = Population(normal(30, 3))
    one, other = (resampled(given, "biased", size=3, batches=500, seed=4, chunk=chunk) for chunk in (500, 7))
    torch.testing.assert_close(one.band.mean, other.band.mean, rtol=1e-12, atol=0.0)
    assert not torch.equal(one.band.mean, resampled(given, "biased", size=3, batches=500, seed=5).band.mean)


def test_constant_units_have_laws_without_spread():
    law = resampled(population((3.0,) * 5, (0.1,) * 5), "biased", size=2, batches=100, seed=0)
    assert law.accepted("biased").all()
    assert float(law.band.upper.max()) < 1e-20


def test_patches_of_a_convolution_are_members():
    images = normal(6, 1, 8, 8)
    module = frozen(cnn(1, 2, seed=0, width=4, side=8, dtype=DOUBLE), images)
    name, inputs = next((one.name, one.inputs) for one in captured(module, images))
    found = population_of(module, images, name).projections
    assert found.shape == (6 * 64, 4)
    torch.testing.assert_close(found.mean(0), inputs.mean((0, 2)))
    torch.testing.assert_close(found[65], inputs[1, :, 1])


def test_bad_input(net, pixels):
    given = Population(normal(5, 2))
    with pytest.raises(BatchError, match="size=2"):
        resampled(given, "biased", size=1, batches=10, seed=0)
    with pytest.raises(InputError, match="'mu', 'biased' or 'unbiased'"):
        resampled(given, "median", size=2, batches=10, seed=0)
    for formula in ("nonsense", "variance", None):
        with pytest.raises(InputError, match="write 'mean', 'biased' or 'unbiased'"):
            formula_values(formula, given, 3)
    law = resampled(given, "biased", size=2, batches=10, seed=0)
    for ask in (law.accepted, law.scores):
        with pytest.raises(InputError, match="'nonsense' is no formula"):
            ask("nonsense")
    for formula, size in (("mean", 0), ("biased", 1), ("unbiased", 1), ("unbiased", 2.5)):
        with pytest.raises(InputError, match=f"size is {size}"):
            formula_values(formula, given, size)
    assert torch.equal(formula_values("mean", given, 1), given.square)
    with pytest.raises(InputError, match="No normalisation '2' runs; those that do are 1, 4"):
        population_of(net, pixels[:5], "2")
    with pytest.raises(ShapeError, match="float64"):
        Population(torch.zeros(3, 2))
    with pytest.raises(NonFiniteError):
        population((1.0, float("nan")))
