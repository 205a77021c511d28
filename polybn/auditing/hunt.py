"""Draw instances of one claim, count what is live, shrink the first that fails: one run of hypothesis a stratum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.strategies import SearchStrategy

from polybn.claims import Claim
from polybn.claims.facts import broken_facts
from polybn.claims.verdict import Counterexample, Exhaustion, Tally
from polybn.claims.view import ExactView, Instance
from polybn.drawing.reproducible import without_local_constants
from polybn.drawing.strategies import STRATA, Drawn, Options, cases, strata_for
from polybn.networks.normalization import Normalization, location_of
from polybn.outcome import Fails, Holds, Outcome, Skipped, Undecided

Progress = Callable[[str, int, int], None]


class _Refuted(Exception):
    """Raised inside a property so that hypothesis shrinks the instance."""


@dataclass
class Hunt:
    """One claim and one normalisation; counting stops at the first failure, since what follows is shrinking."""

    claim: Claim
    normalization: Normalization
    tally: Tally = field(default_factory=Tally)
    broken: set[str] = field(default_factory=set[str])
    counterexample: Counterexample | None = None
    exhaustion: Exhaustion | None = None
    visited: list[str] = field(default_factory=list[str])
    refuted_by: str = ""
    _seen: set[Instance] = field(default_factory=set[Instance])

    def draw(
        self, given: type[Normalization] | Normalization, examples: int, seed: int, progress: Progress | None
    ) -> None:
        """Draw `examples` instances, an equal share from each stratum, until one refutes the claim.

        Generic instances come first, so that they find and shrink what does not take degeneracy to fail. The clock of
        hypothesis plays no part: the same seed draws the same instances.
        """
        options = cast("Options", {"normalization": given, **self.claim.recipe})
        for index, (stratum, share) in enumerate(_shares(strata_for(**options), examples)):
            if self.counterexample is None:
                self._explore(cases(stratum=stratum, **options), share, seed * len(STRATA) + index, progress, examples)

    def recall(self, name: str, instance: Instance) -> None:
        """Check the witness that is kept; where the claim fails on it, it is shown, being chosen for being read."""
        outcome = self._decided(instance)
        if isinstance(outcome, Fails):
            self.counterexample, self.refuted_by = Counterexample(instance, outcome), name

    def exhaust(self) -> None:
        """Decide every member of the claim's finite family, until one refutes it."""
        family = self.claim.family
        if family is None or self.counterexample is not None:
            return
        live = 0
        for instance in family.members(self.normalization):
            outcome = self._decided(instance)
            if isinstance(outcome, Fails):
                self.counterexample, self.refuted_by = Counterexample(instance, outcome), f"one of {family.words}"
                return
            if isinstance(outcome, Undecided):
                return
            live += isinstance(outcome, Holds)
        self.exhaustion = Exhaustion(family.words, live)

    def visit(self, instances: Sequence[tuple[str, Instance]]) -> None:
        """Check given instances, which are named and not drawn, until one refutes the claim."""
        for name, instance in instances:
            if self.counterexample is not None or instance in self._seen:
                continue
            outcome = self._decided(instance)
            if isinstance(outcome, Fails):
                self.counterexample, self.refuted_by = Counterexample(instance, outcome), name
            if isinstance(outcome, Fails | Holds):
                self.visited.append(name)
            self._seen.add(instance)

    def _explore(
        self,
        strategy: SearchStrategy[Drawn],
        share: int,
        seed: int,
        progress: Progress | None,
        total: int,
    ) -> None:
        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=share,
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
                progress(self.claim.id, min(self.tally.drawn + 1, total), total)
            self._see(case.instance(self.normalization))

        with suppress(_Refuted), without_local_constants():
            explore()

    def _see(self, instance: Instance) -> None:
        """Check one instance; raises `_Refuted` when the claim fails on it."""
        outcome = self._decided(instance)
        if isinstance(outcome, Fails):
            if self.counterexample is None:
                self._count(instance, live=1)
            self.counterexample = Counterexample(instance, outcome)
            raise _Refuted
        if self.counterexample is not None:
            return
        if instance in self._seen:
            self._count(instance, repeated=1)
        elif isinstance(outcome, Holds):
            self._count(instance, live=1)
        elif isinstance(outcome, Skipped):
            self._count(instance, rejected=outcome.hypothesis)
        else:
            self._count(instance, undecided=1)
        self._seen.add(instance)

    def _decided(self, instance: Instance) -> Outcome:
        """The claim's outcome; the facts are audited on the way, whatever the claim says of a new instance."""
        view = ExactView(instance)
        if instance not in self._seen:
            self._audit_facts(view)
        return self.claim.decide(view)

    def _count(
        self, instance: Instance, *, live: int = 0, repeated: int = 0, undecided: int = 0, rejected: str = ""
    ) -> None:
        known = self.tally
        self.tally = Tally(
            drawn=known.drawn + 1,
            live=known.live + live,
            repeated=known.repeated + repeated,
            undecided=known.undecided + undecided,
            rejected=known.rejected + Counter([rejected] if rejected else []),
            strata=known.strata + Counter([instance.stratum] if instance.stratum and live else []),
        )

    def _audit_facts(self, view: ExactView) -> None:
        for layer in view.normalized_layers:
            for values, location in zip(layer.projections, layer.statistics.location, strict=True):
                self.broken |= broken_facts(self.normalization, values)
                if location != location_of(self.normalization, values):
                    self.broken.add("location-is-mean")


def _shares(strata: Sequence[str], examples: int) -> Iterator[tuple[str, int]]:
    """The examples dealt out to the strata in turn; those that get none are left out."""
    least, more = divmod(examples, len(strata))
    for index, stratum in enumerate(strata):
        share = least + (index < more)
        if share:
            yield stratum, share
