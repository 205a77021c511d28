"""A toy net in the plane as one statistic is swept, all else fixed: mu_2 moves F_2, sigma_1 turns its facets.

These are the networks of the paper's pictures of a folded hyperplane (Figures 2 and 9), in exact numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Literal

from flint import fmpq

from polybn.errors import InputError
from polybn.exact.matrix import Vector
from polybn.exact.rational import fraction, rational, short
from polybn.networks.activation import LeakyReLU
from polybn.networks.layer import Linear
from polybn.networks.network import Network
from polybn.networks.normalization import Semantics
from polybn.normalizations import BatchNorm
from polybn.regions.dihedral import Creases, creases
from polybn.regions.domain import Box, box
from polybn.regions.enumerate import enumerate_regions
from polybn.regions.folded import FoldedHyperplane
from polybn.regions.partition import Partition

Statistic = Literal["location", "scale"]

TOY_BATCH = ((3, 4), (3, -4), (-3, 4), (-3, -4))
"""Its mean is the origin, and the rows (1, 0), (0, 1), (1, 1) have the standard deviations 3, 4 and 5."""
OFFSETS = tuple(Fraction(n, 2) for n in range(-1, 5))
"""mu_2 from -1/2 to 2."""
SCALES = tuple(3 * Fraction(2) ** exponent for exponent in (2, 1, 0, -1, -2, -3))
"""sigma_1 from 12 to 3/8."""


@dataclass(frozen=True)
class Still:
    """One network of a sweep: the value of the swept statistic, the network, and the box that is drawn."""

    statistic: Statistic
    value: Fraction
    network: Network
    domain: Box

    @cached_property
    def partition(self) -> Partition:
        """The regions in the box."""
        return enumerate_regions(self.network, self.domain, exact=True)

    def folded(self, layer: int = 1, unit: int = 0) -> FoldedHyperplane:
        """The folded hyperplane that the sweep moves or turns."""
        return self.partition.folded_hyperplane(layer, unit)

    def creases(self, layer: int = 1, unit: int = 0) -> Creases:
        """Its facets at each wall of the layers before, with their exact angles."""
        return creases(self.partition, layer, unit)


def toy(slope: object = "1/10") -> Network:
    """A net of widths 2-3-1 with batch normalisation and a leaky ReLU, fitted on `TOY_BATCH`.

    >>> toy()
    Network(2-3-1-1, leaky_relu(1/10))
    """
    function = LeakyReLU(slope)
    first, second = Linear([[1, 0], [0, 1], [1, 1]]), Linear([[1, 2, -1]])
    norm = BatchNorm(sigma_bits=4)
    return Network([first, norm, function, second, norm, function, Linear([[1]])]).fit(TOY_BATCH)


def sweep(
    network: Network, statistic: Statistic, stage: int, unit: int, values: Iterable[object], domain: Box | None = None
) -> tuple[Still, ...]:
    """The network with one unit's location or scale set to each of the values, its other numbers as they are.

    Stages are counted from 0 among the affine layers. Raises `InputError` where there is no such normalised unit, or
    for a scale that is not positive.
    """
    place = domain or box(-8, 8, dim=network.dimension)
    given = [rational(value, f"values[{index}]") for index, value in enumerate(values)]
    return tuple(
        Still(statistic, fraction(value), with_statistic(network, statistic, stage, unit, value), place)
        for value in given
    )


def sweep_of_location(network: Network | None = None) -> tuple[Still, ...]:
    """Figure 2, first row: mu of the unit of layer 2 is swept, and its folded hyperplane moves, bending at H_1."""
    return sweep(network or toy(), "location", 1, 0, OFFSETS)


def sweep_of_scale(network: Network | None = None) -> tuple[Still, ...]:
    """Figure 9: sigma of the first unit of layer 1 is swept, and the facets beside its hyperplane turn towards it."""
    return sweep(network or toy(), "scale", 0, 0, SCALES)


def with_statistic(network: Network, statistic: Statistic, stage: int, unit: int, value: fmpq) -> Network:
    """The network with one frozen statistic replaced; its semantics is "frozen" from then on."""
    frozen = network.stages[stage].frozen if 0 <= stage < len(network.stages) else None
    if frozen is None or not 0 <= unit < frozen.units:
        raise InputError(f"{network} has no normalised unit {unit} in stage {stage}; both are counted from 0.", stage)
    if statistic == "scale" and value <= 0:
        raise InputError(f"sigma is swept to {short(value)}; it must be positive.", value)
    if statistic == "location":
        changed = replace(frozen, location=_with_entry(frozen.location, unit, value), semantics=Semantics.FROZEN)
    else:
        scale = _with_entry(frozen.scale, unit, value)
        changed = replace(frozen, scale=scale, semantics=Semantics.FROZEN, squared_scale=None)
    stages = list(network.stages)
    stages[stage] = replace(stages[stage], normalization=changed)
    return Network(stages)


def _with_entry(values: Vector, place: int, value: fmpq) -> Vector:
    return tuple(value if index == place else kept for index, kept in enumerate(values))
