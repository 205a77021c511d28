"""Each layer cuts its input space into the cells of a power diagram, whose sites and weights are known (Sec. A)."""

from __future__ import annotations

from collections.abc import Callable

from polybn.claims.claim import Claim, Hypothesis
from polybn.claims.hypotheses import ONE_LAYER
from polybn.claims.view import ExactView
from polybn.exact.matrix import Vector, vector
from polybn.exact.rational import text, tuple_text
from polybn.networks.activation import PiecewiseLinear
from polybn.networks.layer import Stage
from polybn.networks.network import HiddenLayer, Network
from polybn.outcome import Fails, Holds, Outcome
from polybn.regions.enumerate import enumerate_regions
from polybn.regions.partition import Partition
from polybn.regions.power_diagram import PowerDiagram, breakpoint_distances, diagram_of, is_strictly_convex
from polybn.regions.region import Region
from polybn.regions.whole_space import whole_space


def cells_are_regions(diagram: PowerDiagram, regions: Partition, layer: int) -> Outcome:
    """Whether each region of a layer, in all of R^inputs, is the cell of the sites with its code.

    At the witness these sites have the least power and no other has; at the vertices none has less, and along rays
    none gains. So the region lies in the cell; as the regions fill the space and the interiors of cells do not meet,
    it is the cell. Distinct regions must have distinct sites.
    """
    compared = 0
    owners: dict[Vector, int] = {}
    for region in regions:
        own = sites_of_code(diagram, region.code)
        where = f"layer {layer}, region {region.index}, code {region.code}"
        failure = _at_points(diagram, region, own, where) or _along_rays(diagram, region, own, where)
        if failure:
            return failure
        for site in own:
            if owners.setdefault(diagram.sites[site], region.index) != region.index:
                return Fails(
                    f"site {tuple_text(diagram.sites[site])} of another region too", "a site of its own", where
                )
        compared += 1 + len(region.vertices) + len(region.rays) + len(region.lines)
    return Holds(compared)


def sites_of_code(diagram: PowerDiagram, code: tuple[int, ...]) -> tuple[int, ...]:
    """The sites with this code; where an entry is on a breakpoint, with either piece beside it."""
    return tuple(
        index
        for index, pieces in enumerate(diagram.codes)
        if all(abs(piece - entry) <= 1 for piece, entry in zip(pieces, code, strict=True))
    )


def _at_points(diagram: PowerDiagram, region: Region, own: tuple[int, ...], where: str) -> Fails | None:
    points = [vector(point) for point in (region.witness, *region.vertices)]
    for index, (point, powers) in enumerate(zip(points, diagram.powers(points), strict=True)):
        least = min(powers)
        nearest = tuple(site for site, power in enumerate(powers) if power == least)
        agrees = nearest == own if index == 0 else set(own) <= set(nearest)
        if not agrees:
            other = next((site for site in nearest if site not in own), nearest[0])
            return Fails(
                f"power {text(powers[own[0]])} of the region's own site {tuple_text(diagram.sites[own[0]])}",
                f"{text(least)} of site {tuple_text(diagram.sites[other])} with code {diagram.codes[other]}",
                f"{where}, {'vertex' if index else 'witness'} {tuple_text(point)}",
            )
    return None


def _along_rays(diagram: PowerDiagram, region: Region, own: tuple[int, ...], where: str) -> Fails | None:
    """Along a ray u the power of site J falls by 2 <P_J, u> a step: no site's may fall faster than the region's."""
    lines = [vector(line) for line in region.lines]
    directions = [*map(vector, region.rays), *lines, *(tuple(-entry for entry in line) for line in lines)]
    for direction, gains in zip(directions, diagram.inner_products(directions), strict=True):
        mine = min(gains[site] for site in own)
        if mine < max(gains):
            return Fails(
                f"a site with <P, u> = {text(max(gains))}",
                f"at most {text(mine)}",
                f"{where}, ray {tuple_text(direction)}",
            )
    return None


def _regions_of(view: ExactView, index: int, layer: HiddenLayer) -> Partition:
    """The layer's own arrangement in all of its input space."""
    if index == 0:
        return view.everywhere(1)
    alone = Network([Stage(layer.affine, None, layer.activation)])
    return enumerate_regions(alone, whole_space(alone.dimension), exact=True)


def _checker(potential_of: Callable[[PiecewiseLinear], PiecewiseLinear]) -> Callable[[ExactView], Outcome]:
    def check(view: ExactView) -> Outcome:
        compared = 0
        for index, layer in enumerate(view.network.hidden):
            diagram = diagram_of(layer, potential_of(layer.activation))
            outcome = cells_are_regions(diagram, _regions_of(view, index, layer), index)
            if not isinstance(outcome, Holds):
                return outcome
            compared += outcome.compared
        return Holds(compared)

    return check


CONVEX = Hypothesis(
    "convex activation",
    "the activation of every hidden layer is convex, strictly at each breakpoint",
    lambda view: all(is_strictly_convex(layer.activation) for layer in view.network.hidden),
    {"kinds": ("relu", "leaky relu", "abs", "steep leaky relu", "piecewise linear")},
)
SMALL = {"max_width": 3, "dimensions": (1, 2)}
LAYERLESS = {ONE_LAYER.name: "without a hidden layer there is no partition into regions of a layer"}

POWER_DIAGRAM = Claim(
    id="power-diagram",
    sentence="Each layer cuts its input space into the cells of a power diagram: choosing a piece s t + c for each "
    "unit, with pre-activation <v, z> + o, gives the site P = sum_k s_k v_k and the weight "
    "||P||^2 + 2 sum_k (s_k o_k + c_k).",
    source="Sec. A",
    hypotheses=(ONE_LAYER, CONVEX),
    check=_checker(lambda activation: activation),
    options=SMALL,
    moot=LAYERLESS,
)

POWER_DIAGRAM_ANY_ACTIVATION = Claim(
    id="power-diagram-any-activation",
    sentence="Each layer cuts its input space into the cells of a power diagram whatever its activation: the site of a "
    "region with code q is sum_k q_k v_k, as if the activation were the sum of the distances to its breakpoints.",
    source="Sec. A, for every activation",
    hypotheses=(ONE_LAYER,),
    check=_checker(breakpoint_distances),
    options=SMALL,
    moot=LAYERLESS,
)
