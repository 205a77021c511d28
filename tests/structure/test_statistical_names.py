"""The public names of polybn.statistical are there, and cost nothing until they are asked for."""

import subprocess
import sys

import pytest

from polybn import statistical


@pytest.mark.parametrize("name", statistical.__all__)
def test_a_name_is_what_it_says(name: str) -> None:
    pytest.importorskip("torch")
    found = getattr(statistical, name)
    assert found.__name__ == name
    assert found.__doc__


def test_every_name_has_one_place() -> None:
    names = [name for place in statistical._PLACES.values() for name in place]
    assert sorted(names) == sorted(set(names)) == sorted(statistical.__all__)


def test_names_cost_nothing_until_they_are_asked_for() -> None:
    code = "import sys, polybn.statistical; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_other_names_are_missing() -> None:
    with pytest.raises(AttributeError, match="no attribute 'theorem_3_at_scale'"):
        _ = statistical.theorem_3_at_scale  # type: ignore[attr-defined]
