"""What sampling says of a claim: counts, a bound on the rate of violations at a stated level, and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from polybn.claims.verdict import Status
from polybn.errors import InputError
from polybn.statistical.concentration import check_level, upper_rate


@dataclass(frozen=True)
class Sampled:
    """Of `n` independent draws, `suspects` violate the claim in floats and of `unsure` floats cannot tell.

    A float violation convicts nobody: exact arithmetic has found `convicted` of the suspects to violate the claim and
    `cleared` to satisfy it; the others await their trial.

    >>> result = Sampled("theorem-1", n=1000, unsure=2, suspects=1, cleared=1, seed=0)
    >>> result.status_text
    'SAMPLED(1000, 0.00629)'
    """

    claim: str
    n: int
    unsure: int
    suspects: int
    seed: int
    convicted: int = 0
    cleared: int = 0
    level: float = 0.95
    dtype: torch.dtype = torch.float64
    device: str = "cpu"

    def __post_init__(self) -> None:
        check_level(self.level)
        counts = (self.n, self.unsure, self.suspects, self.convicted, self.cleared)
        if min(counts) < 0 or self.unsure + self.suspects > self.n or self.convicted + self.cleared > self.suspects:
            raise InputError(
                f"Of n = {self.n}, unsure = {self.unsure} and suspects = {self.suspects} (convicted = "
                f"{self.convicted}, cleared = {self.cleared}) do not add up; needed are counts with unsure + suspects "
                "<= n and convicted + cleared <= suspects.",
                self,
            )

    @property
    def awaiting(self) -> int:
        """The suspects that were not decided exactly."""
        return self.suspects - self.convicted - self.cleared

    @property
    def violations(self) -> int:
        """The draws that may violate the claim as far as floats can tell: suspects that are not cleared."""
        return self.suspects - self.cleared

    @property
    def bound(self) -> float:
        """The probability that a draw violates the claim is below this, at `level` (one-sided Clopper-Pearson).

        A draw that is unsure counts as a violation; 1 without draws.
        """
        return upper_rate(self.violations + self.unsure, self.n, level=self.level)

    @property
    def status(self) -> Status:
        """REFUTED once one is convicted; UNDECIDED while one awaits, or all are unsure; VACUOUS without draws."""
        if self.convicted:
            return Status.REFUTED
        if self.n == 0:
            return Status.VACUOUS
        if self.awaiting or self.unsure == self.n:
            return Status.UNDECIDED
        return Status.SAMPLED

    @property
    def status_text(self) -> str:
        """The status, and of SAMPLED the number of draws and the bound, rounded upwards."""
        if self.status != Status.SAMPLED:
            return str(self.status)
        return f"{self.status}({self.n}, {_rounded_up(self.bound)})"

    def record(self) -> dict[str, object]:
        """All of it as JSON takes it."""
        names = ("claim", "n", "unsure", "suspects", "convicted", "cleared", "level", "seed", "device")
        found: dict[str, object] = {name: getattr(self, name) for name in names}
        return found | {
            "dtype": str(self.dtype).removeprefix("torch."),
            "violations": self.violations,
            "bound": self.bound,
            "status": self.status_text,
        }


def together(parts: Iterable[Sampled]) -> Sampled:
    """One record of draws that were shared out: counts add up exactly, in any order.

    The parts must be of one claim, level, seed and dtype; several devices are listed. Raises `InputError` otherwise.
    Where there are draws, a part without any says nothing of dtype and device.
    """
    given = list(parts)
    if not given:
        raise InputError("No record is given; at least one is needed.", given)
    drawn = [part for part in given if part.n] or given
    kinds = {(part.claim, part.level, part.seed) for part in given}
    if len(kinds) > 1 or len({part.dtype for part in drawn}) > 1:
        raise InputError(
            "Records of different claims, levels, seeds or dtypes were given; add up those of one run only.", given
        )
    first = drawn[0]
    return Sampled(
        first.claim,
        n=sum(part.n for part in given),
        unsure=sum(part.unsure for part in given),
        suspects=sum(part.suspects for part in given),
        seed=first.seed,
        convicted=sum(part.convicted for part in given),
        cleared=sum(part.cleared for part in given),
        level=first.level,
        dtype=first.dtype,
        device="; ".join(sorted({name for part in drawn for name in part.device.split("; ")})),
    )


def _rounded_up(bound: float) -> str:
    """Three digits, not below the bound."""
    text = f"{bound:.3g}"
    if float(text) >= bound:
        return text
    digits, _, exponent = f"{bound:.2e}".partition("e")
    return f"{float(f'{float(digits) + 0.01:.2f}e{exponent}'):.3g}"
