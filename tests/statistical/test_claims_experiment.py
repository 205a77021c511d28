"""The claims put to large networks: true ones stand, false ones are found out, and the seeds add up."""

import json
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from polybn.errors import InputError, ShapeError  # noqa: E402
from polybn.plots.claims import picture  # noqa: E402
from polybn.statistical.experiments.claims import COUNTS, EXPERIMENT, Settings, over_seeds, run_seed  # noqa: E402
from polybn.statistical.experiments.experiment import Surroundings  # noqa: E402

TINY = Settings(width=8, depth=2, resnet_width=1, images=4, draws=24, resnet_draws=1, batches=2000)
FALSE = {"theorem-2", "proposition-2-variance", "proposition-3"}


@pytest.fixture(scope="module")
def rows():
    return [row for seed in (0, 1) for row in run_seed(TINY, seed, Surroundings("cpu"))]


def test_true_claims_stand_and_false_ones_are_found_out(rows):
    for row in rows:
        assert row["n"] >= (row["network"] == "MLP")
        if row["claim"] not in FALSE:
            assert row["suspects"] == row["convicted"] == 0
    suspects = {claim: sum(row["suspects"] for row in rows if row["claim"] == claim) for claim in FALSE}
    assert suspects["proposition-2-variance"] >= 10
    convicted = {claim: sum(row["convicted"] for row in rows if row["claim"] == claim) for claim in FALSE}
    assert convicted == suspects
    assert convicted["proposition-3"] >= 5


def test_the_true_claims_are_mostly_sure(rows):
    sure = [row for row in rows if row["network"] == "MLP" and row["claim"] not in FALSE]
    assert len({row["claim"] for row in sure}) == 8
    assert sum(row["unsure"] for row in sure) < 0.1 * sum(row["n"] for row in sure)


def test_counts_of_seeds_add_up(rows):
    means = over_seeds(rows)
    assert {(row["network"], row["claim"]) for row in means} == {(row["network"], row["claim"]) for row in rows}
    for name in COUNTS:
        assert sum(row[name] for row in means) == sum(row[name] for row in rows)
    for row in means:
        assert row["seeds"] == 2
        assert 0 < row["bound"] <= 1
        assert (row["status"] == "REFUTED") == (row["convicted"] > 0)
    assert json.loads(json.dumps(means)) == means
    with pytest.raises(InputError, match="no rows"):
        over_seeds([])


def test_a_violation_that_is_planted_shows(rows):
    guilty = [{**row, "suspects": row["n"] - row["unsure"]} if row["claim"] == "theorem-1" else row for row in rows]
    found = next(row for row in over_seeds(guilty) if row["claim"] == "theorem-1")
    assert found["status"] == "UNDECIDED"
    assert found["bound"] == 1


def test_a_false_formula_that_an_interval_holds_is_not_called_satisfied():
    """Two mini-batches tell nothing. The formula of the unbiased variance is false of every unit's biased one."""
    settings = replace(TINY, batches=2, draws=1)
    found = {row["claim"]: row for row in over_seeds(run_seed(settings, 0, Surroundings("cpu")))}
    false, true = found["proposition-2-variance"], found["proposition-2-variance-biased"]
    assert false["suspects"] + false["unsure"] == false["n"] > 0
    assert (false["bound"], false["status"]) == (1, "UNDECIDED")
    assert (true["suspects"], true["unsure"]) == (0, 0)


def test_what_a_bound_holds_for_is_said(rows):
    said = {row["claim"]: row["bound_holds_for"] for row in over_seeds(rows)}
    units = {claim for claim, words in said.items() if words == "units, if they are independent"}
    assert units == {"theorem-1", "corollary-2", *(claim for claim in said if claim.startswith("proposition-2"))}
    drawn = {claim for claim, words in said.items() if words == "further draws from these networks"}
    assert drawn == {"corollary-1", "theorem-2", "theorem-2-same-side"}
    assert {words for claim, words in said.items() if claim.startswith("proposition-3")} == {"new networks and batches"}


def test_the_picture_has_a_line_for_each(rows):
    means = over_seeds(rows)
    drawn = picture(EXPERIMENT.described(TINY, 2, "cpu"), means, rows)
    assert drawn.startswith(b"<?xml")
    with pytest.raises(ShapeError, match="No claims"):
        picture({}, [], [])
