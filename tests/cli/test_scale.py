"""`polybn scale`: results on file, the same again from the same seeds, resumed seed by seed, refusals."""

import csv
import json
from dataclasses import asdict, replace
from importlib import import_module

import pytest

torch = pytest.importorskip("torch")

from polybn.cli import main  # noqa: E402
from polybn.commands.scale import MODULES  # noqa: E402
from polybn.errors import InputError  # noqa: E402
from polybn.statistical.experiments import figure_4  # noqa: E402

TINY = ("width=2", "points=3", "samples=4", "radii=[0.01, 1.0]", "statistics=8")


def run(folder, *options, settings=TINY):
    given = [word for one in settings for word in ("--set", one)]
    return main(["scale", "fig-4", "--device", "cpu", "--out", str(folder), "--quiet", *given, *options])


def test_results_are_written_and_hold_what_is_proved(tmp_path, capsys):
    assert run(tmp_path, "--seeds", "2") == 0
    printed = capsys.readouterr().out
    assert printed.startswith("fig-4: Folded hyperplanes of a Resnet9")
    assert "width 2, points 3" in printed
    assert "seeds 2, on cpu" in printed
    data = json.loads((tmp_path / "fig-4.json").read_text(encoding="utf-8"))
    rows = list(csv.DictReader((tmp_path / "fig-4.csv").open(encoding="utf-8")))
    assert len(rows) == len(data["rows"]) == 2 * 2 * 2 * 9  # seeds, sets of points, radii, eight layers and all
    for row in data["rows"]:
        assert 0 <= row["lower"] <= row["estimate"] <= row["upper"] <= row["hyperplanes"]
    assert sum(row["estimate"] > 0 for row in data["rows"]) > len(rows) / 2
    for seed, points, radius in {(row["seed"], row["points"], row["radius"]) for row in data["rows"]}:
        own = [r for r in data["rows"] if (r["seed"], r["points"], r["radius"]) == (seed, points, radius)]
        whole, layers = own[-1], own[:-1]
        for part in ("hyperplanes", "lower", "estimate", "upper"):
            assert whole[part] == pytest.approx(sum(row[part] for row in layers), abs=1e-4)
    assert (tmp_path / "fig-4.svg").read_bytes().startswith(b"<?xml")


def test_a_run_goes_on_from_the_seeds_that_are_there(tmp_path, monkeypatch, capsys):
    assert run(tmp_path / "whole", "--seeds", "2", "--json") == 0
    asked = []
    original = figure_4.EXPERIMENT

    def counted(settings, seed, surroundings):
        asked.append(seed)
        return original.run_seed(settings, seed, surroundings)

    monkeypatch.setattr(figure_4, "EXPERIMENT", replace(original, run_seed=counted))
    assert run(tmp_path / "parts", "--seeds", "1") == 0
    assert run(tmp_path / "parts", "--seeds", "2", "--json") == 0
    assert asked == [0, 1]
    for name in ("fig-4.csv", "fig-4-means.csv", "fig-4.svg", "fig-4.json"):
        assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    (tmp_path / "parts" / "fig-4-seed-1.json").write_text("{", encoding="utf-8")
    assert run(tmp_path / "parts", "--seeds", "2") == 0
    assert asked == [0, 1, 1]
    capsys.readouterr()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--seeds", "0"), "--seeds is 0"),
        (("--device", "cuda:77"), "There is no device"),
        (("--device", "x"), "device"),
        (("--set", "widht=3"), "Did you mean 'width'?"),
    ],
)
def test_bad_options_are_refused(tmp_path, capsys, options, why):
    assert run(tmp_path, *options) == 2
    assert why in capsys.readouterr().err
    assert not list(tmp_path.glob("*.csv"))


def test_without_torch_it_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("polybn.commands.scale.find_spec", lambda name: None)
    assert run(tmp_path) == 2
    assert "torch and sklearn not installed; write: pip install 'polybn[torch]'" in capsys.readouterr().err


def test_no_rows_have_no_mean():
    with pytest.raises(InputError, match="no rows"):
        figure_4.means_over_seeds([])


def test_two_workers_write_what_one_writes(tmp_path, capsys):
    assert run(tmp_path / "one", "--seeds", "2") == 0
    assert run(tmp_path / "two", "--seeds", "2", "--workers", "2") == 0
    for name in ("fig-4.csv", "fig-4-means.csv", "fig-4.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    capsys.readouterr()


@pytest.mark.parametrize("name", MODULES)
def test_every_experiment_has_its_parts(name):
    experiment = import_module(f"polybn.statistical.experiments.{MODULES[name]}").EXPERIMENT
    assert experiment.name == name
    assert callable(import_module(f"polybn.plots.{MODULES[name]}").picture)
    assert type(experiment.small) is type(experiment.full)
    assert experiment.small != experiment.full
    assert json.loads(json.dumps(asdict(experiment.full)))
