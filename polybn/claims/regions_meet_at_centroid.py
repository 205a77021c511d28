"""Every closed region of a layer contains the centroid of the layer's inputs: the regions are cones with one apex."""

from __future__ import annotations

from flint import fmpq

from polybn.claims.claim import Claim
from polybn.claims.hypotheses import BETA_AT_THE_BREAKPOINT, FEW_UNITS, NORMALIZED
from polybn.claims.view import ExactView, NormalizedLayer
from polybn.exact.matrix import Vector, vector
from polybn.exact.rational import text, tuple_text
from polybn.networks.network import Network
from polybn.outcome import Fails, Holds, Outcome
from polybn.regions.enumerate import enumerate_regions
from polybn.regions.hyperplanes import Inequality
from polybn.regions.whole_space import whole_space


def value_at(inequality: Inequality, point: Vector) -> fmpq:
    """normal . x + offset, which is >= 0 exactly on one side."""
    terms = (entry * x for entry, x in zip(vector(inequality.normal), point, strict=True))
    return sum(terms, vector([inequality.offset])[0])


def _check(view: ExactView) -> Outcome:
    compared = 0
    for layer in view.normalized_layers:
        found = _check_layer(layer)
        if isinstance(found, Fails):
            return found
        compared += found
    return Holds(compared)


def _check_layer(layer: NormalizedLayer) -> Fails | int:
    """A failure, or the number of regions; a layer without an activation has one, all of space."""
    count = len(layer.inputs)
    centroid = tuple(sum(entries, fmpq(0)) / count for entries in zip(*layer.inputs, strict=True))
    network = Network((layer.stage,))
    regions = enumerate_regions(network, whole_space(network.dimension), exact=True)
    # The facets come from the enumeration, the centroid from the inputs: no statistic enters.
    for region in regions:
        for inequality in region.inequalities:
            value = value_at(inequality, centroid)
            if value < 0:
                return Fails(
                    f"{text(value)} at the centroid {tuple_text(centroid)} of {count} inputs",
                    f"{inequality} on a closed region",
                    f"layer {layer.index}, in the space of its inputs",
                )
    return len(regions)


REGIONS_MEET_AT_CENTROID = Claim(
    id="regions-meet-at-centroid",
    sentence="In the space of its inputs every closed region of a normalised layer contains the centroid of the "
    "layer's inputs, so that all of them meet there.",
    source="Corollary 2, region by region",
    hypotheses=(NORMALIZED, BETA_AT_THE_BREAKPOINT, FEW_UNITS),
    check=_check,
    moot={
        NORMALIZED.name: "without a normalised layer nothing is said",
        FEW_UNITS.name: "it bounds the work of the check, which lists all regions",
    },
)
