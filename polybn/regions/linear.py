"""Linear regions: unions of regions that are linked by shared facets across which the affine map stays the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from flint import fmpz
from numpy.typing import NDArray

from polybn.errors import IncompleteError
from polybn.networks.affine import AffineMap
from polybn.networks.code import affine_of_code
from polybn.networks.network import Network
from polybn.regions.adjacency import shared_facets
from polybn.regions.residues import LARGEST_PRIME, largest_entry, prime_below, residues

if TYPE_CHECKING:
    from polybn.regions.partition import Partition

Codes = NDArray[np.int8]
Integers = NDArray[np.int64]

BLOCK = 1 << 15


@dataclass(frozen=True, eq=False, repr=False)
class LinearRegions:
    """The linear regions of a partition, numbered by their first region; `labels[i]` is the one of region i."""

    labels: Integers
    network: Network
    _first_codes: Codes

    def __repr__(self) -> str:
        return f"LinearRegions({self.count} of {len(self.labels)} regions)"

    def __len__(self) -> int:
        """The number of linear regions."""
        return len(self._first_codes)

    def __iter__(self) -> Iterator[tuple[int, ...]]:
        """The groups in order."""
        return iter(self.groups)

    @property
    def count(self) -> int:
        """The number of linear regions."""
        return len(self)

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The indices of the regions of each linear region, increasing."""
        order = np.argsort(self.labels, kind="stable")
        ends = np.cumsum(np.bincount(self.labels, minlength=len(self)))
        return tuple(tuple(part.tolist()) for part in np.split(order, ends[:-1]))

    def affine(self, group: int) -> AffineMap:
        """The affine map that the network is on all of this linear region."""
        return affine_of_code(self.network, self._first_codes[group].tolist())

    @cached_property
    def affine_maps(self) -> tuple[AffineMap, ...]:
        """The affine map of each linear region; linear regions apart may share one."""
        return tuple(self.affine(group) for group in range(len(self)))


def linear_regions(part: Partition) -> LinearRegions:
    """The connected components of the adjacency graph once edges between different affine maps are deleted.

    Maps are compared in three steps, each exact in what it concludes. Equal essential codes (`essential_codes`) name
    one map. Integer multiples of two maps by one scale that differ modulo a prime differ. And two that agree modulo
    primes whose product exceeds the sum of their sizes are equal, so no map is written out.
    Raises `IncompleteError` for a partition that was stopped. Cost: that of `adjacency`, and a sort.
    """
    require_complete(part, "The linear regions")
    count = len(part)
    pairs, _ = shared_facets(part.codes, part.facet_table, part.hyperplanes)
    distinct, kind = distinct_rows(essential_codes(part.network, part.codes))
    labels = components(count, pairs[_same_maps(part.network, distinct, kind[pairs])])
    first, labels = np.unique(labels, return_inverse=True)
    return LinearRegions(labels.astype(np.int64), part.network, part.codes[first])


def require_complete(part: Partition, question: str) -> None:
    """Raises `IncompleteError` when regions may be missing from the partition."""
    if not part.complete:
        raise IncompleteError(
            f"{question} were asked of a partition that was stopped at {len(part)} regions, and the missing ones "
            "matter. Go on with part.resume() first.",
            part,
        )


def essential_codes(network: Network, codes: Codes) -> Codes:
    """The codes with every entry that cannot matter to the affine map set to the first piece; (regions, units).

    A unit does not matter on a region when every path to the output passes a zero weight or a piece of slope 0 after
    it: its value is multiplied by 0. An entry that marks a breakpoint becomes a piece beside it, of slope 0 if there
    is one; both agree there. So equal essential codes give equal maps; the converse is false (terms may cancel).
    """
    result = codes.copy()
    for start in range(0, len(codes), BLOCK):
        _essential_block(network, result[start : start + BLOCK])
    return result


def _essential_block(network: Network, codes: Codes) -> None:
    """In place, from the last layer to the first."""
    used = np.broadcast_to(_nonzero(network.output).any(axis=0), (len(codes), network.output.inputs))
    stop = network.units
    for layer in reversed(network.hidden):
        own = codes[:, stop - layer.affine.outputs : stop]
        stop -= layer.affine.outputs
        count = len(layer.activation.breakpoints)
        is_flat = np.array([slope == 0 for slope in layer.activation.slopes], dtype=np.bool_)
        at_breakpoint = (own.astype(np.int64) + count) % 2 == 1
        below = (own.astype(np.int64) + count) // 2
        piece = below + (at_breakpoint & ~is_flat[below])
        own[:] = np.where(used, 2 * piece - count, -count)
        carries = used & ~is_flat[piece]
        used = carries.astype(np.float32) @ _nonzero(layer.affine).astype(np.float32) > 0


def _nonzero(affine: AffineMap) -> NDArray[np.bool_]:
    entries = [entry != 0 for entry in affine.linear.entries()]
    return np.array(entries, dtype=np.bool_).reshape(affine.outputs, affine.inputs)


def distinct_rows(table: NDArray[Any]) -> tuple[NDArray[Any], Integers]:
    """The distinct rows in the order of their bytes, and the place of each row among them."""
    if table.shape[1] == 0:
        return table[:1], np.zeros(len(table), dtype=np.int64)
    rows = np.ascontiguousarray(table)
    keys = rows.view(np.dtype((np.void, rows.shape[1] * rows.itemsize))).reshape(-1)
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    return table[first], place.reshape(-1).astype(np.int64)


def components(count: int, pairs: Integers) -> Integers:
    """For each of `count` nodes the least node that the pairs link it to."""
    labels = np.arange(count)
    while True:
        least = labels[pairs].min(axis=1)
        before = labels.copy()
        for side in pairs.T:
            np.minimum.at(labels, before[side], least)
        while bool((labels[labels] != labels).any()):
            labels = labels[labels]
        if bool((labels == before).all()):
            return labels


def _same_maps(network: Network, codes: Codes, pairs: Integers) -> NDArray[np.bool_]:
    """Whether the two codes of each pair name the same affine map."""
    same = pairs[:, 0] == pairs[:, 1]
    # One random point tells most maps apart; the few that it confuses are told apart below.
    random = np.random.default_rng(0).integers(0, LARGEST_PRIME, (1, network.dimension + 1))
    _, prints = distinct_rows(residues(network, codes, random, LARGEST_PRIME))
    open_pairs = np.flatnonzero(~same & (prints[pairs[:, 0]] == prints[pairs[:, 1]]))
    if len(open_pairs) == 0:
        return same
    asked, places = np.unique(pairs[open_pairs], return_inverse=True)
    sides = places.reshape(-1, 2)
    agree = np.ones(len(open_pairs), dtype=np.bool_)
    product, needed, prime = fmpz(1), 2 * largest_entry(network), LARGEST_PRIME
    unit_points = np.eye(network.dimension + 1, dtype=np.int64)
    while product <= needed:
        images = residues(network, codes[asked], unit_points, prime)
        agree &= (images[sides[:, 0]] == images[sides[:, 1]]).all(axis=1)
        product *= prime
        prime = prime_below(prime)
    same[open_pairs] = agree
    return same
