"""Decision boundaries in the plane: exact pieces against the network itself, the grid against the exact pieces."""

from fractions import Fraction

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import polybn as pb  # noqa: E402
from polybn.errors import InputError, ShapeError  # noqa: E402
from polybn.exact.rational import exact_float  # noqa: E402
from polybn.networks.layer import Linear  # noqa: E402
from polybn.statistical import boundaries  # noqa: E402
from polybn.statistical.boundaries import exact_boundary, exact_network, grid_boundary, margin  # noqa: E402
from polybn.statistical.datasets.rings import rings  # noqa: E402
from polybn.statistical.enclosures.tracing import UnsupportedModuleError  # noqa: E402
from polybn.statistical.modules.architectures import mlp, resnet9  # noqa: E402
from polybn.statistical.modules.initialisation import frozen, random_bias  # noqa: E402

DOUBLE = torch.float64


def drawn(widths=(2, 6, 5, 2), name="relu", seed=0):
    """A network on the statistics of a mini-batch, with every parameter off its start."""
    net = random_bias(mlp(widths, name, normalised=True, seed=seed, dtype=DOUBLE), seed=seed, deviation=0.3)
    return frozen(net, rings(16, seed=seed, dtype=DOUBLE).x)


def linear(weight, bias, *more):
    """Layers with the weights and biases given, ReLU between."""
    layers = []
    for rows, offsets in ((weight, bias), *more):
        layer = nn.Linear(len(rows[0]), len(rows)).double()
        layer.weight.data, layer.bias.data = (torch.tensor(part, dtype=DOUBLE) for part in (rows, offsets))
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1]).eval()


def ramp(height):
    """|x| + |y| - height."""
    return linear([[1, 0], [-1, 0], [0, 1], [0, -1]], [0, 0, 0, 0], ([[1, 1, 1, 1]], [-height]))


def distances(points, pieces):
    """From each point to the nearest of the segments."""
    start, step = pieces[:, :2], pieces[:, 2:] - pieces[:, :2]
    share = ((points[:, None] - start) * step).sum(2) / (step**2).sum(1).clamp(min=1e-300)
    nearest = start + share.clamp(0, 1)[..., None] * step
    return torch.linalg.vector_norm(points[:, None] - nearest, dim=2).amin(1)


# Exact


def test_a_diamond_has_its_four_sides():
    found = exact_boundary(ramp(1.0), 2.0)
    assert found.pieces.abs().sort(1).values.tolist() == [[0, 0, 1, 1]] * 4
    assert found.sure.all()
    assert found.degenerate == 0


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "abs", "hard_tanh"])
def test_the_margin_vanishes_on_exact_pieces_and_changes_sign_across_them(name):
    net = drawn(name=name)
    pieces = exact_boundary(net, 3.0).pieces
    assert len(pieces) > 3
    middles = (pieces[:, :2] + pieces[:, 2:]) / 2
    assert (net(middles).diff(dim=1).abs() < 1e-12).all()
    along = pieces[:, 2:] - pieces[:, :2]
    across = torch.stack([-along[:, 1], along[:, 0]], dim=1) / torch.linalg.vector_norm(along, dim=1, keepdim=True)
    long = torch.linalg.vector_norm(along, dim=1) > 1e-3
    first, second = (margin(net).asked((middles + side * across)[long])[0] for side in (-1e-6, 1e-6))
    assert (first * second == -1).all()


def test_the_exact_network_is_the_module_with_a_root_from_above():
    net = drawn()
    exact = exact_network(net)
    for point in rings(20, seed=1, dtype=DOUBLE).x:
        values = exact([exact_float(entry) for entry in point.tolist()])
        torch.testing.assert_close(net(point[None])[0], torch.tensor([float(v) for v in values], dtype=DOUBLE))
    normalisation = exact.stages[0].normalization
    variance, eps = exact_float(float(net[1].running_var[0])), exact_float(net[1].eps)
    square = Fraction(str(normalisation.scale[0] ** 2)) / (variance + eps)
    assert 1 <= square < (1 + Fraction(1, 2**64)) ** 2
    assert "2^-64" in exact_boundary(net, 3.0).method


def test_the_pieces_are_those_of_exact_statistics_of_the_mini_batch():
    """A second route: the statistics themselves in rationals, from the same weights."""
    net, batch = drawn(), rings(16, seed=0, dtype=DOUBLE).x
    norm = [pb.BatchNorm(beta=part.bias.detach().numpy(), eps=exact_float(part.eps)) for part in (net[1], net[4])]
    exact = pb.Network(
        [
            Linear(net[0].weight.detach().numpy()), norm[0], pb.ReLU(),
            Linear(net[3].weight.detach().numpy()), norm[1], pb.ReLU(),
            Linear(net[6].weight.detach().numpy(), net[6].bias.detach().numpy()),
        ]
    ).fit(batch.numpy())  # fmt: skip
    pieces = pb.enumerate_regions(exact, pb.box(-3, 3, dim=2)).decision_boundary().pieces
    ends = torch.tensor([[float(e) for vertex in piece.vertices for e in vertex] for piece in pieces], dtype=DOUBLE)
    found = exact_boundary(net, 3.0).pieces
    assert len(found) == len(ends)
    for end in (ends[:, :2], ends[:, 2:]):
        assert distances(end, found).max() < 1e-6


def test_statistics_of_another_mini_batch_move_the_pieces():
    """So the comparison above can fail."""
    net = random_bias(mlp((2, 6, 5, 2), normalised=True, seed=0, dtype=DOUBLE), seed=0, deviation=0.3)
    one, other = (exact_boundary(frozen(net, rings(16, seed=s, dtype=DOUBLE).x), 3.0).pieces for s in (0, 1))
    assert distances(other[:, :2], one).max() > 0.05


