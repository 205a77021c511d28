"""Which regions does a network have in a domain? Two engines that share no geometry answer."""

from __future__ import annotations

from typing import cast

from polybn.errors import DomainError, EngineError, InputError
from polybn.exact.rational import brief
from polybn.networks.integer import IntegerNetwork
from polybn.networks.network import Network
from polybn.regions.cell import Engine
from polybn.regions.domain import Box
from polybn.regions.partition import Partition
from polybn.regions.split import split
from polybn.regions.tree import tree

ENGINES: dict[str, Engine] = {"split": split, "tree": tree}
BEST_SPLIT_DIMENSION = 4
"""Up to here the splitting engine is the faster one."""
LARGEST_SPLIT_DIMENSION = 10


def enumerate_regions(network: Network, domain: Box, *, engine: str = "auto", exact: bool = False) -> Partition:
    """All full-dimensional regions that meet the open domain, each once, in exact arithmetic.

    `engine`: "split" (exact cell subdivision), "tree" (sign vectors by linear feasibility, any dimension), or "auto":
    split up to dimension 4. Every engine is exact; with `exact=True` no float is used even to guess, which is the
    oracle that the others are tested against. Raises `DomainError` when dimensions differ, `UnfittedError` before
    `fit`, `EngineError` for an unknown engine. Cost is proportional to the number of regions, which can explode.
    """
    if engine not in (*ENGINES, "auto"):
        raise EngineError(f"{brief(engine)} is not an engine; choose 'auto', 'split' or 'tree'.", engine)
    if not isinstance(cast("object", network), Network) or not isinstance(cast("object", domain), Box):
        raise InputError(
            f"enumerate_regions was given {brief(network)} and {brief(domain)}; a Network and a box are needed: "
            "pb.enumerate_regions(net, pb.box(-3, 3, dim=2)).",
            (network, domain),
        )
    if domain.dimension != network.dimension:
        raise DomainError(
            f"The domain has dimension {domain.dimension} and the network takes {network.dimension} coordinates. "
            f"Write pb.box(lower, upper, dim={network.dimension}).",
            domain,
        )
    chosen = engine if engine != "auto" else "split" if network.dimension <= BEST_SPLIT_DIMENSION else "tree"
    if chosen == "split" and network.dimension > LARGEST_SPLIT_DIMENSION:
        raise EngineError(
            f"The engine 'split' keeps vertices, of which a box in dimension {network.dimension} has "
            f"2^{network.dimension}; it goes up to {LARGEST_SPLIT_DIMENSION}. Use engine='tree' or 'auto'.",
            engine,
        )
    counts = [0] * len(network.hidden)
    cells = list(ENGINES[chosen](IntegerNetwork(network), domain, counts, exact=exact))
    return Partition(network, domain, cells, counts, chosen)
