"""Which region is a point in? Its code, found among the sorted codes; on a boundary, all regions that touch it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from polybn.errors import BoundaryError, IncompleteError, OutsideError
from polybn.exact.matrix import Vector
from polybn.exact.rational import short

if TYPE_CHECKING:
    from polybn.regions.partition import Partition
    from polybn.regions.region import Region


def region_of(part: Partition, point: Sequence[object]) -> Region:
    """The region that contains the point in its interior (relative to the domain)."""
    values = _inside(part, point)
    index = index_of(part.codes, _code(part, values))
    if index is not None:
        return part[index]
    near = touching(part, point)
    if len(near) > 1:
        raise BoundaryError(
            f"The point ({', '.join(map(short, values))}) lies on the boundary of regions "
            f"{[region.index for region in near]}. Use part.touching(point) for all of them.",
            point,
        )
    if not near:
        raise IncompleteError(
            f"The point ({', '.join(map(short, values))}) is in none of the {len(part)} regions found before "
            f"{part.stopped}. Go on with part.resume().",
            point,
        )
    # A hyperplane may touch the domain at the point without cutting it: no other region is near.
    return near[0]


def touching(part: Partition, point: Sequence[object]) -> list[Region]:
    """All regions whose closure contains the point."""
    values = _inside(part, point)
    own = part.hyperplanes.signs(_code(part, values))
    candidates = np.flatnonzero(((part.signs == own) | (own == 0)).all(axis=1))
    regions = (part[index] for index in candidates.tolist())
    return [region for region in regions if region.contains(values)]


def index_of(codes: NDArray[np.int8], code: NDArray[np.int8]) -> int | None:
    """The place of a code among increasing codes, or None."""
    index = bisect_left(range(len(codes)), _key(code), key=lambda place: _key(codes[place]))
    return index if index < len(codes) and bool((codes[index] == code).all()) else None


def _key(code: NDArray[np.int8]) -> bytes:
    """Bytes in the order of codes."""
    return (code.view(np.uint8) ^ 128).tobytes()


def _code(part: Partition, values: Vector) -> NDArray[np.int8]:
    return np.array(part.network.code(values), dtype=np.int8)


def _inside(part: Partition, point: Sequence[object]) -> Vector:
    values = part.network.point(point)
    if not part.frame.contains(values):
        raise OutsideError(f"The point ({', '.join(map(short, values))}) is outside {part.domain}.", point)
    return values
