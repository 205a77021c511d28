"""F meets the convex hull of the batch: where, by hand; and whether, by a route that knows no segments."""

from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest
from flint import fmpq, fmpq_mat

import polybn as pb
from polybn.auditing.recorded import HOLDS
from polybn.auditing.witness import read_witness
from polybn.claims.folded_meets_hull import (
    FOLDED_MEETS_HULL,
    along_segment,
    meeting_point,
    preactivations_at,
    zero_along,
)
from polybn.claims.view import ExactView, Instance
from polybn.exact.matrix import vector
from polybn.networks.affine import AffineMap
from polybn.outcome import Fails, Holds, Skipped
from polybn.proof import proofs_folder


def view_of(net, batch):
    points = tuple(tuple(map(Fraction, point)) for point in batch)
    return ExactView(Instance(net, points, pb.box(-3, 3, dim=net.dimension)))


def meets(view, layer, unit, level=0):
    return meeting_point(view, view.normalized_layers[layer], unit, fmpq(level))


@pytest.mark.parametrize("kind", [pb.BatchNorm, pb.MedianNorm])
def test_it_holds_for_the_mean_and_for_the_median(kind):
    """Both lie between the least and the largest projection, and nothing else is needed."""
    verdict = pb.audit(kind, [FOLDED_MEETS_HULL], examples=48)["folded-meets-hull"]
    assert verdict.status in HOLDS
    assert verdict.live >= 40
    assert len(verdict.tally.strata) >= 14


def test_the_point_that_a_person_finds():
    """h_1 = x, leaky 1/3: g = -1/3 and 1 at the samples, mu_2 = 1/3, and F_2 = {1/3}."""
    leaky = pb.LeakyReLU("1/3")
    modules = [pb.Linear([[1]]), pb.BatchNorm(), leaky, pb.Linear([[1]]), pb.BatchNorm(), leaky, pb.Linear([[1]])]
    view = view_of(pb.Network(modules).fit([[-1], [1]]), [[-1], [1]])
    assert meets(view, 0, 0) == (fmpq(0),)
    assert meets(view, 1, 0) == (fmpq(1, 3),)
    assert FOLDED_MEETS_HULL.decide(view) == Holds(2)


def test_samples_on_one_side_do_not_decide():
    """g = |x| is 1 at both samples and 1/2 inside their hull; an offset of -1 it takes nowhere."""

    def net(mu):
        first = [pb.Linear([[1]]), pb.frozen([0], [1]), pb.Abs()]
        return pb.Network([*first, pb.Linear([[1]]), pb.frozen([mu], [1]), pb.Abs(), pb.Linear([[1]])])

    point = meets(view_of(net("1/2"), [[-1], [1]]), 1, 0)
    assert point in {(fmpq(1, 2),), (fmpq(-1, 2),)}
    assert meets(view_of(net(0), [[-1], [1]]), 1, 0) == (fmpq(0),)
    assert meets(view_of(net(-1), [[-1], [1]]), 1, 0) is None


def drawn(seed):
    """A frozen net 2-2-2 with whole numbers, and a batch of two to four points."""
    random = Random(seed)

    def rows():
        return [[random.randint(-2, 2) for _ in range(2)] for _ in range(2)]

    def norm():
        return pb.frozen([random.randint(-1, 1), random.randint(-2, 2)], [1, 2], beta=[0, random.randint(-1, 1)])

    function = random.choice([pb.ReLU(), pb.Abs(), pb.HardTanh(), pb.LeakyReLU("1/2")])
    modules = [pb.Linear(rows()), norm(), function, pb.Linear(rows()), norm(), function, pb.Linear([[1, 1]])]
    batch = [[random.randint(-2, 2) for _ in range(2)] for _ in range(random.randint(2, 4))]
    return pb.Network(modules), batch


