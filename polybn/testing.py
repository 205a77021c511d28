"""For users' own suites: strategies that draw exact networks, and `check_claims` for a normalisation of theirs."""

from __future__ import annotations

from collections.abc import Iterable

from polybn.auditing import strategies
from polybn.auditing.audit import Report, audit
from polybn.auditing.report import table
from polybn.claims.claim import Claim
from polybn.claims.verdict import Status
from polybn.networks.normalization import Normalization

__all__ = ["check_claims", "strategies"]


def check_claims(
    normalization: type[Normalization] | Normalization | str,
    claims: Iterable[str | Claim] | None = None,
    *,
    examples: int = 200,
    seed: int = 0,
) -> Report:
    """The audit's report, once no claim is REFUTED, VACUOUS or UNDECIDED; else AssertionError with its table."""
    report = audit(normalization, claims, examples, seed)
    if any(row.status in (Status.REFUTED, Status.VACUOUS, Status.UNDECIDED) for row in report):
        raise AssertionError(f"claims that do not hold for {report.normalization}:\n{table(report)}")
    return report
