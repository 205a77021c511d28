"""Finite populations that mini-batches are drawn from, and the exact variance of a statistic over all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from math import prod

from flint import fmpq

from polybn.claims.view import ExactView, NormalizedLayer
from polybn.exact.matrix import Vector, inner, vector

MEMBERS = 9
"""The largest population that is made of decoupled features."""

Law = Mapping[fmpq, int]
"""Values with their multiplicities."""


def population(view: ExactView, layer: NormalizedLayer) -> list[Vector]:
    """The inputs z that the layer may be given, all equally likely: of the instance's points, or decoupled features.

    An instance that names points states its population, with whatever dependence there is between features. Of any
    other the coordinates of z are independent, coordinate i uniform on the values of feature i over the batch.
    """
    if not view.instance.points:
        return decoupled(layer.inputs)
    values = [vector(point) for point in view.instance.points]
    for stage in view.network.stages[: layer.index]:
        values = [stage.apply(value) for value in values]
    return values


def decoupled(inputs: Sequence[Vector]) -> list[Vector]:
    """All combinations of the features' values, which makes features independent; at most `MEMBERS` of them.

    Each feature takes its values on the first samples, as many as fit but two at least; where even two a feature
    are too many, the last features keep their first value, as a constant feature does.
    """
    features = len(inputs[0])
    each = max((count for count in range(2, MEMBERS + 1) if count**features <= MEMBERS), default=2)
    varying = MEMBERS.bit_length() - 1
    columns = list(zip(*inputs[:each], strict=True))
    return list(product(*columns[:varying], *(column[:1] for column in columns[varying:])))


def law_of(layer: NormalizedLayer, unit: int, members: Sequence[Vector]) -> Law:
    """The law of the unit's projection <w, z> + c."""
    return Counter(layer.stage.affine.apply(member)[unit] for member in members)


def variance_over_samples(statistic: Callable[[Vector], fmpq], law: Law, size: int) -> fmpq:
    """The variance of a statistic of `size` independent draws, by going through all tuples."""
    return variance(
        (statistic(tuple(value for value, _ in draws)), prod(count for _, count in draws))
        for draws in product(law.items(), repeat=size)
    )


def variance(weighted: Iterable[tuple[fmpq, int]]) -> fmpq:
    """The variance of finitely many values with whole-number weights."""
    total, first, second = 0, fmpq(0), fmpq(0)
    for value, weight in weighted:
        total += weight
        first += weight * value
        second += weight * value * value
    return second / total - (first / total) ** 2


def covariances(members: Sequence[Vector]) -> list[Vector]:
    """The covariance matrix of the coordinates of z, one row a coordinate."""
    size = len(members)
    columns = list(zip(*members, strict=True))
    centres = [sum(column, fmpq(0)) / size for column in columns]
    return [
        tuple(inner(column, other) / size - centre * middle for other, middle in zip(columns, centres, strict=True))
        for column, centre in zip(columns, centres, strict=True)
    ]


def fourth_central_moment(row: Vector, members: Sequence[Vector]) -> fmpq:
    """phi^4 = E <w, z - E z>^4."""
    size = len(members)
    centre = tuple(sum(column, fmpq(0)) / size for column in zip(*members, strict=True))
    shifted = (tuple(a - b for a, b in zip(member, centre, strict=True)) for member in members)
    return sum((inner(row, member) ** 4 for member in shifted), fmpq(0)) / size
