"""Decide claims for a normalisation: run the proofs, draw instances, shrink what fails, compute each status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

import hypothesis
from hypothesis import HealthCheck, Phase

from polybn.auditing.strategies import Drawn, cases
from polybn.claims import CLAIMS, Claim, claim_of
from polybn.claims.facts import FACTS
from polybn.claims.verdict import Counterexample, Tally, Verdict
from polybn.claims.view import ExactView, Instance
from polybn.errors import ClaimError, InputError
from polybn.networks.normalization import Normalization, location_of
from polybn.normalizations import NORMALIZATIONS, BatchNorm
from polybn.outcome import Fails, Holds, Skipped
from polybn.proof import prove

LIVE_SHARE = 2
"""A claim whose live instances are fewer than drawn / LIVE_SHARE is VACUOUS."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Report:
    """The verdicts of one audit, in the order of the claims; reproducible from `seed` and `examples`."""

    normalization: str
    examples: int
    seed: int
    rows: tuple[Verdict, ...]

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, id: str) -> Verdict:
        """The verdict on the claim with this id."""
        return next(row for row in self.rows if row.claim.id == claim_of(id).id)


def audit(
    normalization: type[Normalization] | Normalization | str = BatchNorm,
    claims: Iterable[str | Claim] | None = None,
    examples: int = 200,
    seed: int = 0,
    *,
    instances: Sequence[tuple[str, Instance]] = (),
    progress: Progress | None = None,
) -> Report:
    """A verdict on each claim for a normalisation (a class, an instance, or a shipped name).

    `claims`: ids, or None for all. `examples`: instances drawn a claim. `instances`: named ones to check besides.
    The same arguments give the same report. Raises `ClaimError` for an unknown claim or normalisation.
    """
    if isinstance(examples, bool) or examples < 1:
        raise InputError(f"examples is {examples}; at least 1 instance a claim is needed.", examples)
    kind = normalization_of(normalization)
    chosen = [claim if isinstance(claim, Claim) else claim_of(claim) for claim in claims or CLAIMS.values()]
    rows = tuple(_decide(claim, kind, examples, seed, instances, progress) for claim in chosen)
    return Report(kind.name, examples, seed, rows)


def normalization_of(given: type[Normalization] | Normalization | str) -> type[Normalization] | Normalization:
    """The normalisation that a name stands for, or the class or instance itself."""
    if isinstance(given, str):
        if given not in NORMALIZATIONS:
            known = ", ".join(NORMALIZATIONS)
            raise ClaimError(f"{given!r} is not a normalisation that polybn ships. Choose among: {known}.", given)
        return NORMALIZATIONS[given]
    kind = cast("object", given)
    if isinstance(kind, Normalization) or (isinstance(kind, type) and issubclass(kind, Normalization)):
        return kind
    raise ClaimError(f"{given!r} is not a normalisation; give a subclass of pb.Normalization, or its name.", given)


class _Refuted(Exception):
    """Raised inside a property so that hypothesis shrinks the instance."""


@dataclass
class _Hunt:
    """Counts while instances are drawn; counting stops at the first failure, since what follows is shrinking."""

    claim: Claim
    normalization: type[Normalization] | Normalization
    tally: Tally = field(default_factory=Tally)
    broken: set[str] = field(default_factory=set[str])
    counterexample: Counterexample | None = None

    def see(self, instance: Instance) -> None:
        """Check one instance; raises `_Refuted` when the claim fails on it."""
        view = ExactView(instance)
        outcome = self.claim.decide(view)
        if isinstance(outcome, Fails):
            if self.counterexample is None:
                self._count(instance, live=1)
            self.counterexample = Counterexample(instance, outcome)
            raise _Refuted
        if self.counterexample is not None:
            return
        if isinstance(outcome, Holds):
            self._count(instance, live=1)
            self._audit_facts(view)
        elif isinstance(outcome, Skipped):
            self._count(instance, rejected=outcome.hypothesis)
        else:
            self._count(instance, undecided=1)

    def _count(self, instance: Instance, *, live: int = 0, undecided: int = 0, rejected: str = "") -> None:
        known = self.tally
        self.tally = Tally(
            known.drawn + 1,
            known.live + live,
            known.undecided + undecided,
            known.rejected + Counter([rejected] if rejected else []),
            known.strata + Counter([instance.stratum] if instance.stratum and live else []),
        )

    def _audit_facts(self, view: ExactView) -> None:
        method = self.normalization() if isinstance(self.normalization, type) else self.normalization
        for layer in view.normalized_layers:
            for values, location in zip(layer.projections, layer.statistics.location, strict=True):
                broken = {name for name in method.facts if not FACTS[name].holds(method, values)}
                if location != location_of(method, values):
                    broken.add("location-is-mean")
                self.broken |= broken


def _decide(
    claim: Claim,
    normalization: type[Normalization] | Normalization,
    examples: int,
    seed: int,
    instances: Sequence[tuple[str, Instance]],
    progress: Progress | None,
) -> Verdict:
    hunt = _Hunt(claim, normalization)
    # Drawn instances come first: what they refute they also shrink, and a small witness beats a named one.
    _draw(hunt, examples, seed, progress)
    if hunt.counterexample is None:
        _visit(hunt, instances)
    return Verdict(
        claim=claim,
        normalization=normalization.name,
        tally=hunt.tally,
        floor=max(1, examples // LIVE_SHARE),
        witness=hunt.counterexample,
        proof=prove(claim.id),
        declared_facts=normalization.facts,
        broken_facts=frozenset(hunt.broken),
        instances=tuple(name for name, _ in instances),
    )


def _visit(hunt: _Hunt, instances: Sequence[tuple[str, Instance]]) -> None:
    for _, instance in instances:
        with suppress(_Refuted):
            hunt.see(instance)


def _draw(hunt: _Hunt, examples: int, seed: int, progress: Progress | None) -> None:
    """Let hypothesis draw and shrink; its clock plays no part, so the same seed gives the same instances."""
    strategy = cases(normalization=hunt.normalization, **hunt.claim.recipe)  # pyright: ignore[reportArgumentType]

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=cast("list[HealthCheck]", list(HealthCheck)),
        report_multiple_bugs=False,
    )
    @hypothesis.given(case=strategy)
    def explore(case: Drawn) -> None:
        if progress is not None:
            progress(hunt.claim.id, min(hunt.tally.drawn, examples), examples)
        hunt.see(Instance(case.network, case.batch, case.domain, hunt.normalization.name, case.stratum))

    with suppress(_Refuted):
        explore()
