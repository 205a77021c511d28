"""Folding batch normalisation into float64 weights before counting invents regions.

A 2-6-1 network with beta = 0: all six first-layer hyperplanes pass through the batch mean, so the layer has exactly
2 (C(5,0) + C(5,1)) = 12 regions. Folded, W' = gamma W / sigma and b' = -gamma mu / sigma are rounded entry by entry;
the six lines then meet in pairs, in C(6,2) = 15 different points, and an exact enumeration of the *rounded* network
has 1 + 6 + 15 = 22 regions. The ten that are too many are triangles and slivers a few units in the last place across,
around the batch mean. The counting is exact both times: what is wrong is the network that was counted.
"""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import polybn as pb

UNITS = 6
SAMPLES = 16
SEEDS = range(10)
ENGINES = pytest.mark.parametrize("engine", ["split", "tree"])

Floats = NDArray[np.float64]


def drawn(seed: int) -> tuple[Floats, Floats, Floats]:
    """Weights of both layers and a batch, as float64 that are read exactly."""
    rng = np.random.default_rng(seed)
    return (
        rng.standard_normal((UNITS, 2)),
        rng.standard_normal((1, UNITS)),
        rng.standard_normal((SAMPLES, 2)),
    )


def exactly(seed: int) -> pb.Network:
    first, second, batch = drawn(seed)
    return pb.Network([pb.Linear(first), pb.BatchNorm(), pb.ReLU(), pb.Linear(second, [0])]).fit(batch)


def folded_in_floats(seed: int) -> pb.Network:
    """W / sigma and -mu / sigma by numpy in float64, as a deployed network has them."""
    first, second, batch = drawn(seed)
    projections = batch @ first.T
    mean, deviation = projections.mean(axis=0), projections.std(axis=0)
    return pb.Network.from_arrays([(first / deviation[:, None], -mean / deviation), (second, np.zeros(1))])


def regions(network: pb.Network, engine: str) -> pb.Partition:
    return pb.enumerate_regions(network, pb.box(-3, 3, dim=2), engine=engine)


@ENGINES
@pytest.mark.parametrize("seed", SEEDS)
def test_twelve_regions_become_twenty_two(seed: int, engine: str) -> None:
    true, phantom = regions(exactly(seed), engine), regions(folded_in_floats(seed), engine)
    assert true.layer_counts == (12,)
    assert phantom.layer_counts == (22,)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_batch_mean_touches_every_true_region(seed: int) -> None:
    """The twelve are sectors around the mean, which is exactly a vertex of each."""
    _, _, batch = drawn(seed)
    mean = [sum(map(Fraction, column.tolist()), Fraction(0)) / SAMPLES for column in batch.T]
    part = regions(exactly(seed), "split")
    assert part.touching(mean) == list(range(12))
    assert all(tuple(mean) in region.vertices for region in part)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ten_phantoms_are_bounded_specks_at_the_mean(seed: int) -> None:
    """The bounded regions number C(5, 2) = 10; each lies within 10^-12 of the mean and has no side on the box."""
    _, _, batch = drawn(seed)
    mean = [sum(map(Fraction, column.tolist()), Fraction(0)) / SAMPLES for column in batch.T]
    bounded = [
        region
        for region in regions(folded_in_floats(seed), "split")
        if not any(facet.on_domain_boundary for facet in region.facets)
    ]
    assert len(bounded) == 10
    for region in bounded:
        assert region.volume() > 0
        for vertex in region.vertices:
            assert all(abs(x - centre) < Fraction(1, 10**12) for x, centre in zip(vertex, mean, strict=True))


def test_folding_exactly_changes_nothing() -> None:
    """The same fold in rationals: it is the rounding that makes phantoms, not the folding."""
    net = exactly(0)
    stage = net.stages[0]
    layers: list[tuple[Any, Any]] = [
        (stage.folded.linear, stage.folded.offset),
        (net.stages[1].affine.linear, net.stages[1].affine.offset),
    ]
    folded = pb.Network.from_arrays(layers)
    assert regions(folded, "split").codes.tolist() == regions(net, "split").codes.tolist()
