"""Which regions does a network have in a domain? Engines that share no geometry answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from polybn.errors import DomainError, EngineError, InputError
from polybn.exact.rational import brief
from polybn.networks.network import Network
from polybn.regions.collect import (
    Arrays,
    Budget,
    Chunk,
    Gathering,
    Progress,
    budget_of,
    cells_in_chunks,
    executor_of,
)
from polybn.regions.domain import Box
from polybn.regions.halfspaces import Polytope
from polybn.regions.kernels.state import SLOTS
from polybn.regions.partition import Partition
from polybn.regions.slice import Slice
from polybn.regions.split import split
from polybn.regions.tree import tree
from polybn.regions.whole_space import WholeSpace

if TYPE_CHECKING:
    from polybn.networks.integer import IntegerNetwork
    from polybn.regions.kernels.driver import Subdivision
    from polybn.regions.kernels.tree_regions import SignTree

DOMAINS = (Box, Polytope, WholeSpace, Slice)
ENGINES = ("auto", "split", "tree")
BEST_SPLIT_DIMENSION = 4
"""Up to here the splitting engine is the faster one."""
LARGEST_COMPILED_DIMENSION = 6
LARGEST_SPLIT_DIMENSION = 10


def enumerate_regions(
    network: Network,
    domain: Box | Polytope | WholeSpace | Slice,
    *,
    engine: str = "auto",
    exact: bool = False,
    executor: object = None,
    budget: Budget | int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Partition:
    """All full-dimensional regions that meet the open domain, each once, in exact arithmetic.

    `domain`: a `box`, a `Polytope`, the `whole_space` (whose regions may be unbounded), or a slice of the input space
    (`plane_through`, `line_through`, `affine_slice`), whose partition lives in the slice's own coordinates.
    `engine`: "split" (cell subdivision), "tree" (sign vectors by linear feasibility, any dimension), or "auto": split
    up to dimension 4. Every engine is exact: floats decide a sign only with a proved bound, else integers do; with
    `exact=True` no float is used even to guess, which is the oracle that the others are tested against.
    `executor`: a number of workers, a concurrent.futures executor, a dask client or a joblib.Parallel. Of a number of
    workers this process is one; the others are threads of it where compiled code does nearly all, and processes that
    are kept for later calls where the tree leaves more to Python's rationals, as with central arrangements and the
    whole space. The work is split over the cells that the first few hyperplanes cut out, and the result is the same for
    any number of workers. Where an executor fails, the rest is done here, with a warning.
    `budget`: a number of regions, or `Budget(regions=..., seconds=...)`, after which the enumeration stops; the
    partition then has `complete` False, says how many regions it holds, and goes on with `resume`. So it does after an
    interrupt (Ctrl-C). `progress` is called now and then with a `Progress`.
    Raises `DomainError` when dimensions differ, `UnfittedError` before `fit`, `EngineError` for an unknown engine. Cost
    is proportional to the number of regions, which can explode.
    """
    _check(network, domain, engine)
    limit = budget_of(budget)
    inner, frame = domain.prepared(network)
    _check_dimensions(inner, frame)
    chosen = engine if engine != "auto" else "split" if inner.dimension <= BEST_SPLIT_DIMENSION else "tree"
    if chosen == "split" and inner.dimension > LARGEST_SPLIT_DIMENSION:
        raise EngineError(
            f"The engine 'split' keeps vertices, of which a box in dimension {inner.dimension} has "
            f"2^{inner.dimension}; it goes up to {LARGEST_SPLIT_DIMENSION}. Use engine='tree' or 'auto'.",
            engine,
        )
    workers = executor_of(executor)
    is_shared = workers is not None and not exact and inner.integer.depth > 0
    if is_shared and (chosen == "tree" or inner.dimension <= LARGEST_COMPILED_DIMENSION):
        gathering = _shared(inner, frame, chosen, workers)
    else:
        gathering = _gathering(inner.integer, frame, chosen, exact)
    return Partition(inner, domain, frame, gathering, gathering.go_on(limit, progress), chosen)


def _shared(network: Network, domain: Box | Polytope, engine: str, executor: object) -> Gathering:
    """The work set up for an executor, nothing enumerated yet."""
    from polybn.regions.kernels.scaling import scales_of
    from polybn.regions.parallel import Parallel

    work = Parallel(network, domain, engine, executor)
    scales = scales_of(domain.lower, domain.upper)
    return Gathering(
        work.chunks(), scales, lambda: work.counts, lambda: _gathering(network.integer, domain, engine, exact=True)
    )


def _gathering(network: IntegerNetwork, domain: Box | Polytope, engine: str, exact: bool) -> Gathering:
    """The engine set up, nothing enumerated yet."""
    fits = network.depth > 0 and domain.dimension <= LARGEST_COMPILED_DIMENSION and len(domain.facets) <= SLOTS
    if engine == "split" and fits and not exact:
        from polybn.regions.kernels.driver import Subdivision, prepared
        from polybn.regions.kernels.residues import residues_of

        tables = prepared(network, domain)
        run = Subdivision(tables, lambda: residues_of(network, domain.rows))
        return Gathering(
            _compiled(run),
            tables.scales,
            run.counts.tolist,
            lambda: _gathering(network, domain, engine, exact=True),
            lambda: run.doubts,
        )
    if engine == "tree" and network.depth > 0 and not exact:
        from polybn.regions.kernels.tree_regions import SignTree

        search = SignTree(network, domain)
        return Gathering(_searched(search), search.scales, lambda: search.counts, settled=lambda: search.settled)
    counts = [0] * network.depth
    cells = (split if engine == "split" else tree)(network, domain, counts, exact=exact)
    return Gathering(cells_in_chunks(cells), np.zeros(domain.dimension, dtype=np.int64), lambda: counts)


def _compiled(run: Subdivision) -> Iterator[Chunk]:
    for regions in run.regions():
        yield Arrays(*regions)


def _searched(search: SignTree) -> Iterator[Chunk]:
    from polybn.regions.share import searched

    for regions in search.regions():
        yield searched(search, regions)


def _check(network: object, domain: object, engine: object) -> None:
    if engine not in ENGINES:
        raise EngineError(f"{brief(engine)} is not an engine; choose 'auto', 'split' or 'tree'.", engine)
    if not isinstance(network, Network) or not isinstance(domain, DOMAINS):
        raise InputError(
            f"enumerate_regions was given {brief(network)} and {brief(domain)}; a Network and a domain are needed: "
            "pb.enumerate_regions(net, pb.box(-3, 3, dim=2)), or pb.whole_space(2), pb.Polytope(A, b), "
            "pb.plane_through(p, q, r).",
            (network, domain),
        )


def _check_dimensions(network: Network, domain: Box | Polytope) -> None:
    if domain.dimension != network.dimension:
        raise DomainError(
            f"The domain has dimension {domain.dimension} and the network takes {network.dimension} coordinates. "
            f"Write pb.box(lower, upper, dim={network.dimension}).",
            domain,
        )
