"""Strict feasibility in rationals: a point where every row is positive, or Farkas multipliers that none exists."""

from __future__ import annotations

from collections.abc import Sequence

from flint import fmpq, fmpz

from polybn.exact.farkas import Farkas
from polybn.exact.rational import homogeneous
from polybn.exact.row import Point, Row, evaluate
from polybn.exact.simplex import maximize


def strictly_feasible(rows: Sequence[Row]) -> Point | Farkas:
    """A rational point with every row > 0, or Farkas multipliers that refute {row > 0}.

    ``rows[:2 d]`` are a box: x_i - lo_i, then hi_i - x_i, denominators cleared. The rows are admitted one by
    one, each with one exact linear program at most, so an interior point of the admitted ones is always at hand.
    """
    dimension = len(rows[0]) - 1
    centre = _box_centre(rows[: 2 * dimension], dimension)
    if isinstance(centre, Farkas):
        return centre
    point = centre
    for i in range(2 * dimension, len(rows)):
        answer = positive_side(rows[:i], rows[i], point)
        if isinstance(answer, Farkas):
            return answer
        point = answer
    return point


def positive_side(rows: Sequence[Row], objective: Row, witness: Point) -> Point | Farkas:
    """A point with every row and the objective > 0, or the multipliers that refute it, from a witness of the rows.

    The witness must make every row positive except rows that are zero; such rows are ignored. The
    objective has index ``len(rows)`` in the multipliers. No floats; the point is the witness itself where it serves.
    """
    at_witness = evaluate(objective, witness)
    if at_witness > 0:
        return witness
    if all(a == 0 for a in objective[:-1]):
        return Farkas({len(rows): fmpq(1)})
    if at_witness == 0:
        return step_off(rows, objective, witness)
    optimum = maximize(objective, rows)
    if optimum.value <= 0:
        return Farkas({**optimum.multipliers, len(rows): fmpq(1)})
    # On the segment from the witness, where objective < 0, to the maximiser every point but the last is interior.
    zero = fmpq(at_witness, witness[-1]) / (fmpq(at_witness, witness[-1]) - optimum.value)
    inside = _along(witness, optimum.point, (zero + 1) / 2)
    return round_inside((*rows, objective), inside)


def step_off(rows: Sequence[Row], objective: Row, witness: Point) -> Point:
    """From an interior point on the hyperplane objective = 0, step along its normal into objective > 0 and stay inside.

    The objective's linear part must not vanish. Exact ratio test: half of the way to the first row met.
    """
    normal = objective[:-1]
    length: fmpq | None = None
    for row in rows:
        slope = fmpz(0)
        for a, n in zip(row, normal, strict=False):
            slope += a * n
        if slope < 0:
            reach = fmpq(evaluate(row, witness), -slope * witness[-1])
            length = reach if length is None or reach < length else length
    if length is None:
        raise ValueError("the rows do not bound the direction of the normal; the first 2 d of them must be a box")
    length /= 2
    denominator = witness[-1] * length.q
    moved = [x * length.q + length.p * n * witness[-1] for x, n in zip(witness, normal, strict=False)]
    return round_inside((*rows, objective), (*moved, denominator))


def round_inside(rows: Sequence[Row], point: Point) -> Point:
    """A dyadic point near a strictly interior one, still strictly interior, with no more bits than its margin asks.

    Rounding to multiples of 2^-k moves a row by at most |a|_1 2^-(k+1), which is kept below its value. Rows
    whose linear part is zero cannot change and are passed over.
    """
    bits = 0
    for row in rows:
        norm = fmpz(0)
        for a in row[:-1]:
            norm += abs(a)
        value = evaluate(row, point)
        if norm == 0:
            continue
        if value <= 0:
            raise ValueError(f"the point is not strictly inside: row {row} has the value {value} / {point[-1]}")
        # 2^(bits+1) value > norm q
        bits = max(bits, (norm * point[-1] // value).bit_length() - 1)
    return dyadic([(2 * (x << bits) + point[-1]) // (2 * point[-1]) for x in point[:-1]], bits)


def dyadic(numerators: Sequence[fmpz], bits: int) -> Point:
    """The point numerators / 2^bits in lowest terms."""
    while bits and all(n % 2 == 0 for n in numerators):
        numerators = [n >> 1 for n in numerators]
        bits -= 1
    return (*numerators, fmpz(1) << bits)


def _along(start: Point, end: Point, t: fmpq) -> Point:
    """start + t (end - start), homogeneous."""
    first, second = (t.q - t.p) * end[-1], t.p * start[-1]
    return (*(first * a + second * b for a, b in zip(start[:-1], end[:-1], strict=True)), t.q * start[-1] * end[-1])


def _box_centre(box: Sequence[Row], dimension: int) -> Point | Farkas:
    """The centre of a box, or the two rows that contradict each other along a side of no length."""
    centre: list[fmpq] = []
    for axis in range(dimension):
        lower, upper = box[axis], box[dimension + axis]
        if lower[axis] <= 0 or upper[axis] >= 0:
            raise ValueError(f"rows {axis} and {dimension + axis} must bound coordinate {axis} from below and above")
        low, high = fmpq(-lower[-1], lower[axis]), fmpq(upper[-1], -upper[axis])
        if low >= high:
            return Farkas({axis: fmpq(1, lower[axis]), dimension + axis: fmpq(-1, upper[axis])})
        centre.append((low + high) / 2)
    return homogeneous(tuple(centre))
