"""What checking a claim on one instance gives: it holds, fails with both sides, is out of scope, or is undecided."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Holds:
    """Both sides agree in each of `compared` >= 1 exact comparisons."""

    compared: int

    def __post_init__(self) -> None:
        if self.compared < 1:
            raise ValueError("a check that compared nothing does not hold; return Skipped with the missing hypothesis")


@dataclass(frozen=True)
class Fails:
    """The two sides of the claim, as exact text, and where they differ."""

    left: str
    right: str
    where: str


@dataclass(frozen=True)
class Skipped:
    """The instance does not meet a hypothesis, which is named."""

    hypothesis: str


@dataclass(frozen=True)
class Undecided:
    """The check could not settle the instance, and says why."""

    why: str


Outcome = Holds | Fails | Skipped | Undecided
