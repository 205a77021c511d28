"""Decide claims for a normalisation: run the proofs, draw instances, visit given ones, compute each status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

from flint import fmpq

from polybn.auditing.hunt import Hunt, Progress
from polybn.auditing.stored import stored_instance
from polybn.claims import CLAIMS, Claim, claim_of
from polybn.claims.candidate import normalization_of
from polybn.claims.facts import broken_facts
from polybn.claims.verdict import Verdict
from polybn.claims.view import Instance
from polybn.errors import ClaimError, InputError
from polybn.networks.normalization import Normalization
from polybn.normalizations import BatchNorm
from polybn.proof import formal_proof, prove

LIVE_SHARE = 2
"""A claim whose live drawn instances are fewer than examples / LIVE_SHARE is VACUOUS."""


@dataclass(frozen=True, repr=False)
class Report:
    """The verdicts of one audit, in the order of the claims; reproducible from `seed` and `examples`."""

    normalization: str
    examples: int
    seed: int
    rows: tuple[Verdict, ...]

    def __repr__(self) -> str:
        return f"Report({self.normalization}: {', '.join(f'{row.id} {row.status_text}' for row in self.rows)})"

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, id: str) -> Verdict:
        """The verdict on the claim with this id; raises `ClaimError` when the audit did not decide it."""
        found = next((row for row in self.rows if row.id == id), None)
        if found is None:
            raise ClaimError(f"This audit decided {', '.join(row.id for row in self.rows)}, and not {id!r}.", id)
        return found


def audit(
    normalization: type[Normalization] | Normalization | str = BatchNorm,
    claims: Iterable[str | Claim] | str | None = None,
    examples: int = 200,
    seed: int = 0,
    *,
    instances: Sequence[tuple[str, Instance]] = (),
    progress: Progress | None = None,
) -> Report:
    """A verdict on each claim for a normalisation (a class, an instance, or a shipped name).

    `claims`: ids, or None for all. `examples`: instances drawn a claim. `instances`: named ones to check besides.
    Of a class gamma and beta are drawn; an instance keeps those that it sets. The same arguments give the same report.
    Raises `ClaimError` for an unknown claim, fact or normalisation.
    """
    for name, value, least in (("examples", examples, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(cast("object", value), int) or value < least:
            raise InputError(f"{name} is {value!r}; a whole number, at least {least}, is needed.", value)
    given = normalization_of(normalization)
    method = given() if isinstance(given, type) else given
    broken = _broken_on_long_batches(method)
    rows: list[Verdict] = []
    for claim in chosen_claims(claims, CLAIMS.values()):
        hunt = Hunt(claim, method, broken=set(broken))
        hunt.draw(given, examples, seed, progress)
        if kept := stored_instance(claim.id, given):
            hunt.recall(*kept)
        hunt.exhaust()
        hunt.visit(instances)
        rows.append(_verdict(hunt, examples))
    return report_of(method.name, examples, seed, rows)


def report_of(name: str, examples: int, seed: int, rows: Sequence[Verdict]) -> Report:
    """The report, in which a fact that failed under one claim is false under all."""
    broken = frozenset[str]().union(*(row.broken_facts for row in rows))
    return Report(name, examples, seed, tuple(replace(row, broken_facts=broken) for row in rows))


def chosen_claims(claims: Iterable[str | Claim] | str | None, default: Iterable[Claim]) -> list[Claim]:
    """The claims named, each once, or the default for None; unknown ids are refused before any is decided."""
    wanted = default if claims is None else [claims] if isinstance(claims, str) else list(claims)
    chosen = {(found := claim if isinstance(claim, Claim) else claim_of(claim)).id: found for claim in wanted}
    if not chosen:
        raise InputError(f"No claim is named. Leave claims out, or choose among: {', '.join(CLAIMS)}.", claims)
    return list(chosen.values())


def _verdict(hunt: Hunt, examples: int) -> Verdict:
    # A proof belongs to the claim that polybn states; a claim that merely has its id has no proof.
    own = CLAIMS.get(hunt.claim.id) is hunt.claim
    return Verdict(
        claim=hunt.claim,
        normalization=hunt.normalization.name,
        tally=hunt.tally,
        floor=max(1, examples // LIVE_SHARE),
        witness=hunt.counterexample,
        proof=prove(hunt.claim.id) if own else None,
        exhaustion=hunt.exhaustion,
        declared_facts=frozenset(hunt.normalization.facts),
        broken_facts=frozenset(hunt.broken),
        instances=tuple(hunt.visited),
        refuted_by=hunt.refuted_by,
        formal=formal_proof(hunt.claim.id) if own else None,
    )


def _broken_on_long_batches(method: Normalization) -> set[str]:
    """Declared facts that fail on longer batches and larger numbers than are drawn."""
    batches = (
        tuple(fmpq(n * n) for n in range(150)),
        tuple(fmpq((-1) ** n * 10**n, 7) for n in range(40)),
        tuple(fmpq(n % 3, n + 1) for n in range(30)),
    )
    return {fact for values in batches for fact in broken_facts(method, values)}
