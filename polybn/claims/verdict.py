"""A status is computed from evidence, on one ladder; REFUTED wins over everything."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from polybn.claims.claim import Claim
from polybn.claims.facts import FACTS
from polybn.claims.view import Instance
from polybn.outcome import Fails


class Status(StrEnum):
    """The only words for what is known of a claim."""

    REFUTED = "REFUTED"
    PROVED = "PROVED"
    PROVED_GIVEN = "PROVED GIVEN"
    EXHAUSTED = "EXHAUSTED"
    TESTED = "TESTED"
    SAMPLED = "SAMPLED"
    VACUOUS = "VACUOUS"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True, repr=False)
class Counterexample:
    """An instance on which the claim's two sides differ."""

    instance: Instance
    failure: Fails

    def __repr__(self) -> str:
        return f"Counterexample({self.failure.left} != {self.failure.right} at {self.failure.where})"


class Tier(StrEnum):
    """How the status of a claim is known, the strongest way first."""

    MACHINE_CHECKED = "machine-checked"
    SYMBOLIC = "symbolic"
    COUNTEREXAMPLE = "counterexample"
    EXHAUSTED = "exhausted"
    TESTED = "tested"
    NONE = "none"


@dataclass(frozen=True)
class StepEvidence:
    """One step of a proof: its kind, as identity or argued, what it states, and the assumptions that it checks with."""

    kind: str
    statement: str
    rests_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class FormalEvidence:
    """A proof, or a refutation, in Coq: its file, its theorems, and whether the record says that Coq accepted it.

    `scope` says where the theorem is narrower than the claim; "" where it is not.
    """

    file: str
    theorems: tuple[str, ...]
    is_checked: bool
    coq: str
    refutes: bool = False
    scope: str = ""


@dataclass(frozen=True)
class ProofEvidence:
    """An executable proof that ran: where it is, its checked steps, what it argues in words, the facts it rests on.

    `cited` are theorems of others that it needs and does not prove. `steps` are all steps in order, with their kinds.
    `meanings` are those of hypotheses and definitions, which are argued, and told with `argued`.
    """

    file: str
    checked: tuple[str, ...]
    argued: tuple[str, ...]
    facts: tuple[str, ...]
    cited: tuple[str, ...] = ()
    steps: tuple[StepEvidence, ...] = ()
    meanings: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """What the proof supports where its facts hold."""
        return Status.PROVED_GIVEN if self.cited else Status.PROVED


@dataclass(frozen=True)
class Exhaustion:
    """Every member of a finite family was decided: its words, and how many of them met the hypotheses."""

    words: str
    live: int


@dataclass(frozen=True)
class Tally:
    """Counts of drawn instances: live (hypotheses met, decided, each once), repeated, undecided, rejected by
    hypothesis, and the live ones by stratum."""

    drawn: int = 0
    live: int = 0
    repeated: int = 0
    undecided: int = 0
    rejected: Counter[str] = field(default_factory=Counter[str])
    strata: Counter[str] = field(default_factory=Counter[str])


@dataclass(frozen=True, repr=False)
class Verdict:
    """What an audit knows of one claim for one normalisation.

    `floor` is the number of live drawn instances below which property tests prove nothing (VACUOUS). `broken_facts`
    are facts that the normalisation declared and an instance refuted; a proof that rests on one does not count.
    `instances` names the given instances that were live besides; `refuted_by` is the one that refuted, if one did.
    """

    claim: Claim
    normalization: str
    tally: Tally
    floor: int
    witness: Counterexample | None = None
    proof: ProofEvidence | None = None
    exhaustion: Exhaustion | None = None
    declared_facts: frozenset[str] = frozenset()
    broken_facts: frozenset[str] = frozenset()
    instances: tuple[str, ...] = ()
    refuted_by: str = ""
    formal: FormalEvidence | None = None

    def __repr__(self) -> str:
        return f"Verdict({self.id} for {self.normalization}: {self.status_text})"

    @property
    def id(self) -> str:
        """The claim's id."""
        return self.claim.id

    @property
    def live(self) -> int:
        """The number of instances that met the hypotheses and were decided."""
        return self.tally.live + len(self.instances)

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
        """REFUTED > PROVED > PROVED GIVEN > EXHAUSTED > UNDECIDED > VACUOUS > TESTED, from the evidence at hand."""
        if self.witness is not None:
            return Status.REFUTED
        if self.proof is not None and self.proof_applies:
            return self.proof.status
        if self.exhaustion is not None and self.exhaustion.live:
            return Status.EXHAUSTED
        if self.tally.undecided:
            return Status.UNDECIDED
        return Status.TESTED if self.tally.live >= self.floor else Status.VACUOUS

    @property
    def formal_applies(self) -> bool:
        """Whether a formal proof of what is proved, or refutation of what is refuted, is recorded and applies here.

        A proof does where the executable one does. A refutation is one of batch normalisation: it counts where the
        normalisation declared all the facts of that and none is broken.
        """
        if self.formal is None or not self.formal.is_checked:
            return False
        if self.formal.refutes is not (self.status is Status.REFUTED):
            return False
        if self.formal.refutes:
            return frozenset(FACTS) <= self.declared_facts and not self.broken_facts
        return self.proof_applies

    @property
    def tier(self) -> Tier:
        """How the status is known: by Coq, by executable steps, by a whole finite family, by drawn instances.

        A formal proof of a narrower theorem leaves the tier to the other evidence.
        """
        if self.formal is not None and self.formal_applies and not self.formal.scope:
            return Tier.MACHINE_CHECKED
        tiers = {
            Status.REFUTED: Tier.COUNTEREXAMPLE,
            Status.PROVED: Tier.SYMBOLIC,
            Status.PROVED_GIVEN: Tier.SYMBOLIC,
            Status.EXHAUSTED: Tier.EXHAUSTED,
            Status.TESTED: Tier.TESTED,
        }
        return tiers.get(self.status, Tier.NONE)

    @property
    def status_text(self) -> str:
        """The status with its parameter, as in TESTED(200); of a family the number of its members that are live."""
        live = self.exhaustion.live if self.exhaustion else 0
        numbers = {Status.TESTED: self.live, Status.EXHAUSTED: live}
        return f"{self.status}({numbers[self.status]})" if self.status in numbers else str(self.status)
