"""Data that need no download: shapes, ranges, seeds, moments; noise and standardisation against their definitions."""

import sys
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scipy import stats  # noqa: E402

from polybn.errors import InputError, NonFiniteError, ShapeError  # noqa: E402
from polybn.statistical.datasets.bundled import digits, patches  # noqa: E402
from polybn.statistical.datasets.dataset import Dataset  # noqa: E402
from polybn.statistical.datasets.moments import matched_noise, moments, standardised  # noqa: E402
from polybn.statistical.datasets.star import star  # noqa: E402

DOUBLE = torch.float64


def made(x, y=None):
    return Dataset("made", torch.as_tensor(x), y, "for a test")


# The data themselves


def test_the_star_without_noise_lies_on_its_curve():
    data = star(seed=0, noise=0, dtype=DOUBLE)
    angle = torch.atan2(data.x[:, 1], data.x[:, 0])
    assert data.x.shape == (50, 2)
    assert data.y is None
    torch.testing.assert_close(torch.linalg.vector_norm(data.x, dim=1), 1 + 0.4 * torch.cos(5 * angle))
    assert len({tuple(point) for point in data.x.tolist()}) == 50


def test_the_noise_of_the_star_is_normal_with_the_stated_deviation():
    moved = star(5000, seed=1, noise=0.3, dtype=DOUBLE).x - star(5000, seed=1, noise=0, dtype=DOUBLE).x
    assert stats.kstest((moved / 0.3).flatten().numpy(), "norm").pvalue > 0.01


def test_digits_are_sixteenths_in_the_order_of_scikit_learn():
    from sklearn.datasets import load_digits

    data = digits(dtype=DOUBLE)
    bundled = load_digits()
    assert data.x.shape == (1797, 1, 8, 8)
    assert torch.equal(16 * data.x.flatten(1), torch.from_numpy(bundled.data))
    assert torch.equal(data.y, torch.from_numpy(bundled.target))
    assert torch.equal(digits(7).x.double(), data.x[:7])


def test_every_patch_is_cut_from_the_photograph_that_its_label_names():
    from sklearn.datasets import load_sample_images

    photographs = [np.ascontiguousarray(image) for image in load_sample_images().images]
    data = patches(12, seed=3, dtype=DOUBLE)
    assert data.x.shape == (12, 3, 32, 32)
    assert set(data.y.tolist()) == {0, 1}
    windows = [np.lib.stride_tricks.sliding_window_view(image, (32, 32), axis=(0, 1)) for image in photographs]
    for patch, label in zip((255 * data.x).round().to(torch.uint8).numpy(), data.y.tolist(), strict=True):
        candidates = np.argwhere((windows[label][..., 0, 0] == patch[:, 0, 0]).all(axis=-1))
        assert any(np.array_equal(windows[label][row, column], patch) for row, column in candidates)


def test_every_place_in_either_photograph_is_equally_likely(monkeypatch):
    photographs = [
        np.arange(3 * 5 * 3, dtype=np.uint8).reshape(3, 5, 3),
        100 + np.arange(4 * 3 * 3, dtype=np.uint8).reshape(4, 3, 3),
    ]
    bundle = SimpleNamespace(load_sample_images=lambda: SimpleNamespace(images=photographs))
    monkeypatch.setattr("polybn.statistical.datasets.bundled._sklearn_datasets", lambda: bundle)
    data = patches(14_000, seed=0, side=2, dtype=DOUBLE)
    cut = {
        (number, image[row : row + 2, column : column + 2].transpose(2, 0, 1).tobytes())
        for number, image in enumerate(photographs)
        for row in range(image.shape[0] - 1)
        for column in range(image.shape[1] - 1)
    }
    pixels = (255 * data.x).round().to(torch.uint8).numpy()
    places = Counter((label, patch.tobytes()) for patch, label in zip(pixels, data.y.tolist(), strict=True))
    assert set(places) == cut
    assert len(places) == len(cut) == 14
    assert stats.chisquare(list(places.values())).pvalue > 0.01


def test_patches_reach_every_place_and_no_further():
    whole = patches(3, seed=0, side=427)  # as high as the photographs
    assert whole.x.shape == (3, 3, 427, 427)
    single = patches(4000, seed=0, side=1)
    assert abs(float(single.y.double().mean()) - 0.5) < 0.05
    with pytest.raises(InputError, match="from 1 to 427"):
        patches(3, seed=0, side=428)


