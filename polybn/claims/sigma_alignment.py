"""Does a smaller sigma_{1,i} align the facets of F_{2,j} with H_{1,i}? Not always; below a threshold it does."""

from __future__ import annotations

from itertools import pairwise

from flint import fmpq

from polybn.claims.claim import Claim
from polybn.claims.scaled_unit import Bend, Scaling, Side
from polybn.claims.theorem_3 import PLANE, TWO_STAGES
from polybn.claims.theorem_3_limits import BETA_1, BREAKPOINT_1, IN_THE_PLANE, MOOT, OPTIONS, SIGMA_1, moved
from polybn.claims.view import ExactView
from polybn.exact.matrix import inner
from polybn.exact.rational import text
from polybn.outcome import Fails, Holds, Outcome, Skipped

FACTORS = tuple(fmpq(2) ** exponent for exponent in (2, 1, 0, -1, -2))
"""sigma_{1,i} is multiplied by each, from large to small."""


def _check(view: ExactView) -> Outcome:
    scaling = Scaling(view)
    compared = 0
    for bend in scaling.bends():
        scales = [factor * scaling.scale(bend.i) for factor in FACTORS]
        for side in bend.sides:
            failure = _turns_away(scaling, bend, side, scales, strictly=False)
            if failure:
                return failure
            compared += bool(side.push)
    return Holds(compared) if compared else Skipped("w_{2,j,i} != 0")


def _turns_away(scaling: Scaling, bend: Bend, side: Side, scales: list[fmpq], *, strictly: bool) -> Fails | None:
    """Two sigma of falling `scales` whose facets, by their vertices, do not come nearer to H_{1,i}."""
    found = [(scale, scaling.squared_cosine(bend, side, scale)) for scale in scales]
    for (large, before), (small, after) in reversed(list(pairwise(found))):
        # Where h is constant on the region at one of the two, there is no facet and no angle.
        if before is not None and after is not None and (after < before or (strictly and after == before)):
            return Fails(
                f"cos(F, H)^2 = {text(after)} at sigma = {text(small)}",
                f"{'more than' if strictly else 'at least'} {text(before)}, as at sigma = {text(large)}",
                f"{bend.place}; F in the region with code {side.code}",
            )
    return None


def threshold(side: Side) -> fmpq | None:
    """sigma* = |push| ||w||^2 / |<r, w>|, where <n, w> = 0; None where push and <r, w> do not pull apart."""
    across = inner(side.rest, side.row)
    if side.push * across >= 0:
        return None
    return abs(side.push * inner(side.row, side.row) / across)


def _check_eventually(view: ExactView) -> Outcome:
    scaling = Scaling(view)
    compared = 0
    for bend in scaling.bends():
        for side in bend.sides:
            if not side.push:
                continue
            failure = moved(scaling, bend) or _beyond(scaling, bend, side, threshold(side))
            if failure:
                return failure
            compared += 1
    return Holds(compared) if compared else Skipped("w_{2,j,i} != 0")


def _beyond(scaling: Scaling, bend: Bend, side: Side, turn: fmpq | None) -> Fails | None:
    """cos^2 rises as sigma falls, below the threshold if there is one; above it, it falls, to 0 at the threshold."""
    squares = inner(side.row, side.row) * inner(side.rest, side.rest)
    strictly = squares != inner(side.rest, side.row) ** 2
    if turn is None:
        scales = [factor * scaling.scale(bend.i) for factor in FACTORS]
        return _turns_away(scaling, bend, side, scales, strictly=strictly)
    least = scaling.squared_cosine(bend, side, turn)
    if strictly and least != 0:
        shown = "no facet" if least is None else text(least)
        return Fails(f"cos(F, H)^2 = {shown} at sigma = {text(turn)}", "0, where the facet turns round", bend.place)
    below = [turn * factor for factor in FACTORS if factor <= 1]
    above = [turn * factor for factor in reversed(FACTORS) if factor >= 1]
    return _turns_away(scaling, bend, side, below, strictly=strictly) or _turns_away(
        scaling, bend, side, above, strictly=strictly
    )


SMALLER_SIGMA_ALIGNS = Claim(
    id="smaller-sigma-aligns",
    sentence="The smaller sigma_{1,i} is, all else fixed, the nearer the facets of F_{2,j} beside H_{1,i} are to it: "
    "cos(F, H)^2 does not fall as sigma_{1,i} falls.",
    source="Prose after Theorem 3",
    hypotheses=(TWO_STAGES, PLANE, SIGMA_1, BETA_1, BREAKPOINT_1),
    check=_check,
    twin="smaller-sigma-aligns-eventually",
    options=IN_THE_PLANE,
    moot=MOOT,
)

SMALLER_SIGMA_ALIGNS_EVENTUALLY = Claim(
    id="smaller-sigma-aligns-eventually",
    sentence="The regions of layer 1 do not depend on sigma_{1,i}. Let q_i w_{2,j,i} != 0. If "
    "q_i gamma_i w_{2,j,i} <r, w_{1,i}> >= 0, cos(F, H)^2 does not fall as sigma_{1,i} falls. Else it is 0 at "
    "sigma* = |q_i gamma_i w_{2,j,i}| ||w_{1,i}||^2 / |<r, w_{1,i}>|; as sigma_{1,i} falls it falls down to sigma* and "
    "rises below; strictly so unless r is a multiple of w_{1,i}, where it is always 1.",
    source="Prose after Theorem 3, repaired",
    hypotheses=(TWO_STAGES, PLANE, SIGMA_1, BETA_1, BREAKPOINT_1),
    check=_check_eventually,
    twin="smaller-sigma-aligns",
    options=OPTIONS,
    moot=MOOT,
)
