"""A claim is a value: what is said, where, under which hypotheses, and how one instance decides it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from polybn.claims.view import ExactView
from polybn.outcome import Outcome, Skipped


@dataclass(frozen=True)
class Hypothesis:
    """A condition on instances: its words, the exact test, and, as data, how to draw instances that meet it.

    `recipe` holds keyword options of the strategy that draws instances, so that this layer needs no test library.
    """

    name: str
    words: str
    holds: Callable[[ExactView], bool]
    recipe: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True)
class Claim:
    """A statement under a permanent id. It has no status: a status is computed from evidence.

    `twin` is the id of the literal or repaired form of the same statement, when there are two.
    """

    id: str
    sentence: str
    source: str
    hypotheses: tuple[Hypothesis, ...]
    check: Callable[[ExactView], Outcome]
    twin: str | None = None

    def decide(self, view: ExactView) -> Outcome:
        """Skipped with the first hypothesis that the instance misses, else what the checker finds."""
        for hypothesis in self.hypotheses:
            if not hypothesis.holds(view):
                return Skipped(hypothesis.name)
        return self.check(view)

    @property
    def recipe(self) -> dict[str, object]:
        """How to draw instances that meet all hypotheses."""
        return {key: value for hypothesis in self.hypotheses for key, value in hypothesis.recipe.items()}
