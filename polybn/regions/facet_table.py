"""Facets of all regions as two levels of offsets: region -> facets -> ids of the hyperplanes that own each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Owners = tuple[tuple[int, ...], ...]
"""The facets of one region, each as the increasing ids of the hyperplanes that contain it."""


@dataclass(frozen=True)
class FacetTable:
    """`facet_starts` (regions + 1), `owner_starts` (facets + 1) and `owners`; owners of a facet increase."""

    facet_starts: NDArray[np.int64]
    owner_starts: NDArray[np.int64]
    owners: NDArray[np.int32]

    @classmethod
    def of(cls, regions: Iterable[Owners]) -> FacetTable:
        """The table of the facets given region by region."""
        facet_counts: list[int] = [0]
        owner_counts: list[int] = [0]
        owners: list[int] = []
        for facets in regions:
            facet_counts.append(len(facets))
            for ids in facets:
                owner_counts.append(len(ids))
                owners.extend(ids)
        return cls(
            np.cumsum(facet_counts, dtype=np.int64),
            np.cumsum(owner_counts, dtype=np.int64),
            np.array(owners, dtype=np.int32),
        )

    @classmethod
    def of_counts(cls, facets: NDArray[np.int32], owners: NDArray[np.int32], ids: NDArray[np.int32]) -> FacetTable:
        """The table of `facets` facets a region and `owners` owners a facet."""
        return cls(_starts(facets), _starts(owners), ids)

    @property
    def count(self) -> int:
        """The number of (region, facet) pairs."""
        return len(self.owner_starts) - 1

    @cached_property
    def regions(self) -> NDArray[np.int64]:
        """The region of each facet."""
        return np.repeat(np.arange(len(self.facet_starts) - 1), np.diff(self.facet_starts))

    def owners_of(self, facet: int) -> NDArray[np.int32]:
        """The ids of the hyperplanes that own a facet."""
        return self.owners[self.owner_starts[facet] : self.owner_starts[facet + 1]]

    def of_region(self, region: int) -> Owners:
        """The facets of one region."""
        start, stop = int(self.facet_starts[region]), int(self.facet_starts[region + 1])
        return tuple(tuple(self.owners_of(facet).tolist()) for facet in range(start, stop))

    def on_domain_boundary(self, first_id: int) -> NDArray[np.bool_]:
        """Whether each facet lies on the boundary of the domain, whose rows have the ids below `first_id`."""
        return self.owners[self.owner_starts[:-1]] < first_id


def _starts(counts: NDArray[np.int32]) -> NDArray[np.int64]:
    starts = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts
