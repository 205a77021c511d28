"""A record of sampling says what was counted, bounds what was not seen, and never calls a suspect guilty."""

import json

import pytest

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402

from polybn.claims.verdict import Status  # noqa: E402
from polybn.errors import InputError  # noqa: E402
from polybn.statistical.concentration import upper_rate  # noqa: E402
from polybn.statistical.sampled import Sampled, together  # noqa: E402


def record(n=100, unsure=0, suspects=0, seed=0, **rest):
    return Sampled("theorem-1", n=n, unsure=unsure, suspects=suspects, seed=seed, **rest)


def test_the_status_is_computed_from_the_counts():
    assert record(0).status == Status.VACUOUS
    assert record().status == Status.SAMPLED
    assert record(suspects=2).status == Status.UNDECIDED
    assert record(suspects=2, cleared=2).status == Status.SAMPLED
    assert record(suspects=2, cleared=1, convicted=1).status == Status.REFUTED
    assert record(suspects=2, convicted=1).status == Status.REFUTED
    assert record(unsure=100).status == Status.UNDECIDED
    assert record(suspects=3).status_text == "UNDECIDED"
    assert record().status_text == "SAMPLED(100, 0.0296)"


def test_what_is_unsure_or_uncleared_counts_against_the_claim():
    assert record(unsure=3, suspects=4, cleared=1).bound == upper_rate(6, 100, level=0.95)
    assert record(suspects=4, cleared=4).bound == upper_rate(0, 100, level=0.95)
    assert record(0).bound == 1
    assert record(level=0.99).bound > record(level=0.95).bound


def test_the_bound_in_words_is_never_below_the_bound():
    for n in (*range(1, 60), 999, 10**4, 10**7):
        for unsure in {0, min(1, n - 1), n // 2, n - 1}:
            made = record(n, unsure)
            said = float(made.status_text.removesuffix(")").split(", ")[1])
            assert made.bound <= said <= made.bound * 1.0101


@pytest.mark.parametrize("seed", range(5))
def test_shares_add_up_to_the_whole(seed):
    rng = np.random.default_rng(seed)
    parts = [
        record(int(n), unsure=int(n) // 3, suspects=2, cleared=1, device=f"cpu{n % 2}") for n in rng.integers(5, 99, 6)
    ]
    whole = together(parts)
    assert whole == together(reversed(parts))
    assert whole == together([together(parts[:2]), together(parts[2:])])
    assert (whole.n, whole.suspects, whole.cleared) == (sum(part.n for part in parts), 12, 6)


@pytest.mark.parametrize("other", [{"seed": 1}, {"level": 0.9}, {"dtype": torch.float32}])
def test_records_of_different_runs_do_not_add_up(other):
    with pytest.raises(InputError, match="different"):
        together([record(), record(**other)])
    with pytest.raises(InputError, match="at least one"):
        together([])


@pytest.mark.parametrize(
    "counts",
    [
        {"n": -1},
        {"n": 5, "unsure": 3, "suspects": 3},
        {"suspects": 1, "convicted": 1, "cleared": 1},
        {"cleared": 1},
        {"level": 95},
    ],
)
def test_counts_that_cannot_be_are_refused(counts):
    with pytest.raises(InputError, match="needed"):
        record(**counts)


def test_a_record_is_json():
    found = json.loads(json.dumps(record(suspects=1, cleared=1).record()))
    assert found["status"] == "SAMPLED(100, 0.0296)"
    assert (found["dtype"], found["device"], found["violations"], found["level"]) == ("float64", "cpu", 0, 0.95)
