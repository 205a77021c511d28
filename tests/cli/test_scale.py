"""`polybn scale`: results on file, the same again from the same seeds, resumed seed by seed, refusals."""

import csv
import json
from dataclasses import asdict, replace
from importlib import import_module
from shutil import rmtree

import pytest

torch = pytest.importorskip("torch")

from polybn.cli import main  # noqa: E402
from polybn.commands.scale import MODULES  # noqa: E402
from polybn.errors import InputError  # noqa: E402
from polybn.statistical.experiments import figure_4  # noqa: E402
from polybn.statistical.training import training  # noqa: E402

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
        (("--seeds", "0"), "'0' is no whole number above 0"),
        (("--seeds", "1e3"), "'1e3' is no whole number"),
        (("--set", "radii=[[1]]"), "a value like [0.001, 0.01, 0.1, 1.0] is needed"),
        (("--set", "width=100000000"), "Memory ran out for seed 0 of fig-4"),
        (("--device", "cuda:77"), "There is no device"),
        (("--device", "x"), "device"),
        (("--set", "widht=3"), "Did you mean 'width'?"),
    ],
)
def test_bad_options_are_refused(tmp_path, capsys, options, why):
    assert run(tmp_path, *options) == 2
    assert why in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


TRAINED = ("levels=[0, 1]", "width=1", "training=70", "epochs=1")


def noise(folder, *settings):
    given = [word for one in (*TRAINED, *settings) for word in ("--set", one)]
    return main(["scale", "noise", "--device", "cpu", "--seeds", "1", "--out", str(folder), "--quiet", *given])


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (("data=digit",), "Write one of 'digits', 'cifar-10'"),
        (("data=digit",), "Did you mean 'digits'?"),
        (("data=cifar-10",), "write folder="),
        (("folder=here",), "folder is 'here', and data are the digits"),
        (("training=3",), "samples of each to train on"),
        (("learning_rate=1e300",), "learning_rate below"),
    ],
)
def test_bad_data_and_training_are_refused(tmp_path, capsys, settings, why):
    assert noise(tmp_path, *settings) == 2
    assert why in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_another_run_into_the_same_folder_may_be_done_first(tmp_path, monkeypatch, capsys):
    """Its end removes the checkpoints of both; the seeds of this one come out as without it."""
    assert noise(tmp_path / "alone", "epochs=3") == 0
    kept = training.write_checkpoint
    removed = []

    def removing(path, run, state):
        kept(path, run, state)
        removed.append(path)
        rmtree(path.parent)

    looked = training.device_for

    def meanwhile(*given):
        rmtree(tmp_path / "together" / "noise-checkpoints", ignore_errors=True)
        return looked(*given)

    monkeypatch.setattr(training, "write_checkpoint", removing)
    monkeypatch.setattr(training, "device_for", meanwhile)
    assert noise(tmp_path / "together", "epochs=3") == 0
    assert len(removed) == 2 * 3
    assert (tmp_path / "alone" / "noise.json").read_bytes() == (tmp_path / "together" / "noise.json").read_bytes()
    capsys.readouterr()


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
