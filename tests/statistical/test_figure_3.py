"""Figure 3: counts near the star, at the star turned, and elsewhere; what is proved of them; bands and verdicts."""

import json
from dataclasses import replace
from math import cos, pi, sqrt, tan

import pytest

torch = pytest.importorskip("torch")

from polybn.errors import InputError  # noqa: E402
from polybn.statistical.counting import covered_balls  # noqa: E402
from polybn.statistical.counting.covered_balls import possibly_through  # noqa: E402
from polybn.statistical.counting.crossings import crossings  # noqa: E402
from polybn.statistical.datasets.star import star  # noqa: E402
from polybn.statistical.enclosures.lipschitz import lipschitz_constants  # noqa: E402
from polybn.statistical.enclosures.tracing import trace  # noqa: E402
from polybn.statistical.experiments import figure_3  # noqa: E402
from polybn.statistical.experiments.experiment import Surroundings  # noqa: E402
from polybn.statistical.experiments.figure_3 import (  # noqa: E402
    EXPERIMENT,
    FULL,
    INITIALISATIONS,
    REGIONS,
    Settings,
    means_over_seeds,
    run_seed,
)
from polybn.statistical.modules.initialisation import zero_bias  # noqa: E402

SMALL = Settings(width=12, depths=(1, 3), networks=2, grid=9, samples=40, radius=0.2, apart=0.2, cells=8)
CPU = Surroundings("cpu")


@pytest.fixture(scope="module")
def rows():
    return [row for seed in range(3) for row in run_seed(SMALL, seed, CPU)]


def counts(rows, **columns):
    return [row for row in rows if row["kind"] == "count" and all(row[key] == value for key, value in columns.items())]


def test_rows_say_each_network_start_depth_and_region(rows):
    own = counts(rows, seed=1)
    kinds = {tuple(row[key] for key in ("network", "initialisation", "depth", "region")) for row in own}
    assert len(own) == len(kinds) == 2 * 3 * 2 * 3
    assert {row["balls"] for row in counts(own, region="near") + counts(own, region="turned")} == {50}
    assert all(20 < row["balls"] < 81 for row in counts(own, region="elsewhere"))
    assert len({tuple(row) for row in rows}) == 1
    assert json.loads(json.dumps(rows)) == rows


def test_the_estimate_is_between_the_proven_counts(rows):
    for row in counts(rows):
        assert 0 <= row["proved_lower"] <= row["proved_estimate"] <= row["proved_upper"] <= row["hyperplanes"]
    first = counts(rows, depth=1)
    assert sum(row["proved_lower"] for row in first) > 0
    assert sum(row["proved_upper"] - row["proved_lower"] for row in first) < 0.5 * sum(
        row["proved_lower"] for row in first
    )


def test_with_every_ball_proved_two_estimates_agree():
    for row in counts(run_seed(replace(SMALL, proved=1000, networks=1, cells=2), 4, CPU)):
        assert row["proved"] == row["balls"]
        assert row["proved_estimate"] == row["estimate"]


def test_a_shallower_network_is_the_start_of_a_deeper_one(rows):
    shallow = run_seed(replace(SMALL, depths=(1,)), 0, CPU)
    assert counts(rows, seed=0, depth=1) == counts(shallow)


def test_the_same_seed_gives_the_same_rows_and_networks_differ(rows):
    assert run_seed(SMALL, 2, CPU) == [row for row in rows if row["seed"] == 2]
    estimates = [[row["estimate"] for row in counts(rows, seed=0, network=network)] for network in (0, 1)]
    assert estimates[0] != estimates[1]
    assert estimates[0] != [row["estimate"] for row in counts(rows, seed=1, network=0)]


def test_maps_are_laid_out_like_the_plane_and_hyperplanes_meet_where_they_must():
    """Zero biases: all of the first layer through the origin. The star's statistics: all through its centre of mass."""
    made = run_seed(replace(SMALL, networks=1, grid=21, depths=(1,), samples=400, radius=0.15), 0, CPU)
    half = run_seed(replace(SMALL, networks=1, grid=21, depths=(1,), samples=400, radius=0.15, window=1.0), 0, CPU)
    maps, finer = (
        {row["initialisation"]: torch.tensor(row["places"]) for row in run if row["kind"] == "map"}
        for run in (made, half)
    )
    assert set(maps) == set(INITIALISATIONS)
    # The inner quarter of one grid is, place by place, the other, half as fine.
    assert torch.equal(maps["random bias"][5:16, 5:16], finer["random bias"][::2, ::2])
    assert not torch.equal(maps["random bias"], maps["random bias"].T)
    assert maps["zero bias"][10, 10] == maps["batch statistics"][10, 10] == SMALL.width
    assert maps["random bias"][10, 10] < SMALL.width
    # Lines of the map go upwards, places in a line to the right.
    centres, _ = figure_3._places(SMALL, torch.zeros(1, 2, dtype=torch.float64))
    corners = centres[:81].reshape(9, 9, 2)
    assert (corners[0, -1].tolist(), corners[-1, 0].tolist()) == ([2.0, -2.0], [-2.0, 2.0])


