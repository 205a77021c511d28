"""Rates of one-sided mini-batches: what proposition 3 denies, on what it depends, and its repair."""

import json

import pytest

torch = pytest.importorskip("torch")

from polybn.errors import InputError, ShapeError  # noqa: E402
from polybn.plots.one_sided import picture  # noqa: E402
from polybn.statistical.experiments.experiment import Surroundings  # noqa: E402
from polybn.statistical.experiments.one_sided import (  # noqa: E402
    CASE,
    EXPERIMENT,
    Settings,
    rates_over_seeds,
    run_seed,
)

TINY = Settings(widths=(6,), depths=(1, 2), batches=(2, 16), slopes=(0.01, 0.5), draws=60, tried=2)


@pytest.fixture(scope="module")
def rows():
    return [row for seed in (0, 1) for row in run_seed(TINY, seed, Surroundings("cpu"))]


def test_small_batches_are_one_sided_and_the_repair_is_not(rows):
    means = rates_over_seeds(rows)
    assert len(means) == 16
    by_case = {tuple(mean[name] for name in CASE): mean for mean in means}
    for (_, _, batch, _, output), mean in by_case.items():
        if output == "normalised":
            assert mean["one_sided"] == 0
        assert mean["draws"] == 120
        assert 0 <= mean["lower"] <= mean["rate"] <= mean["upper"] <= 1
        if batch == 2 and output == "linear":
            assert mean["lower"] > 0.05
            assert mean["convicted"] == 4
    for depth in (1, 2):
        for slope in (0.01, 0.5):
            small, large = (by_case[6, depth, batch, slope, "linear"] for batch in (2, 16))
            assert small["lower"] > large["upper"]


def test_the_width_of_the_last_layer_decides_the_claim(rows):
    assert {row["claim"] for row in rows} == {"proposition-3", "proposition-3-normalized-output"}
    narrow = run_seed(Settings(widths=(1,), depths=(1,), batches=(2,), slopes=(0.1,), draws=10), 0, Surroundings("cpu"))
    assert narrow[0]["claim"] == "proposition-3-width-one"
    assert narrow[0]["suspects"] == 0


def test_suspects_that_are_cleared_do_not_count():
    row = {
        "seed": 0, "width": 4, "depth": 1, "batch": 2, "slope": 0.1, "output": "linear", "claim": "proposition-3",
        "n": 100, "unsure": 10, "suspects": 20, "convicted": 5, "cleared": 5,
    }  # fmt: skip
    (mean,) = rates_over_seeds([row])
    assert (mean["rate"], mean["one_sided"]) == (0.15, 15)
    assert mean["lower"] < 0.15
    assert mean["upper"] > 0.25
    with pytest.raises(InputError, match="no rows"):
        rates_over_seeds([])


@pytest.mark.parametrize(
    "wrong", [{"widths": ()}, {"widths": (0,)}, {"batches": (1,)}, {"slopes": (1.5,)}, {"draws": 0}, {"depths": (65,)},
              {"batches": (2, 2)}, {"tried": -1}]
)  # fmt: skip
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(InputError):
        Settings(**wrong)


def test_rows_are_json_and_the_picture_shows_the_linear_outputs(rows):
    means = rates_over_seeds(rows)
    assert json.loads(json.dumps(means)) == means
    head = EXPERIMENT.described(TINY, 2, "cpu")
    assert picture(head, means, rows) != picture(head, means[:4], rows)
    with pytest.raises(ShapeError, match="No rates"):
        picture(head, [mean for mean in means if mean["output"] == "normalised"], rows)
