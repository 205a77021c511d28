"""On every region the network is x -> A x + b with A, b the closed form of the region's code (Eq. 15-18)."""

from __future__ import annotations

from polybn.claims.claim import Claim
from polybn.claims.hypotheses import ONE_LAYER
from polybn.claims.view import ExactView
from polybn.exact.matrix import Vector, vector
from polybn.exact.rational import tuple_text
from polybn.outcome import Fails, Holds, Outcome
from polybn.regions.region import Region


def _check(view: ExactView) -> Outcome:
    compared = 0
    for region in view.partition():
        # The vertices of a full-dimensional polytope affinely span R^d, so agreement there is agreement as maps;
        # the witness, being interior, ties the map to this region and no neighbour.
        for point in (region.witness, *region.vertices):
            failure = _differs(view, region, vector(point))
            if failure:
                return failure
            compared += 1
    return Holds(compared)


def _differs(view: ExactView, region: Region, point: Vector) -> Fails | None:
    forward, closed = view.network.apply(point), region.affine.apply(point)
    if forward == closed:
        return None
    where = f"region {region.index}, code {region.code}, x = {tuple_text(point)}"
    return Fails(tuple_text(closed), tuple_text(forward), where)


AFFINE_PIECES = Claim(
    id="affine-pieces",
    sentence="On each region the network is affine, with the slope and bias that the closed form gives for its code.",
    source="Eq. 15-18",
    hypotheses=(ONE_LAYER,),
    check=_check,
    moot={ONE_LAYER.name: "without a hidden layer there is one region and nothing to compare"},
)
