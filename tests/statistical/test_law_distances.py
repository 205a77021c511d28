"""Distances between laws, against scipy, closed forms and counting, for smooth, discrete and constant samples."""

from itertools import product
from math import inf, sqrt

import pytest

torch = pytest.importorskip("torch")

from scipy import stats  # noqa: E402

from polybn.errors import InputError, NonFiniteError, ShapeError  # noqa: E402
from polybn.statistical.claims.proposition_2 import Population, formula_values  # noqa: E402
from polybn.statistical.law_distances import (  # noqa: E402
    chi_square_law,
    effective_count,
    independent_law,
    kolmogorov,
    kolmogorov_between,
    kolmogorov_half_width,
    matched_law,
    normal_law,
    wasserstein,
)

DOUBLE = torch.float64


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed))


def tied(count, seed):
    return torch.randint(5, (count,), generator=torch.Generator().manual_seed(seed)).double()


@pytest.mark.parametrize("n", [1, 2, 7, 500])
@pytest.mark.parametrize("draw", [normal, tied])
def test_distances_are_those_of_scipy(n, draw):
    one, other = draw(n, seed=n), draw(2 * n + 1, seed=n + 1) * 1.3
    law = normal_law(0.2, 1.5)
    assert kolmogorov(one, law) == pytest.approx(stats.kstest(one.numpy(), "norm", (0.2, 1.5)).statistic, abs=1e-14)
    assert kolmogorov_between(one, other) == pytest.approx(stats.ks_2samp(one, other).statistic, abs=1e-14)
    assert wasserstein(one, other) == pytest.approx(stats.wasserstein_distance(one, other), abs=1e-13)


def test_chi_square_is_that_of_sums_of_squares():
    law = chi_square_law(6.0, 3)
    assert (law.mean, law.deviation) == (6.0, 6.0 * sqrt(2 / 3))
    places = torch.tensor([0.5, 4.0, 9.0], dtype=DOUBLE)
    expected = stats.chi2(3).cdf(places.numpy() / 2)
    assert law.up_to(places).tolist() == pytest.approx(expected.tolist(), abs=1e-14)
    assert law.below(places).equal(law.up_to(places))
    squares = 2 * normal(20_000, 3).square().sum(1)
    assert kolmogorov(squares, law) < kolmogorov_half_width(20_000, level=0.999)
    assert kolmogorov(squares, chi_square_law(6.0, 4)) > kolmogorov_half_width(20_000, level=0.999)


def test_quantiles_invert_the_distribution_function():
    shares = torch.tensor([0.01, 0.5, 0.9], dtype=DOUBLE)
    for law in (normal_law(-1.0, 3.0), chi_square_law(2.0, 0.5), chi_square_law(1.0, 20_000)):
        assert law.up_to(law.quantiles(shares)).tolist() == pytest.approx(shares.tolist(), abs=1e-9)
    assert normal_law(7.0, 0.0).quantiles(shares).tolist() == [7.0] * 3
    with pytest.raises(InputError, match="strictly between"):
        normal_law(0.0, 1.0).quantiles(torch.tensor([0.0, 0.5]))


def test_equal_spacing_has_half_a_step():
    """The midpoints of n equal shares are as near as n samples can be: 1 / 2n."""
    law = normal_law(0.0, 1.0)
    for n in (1, 4, 25):
        best = law.quantiles((torch.arange(n, dtype=DOUBLE) + 0.5) / n)
        assert kolmogorov(best, law) == pytest.approx(1 / (2 * n), abs=1e-12)


def test_all_mass_at_one_value():
    point = normal_law(2.0, 0.0)
    same, mixed = torch.full((9,), 2.0), torch.tensor([1.0, 2.0, 2.0, 5.0])
    assert kolmogorov(same, point) == 0
    assert kolmogorov(mixed, point) == 0.25
    assert kolmogorov(torch.tensor([3.0]), point) == kolmogorov(torch.tensor([1.0]), point) == 1
    assert kolmogorov(torch.tensor([1.0, 3.0, 3.0]), point) == pytest.approx(2 / 3)
    assert kolmogorov(same, normal_law(2.0, 1.0)) == 0.5
    for law in (chi_square_law(0.0, 5), chi_square_law(3.0, inf)):
        assert law.deviation == 0
        assert kolmogorov(torch.full((4,), law.mean), law) == 0
    assert wasserstein(same, torch.tensor([2.0])) == kolmogorov_between(same, torch.tensor([2.0])) == 0
    assert wasserstein(same, mixed) == 1.0


def test_wasserstein_of_a_shift_and_of_paired_samples():
    x, y = normal(300), normal(300, seed=1) * 2
    assert wasserstein(x, x + 3) == pytest.approx(3)
    assert wasserstein(x, y) == pytest.approx(float((x.sort().values - y.sort().values).abs().mean()))
    assert wasserstein(x, y) == wasserstein(y, x)


