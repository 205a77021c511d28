"""Settings out of range are refused when they are made, before anything is computed, and the message names them."""

from dataclasses import replace
from importlib import import_module

import pytest

torch = pytest.importorskip("torch")

from polybn.errors import BatchError, InputError  # noqa: E402
from polybn.statistical.experiments import noise  # noqa: E402
from polybn.statistical.experiments.experiment import Surroundings  # noqa: E402

NAN, INFINITY = float("nan"), float("inf")
REFUSED = [
    ("figure_3", "window", (-1.0, 0.0, INFINITY, NAN), "a finite window above 0"),
    ("figure_3", "apart", (-1.0, INFINITY, NAN), "`apart` of at least 0"),
    ("figure_3", "depths", ((), (1, 1), (0,), (65,)), "depth"),
    ("figure_3", "radius", (-1.0, 0.0, NAN), "radius"),
    ("figure_3", "grid", (1, 2.0), "grid is"),
    ("figure_3", "samples", (-1,), "samples is"),
    ("figure_3", "points", (0,), "points is"),
    ("figure_4", "points", (-1, 0), "points is"),
    ("figure_4", "samples", (-1,), "samples is"),
    ("figure_4", "radii", ((), (0.1, -1.0), (0.0,), (NAN,)), "radi"),
    ("figure_4", "level", (2.0,), "level is 2.0"),
    ("figure_5", "deviation", (-1.0, INFINITY, NAN), "deviation is"),
    ("figure_5", "learning_rates", ((), (0.1, 0.1), (0.1, -1.0)), "learning.rate"),
    ("figure_5", "epochs", (-1,), "epochs is"),
    ("figure_6", "exact_width", (-1,), "exact_width is"),
    ("figure_6", "cells", (-1, 0), "cells is"),
    ("figure_6", "depth", (0, 65), "depth is"),
    ("figure_6", "reach", (-1.0, 0.0, NAN), "reach is"),
    ("figure_6", "learning_rate", (-1.0,), "learning_rate is"),
    ("figure_7", "width", (0,), "width is"),
    ("figure_7", "level", (1.5,), "level is 1.5"),
    ("claims", "depth", (-1, 0, 1), "a depth of at least 2"),
    ("claims", "depth", (65,), "from 2 to 64"),
    ("claims", "draws", (0, 1.5), "draws is"),
    ("claims", "batch", (1,), "batch is"),
    ("claims", "level", (2.0,), "level is 2.0"),
]


def settings_of(module):
    return import_module(f"polybn.statistical.experiments.{module}").EXPERIMENT.small


@pytest.mark.parametrize(("module", "name", "value", "words"), [(m, n, v, w) for m, n, vs, w in REFUSED for v in vs])
def test_out_of_range_is_refused_before_anything_is_computed(module, name, value, words):
    with pytest.raises(InputError, match=words):
        replace(settings_of(module), **{name: value})


def test_mini_batches_of_one_image_are_refused_at_once():
    with pytest.raises(BatchError, match="two or more"):
        replace(settings_of("figure_7"), sizes=(1, 16))


@pytest.mark.parametrize(
    ("module", "changes"),
    [
        ("figure_3", {"depths": (64,), "apart": 0.0, "samples": 0, "grid": 2}),
        ("figure_4", {"samples": 0, "points": 1}),
        ("figure_5", {"deviation": 0.0, "epochs": 0}),
        ("figure_6", {"exact_width": 0, "cells": 1, "depth": 64}),
        ("figure_7", {"epochs": 0, "sizes": (2,)}),
        ("claims", {"depth": 64}),
        ("claims", {"depth": 2, "batches": 1, "networks": 0}),
    ],
)
def test_the_ends_of_the_ranges_are_taken(module, changes):
    assert replace(settings_of(module), **changes) != settings_of(module)


@pytest.mark.parametrize("level", [1e300, 1000.5])
def test_a_level_of_noise_that_overflows_is_refused_with_the_bound(level):
    settings = noise.Settings(levels=(level, 0.0), width=1, training=64, held_out=40, epochs=1, batch_size=16)
    with pytest.raises(InputError, match="from 0 to 1000"):
        noise.run_seed(settings, 0, Surroundings("cpu"))
