"""Statistics averaged over successive batches (footnote 2): what they minimise, and what they leave out of sigma^2."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from flint import fmpq

from polybn.claims.claim import Claim
from polybn.claims.hypotheses import NORMALIZED, ROWS_NONZERO
from polybn.claims.populations import variance
from polybn.claims.theorem_1 import minimiser, squared_distance
from polybn.claims.view import ExactView, NormalizedLayer
from polybn.exact.matrix import Vector, inner
from polybn.exact.rational import text
from polybn.networks.normalization import Normalization, location_of, squared_scale_of
from polybn.outcome import Fails, Holds, Outcome, Skipped

MOMENTUM = fmpq(1, 10)
"""What frameworks use unless told."""


def halves(values: Vector) -> list[Vector]:
    """Two successive batches, the first the larger by one for an odd number; one batch when there is one sample."""
    middle = (len(values) + 1) // 2
    return [part for part in (values[:middle], values[middle:]) if part]


def equal_batches(values: Vector) -> Iterator[list[Vector]]:
    """Successive batches of one size, for every size that divides their number."""
    count = len(values)
    for size in (size for size in range(1, count + 1) if count % size == 0):
        yield [values[start : start + size] for start in range(0, count, size)]


def moving_average(locations: list[fmpq], momentum: fmpq) -> fmpq:
    """mu <- (1 - m) mu + m mu_t over the batches, from the first one's mu on."""
    value = locations[0]
    for location in locations[1:]:
        value = (1 - momentum) * value + momentum * location
    return value


def average(values: list[fmpq]) -> fmpq:
    """The mean: a moving average with momentum 1/t at batch t."""
    return sum(values, fmpq(0)) / len(values)


def pooled(method: Normalization, batches: list[Vector]) -> fmpq:
    """The average of the batches' sigma^2 plus the variance of their mu."""
    return running(method, batches) + variance((location_of(method, batch), 1) for batch in batches)


def running(method: Normalization, batches: list[Vector]) -> fmpq:
    """The average of the batches' sigma^2."""
    return average([squared_scale_of(method, batch) for batch in batches])


UnitCheck = Callable[[Normalization, NormalizedLayer, int, Vector], Fails | int]
"""What one unit shows by its projections: a failure, or the number of comparisons that held."""


def _units(view: ExactView, check: UnitCheck) -> Outcome:
    method = view.instance.method
    if method is None:
        return Skipped("a known normalisation")
    compared = 0
    for layer in view.normalized_layers:
        for unit, projections in enumerate(layer.projections):
            found = check(method, layer, unit, projections)
            if isinstance(found, Fails):
                return found
            compared += found
    return Holds(compared)


def _where(layer: NormalizedLayer, unit: int, batches: list[Vector]) -> str:
    parts = "; ".join(", ".join(map(text, batch)) for batch in batches)
    return f"layer {layer.index}, unit {unit}: successive batches of projections {parts}"


def _minimises(splits: Callable[[Vector], Iterable[list[Vector]]], rule: Callable[[list[fmpq]], fmpq]) -> UnitCheck:
    """What a rule makes of the batches' mu minimises the unit's total least squares distance to all samples (Eq. 8)."""

    def check(method: Normalization, layer: NormalizedLayer, unit: int, projections: Vector) -> Fails | int:
        compared = 0
        squared_norm = inner(layer.rows[unit], layer.rows[unit])
        best, _ = minimiser(projections, squared_norm)
        for batches in splits(projections):
            location = rule([location_of(method, batch) for batch in batches])
            if location != best:
                losses = [text(squared_distance(projections, offset, squared_norm)) for offset in (location, best)]
                return Fails(
                    f"averaged mu = {text(location)}, mean squared distance {losses[0]}",
                    f"least at mu = {text(best)}, mean squared distance {losses[1]}",
                    _where(layer, unit, batches),
                )
            compared += 1
        return compared

    return check


def _scale_is(rule: Callable[[Normalization, list[Vector]], fmpq], words: str) -> UnitCheck:
    """The sigma^2 that a rule makes of the batches is that of the whole batch, for all equal batches."""

    def check(method: Normalization, layer: NormalizedLayer, unit: int, projections: Vector) -> Fails | int:
        claimed, compared = layer.statistics.stated_squares[unit], 0
        for batches in equal_batches(projections):
            found = rule(method, batches)
            if found != claimed:
                return Fails(f"{words} {text(found)}", f"sigma^2 = {text(claimed)}", _where(layer, unit, batches))
            compared += 1
        return compared

    return check


_exponential = _minimises(lambda values: [halves(values)], lambda found: moving_average(found, MOMENTUM))
_cumulative = _minimises(equal_batches, average)
_running, _pooled = _scale_is(running, "average sigma^2 ="), _scale_is(pooled, "average sigma^2 + variance of mu =")
SMALL: Mapping[str, object] = {"dimensions": (1, 2), "max_width": 2}
MOOT = {"a normalised layer": "without one there is no mu and no sigma"}
NO_HYPERPLANE = MOOT | {"w != 0": "there is no hyperplane, and its distance divides by ||w|| = 0"}

MOVING_AVERAGE_MINIMISES = Claim(
    id="moving-average-minimises",
    sentence="The moving average mu <- (9/10) mu + (1/10) mu_t over two successive batches, started at the first one's "
    "mu, minimises the layer's total least squares distance over all samples, as Theorem 1 says of the batch mean.",
    source="footnote 2 with Theorem 1",
    hypotheses=(NORMALIZED, ROWS_NONZERO),
    check=lambda view: _units(view, _exponential),
    twin="cumulative-average-minimises",
    options=SMALL,
    moot=NO_HYPERPLANE,
)
CUMULATIVE_AVERAGE_MINIMISES = Claim(
    id="cumulative-average-minimises",
    sentence="The plain average of mu over successive batches of one size (momentum 1/t at batch t) minimises the "
    "layer's total least squares distance over all samples.",
    source="footnote 2 with Theorem 1, repaired",
    hypotheses=(NORMALIZED, ROWS_NONZERO),
    check=lambda view: _units(view, _cumulative),
    twin="moving-average-minimises",
    moot=NO_HYPERPLANE,
)
RUNNING_VARIANCE = Claim(
    id="running-variance",
    sentence="The plain average of sigma^2 over successive batches of one size is sigma^2 of all samples together.",
    source="footnote 2 with Eq. 3",
    hypotheses=(NORMALIZED,),
    check=lambda view: _units(view, _running),
    twin="pooled-variance",
    options=SMALL,
    moot=MOOT,
)
POOLED_VARIANCE = Claim(
    id="pooled-variance",
    sentence="The plain average of sigma^2 over successive batches of one size, plus the variance of their mu, is "
    "sigma^2 of all samples together.",
    source="footnote 2 with Eq. 3, repaired",
    hypotheses=(NORMALIZED,),
    check=lambda view: _units(view, _pooled),
    twin="running-variance",
    moot=MOOT,
)