# Grid


@pytest.mark.parametrize("seed", range(4))
def test_grid_crossings_lie_on_the_exact_pieces(seed):
    net = drawn(seed=seed)
    exact, grid = exact_boundary(net, 3.0), grid_boundary(net, 3.0, cells=60)
    assert grid.sure.all()
    assert len(grid.pieces) > 20
    for end in (grid.pieces[:, :2], grid.pieces[:, 2:]):
        assert distances(end, exact.pieces).max() < 1e-6
    steps = [part[:, 2:] - part[:, :2] for part in (grid.pieces, exact.pieces)]
    lengths = [float(torch.linalg.vector_norm(step, dim=1).sum()) for step in steps]
    assert lengths[0] == pytest.approx(lengths[1], rel=0.05)


def test_without_halving_the_grid_is_not_sure(monkeypatch):
    """Planted: an edge's middle is no crossing."""
    monkeypatch.setattr(boundaries, "log2", lambda _: 0)
    grid = grid_boundary(drawn(), 3.0, cells=60)
    assert len(grid.pieces) > 20
    assert not grid.sure.any()


def test_margins_too_small_for_floats_are_not_sure():
    """2^60 (x - 1/3) - 2^60 (x - 1/3) + 2^-20 x: rounding is larger than the sign asked for."""
    third, large = 1 / 3, 2.0**60
    net = linear([[1, 0], [1, 0], [1, 0]], [8 - third, 8 - third, 8], ([[large, -large, 2**-20]], [-8 * 2**-20]))
    grid = grid_boundary(net, 1.0, cells=4)
    assert not grid.sure.any()


@pytest.mark.parametrize(("sign", "expected"), [(1, False), (-1, True)])
def test_a_saddle_is_joined_by_the_class_at_its_centre(sign, expected):
    """|x - y| - |x + y| has classes as the two diagonals; with a height its centre belongs to one pair of corners."""
    rows = [[1, -1], [-1, 1], [1, 1], [-1, -1]]
    net = linear(rows, [0, 0, 0, 0], ([[1, 1, -1, -1]], [0.5 * sign]))
    pieces = grid_boundary(net, 1.0, cells=1).pieces
    middles = (pieces[:, :2] + pieces[:, 2:]) / 2
    assert len(pieces) == 2
    # The pieces cut off two corners of the square on one diagonal: the one that the centre does not belong to.
    assert bool((middles.prod(1) < 0).all()) is expected
    assert exact_boundary(net, 1.0).degenerate == 0


# Ordinary degenerate input


def test_no_boundary_and_a_tie_everywhere():
    assert exact_boundary(ramp(9.0), 2.0).pieces.shape == (0, 4)
    assert grid_boundary(ramp(9.0), 2.0, cells=5).pieces.shape == (0, 4)
    tie = linear([[0, 0], [0, 0]], [1, 1])
    assert exact_boundary(tie, 2.0).pieces.shape == (0, 4)
    assert exact_boundary(tie, 2.0).degenerate == 1
    assert (margin(tie).asked(torch.zeros(3, 2, dtype=DOUBLE))[0] == 0).all()
    assert margin(tie).asked(torch.zeros(0, 2, dtype=DOUBLE))[0].shape == (0,)


def test_a_mini_batch_of_one_point_and_width_one():
    net = frozen(mlp((2, 1, 1), normalised=True, seed=0, dtype=DOUBLE), torch.ones(1, 2, dtype=DOUBLE))
    exact_boundary(net, 2.0)
    grid_boundary(net, 2.0, cells=8)


def test_other_networks_are_refused():
    with pytest.raises(ShapeError, match="takes 3 numbers and gives 2"):
        grid_boundary(mlp((3, 4, 2), normalised=False, seed=0, dtype=DOUBLE).eval(), 1.0)
    with pytest.raises(ShapeError, match="takes 2 numbers and gives 3"):
        exact_boundary(mlp((2, 4, 3), normalised=False, seed=0, dtype=DOUBLE).eval(), 1.0)
    with pytest.raises(InputError, match=r"module\.double"):
        grid_boundary(mlp((2, 4, 2), normalised=False, seed=0).eval(), 1.0)
    with pytest.raises(UnsupportedModuleError):
        exact_network(resnet9(3, 2, seed=0, width=1).eval())
    with pytest.raises(UnsupportedModuleError, match="training mode"):
        exact_boundary(mlp((2, 4, 2), normalised=True, seed=0, dtype=DOUBLE).train(), 1.0)


@pytest.mark.parametrize("reach", [0, -1.0, float("inf"), float("nan"), True, "3"])
def test_a_square_needs_a_size(reach):
    for find in (exact_boundary, grid_boundary):
        with pytest.raises(InputError, match="reach is"):
            find(ramp(1.0), reach)
    with pytest.raises(InputError, match="tolerance is"):
        grid_boundary(ramp(1.0), 1.0, tolerance=reach)


# The rings


def test_rings_without_noise_lie_on_their_circles():
    data = rings(30, seed=0, classes=3, noise=0, dtype=DOUBLE)
    torch.testing.assert_close(torch.linalg.vector_norm(data.x, dim=1), data.y.double() + 1)
    assert data.y.bincount().tolist() == [10, 10, 10]
    assert torch.equal(data.x, rings(30, seed=0, classes=3, noise=0, dtype=DOUBLE).x)
    assert not torch.equal(data.x, rings(30, seed=1, classes=3, noise=0, dtype=DOUBLE).x)
    with pytest.raises(InputError, match="noise is -1"):
        rings(30, seed=0, noise=-1)
