"""The strategy of each type of ours, by the type's name: what a signature alone asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

from polybn.claims.view import Instance
from polybn.drawing.methods import frozen_normalizations, normalizations
from polybn.drawing.numbers import activations, boxes, matrices, points
from polybn.drawing.placed import placed
from polybn.drawing.strategies import DIMENSIONS, cases, networks
from polybn.drawing.subsets import partitions, polytopes, regions
from polybn.networks.layer import Linear
from polybn.networks.normalization import Normalization
from polybn.normalizations import BatchNorm

WIDTHS = (1, 2, 3, 4)


def instances(normalization: type[Normalization] | Normalization = BatchNorm) -> st.SearchStrategy[Instance]:
    """What claims are checked on: networks fitted with a normalisation, with a point and two offsets each."""
    method = normalization() if isinstance(normalization, type) else normalization
    return cases(normalization=normalization, points=1, offsets=2).map(lambda case: case.instance(method))


def _linear() -> st.SearchStrategy[Linear]:
    sizes = st.tuples(st.sampled_from(WIDTHS), st.sampled_from(WIDTHS))
    return sizes.flatmap(lambda size: st.builds(Linear, matrices(*size), st.none() | points(size[0])))


STRATEGIES: Mapping[str, Callable[[], st.SearchStrategy[Any]]] = {
    "Network": lambda: networks() | networks(normalization=BatchNorm),
    "Linear": _linear,
    "AffineMap": lambda: _linear().map(lambda module: module.map),
    "PiecewiseLinear": activations,
    "Normalization": normalizations,
    "BatchNorm": lambda: normalizations(["batchnorm"]),
    "MedianNorm": lambda: normalizations(["median"]),
    "FrozenNormalization": lambda: st.sampled_from(WIDTHS).flatmap(frozen_normalizations),
    "Box": lambda: st.sampled_from(DIMENSIONS).flatmap(boxes),
    "Polytope": lambda: st.sampled_from(DIMENSIONS).flatmap(polytopes),
    "Partition": lambda: partitions() | partitions(normalization=BatchNorm),
    "Region": lambda: regions() | regions(normalization=BatchNorm),
    "Instance": instances,
    "Drawn": lambda: cases() | cases(normalization=BatchNorm),
    "Placed": lambda: placed() | placed(normalization=BatchNorm),
}
