"""What a claim may ask of a network: layer inputs, projections, partitions. The exact view answers in Q."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from polybn.exact.matrix import Vector, rows_of, vector
from polybn.networks.layer import Stage
from polybn.networks.network import Network
from polybn.networks.normalization import FrozenNormalization
from polybn.regions.domain import Box
from polybn.regions.enumerate import enumerate_regions
from polybn.regions.partition import Partition

Points = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True)
class Instance:
    """What a claim is checked on: a fitted network, the batch of its statistics, and a box.

    `normalization` is the name under which the statistics were made; `stratum` the kind of instance that was drawn.
    """

    network: Network
    batch: Points
    domain: Box
    normalization: str = ""
    stratum: str = field(default="", compare=False)


@dataclass(frozen=True)
class NormalizedLayer:
    """A normalised layer: its number among the stages, the stage, its statistics, its inputs over the batch."""

    index: int
    stage: Stage
    statistics: FrozenNormalization
    inputs: list[Vector]

    @property
    def rows(self) -> list[Vector]:
        """w_k, one a unit."""
        return rows_of(self.stage.affine.linear)

    @property
    def projections(self) -> list[Vector]:
        """<w_k, z_n> + c_k over the batch, one tuple a unit."""
        values = [self.stage.affine.apply(point) for point in self.inputs]
        return [tuple(value[unit] for value in values) for unit in range(self.stage.affine.outputs)]


class ExactView:
    """The exact view of one instance; what is asked twice is computed once."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.network = instance.network
        self._partitions: dict[int, Partition] = {}

    @cached_property
    def normalized_layers(self) -> tuple[NormalizedLayer, ...]:
        """The layers that carry a normalisation, in order."""
        return tuple(self._normalized_layers())

    def partition(self, layers: int | None = None) -> Partition:
        """The regions of the network in the domain, or of its first `layers` hidden layers, enumerated on their own."""
        depth = len(self.network.hidden)
        wanted = depth if layers is None else layers
        if wanted not in self._partitions:
            network = self.network if wanted == depth else self.network.prefix(wanted)
            # Instances are small: integers are done before compiled kernels are loaded.
            self._partitions[wanted] = enumerate_regions(network, self.instance.domain, exact=True)
        return self._partitions[wanted]

    def _normalized_layers(self) -> Iterator[NormalizedLayer]:
        values = [vector(point) for point in self.instance.batch]
        for index, stage in enumerate(self.network.stages):
            if stage.frozen is not None:
                yield NormalizedLayer(index, stage, stage.frozen, values)
            values = [stage.apply(value) for value in values]
