"""What earlier audits computed, to compare with: a claim that leaves its recorded status is a failed check (exit 1).

Nothing here is ever shown as a status; statuses come from evidence alone.
"""

from __future__ import annotations

from polybn.claims.verdict import Status, Verdict

PROVED = frozenset({Status.PROVED})
HOLDS = frozenset({Status.PROVED, Status.PROVED_GIVEN, Status.EXHAUSTED, Status.TESTED})
FAILS = frozenset({Status.REFUTED})

_OF_BATCH_NORM = {
    "theorem-1": PROVED,
    "corollary-2": HOLDS,
    "corollary-2-count": HOLDS,
    "regions-meet-at-centroid": HOLDS,
    "folded-meets-hull": HOLDS,
    "theorem-2": FAILS,
    "theorem-2-same-side": HOLDS,
    "theorem-2-lipschitz": HOLDS,
    "corollary-1": HOLDS,
    "translation-towards-data": HOLDS,
    "mean-minimises-folded-distances": FAILS,
    "folded-distances-bound": HOLDS,
    "theorem-3": HOLDS,
    "theorem-3-limits-as-stated": FAILS,
    "theorem-3-limits": HOLDS,
    "smaller-sigma-aligns": FAILS,
    "smaller-sigma-aligns-eventually": HOLDS,
    "proposition-1": HOLDS,
    "equation-28": FAILS,
    "equation-28-nonnegative": HOLDS,
    "proposition-2-mean": HOLDS,
    "proposition-2-variance": FAILS,
    "proposition-2-variance-biased": HOLDS,
    "proposition-2-without-replacement": FAILS,
    "proposition-2-finite-population": HOLDS,
    "proposition-3": FAILS,
    "proposition-3-width-one": HOLDS,
    "proposition-3-normalized-output": HOLDS,
    "proposition-3-every-unit": HOLDS,
    "proposition-3-odd": HOLDS,
    "moving-average-minimises": FAILS,
    "cumulative-average-minimises": HOLDS,
    "layers-jointly-optimal": FAILS,
    "layers-optimal-in-turn": HOLDS,
    "running-variance": FAILS,
    "pooled-variance": HOLDS,
    "sigma-positive": FAILS,
    "sigma-positive-centred": HOLDS,
    "hyperplane-ignores-sigma": HOLDS,
    "scale-invariance": HOLDS,
    "power-diagram": HOLDS,
    "power-diagram-any-activation": HOLDS,
    "affine-pieces": HOLDS,
    "subdivision": HOLDS,
}
_LOST_BY_THE_MEDIAN = (
    "theorem-1",
    "corollary-2",
    "corollary-2-count",
    "regions-meet-at-centroid",
    "folded-distances-bound",
    "proposition-2-mean",
    "proposition-2-variance-biased",
    "proposition-2-finite-population",
    "proposition-3-width-one",
    "proposition-3-normalized-output",
    "proposition-3-every-unit",
    "cumulative-average-minimises",
    "layers-optimal-in-turn",
    "pooled-variance",
)
"""Claims that hold of batch normalisation and not of the median; all others fare alike."""

RECORDED: dict[tuple[str, str], frozenset[Status]] = {
    **{("batchnorm", id): statuses for id, statuses in _OF_BATCH_NORM.items()},
    **{("median", id): statuses for id, statuses in _OF_BATCH_NORM.items()},
    **{("median", id): FAILS for id in _LOST_BY_THE_MEDIAN},
}


def contradicts(verdict: Verdict) -> bool:
    """Whether a verdict differs from the record for its claim and normalisation; False where nothing is recorded."""
    recorded = RECORDED.get((verdict.normalization, verdict.id))
    return recorded is not None and verdict.status not in recorded
