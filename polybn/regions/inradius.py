"""The inradius of a region, the radius of its largest inscribed Euclidean ball, enclosed between two rationals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING

from flint import fmpq, fmpz

from polybn.errors import InternalError
from polybn.exact.rational import affine, fraction
from polybn.exact.row import Row
from polybn.exact.simplex import maximize
from polybn.regions.faces import require_bounded
from polybn.regions.lipschitz import check_bits

if TYPE_CHECKING:
    from polybn.regions.region import Region


@dataclass(frozen=True)
class Inradius:
    """lower <= r <= upper: the ball of radius `lower` around `centre` is inscribed, and `multipliers` prove upper.

    `multipliers[j] >= 0` belongs to the region's inequality a_j . x + b_j >= 0. Their sum over j of a_j is zero, so
    every ball (x, r) inside, for which a_j . x + b_j >= r |a_j|, has r <= (sum of b_j) / (sum of |a_j|), weighted.
    """

    lower: Fraction
    upper: Fraction
    centre: tuple[Fraction, ...]
    multipliers: tuple[Fraction, ...]

    @property
    def is_exact(self) -> bool:
        """Whether the bounds agree."""
        return self.lower == self.upper


def inradius(region: Region, *, bits: int = 20) -> Inradius:
    """max r such that a ball of radius r fits into the region: lower <= r <= upper <= lower (1 + 2^-bits).

    The norms |a_j| are square roots, so they are enclosed, low_j <= |a_j| <= high_j <= low_j (1 + 2^-bits). One exact
    linear program, max r with a_j . x + b_j >= r high_j, gives the ball; its dual solution bounds every other ball,
    and dividing by the sum of low_j instead of high_j keeps that bound within the tolerance. Where the norms that
    matter are rational the bounds agree. Both are checked against the inequalities before they are returned.
    Raises `DomainError` for an unbounded region.
    """
    check_bits(bits)
    require_bounded(region)
    rows = [*region.facet_rows]
    norms = [_norm(row, bits) for row in rows]
    optimum = maximize(*_program(region, rows, [high for _, high, _ in norms], [shift for *_, shift in norms]))
    *centre, lower = affine(optimum.point)
    skipped = 2 * (region.polytope.dimension + 1)
    weights = [
        optimum.multipliers.get(skipped + index, fmpq(0)) * (fmpz(1) << shift)
        for index, (*_, shift) in enumerate(norms)
    ]
    value = sum((weight * row[-1] for weight, row in zip(weights, rows, strict=True)), fmpq(0))
    norm = sum((w * low / (fmpz(1) << shift) for w, (low, _, shift) in zip(weights, norms, strict=True)), fmpq(0))
    if not norm > 0:
        raise InternalError(f"Region {region.index}: no inequality bounds its balls.", region)
    result = Inradius(
        fraction(lower), fraction(value / norm), tuple(map(fraction, centre)), tuple(map(fraction, weights))
    )
    if not is_certified(result, rows):
        raise InternalError(f"Region {region.index}: the bounds of its inradius do not check.", region)
    return result


def is_certified(found: Inradius, rows: Sequence[Row]) -> bool:
    """Whether the inscribed ball and the multipliers prove the bounds for {x : every row >= 0}, by squares only.

    The ball fits when a_j . centre + b_j >= 0 and (a_j . centre + b_j)^2 >= lower^2 |a_j|^2. The upper bound holds when
    the multipliers are >= 0, cancel the a_j, and sum w_j b_j <= upper sum w_j n_j for rationals n_j with
    n_j^2 <= |a_j|^2; those are recomputed here, to more bits than any bound in use.
    """
    if found.lower < 0 or len(found.multipliers) != len(rows) or min(found.multipliers) < 0:
        return False
    bits = 64 + max(found.upper.denominator.bit_length(), found.upper.numerator.bit_length())
    value = norm = Fraction(0)
    total = [Fraction(0)] * len(found.centre)
    for row, weight in zip(rows, found.multipliers, strict=True):
        *normal, offset = (int(entry) for entry in row)
        square = sum(a * a for a in normal)
        distance = sum((a * x for a, x in zip(normal, found.centre, strict=True)), Fraction(offset))
        if distance < 0 or distance**2 < found.lower**2 * square:
            return False
        value += weight * offset
        norm += weight * Fraction(isqrt(square << 2 * bits), 1 << bits)
        total = [t + weight * a for t, a in zip(total, normal, strict=True)]
    return not any(total) and norm > 0 and value <= found.upper * norm


def _norm(row: Row, bits: int) -> tuple[fmpz, fmpz, int]:
    """(low, high, s) with low <= 2^s |a| <= high <= low (1 + 2^-bits), equal where the norm is a multiple of 2^-s."""
    square = sum((entry * entry for entry in row[:-1]), fmpz(0))
    shift = max(0, bits + 1 - (square.bit_length() - 1) // 2)
    scaled = square << (2 * shift)
    low = scaled.isqrt()
    return low, low if low * low == scaled else low + 1, shift


def _program(region: Region, rows: list[Row], highs: list[fmpz], shifts: list[int]) -> tuple[Row, list[Row]]:
    """(objective, rows) over (x, r), as `maximize` asks: first a box around the region, which no largest ball meets."""
    vertices = [affine(vertex) for vertex in region.polytope.vertices]
    dimension = len(vertices[0])
    zeros = [fmpz(0)] * dimension
    lows = [min(vertex[axis] for vertex in vertices) for axis in range(dimension)]
    tops = [max(vertex[axis] for vertex in vertices) for axis in range(dimension)]
    lows, tops = [*lows, fmpq(0)], [*tops, tops[0] - lows[0]]

    def bound(axis: int, sign: int, value: fmpq) -> Row:
        entries = [*zeros, fmpz(0), -sign * value.p]
        entries[axis] = sign * value.q
        return tuple(entries)

    box = [bound(axis, 1, low) for axis, low in enumerate(lows)] + [
        bound(axis, -1, top) for axis, top in enumerate(tops)
    ]
    balls = [
        (*(entry << shift for entry in row[:-1]), -high, row[-1] << shift)
        for row, high, shift in zip(rows, highs, shifts, strict=True)
    ]
    return (*zeros, fmpz(1), fmpz(0)), [*box, *balls]