@pytest.mark.parametrize("n", [5, 200])
def test_the_band_holds_as_often_as_it_says_and_is_not_idle(n):
    half, law = kolmogorov_half_width(n, level=0.8), normal_law(0.0, 1.0)
    outside = sum(kolmogorov(row, law) > half for row in normal(1000, n, seed=n))
    assert 100 < outside <= 240  # 200 expected at most; 240 is three deviations above


def test_a_wrong_law_is_found_once_there_are_draws_enough():
    law, wide = normal_law(0.0, 1.0), normal(20_000) * 1.1
    assert kolmogorov(wide[:100], law) < kolmogorov_half_width(100, level=0.99)
    assert kolmogorov(wide, law) > kolmogorov_half_width(20_000, level=0.99)


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("values", [1, 3])
def test_matched_laws_have_the_moments_of_all_mini_batches(size, values):
    """Every mini-batch of four images, of one or three values each, is as likely."""
    images = normal(4, values, seed=values) ** 3
    images -= images.mean()
    every = torch.stack([images[list(places)].flatten() for places in product(range(4), repeat=size)])
    means, squares = images.mean(1), images.square().mean(1)
    for statistic, found in (("mean", every.mean(1)), ("variance", every.var(1, correction=0))):
        law = matched_law(statistic, means, squares, size)
        assert law.mean == pytest.approx(float(found.mean()), abs=1e-12)
        assert law.deviation == pytest.approx(float(found.std(correction=0)), rel=1e-9)
        other = independent_law(statistic, float(squares.mean()), size)
        same = statistic == "mean" and values == 1
        assert (law.deviation == pytest.approx(other.deviation, rel=0.02)) == same


def test_matched_laws_of_single_values_are_those_of_proposition_2():
    population = Population(normal(50, 1) ** 3)
    t = population.centred[:, 0]
    for statistic, formula in (("mean", "mean"), ("variance", "biased")):
        expected = float(formula_values(formula, population, 5))
        assert matched_law(statistic, t, t.square(), 5).deviation ** 2 == pytest.approx(expected)


@pytest.mark.parametrize("count", [2, 9])
def test_statistics_of_normal_values_have_the_independent_law(count):
    values, half = 3 * normal(20_000, count), kolmogorov_half_width(20_000, level=0.999)
    assert kolmogorov(values.mean(1), independent_law("mean", 9.0, count)) < half
    assert kolmogorov(values.var(1, correction=0), independent_law("variance", 9.0, count)) < half
    assert kolmogorov(values.var(1, correction=1), independent_law("variance", 9.0, count)) > half
    assert kolmogorov(values.mean(1), independent_law("mean", 9.0, count + 1)) > half


def test_images_that_are_all_alike_have_laws_without_spread():
    alike = torch.zeros(5, dtype=DOUBLE)
    assert matched_law("mean", alike, alike + 2, 4).deviation == 0
    assert matched_law("variance", alike, alike + 2, 4).quantiles(torch.tensor([0.3])).tolist() == [2.0]
    assert matched_law("variance", alike, alike, 4).mean == independent_law("variance", 0.0, 4).mean == 0


def test_bad_input():
    with pytest.raises(InputError, match="count is 1"):
        independent_law("variance", 1.0, 1)
    some = torch.ones(3, dtype=DOUBLE)
    for ask in (
        lambda: independent_law("median", 1.0, 3),
        lambda: matched_law("median", some, some, 3),
        lambda: effective_count("median", normal_law(0.0, 1.0), 1.0),
    ):
        with pytest.raises(InputError, match="'median' is no statistic here; write 'mean' or 'variance'"):
            ask()
    for statistic in ("mean", "variance"):
        with pytest.raises(InputError, match="size is 0"):
            matched_law(statistic, some, some, 0)
        for square in (-1, float("nan"), "x"):
            with pytest.raises(InputError, match="square is"):
                independent_law(statistic, square, 3)
    with pytest.raises(InputError, match="degrees of freedom"):
        chi_square_law(1.0, "x")
    with pytest.raises(ShapeError, match="one at least"):
        kolmogorov(torch.zeros(0), normal_law(0.0, 1.0))
    with pytest.raises(ShapeError, match=r"\(2, 2\)"):
        wasserstein(torch.zeros(2, 2), torch.zeros(2))
    with pytest.raises(NonFiniteError):
        kolmogorov_between(torch.tensor([0.0, inf]), torch.zeros(2))
    with pytest.raises(InputError, match="deviation is -1"):
        normal_law(0.0, -1.0)
    with pytest.raises(InputError, match="mean is nan"):
        normal_law(float("nan"), 1.0)
    with pytest.raises(InputError, match="above 0"):
        chi_square_law(1.0, 0)
    with pytest.raises(InputError, match="level"):
        kolmogorov_half_width(10, level=1.0)
    with pytest.raises(InputError, match="n is -1"):
        kolmogorov_half_width(-1, level=0.9)
