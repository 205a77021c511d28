"""Curves of crossings against the radius have bands that hold together, and a bracket around the truth."""

import pytest

torch = pytest.importorskip("torch")

from polybn.errors import InputError  # noqa: E402
from polybn.statistical.counting.crossing_curves import crossing_curves  # noqa: E402
from polybn.statistical.enclosures.tracing import trace  # noqa: E402

RADII = (0.01, 0.1, 1.0)


def network(width=20):
    torch.manual_seed(0)
    layers = [torch.nn.Linear(2, width), torch.nn.ReLU(), torch.nn.Linear(width, width), torch.nn.ReLU()]
    return trace(torch.nn.Sequential(*layers).double().eval())


def drawn(count, spread, seed=0):
    return spread * torch.randn(count, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_curves_rise_with_the_radius_and_lie_within_their_bands():
    near, far = crossing_curves(network(), {"near": drawn(60, 0.1), "far": drawn(60, 100.0)}, RADII, 40, seed=0)
    assert near.totals == far.totals == (20, 20)
    for curve in (near, far):
        assert curve.estimate.mean.shape == (3, 2)
        assert (curve.estimate.mean.diff(dim=0)[:, 0] >= 0).all()
        assert (curve.lower <= curve.estimate.lower).all()
        assert (curve.estimate.upper <= curve.upper).all()
    assert (near.estimate.mean[2] > far.estimate.mean[2]).all()
    assert (near.estimate.lower[2, 0] > far.estimate.upper[2, 0]).all()


def test_all_bands_hold_together_as_often_as_they_say_and_a_quarter_of_them_does_not():
    """The means of 100 000 points stand for the law's.

    With 3000 points a band of level 1 - 0.2 / 8 is 4.5 to 7.5 deviations either way. Half of it still holds nearly
    always, as the eight bands together are to fail in a fifth of the runs at most; a quarter must be noticed.
    """
    some = network(8), (0.1, 1.0), 5
    (whole,) = curves_of(*some, {"law": drawn(100_000, 0.5, seed=99)})
    mean, held, narrow = whole.estimate.mean, 0, 0
    for seed in range(40):
        (curve,) = curves_of(*some, {"some": drawn(3000, 0.5, seed)})
        band = curve.estimate
        held += bool(((band.lower <= mean) & (mean <= band.upper)).all())
        narrow += bool(((mean - band.mean).abs() <= (band.upper - band.lower) / 8).all())
        assert band.level == 1 - 0.2 / 8
    assert held >= 32
    assert narrow < 28


def curves_of(traced, radii, samples, points):
    return crossing_curves(traced, points, radii, samples, seed=0, level=0.8, chunk=20_000, bracket=False)


def test_progress_counts_all_balls():
    told = []
    points = {"one": drawn(5, 1.0), "two": drawn(3, 1.0)}
    crossing_curves(network(), points, RADII, 5, seed=0, chunk=32, progress=lambda *at: told.append(at))
    assert told[-1] == (24, 24)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_nothing_to_draw_is_refused():
    with pytest.raises(InputError, match="at least one"):
        crossing_curves(network(), {}, RADII, 5, seed=0)
    with pytest.raises(InputError, match="at least one"):
        crossing_curves(network(), {"one": drawn(5, 1.0)}, (), 5, seed=0)
