"""The bundled wine data are, character by character, the decimals that scikit-learn bundles."""

import csv
from importlib import resources
from pathlib import Path

import pytest

HEADER = ["alcohol", "color_intensity", "cultivar"]
# Positions in scikit-learn's file, whose own first line gives sizes, not names.
ALCOHOL, COLOR_INTENSITY, CULTIVAR = 0, 9, 13


def wine_rows() -> list[list[str]]:
    text = (resources.files("polybn") / "data" / "wine.csv").read_text(encoding="utf-8")
    return list(csv.reader(text.splitlines()))


def test_shape() -> None:
    header, *rows = wine_rows()
    assert header == HEADER
    assert len(rows) == 178
    assert all(len(row) == 3 for row in rows)
    assert [sum(row[2] == cultivar for row in rows) for cultivar in "012"] == [59, 71, 48]


def test_every_value_is_the_text_of_the_original() -> None:
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn, whose copy we compare with, is absent")
    original = Path(datasets.__file__).parent / "data" / "wine_data.csv"
    _, *rows = csv.reader(original.read_text(encoding="utf-8").splitlines())
    _, *ours = wine_rows()
    assert ours == [[row[ALCOHOL], row[COLOR_INTENSITY], row[CULTIVAR]] for row in rows]


def test_the_columns_are_the_named_ones() -> None:
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn, whose copy we compare with, is absent")
    names = datasets.load_wine().feature_names
    assert [names[ALCOHOL], names[COLOR_INTENSITY]] == HEADER[:2]