def test_the_turned_samples_lie_between_the_arms():
    data = star(50, seed=0, arms=5, noise=0.0, dtype=torch.float64).x
    centres, regions = figure_3._places(SMALL, data)
    near, turned = centres[regions["near"]], centres[regions["turned"]]
    assert torch.equal(near, data)
    assert torch.allclose(near.norm(dim=1), turned.norm(dim=1))
    assert torch.allclose((near * turned).sum(1), near.norm(dim=1) ** 2 * cos(pi / 5))
    tip = near.norm(dim=1) > 1.39
    assert int(tip.sum()) == 5
    assert float(torch.cdist(turned[tip], near).amin()) > 0.5
    elsewhere = centres[regions["elsewhere"]]
    assert float(torch.cdist(elsewhere, near).amin()) > SMALL.apart


def tangents(distance, many=200):
    """Units h(x) = <w, x> - distance, w all around the unit circle, each a ReLU."""
    angles = torch.arange(many, dtype=torch.float64) * (2 * pi / many) + 0.01
    net = torch.nn.Sequential(torch.nn.Linear(2, many), torch.nn.ReLU(), torch.nn.Linear(many, 1)).double().eval()
    with torch.no_grad():
        net[0].weight.copy_(torch.stack([angles.cos(), angles.sin()], 1))
        net[0].bias.fill_(-distance)
    return trace(net)


def covered(traced, centre, radius, cells):
    centre = torch.tensor(centre, dtype=torch.float64)
    return possibly_through(traced, centre, radius, cells, lipschitz_constants(traced, (2,)))


def test_a_cover_keeps_every_line_through_the_ball_and_excludes_those_that_pass_it_by(monkeypatch):
    for cells in (1, 2, 5, 32):
        assert covered(tangents(0.0999999), [0.0, 0.0], 0.1, cells).tolist() == [200]
    assert covered(tangents(0.12), [0.0, 0.0], 0.1, 32).tolist() == [0]
    assert covered(tangents(0.0), [0.0, 0.0], 0.1, 32).tolist() == [200]
    # A cover that leaves gaps would lose some.
    monkeypatch.setattr(covered_balls, "_reach", lambda centre, radius, cells: 0.2 * radius / cells)
    assert covered(tangents(0.0999999), [0.0, 0.0], 0.1, 2)[0] < 200


def test_a_finer_cover_proves_more_and_stays_above_what_surely_passes():
    net = figure_3._networks(replace(SMALL, width=24), 3, torch.randn(30, 2, dtype=torch.float64))["batch statistics"]
    traced = trace(net)
    centre = torch.tensor([[0.4, -0.3]], dtype=torch.float64)
    sure = crossings(traced, centre, 0.05, 4000, seed=0).lower[0]
    coarse, fine, finest = (covered(traced, centre[0].tolist(), 0.05, cells) for cells in (1, 8, 64))
    assert (sure <= finest).all()
    assert (finest <= fine).all()
    assert (fine <= coarse).all()
    assert finest.sum() < coarse.sum()


def row(seed, region, estimate, network=0):
    place = {"seed": seed, "network": network, "initialisation": "zero bias", "depth": 1, "region": region}
    proved = {"proved_lower": estimate - 1, "proved_estimate": estimate, "proved_upper": estimate + 2}
    return {"kind": "count", **place, "balls": 5, "proved": 2, "hyperplanes": 10, "estimate": estimate, **proved}


def test_bands_are_students_of_paired_differences():
    made = [row(*given) for given in ((0, "near", 4.0), (1, "near", 6.0), (0, "turned", 4.0), (1, "turned", 6.5))]
    found = means_over_seeds([*made, row(0, "elsewhere", 1.0), row(1, "elsewhere", 2.5)])
    near, _, _, turned, elsewhere = found
    assert [one["measure"] for one in found] == [*REGIONS, "near - turned", "near - elsewhere"]
    # Five intervals together at 0.95 are at 0.99 each; with one degree of freedom the quantile is a tangent.
    quantile = tan(pi * (0.5 - 0.005))
    assert near["estimate"] == 5.0
    assert near["band_upper"] - 5.0 == pytest.approx(quantile * sqrt(2) / sqrt(2))
    assert elsewhere["estimate"] == 3.25
    assert elsewhere["band_upper"] - 3.25 == pytest.approx(quantile * 0.25)
    assert (elsewhere["more"], turned["more"], elsewhere["networks"]) == (2, 0, 2)
    assert (elsewhere["proved_lower"], elsewhere["proved_upper"]) == (5.0 - 1 - 1.75 - 2, 5.0 + 2 - 1.75 + 1)
    assert (near["verdict"], turned["verdict"], elsewhere["verdict"]) == (None, "inconclusive", "inconclusive")


