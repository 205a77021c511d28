"""Figure 7: the laws of a mini-batch's statistics, from rows to the picture, on tiny settings."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

from polybn.errors import BatchError, InputError, ShapeError  # noqa: E402
from polybn.plots.figure_7 import picture  # noqa: E402
from polybn.statistical.claims.proposition_2 import Population, population_of  # noqa: E402
from polybn.statistical.datasets.bundled import digits  # noqa: E402
from polybn.statistical.experiments.experiment import Surroundings  # noqa: E402
from polybn.statistical.experiments.figure_7 import (  # noqa: E402
    EXPERIMENT,
    FULL,
    Settings,
    controlled_statistics,
    images_of,
    means_over_seeds,
    run_seed,
    training_statistics,
)
from polybn.statistical.law_distances import (  # noqa: E402
    independent_law,
    kolmogorov,
    kolmogorov_half_width,
    matched_law,
)
from polybn.statistical.modules.architectures import cnn, mlp  # noqa: E402
from polybn.statistical.modules.initialisation import frozen  # noqa: E402

DOUBLE = torch.float64
TINY = Settings(width=1, epochs=1, held_out=1597, sizes=(2, 8), units=1, draws=60, quantiles=5)
HERE = Surroundings(device="cpu")


@pytest.fixture(scope="module")
def rows():
    return run_seed(TINY, 0, HERE) + run_seed(TINY, 1, HERE)


def picked(images, draws, size, seed=0):
    return torch.randint(images, (draws, size), generator=torch.Generator().manual_seed(seed))


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=DOUBLE, generator=torch.Generator().manual_seed(seed))


def test_every_case_has_a_row(rows):
    # Two seeds, networks and amounts of training, three kinds of layers, two sizes and statistics.
    assert len(rows) == 2 * 2 * 2 * 3 * 2 * 2
    assert len({tuple(row) for row in rows}) == 1
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    for row in rows:
        assert 0 < row["distance"] <= 1
        assert row["verdict"] == ("differs" if row["distance"] > row["half_width"] else "not distinguished")
        assert len(row["empirical_quantiles"]) == 5
        assert row["control_verdict"] == "not distinguished"
        if row["earlier"] == "frozen":
            assert row["count"] == row["batch_size"] * (4 if row["network"] == "cnn" else 1)


def test_the_same_seed_gives_the_same_rows(rows):
    again = run_seed(TINY, 1, Surroundings(device="cpu", progress=print))
    assert again == rows[len(rows) // 2 :]
    assert [row["distance"] for row in again] != [row["distance"] for row in rows[: len(rows) // 2]]


def test_in_the_first_layer_training_changes_nothing_and_in_the_last_it_does():
    x = digits(60, dtype=DOUBLE).x
    net = frozen(cnn(1, 2, seed=0, width=2, side=8, dropout=0.0, dtype=DOUBLE), x)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    places, same = picked(60, 12, 5), []
    for layer in ("1", "11"):
        images = images_of(population_of(net, x, layer), 60, 3)
        ours, theirs = images.statistics(places), training_statistics(net, x, places, layer, images)
        same.append([torch.allclose(ours[name], theirs[name], rtol=1e-9, atol=1e-12) for name in ("mean", "variance")])
    assert same == [[True, True], [False, False]]
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_training_statistics_are_those_that_torch_normalises_by():
    """A normalisation of momentum 1 keeps the last mini-batch's mean and unbiased variance."""
    x = digits(40, dtype=DOUBLE).x.flatten(1)
    net = frozen(mlp([64, 5, 4, 2], normalised=True, seed=0, dtype=DOUBLE), x)
    images = images_of(population_of(net, x, "4"), 40, 4)
    found = training_statistics(net, x, picked(40, 1, 6), "4", images)
    net[1].momentum = net[4].momentum = 1.0
    net.train()(x[picked(40, 1, 6)[0]])
    torch.testing.assert_close(found["mean"][0] + images.centre, net[4].running_mean)
    torch.testing.assert_close(found["variance"][0] * 6 / 5, net[4].running_var)


def test_dependent_places_are_told_from_independent_ones():
    """Places that share half of their variance: far fewer independent values than there are, and matched is right."""
    half, size = kolmogorov_half_width(4000, level=0.999), 64
    shared = normal(3000, 1, 1) + normal(3000, 9, 1, seed=1)
    for values, known in ((shared, False), (normal(3000, 9, 1, seed=2), True)):
        images = images_of(Population(values.reshape(-1, 1)), 3000, 1)
        assert images.places == 9
        drawn = images.statistics(picked(3000, 4000, size))
        for statistic in ("mean", "variance"):
            samples = drawn[statistic][:, 0]
            analytic = independent_law(statistic, float(images.square[0]), size * images.places)
            matched = matched_law(statistic, images.means[:, 0], images.squares[:, 0], size)
            assert (kolmogorov(samples, analytic) <= half) == known
            assert kolmogorov(samples, matched) <= half


