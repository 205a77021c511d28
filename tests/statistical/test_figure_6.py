"""Figure 6: rows, their means, and what a boundary that does not move, or moves the other way, gives."""

import json

import pytest

torch = pytest.importorskip("torch")

from dataclasses import replace  # noqa: E402

from polybn.errors import InputError, ShapeError  # noqa: E402
from polybn.plots.figure_6 import picture  # noqa: E402
from polybn.statistical.experiments import figure_6  # noqa: E402
from polybn.statistical.experiments.experiment import Surroundings  # noqa: E402
from polybn.statistical.experiments.figure_6 import EXPERIMENT, Settings, means_over_seeds, run_seed  # noqa: E402

TINY = Settings(width=4, training=128, held_out=64, epochs=3, sizes=(4, 64), batches=12, points=200, drawn=2)


@pytest.fixture(scope="module")
def rows():
    return run_seed(TINY, 0, Surroundings(device="cpu"))


def made(size, share, count=4000, seed=0, unsure=0.0, accuracy=1.0):
    """Rows of mini-batches that all disagree as much."""
    known = {"seed": seed, "batch_size": size, "disagreement": share, "unsure": unsure, "accuracy": accuracy}
    return [{**known, "batch": number} for number in range(count)]


# Rows


def test_rows_are_json_of_the_same_columns_and_the_same_for_the_same_seed(rows):
    told = []
    again = run_seed(TINY, 0, Surroundings(device="cpu", progress=told.append))
    assert json.loads(json.dumps(rows)) == rows == again
    assert told
    assert {tuple(row) for row in rows} == {tuple(rows[0])}
    assert [row["batch"] for row in rows if row["batch_size"] == 4] == list(range(12))
    assert run_seed(replace(TINY, batches=3), 1, Surroundings(device="cpu"))[1:3] != rows[1:3]


def test_all_data_and_the_first_mini_batches_have_a_boundary(rows):
    drawn = [row for row in rows if row["pieces"]]
    assert [(row["batch_size"], row["batch"]) for row in drawn] == [
        (128, -1), *((size, number) for size in (4, 64) for number in range(2)),
    ]  # fmt: skip
    assert all(row["method"].startswith("exact") and row["not_sure"] == 0 for row in drawn)
    assert len(rows[0]["points"]) == 128
    assert {mark[2] for mark in rows[0]["points"]} == {0, 1}


def test_each_disagreement_lies_in_its_interval(rows):
    for row in rows[1:]:
        assert row["lower"] <= row["disagreement"] <= row["upper"]
        assert row["unsure"] == 0
        assert row["upper"] - row["lower"] < 0.2
    assert max(row["disagreement"] for row in rows) > 0.02


def test_the_disagreement_is_the_area_where_two_networks_tell_different_classes():
    """f = x0 against f = x0 - 1/2 on [-3, 3]^2: a strip of a twelfth."""
    first, second = (torch.nn.Linear(2, 1).double().eval() for _ in range(2))
    for net, bias in ((first, 0.0), (second, -0.5)):
        net.weight.data[:] = torch.tensor([1.0, 0.0])
        net.bias.data[:] = bias
    points = 3 * (2 * torch.rand(20_000, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) - 1)
    signs = figure_6.margin(first).asked(points)[0] * figure_6.margin(second).asked(points)[0]
    found = figure_6._counted(signs)
    assert found["lower"] < 1 / 12 < found["upper"]
    assert found["upper"] - found["lower"] < 0.01
    unsure = figure_6._counted(torch.tensor([0, 0, -1, 1], dtype=torch.int8))
    assert (unsure["disagreement"], unsure["unsure"]) == (0.25, 0.5)
    assert figure_6._counted(torch.zeros(5, dtype=torch.int8))["upper"] == 1


def test_all_training_data_as_the_mini_batch_changes_nothing():
    """Statistics in another order of the samples: no point of the sample is on the other side."""
    settings = replace(TINY, sizes=(128,), batches=5)
    assert [row["disagreement"] for row in run_seed(settings, 0, Surroundings(device="cpu"))] == [0.0] * 6


def test_wide_networks_are_drawn_on_a_grid():
    settings = replace(TINY, exact_width=2, cells=12, batches=2, drawn=1, epochs=1)
    found = run_seed(settings, 0, Surroundings(device="cpu"))
    assert {row["method"].split()[0] for row in found if row["method"]} == {"grid"}


