"""--set NAME=VALUE: values of the type of what they replace, and refusals that say what to write."""

from dataclasses import dataclass

import pytest

from polybn.commands.settings import changed
from polybn.errors import InputError


@dataclass(frozen=True)
class Some:
    width: int = 8
    rate: float = 0.5
    radii: tuple[float, ...] = (0.1, 1.0)
    bracket: bool = True
    data: str = "digits"


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ("width=64", "width", 64),
        ("rate=2", "rate", 2.0),
        ("rate=1e-3", "rate", 0.001),
        ("radii=[0.5, 2]", "radii", (0.5, 2)),
        ("bracket=false", "bracket", False),
        ("data=folder=x", "data", "folder=x"),
        ("data=3", "data", "3"),
        ("radii=[]", "radii", ()),
    ],
)
def test_a_value_is_read_by_the_type_of_the_one_it_replaces(given: str, name: str, value: object) -> None:
    found = getattr(changed(Some(), [given]), name)
    assert found == value
    assert type(found) is type(value)


def test_elements_of_a_tuple_are_read_as_a_value_is() -> None:
    found = changed(Some(), ["radii=[1, 2.5]"]).radii
    assert [type(one) for one in found] == [float, float]


def test_the_others_stay_and_the_last_of_two_counts() -> None:
    assert changed(Some(), []) == Some()
    assert changed(Some(), ["width=2", "rate=0.25", "width=3"]) == Some(width=3, rate=0.25)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("widht=3", "Did you mean 'width'"),
        ("width", "write --set NAME=VALUE"),
        ("=3", "with one of width, rate"),
        ("width=2.5", "a value like 8 is needed"),
        ("width=true", "as in width=8"),
        ("width=", "a value like 8"),
        ("bracket=1", "a value like true"),
        ("radii=0.5", r"as in radii=\[0.1, 1.0\]"),
        ("rate=NaNa", "a value like 0.5"),
        ("rate=NaN", "a value like 0.5"),
        ("rate=1e400", "a value like 0.5"),
        ("rate=-Infinity", "a value like 0.5"),
        (f"rate=1{'0' * 400}", "a value like 0.5"),
        (f"width=1{'0' * 30}", "a value like 8 is needed"),
        (f"width={'[' * 100_000}", "a value like 8 is needed"),
        ('radii=["a"]', r"as in radii=\[0.1, 1.0\]"),
        ("radii=[null]", r"as in radii=\[0.1, 1.0\]"),
        ("radii=[[1]]", r"as in radii=\[0.1, 1.0\]"),
        ("radii=[true]", r"as in radii=\[0.1, 1.0\]"),
        ("radii=[0.1, NaN]", r"as in radii=\[0.1, 1.0\]"),
    ],
)
def test_what_does_not_fit_is_refused(given: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        changed(Some(), [given])
