"""Points of balls are uniform, reproducible, and inside as exact numbers."""

from fractions import Fraction

import pytest

torch = pytest.importorskip("torch")

from scipy import stats  # noqa: E402

from polybn.errors import InputError  # noqa: E402
from polybn.statistical.counting.balls import BLOCK, offsets, points_in_balls  # noqa: E402

CHANCE = 1e-3
"""Below this a p-value is taken for a wrong law; the seeds are fixed, and there are some ten such tests."""


def drawn(dimension, count, seed=0, chunk=1000):
    return torch.cat(list(offsets(dimension, count, seed=seed, chunk=chunk)))


def squared(vector):
    return sum(Fraction(entry) ** 2 for entry in vector.double().flatten().tolist())


@pytest.mark.parametrize(("dimension", "count"), [(1, 4000), (2, 4000), (7, 4000), (3072, 400)])
def test_radii_follow_r_to_the_n(dimension, count):
    radii = torch.linalg.vector_norm(drawn(dimension, count), dim=1).numpy()
    assert stats.kstest(radii**dimension, "uniform").pvalue > CHANCE
    assert stats.kstest(radii ** (dimension + 1), "uniform").pvalue < (CHANCE if dimension < 100 else 1)


def test_in_one_dimension_points_are_uniform_on_the_interval():
    assert stats.kstest(drawn(1, 5000)[:, 0].numpy(), stats.uniform(-1, 2).cdf).pvalue > CHANCE


def test_directions_in_the_plane_are_uniform_and_independent_of_the_radius():
    points = drawn(2, 100_000)
    angles = torch.atan2(points[:, 1], points[:, 0]).numpy()
    assert stats.kstest(angles, stats.uniform(-torch.pi, 2 * torch.pi).cdf).pvalue > CHANCE
    assert stats.spearmanr(abs(angles), torch.linalg.vector_norm(points, dim=1).numpy()).pvalue > CHANCE


def test_directions_in_many_dimensions_have_the_law_of_a_coordinate_on_the_sphere():
    points = drawn(50, 4000, seed=3)
    directions = points / torch.linalg.vector_norm(points, dim=1, keepdim=True)
    for axis in (0, 24, 49):
        assert stats.kstest((directions[:, axis] ** 2).numpy(), stats.beta(1 / 2, 49 / 2).cdf).pvalue > CHANCE
    covariance = directions.T @ directions / 4000 * 50
    assert (covariance - torch.eye(50)).abs().max() < 0.15


@pytest.mark.parametrize(("dimension", "count"), [(1, 300), (5, 200), (BLOCK // 3, 7), (BLOCK, 3)])
def test_the_chunk_and_the_count_change_no_number(dimension, count):
    whole = drawn(dimension, count)
    for chunk in (1, 2, 7, count):
        pieces = list(offsets(dimension, count, seed=0, chunk=chunk))
        assert max(map(len, pieces)) <= chunk
        assert torch.equal(torch.cat(pieces), whole)
    assert torch.equal(drawn(dimension, count - 1), whole[:-1])
    assert not torch.equal(drawn(dimension, count, seed=1), whole)


def test_the_same_seed_elsewhere_gives_other_numbers():
    weights = torch.randn(2000, 6, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    inside = weights[:, :4] / torch.linalg.vector_norm(weights, dim=1, keepdim=True)
    assert (drawn(4, 2000, seed=5) - inside).abs().min() > 0


def test_no_point_at_all():
    assert list(offsets(3, 0, seed=0, chunk=5)) == []


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("radius", [1e-300, 1e-17, 1e-9, 1e-3, 1.0, 1e6])
@pytest.mark.parametrize("dimension", [1, 4, 300])
def test_rounded_points_are_inside_the_closed_ball_exactly(dtype, radius, dimension):
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(5, dimension, dtype=dtype, generator=generator) * torch.tensor([[0], [1e-8], [1], [1], [1e4]])
    # On the boundary of the unit ball, where rounding leads out.
    at_boundary = torch.nn.functional.normalize(drawn(dimension, 10), dim=1) * (1 - 1e-15 * (dimension + 8))
    points = points_in_balls(centres.to(dtype), radius, at_boundary)
    for sample in points:
        for point, centre in zip(sample, centres.to(dtype), strict=True):
            exact = sum(
                (Fraction(a) - Fraction(b)) ** 2
                for a, b in zip(point.double().tolist(), centre.double().tolist(), strict=True)
            )
            assert exact <= Fraction(radius) ** 2
    if radius >= 1e-3:
        moved = torch.linalg.vector_norm((points[:, :4] - centres[:4].to(dtype)).double(), dim=2)
        assert moved.min() > 0.98 * radius


def test_unit_offsets_are_inside_exactly():
    assert all(squared(point) <= 1 for point in drawn(1, 500))
    assert all(squared(point) <= 1 for point in drawn(400, 50))


def test_shapes_follow_the_centres():
    centres = torch.zeros(4, 3, 5, 2)
    assert points_in_balls(centres, 0.5, drawn(30, 6)).shape == (6, 4, 3, 5, 2)


@pytest.mark.parametrize(
    "call",
    [
        lambda: offsets(0, 1, seed=0, chunk=1),
        lambda: offsets(1, -1, seed=0, chunk=1),
        lambda: offsets(1, 1, seed=0, chunk=0),
        lambda: offsets(1, 1, seed=-1, chunk=1),
        lambda: offsets(1, 1, seed=2**32, chunk=1),
        lambda: offsets(1, 1, seed=True, chunk=1),
        lambda: offsets(1.5, 1, seed=0, chunk=1),
        lambda: points_in_balls(torch.zeros(1, 2), 0.0, torch.zeros(1, 2)),
        lambda: points_in_balls(torch.zeros(1, 2), float("nan"), torch.zeros(1, 2)),
        lambda: points_in_balls(torch.zeros(1, 2), 1.0, torch.zeros(1, 3)),
        lambda: points_in_balls(torch.zeros(2), 1.0, torch.zeros(1, 2)),
    ],
)
def test_what_is_no_ball_or_no_count_is_refused(call):
    with pytest.raises(InputError, match=r"is needed|do not fit"):
        call()
