"""The picture of figure 3 shows every map of the first seed, and refuses what it cannot show."""

import pytest

from polybn.errors import NonFiniteError, ShapeError
from polybn.plots.figure_3 import picture

HEAD = {"settings": {"width": 4, "window": 1.0}, "seeds": 2}


def one_map(name="zero bias", depth=1, places=((0, 1, 2), (3, 4, 4), (0, 0, 1)), seed=0):
    place = {"seed": seed, "initialisation": name, "depth": depth, "hyperplanes": 4 * depth}
    return {"kind": "map", **place, "places": places}


def mean(name, depth, measure, estimate, half):
    band = (None, None) if half is None else (estimate - half, estimate + half)
    place = {"initialisation": name, "depth": depth, "hyperplanes": 4 * depth, "measure": measure}
    return {**place, "estimate": estimate, "band_lower": band[0], "band_upper": band[1]}


POINTS = {"kind": "points", "seed": 0, "places": [[0.5, 0.5], [-0.5, 0.2]]}
ROWS = [POINTS, *(one_map(name, depth) for name in ("zero bias", "batch statistics") for depth in (1, 2))]
MEANS = [
    mean(name, depth, region, 1.0, half)
    for name in ("zero bias", "batch statistics")
    for depth in (1, 2)
    for region, half in (("near", 0.2), ("turned", None), ("elsewhere", 0.1), ("near - elsewhere", 0.1))
]


def test_the_picture_is_the_same_bytes_and_shows_every_map():
    first, second = (picture(HEAD, MEANS, ROWS) for _ in range(2))
    assert first == second
    assert first.startswith(b"<?xml")
    assert first.count(b"<image") == picture(HEAD, MEANS, ROWS[:3]).count(b"<image") + 2


def test_only_the_first_seed_is_drawn():
    assert picture(HEAD, MEANS, [*ROWS[:2], one_map(seed=1)]) == picture(HEAD, MEANS, ROWS[:2])


def test_the_maps_points_and_means_are_in_the_picture():
    one, other = one_map(), one_map(places=((4, 1, 2), (3, 4, 4), (0, 0, 1)))
    drawn = [picture(HEAD, *parts) for parts in ((MEANS, [POINTS, one]), (MEANS, [POINTS, other]), (MEANS, [one]))]
    drawn += [picture(HEAD, means, [POINTS, one]) for means in (MEANS[1:], [])]
    assert len(set(drawn)) == 5


def test_the_picture_refuses_what_it_cannot_show():
    zero = one_map(places=[[0, 0], [0, 0]])
    assert picture(HEAD, [], [zero]).startswith(b"<?xml")
    square = [one_map(places=[[1]]), one_map(places=[0, 1]), one_map(places=[[0, 1]])]
    for given in ([], [POINTS], [zero, zero], *([one] for one in square), [one_map(depth=n) for n in range(1, 26)]):
        with pytest.raises(ShapeError):
            picture(HEAD, [], given)
    with pytest.raises(NonFiniteError):
        picture(HEAD, [], [one_map(places=[[float("nan"), 0], [0, 0]])])
