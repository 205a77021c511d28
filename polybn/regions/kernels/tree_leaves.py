"""The leaves that a sign-vector tree is shared by, and whether compiled code does nearly all of the work."""

from __future__ import annotations

from polybn.networks.integer import IntegerNetwork
from polybn.regions.domain import Domain
from polybn.regions.kernels.state import AFTER_ALL
from polybn.regions.kernels.tree_arrays import BREAKS, UNITS
from polybn.regions.kernels.tree_regions import SignTree, prepared

RARELY = 64
"""Regions for each question left to rationals, at the least, where those have no say in the time."""


def leaves_of(network: IntegerNetwork, domain: Domain, wanted: int) -> tuple[int, int]:
    """The least depth, even or the first layer's number of hyperplanes, with so many leaves, if any; their number."""
    layers = prepared(network, domain)[2].layers
    planes = int(layers[0, UNITS] * layers[0, BREAKS])
    depth = count = 0
    while count < wanted and depth < planes:
        depth = min(depth + 2, planes)
        search = SignTree(network, domain, depth=depth)
        for _ in search.share(AFTER_ALL, AFTER_ALL):
            pass
        count = search.leaves
    return depth, count


def is_compiled(network: IntegerNetwork, domain: Domain, depth: int, leaves: int) -> bool:
    """Whether hardly a question of some of the leaves, the first, the middle and the last, was left to rationals."""
    search = SignTree(network, domain, depth=depth)
    asked = sorted({0, leaves // 2, leaves - 1}) if leaves else []
    regions = sum(len(part.codes) for leaf in asked for part in search.share(leaf, leaf + 1))
    return RARELY * search.settled <= regions
