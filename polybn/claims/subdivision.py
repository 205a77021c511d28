"""The partition up to layer l refines the partition up to layer l - 1 (Eq. 20-22)."""

from __future__ import annotations

from fractions import Fraction

from polybn.claims.claim import Claim
from polybn.claims.hypotheses import TWO_LAYERS
from polybn.claims.view import ExactView
from polybn.exact.rational import text
from polybn.outcome import Fails, Holds, Outcome
from polybn.regions.partition import Partition


def refines(fine: Partition, coarse: Partition) -> Outcome:
    """Whether each region of `fine`, none of them twice, lies in one region of `coarse`, and those in each tile it.

    Containment is decided at the vertices, tiling by exact volumes.
    """
    units = coarse.network.units
    parents = {region.code: region for region in coarse}
    parts: dict[tuple[int, ...], list[Fraction]] = {code: [] for code in parents}
    seen: set[tuple[int, ...]] = set()
    for region in fine:
        parent = parents.get(region.code[:units])
        where = f"region {region.index}, code {region.code}"
        if parent is None:
            return Fails("no region of the layers before has this code", "one region", where)
        if region.code in seen:
            return Fails("two regions have this code", "one region", where)
        outside = [vertex for vertex in region.vertices if not parent.contains(vertex)]
        if outside:
            return Fails(f"{len(outside)} vertices outside region {parent.index} of the layers before", "0", where)
        parts[parent.code].append(region.volume())
        seen.add(region.code)
    for code, parent in parents.items():
        total = sum(parts[code], Fraction(0))
        if total != parent.volume():
            where = f"region {parent.index} of the layers before"
            return Fails(f"parts of volume {text(total)}", text(parent.volume()), where)
    return Holds(len(seen) + len(parents))


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
    moot={TWO_LAYERS.name: "with one hidden layer there is no layer before to refine"},
)
