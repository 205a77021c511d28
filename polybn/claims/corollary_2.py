"""At the centroid of a layer's inputs every pre-activation is 0: all H_{l,k} meet there, so few regions can form."""

from __future__ import annotations

from flint import fmpq

from polybn.claims.claim import Claim
from polybn.claims.hypotheses import BETA_ZERO, BREAKPOINT_ZERO, NORMALIZED
from polybn.claims.view import ExactView
from polybn.exact.rational import text
from polybn.outcome import Fails, Holds, Outcome


def _check(view: ExactView) -> Outcome:
    compared = 0
    for layer in view.normalized_layers:
        count = len(layer.inputs)
        centroid = tuple(sum(entries, fmpq(0)) / count for entries in zip(*layer.inputs, strict=True))
        activation = layer.stage.activation
        # The boundary of unit k is where its pre-activation, normalisation folded in, meets a breakpoint: nothing here
        # repeats how mu was computed.
        for unit, value in enumerate(layer.stage.folded.apply(centroid)):
            for boundary in activation.breakpoints if activation else (fmpq(0),):
                if value != boundary:
                    place = ", ".join(map(text, centroid))
                    return Fails(
                        f"pre-activation at the centroid: {text(value)}",
                        f"{text(boundary)}, where the unit's boundary is",
                        f"layer {layer.index}, unit {unit}: centroid ({place}) of {count} inputs",
                    )
                compared += 1
    return Holds(compared)


COROLLARY_2 = Claim(
    id="corollary-2",
    sentence="The centroid of the layer's inputs lies on the boundary of every unit, so the layer's arrangement is "
    "central.",
    source="Corollary 2, Eq. 5-6",
    hypotheses=(NORMALIZED, BETA_ZERO, BREAKPOINT_ZERO),
    check=_check,
    moot={NORMALIZED.name: "without a normalised layer nothing is said"},
)