@pytest.mark.parametrize(
    "draw", [star, lambda seed: patches(5, seed=seed), lambda seed: matched_noise(digits(5), seed=seed)]
)
def test_the_seed_alone_decides_the_numbers(draw):
    assert torch.equal(draw(seed=4).x, draw(seed=4).x)
    assert not torch.equal(draw(seed=4).x, draw(seed=5).x)
    before = torch.random.get_rng_state()
    torch.manual_seed(0)
    one = draw(seed=4).x
    torch.manual_seed(1)
    assert torch.equal(draw(seed=4).x, one)
    torch.random.set_rng_state(before)
    for wrong in (-1, 2**32, 0.5, True, None):
        with pytest.raises(InputError, match="The seed is"):
            draw(seed=wrong)


def test_two_kinds_of_draw_with_one_seed_do_not_share_their_numbers():
    moved = star(40, seed=2, noise=1, dtype=DOUBLE).x - star(40, seed=2, noise=0, dtype=DOUBLE).x
    law = moments(star(40, seed=9, dtype=DOUBLE))
    noise = (matched_noise(star(40, seed=9, dtype=DOUBLE), seed=2).x - law.mean) / law.deviation
    correlation = float(torch.corrcoef(torch.stack([moved.flatten(), noise.flatten()]))[0, 1])
    assert abs(correlation) < 0.4


@pytest.mark.parametrize("dtype", [torch.float32, DOUBLE])
def test_both_float_types(dtype):
    for data in (star(seed=0, dtype=dtype), digits(3, dtype=dtype), patches(3, seed=0, dtype=dtype)):
        assert data.x.dtype == dtype
        assert data.note
        if data.y is not None:
            assert data.y.dtype == torch.int64
            assert data.x.min() >= 0
            assert data.x.max() <= 1
        assert matched_noise(data, seed=0).x.dtype == dtype


# Moments, standardisation, matched noise


