"""Bounds on rates and means hold as often as their level says, and say nothing where nothing is known."""

import pytest

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402
from scipy import stats  # noqa: E402

from polybn.errors import InputError  # noqa: E402
from polybn.statistical.concentration import bonferroni, lower_rate, mean_band, upper_rate  # noqa: E402


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_the_upper_bound_covers_every_rate_as_often_as_it_says(level, n):
    bounds = np.array([upper_rate(count, n, level=level) for count in range(n + 1)])
    rates = np.concatenate([np.linspace(0, 1, 401), bounds - 1e-7, np.clip(bounds + 1e-7, 0, 1)])
    for rate in rates[rates >= 0]:
        chances = stats.binom.pmf(np.arange(n + 1), n, rate)
        assert chances[bounds >= rate].sum() >= level - 1e-6


def test_the_upper_bound_is_sharp():
    for count, n in ((0, 30), (3, 30), (29, 30), (1000, 10**6)):
        bound = upper_rate(count, n, level=0.95)
        assert stats.binom.cdf(count, n, bound) == pytest.approx(0.05, rel=1e-5)


def test_nothing_seen_and_nothing_asked():
    assert upper_rate(0, 0, level=0.95) == 1
    assert lower_rate(0, 0, level=0.95) == 0
    assert upper_rate(5, 5, level=0.95) == 1
    assert lower_rate(0, 5, level=0.95) == 0
    assert upper_rate(0, 10**9, level=0.95) == pytest.approx(-np.log(0.05) / 1e9)
    assert upper_rate(0, 59, level=0.95) < 0.05 < upper_rate(0, 58, level=0.95)


def test_lower_and_upper_bounds_mirror_each_other():
    for count in range(8):
        assert lower_rate(count, 7, level=0.9) == pytest.approx(1 - upper_rate(7 - count, 7, level=0.9))
        assert lower_rate(count, 7, level=0.9) <= count / 7 <= upper_rate(count, 7, level=0.9)


@pytest.mark.parametrize("method", ["bernstein", "hoeffding"])
@pytest.mark.parametrize("rate", [0.01, 0.3, 0.5])
def test_bands_hold_the_mean_as_often_as_they_say(method, rate):
    generator = torch.Generator().manual_seed(0)
    draws = 10 * (torch.rand(60, 3000, generator=generator, dtype=torch.float64) < rate).double()
    band = mean_band(draws, 0, 10, level=0.9, method=method)
    held = ((band.lower <= 10 * rate) & (10 * rate <= band.upper)).double().mean()
    assert held >= 0.9
    assert (band.upper - band.lower).mean() < 10


def test_bernstein_is_the_narrower_one_for_values_that_vary_little():
    values = 50 + torch.linspace(-1, 1, 500)
    bernstein, hoeffding = (mean_band(values, 0, 100, level=0.95, method=name) for name in ("bernstein", "hoeffding"))
    assert bernstein.upper - bernstein.lower < (hoeffding.upper - hoeffding.lower) / 2
    ends = torch.tensor([0.0, 100.0]).repeat(250)
    bernstein, hoeffding = (mean_band(ends, 0, 100, level=0.95, method=name) for name in ("bernstein", "hoeffding"))
    assert bernstein.upper - bernstein.lower > hoeffding.upper - hoeffding.lower


def test_widths_by_hand():
    values = torch.tensor([0.0, 0.0, 1.0, 1.0], dtype=torch.float64).repeat(100)
    band = mean_band(values, 0, 1, level=0.95, method="hoeffding")
    assert float(band.upper) == pytest.approx(0.5 + np.sqrt(np.log(40) / 800))
    band = mean_band(values, 0, 1, level=0.95)
    half = np.sqrt(2 * (100 / 399) * np.log(80) / 400) + 7 * np.log(80) / (3 * 399)
    assert float(band.lower) == pytest.approx(0.5 - half)


def test_few_draws_give_the_whole_range():
    for values, method in ((torch.zeros(0, 3), "hoeffding"), (torch.zeros(1, 3), "bernstein")):
        band = mean_band(values, 0, torch.tensor([1.0, 2.0, 3.0]), level=0.95, method=method)
        assert band.lower.tolist() == [0, 0, 0]
        assert band.upper.tolist() == [1, 2, 3]
        assert band.n == len(values)


def test_bonferroni_shares_the_risk():
    assert bonferroni(0.95, 1) == 0.95
    assert 1 - bonferroni(0.9, 50) == pytest.approx(0.1 / 50)


@pytest.mark.parametrize(
    "call",
    [
        lambda: upper_rate(3, 2, level=0.95),
        lambda: upper_rate(-1, 2, level=0.95),
        lambda: upper_rate(0, 2, level=95),
        lambda: upper_rate(0, 2, level=1.0),
        lambda: mean_band(torch.tensor([2.0]), 0, 1, level=0.95),
        lambda: mean_band(torch.tensor([float("nan")]), 0, 1, level=0.95),
        lambda: mean_band(torch.tensor([0.5]), 0, 1, level=0.95, method="normal"),
        lambda: bonferroni(0.95, 0),
        lambda: bonferroni(0.95, 1.5),
        lambda: bonferroni(0.95, "a"),
        lambda: bonferroni(0.95, True),
    ],
)
def test_what_gives_no_bound_is_refused(call):
    with pytest.raises(InputError, match=r"need|write|give"):
        call()
