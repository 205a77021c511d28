"""The partition up to layer l refines the partition up to layer l - 1 (Eq. 20-22)."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from polybn.claims.claim import Claim
from polybn.claims.hypotheses import TWO_LAYERS
from polybn.claims.view import ExactView
from polybn.exact.rational import text
from polybn.outcome import Fails, Holds, Outcome
from polybn.regions.partition import Partition

MAX_VOLUME_DIMENSION = 3


def refines(fine: Partition, coarse: Partition) -> Outcome:
    """Whether each region of `fine` lies in one region of `coarse`, and those in each tile it.

    Containment is decided at the vertices, tiling by exact volumes (up to dimension 3; beyond, by presence).
    """
    units = coarse.network.units
    parents = {region.code: region for region in coarse}
    tiles: dict[tuple[int, ...], list[Fraction]] = defaultdict(list)
    measured = fine.domain.dimension <= MAX_VOLUME_DIMENSION
    compared = 0
    for region in fine:
        parent = parents.get(region.code[:units])
        where = f"region {region.index}, code {region.code}"
        if parent is None:
            return Fails("no region of the layers before has this code", "one region", where)
        outside = [vertex for vertex in region.polytope.vertices if not parent.contains(vertex)]
        if outside:
            return Fails(f"{len(outside)} vertices outside region {parent.index} of the layers before", "0", where)
        tiles[parent.code].append(region.volume() if measured else Fraction(0))
        compared += 1
    for parent in coarse:
        total = sum(tiles[parent.code], Fraction(0))
        whole = parent.volume() if measured else Fraction(0)
        if parent.code not in tiles or not tiles[parent.code] or total != whole:
            return Fails(f"parts of volume {text(total)}", text(whole), f"region {parent.index} of the layers before")
    return Holds(compared)


def _check(view: ExactView) -> Outcome:
    compared = 0
    for layers in range(2, len(view.network.hidden) + 1):
        outcome = refines(view.partition(layers), view.partition(layers - 1))
        if not isinstance(outcome, Holds):
            return outcome
        compared += outcome.compared
    return Holds(compared)


SUBDIVISION = Claim(
    id="subdivision",
    sentence="Each further layer subdivides: every region up to layer l lies in one region up to layer l - 1, and the "
    "parts tile it.",
    source="Eq. 20-22",
    hypotheses=(TWO_LAYERS,),
    check=_check,
)