def test_moments_are_those_of_numpy_with_the_biased_variance():
    data = digits(dtype=DOUBLE)
    pixels = data.x.numpy()
    by_pixel, together = moments(data), moments(data, "all")
    np.testing.assert_allclose(by_pixel.mean, pixels.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(by_pixel.deviation, pixels.std(axis=0), rtol=1e-12)
    np.testing.assert_allclose([together.mean, together.deviation], [pixels.mean(), pixels.std()], rtol=1e-12)


def test_moments_do_not_depend_on_the_size_of_the_chunks(monkeypatch):
    whole = moments(digits(100))
    monkeypatch.setattr("polybn.statistical.datasets.moments.CHUNK", 64 * 7)
    parts = moments(digits(100))
    np.testing.assert_allclose(parts.mean, whole.mean, rtol=1e-14)
    np.testing.assert_allclose(parts.deviation, whole.deviation, rtol=1e-14)


@pytest.mark.parametrize("over", ["samples", "all"])
def test_standardised_data_have_mean_0_and_variance_1(over):
    data = patches(200, seed=0, side=4, dtype=DOUBLE)
    again = moments(standardised(data, over), over)
    assert float(again.mean.abs().max()) < 1e-12
    assert float((again.deviation - 1).abs().max()) < 1e-12
    assert standardised(data, over).y is data.y


def test_a_constant_entry_becomes_exactly_zero_though_its_mean_is_rounded():
    column = torch.full((3, 1), 0.1, dtype=DOUBLE)
    assert float(column.sum()) / 3 != 0.1  # the trap
    data = made(torch.cat([column, torch.arange(3, dtype=DOUBLE)[:, None]], dim=1))
    assert float(moments(data).deviation[0]) == 0
    assert torch.equal(standardised(data).x[:, 0], torch.zeros(3, dtype=DOUBLE))
    assert torch.equal(matched_noise(data, seed=0).x[:, 0], column[:, 0])


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_tiny_and_huge_numbers_keep_their_deviation(scale):
    data = made(torch.tensor([[1.0], [3.0]], dtype=DOUBLE) * scale)
    assert torch.allclose(standardised(data).x, torch.tensor([[-1.0], [1.0]], dtype=DOUBLE))


def test_an_overflow_is_refused():
    huge = made(torch.full((4, 1), 1e308, dtype=DOUBLE) * torch.tensor([[1.0], [1.0], [1.0], [0.5]], dtype=DOUBLE))
    with pytest.raises(NonFiniteError, match="overflows"):
        moments(huge)


def test_a_test_set_is_standardised_by_the_training_set():
    train, test = made(torch.tensor([[0.0], [2.0]])), made(torch.tensor([[5.0]]))
    assert moments(train).standardised(test).x.tolist() == [[4.0]]
    with pytest.raises(ShapeError, match="moments of data of that shape"):
        moments(train).standardised(digits(2))


@pytest.mark.parametrize("over", ["samples", "all"])
def test_noise_has_the_mean_and_variance_of_the_data(over):
    data = digits(400, dtype=DOUBLE)
    noise = matched_noise(data, 20_000, seed=0, over=over)
    wanted, found = moments(data, over), moments(noise, over)
    assert noise.x.shape == (20_000, 1, 8, 8)
    assert noise.y is None
    # Five standard errors; the other choice of moments is far outside them.
    error = 5 * wanted.deviation / 20_000**0.5 + 1e-15
    assert bool(((found.mean - wanted.mean).abs() <= error).all())
    assert bool(((found.deviation - wanted.deviation).abs() <= error).all())
    drawn = noise.x[:, 0, 4, 4].numpy()
    law = moments(data, over)
    mean, deviation = (float(part.flatten()[36 if over == "samples" else 0]) for part in (law.mean, law.deviation))
    assert stats.kstest((drawn - mean) / deviation, "norm").pvalue > 0.01


def test_the_two_ways_to_match_differ():
    data = digits(400, dtype=DOUBLE)
    constant = moments(data).deviation == 0
    assert bool(constant.any())
    assert float(matched_noise(data, seed=0).x[:, constant].std(0).max()) == 0
    assert float(matched_noise(data, seed=0, over="all").x[:, constant].std(0).min()) > 0


def test_noise_matched_to_one_sample_is_that_sample():
    data = digits(1)
    assert torch.equal(matched_noise(data, 3, seed=0).x, data.x.expand(3, -1, -1, -1))


# Refusals

VECTOR = torch.zeros(3, 2)


@pytest.mark.parametrize(
    ("x", "y", "error", "words"),
    [
        ([[1.0]], None, InputError, "of type list"),
        (torch.zeros(3, 2, dtype=torch.int64), None, InputError, "torch.int64"),
        (torch.zeros(3, 2, dtype=torch.float16), None, InputError, "torch.float16"),
        (torch.zeros(3), None, ShapeError, r"shape \(3,\)"),
        (torch.zeros(0, 2), None, ShapeError, r"shape \(0, 2\)"),
        (torch.tensor([[float("nan")]]), None, NonFiniteError, "NaN"),
        (VECTOR, torch.zeros(2, dtype=torch.int64), ShapeError, "3 samples"),
        (VECTOR, torch.zeros(3), InputError, "torch.float32"),
        (VECTOR, [0, 1, 2], InputError, "of type list"),
        (VECTOR, torch.tensor([0, -1, 0]), InputError, "label -1"),
    ],
)
def test_what_is_no_data_set_is_refused(x, y, error, words):
    with pytest.raises(error, match=words):
        Dataset("made", x, y, "for a test")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: star(0, seed=0), "count is 0"),
        (lambda: star(2.0, seed=0), "count is 2.0"),
        (lambda: star(seed=0, arms=0), "arms is 0"),
        (lambda: star(seed=0, depth=1), "depth is 1"),
        (lambda: star(seed=0, noise=float("nan")), "noise is nan"),
        (lambda: star(seed=0, noise=float("inf")), "noise is inf"),
        (lambda: star(seed=0, dtype=torch.float16), "dtype is torch.float16"),
        (lambda: digits(1798), "count=1797 or less"),
        (lambda: patches(0, seed=0), "count is 0"),
        (lambda: patches(10**9, seed=0), "polybn allows"),
        (lambda: matched_noise(digits(2), 10**12, seed=0), "polybn allows"),
        (lambda: moments(digits(2), "pixels"), "write 'samples'"),
    ],
)
def test_impossible_requests_say_what_to_write(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_without_scikit_learn_the_install_line_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    for call in (digits, lambda: patches(2, seed=0)):
        with pytest.raises(InputError, match=r"pip install 'polybn\[torch\]'"):
            call()


def test_first_and_to():
    data = digits(5).first(2).to(dtype=DOUBLE)
    assert len(data) == 2
    assert data.x.dtype == DOUBLE
    assert data.y.tolist() == digits(2).y.tolist()
    with pytest.raises(InputError, match="count=2 or less"):
        data.first(3)
