"""Points are built where they are said to be: inside, on one boundary, on several, within 2^-k; and shrink well."""

import ast
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

import polybn as pb
import polybn.auditing
from polybn.drawing.places import EXPONENTS, _near, faces
from polybn.errors import DomainError, InputError
from polybn.testing import strategies
from polybn.testing.strategies import PLACES, Placed, boundary_units, placed, places_for, points_in

SHRINK = settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
CROSS = pb.Network.from_arrays([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])], activation="relu")
SQUARE = pb.enumerate_regions(CROSS, pb.box(-2, 2, dim=2))
CONSTANT = pb.Network.from_arrays([([[0]], [1]), ([[1]], [0])], activation="relu")


def vanishing(case: Placed) -> set[tuple[int, int]]:
    """The units that stay on a breakpoint in some region that contains the point."""
    part = case.partition
    codes = [part.codes[region] for region in part.touching(case.point)]
    layers = [(layer, unit) for layer, width in enumerate(case.network.widths) for unit in range(width)]
    breaks = [len(case.network.hidden[layer].activation.breakpoints) for layer, _ in layers]
    return {at for code in codes for at, entry, count in zip(layers, code, breaks, strict=True) if (entry + count) % 2}


def is_there(case: Placed) -> bool:
    domain, point, crossed = case.case.domain, case.point, set(case.units) - vanishing(case)
    on_a_side = any(x in side for x, *side in zip(point, domain.lower, domain.upper, strict=True))
    touched = list(case.partition.touching(point))
    return (
        domain.contains(point)
        and {
            "inside": not crossed and not on_a_side and len(touched) == 1,
            "on a boundary": len(case.units) >= 1 and (len(touched) > 1 or on_a_side),
            "on several boundaries": len(case.units) >= 2,
            "near a boundary": not on_a_side and len(touched) == 1,
            "on the domain's side": on_a_side,
        }[case.place]
    )


@pytest.mark.parametrize("normalization", [None, pb.BatchNorm, pb.MedianNorm])
@pytest.mark.parametrize("place", PLACES)
def test_a_point_is_at_its_place(place, normalization):
    @settings(max_examples=max(6, settings().max_examples // 4))
    @given(placed(place=place, normalization=normalization))
    def check(case):
        assert case.place == place
        assert is_there(case)

    check()


def test_every_place_is_drawn_when_none_is_named():
    seen = Counter()

    @settings(max_examples=60, derandomize=True, database=None)
    @given(placed(normalization=pb.BatchNorm, dimensions=(1, 2), max_width=3))
    def look(case):
        seen[case.place] += 1
        assert is_there(case)

    look()
    assert set(seen) == set(PLACES)


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_near_is_within_the_power_of_two_it_names_and_not_on_it(exponent):
    def draw(strategy):
        text = repr(strategy)
        if text.startswith("sampled_from"):
            return exponent
        return (1,) * text.count("integers(") if text.startswith("tuples") else 0

    for region in SQUARE:
        for face in faces(region, "near a boundary"):
            point = _near(draw, face)
            axis = next(axis for axis in range(2) if face.row[axis])
            assert 0 < abs(point[axis]) <= Fraction(1, 2**exponent)
            assert SQUARE.region_of(point) == region


def test_points_of_a_given_partition():
    @given(st.data())
    def check(data):
        for place in PLACES:
            point = data.draw(points_in(SQUARE, place=place))
            crossed = point.count(0)
            expected = {"inside": {0}, "on a boundary": {1}, "on several boundaries": {2}, "near a boundary": {0}}
            assert crossed in expected.get(place, {0, 1})
            assert len(boundary_units(CROSS, point)) == crossed
            assert (max(map(abs, point)) == 2) == (place == "on the domain's side")

    check()
    assert places_for(SQUARE) == PLACES


def test_a_place_that_a_partition_lacks_is_refused_at_once():
    part = pb.enumerate_regions(CONSTANT, pb.box(-1, 1, dim=1))
    assert places_for(part) == ("inside", "on the domain's side")
    with pytest.raises(InputError, match="it has points inside, on the domain's side"):
        points_in(part, place="on a boundary")
    with pytest.raises(InputError, match="choose among inside"):
        points_in(part, place="nowhere")
    with pytest.raises(DomainError, match="Enumerate on a box"):
        points_in(pb.enumerate_regions(CROSS, pb.whole_space(2)))


def test_a_unit_that_vanishes_everywhere_has_no_boundary_there():
    net = pb.Network.from_arrays([([[0], [1]], [0, 0]), ([[1, 1]], [0])], activation="relu")
    part = pb.enumerate_regions(net, pb.box(-1, 1, dim=1))
    assert boundary_units(net, (Fraction(1, 2),)) == ((0, 0),)
    assert "on several boundaries" not in places_for(part)


def test_one_dimension_has_several_boundaries_where_hyperplanes_coincide():
    net = pb.Network.from_arrays([([[1], [-2]], [0, 0]), ([[1, 1]], [0])], activation="abs")
    part = pb.enumerate_regions(net, pb.box(-1, 1, dim=1))
    assert find(points_in(part, place="on several boundaries"), lambda p: True, settings=SHRINK) == (0,)


@pytest.mark.parametrize("place", ["on a boundary", "on several boundaries", "on the domain's side"])
def test_placed_cases_shrink_to_whole_numbers(place):
    case = find(placed(place=place, depth=(1, 1), max_width=2, dimensions=(1, 2)), lambda case: True, settings=SHRINK)
    assert case.point == ((-1,) if place == "on the domain's side" else (0,))
    assert case.case.domain == pb.box(-1, 1, dim=1)
    assert case.network.units <= 2


def test_what_no_network_has_is_refused_at_once():
    for place in ("on a boundary", "near a boundary"):
        with pytest.raises(InputError, match="hidden layer"):
            placed(place=place, depth=(0, 0))
    with pytest.raises(InputError, match="max_width >= 2"):
        placed(place="on several boundaries", max_width=1)
    with pytest.raises(InputError, match="no place"):
        placed(place="at the end of the rainbow")


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
def test_gamma_zero_has_no_boundary():
    with pytest.raises(InputError, match="gamma = 0"):
        placed(place="on a boundary", normalization=pb.BatchNorm(gamma=0)).example()


def test_options_are_kept_by_planted_cases():
    @settings(max_examples=10)
    @given(placed(place="on several boundaries", stratum="zero row", depth=(2, 2), points=2, offsets=1))
    def check(case):
        assert len(case.network.hidden) == 2
        assert len(case.case.points) == 2
        assert len(case.case.offsets) == 1

    check()


def test_nothing_is_filtered():
    """No strategy of ours rejects what it drew."""
    for file in Path(polybn.auditing.__file__).parent.glob("*.py"):
        calls = [node.func for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
        names = {getattr(call, "attr", getattr(call, "id", "")) for call in calls}
        assert not names & {"filter", "assume", "reject"}, file.name


def test_all_names_are_there():
    assert all(hasattr(strategies, name) for name in strategies.__all__)