def test_a_law_that_is_not_normal_is_found_at_small_sizes_only():
    images = images_of(Population(normal(3000, 1).square()), 3000, 1)
    half = kolmogorov_half_width(4000, level=0.999)
    far = [
        kolmogorov(
            images.statistics(picked(3000, 4000, size))["mean"][:, 0],
            independent_law("mean", float(images.square[0]), size),
        )
        for size in (2, 512)
    ]
    assert far[0] > half > far[1]


def test_controls_are_a_sample_of_the_analytic_law_and_of_no_other():
    half = kolmogorov_half_width(3000, level=0.999)
    found = controlled_statistics(6, 2, 3000, 0)
    for unit, statistic in ((0, "mean"), (1, "mean"), (0, "variance"), (1, "variance")):
        samples = found[statistic][:, unit]
        assert kolmogorov(samples, independent_law(statistic, 1.0, 6)) <= half
        assert kolmogorov(samples, independent_law(statistic, 1.0, 8)) > half


def test_constant_units_and_single_images_are_laws_without_spread():
    """The mean of equal numbers is theirs, without rounding."""
    constant = images_of(Population(torch.full((7, 1), 0.1, dtype=DOUBLE)), 7, 5)
    alone = images_of(Population(normal(4, 1)), 1, 1)
    for images in (constant, alone):
        drawn = images.statistics(picked(len(images.means), 20, 3))
        for statistic in ("mean", "variance"):
            law = matched_law(statistic, images.means[:, 0], images.squares[:, 0], 3)
            assert float(drawn[statistic].std(0)) < 1e-15
            assert law.deviation < 1e-15
    assert constant.centre.tolist() == [0.1]
    assert independent_law("mean", float(constant.square[0]), 3).deviation == 0


def test_means_add_up_rows(rows):
    means = means_over_seeds(rows)
    assert len(means) == 2 * 2 * 3 * 2 * 2
    assert len({tuple(row) for row in means}) == 1
    for mean in means:
        own = [row for row in rows if all(row[key] == mean[key] for key in list(mean)[:6])]
        assert (len(own), mean["units"], mean["seeds"]) == (2, 2, 2)
        assert mean["distance"] == pytest.approx((own[0]["distance"] + own[1]["distance"]) / 2)
        assert mean["distance_least"] == min(row["distance"] for row in own) <= mean["distance_largest"]
        assert mean["differs"] == sum(row["verdict"] == "differs" for row in own) / 2
        assert mean["control_differs"] == 0
    with pytest.raises(InputError, match="at least one seed"):
        means_over_seeds([])


def test_the_picture_is_drawn_from_rows_alone(rows):
    head = EXPERIMENT.described(TINY, 2, "cpu")
    given = json.loads(json.dumps(rows))
    made = picture(head, [], given)
    assert made == picture(head, means_over_seeds(rows), rows)
    assert ElementTree.fromstring(made).tag.endswith("svg")
    changed = [row | {"empirical_quantiles": [0.0] * 5} for row in given]
    assert made != picture(head, [], changed)
    others = [
        row | {"empirical_quantiles": [0.0] * 5}
        if row["seed"] or not row["epochs"] or row["earlier"] == "frozen"
        else row
        for row in given
    ]
    assert others != given
    assert made == picture(head, [], others)
    flat = [row | {name: [0.0] for name in row if name.endswith("quantiles")} for row in given]
    assert picture(head, [], flat).startswith(b"<?xml")
    with pytest.raises(ShapeError, match="at least one row"):
        picture(head, [], [])


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"networks": ("mlp", "vgg")}, InputError, "'mlp' and 'cnn'"),
        ({"sizes": ()}, InputError, "at least one"),
        ({"sizes": (1, 16)}, BatchError, "two or more"),
        ({"sizes": (16.0,)}, InputError, "a size is 16.0"),
        ({"draws": 0}, InputError, "draws is 0"),
        ({"epochs": -1}, InputError, "epochs is -1"),
        ({"level": 1.5}, InputError, "level"),
    ],
)
def test_bad_settings(changes, error, words):
    with pytest.raises(error, match=words):
        run_seed(replace(TINY, **changes), 0, HERE)


def test_one_draw_says_nothing():
    settings = replace(TINY, networks=("mlp",), epochs=0, sizes=(2,), draws=1, quantiles=1, units=100)
    found = run_seed(settings, 0, HERE)
    assert len(found) == 3 * 8 * 2  # all eight units there are
    assert {row["verdict"] for row in found} == {"not distinguished"}
    assert {row["half_width"] for row in found} == {1.0}


def test_full_asks_for_more():
    assert FULL.draws > Settings().draws
    assert EXPERIMENT.small == Settings()
