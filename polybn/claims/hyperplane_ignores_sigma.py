"""The boundary {z : gamma (<w, z> - mu) / sigma + beta = b} of a unit is one set for all sigma if beta = b (Eq. 5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flint import fmpq

from polybn.claims.claim import Claim
from polybn.claims.hypotheses import BETA_AT_THE_BREAKPOINT, NORMALIZED, breakpoints_of
from polybn.claims.view import ExactView, NormalizedLayer
from polybn.exact.matrix import Vector, rows_of
from polybn.exact.rational import text
from polybn.networks.layer import Stage
from polybn.outcome import Fails, Holds, Outcome

FACTORS = (fmpq(2), fmpq(1, 3))
"""What sigma_k is multiplied by, all else fixed."""

Boundary = tuple[fmpq, ...]


def boundary_of(row: Vector, offset: fmpq) -> Boundary:
    """{z : <row, z> + offset = 0} by a vector that names the set: equal vectors, equal sets, and the converse.

    The equation is divided by its first non-zero entry: of a hyperplane that is an entry of the row, of the empty set
    the offset, and all of space has the zero vector.
    """
    equation = (*row, offset)
    leading = next((entry for entry in equation if entry), fmpq(1))
    return tuple(entry / leading for entry in equation)


def boundaries(stage: Stage) -> list[list[Boundary]]:
    """For each unit its boundaries in the layer's input space, one a breakpoint of the activation, sigma folded in."""
    affine = stage.folded
    levels = breakpoints_of(stage.activation)
    return [
        [boundary_of(row, offset - level) for level in levels]
        for row, offset in zip(rows_of(affine.linear), affine.offset, strict=True)
    ]


def check_boundaries(view: ExactView, boundaries_of: Callable[[Stage], list[list[Boundary]]]) -> Outcome:
    """Whether each unit's boundaries stay the same sets when sigma is multiplied by each of `FACTORS`."""
    compared = 0
    for layer in view.normalized_layers:
        before = boundaries_of(layer.stage)
        for factor in FACTORS:
            scale = tuple(sigma * factor for sigma in layer.statistics.scale)
            after = boundaries_of(replace(layer.stage, normalization=replace(layer.statistics, scale=scale)))
            for unit, (old, new) in enumerate(zip(before, after, strict=True)):
                for left, right in zip(old, new, strict=True):
                    if left != right:
                        return _failure(layer, unit, (left, right), (layer.statistics.scale[unit], scale[unit]))
                    compared += 1
    return Holds(compared)


def _failure(layer: NormalizedLayer, unit: int, sets: tuple[Boundary, Boundary], scales: tuple[fmpq, fmpq]) -> Fails:
    left, right = (f"{_written(found)} at sigma = {text(sigma)}" for found, sigma in zip(sets, scales, strict=True))
    return Fails(left, right, f"layer {layer.index}, unit {unit}")


def _written(boundary: Boundary) -> str:
    *row, offset = boundary
    if any(row):
        terms = " + ".join(f"{text(entry)} z{axis}" for axis, entry in enumerate(row) if entry)
        return f"{{{terms} = {text(-offset)}}}".replace("+ -", "- ").replace("{1 z", "{z")
    return "the empty set" if offset else "all of space"


HYPERPLANE_IGNORES_SIGMA = Claim(
    id="hyperplane-ignores-sigma",
    sentence="The boundary of a unit in the layer's input space is the same set whatever sigma_k is, mu_k being kept.",
    source="remark after Eq. 5",
    hypotheses=(NORMALIZED, BETA_AT_THE_BREAKPOINT),
    check=lambda view: check_boundaries(view, boundaries),
    moot={NORMALIZED.name: "without a normalised layer there is no sigma"},
)
