"""Drawn networks are what their stratum says, meet what was asked for, and shrink to small whole numbers."""

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

import polybn as pb
from polybn.drawing import strategies
from polybn.drawing.strategies import STRATA, Drawn, cases, networks, strata_for
from polybn.errors import InputError
from polybn.networks.network import HiddenLayer, Network

SHRINK = settings(
    max_examples=2000,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
PER_STRATUM = max(3, settings().max_examples // 8)


def rows(layer: HiddenLayer) -> list[tuple[Fraction, ...]]:
    """(a_1, ..., a_n, b - t) of every unit, t the first breakpoint."""
    kink = Fraction(str(layer.activation.breakpoints[0]))
    slope, bias = layer.affine.slope, layer.affine.bias
    return [(*row, offset - kink) for row, offset in zip(slope, bias, strict=True)]


def proportional(first: tuple[Fraction, ...], second: tuple[Fraction, ...]) -> bool:
    return all(a * d == b * c for (a, b), (c, d) in combinations(list(zip(first, second, strict=True)), 2))


def normals_agree(layer: HiddenLayer) -> bool:
    slopes = layer.affine.slope
    return len(slopes) > 1 and any(proportional(a, b) for a, b in combinations(slopes, 2))


def meets(row: tuple[Fraction, ...], point: tuple[Fraction, ...]) -> bool:
    return sum((a * x for a, x in zip(row, point, strict=False)), row[-1]) == 0


def corners(box: pb.Box) -> Iterator[tuple[Fraction, ...]]:
    for choice in range(2**box.dimension):
        yield tuple((box.upper if choice >> axis & 1 else box.lower)[axis] for axis in range(box.dimension))


def concurrent(layer: HiddenLayer) -> bool:
    """The affine system has a solution: the rank with the offsets is the rank without."""
    from sympy import Matrix

    table = Matrix([[Fraction(entry) for entry in row] for row in rows(layer)])
    return table.rank() == table[:, :-1].rank()


def vanishes_somewhere(case: Drawn) -> bool:
    """A unit after the first layer sits on a breakpoint on a whole region."""
    net = case.network
    breakpoints = [len(layer.activation.breakpoints) for layer in net.hidden for _ in range(layer.affine.outputs)]
    return any(
        (code[unit] + breakpoints[unit]) % 2
        for code in pb.enumerate_regions(net, case.domain).codes
        for unit in range(net.widths[0], net.units)
    )


IS: dict[str, Callable[[Drawn], bool]] = {
    "generic": lambda case: True,
    "duplicate rows": lambda case: any(map(normals_agree, case.network.hidden)),
    "opposite rows": lambda case: any(map(normals_agree, case.network.hidden)),
    "scaled rows": lambda case: any(map(normals_agree, case.network.hidden)),
    "zero row": lambda case: any(not any(row) for layer in case.network.hidden for row in layer.affine.slope),
    "parallel family": lambda case: any(map(normals_agree, case.network.hidden)),
    "concurrent hyperplanes": lambda case: any(map(concurrent, case.network.hidden)),
    "hyperplane through a corner": lambda case: any(
        meets(rows(case.network.hidden[0])[0], corner) for corner in corners(case.domain)
    ),
    "hyperplane along a side": lambda case: (
        sum(meets(rows(case.network.hidden[0])[0], corner) for corner in corners(case.domain))
        == 2 ** (case.domain.dimension - 1)
    ),
    "bias-free": lambda case: all(not any(layer.affine.bias) for layer in case.network.hidden[:1]),
    "tiny integers": lambda case: all(
        abs(entry) <= 1 and entry.denominator == 1 for row in case.network.stages[0].affine.slope for entry in row
    ),
    "width one": lambda case: set(case.network.widths) == {1},
    "dimension one": lambda case: case.network.dimension == 1,
    "vanishing unit": vanishes_somewhere,
    "constant feature": lambda case: any(len(set(feature)) == 1 for feature in zip(*case.batch, strict=True)),
    "repeated samples": lambda case: len(set(case.batch)) < len(case.batch),
    "batch of one": lambda case: len(case.batch) == 1,
}


def test_every_stratum_has_its_test() -> None:
    assert tuple(IS) == STRATA


@pytest.mark.parametrize("normalization", [None, pb.BatchNorm, pb.MedianNorm])
@pytest.mark.parametrize("stratum", STRATA)
def test_a_case_is_of_its_stratum(stratum: str, normalization: Any) -> None:
    if stratum not in strata_for(normalization=normalization):
        with pytest.raises(InputError, match=stratum):
            cases(stratum=stratum, normalization=normalization)
        return
    # A median normalisation does not send a linear combination to the combination of the locations.
    bends = stratum in ("concurrent hyperplanes", "bias-free") and normalization is pb.MedianNorm
    seen = 0

    @settings(max_examples=PER_STRATUM)
    @given(cases(stratum=stratum, normalization=normalization))
    def check(case: Drawn) -> None:
        nonlocal seen
        seen += 1
        assert case.stratum == stratum
        assert case.network.is_fitted
        assert case.domain.dimension == case.network.dimension == len(case.batch[0])
        assert bends or IS[stratum](case)

    check()
    assert seen >= PER_STRATUM


def test_no_stratum_is_starved_or_rejected() -> None:
    """Over one long run every stratum is seen, and nothing drawn is thrown away."""
    seen: Counter[str] = Counter()

    @settings(max_examples=600, derandomize=True, database=None)
    @given(cases(normalization=pb.BatchNorm))
    def look(case: Drawn) -> None:
        seen[case.stratum] += 1

    look()
    assert set(seen) == set(STRATA)
    assert min(seen.values()) >= 4, seen


@given(
    cases(normalization=pb.BatchNorm, nonzero_rows=True, beta="zero", gamma="nonzero", min_batch=3, depth=(2, 2),
          dimensions=(2,), max_width=3, output_bias="zero")
)  # fmt: skip
def test_options_are_kept(case: Drawn) -> None:
    net = case.network
    assert net.dimension == 2
    assert len(case.batch) >= 3
    assert len(net.hidden) == 2
    assert max(net.widths) <= 3
    assert not any(net.stages[-1].affine.bias)
    for stage in net.stages[:-1]:
        assert stage.frozen is not None
        assert not any(stage.frozen.beta)
        assert all(stage.frozen.gamma)
        assert all(any(row) for row in stage.affine.slope)
        assert not any(stage.affine.bias)


@given(cases(normalization=pb.BatchNorm, normalized_output=True))
def test_the_output_may_be_normalized(case: Drawn) -> None:
    assert case.network.stages[-1].normalization is not None
    assert case.network.stages[-1].activation is None


@given(cases(normalization=pb.BatchNorm, min_batch=2))
def test_statistics_are_those_of_the_batch(case: Drawn) -> None:
    """Layer by layer, mu is the mean of the projections of what comes in, whatever was repaired."""
    for index, stage in enumerate(case.network.stages[:-1]):
        projections = [stage.affine.apply(value) for value in case.network.layer_inputs(case.batch, index)]
        assert stage.frozen is not None
        for unit, location in enumerate(stage.frozen.location):
            assert location * len(projections) == sum(value[unit] for value in projections)


def test_an_instance_and_a_plain_class_are_normalizations_too() -> None:
    class Plain(pb.Normalization):
        name = "plain"

        def location(self, values: Any) -> Any:
            return values[0]

        def squared_scale(self, values: Any) -> Any:
            return sum((value - values[0]) ** 2 for value in values) / len(values)

    given_instance = pb.BatchNorm(eps="1/4")
    for normalization in (Plain, given_instance):

        @settings(max_examples=20)
        @given(cases(normalization=normalization))
        def check(case: Drawn) -> None:
            assert case.network.is_fitted

        check()
    assert given_instance == pb.BatchNorm(eps="1/4")


@given(networks(normalization=pb.BatchNorm, fitted=False), networks(normalization=pb.BatchNorm))
def test_networks_alone(unfitted: Network, fitted: Network) -> None:
    assert not unfitted.is_fitted
    assert fitted.is_fitted


@pytest.mark.parametrize(
    ("strategy", "property_", "expected"),
    [
        (strategies.rationals(), lambda x: True, 0),
        (strategies.rationals(), lambda x: x < 0, -1),
        (strategies.rationals(), lambda x: x > 1, 2),
        (strategies.rationals(nonzero=True), lambda x: True, 1),
        (strategies.rationals(), lambda x: x.denominator > 1, Fraction(1, 2)),
        (strategies.points(2), lambda p: True, (0, 0)),
        (strategies.matrices(2, 2, nonzero_rows=True), lambda m: True, ((1, 0), (1, 0))),
        (strategies.batches(1, min_size=2), lambda b: len(set(b)) > 1, ((0,), (1,))),
        (strategies.activations(), lambda a: True, pb.ReLU()),
        (strategies.boxes(2), lambda b: True, pb.box(-1, 1, dim=2)),
    ],
)
def test_small_things_shrink_to_whole_numbers(
    strategy: st.SearchStrategy[Any], property_: Callable[[Any], bool], expected: Any
) -> None:
    found = find(strategy, property_, settings=SHRINK)
    assert found == expected


def entries(case: Drawn) -> Iterator[Fraction]:
    """Every number that a reader of a counterexample would see."""
    for stage in case.network.stages:
        yield from (entry for row in stage.affine.slope for entry in row)
        yield from stage.affine.bias
    yield from (entry for sample in case.batch for entry in sample)
    yield from (*case.domain.lower, *case.domain.upper)


def has_regions(count: int) -> Callable[[Drawn], bool]:
    return lambda case: len(pb.enumerate_regions(case.network, case.domain)) >= count


@pytest.mark.parametrize(
    ("normalization", "property_"),
    [
        (None, lambda case: True),
        (None, has_regions(4)),
        (pb.BatchNorm, lambda case: case.network.dimension == 2 and len(case.network.hidden) == 2),
        (pb.BatchNorm, has_regions(5)),
        (pb.BatchNorm, lambda case: any(value > 1 for value in case.network(case.batch[0]))),
    ],
    ids=["anything", "four regions", "two layers", "five regions", "a large value"],
)
def test_counterexamples_are_small_whole_numbers(normalization: Any, property_: Callable[[Drawn], bool]) -> None:
    case = find(cases(normalization=normalization), property_, settings=SHRINK)
    assert all(entry.denominator == 1 and abs(entry) <= 3 for entry in entries(case)), list(map(str, entries(case)))
    assert len(case.batch) <= 3
    assert case.network.units <= 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stratum": "no such"}, "the strata are generic"),
        ({"stratum": "zero row", "nonzero_rows": True}, "nonzero_rows excludes it"),
        ({"stratum": "batch of one"}, "needs a normalisation"),
        ({"stratum": "batch of one", "normalization": pb.BatchNorm, "min_batch": 2}, "min_batch is above 1"),
        ({"stratum": "dimension one", "dimensions": (2,)}, "dimensions lacks 1"),
        ({"stratum": "vanishing unit", "depth": (1, 1)}, "depth >= 2"),
        ({"stratum": "duplicate rows", "max_width": 1}, "max_width >= 2"),
        ({"stratum": "parallel family", "normalization": pb.BatchNorm, "beta": "zero"}, "coincide"),
        ({"beta": "none"}, "write 'zero' or 'any'"),
        ({"depth": (2, 1)}, "least, most"),
        ({"max_width": 0}, "at least 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        cases(**options)
