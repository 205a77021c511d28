"""What earlier audits computed, to compare with: a claim that leaves its recorded status is a failed check (exit 1).

Nothing here is ever shown as a status; statuses come from evidence alone.
"""

from __future__ import annotations

from polybn.claims.verdict import Status, Verdict

RECORDED: dict[tuple[str, str], frozenset[Status]] = {
    ("batchnorm", "theorem-1"): frozenset({Status.PROVED}),
    ("batchnorm", "corollary-2"): frozenset({Status.PROVED, Status.TESTED}),
    ("batchnorm", "affine-pieces"): frozenset({Status.PROVED, Status.TESTED}),
    ("batchnorm", "subdivision"): frozenset({Status.PROVED, Status.TESTED}),
    ("median", "theorem-1"): frozenset({Status.REFUTED}),
    ("median", "corollary-2"): frozenset({Status.REFUTED}),
    ("median", "affine-pieces"): frozenset({Status.PROVED, Status.TESTED}),
    ("median", "subdivision"): frozenset({Status.PROVED, Status.TESTED}),
}


def contradicts(verdict: Verdict) -> bool:
    """Whether a verdict differs from the record for its claim and normalisation; False where nothing is recorded."""
    recorded = RECORDED.get((verdict.normalization, verdict.id))
    return recorded is not None and verdict.status not in recorded