@pytest.mark.parametrize(("shift", "verdict"), [(2.0, "more near"), (-2.0, "fewer near"), (0.0, "inconclusive")])
def test_a_verdict_needs_a_band_on_one_side_of_zero(shift, verdict):
    noise = (0.3, -0.2, 0.1, -0.3, 0.2, -0.1)
    made = [row(0, "near", 5.0 + shift + error, number) for number, error in enumerate(noise)]
    made += [row(0, region, 5.0, number) for region in REGIONS[1:] for number in range(6)]
    found = {one["measure"]: one for one in means_over_seeds(made)}
    assert found["near - turned"]["verdict"] == found["near - elsewhere"]["verdict"] == verdict
    assert found["turned"]["band_lower"] is None


@pytest.mark.parametrize("pairs", [((0.3, 0.2), (0.4, 0.3)), ((0.3, 0.2), (0.4, 0.3), (0.6, 0.5))])
def test_differences_that_agree_but_for_rounding_have_no_band(pairs):
    """Counts come in steps, so few networks may agree by chance: 0.3 - 0.2 and 0.4 - 0.3 are one difference."""
    made = [row(0, "near", near, number) for number, (near, _) in enumerate(pairs)]
    made += [row(0, region, other, number) for region in REGIONS[1:] for number, (_, other) in enumerate(pairs)]
    turned = {one["measure"]: one for one in means_over_seeds(made)}["near - turned"]
    assert (turned["band_lower"], turned["verdict"], turned["more"]) == (None, "inconclusive", len(pairs))


def test_without_a_second_network_there_is_no_band():
    found = means_over_seeds(counts(run_seed(replace(SMALL, networks=1), 0, CPU)))
    assert all(one["band_lower"] is None and one["verdict"] in (None, "inconclusive") for one in found)
    with pytest.raises(InputError, match="no rows"):
        means_over_seeds([])


def test_turned_samples_tell_a_start_that_sees_the_samples_from_one_that_does_not(monkeypatch):
    """In place of random biases, first-layer hyperplanes through samples, drawn at random: planted, and seen."""
    data = star(50, seed=0, arms=5, noise=0.0, dtype=torch.float64).x

    def through_samples(net, seed):
        made = zero_bias(net)
        chosen = data[torch.randint(50, (48,), generator=torch.Generator().manual_seed(seed))]
        made[1].running_mean.copy_((made[0].weight.data * chosen).sum(1))
        return made

    settings = replace(SMALL, width=48, depths=(1,), networks=10, grid=2, samples=20, radius=0.03, proved=1, cells=1)
    blind = verdicts(settings)
    monkeypatch.setattr(figure_3, "random_bias", through_samples)
    planted = verdicts(settings)
    assert blind["zero bias"] == blind["random bias"] == planted["zero bias"] == "inconclusive"
    assert planted["random bias"] == "more near"


def verdicts(settings):
    found = means_over_seeds(run_seed(settings, 0, CPU))
    return {one["initialisation"]: one["verdict"] for one in found if one["measure"] == "near - turned"}


def test_the_experiment_says_what_is_done():
    told = []
    run_seed(replace(SMALL, proved=1), 0, Surroundings("cpu", told.append))
    assert len(told) == 2 * 3
    assert "network 2 of 2, batch statistics" in told[-1]
    said = EXPERIMENT.described(SMALL, 2, "cpu")
    assert (said["experiment"], said["settings"]["width"], FULL.width) == ("fig-3", 12, 1024)


def test_a_network_of_width_one_and_a_star_of_one_point_are_counted():
    for change in ({"width": 1}, {"points": 1}, {"samples": 0}):
        made = counts(run_seed(replace(SMALL, networks=1, proved=1, **change), 0, CPU))
        assert all(
            0 <= row["proved_lower"] <= row["proved_estimate"] <= row["proved_upper"] <= row["hyperplanes"]
            for row in made
        )


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"apart": 9.0}, "farther than 9 from every sample"), ({"window": 0.0}, "window is 0.0"),
        ({"depths": ()}, "depths"), ({"depths": (1, 1)}, "depths"), ({"depths": (0,)}, "depth is 0"),
        ({"networks": 0}, "networks is 0"), ({"grid": 1}, "grid is 1"), ({"radius": -1.0}, "radius"),
    ],
)  # fmt: skip
def test_bad_settings_are_named(change, match):
    with pytest.raises(InputError, match=match):
        run_seed(replace(SMALL, **change), 0, CPU)
