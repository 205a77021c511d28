"""What `check_claims` found in this process, one row a claim, for whoever prints it: the pytest plugin takes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Checked:
    """One claim for one normalisation: its status, counts, and the seconds that deciding it took.

    `rejected` counts drawn instances by the hypothesis that they miss. `covered` of `degenerate` strata that can be
    drawn had live instances; `witness` is the file of the counterexample, if one was written.
    """

    normalization: str
    claim: str
    status: str
    live: int
    rejected: tuple[tuple[str, int], ...]
    covered: int
    degenerate: int
    seconds: float
    witness: str = ""


unreported: list[Checked] = []
"""In the order in which they were found."""


def taken() -> list[Checked]:
    """The rows not yet taken; they are gone from `unreported` then."""
    rows = list(unreported)
    unreported.clear()
    return rows
