"""Do stored arrays describe a partition? Shapes, types, order and range, and the exact codes of some witnesses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from polybn.errors import FileFormatError, InternalError
from polybn.networks.network import Network
from polybn.regions.adjacency import shared_facets
from polybn.regions.witnesses import Witnesses

if TYPE_CHECKING:
    from polybn.regions.partition import Partition

KINDS = {
    "codes": np.dtype(np.int8),
    "layer_counts": np.dtype("<i8"),
    "witnesses": np.dtype("<f8"),
    "witness_scales": np.dtype("<i8"),
    "facet_starts": np.dtype("<i8"),
    "owner_starts": np.dtype("<i8"),
    "owners": np.dtype("<i4"),
}
"""The type of each array, whatever the machine."""
OPTIONAL = ("facet_starts", "owner_starts", "owners")
"""All three or none: an engine may leave the facets to be found on demand."""

SAMPLE = 64
LARGEST_SCALE = 1 << 20


def check_arrays(
    arrays: Mapping[str, NDArray[Any]], network: Network, domain_rows: int, where: str, *, is_complete: bool
) -> None:
    """Raises `FileFormatError`, naming the file and the array, where arrays do not fit the network or each other."""

    def require(holds: object, problem: str) -> None:
        if not holds:
            raise _damaged(where, f"{problem}.")

    codes = arrays["codes"]
    shape = ("any number", network.units)
    require(codes.ndim == 2 and codes.shape[1] == network.units, f"codes have shape {codes.shape}, not {shape}")
    count = len(codes)
    breakpoints = [len(layer.activation.breakpoints) for layer in network.hidden]
    limits = np.repeat(breakpoints, network.widths).astype(np.int8) if breakpoints else np.zeros(0, dtype=np.int8)
    require(((codes <= limits) & (codes >= -limits)).all(), "a code has an entry that no unit takes")
    require(_increase(codes), "the codes do not increase")
    counts = arrays["layer_counts"]
    require(counts.shape == (len(network.widths),), f"layer_counts have shape {counts.shape}")
    require((counts >= 0).all(), "a layer count is negative")
    if is_complete:
        last = counts[-1] if len(counts) else 1
        require(last == count, f"the last layer counts {last} regions and {count} are listed")
        require((np.diff(counts) >= 0).all(), "the layer counts fall")
    witnesses, scales = arrays["witnesses"], arrays["witness_scales"]
    require(witnesses.shape == (count, network.dimension), f"witnesses have shape {witnesses.shape}")
    require(scales.shape == (network.dimension,), f"witness_scales have shape {scales.shape}")
    require(((scales <= LARGEST_SCALE) & (scales >= -LARGEST_SCALE)).all(), "a witness scale is out of range")
    unknown = np.isnan(witnesses)
    require(not np.isinf(witnesses).any(), "a witness is infinite")
    require((unknown.any(axis=1) == unknown.all(axis=1)).all(), "a witness is half unknown")
    if "owners" in arrays:
        hyperplanes = sum(width * number for width, number in zip(network.widths, breakpoints, strict=True))
        problem = _table_problem(arrays, count, domain_rows + hyperplanes)
        require(not problem, problem)


def check_geometry(part: Partition, exact: set[int], where: str) -> None:
    """Raises `FileFormatError` where facets inside do not pair up, or a witness out of a sample has another code.

    The sample is spread evenly over the regions; each of its witnesses has its code by the exact forward pass. A region
    without facets needs a witness to find them from.
    """
    state = part.__getstate__()
    table, witnesses = state["_table"], cast("Witnesses", state["_witnesses"])
    known = ~np.isnan(witnesses.floats[:, 0])
    known[list(exact)] = True
    if table is None and not known.all():
        raise _damaged(where, f"region {int(known.argmin())} has neither facets nor a witness.")
    try:
        if table is not None:
            shared_facets(part.codes, part.facet_table, part.hyperplanes, is_complete=part.complete)
        sample = np.flatnonzero(known)
        for index in sample[np.linspace(0, len(sample) - 1, min(len(sample), SAMPLE)).astype(np.int64)].tolist():
            region = part[index]
            if part.network.code(region.witness) != region.code or not part.hyperplanes.domain.contains(region.witness):
                raise _damaged(where, f"the witness of region {index} is not in the region.")
    except InternalError as error:
        raise _damaged(where, str(error)) from error


def _damaged(where: str, problem: str) -> FileFormatError:
    return FileFormatError(f"{where}: {problem} The file is damaged; save it anew.", where)


def _increase(codes: NDArray[np.int8]) -> bool:
    """Whether each code is above the one before, entry by entry from the first."""
    before, after = codes[:-1], codes[1:]
    if codes.shape[1] == 0:
        return len(codes) <= 1
    first = (before != after).argmax(axis=1)[:, None]
    return bool((np.take_along_axis(after, first, 1) > np.take_along_axis(before, first, 1)).all())


def _table_problem(arrays: Mapping[str, NDArray[Any]], count: int, ids: int) -> str:
    """What is wrong with the facets, or nothing."""
    facet_starts, owner_starts, owners = (arrays[name] for name in OPTIONAL)
    if facet_starts.shape != (count + 1,) or owner_starts.ndim != 1 or len(owner_starts) == 0 or owners.ndim != 1:
        return "the facets have other shapes than the regions ask for"
    if facet_starts[0] != 0 or facet_starts[-1] != len(owner_starts) - 1 or (np.diff(facet_starts) < 0).any():
        return "facet_starts do not lead from 0 to the number of facets"
    if owner_starts[0] != 0 or owner_starts[-1] != len(owners) or (np.diff(owner_starts) < 1).any():
        return "owner_starts do not lead from 0 to the number of owners, one owner at least a facet"
    if len(owners) and (owners.min() < 0 or owners.max() >= ids):
        return "an owner is no hyperplane"
    inner = np.ones(len(owners), dtype=np.bool_)
    inner[owner_starts[:-1]] = False
    if len(owners) and not (np.diff(owners)[inner[1:]] > 0).all():
        return "the owners of a facet do not increase"
    return ""
