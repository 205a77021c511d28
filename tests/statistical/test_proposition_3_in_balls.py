"""Trials in ball arithmetic: the verdicts of rationals on small draws, sure ones on large draws, no guesses."""

from collections import Counter
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from flint import ctx  # noqa: E402

from polybn.outcome import Fails, Holds, Undecided  # noqa: E402
from polybn.statistical.claims.ball_trial import ball_trial  # noqa: E402
from polybn.statistical.claims.proposition_3 import one_sided_rate, sides  # noqa: E402
from polybn.statistical.claims.proposition_3_trial import trial, tried  # noqa: E402
from polybn.statistical.claims.side_draws import Draw, Setting, draw  # noqa: E402

DOUBLE = torch.float64


def mirrored(slope, second, nudge=0.0):
    """Two opposite units on the batch {1, -1}: outputs 1 - slope * second, and second + nudge - slope."""
    setting = Setting((2,), batch=2, inputs=1, slope=slope, eps=0.0)
    weights = tuple(torch.tensor(rows, dtype=DOUBLE) for rows in ([[1.0], [-1.0]], [[1.0, second + nudge]]))
    return Draw(setting, weights, torch.tensor([[1.0], [-1.0]], dtype=DOUBLE))


def test_balls_say_what_rationals_say():
    seen = Counter()
    for widths, batch, normalised in (
        ((2,), 2, False),
        ((5,), 3, False),
        ((4, 4), 4, False),
        ((3, 1), 3, False),
        ((4,), 3, True),
    ):
        setting = Setting(widths, batch=batch, inputs=3, slope=0.1, normalised_output=normalised)
        for number in range(40):
            one = draw(setting, seed=2, number=number)
            outcome = ball_trial(one)
            assert type(outcome) is type(trial(one))
            seen[type(outcome)] += 1
    assert seen[Fails] > 20
    assert seen[Holds] > 20
    assert seen[Undecided] == 0


@pytest.mark.parametrize("widths", [(200,), (64, 64, 64, 64)])
def test_large_suspects_are_convicted(widths):
    rate = one_sided_rate(Setting(widths, batch=2, slope=0.01), draws=12, seed=0, device="cpu")
    assert len(rate.suspects) >= 2
    judged = tried(rate).sampled
    assert judged.convicted == len(rate.suspects)
    innocent = next(number for number in range(12) if number not in rate.suspects)
    accused = replace(rate, suspects=(innocent, *rate.suspects[1:]))
    assert tried(accused).sampled.cleared == 1


def test_a_sign_that_floats_cannot_tell_is_told_by_more_bits():
    slope = 0.5
    for nudge, kind in ((2.0**-300, Fails), (-(2.0**-300), Holds)):
        # Beside 1/2 the nudge needs more bits than a float has: a third unit brings it in.
        setting = Setting((3,), batch=2, inputs=1, slope=slope, eps=0.0)
        rows = [[1.0], [-1.0], [-1.0]], [[1.0, 0.5, nudge]]
        one = Draw(setting, tuple(torch.tensor(part, dtype=DOUBLE) for part in rows), mirrored(0.5, 0.5).batch)
        assert sides(one.network, one.batch) == "unsure"
        assert isinstance(ball_trial(one), kind)


def test_a_number_that_is_zero_is_never_decided():
    assert isinstance(ball_trial(mirrored(0.5, 0.5)), Undecided)


def test_a_unit_that_does_not_vary_leaves_the_rest_open():
    one = mirrored(0.5, 0.75)
    constant = replace(one, batch=torch.ones(2, 1, dtype=DOUBLE))
    assert isinstance(ball_trial(constant), Undecided)
    assert isinstance(ball_trial(one), Fails)


def test_the_precision_is_set_back():
    before = ctx.prec
    ball_trial(mirrored(0.5, 0.5))
    assert ctx.prec == before
