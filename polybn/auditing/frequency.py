"""How often two false statements fail on drawn networks: exact counts of violations, under a law that is stated.

The law is part of every number here. Weights, samples and points are independent standard normal numbers rounded to
sixteenths, from `random.Random(seed)`; in the last layer a 0 is drawn again, and so is a network in which some sigma
is 0. sigma is the root where that is rational, else a dyadic above it within 2^-24 (semantics "slack"), and every
comparison is exact. The counts say nothing beyond themselves: no confidence is claimed.

* `theorem-2`: d = 2, one normalised layer of the given width, then one unit. x is one more point; the offsets are the
  mean of g over the batch plus its standard deviation times a normal number in sixteenths. A trial is an x with two
  offsets at unequal distances |g(x) - mu|; a violation has the nearer hyperplane and not the nearer folded one.
* `proposition-3`: inputs of dimension 8, one normalised layer of the given width, then a linear output without bias. A
  trial is one network with one mini-batch; a violation is one without an output on each strict side of 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from random import Random
from typing import cast

from flint import fmpq, fmpz_mat

from polybn.claims.theorem_2 import Comparison, comparisons
from polybn.claims.view import ExactView, Instance
from polybn.errors import InputError, ZeroSigmaError
from polybn.exact.rational import common_denominator, fraction, rational, text
from polybn.networks.activation import LeakyReLU
from polybn.networks.layer import Linear
from polybn.networks.network import Network
from polybn.networks.normalization import SIGMA_BITS, frozen, rational_root_above
from polybn.normalizations import BatchNorm
from polybn.regions.domain import box

RESOLUTION = 16
INPUTS = 8
SLOPES = ("1/100", "1/10", "1/2")

Integers = Sequence[int]


@dataclass(frozen=True)
class Frequency:
    """violations of trials for one statement, width of the (last) hidden layer, batch size and leaky slope.

    `degenerate` of the violations are so in the weak sense: F is empty (theorem-2), or no output is on the other side
    but one is 0 (proposition-3).
    """

    statement: str
    width: int
    batch: int
    slope: Fraction
    violations: int
    degenerate: int
    trials: int

    @property
    def share(self) -> Fraction:
        """violations / trials."""
        return Fraction(self.violations, self.trials)


@dataclass(frozen=True)
class Head:
    """A mini-batch, the rows of a normalised layer, and the weights of a linear output on it: integers, up to scale.

    A normalised layer ignores the scale of its inputs and rows, and a sign that of the output's weights.
    """

    batch: Sequence[Integers]
    rows: Sequence[Integers]
    last: Integers

    def outputs(self, slope: fmpq) -> list[fmpq]:
        """f(x_n) = sum_k v_k a(h_k(x_n)) up to one positive factor; raises `ZeroSigmaError` where some sigma is 0.

        With u_n = N t_n - sum t one has h_n = u_n / (N sigma) and sigma^2 = sum u_n^2 / N^3.
        """
        count = len(self.batch)
        projections = (
            fmpz_mat(list(map(list, self.batch))) * fmpz_mat(list(map(list, self.rows))).transpose()
        ).tolist()
        totals = [sum(column) for column in zip(*projections, strict=True)]
        centred = [[int(count * t - s) for t, s in zip(row, totals, strict=True)] for row in projections]
        weights: list[fmpq] = []
        for unit, (column, weight) in enumerate(zip(zip(*centred, strict=True), self.last, strict=True)):
            square = fmpq(sum(u * u for u in column), count**3)
            if square == 0:
                raise ZeroSigmaError(f"sigma = 0 for unit {unit}: it is constant on the batch.", layer=0, unit=unit)
            weights.append(weight / rational_root_above(square, SIGMA_BITS))
        common = common_denominator(weights)
        down, up = int(slope.p), int(slope.q)
        activated = fmpz_mat([[up * u if u > 0 else down * u for u in row] for row in centred])
        values = activated * fmpz_mat([[(weight * common).p] for weight in weights])
        return [fmpq(value) for value in values.entries()]


def sides(outputs: Sequence[fmpq]) -> str:
    """ "both" strict sides of 0, "one" of them, or one at most "with a zero"."""
    least, most = min(outputs), max(outputs)
    if least < 0 < most:
        return "both"
    return "one" if least > 0 or most < 0 else "with a zero"


def count_one_sided(heads: Iterable[Head], slope: object) -> tuple[int, int, int]:
    """(violations of proposition-3, those of them with an output 0, trials); heads with a sigma of 0 are left out."""
    found = {"both": 0, "one": 0, "with a zero": 0}
    for head in heads:
        found[sides(head.outputs(rational(slope, "slope")))] += 1
    return found["one"] + found["with a zero"], found["with a zero"], sum(found.values())


def count_theorem_2(trials: Iterable[Comparison]) -> tuple[int, int, int]:
    """(violations of theorem-2, those of them with F empty, trials)."""
    violations = empty = count = 0
    for trial in trials:
        violations += not trial.is_kept
        empty += not trial.is_met
        count += 1
    return violations, empty, count


def theorem_2_frequency(width: int, batch: int, slope: object, *, trials: int = 200, seed: int = 0) -> Frequency:
    """How often literal `theorem-2` fails under the law of this file."""
    _check(width, batch, trials)
    drawn = islice(_comparisons(Random(seed), width, batch, slope), trials)
    return Frequency("theorem-2", width, batch, fraction(rational(slope)), *count_theorem_2(drawn))


def proposition_3_frequency(width: int, batch: int, slope: object, *, trials: int = 200, seed: int = 0) -> Frequency:
    """How often literal `proposition-3` fails under the law of this file."""
    _check(width, batch, trials)
    drawn = islice(_heads(Random(seed), width, batch), trials)
    return Frequency("proposition-3", width, batch, fraction(rational(slope)), *count_one_sided(drawn, slope))


def frequencies(*, trials: int = 100, seed: int = 0) -> tuple[Frequency, ...]:
    """Both statements over a grid of widths, batch sizes and slopes, each cell drawn from the same seed."""
    planes = [
        theorem_2_frequency(width, 8, slope, trials=trials, seed=seed)
        for slope in ("0", "1/10", "1/2", "-1")
        for width in (1, 2, 4)
    ]
    heads = [
        proposition_3_frequency(width, batch, slope, trials=trials, seed=seed)
        for slope in SLOPES
        for width in (1, 2, 8, 64)
        for batch in (2, 4, 16, 64)
    ]
    return (*planes, *heads)


def frequency_table(rows: Iterable[Frequency]) -> str:
    """The counts as text, a line each."""
    lines = [f"{'statement':<14}{'width':>6}{'batch':>6}{'slope':>7}{'violations':>14}{'share':>8}  of them"]
    for row in rows:
        weak = "with F empty" if row.statement == "theorem-2" else "with an output 0"
        counts = f"{row.violations} of {row.trials}"
        lines.append(
            f"{row.statement:<14}{row.width:>6}{row.batch:>6}{text(row.slope):>7}{counts:>14}"
            f"{float(100 * row.share):>7.1f}%  {row.degenerate} {weak}"
        )
    return "\n".join(lines) + "\n"


def _heads(random: Random, width: int, batch: int) -> Iterator[Head]:
    """Heads without a zero sigma, one after the other."""
    while True:
        samples = [_integers(random, INPUTS) for _ in range(batch)]
        rows = [_integers(random, INPUTS) for _ in range(width)]
        head = Head(samples, rows, _integers(random, width, nonzero=True))
        differences = [[a - b for a, b in zip(sample, samples[0], strict=True)] for sample in samples[1:]]
        if all(any(sum(a * b for a, b in zip(row, step, strict=True)) for step in differences) for row in rows):
            yield head


def _comparisons(random: Random, width: int, batch: int, slope: object) -> Iterator[Comparison]:
    """Trials of theorem-2, each with its own network."""
    while True:
        samples = [_point(random, 2) for _ in range(batch)]
        rows, last = [_point(random, 2) for _ in range(width)], _integers(random, width, nonzero=True)
        modules = [Linear(rows), BatchNorm(), LeakyReLU(slope), Linear([last]), frozen([0], [1]), LeakyReLU(slope)]
        shifts, point = _point(random, 2), _point(random, 2)
        try:
            network = Network([*modules, Linear([[1]])]).fit(samples)
        except ZeroSigmaError:
            continue
        values = [network.stages[1].affine.apply(inputs)[0] for inputs in network.layer_inputs(samples, 1)]
        mean = sum(values, fmpq(0)) / batch
        square = sum(((value - mean) ** 2 for value in values), fmpq(0)) / batch
        if square == 0:
            continue
        scale = fraction(rational_root_above(square, SIGMA_BITS))
        offsets = tuple(fraction(mean) + scale * shift for shift in shifts)
        instance = Instance(network, tuple(samples), box(-1, 1, dim=2), "batchnorm", points=(point,), offsets=offsets)
        yield from comparisons(ExactView(instance))


def _integers(random: Random, count: int, *, nonzero: bool = False) -> list[int]:
    """Standard normal numbers in sixteenths, times 16."""
    found: list[int] = []
    while len(found) < count:
        number = round(RESOLUTION * random.gauss(0, 1))
        if number or not nonzero:
            found.append(number)
    return found


def _point(random: Random, count: int) -> tuple[Fraction, ...]:
    return tuple(Fraction(entry, RESOLUTION) for entry in _integers(random, count))


def _check(width: int, batch: int, trials: int) -> None:
    for name, value, least in (("width", width, 1), ("batch", batch, 2), ("trials", trials, 1)):
        if isinstance(value, bool) or not isinstance(cast("object", value), int) or value < least:
            raise InputError(f"{name} is {value!r}; a whole number, at least {least}, is needed.", value)