def ranges(net, layer, batch):
    """Least and largest pre-activation on conv(batch), taken at vertices of the regions in barycentric coordinates."""
    first, *others = map(vector, batch)
    steps = fmpq_mat([[x - y for x, y in zip(other, first, strict=True)] for other in others]).transpose()
    embedding = AffineMap(steps, first)
    count = len(others)
    sides = [[-int(row == column) for column in range(count)] for row in range(count)]
    weights = pb.Polytope([*sides, [1] * count], [0] * count + [1])
    part = pb.enumerate_regions(net.prefix(layer).restricted(embedding), weights)
    places = {vertex for region in part for vertex in region.vertices}
    values = [preactivations_at(net, layer, embedding.apply(vector(place))) for place in places]
    return [(min(column), max(column)) for column in zip(*values, strict=True)]


@pytest.mark.parametrize("seed", range(25))
def test_the_decision_agrees_with_the_vertices_of_regions_in_barycentric_coordinates(seed):
    net, batch = drawn(seed)
    view = view_of(net, batch)
    for unit, (least, most) in enumerate(ranges(net, 1, batch)):
        for level in {-3, -2, -1, 0, 1, 2, 3, least, most}:
            point = meets(view, 1, unit, level)
            assert (point is not None) == (least <= level <= most)
            if point is not None:
                assert preactivations_at(net, 1, point)[unit] == level


@pytest.mark.parametrize("seed", range(10))
def test_between_the_nodes_of_a_segment_everything_is_affine(seed):
    net, batch = drawn(seed)
    start, end = vector(batch[0]), vector(batch[1])
    nodes = along_segment(net, 1, start, end)
    assert [nodes[0][0], nodes[-1][0]] == [0, 1]
    for (s, before), (t, after) in pairwise(nodes):
        for share in (fmpq(0), fmpq(1, 3), fmpq(1, 2)):
            place = s + share * (t - s)
            point = tuple(x + place * (y - x) for x, y in zip(start, end, strict=True))
            between = tuple(u + share * (v - u) for u, v in zip(before, after, strict=True))
            assert preactivations_at(net, 1, point) == between


def test_the_first_zero_of_a_polyline():
    def nodes(*values):
        return [(fmpq(t), fmpq(value)) for t, value in enumerate(values)]

    assert zero_along(nodes(1, -1, 1)) == fmpq(1, 2)
    assert zero_along(nodes(0, 0)) == 0
    assert zero_along(nodes(2, 0)) == 1
    assert zero_along(nodes(2, 1)) is None


@pytest.mark.parametrize(
    ("rows", "parameters", "batch"),
    [
        ([[1, 2]], {"eps": 1}, [[3, 4]]),
        ([[1, 2], [1, 2]], {}, [[0, 0], [0, 0], [1, 1]]),
        ([[0, 0]], {"eps": 1}, [[0, 0], [1, 1]]),
        ([[1, 0], [-1, 0]], {"gamma": 0}, [[0, 0], [1, 1]]),
        ([[1, 0], [2, 0]], {"gamma": [-1, 2]}, [[0, 0], [1, 1]]),
    ],
    ids=["batch of one", "repeated samples", "zero row", "gamma zero", "parallel rows"],
)
def test_degenerate_units(rows, parameters, batch):
    net = pb.Network([pb.Linear(rows), pb.BatchNorm(**parameters), pb.ReLU(), pb.Linear([[1] * len(rows)])]).fit(batch)
    assert FOLDED_MEETS_HULL.decide(view_of(net, batch)) == Holds(len(rows))


def test_a_normalised_output_has_its_boundary_at_zero():
    net = pb.Network([pb.Linear([[1]]), pb.BatchNorm()]).fit([[0], [4]])
    view = view_of(net, [[0], [4]])
    assert FOLDED_MEETS_HULL.decide(view) == Holds(1)
    assert meets(view, 0, 0) == (fmpq(2),)


def test_beta_is_needed():
    folder = proofs_folder()
    _, instance = read_witness(folder / "sharpness" / "folded-meets-hull--beta.json")
    assert FOLDED_MEETS_HULL.decide(ExactView(instance)) == Skipped("beta at the breakpoint")
    outcome = FOLDED_MEETS_HULL.without("beta at the breakpoint").decide(ExactView(instance))
    assert isinstance(outcome, Fails)
    assert "at the samples 1, 3" in outcome.left
