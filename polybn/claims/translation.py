"""An offset outside the range of the data, moved to the nearer end of it, brings F strictly nearer to every sample.

In the space of the layer's inputs that is plain; in the input space it is the repaired Theorem 2, sample by sample. Any
location between the least and the largest projection, the batch mean among them, is such a translation towards the data
as far as the end of the range; inside the range one sample may lose what another gains.
"""

from __future__ import annotations

from collections.abc import Iterator

from flint import fmpq

from polybn.claims.claim import Claim, Hypothesis
from polybn.claims.unit_levels import (
    LATER_LAYER,
    NO_FOLD,
    UnitLevels,
    later_units,
    offsets_of,
    square_text,
)
from polybn.claims.view import ExactView
from polybn.exact.matrix import vector
from polybn.exact.rational import text, tuple_text
from polybn.outcome import Fails, Holds, Outcome


def _moves(view: ExactView, unit: UnitLevels) -> Iterator[tuple[fmpq, fmpq]]:
    """(mu', the nearer end of the range of g over the batch) for each offset mu' outside that range."""
    values = [unit.value(view.network, vector(point)) for point in view.instance.batch]
    least, most = min(values), max(values)
    for mu in offsets_of(view):
        if not least <= mu <= most:
            yield mu, least if mu < least else most


def _check(view: ExactView) -> Outcome:
    compared = 0
    for unit in later_units(view):
        for mu, end in _moves(view, unit):
            for point in map(vector, view.instance.batch):
                after, before = (unit.folded.squared_distance(point, offset) for offset in (end, mu))
                if after is None or (before is not None and before <= after):
                    return Fails(
                        f"d(x, F)^2 = {square_text(after)} for mu = {text(end)}, the nearer end of the range",
                        f"less than d(x, F')^2 = {square_text(before)} for mu' = {text(mu)}",
                        f"{unit}, sample x = {tuple_text(point)}",
                    )
                compared += 1
    return Holds(compared)


OUTSIDE = Hypothesis(
    "an offset outside",
    "some offset is not between the least and the largest projection of the batch",
    lambda view: any(True for unit in later_units(view) for _ in _moves(view, unit)),
    {"offsets": 4},
)
TRANSLATION_TOWARDS_DATA = Claim(
    id="translation-towards-data",
    sentence="An offset of a unit of layer l > 1 outside the range of g = <w_k, z_{l-1}> + c_k over the batch, "
    "moved to the nearer end of that range, brings the folded hyperplane strictly nearer to every sample.",
    source="suggested after Theorem 2, in the input space",
    hypotheses=(LATER_LAYER, OUTSIDE),
    check=_check,
    moot={LATER_LAYER.name: NO_FOLD, OUTSIDE.name: "without it nothing is moved"},
)
