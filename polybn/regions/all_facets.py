"""The facets of all regions of a partition whose engine found none: compiled, or one region after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from polybn.regions.facet_table import FacetTable

if TYPE_CHECKING:
    from polybn.regions.partition import Partition


def all_facets(part: Partition) -> FacetTable:
    """The table of facets, exact: floats propose and certify most, exact arithmetic does the rest.

    Cost: some microseconds a region where the witnesses are floats, milliseconds a region where they are rationals.
    """
    floats = part.witnesses.floats
    if not len(part) or not part.network.hidden or bool(np.isnan(floats).all()):
        return FacetTable.of(part.owners_of(index) for index in range(len(part)))
    from polybn.regions.kernels.facet_bulk import bulk_facets
    from polybn.regions.kernels.facet_groups import groups_of
    from polybn.regions.kernels.floats import float_network

    integer, rows = part.network.integer, part.frame.rows
    network = float_network(integer, rows, part.witnesses.scales)
    groups = groups_of(integer, rows)
    return bulk_facets(network, groups, part.codes, floats, part.owners_of, complete=part.complete).table
