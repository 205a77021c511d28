"""A status is computed from evidence, on one ladder; REFUTED wins over everything."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from polybn.claims.claim import Claim
from polybn.claims.view import Instance
from polybn.outcome import Fails


class Status(StrEnum):
    """The only words for what is known of a claim."""

    REFUTED = "REFUTED"
    PROVED = "PROVED"
    EXHAUSTED = "EXHAUSTED"
    TESTED = "TESTED"
    SAMPLED = "SAMPLED"
    VACUOUS = "VACUOUS"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True)
class Counterexample:
    """An instance on which the claim's two sides differ."""

    instance: Instance
    failure: Fails


@dataclass(frozen=True)
class ProofEvidence:
    """An executable proof that ran: where it is, its checked steps, what it argues in words, the facts it rests on."""

    file: str
    checked: tuple[str, ...]
    argued: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Tally:
    """Counts of drawn instances: live (hypotheses met and decided), rejected by hypothesis, undecided, by stratum."""

    drawn: int = 0
    live: int = 0
    undecided: int = 0
    rejected: Counter[str] = field(default_factory=Counter[str])
    strata: Counter[str] = field(default_factory=Counter[str])


@dataclass(frozen=True)
class Verdict:
    """What an audit knows of one claim for one normalisation.

    `floor` is the number of live instances below which property tests prove nothing (VACUOUS). `broken_facts` are
    facts that the normalisation declared and an instance refuted; a proof that rests on one does not count.
    """

    claim: Claim
    normalization: str
    tally: Tally
    floor: int
    witness: Counterexample | None = None
    proof: ProofEvidence | None = None
    declared_facts: frozenset[str] = frozenset()
    broken_facts: frozenset[str] = frozenset()
    instances: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The claim's id."""
        return self.claim.id

    @property
    def live(self) -> int:
        """The number of instances that met the hypotheses and were decided."""
        return self.tally.live

    @property
    def proof_applies(self) -> bool:
        """Whether the proof ran and its facts were declared, audited on live instances, and never broken."""
        if self.proof is None:
            return False
        needed = frozenset(self.proof.facts)
        audited = not needed or self.tally.live >= self.floor
        return audited and needed <= self.declared_facts and not needed & self.broken_facts

    @property
    def status(self) -> Status:
        """REFUTED > PROVED > UNDECIDED > VACUOUS > TESTED, from the evidence at hand."""
        if self.witness is not None:
            return Status.REFUTED
        if self.proof_applies:
            return Status.PROVED
        if self.tally.undecided:
            return Status.UNDECIDED
        return Status.TESTED if self.tally.live >= self.floor else Status.VACUOUS

    @property
    def status_text(self) -> str:
        """The status with its parameter, as in TESTED(200)."""
        return f"{self.status}({self.tally.live})" if self.status is Status.TESTED else str(self.status)
