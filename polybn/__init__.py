"""polybn decides, exactly, what batch normalisation does to the geometry of a deep network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from polybn import errors
from polybn.exact.rational import exact_float
from polybn.importing.network_file import read_network, write_network
from polybn.networks.activation import Abs, HardTanh, LeakyReLU, PiecewiseLinear, ReLU, ReLU6
from polybn.networks.affine import AffineMap
from polybn.networks.layer import Linear
from polybn.networks.network import Network
from polybn.networks.normalization import FrozenNormalization, Normalization, frozen
from polybn.normalizations import BatchNorm, MedianNorm
from polybn.regions.collect import Budget, Progress
from polybn.regions.decision import DecisionBoundary
from polybn.regions.density import density, regions_around
from polybn.regions.domain import Box, box
from polybn.regions.enumerate import enumerate_regions
from polybn.regions.equality import equal_maps
from polybn.regions.folded import FoldedHyperplane
from polybn.regions.halfspaces import Polytope
from polybn.regions.linear import LinearRegions
from polybn.regions.lipschitz import Maximum
from polybn.regions.near import regions_near
from polybn.regions.partition import Partition
from polybn.regions.power_diagram import power_diagram
from polybn.regions.region import Region
from polybn.regions.slice import Slice, affine_slice, line_through, plane_through
from polybn.regions.storage import load as load_partition
from polybn.regions.whole_space import WholeSpace, whole_space

if TYPE_CHECKING:
    from polybn.auditing.audit import Report
    from polybn.claims.claim import Claim

__version__ = "0.1.0"

__all__ = [
    "Abs",
    "AffineMap",
    "BatchNorm",
    "Box",
    "Budget",
    "DecisionBoundary",
    "FoldedHyperplane",
    "FrozenNormalization",
    "HardTanh",
    "LeakyReLU",
    "Linear",
    "LinearRegions",
    "Maximum",
    "MedianNorm",
    "Network",
    "Normalization",
    "Partition",
    "PiecewiseLinear",
    "Polytope",
    "Progress",
    "ReLU",
    "ReLU6",
    "Region",
    "Slice",
    "WholeSpace",
    "affine_slice",
    "audit",
    "box",
    "density",
    "enumerate_regions",
    "equal_maps",
    "errors",
    "exact_float",
    "frozen",
    "line_through",
    "load_partition",
    "plane_through",
    "power_diagram",
    "read_network",
    "regions_around",
    "regions_near",
    "whole_space",
    "write_network",
]


def audit(
    normalization: type[Normalization] | Normalization | str = BatchNorm,
    claims: Iterable[str | Claim] | None = None,
    examples: int = 200,
    seed: int = 0,
) -> Report:
    """A verdict on each claim for a normalisation: proved, tested, or refuted with a small exact counterexample.

    `normalization`: a subclass of `Normalization`, an instance, or a shipped name. `claims`: ids, or None for all.
    The report's rows carry `id`, `status`, `live` and `witness`; the same arguments give the same report.
    """
    from polybn.auditing.audit import audit as decide

    return decide(normalization, claims, examples, seed)
