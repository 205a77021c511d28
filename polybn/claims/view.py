"""What a claim may ask of a network: layer inputs, projections, partitions. The exact view answers in Q."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from polybn.exact.matrix import Vector, rows_of, vector
from polybn.networks.layer import Stage
from polybn.networks.network import Network
from polybn.networks.normalization import FrozenNormalization, Normalization
from polybn.regions.domain import Box
from polybn.regions.enumerate import enumerate_regions
from polybn.regions.partition import Partition
from polybn.regions.whole_space import whole_space

Points = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True)
class Instance:
    """What a claim is checked on: a fitted network, the batch of its statistics, and a box.

    `points` and `offsets` are what some claims ask about besides: points x of the input space, offsets mu of a unit.
    `normalization` is the name under which the statistics were made, `method` the normalisation itself where it is
    known; `stratum` the kind of instance that was drawn.
    """

    network: Network
    batch: Points
    domain: Box
    normalization: str = ""
    points: Points = ()
    offsets: tuple[Fraction, ...] = ()
    stratum: str = field(default="", compare=False)
    method: Normalization | None = field(default=None, compare=False, repr=False)


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
        self._everywhere: dict[int, Partition] = {}

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

    def everywhere(self, layers: int) -> Partition:
        """The regions of the first `layers` >= 1 hidden layers in all of R^d."""
        if layers not in self._everywhere:
            space = whole_space(self.network.dimension)
            self._everywhere[layers] = enumerate_regions(self.network.prefix(layers), space, exact=True)
        return self._everywhere[layers]

    def _normalized_layers(self) -> Iterator[NormalizedLayer]:
        values = [vector(point) for point in self.instance.batch]
        for index, stage in enumerate(self.network.stages):
            if stage.frozen is not None:
                yield NormalizedLayer(index, stage, stage.frozen, values)
            values = [stage.apply(value) for value in values]
