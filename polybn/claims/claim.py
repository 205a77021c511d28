"""A claim is a value: what is said, where, under which hypotheses, and how one instance decides it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from polybn.claims.view import ExactView, Instance
from polybn.errors import ClaimError
from polybn.networks.normalization import Normalization
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
class Family:
    """A finite set of instances that an audit can go through to the last one: its words, and the members."""

    words: str
    members: Callable[[Normalization], Iterable[Instance]]


@dataclass(frozen=True)
class Claim:
    """A statement under a permanent id. It has no status: a status is computed from evidence.

    `twin` is the id of the literal or repaired form of the same statement, when there are two. `options` says how to
    draw instances on which the claim says much, where its hypotheses do not. `family` is a finite set of
    instances that stands for itself: when the claim holds on all, it is exhausted there. `moot` says, for hypotheses
    without which the sentence has no meaning, why; any other is needed because of a witness, or "open".
    """

    id: str
    sentence: str
    source: str
    hypotheses: tuple[Hypothesis, ...]
    check: Callable[[ExactView], Outcome]
    twin: str | None = None
    options: Mapping[str, object] = field(default_factory=dict[str, object])
    family: Family | None = None
    moot: Mapping[str, str] = field(default_factory=dict[str, str])

    def without(self, hypothesis: str) -> Claim:
        """The claim without one hypothesis; raises `ClaimError` when it has none of that name."""
        kept = tuple(one for one in self.hypotheses if one.name != hypothesis)
        if len(kept) == len(self.hypotheses):
            names = ", ".join(repr(one.name) for one in self.hypotheses)
            raise ClaimError(f"{self.id} has no hypothesis {hypothesis!r}; it has {names or 'none'}.", self)
        return replace(self, hypotheses=kept)

    def decide(self, view: ExactView) -> Outcome:
        """Skipped with the first hypothesis that the instance misses, else what the checker finds."""
        for hypothesis in self.hypotheses:
            if not hypothesis.holds(view):
                return Skipped(hypothesis.name)
        return self.check(view)

    @property
    def recipe(self) -> dict[str, object]:
        """How to draw instances that meet all hypotheses; of two that ask for one option the later is followed."""
        recipes = (self.options, *(hypothesis.recipe for hypothesis in self.hypotheses))
        return {key: value for recipe in recipes for key, value in recipe.items()}