def test_degenerate_mini_batches_of_one_and_no_drawings():
    settings = replace(TINY, width=1, depth=1, sizes=(1, 2), batches=2, drawn=0, epochs=0)
    assert len(run_seed(settings, 0, Surroundings(device="cpu"))) == 5


@pytest.mark.parametrize("changes", [{"sizes": ()}, {"sizes": (16, 16)}, {"sizes": (129,)}, {"sizes": (0,)}])
def test_sizes_that_cannot_be_drawn_are_refused(changes):
    with pytest.raises(InputError, match="size"):
        replace(TINY, **changes)
    with pytest.raises(InputError, match="drawn"):
        replace(TINY, drawn=-1)


# Means


def test_means_say_larger_only_when_every_seed_shows_it():
    """Planted: equal spreads, and spreads the other way round, are not called larger."""

    def spread(*seeds):
        rows = [row for seed, (small, large) in enumerate(seeds) for row in made(16, small, seed=seed)]
        rows += [row for seed, (small, large) in enumerate(seeds) for row in made(256, large, seed=seed)]
        return means_over_seeds(rows)[0]["spread"]

    assert spread((0.06, 0.02)) == spread((0.06, 0.02), (0.08, 0.03)) == "larger"
    assert spread((0.02, 0.06)) == "smaller"
    assert spread((0.03, 0.03)) == spread((0.06, 0.02), (0.02, 0.06)) == "inconclusive"


def test_means_have_their_interval_the_extremes_over_seeds_and_a_ratio():
    rows = made(16, 0.06) + made(16, 0.10, seed=1) + made(256, 0.02) + made(256, 0.02, seed=1)
    small, large = means_over_seeds(rows)
    assert small["disagreement"] == pytest.approx(0.08)
    assert small["lower"] < 0.08 < small["upper"]
    assert (small["least"], small["largest"]) == pytest.approx((0.06, 0.10))
    assert small["ratio_lower"] < small["ratio"] < small["ratio_upper"]
    assert small["ratio"] == pytest.approx(4)
    assert (small["seeds"], small["batches"]) == (2, 4000)
    assert (large["ratio"], large["spread"]) == (1, "-")


def test_few_mini_batches_and_unsure_points_leave_it_open():
    assert means_over_seeds(made(16, 0.5, 20) + made(256, 0.0, 20))[0]["spread"] == "inconclusive"
    one = means_over_seeds(made(16, 0.06, 1) + made(256, 0.0, 1))[0]
    assert (one["lower"], one["upper"], one["ratio"], one["ratio_upper"]) == (0, 1, None, None)
    unsure = means_over_seeds(made(16, 0.06) + made(256, 0.0, unsure=0.1))
    assert (unsure[0]["spread"], unsure[1]["upper"] > 0.1) == ("inconclusive", True)


def test_the_interval_holds_the_mean_of_the_law():
    """Of mini-batches that disagree by 0 or 0.2, half of them each, with 400 of each seed."""
    source = torch.Generator().manual_seed(0)
    held = 0
    for _ in range(50):
        shares = 0.2 * torch.randint(2, (400,), generator=source)
        (row,) = means_over_seeds([{**made(16, float(share), 1)[0], "batch": n} for n, share in enumerate(shares)])
        held += row["lower"] <= 0.1 <= row["upper"]
    assert held >= 45


def test_no_rows_have_no_means(rows):
    for nothing in ([], rows[:1]):
        with pytest.raises(InputError, match="no rows"):
            means_over_seeds(nothing)


# Picture


def test_a_picture_of_each_size(rows):
    head = EXPERIMENT.described(TINY, 1, "cpu")
    means = means_over_seeds(rows)
    drawn = picture(head, means, rows)
    assert drawn.startswith(b"<?xml")
    assert drawn.count(b'id="axes_') == 2
    assert drawn == picture(head, means, json.loads(json.dumps(rows)))
    fewer = [{**row, "pieces": []} if row["batch"] == 1 else row for row in rows]
    assert len(picture(head, means, fewer)) < len(drawn)
    assert picture(head, means[:1], rows).count(b'id="axes_') == 1
    with pytest.raises(ShapeError, match="No boundaries"):
        picture(head, means, rows[1:])
    with pytest.raises(ShapeError, match="No boundaries"):
        picture(head, [], rows)
