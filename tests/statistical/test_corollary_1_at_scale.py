"""Corollary 1 at scale: off a hyperplane is off the folded one, proven next to it; on it floats say "unsure"."""

import pytest

torch = pytest.importorskip("torch")

from polybn.claims.verdict import Status  # noqa: E402
from polybn.errors import InputError  # noqa: E402
from polybn.statistical.claims import corollary_1  # noqa: E402
from polybn.statistical.claims.corollary_1 import corollary_1_at_scale, hardly_off, judged  # noqa: E402
from polybn.statistical.claims.draws import all_normalizations, drawn  # noqa: E402
from polybn.statistical.datasets.star import star  # noqa: E402
from polybn.statistical.distances.brackets import Brackets, distance_brackets  # noqa: E402
from polybn.statistical.distances.queries import lengths  # noqa: E402
from polybn.statistical.enclosures.tracing import trace  # noqa: E402
from polybn.statistical.modules.architectures import mlp, resnet9  # noqa: E402
from polybn.statistical.modules.initialisation import frozen  # noqa: E402

DOUBLE = torch.float64


def data(count=30, seed=0):
    return star(count, seed=seed, dtype=DOUBLE).x


def network(widths=(2, 24, 24, 1), name="leaky_relu", seed=0):
    return trace(frozen(mlp(list(widths), name, normalised=True, seed=seed, dtype=DOUBLE), data()))


def queries_of(traced, count=20, seed=0):
    for part in drawn(traced, all_normalizations(traced), data(), count, seed=seed):
        yield part.queries(part.locations, 512, 64)


@pytest.mark.parametrize("name", ["leaky_relu", "relu", "abs"])
def test_no_draw_contradicts_it(name):
    result = corollary_1_at_scale(network((2, 12, 12, 1), name), data(), 40, seed=1)
    assert (result.claim, result.n, result.suspects) == ("corollary-1", 40, 0)
    assert result.unsure < 8
    assert result.status is Status.SAMPLED


def test_points_hardly_off_are_within_rounding_of_f_and_proven_off_it():
    close = 0
    for queries in queries_of(network()):
        moved = queries.at(hardly_off(queries, data()))
        brackets = distance_brackets(moved, data())
        kept, broken = judged(moved, brackets)
        assert not broken.any()
        assert kept.float().mean() > 0.8
        close += int((brackets.upper < 1e-6 * (1 + lengths(moved.points))).sum())
    assert close > 10


def test_on_f_as_far_as_floats_can_tell_is_unsure():
    unsure = 0
    for queries in queries_of(network()):
        points = hardly_off(queries, data())
        for _ in range(3):
            value, slope = queries.at(points).slopes(points)
            points = points - (value / lengths(slope) ** 2)[:, None] * slope
        on = queries.at(points)
        assert not on.margins(points, on.which).any()
        kept, broken = judged(on, distance_brackets(on, data()))
        assert not (kept | broken).any()
        unsure += len(points)
    assert unsure == 20


def test_planted_brackets_are_found_out(monkeypatch):
    """Bounds that exclude each other; a distance 0 off the hyperplane."""
    (queries, *_) = queries_of(network())
    good = distance_brackets(queries, data())
    crossed = Brackets(2 * good.upper, good.upper)
    zero = Brackets(torch.zeros_like(good.lower), torch.zeros_like(good.upper))
    for wrong in (crossed, zero):
        kept, broken = judged(queries, wrong)
        assert broken.all()
        assert not kept.any()
    monkeypatch.setattr(corollary_1, "distance_brackets", lambda asked, _: Brackets(0 * asked.levels, 0 * asked.levels))
    result = corollary_1_at_scale(network(), data(), 10, seed=0)
    assert result.suspects == 10
    assert result.status is Status.UNDECIDED


def test_images_have_records_too_and_one_sample_is_unsure():
    images = torch.randn(6, 3, 8, 8, dtype=DOUBLE, generator=torch.Generator().manual_seed(0))
    net = trace(frozen(resnet9(3, 2, seed=0, width=2, side=8, dtype=DOUBLE), images))
    result = corollary_1_at_scale(net, images, 4, seed=0)
    assert (result.n, result.suspects) == (4, 0)
    assert result.unsure < 3
    alone = trace(frozen(mlp([2, 3, 3, 1], normalised=True, seed=0, dtype=DOUBLE), data()[:1]))
    # mu is the only sample's own projection: it is on every hyperplane, up to rounding.
    found = corollary_1_at_scale(alone, data()[:1], 6, seed=0)
    assert (found.n, found.suspects) == (6, 0)
    assert found.unsure >= 3


def test_the_same_seed_gives_the_same_record():
    traced, told = network((2, 6, 6, 1)), []
    first = corollary_1_at_scale(traced, data(), 10, seed=2, progress=lambda *at: told.append(at))
    assert first == corollary_1_at_scale(traced, data(), 10, seed=2, chunk=64)
    assert told[-1] == (10, 10)


def test_bad_input_is_named():
    with pytest.raises(InputError, match="no normalisation"):
        corollary_1_at_scale(trace(mlp([2, 3, 1], normalised=False, seed=0, dtype=DOUBLE)), data(), 5, seed=0)
    with pytest.raises(InputError, match="float64"):
        corollary_1_at_scale(network(), data().float(), 5, seed=0)
