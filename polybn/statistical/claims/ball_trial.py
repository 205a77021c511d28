"""Suspects of proposition 3 that are too large for rationals, on trial in ball arithmetic: enclosures of any precision.

Weights, samples, slope and eps are floats, so exact; sums, products and roots of balls hold those of their reals (Arb).
So sigma = sqrt(var + eps) is the root itself here, and a sure sign is the sign of the real number. Where a ball holds 0
the precision is doubled, at last to `MOST_BITS`: a number that is 0 is never decided.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flint import arb, arb_mat, ctx

from polybn.outcome import Fails, Holds, Outcome, Undecided

if TYPE_CHECKING:
    from torch import Tensor

    from polybn.statistical.claims.side_draws import Draw

LEAST_BITS, MOST_BITS = 64, 1024
Values = list[list["arb"]]
"""Units by samples."""


class _TooCoarse(Exception):
    """A question that needs more bits."""


def ball_trial(one: Draw) -> Outcome:
    """Whether the output has both signs over the mini-batch: `Holds`, `Fails` with both sides, or `Undecided`.

    The hypothesis that every unit's projections vary is decided too: where that stays open, so does the rest.
    """
    bits = LEAST_BITS
    while bits <= MOST_BITS:
        with _precision(bits):
            try:
                return _verdict(_outputs(one))
            except _TooCoarse:
                bits *= 2
    return Undecided(f"a sign is open at {MOST_BITS} bits")


@contextmanager
def _precision(bits: int) -> Generator[None]:
    before, ctx.prec = ctx.prec, bits
    try:
        yield
    finally:
        ctx.prec = before


def _verdict(outputs: Sequence[arb]) -> Outcome:
    negative, positive = sum(bool(value < 0) for value in outputs), sum(bool(value > 0) for value in outputs)
    if negative and positive:
        return Holds(1)
    if max(negative, positive) < len(outputs):
        raise _TooCoarse
    nearest = min(outputs, key=lambda value: float(abs(value).mid()))
    side = "> 0" if positive else "< 0"
    return Fails(f"{len(outputs)} outputs {side}, of them {nearest.str(6)}", "one < 0 and one > 0", "over the batch")


def _outputs(one: Draw) -> list[arb]:
    """The output for each sample."""
    setting = one.setting
    slope, eps = arb(setting.slope), arb(setting.eps)
    values = _read(one.batch.T)
    for weight in one.weights[:-1]:
        values = [_activated(_normalised(unit, eps), slope) for unit in _applied(weight, values)]
    (output,) = _applied(one.weights[-1], values)
    return _normalised(output, eps) if setting.normalised_output else output


def _read(rows: Tensor) -> Values:
    return [[arb(entry) for entry in row] for row in rows.tolist()]


def _applied(weight: Tensor, values: Values) -> Values:
    return (arb_mat(_read(weight)) * arb_mat(values)).tolist()


def _normalised(projections: Sequence[arb], eps: arb) -> list[arb]:
    """(t - mean) / sqrt(variance + eps), the biased variance, which is to be surely positive."""
    size = len(projections)
    mean = sum(projections, arb(0)) / size
    centred = [value - mean for value in projections]
    variance = sum((value * value for value in centred), arb(0)) / size
    if not variance > 0:
        raise _TooCoarse
    sigma = (variance + eps).sqrt()
    return [value / sigma for value in centred]


def _activated(values: Sequence[arb], slope: arb) -> list[arb]:
    """max(h, slope h): leaky ReLU, as 0 < slope < 1."""
    return [value.max(value * slope) for value in values]
