"""What is known of a claim without an audit: the kept counterexample is replayed and the proof is run, now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from polybn.auditing.audit import audit
from polybn.auditing.sharpness import sharpness, sharpness_files
from polybn.auditing.stored import stored_file, stored_path
from polybn.auditing.witness import replayed
from polybn.claims import Claim
from polybn.claims.verdict import Counterexample, ProofEvidence, Status, Tally, Tier, Verdict
from polybn.normalizations import BatchNorm
from polybn.proof import formal_proof, prove

FEW = 20
"""Instances drawn to test the facts of batch normalisation that a proof rests on."""


@dataclass(frozen=True)
class Known:
    """A claim for batch normalisation, and the evidence that is quick to check.

    `counterexample` and `proof` are the files that are kept; `disagreement` says what no longer agrees with the
    counterexample's file, and is None where all does.
    """

    claim: Claim
    verdict: Verdict
    counterexample: str | None
    disagreement: str | None

    @property
    def status(self) -> Status:
        """REFUTED, PROVED or PROVED GIVEN where evidence at hand says so, else UNDECIDED: nothing was drawn."""
        found = self.verdict.status
        return found if found in (Status.REFUTED, Status.PROVED, Status.PROVED_GIVEN) else Status.UNDECIDED

    @property
    def tier(self) -> Tier:
        """How the status is known; of what is UNDECIDED nothing is."""
        return Tier.NONE if self.status is Status.UNDECIDED else self.verdict.tier

    @property
    def proof(self) -> ProofEvidence | None:
        """The proof, which ran to its end; that it applies is for the status to say."""
        return self.verdict.proof


@dataclass(frozen=True)
class Needed:
    """Why a claim has a hypothesis: a file on which it fails without it, a reason why it would be moot, or "open".

    `found` is what the file holds, replayed; `disagreement` says what no longer agrees with it.
    """

    words: str
    file: str | None = None
    found: Counterexample | None = None
    disagreement: str | None = None


def known(claim: Claim) -> Known:
    """The claim with its evidence; raises `FileFormatError` for a kept file that is no witness, and `ProofError`."""
    path, file = stored_path(claim.id), stored_file(claim.id)
    if path is not None and file is not None:
        again = replayed(path)
        if again.counterexample is not None and again.instance.normalization == BatchNorm.name:
            return Known(claim, _quick(claim, witness=again.counterexample, by=file), file, None)
        return Known(claim, _proved(claim), file, again.disagreement)
    return Known(claim, _proved(claim), None, None)


def needed(claim: Claim) -> dict[str, Needed]:
    """For each hypothesis by name why it is there, the kept witnesses replayed."""
    files = {dropped: path for (id, dropped), path in sharpness_files().items() if id == claim.id}
    return {name: _needed(words, files.get(name)) for name, words in sharpness(claim).items()}


def _needed(words: str, path: Path | None) -> Needed:
    if path is None:
        return Needed(words)
    again = replayed(path)
    return Needed(words, words, again.counterexample, again.disagreement)


def _proved(claim: Claim) -> Verdict:
    """A proof that rests on facts counts only once they are tested on live instances, so a few are drawn."""
    proof = prove(claim.id)
    if proof is None or not proof.facts:
        return _quick(claim, proof=proof)
    return audit(BatchNorm, [claim], FEW).rows[0]


def _quick(
    claim: Claim, *, witness: Counterexample | None = None, by: str = "", proof: ProofEvidence | None = None
) -> Verdict:
    facts, formal = BatchNorm.facts, formal_proof(claim.id)
    return Verdict(
        claim, BatchNorm.name, Tally(), 1, witness, proof, declared_facts=facts, refuted_by=by, formal=formal
    )
